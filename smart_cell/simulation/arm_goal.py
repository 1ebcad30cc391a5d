# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory goals of the simulated arm: what they hold, when they are refused, which tolerances they mean.

The rules are those of ros2_control's joint trajectory controller, and stricter where a real arm would fault: a goal
with a number that is not finite, or that leaves the limits of position or velocity, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.limits import within_limits
from smart_cell.motion.trajectory import FloatArray, State, Trajectory

ERASED = -1.0
"""A tolerance of this value in a goal means that there is no limit."""

_SAMPLES_PER_SEGMENT = 8
_AT_REST = 1.2e-7
"""Speed [rad/s] at the end of a trajectory that is rounding, the float epsilon of the joint trajectory controller."""
_JOIN_TIME = 0.02
"""Least time [s] to get from the current state onto a trajectory that began in the past."""


class ErrorCode(IntEnum):
    """Result codes of the action FollowJointTrajectory; the numbers are part of its definition."""

    SUCCESSFUL = 0
    INVALID_GOAL = -1
    INVALID_JOINTS = -2
    OLD_HEADER_TIMESTAMP = -3
    PATH_TOLERANCE_VIOLATED = -4
    GOAL_TOLERANCE_VIOLATED = -5


@dataclass(frozen=True, slots=True)
class GoalPoint:
    """One point of a goal; velocities and accelerations may be empty."""

    time_from_start: float
    """[s]"""
    positions: tuple[float, ...]
    """[rad], in the order of the goal's joint names."""
    velocities: tuple[float, ...] = ()
    """[rad/s]"""
    accelerations: tuple[float, ...] = ()
    """[rad/s^2]"""
    effort: tuple[float, ...] = ()
    """[N m]; a goal that has any is refused, since the arm takes positions."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far one joint may be off; 0 means the default, `ERASED` no limit."""

    joint: str
    position: float = 0.0
    """[rad]"""
    velocity: float = 0.0
    """[rad/s]"""


@dataclass(frozen=True, slots=True)
class JointGoal:
    """A goal of the action FollowJointTrajectory."""

    joint_names: tuple[str, ...]
    points: tuple[GoalPoint, ...]
    stamp: float = 0.0
    """When the trajectory starts [s]; 0 means at once."""
    path_tolerance: tuple[Tolerance, ...] = ()
    goal_tolerance: tuple[Tolerance, ...] = ()
    goal_time_tolerance: float = 0.0
    """How much later [s] the goal may be reached; 0 means the default, `ERASED` no limit."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a goal is not accepted."""

    code: ErrorCode
    text: str


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """How a simulated arm treats its goals, the parameters `constraints` of the joint trajectory controller."""

    path_tolerance: float = 0.05
    """Default for each joint during the motion [rad]; 0 means no limit."""
    goal_tolerance: float = 0.002
    """Default for each joint at the end [rad]; 0 means no limit."""
    goal_time: float = 1.0
    """Default time after the planned end in which the arm must be within the goal tolerance [s]; 0 means no limit."""
    stopped_velocity_tolerance: float = 0.01
    """Largest speed of a joint at the end [rad/s]; 0 means no limit."""
    velocity_margin: float = 1.05
    """Largest speed that a goal may ask for, as a multiple of the arm's."""
    position_margin: float = 0.001
    """How far outside its limits a joint may be sent [rad], for rounding and for a start at the limit."""
    start_tolerance: float = 0.1
    """How far from the arm [rad] the first point may be where it is due at once."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The tolerances that hold for one goal, one value per joint A1 to A6; infinite where there is no limit."""

    path_position: FloatArray
    path_velocity: FloatArray
    goal_position: FloatArray
    goal_velocity: FloatArray
    goal_time: float


def resolve_tolerances(goal: JointGoal, joint_names: Sequence[str], config: ArmConfig) -> tuple[Tolerances, str]:
    """Return the tolerances of a goal, and in words what of the goal's own was ignored (empty if nothing).

    A tolerance that names an unknown joint or is negative without being `ERASED` makes the whole goal fall back to
    the defaults, as in the joint trajectory controller.
    """
    names = list(joint_names)
    values = [
        np.full(JOINT_COUNT, default or math.inf)
        for default in (config.path_tolerance, 0.0, config.goal_tolerance, config.stopped_velocity_tolerance)
    ]
    defaults = Tolerances(values[0], values[1], values[2], values[3], config.goal_time or math.inf)
    path_position, path_velocity, goal_position, goal_velocity = (array.copy() for array in values)
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


def check_form(goal: JointGoal, joint_names: Sequence[str], now: float) -> Rejection | None:
    """Return what is wrong with a goal in itself, or None.

    Args:
        goal: The goal.
        joint_names: The arm's joints, A1 to A6.
        now: Time [s].
    """
    unknown = [name for name in goal.joint_names if name not in joint_names]
    if unknown:
        return Rejection(
            ErrorCode.INVALID_JOINTS, f"unknown joint '{unknown[0]}'; the joints are {', '.join(joint_names)}"
        )
    if sorted(goal.joint_names) != sorted(joint_names):
        return Rejection(
            ErrorCode.INVALID_JOINTS,
            f"{len(goal.joint_names)} joints named, {len(set(goal.joint_names))} of them different; each of the "
            f"{len(joint_names)} joints must be named once",
        )
    if not goal.points:
        return Rejection(ErrorCode.INVALID_GOAL, "the trajectory has no points; at least one is needed")
    problem = _form_of_points(goal)
    if problem is None and not math.isfinite(goal.stamp):
        problem = f"the time stamp {goal.stamp} is not a finite number"
    if problem is not None:
        return Rejection(ErrorCode.INVALID_GOAL, problem)
    end = goal.stamp + goal.points[-1].time_from_start
    if goal.stamp != 0.0 and end <= now:
        return Rejection(
            ErrorCode.OLD_HEADER_TIMESTAMP,
            f"the trajectory ended {now - end:.3f} s ago; send a later time stamp, or 0 to start at once",
        )
    return None


def _form_of_points(goal: JointGoal) -> str | None:
    names = goal.joint_names
    before = -1.0
    for number, point in enumerate(goal.points):
        if point.effort:
            return f"point {number} has efforts; the arm takes positions only"
        for kind, row, needed in (
            ("positions", point.positions, True),
            ("velocities", point.velocities, False),
            ("accelerations", point.accelerations, False),
        ):
            if len(row) != len(names) and (needed or row):
                return f"point {number} has {len(row)} {kind}, must be {len(names)}"
            for name, value in zip(names, row, strict=False):
                if not math.isfinite(value):
                    return f"{kind} of {name} in point {number} is {value}, must be a finite number"
        time = point.time_from_start
        if not (math.isfinite(time) and time >= 0.0):
            return f"time_from_start of point {number} is {time} s, must be 0 or more"
        if time <= before:
            return f"time_from_start of point {number} is {time:g} s, must be more than {before:g} s of the one before"
        before = time
    for name, speed in zip(names, goal.points[-1].velocities, strict=False):
        if abs(speed) > _AT_REST:
            return f"velocity of {name} at the last point is {speed:g} rad/s, must be 0"
    return None


def join(goal: JointGoal, joint_names: Sequence[str], current: State, now: float) -> tuple[Trajectory, float]:
    """Return the trajectory from where the arm is through a goal's points, and the time [s] that it counts from.

    It leads from the current state at `now` to the first point that is not in the past. A first point that is due at
    once starts the trajectory itself.

    Args:
        goal: A goal that passed `check_form`.
        joint_names: The arm's joints, A1 to A6; the columns of the trajectory are in this order.
        current: Where the arm is, arrays of shape (6,).
        now: Time [s].
    """
    order = [goal.joint_names.index(name) for name in joint_names]
    origin = goal.stamp if goal.stamp != 0.0 else now
    elapsed = now - origin
    points = list(goal.points)
    if elapsed > 0.0:
        points = [point for point in points if point.time_from_start >= elapsed + _JOIN_TIME] or points[-1:]
    times = [point.time_from_start for point in points]
    positions = [[point.positions[index] for index in order] for point in points]
    velocities = [[point.velocities[index] for index in order] if point.velocities else [] for point in points]
    accelerations = [[point.accelerations[index] for index in order] if point.accelerations else [] for point in points]
    if not (elapsed == 0.0 and times[0] == 0.0):
        times[0] = max(times[0], elapsed + _JOIN_TIME) if elapsed > 0.0 else times[0]
        times.insert(0, elapsed)
        positions.insert(0, current.position.tolist())
        velocities.insert(0, current.velocity.tolist())
        accelerations.insert(0, current.acceleration.tolist())
    return Trajectory.from_points(times, positions, velocities, accelerations), origin


def check_limits(trajectory: Trajectory, current: State, model: ArmModel, config: ArmConfig) -> Rejection | None:
    """Return which limit a joined trajectory breaks, or None.

    Args:
        trajectory: As `join` returns it.
        current: Where the arm is, arrays of shape (6,).
        model: The arm.
        config: The margins on its limits.
    """
    for number, (here, there) in enumerate(zip(current.position, trajectory.positions[0], strict=True), start=1):
        if abs(there - here) > config.start_tolerance:
            return Rejection(
                ErrorCode.INVALID_GOAL,
                f"joint_{number} is at {here:.4f} rad, the first point is at {there:.4f} rad and due at once; the "
                f"limit is {config.start_tolerance:g} rad, give the point a later time_from_start",
            )
    fractions = np.arange(_SAMPLES_PER_SEGMENT) / _SAMPLES_PER_SEGMENT
    steps = np.diff(trajectory.times)
    dense = (trajectory.times[:-1, np.newaxis] + np.outer(steps, fractions)).ravel()
    state = trajectory.sample_many(np.append(dense, trajectory.duration))
    for row in (state.position.min(axis=0), state.position.max(axis=0)):
        problem = within_limits(model, row.tolist(), tolerance=config.position_margin)
        if problem is not None:
            return Rejection(ErrorCode.INVALID_GOAL, problem)
    fastest = np.abs(state.velocity).max(axis=0)
    for number, (speed, limit) in enumerate(zip(fastest, model.velocity, strict=True), start=1):
        if speed > limit * config.velocity_margin:
            return Rejection(
                ErrorCode.INVALID_GOAL,
                f"joint_{number} would move at {speed:.3f} rad/s, limit {limit:.3f} rad/s; give the points more time",
            )
    return None
