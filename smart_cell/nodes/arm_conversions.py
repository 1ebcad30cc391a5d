# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Between the simulated arm's values and the messages of a joint trajectory controller."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from builtin_interfaces.msg import Duration, Time
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTrajectoryControllerState
from control_msgs.srv import QueryTrajectoryState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from smart_cell.motion.trajectory import State
from smart_cell.nodes.clock import seconds
from smart_cell.simulation.arm_controller import Finished, Following
from smart_cell.simulation.arm_goal import GoalPoint, JointGoal, Tolerance
from smart_cell.simulation.arm_status import ArmStatus
from smart_cell_msgs.msg import ArmStatus as ArmStatusMessage

_NANOSECONDS: Final = 1_000_000_000


def goal_from_msg(goal: FollowJointTrajectory.Goal) -> JointGoal:
    """Return a goal as it came, checked by nobody yet.

    Joints with several degrees of freedom and tolerances of components are left out: an arm has none.
    """
    return replace(
        trajectory_from_msg(goal.trajectory),
        path_tolerance=_tolerances(goal.path_tolerance),
        goal_tolerance=_tolerances(goal.goal_tolerance),
        goal_time_tolerance=_seconds(goal.goal_time_tolerance),
    )


def trajectory_from_msg(trajectory: JointTrajectory) -> JointGoal:
    """Return a trajectory that came by topic as a goal without tolerances of its own, checked by nobody yet."""
    return JointGoal(
        joint_names=tuple(trajectory.joint_names),
        points=tuple(_point_from_msg(point) for point in trajectory.points),
        stamp=seconds(trajectory.header.stamp),
    )


def result_to_msg(finished: Finished) -> FollowJointTrajectory.Result:
    """Return the end of a goal as its result."""
    return FollowJointTrajectory.Result(error_code=int(finished.error_code), error_string=finished.error_string)


def controller_state_to_msg(
    following: Following, joint_names: Sequence[str], speed_scaling: float, stamp: Time
) -> JointTrajectoryControllerState:
    """Return the controller's state as a joint trajectory controller of a position interface tells it.

    Accelerations are part of the reference only, since an arm measures none; the output is positions.
    """
    reference, feedback, error = _points(following)
    message = JointTrajectoryControllerState(
        joint_names=joint_names,
        reference=reference,
        feedback=feedback,
        error=error,
        output=JointTrajectoryPoint(positions=reference.positions, time_from_start=reference.time_from_start),
        speed_scaling_factor=speed_scaling,
    )
    message.header.stamp = stamp
    return message


def feedback_to_msg(following: Following, joint_names: Sequence[str], stamp: Time) -> FollowJointTrajectory.Feedback:
    """Return where the arm is on its way to a goal."""
    desired, actual, error = _points(following)
    message = FollowJointTrajectory.Feedback(
        joint_names=joint_names, desired=desired, actual=actual, error=error, index=following.index
    )
    message.header.stamp = stamp
    return message


def query_to_msg(
    answer: State | str, joint_names: Sequence[str], response: QueryTrajectoryState.Response
) -> QueryTrajectoryState.Response:
    """Fill in what the joints should do at the time that was asked for, or why that cannot be told."""
    response.name = joint_names
    response.success = isinstance(answer, State)
    if isinstance(answer, State):
        response.position = array("d", answer.position.tobytes())
        response.velocity = array("d", answer.velocity.tobytes())
        response.acceleration = array("d", answer.acceleration.tobytes())
    else:
        response.message = answer
    return response


def status_to_msg(status: ArmStatus, stamp: Time) -> ArmStatusMessage:
    """Return what the arm's controller says about itself."""
    message = ArmStatusMessage(
        operation_mode=int(status.operation_mode),
        drives_powered=status.drives_powered,
        brakes_released=status.brakes_released,
        emergency_stop=status.emergency_stop,
        in_motion=status.in_motion,
        motion_possible=status.motion_possible,
        speed_scaling=status.speed_scaling,
        text=status.text,
    )
    message.header.stamp = stamp
    return message


def _points(following: Following) -> tuple[JointTrajectoryPoint, JointTrajectoryPoint, JointTrajectoryPoint]:
    """Return reference, feedback and error as points of a trajectory."""
    time = round(following.time * _NANOSECONDS)
    since = Duration(sec=time // _NANOSECONDS, nanosec=time % _NANOSECONDS)
    reference, feedback, error = (
        JointTrajectoryPoint(
            positions=array("d", state.position.tobytes()),
            velocities=array("d", state.velocity.tobytes()),
            time_from_start=since,
        )
        for state in (following.reference, following.feedback, following.error)
    )
    reference.accelerations = array("d", following.reference.acceleration.tobytes())
    return reference, feedback, error


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
