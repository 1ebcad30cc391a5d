# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a motion asks of the arm and of its tool, measured against what is allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.jacobian import jacobian_many
from smart_cell.motion.limits import LIMIT_TOLERANCE, CartesianLimits, within_limits
from smart_cell.motion.moves.synchronous import slowdown
from smart_cell.motion.pacing.course import PacedCourse
from smart_cell.motion.pacing.fastest_pace import Demand
from smart_cell.motion.trajectory import State, Trajectory

FloatArray = NDArray[np.float64]


_SAME = 1e-6
"""Times closer together than this [s] are one."""
_SMALL_TURN = 1e-5
"""How far joints are turned [rad] to see how the Jacobian changes."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a course in n cells of equal length."""

    times: FloatArray
    """Times of the course itself at the borders of the cells [s], shape (n + 1,)."""
    positions: FloatArray
    """Joint angles there [rad], shape (n + 1, 6)."""
    demand: Demand
    bounds: FloatArray
    """Largest steady rate in each cell, see `Demand.bounds`, shape (n,)."""
    gaps: FloatArray
    """How far a joint moves in each cell beyond what the derivatives at its ends tell, as a share of the way at full
    speed in the same time, shape (n,). About 0 unless the cells are too long to see what happens."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a motion has to keep to."""

    model: ArmModel
    tool: Pose | None = None
    """Pose of the tool in the flange frame; None for the flange itself."""
    tool_limits: CartesianLimits | None = None
    tool_speed: float | None = None
    """Limit of the speed of the tool point and of the flange [m/s]."""

    @property
    def limits_tool(self) -> bool:
        """Whether there are limits for the tool."""
        return self.tool_limits is not None or self.tool_speed is not None

    def excess(self, trajectory: Trajectory) -> float:
        """Return how many times as long a trajectory must take for its joints to keep their limits, between points too.

        Raises:
            MotionError: A point is outside the joint limits.
        """
        self._check_positions(trajectory.times, trajectory.positions)
        return slowdown(self.model, trajectory)

    def look_at(self, course: PacedCourse, cells: int, knots: FloatArray) -> Look:
        """Return what a course asks for in each of `cells` cells.

        Args:
            course: The course.
            cells: Number of cells.
            knots: Times of the course itself [s] at which its jerk may jump.

        Raises:
            MotionError: The course leaves the limits of a joint, or is not a number somewhere.
        """
        cell = course.duration / cells
        borders: FloatArray = np.linspace(0.0, course.duration, cells + 1, dtype=np.float64)
        at = borders
        if len(knots):
            at = np.sort(np.concatenate([borders, course.times_of(knots)]))
            at = at[np.diff(at, prepend=-1.0) > _SAME]
        first: NDArray[np.intp] = np.searchsorted(at, borders - _SAME)
        samples = course.sample_many(at)
        self._check_samples(course, at, samples)
        slowness = (np.abs(samples.velocity) / self.model.velocity).max(axis=1)
        velocity, acceleration = samples.velocity, samples.acceleration
        limits = [np.array(self.model.acceleration), np.array(self.model.jerk)]
        if self.limits_tool:
            twists = self._twists(samples.position, samples.velocity, self.tool)
            slowness = np.maximum(slowness, self._tool_slowness(samples, twists))
            if self.tool_limits is not None:
                allowed = self.tool_limits
                velocity = np.concatenate([velocity, twists], axis=1)
                acceleration = np.concatenate([acceleration, self._twist_changes(samples)], axis=1)
                limits[0] = np.append(limits[0], np.repeat([allowed.acceleration, allowed.angular_acceleration], 3))
                limits[1] = np.append(limits[1], np.repeat([allowed.jerk, allowed.angular_jerk], 3))
        strongest = _farthest(acceleration, first)
        sharpest = _farthest(np.diff(acceleration, axis=0) / np.diff(at)[:, np.newaxis], first)
        # At a border the jerk may be that of the cell on either side.
        sharpest[1:] = np.where(np.abs(sharpest[1:]) > np.abs(sharpest[:-1]), sharpest[1:], sharpest[:-1])
        path_times, rates, _ = course.path_times(borders)
        positions, rows, changes = (v[first] for v in (samples.position, samples.velocity, samples.acceleration))
        way = np.diff(positions, axis=0)
        told = 0.5 * cell * (rows[1:] + rows[:-1]) - (cell**2 / 12.0) * np.diff(changes, axis=0)
        full = cell * np.array(self.model.velocity)
        slowness = np.maximum(slowness[first], rates)
        slowness = np.maximum(np.maximum(slowness[1:], slowness[:-1]), (np.abs(way) / full).max(axis=1))
        demand = Demand(cell, 1.0 / slowness, velocity[first[:-1]], strongest, sharpest, *limits)
        gaps = (np.abs(way - told) / full).max(axis=1)
        return Look(path_times, positions, demand, demand.bounds(), gaps)

    def _twists(self, positions: FloatArray, rates: FloatArray, tool: Pose | None) -> FloatArray:
        """Return linear [m/s] and angular velocities [rad/s] of the tool, shape (n, 6)."""
        columns = jacobian_many(self.model, positions, tool) @ rates[:, :, np.newaxis]
        twists: FloatArray = columns[:, :, 0]
        return twists

    def _twist_changes(self, state: State) -> FloatArray:
        """Return linear [m/s^2] and angular accelerations [rad/s^2] of the tool, shape (n, 6)."""
        fastest = np.maximum(np.abs(state.velocity).max(axis=1, keepdims=True), _TINY)
        step = _SMALL_TURN * state.velocity / fastest
        turning = self._twists(state.position + step, state.velocity, self.tool)
        turning -= self._twists(state.position - step, state.velocity, self.tool)
        turning *= fastest / (2.0 * _SMALL_TURN)
        turning += self._twists(state.position, state.acceleration, self.tool)
        return turning

    def _tool_slowness(self, state: State, twists: FloatArray) -> FloatArray:
        """Return how many times too fast the tool is at most, shape (n,)."""
        linear, angular = np.linalg.norm(twists[:, :3], axis=1), np.linalg.norm(twists[:, 3:], axis=1)
        slowness = np.zeros(len(twists))
        if self.tool_speed is not None:
            slowness = linear / self.tool_speed
            if self.tool is not None:
                flange = self._twists(state.position, state.velocity, None)[:, :3]
                slowness = np.maximum(slowness, np.linalg.norm(flange, axis=1) / self.tool_speed)
        if self.tool_limits is not None:
            slowness = np.maximum(slowness, linear / self.tool_limits.velocity)
            slowness = np.maximum(slowness, angular / self.tool_limits.angular_velocity)
        return slowness

    def _check_samples(self, course: PacedCourse, at: FloatArray, samples: State) -> None:
        path_times = course.path_times(at)[0]
        self._check_positions(path_times, samples.position)
        numbers = np.isfinite(samples.velocity + samples.acceleration).all(axis=1)
        if not numbers.all():
            time = path_times[int(np.argmin(numbers))]
            raise MotionError(f"the motion has no finite velocity or acceleration at {time:.4f} s")

    def _check_positions(self, times: FloatArray, positions: FloatArray) -> None:
        lower, upper = np.array(self.model.lower) - LIMIT_TOLERANCE, np.array(self.model.upper) + LIMIT_TOLERANCE
        inside = ((positions >= lower) & (positions <= upper)).all(axis=1)
        if not inside.all():
            worst = int(np.argmin(inside))
            problem = within_limits(self.model, positions[worst].tolist())
            raise MotionError(f"{self.model.name} cannot follow the motion: at {times[worst]:.4f} s {problem}")


def _farthest(values: FloatArray, first: NDArray[np.intp]) -> FloatArray:
    """Return the value farthest from 0 in each group of rows; group k goes from row `first[k]` to `first[k + 1]`."""
    values = values[: first[-1]]
    high, low = np.maximum.reduceat(values, first[:-1], axis=0), np.minimum.reduceat(values, first[:-1], axis=0)
    farthest: FloatArray = np.where(high >= -low, high, low)
    return farthest
