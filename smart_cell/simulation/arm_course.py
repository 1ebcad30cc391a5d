# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a simulated arm is to do over time: a path, the pace at which it runs along it, and when that began.

Stops on the path, speed scaling and the reduced speed of T1 change the pace only; the path stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.pacing.pace import STOP_FACTOR, Pace, plan_rate, plan_resume, plan_stop
from smart_cell.motion.pacing.ramp import Progress
from smart_cell.motion.trajectory import JOIN_TOLERANCE, FloatArray, State, Trajectory

_PERIOD: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A path that is run at a pace from a time on; before it the arm rests at its start, after it at its end."""

    pace: Pace
    begin: float
    """When the pace begins [s]."""

    @classmethod
    def steady(cls, path: Trajectory, begin: float, rate: float = 1.0) -> Course:
        """Return a course that runs the whole path at one rate above 0.

        The points keep what they give, so that straight lines between them stay straight.
        """
        times = (path.times - path.start) / rate
        run = Trajectory(times, path.positions, path.velocities * rate, path.accelerations * rate**2)
        return cls(Pace(path, run, times, path.times, np.full_like(times, rate), np.zeros_like(times)), begin)

    @classmethod
    def rest(cls, position: FloatArray, begin: float) -> Course:
        """Return the course that stays at `position` [rad], shape (6,)."""
        zero = np.zeros((1, len(position)))
        return cls.steady(Trajectory(np.zeros(1), position[np.newaxis].copy(), zero, zero.copy()), begin)

    @classmethod
    def at_once(cls, path: Trajectory, path_time: float, rate: float, begin: float) -> Course:
        """Return a course that begins at `path_time` [s] of a path with its full rate, 0 or more."""
        here = path.sample(path_time)
        if rate == 0.0:
            course = cls.rest(here.position, begin)
            at = np.array([path_time])
            return cls(Pace(path, course.pace.trajectory, np.zeros(1), at, np.zeros(1), np.zeros(1)), begin)
        ahead = path.times > path_time + JOIN_TOLERANCE
        rest = Trajectory(
            np.append(path_time, path.times[ahead]),
            np.vstack([here.position, path.positions[ahead]]),
            np.vstack([here.velocity, path.velocities[ahead]]),
            np.vstack([here.acceleration, path.accelerations[ahead]]),
        )
        return cls.steady(rest, begin, rate)

    @property
    def end(self) -> float:
        """When it comes to rest [s]: at the end of the path or before."""
        return self.begin + self.pace.duration

    @property
    def due(self) -> float:
        """When the end of the path is reached [s]; infinite where the course stops before it."""
        return self.end if self.pace.end >= self.pace.path.duration else math.inf

    def progress(self, now: float) -> Progress:
        """Return where on the path the course is at `now` [s]."""
        return self.pace.at(now - self.begin)

    def sample(self, now: float) -> State:
        """Return what the joints should do at `now` [s], arrays of shape (6,)."""
        return self.pace.trajectory.sample(now - self.begin)

    def sample_many(self, times: FloatArray) -> State:
        """Return what the joints should do at `times` [s], arrays of shape (n, 6)."""
        return self.pace.trajectory.sample_many(times - self.begin)

    def at_rate(self, now: float, rate: float, model: ArmModel) -> Course:
        """Return the same path with the rate going to `rate` (0 to 1) from `now` [s] on, within the arm's limits.

        On a path with corners, which has no limits to keep, the rate changes at once.
        """
        if self.due <= now:
            return self
        here, path = self.progress(now), self.pace.path
        if np.isnan(path.velocities).any():
            return Course.at_once(path, here.path_time, rate, now)
        pace = replace(self.pace, path=_with_accelerations(path))
        try:
            if rate == 0.0:
                return Course(plan_stop(pace, now - self.begin, model, factor=1.0), now)
            if here.rate == 0.0:
                return Course(plan_resume(pace.path, here.path_time, rate, model), max(now, self.begin))
            return Course(plan_rate(pace, now - self.begin, rate, model), now)
        except MotionError:
            return Course.at_once(path, here.path_time, rate, now)

    def stopped(self, now: float, model: ArmModel, *, factor: float = STOP_FACTOR) -> Course:
        """Return the fastest stop on the path from `now` [s] on.

        Args:
            now: When the stop begins [s].
            model: The arm.
            factor: How much harder than in a planned move it may brake. A path on which it cannot brake so, for example
                around a corner, is left: each joint then brakes by itself.
        """
        try:
            return Course(plan_stop(self.pace, now - self.begin, model, factor=factor), now)
        except MotionError:
            return hard_stop(self.sample(now), now, factor * np.array(model.acceleration))


def _with_accelerations(path: Trajectory) -> Trajectory:
    """Return a path whose points all give accelerations; where they do not, it gets more points, `_PERIOD` apart.

    The splines between its points then are the same to within a few hundredths of a millirad.
    """
    if not np.isnan(path.accelerations).any():
        return path
    counts = np.ceil(np.diff(path.times) / _PERIOD).astype(int)
    spans = zip(path.times[:-1], path.times[1:], counts, strict=True)
    times = np.concatenate([*(np.linspace(a, b, n, endpoint=False) for a, b, n in spans), path.times[-1:]])
    state = path.sample_many(times)
    return Trajectory(times, state.position, state.velocity, state.acceleration)


def hard_stop(state: State, now: float, deceleration: FloatArray) -> Course:
    """Return the course on which each joint brakes by itself as hard as it can, leaving the path.

    Args:
        state: Where the arm is, arrays of shape (6,).
        now: When it begins to brake [s].
        deceleration: Of each joint [rad/s^2].
    """
    needed = np.abs(state.velocity) / deceleration
    times = np.unique(np.append(0.0, np.round(needed, 6)))
    way = np.sign(state.velocity) * deceleration
    braked = np.minimum(times[:, np.newaxis], needed)
    velocities = state.velocity - way * braked
    velocities[-1] = 0.0
    # With speeds but no accelerations given, the splines are cubic: exact for an even deceleration.
    path = Trajectory(
        times,
        state.position + (state.velocity - 0.5 * way * braked) * braked,
        velocities,
        np.full((len(times), JOINT_COUNT), np.nan),
    )
    return Course.steady(path, now)
