# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Stops that stay on the path, and going on from where a stop ended.

A stop runs the same trajectory ever more slowly: at time t after the stop began the arm is where the trajectory has it
at path time theta(t), and the rate d theta / dt falls from 1 to 0. Going on is the same with a rate from 0 to 1. At any
moment the change of the rate is as strong as the accelerations of the joints allow:

    |q''(theta) rate^2 + q'(theta) d rate / dt| <= limit

Source: Bobrow, Dubowsky, Gibson, Time-Optimal Control of Robotic Manipulators Along Specified Paths, 1985.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.trajectory import Trajectory, chain

STOP_FACTOR = 1.5
"""How much harder than in a planned move the arm brakes in a stop. An assumption: makers rate the acceleration for the
worst load and pose, and friction helps to brake."""

PERIOD = 0.02
"""Time between the points of a stop [s]; the splines between them leave the path by less than 0.01 mrad."""

_STEP = 0.002
_MARGIN = 0.98
"""Share of the limits that is used, which makes up for the steps and for the splines between the points."""
_SUBSTEPS = round(PERIOD / _STEP)
_STRONGEST = 20.0
"""Largest change of the rate [1/s], which counts where the path hardly moves."""
_SHARPEST = 1000.0
"""Largest change of that [1/s^2]."""
_STILL = 1e-9
_SLOWEST_RATE = 1e-6


@dataclass(frozen=True, slots=True)
class StopMotion:
    """A stop on the path."""

    trajectory: Trajectory
    """From time 0 at the state in which the stop began to rest."""
    path_time: float
    """Time of the stopped trajectory [s] at which the arm comes to rest; `plan_rest` goes on from there."""


def plan_stop(trajectory: Trajectory, time: float, model: ArmModel, *, factor: float = STOP_FACTOR) -> StopMotion:
    """Return the fastest stop along the path of a running trajectory.

    Args:
        trajectory: What the arm runs.
        time: Time of the trajectory [s] at which the stop begins. Choose it as much later than now as it takes to get
            the stop to the arm, and shift the stop by that time.
        model: The arm.
        factor: Largest braking acceleration as a multiple of the arm's, at least 1.

    Returns:
        The stop; its first point is the state at `time`. Where the trajectory ends sooner than the arm can stop, it
        ends at the trajectory's end.
    """
    time = min(max(time, trajectory.start), trajectory.duration)
    room = _Room(trajectory, time, model, factor, braking=True)
    theta, rate, change = time, 1.0, 0.0
    steps = [(theta, rate, change)]
    while rate > _SLOWEST_RATE and theta < trajectory.duration:
        strongest, sharpest = room.at(theta + _STEP * rate, rate + _STEP * change)
        # The last term lets the braking fade out before the arm stands.
        braking = min(strongest, sharpest * _STEP - change, math.sqrt(2.0 * sharpest * rate))
        theta, rate, change = _advance(theta, rate, change, -braking)
        steps.append((theta, rate, change))
    path_time = min(theta, trajectory.duration)
    if len(steps) > 1:
        steps[-1] = (path_time, 0.0, 0.0)
    return StopMotion(_slowed(trajectory, steps), path_time)


def plan_rest(trajectory: Trajectory, path_time: float, model: ArmModel) -> Trajectory:
    """Return the rest of a stopped trajectory along the same path.

    Args:
        trajectory: What the arm ran when it was stopped.
        path_time: Where it came to rest [s of the trajectory], as `plan_stop` says.
        model: The arm, whose accelerations are kept.

    Returns:
        A trajectory from time 0, from rest at the stop to the same end.
    """
    path_time = min(max(path_time, trajectory.start), trajectory.duration)
    room = _Room(trajectory, path_time, model, 1.0, braking=False)
    theta, rate, change = path_time, 0.0, 0.0
    steps = [(theta, rate, change)]
    while rate < 1.0 - _SLOWEST_RATE and theta < trajectory.duration:
        strongest, sharpest = room.at(theta + _STEP * rate, rate + _STEP * change)
        gaining = min(strongest, change + sharpest * _STEP, math.sqrt(2.0 * sharpest * (1.0 - rate)))
        theta, rate, change = _advance(theta, rate, change, gaining)
        steps.append((theta, rate, change))
    if theta >= trajectory.duration - _STEP:
        # What would be left is too short for points of its own, and hardly moves.
        steps[-1] = (trajectory.duration, 0.0, 0.0)
        return _slowed(trajectory, steps)
    steps[-1] = (theta, 1.0, 0.0)
    return chain([_slowed(trajectory, steps), _tail(trajectory, theta)])


class _Room:
    """How much the rate along a path may change, looked up on a grid of path times."""

    def __init__(self, trajectory: Trajectory, start: float, model: ArmModel, factor: float, *, braking: bool) -> None:
        count = math.ceil((trajectory.duration - start) / _STEP) + 1
        state = trajectory.sample_many(start + _STEP * np.arange(count))
        self._start = start
        self._last = count - 1
        self._speeds: list[list[float]] = np.abs(state.velocity).tolist()
        direction = np.sign(state.velocity) * (-1.0 if braking else 1.0)
        self._taken: list[list[float]] = (direction * state.acceleration).tolist()
        self._accelerations = [factor * _MARGIN * value for value in model.acceleration]
        self._jerks = [factor * value for value in model.jerk]

    def at(self, theta: float, rate: float) -> tuple[float, float]:
        """Return the strongest change of the rate [1/s] and the sharpest change of that [1/s^2]."""
        index = min(round((theta - self._start) / _STEP), self._last)
        strongest, sharpest = _STRONGEST, _SHARPEST
        for speed, taken, acceleration, jerk in zip(
            self._speeds[index], self._taken[index], self._accelerations, self._jerks, strict=True
        ):
            if speed > _STILL:
                strongest = min(strongest, (acceleration - taken * rate * rate) / speed)
                sharpest = min(sharpest, jerk / speed)
        return max(strongest, 0.0), sharpest


def _advance(theta: float, rate: float, change: float, wanted: float) -> tuple[float, float, float]:
    """Return path time, rate and its change one step later, the change going evenly to `wanted`."""
    theta += _STEP * rate + _STEP * _STEP * (2.0 * change + wanted) / 6.0
    return theta, min(max(rate + 0.5 * _STEP * (change + wanted), 0.0), 1.0), wanted


def _slowed(trajectory: Trajectory, steps: Sequence[tuple[float, float, float]]) -> Trajectory:
    """Return the trajectory run at the given path times and rates, one point per period and one at the end."""
    chosen = [*range(0, len(steps) - 1, _SUBSTEPS), len(steps) - 1]
    theta, rate, change = (column[:, np.newaxis] for column in np.array([steps[index] for index in chosen]).T)
    state = trajectory.sample_many(theta[:, 0])
    return Trajectory(
        _STEP * np.array(chosen, dtype=float),
        state.position,
        state.velocity * rate,
        state.acceleration * rate**2 + state.velocity * change,
    )


def _tail(trajectory: Trajectory, start: float) -> Trajectory:
    """Return what is left of a trajectory at `start` [s], from time 0."""
    later = np.concatenate([[start], trajectory.times[trajectory.times > start + _STEP]])
    state = trajectory.sample_many(later)
    return Trajectory(later - start, state.position, state.velocity, state.acceleration)
