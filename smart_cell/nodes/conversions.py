# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Between our values and ROS messages: poses, trajectories, joint states, programs.

The only place where quaternions are in ROS order (x, y, z, w).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Pose as PoseMessage
from geometry_msgs.msg import TransformStamped
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from smart_cell.core.errors import SmartCellError
from smart_cell.core.geometry import Pose, Quaternion
from smart_cell.devices.robot_job import Job, JobSpot
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.trajectory import Trajectory
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.weld_conversions import schedule_from_msg
from smart_cell.planning.program import ProgramSpot
from smart_cell_msgs.action import ExecuteProgram
from smart_cell_msgs.msg import SpotTarget

_NANOSECONDS: Final = 1_000_000_000
_UNIT_TOLERANCE: Final = 1e-3


class MessageError(SmartCellError):
    """A message holds what it must not; the text names field, value and what is allowed."""


def pose_to_msg(pose: Pose) -> PoseMessage:
    """Return a pose as a message."""
    message = PoseMessage()
    message.position.x, message.position.y, message.position.z = pose.xyz
    orientation = message.orientation
    orientation.w, orientation.x, orientation.y, orientation.z = pose.quat
    return message


def pose_from_msg(message: PoseMessage, field: str = "pose") -> Pose:
    """Return the pose of a message.

    Args:
        message: The pose; a quaternion that is off its length by rounding is made a unit one.
        field: What it is part of, for the error.

    Raises:
        MessageError: A number is not finite, or the quaternion is not of unit length.
    """
    x, y, z = message.position.x, message.position.y, message.position.z
    w, i, j, k = message.orientation.w, message.orientation.x, message.orientation.y, message.orientation.z
    length = math.sqrt(w * w + i * i + j * j + k * k)
    if not math.isfinite(x + y + z):
        raise MessageError(f"{field}.position ({x}, {y}, {z}): must be three finite numbers [m]")
    if not abs(length - 1.0) <= _UNIT_TOLERANCE:
        raise MessageError(f"{field}.orientation has length {length:.6g}: must be 1; normalise the quaternion")
    return Pose((x, y, z), (w / length, i / length, j / length, k / length))


def transform_to_msg(parent: str, child: str, pose: Pose) -> TransformStamped:
    """Return how the frame `child` lies in the frame `parent`, without a stamp."""
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    translation = message.transform.translation
    translation.x, translation.y, translation.z = pose.xyz
    set_rotation(message, pose.quat)
    return message


def set_rotation(message: TransformStamped, quat: Quaternion) -> None:
    """Give a transform another rotation."""
    rotation = message.transform.rotation
    rotation.w, rotation.x, rotation.y, rotation.z = quat


def trajectory_to_msg(
    trajectory: Trajectory, joint_names: Sequence[str], start: float | None = None
) -> JointTrajectory:
    """Return a trajectory as a message.

    Args:
        trajectory: What to run.
        joint_names: Names of its joints.
        start: ROS time of its time 0 [s]; None: when it is accepted.
    """
    message = JointTrajectory(joint_names=list(joint_names))
    if start is not None:
        message.header.stamp = stamp(start)
    rows = zip(
        trajectory.times.tolist(), trajectory.positions, trajectory.velocities, trajectory.accelerations, strict=True
    )
    # the generated classes take arrays as they are, and check lists number by number
    message.points = [
        JointTrajectoryPoint(
            positions=array("d", position.tobytes()),
            velocities=array("d", velocity.tobytes()),
            accelerations=array("d", acceleration.tobytes()),
            time_from_start=_duration(time),
        )
        for time, position, velocity, acceleration in rows
    ]
    return message


def joints_from_msg(names: Sequence[str], values: Sequence[float], wanted: Sequence[str]) -> Joints:
    """Return six values of a joint-state message in the order of `wanted`.

    Raises:
        MessageError: A joint is missing, or a value is not finite.
    """
    by_name = dict(zip(names, values, strict=False))
    try:
        a1, a2, a3, a4, a5, a6 = (float(by_name[name]) for name in wanted)
    except KeyError as error:
        raise MessageError(f"joint state without a value for {error.args[0]}; it has {', '.join(by_name)}") from None
    if not math.isfinite(a1 + a2 + a3 + a4 + a5 + a6):
        raise MessageError(f"joint state {(a1, a2, a3, a4, a5, a6)}: must be six finite numbers")
    return (a1, a2, a3, a4, a5, a6)


def job_from_goal(goal: ExecuteProgram.Goal) -> Job:
    """Return the job of a goal.

    Raises:
        MessageError: A pose or a schedule is not what it must be.
    """
    return Job(
        name=goal.job,
        body=goal.body,
        variant=goal.variant,
        epoch=goal.epoch,
        part=pose_from_msg(goal.part, "part"),
        spots=tuple(_job_spot(spot) for spot in goal.spots),
    )


def _job_spot(message: SpotTarget) -> JobSpot:
    field = f"spots[{message.spot}]"
    try:
        schedule = schedule_from_msg(message.schedule)
    except (ValueError, SmartCellError) as error:
        raise MessageError(f"{field}.schedule: {error}") from error
    if not schedule.pulses:
        raise MessageError(f"{field}.schedule {schedule.name!r}: has no pulse; at least one is needed")
    target = ProgramSpot(
        spot=message.spot,
        pose=pose_from_msg(message.pose, f"{field}.pose"),
        status=message.status,
        turn=message.turn,
        approach=tuple(
            pose_from_msg(pose, f"{field}.approach[{number}]") for number, pose in enumerate(message.approach)
        ),
        zones=tuple(message.zones),
        schedule=schedule.name,
        thickness=message.thickness,
    )
    return JobSpot(target, message.attempt, schedule)


def _duration(time: float) -> Duration:
    seconds, nanoseconds = divmod(round(time * _NANOSECONDS), _NANOSECONDS)
    return Duration(sec=seconds, nanosec=nanoseconds)


def constant(message_type: Any, prefix: str, value: Enum) -> int:
    """Return the constant of a message that stands for an enum's value, such as STATE_OPEN for `open`."""
    return int(getattr(message_type, f"{prefix}_{str(value.value).upper()}"))
