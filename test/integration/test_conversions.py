# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Values into messages and back."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

import numpy as np
import pytest

pytest.importorskip("smart_cell_msgs.msg")

from geometry_msgs.msg import Pose as PoseMessage

from smart_cell.cell.model import SensorType
from smart_cell.core.geometry import Pose
from smart_cell.devices.clamp import ClampState as ClampValue
from smart_cell.devices.conveyor import ConveyorState as ConveyorValue
from smart_cell.devices.conveyor import TransferCode
from smart_cell.devices.robot_job import JobCode
from smart_cell.devices.robot_job import RobotState as RobotValue
from smart_cell.devices.safety import SafetyState as SafetyValue
from smart_cell.motion.trajectory import Trajectory
from smart_cell.nodes.clock import seconds
from smart_cell.nodes.conversions import (
    MessageError,
    constant,
    job_from_goal,
    joints_from_msg,
    pose_from_msg,
    pose_to_msg,
    trajectory_to_msg,
)
from smart_cell_msgs.action import ExecuteProgram, Transfer
from smart_cell_msgs.msg import (
    ClampState,
    ConveyorState,
    RobotState,
    SafetyState,
    SensorState,
    SpotTarget,
    WeldSchedule,
)

NAMES = tuple(f"r1_joint_{number}" for number in range(1, 7))


def test_pose_goes_there_and_back_with_the_quaternion_in_ros_order() -> None:
    pose = Pose.from_rpy((1.0, 2.0, 3.0), (0.1, -0.2, 0.3))
    message = pose_to_msg(pose)
    assert (message.orientation.w, message.orientation.x) == pose.quat[:2]
    assert pose_from_msg(message).quat == pytest.approx(pose.quat)
    assert pose_from_msg(message).xyz == pose.xyz


def test_pose_that_is_none_is_refused_with_its_field() -> None:
    message = PoseMessage()
    message.orientation.w = 0.5
    with pytest.raises(MessageError, match=r"spots\[S1\]\.pose\.orientation"):
        pose_from_msg(message, "spots[S1].pose")
    message = PoseMessage()
    message.position.y = math.nan
    with pytest.raises(MessageError, match=r"part\.position"):
        pose_from_msg(message, "part")


def test_trajectory_keeps_every_number() -> None:
    rows = [np.linspace(start, start + 1.0, 12).reshape(2, 6) for start in (0.0, 2.0, 4.0)]
    positions, velocities, accelerations = (np.asarray(row, dtype=np.float64) for row in rows)
    trajectory = Trajectory(np.array([0.0, 1.5]), positions, velocities, accelerations)
    message = trajectory_to_msg(trajectory, NAMES, start=12.25)
    assert seconds(message.header.stamp) == 12.25
    assert tuple(message.joint_names) == NAMES
    last = message.points[1]
    assert (last.time_from_start.sec, last.time_from_start.nanosec) == (1, 500_000_000)
    assert list(last.positions) == list(positions[1])
    assert list(last.velocities) == list(velocities[1])
    assert list(last.accelerations) == list(accelerations[1])
    assert seconds(trajectory_to_msg(trajectory, NAMES).header.stamp) == 0.0


def test_joints_come_in_our_order() -> None:
    assert joints_from_msg(NAMES[::-1], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], NAMES) == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    with pytest.raises(MessageError, match="r1_joint_6"):
        joints_from_msg(NAMES[:5], [0.0] * 5, NAMES)
    with pytest.raises(MessageError, match="finite"):
        joints_from_msg(NAMES, [math.inf] * 6, NAMES)


def goal() -> Any:
    message = ExecuteProgram.Goal(job="j", body="B1", variant="sedan", epoch=7)
    schedule = WeldSchedule(name="p1", force=2300.0, pulse_current=[8500.0], pulse_time=[0.18], pulse_cool=[0.0])
    message.spots = [SpotTarget(spot="S1", attempt=2, status=2, turn=5, zones=["z1"], schedule=schedule)]
    return message


def test_goal_becomes_a_job() -> None:
    job = job_from_goal(goal())
    (spot,) = job.spots
    assert (job.name, job.body, job.epoch) == ("j", "B1", 7)
    assert (spot.target.spot, spot.attempt, spot.target.zones, spot.schedule.name) == ("S1", 2, ("z1",), "p1")


def test_goal_with_a_bad_schedule_is_refused_with_its_field() -> None:
    message = goal()
    message.spots[0].schedule.pulse_time = []
    with pytest.raises(MessageError, match=r"spots\[S1\]\.schedule"):
        job_from_goal(message)


@pytest.mark.parametrize(
    ("message_type", "prefix", "values"),
    [
        (RobotState, "STATE", RobotValue),
        (ConveyorState, "STATE", ConveyorValue),
        (ClampState, "STATE", ClampValue),
        (SafetyState, "STATE", SafetyValue),
        (SensorState, "TYPE", SensorType),
        (ExecuteProgram.Result, "CODE", JobCode),
        (Transfer.Result, "CODE", TransferCode),
    ],
)
def test_every_value_has_its_constant(message_type: Any, prefix: str, values: type[Enum]) -> None:
    numbers = {constant(message_type, prefix, value) for value in values}
    assert len(numbers) == len(values)
