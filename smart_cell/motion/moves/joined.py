# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Motions of the joints one after the other, each beginning while the one before still ends.

What overlaps adds up in joint angles, for as long as the tool point stays within a radius of where the motions meet.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.batch import forward_many
from smart_cell.motion.moves.blend import overlap_time
from smart_cell.motion.pacing.retime import Course
from smart_cell.motion.trajectory import State

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unit:
    """A PTP, or LIN and CIRC that follow each other, with what is needed to join it to its neighbours."""

    course: Course
    end: Joints
    radius: float
    """Blend radius at the end [m]."""
    longest_before: float
    """Longest overlap with the unit before [s]."""
    longest_after: float
    """Longest overlap with the unit after [s]."""
    knots: FloatArray
    """Times of the course [s] at which its jerk jumps."""
    keeps_limits: bool
    """Whether tool and joints keep their limits in it."""


class Joined:
    """Units over nominal time, each of which begins when its time has come; what overlaps adds up."""

    def __init__(self, start: Joints, units: Sequence[Unit], begins: Sequence[float]) -> None:
        self._origin = np.array(start, dtype=float)
        self._units = units
        self._begins = np.array(begins)
        self.duration = float(begins[-1]) + units[-1].course.duration
        """When the last unit ends [s]."""
        self.knots = np.sort(np.concatenate([begin + unit.knots for begin, unit in zip(begins, units, strict=True)]))
        """Times [s] at which the jerk of a unit jumps."""

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        parts = [np.empty((len(wanted), len(self._origin))) for _ in range(3)]
        latest = np.searchsorted(self._begins[1:], wanted, side="right")
        for index, unit in enumerate(self._units):
            rows = latest == index
            state = unit.course.sample_many(wanted[rows] - self._begins[index])
            values = [state.position, state.velocity, state.acceleration]
            if index:
                before = self._units[index - 1]
                ending = before.course.sample_many(wanted[rows] - self._begins[index - 1])
                values[0] = values[0] + ending.position - before.end
                values[1] = values[1] + ending.velocity
                values[2] = values[2] + ending.acceleration
            for part, value in zip(parts, values, strict=True):
                part[rows] = value
        return State(*parts)


def join(model: ArmModel, start: Joints, units: Sequence[Unit], tool: Pose) -> Joined:
    """Return units one after the other, each beginning as early as the radius at the end of the one before allows.

    Args:
        model: The arm.
        start: Joint angles [rad] at the start of the first unit.
        units: At least one; each starts where the one before it ends.
        tool: Pose of the tool in the flange frame.
    """
    begins = [0.0]
    for before, after in itertools.pairwise(units):
        begins.append(begins[-1] + before.course.duration - _overlap(model, before, after, tool))
    return Joined(start, units, begins)


def _overlap(model: ArmModel, before: Unit, after: Unit, tool: Pose) -> float:
    """Return for how long [s] two units overlap."""
    if before.radius == 0.0:
        return 0.0

    def tool_points(joints: FloatArray) -> FloatArray:
        positions, rotations = forward_many(model, joints)
        points: FloatArray = positions + rotations @ np.asarray(tool.xyz)
        return points

    def ending(times: FloatArray) -> FloatArray:
        return before.course.sample_many(before.course.duration - times).position

    def beginning(times: FloatArray) -> FloatArray:
        return after.course.sample_many(times).position

    return overlap_time(
        lambda times: tool_points(ending(times)),
        lambda times: tool_points(beginning(times)),
        lambda overlap, times: tool_points(ending(overlap - times) + beginning(times) - before.end),
        via=tool_points(np.array([before.end]))[0],
        radius=before.radius,
        longest=min(before.longest_after, after.longest_before),
    )
