# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How far a simulated arm may be off its trajectory, by the rules of the joint trajectory controller."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_cell.motion.trajectory import FloatArray, State
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_goal import JointGoal

ERASED = -1.0
"""A tolerance of this value in a goal means that there is no limit."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The tolerances that hold for one goal, one value per joint A1 to A6; infinite where there is no limit."""

    path_position: FloatArray
    """[rad]"""
    path_velocity: FloatArray
    """[rad/s]"""
    goal_position: FloatArray
    """[rad]"""
    goal_velocity: FloatArray
    """[rad/s]"""
    goal_time: float
    """[s]"""

    def path_violation(self, error: State, joint_names: Sequence[str]) -> str:
        """Return which joint is off by more than it may on the way, in words; empty if none is."""
        return _violation(error, self.path_position, self.path_velocity, joint_names)

    def goal_violation(self, error: State, joint_names: Sequence[str]) -> str:
        """Return which joint is off by more than it may at the end, in words; empty if none is."""
        return _violation(error, self.goal_position, self.goal_velocity, joint_names)

    def first_path_violation(self, error: State) -> int | None:
        """Return the first row of errors, arrays of shape (n, 6), that breaks a tolerance of the path, or None."""
        off = np.abs(error.position) > self.path_position
        off |= np.abs(error.velocity) > self.path_velocity
        rows = off.any(axis=1)
        return int(np.argmax(rows)) if rows.any() else None


def default_tolerances(config: ArmConfig) -> Tolerances:
    """Return the tolerances that hold where a goal says nothing."""
    return Tolerances(
        _limits(config.path_tolerance),
        np.full(len(config.path_tolerance), math.inf),
        _limits(config.goal_tolerance),
        _limits([config.stopped_velocity_tolerance] * len(config.goal_tolerance)),
        config.goal_time or math.inf,
    )


def resolve_tolerances(goal: JointGoal, joint_names: Sequence[str], config: ArmConfig) -> tuple[Tolerances, str]:
    """Return the tolerances of a goal, and in words what of the goal's own was ignored (empty if nothing).

    A tolerance that names an unknown joint or is negative without being `ERASED` makes the whole goal fall back to
    the defaults, as in the joint trajectory controller.
    """
    names = list(joint_names)
    defaults = default_tolerances(config)
    path_position, path_velocity = defaults.path_position.copy(), defaults.path_velocity.copy()
    goal_position, goal_velocity = defaults.goal_position.copy(), defaults.goal_velocity.copy()
    for entries, position, velocity, kind in (
        (goal.path_tolerance, path_position, path_velocity, "path"),
        (goal.goal_tolerance, goal_position, goal_velocity, "goal"),
    ):
        for entry in entries:
            if entry.joint not in names:
                return defaults, f"{kind} tolerance of unknown joint '{entry.joint}'; all default tolerances hold"
            index = names.index(entry.joint)
            for array, value, unit in ((position, entry.position, "rad"), (velocity, entry.velocity, "rad/s")):
                if value == ERASED:
                    array[index] = math.inf
                elif value > 0.0:
                    array[index] = value
                elif value != 0.0:
                    return defaults, (
                        f"{kind} tolerance {value:g} {unit} of {entry.joint} is neither positive, 0 (default) nor "
                        "-1 (no limit); all default tolerances hold"
                    )
    goal_time = defaults.goal_time
    if goal.goal_time_tolerance == ERASED:
        goal_time = math.inf
    elif goal.goal_time_tolerance > 0.0:
        goal_time = goal.goal_time_tolerance
    elif goal.goal_time_tolerance != 0.0:
        return defaults, f"goal time tolerance {goal.goal_time_tolerance:g} s is negative; all default tolerances hold"
    return Tolerances(path_position, path_velocity, goal_position, goal_velocity, goal_time), ""


def _limits(values: Sequence[float]) -> FloatArray:
    return np.array([value or math.inf for value in values])


def _violation(error: State, position: FloatArray, velocity: FloatArray, joint_names: Sequence[str]) -> str:
    for off, limit, unit in ((error.position, position, "rad"), (error.velocity, velocity, "rad/s")):
        over = np.abs(off) - limit
        joint = int(np.argmax(over))
        if over[joint] > 0.0:
            return f"{joint_names[joint]} is off by {abs(off[joint]):.4f} {unit}, limit {limit[joint]:g} {unit}"
    return ""
