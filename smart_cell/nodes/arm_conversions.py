# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Between the simulated arm's values and the messages of a joint trajectory controller."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory
from trajectory_msgs.msg import JointTrajectoryPoint

from smart_cell.motion.trajectory import State
from smart_cell.nodes.clock import seconds
from smart_cell.simulation.arm import Finished
from smart_cell.simulation.arm_goal import GoalPoint, JointGoal, Tolerance

_NANOSECONDS: Final = 1_000_000_000


def goal_from_msg(goal: FollowJointTrajectory.Goal) -> JointGoal:
    """Return a goal as it came, checked by nobody yet.

    Joints with several degrees of freedom and tolerances of components are left out: an arm has none.
    """
    trajectory = goal.trajectory
    return JointGoal(
        joint_names=tuple(trajectory.joint_names),
        points=tuple(_point_from_msg(point) for point in trajectory.points),
        stamp=seconds(trajectory.header.stamp),
        path_tolerance=_tolerances(goal.path_tolerance),
        goal_tolerance=_tolerances(goal.goal_tolerance),
        goal_time_tolerance=_seconds(goal.goal_time_tolerance),
    )


def result_to_msg(finished: Finished) -> FollowJointTrajectory.Result:
    """Return the end of a goal as its result."""
    return FollowJointTrajectory.Result(error_code=int(finished.error_code), error_string=finished.error_string)


def state_to_msg(state: State, time: float = 0.0) -> JointTrajectoryPoint:
    """Return a state as a point of a trajectory.

    Args:
        state: Arrays of shape (6,).
        time: Time from the start of the trajectory [s].
    """
    nanoseconds = round(time * _NANOSECONDS)
    return JointTrajectoryPoint(
        positions=array("d", state.position.tobytes()),
        velocities=array("d", state.velocity.tobytes()),
        accelerations=array("d", state.acceleration.tobytes()),
        time_from_start=Duration(sec=nanoseconds // _NANOSECONDS, nanosec=nanoseconds % _NANOSECONDS),
    )


def _point_from_msg(point: JointTrajectoryPoint) -> GoalPoint:
    return GoalPoint(
        time_from_start=_seconds(point.time_from_start),
        positions=tuple(point.positions),
        velocities=tuple(point.velocities),
        accelerations=tuple(point.accelerations),
        effort=tuple(point.effort),
    )


def _tolerances(messages: Iterable[Any]) -> tuple[Tolerance, ...]:
    return tuple(Tolerance(message.name, message.position, message.velocity) for message in messages)


def _seconds(duration: Duration) -> float:
    return float(duration.sec + duration.nanosec / _NANOSECONDS)
