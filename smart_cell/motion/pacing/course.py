# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Motions given as a function of time, and the same motions run at another pace."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.motion.trajectory import State, Trajectory

FloatArray = NDArray[np.float64]

_REFINEMENTS = 2
_DIGITS = 9
_WHOLE = 1e-12


class Course(Protocol):
    """A motion of the joints from rest to rest, such as a `Trajectory` from time 0."""

    @property
    def duration(self) -> float:
        """When it ends [s]; it begins at 0."""

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6), with exact derivatives."""


@dataclass(frozen=True, slots=True)
class PacedCourse:
    """A course run at another pace; a course itself."""

    course: Course
    paces: tuple[Trajectory, ...] = ()
    """Path times over time as trajectories of a single joint. The last one leads from the time of this course to that
    of the one before it, and so on; the first one leads to the time of `course`."""

    @property
    def duration(self) -> float:
        """When it ends [s]."""
        return self.paces[-1].duration if self.paces else self.course.duration

    def at_pace(self, pace: Trajectory) -> PacedCourse:
        """Return this course at a further pace."""
        return PacedCourse(self.course, (*self.paces, pace))

    def path_times(self, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return times of the course itself [s], the rates and their changes [1/s] at `times` [s], shape (n,) each."""
        path_times = times
        rates: FloatArray = np.ones(len(times))
        changes: FloatArray = np.zeros(len(times))
        for pace in reversed(self.paces):
            # A trajectory rests at its end, a pace still runs there.
            state = pace.sample_many(np.minimum(path_times, np.nextafter(pace.duration, 0.0)))
            path_times, rate, change = state.position[:, 0], state.velocity[:, 0], state.acceleration[:, 0]
            changes = rate * changes + change * rates**2
            rates = rate * rates
        return path_times, rates, changes

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        if not self.paces:
            return self.course.sample_many(wanted)
        path_times, rates, changes = self.path_times(wanted)
        state = self.course.sample_many(path_times)
        rate = rates[:, np.newaxis]
        return State(
            state.position,
            state.velocity * rate,
            state.acceleration * rate**2 + state.velocity * changes[:, np.newaxis],
        )

    def times_of(self, path_times: FloatArray) -> FloatArray:
        """Return when the course passes `path_times` [s] of the course itself."""
        times = path_times
        for pace in self.paces:
            wanted, last = times, np.nextafter(pace.duration, 0.0)
            times = np.interp(wanted, pace.positions[:, 0], pace.times)
            for _ in range(_REFINEMENTS):
                state = pace.sample_many(np.minimum(times, last))
                times = np.clip(times + (wanted - state.position[:, 0]) / state.velocity[:, 0], 0.0, pace.duration)
        return times


def trajectory_of(course: Course, at: FloatArray, rate: float, end: ArrayLike) -> Trajectory:
    """Return a course run at a constant rate, with points where it passes `at`.

    The times of the points are whole nanoseconds, as messages have them, so that states and times fit together on the
    wire; for that, the points move by up to half a nanosecond and the rate falls by as little.

    Args:
        course: From rest to rest.
        at: Times of the course [s] from 0 to its duration, strictly increasing.
        rate: Time of the course per time.
        end: Joint angles [rad] at its end: what controllers are asked for must be met to the last bit.
    """
    times, at, rate = _on_whole_nanoseconds(at, rate)
    state = course.sample_many(at)
    return _at_rest(times, state.position.copy(), state.velocity * rate, state.acceleration * rate**2, end)


def run_again(at: FloatArray, state: State, rate: float, end: ArrayLike) -> Trajectory:
    """Return what `trajectory_of` does from states of the course at `at`, to about a millionth of the jerk."""
    times, moved, rate = _on_whole_nanoseconds(at, rate)
    later = (moved - at)[:, np.newaxis]
    velocity = state.velocity + later * state.acceleration
    return _at_rest(times, state.position + later * velocity, velocity * rate, state.acceleration * rate**2, end)


def _on_whole_nanoseconds(at: FloatArray, rate: float) -> tuple[FloatArray, FloatArray, float]:
    """Return the times at which a course passes about `at`, where exactly it is then, and the rate."""
    duration = float(at[-1]) / rate
    whole = math.ceil(duration * 10.0**_DIGITS - 1e-3) / 10.0**_DIGITS
    if abs(whole - duration) > _WHOLE:
        rate = float(at[-1]) / whole
    exact = at / rate
    times = np.round(exact, _DIGITS)
    same = np.abs(times - exact) <= _WHOLE
    same[-1] = True
    return np.where(same, exact, times), np.where(same, at, times * rate), rate


def _at_rest(
    times: FloatArray, positions: FloatArray, velocities: FloatArray, accelerations: FloatArray, end: ArrayLike
) -> Trajectory:
    positions[-1] = end
    velocities[[0, -1]] = 0.0
    accelerations[[0, -1]] = 0.0
    return Trajectory(times, positions, velocities, accelerations)
