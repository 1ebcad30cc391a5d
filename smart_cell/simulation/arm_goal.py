# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory goals of the simulated arm: what they hold, and when they are refused.

The rules are those of ros2_control's joint trajectory controller, and stricter where a real arm would fault: a goal
with a number that is not finite, or that leaves the limits of position or velocity, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.limits import within_limits
from smart_cell.motion.trajectory import State, Trajectory
from smart_cell.simulation.arm_config import ArmConfig

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
    """How far one joint may be off; 0 means the default, -1 no limit."""

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
    """How much later [s] the goal may be reached; 0 means the default, -1 no limit."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a goal is not accepted."""

    code: ErrorCode
    text: str


def check_form(goal: JointGoal, joint_names: Sequence[str], now: float, *, partial: bool = False) -> Rejection | None:
    """Return what is wrong with a goal in itself, or None.

    Args:
        goal: The goal.
        joint_names: The arm's joints, A1 to A6.
        now: Time [s].
        partial: It may leave joints out.
    """
    unknown = [name for name in goal.joint_names if name not in joint_names]
    if unknown:
        return Rejection(
            ErrorCode.INVALID_JOINTS, f"unknown joint '{unknown[0]}'; the joints are {', '.join(joint_names)}"
        )
    count, different = len(goal.joint_names), len(set(goal.joint_names))
    if count != different or count == 0 or (count != len(joint_names) and not partial):
        return Rejection(
            ErrorCode.INVALID_JOINTS,
            f"{count} joints named, {different} of them different; each of the {len(joint_names)} joints must be "
            "named once",
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
    once starts the trajectory itself. Joints that the goal does not name stay.

    Args:
        goal: A goal that passed `check_form`.
        joint_names: The arm's joints, A1 to A6; the columns of the trajectory are in this order.
        current: Where the arm is, arrays of shape (6,).
        now: Time [s].
    """
    origin = goal.stamp if goal.stamp != 0.0 else now
    elapsed = now - origin
    points = list(goal.points)
    if elapsed > 0.0:
        points = [point for point in points if point.time_from_start >= elapsed + _JOIN_TIME] or points[-1:]
    times = [point.time_from_start for point in points]
    order = [goal.joint_names.index(name) if name in goal.joint_names else None for name in joint_names]
    here = current.position.tolist()
    positions = [_row(point.positions, order, here) for point in points]
    still = [0.0] * len(order)
    velocities = [_row(point.velocities, order, still) if point.velocities else [] for point in points]
    accelerations = [_row(point.accelerations, order, still) if point.accelerations else [] for point in points]
    if not (elapsed == 0.0 and times[0] == 0.0):
        times[0] = max(times[0], elapsed + _JOIN_TIME) if elapsed > 0.0 else times[0]
        times.insert(0, elapsed)
        positions.insert(0, here)
        velocities.insert(0, current.velocity.tolist())
        accelerations.insert(0, current.acceleration.tolist())
    return Trajectory.from_points(times, positions, velocities, accelerations), origin


def _row(values: Sequence[float], order: Sequence[int | None], absent: Sequence[float]) -> list[float]:
    return [rest if index is None else values[index] for index, rest in zip(order, absent, strict=True)]


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
