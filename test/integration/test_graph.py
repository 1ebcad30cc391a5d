# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS graph of the running demo cell, as another program sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("rclpy")

from control_msgs.action import FollowJointTrajectory
from rclpy.action import get_action_names_and_types
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy, qos_profile_sensor_data
from running_cell import RunningCell
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectoryPoint

from smart_cell_msgs.msg import CellState

pytestmark = [pytest.mark.ros, pytest.mark.timeout(240)]

ROBOTS = ("r1", "r2", "r3", "r4")
GUNS = ("g1", "g2", "g3", "g4")
CLAMPS = ("c1", "c2", "c3", "c4")
SENSORS = ("pp1", "pp2", "rfid1")
MSGS = "smart_cell_msgs"
JTC = "joint_trajectory_controller"

TOPICS = {
    **{f"{robot}/joint_states": "sensor_msgs/msg/JointState" for robot in ROBOTS},
    **{f"{robot}/arm_status": f"{MSGS}/msg/ArmStatus" for robot in ROBOTS},
    **{f"{robot}/{JTC}/joint_trajectory": "trajectory_msgs/msg/JointTrajectory" for robot in ROBOTS},
    **{f"{robot}/{JTC}/speed_scaling_input": "control_msgs/msg/SpeedScalingFactor" for robot in ROBOTS},
    **{f"{robot}/{JTC}/controller_state": "control_msgs/msg/JointTrajectoryControllerState" for robot in ROBOTS},
    **{f"{robot}/state": f"{MSGS}/msg/RobotState" for robot in ROBOTS},
    **{f"{gun}/state": f"{MSGS}/msg/GunState" for gun in GUNS},
    **{f"{clamp}/state": f"{MSGS}/msg/ClampState" for clamp in CLAMPS},
    **{f"{sensor}/state": f"{MSGS}/msg/SensorState" for sensor in SENSORS},
    "conveyor/state": f"{MSGS}/msg/ConveyorState",
    "safety/state": f"{MSGS}/msg/SafetyState",
    "supervisor/state": f"{MSGS}/msg/CellState",
    "supervisor/alarms": f"{MSGS}/msg/AlarmList",
    "supervisor/events": f"{MSGS}/msg/Event",
    "supervisor/zone_requests": f"{MSGS}/msg/ZoneRequest",
    "supervisor/zones": f"{MSGS}/msg/ZoneStates",
    "heartbeats": f"{MSGS}/msg/Heartbeat",
}
ACTIONS = {
    **{
        f"{robot}/joint_trajectory_controller/follow_joint_trajectory": "control_msgs/action/FollowJointTrajectory"
        for robot in ROBOTS
    },
    **{f"{robot}/execute_program": f"{MSGS}/action/ExecuteProgram" for robot in ROBOTS},
    **{f"{gun}/weld": f"{MSGS}/action/Weld" for gun in GUNS},
    **{f"{gun}/dress_tips": f"{MSGS}/action/DressTips" for gun in GUNS},
    "conveyor/transfer": f"{MSGS}/action/Transfer",
    "supervisor/produce": f"{MSGS}/action/ProduceOrder",
}
SERVICES = {
    "supervisor/command": f"{MSGS}/srv/CellCommand",
    "supervisor/decide_spot": f"{MSGS}/srv/DecideSpot",
    "supervisor/acknowledge": f"{MSGS}/srv/Acknowledge",
    "supervisor/shelve": f"{MSGS}/srv/Shelve",
    **{f"{clamp}/move": f"{MSGS}/srv/MoveClamp" for clamp in CLAMPS},
    **{f"{robot}/{JTC}/query_state": "control_msgs/srv/QueryTrajectoryState" for robot in ROBOTS},
    **{f"{gun}/pull_records": f"{MSGS}/srv/PullRecords" for gun in GUNS},
}
NODES = (
    "supervisor",
    "safety",
    "conveyor",
    *GUNS,
    *CLAMPS,
    *SENSORS,
    *(f"{robot}/robot" for robot in ROBOTS),
    *(f"{robot}/joint_trajectory_controller" for robot in ROBOTS),
)


@pytest.fixture(scope="module")
def cell(ros_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCell]:
    """The demo cell, up and waiting in Stopped."""
    running = RunningCell(tmp_path_factory.mktemp("graph"), "--speed", "5")
    try:
        running.wait_ready()
        yield running
    finally:
        running.close()


def test_nodes(cell: RunningCell) -> None:
    def names() -> set[str]:
        return {f"{space}/{name}" for name, space in cell.node.get_node_names_and_namespaces()}

    expected = {cell.path(node) for node in NODES}
    cell.wait(lambda: expected <= names(), f"nodes {expected}")


def assert_offered(cell: RunningCell, look: Callable[[], list[tuple[str, list[str]]]], kinds: dict[str, str]) -> None:
    """Everything is there with its type, as soon as discovery has found it."""

    def found() -> dict[str, list[str] | None]:
        offered = dict(look())
        return {name: offered.get(cell.path(name)) for name in kinds}

    cell.wait(lambda: None not in found().values(), f"to be offered: {', '.join(kinds)}", 10.0)
    assert found() == {name: [kind] for name, kind in kinds.items()}


def test_topics(cell: RunningCell) -> None:
    assert_offered(cell, cell.node.get_topic_names_and_types, TOPICS)


def test_standard_topics_for_viewers(cell: RunningCell) -> None:
    expected = {
        "/tf": "tf2_msgs/msg/TFMessage",
        "/tf_static": "tf2_msgs/msg/TFMessage",
        "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
        cell.path("robot_description"): "std_msgs/msg/String",
        cell.path("markers"): "visualization_msgs/msg/MarkerArray",
    }

    def found() -> dict[str, list[str]]:
        return {name: kinds for name, kinds in cell.node.get_topic_names_and_types() if name in expected}

    # the scene is not required and may come up after the cell
    cell.wait(lambda: len(found()) == len(expected), "the scene's topics")
    assert found() == {name: [kind] for name, kind in expected.items()}
    for name in ("/tf_static", cell.path("robot_description"), cell.path("markers")):
        publishers = cell.node.get_publishers_info_by_topic(name)
        assert [p.qos_profile.durability for p in publishers] == [DurabilityPolicy.TRANSIENT_LOCAL], name


def test_actions(cell: RunningCell) -> None:
    assert_offered(cell, lambda: get_action_names_and_types(cell.node), ACTIONS)


def test_services(cell: RunningCell) -> None:
    assert_offered(cell, cell.node.get_service_names_and_types, SERVICES)


def test_state_topics_are_reliable_and_latched(cell: RunningCell) -> None:
    for name in (*(t for t in TOPICS if t.endswith("/state")), "supervisor/alarms", "supervisor/zones"):
        publishers = cell.node.get_publishers_info_by_topic(cell.path(name))
        assert len(publishers) == 1, name
        profile = publishers[0].qos_profile
        assert profile.reliability is ReliabilityPolicy.RELIABLE, name
        assert profile.durability is DurabilityPolicy.TRANSIENT_LOCAL, name


class Arm:
    """A plain client of one arm's trajectory action."""

    def __init__(self, cell: RunningCell, robot: str) -> None:
        self.cell = cell
        self.joints = [f"{robot}_joint_{n}" for n in range(1, 7)]
        self.stamps: list[float] = []
        self.reading: JointState | None = None
        action = f"{robot}/joint_trajectory_controller/follow_joint_trajectory"
        self.client = cell.action_client(FollowJointTrajectory, action)
        cell.node.create_subscription(
            JointState, cell.path(f"{robot}/joint_states"), self._hear, qos_profile_sensor_data
        )
        cell.wait(lambda: self.client.server_is_ready() and self.reading is not None, "arm")

    def _hear(self, message: JointState) -> None:
        self.reading = message
        self.stamps.append(time.monotonic())

    @property
    def position(self) -> list[float]:
        assert self.reading is not None
        by_name = dict(zip(self.reading.name, self.reading.position, strict=True))
        return [by_name[joint] for joint in self.joints]

    def goal(self, offset: float = 0.1, duration: float = 2.0) -> FollowJointTrajectory.Goal:
        """Return a goal that turns A1 by `offset` [rad]."""
        goal = FollowJointTrajectory.Goal()
        goal.trajectory.joint_names = list(self.joints)
        target = self.position
        target[0] += offset
        goal.trajectory.points = [point(target, duration)]
        return goal

    def send(self, goal: FollowJointTrajectory.Goal) -> Any:
        future = self.client.send_goal_async(goal)
        self.cell.wait(future.done, "answer to the goal", 10.0)
        return future.result()

    def result(self, handle: Any) -> Any:
        future = handle.get_result_async()
        self.cell.wait(future.done, "result", 20.0)
        return future.result().result


def point(positions: list[float], seconds: float) -> JointTrajectoryPoint:
    message = JointTrajectoryPoint(positions=positions, velocities=[0.0] * len(positions))
    message.time_from_start.sec = int(seconds)
    message.time_from_start.nanosec = round((seconds - int(seconds)) * 1e9)
    return message


@pytest.fixture(scope="module")
def arm(cell: RunningCell) -> Arm:
    return Arm(cell, "r2")


def test_goal_is_executed(arm: Arm) -> None:
    before = arm.position
    handle = arm.send(arm.goal())
    assert handle.accepted
    result = arm.result(handle)
    assert result.error_code == FollowJointTrajectory.Result.SUCCESSFUL, result.error_string
    arm.cell.wait(lambda: abs(arm.position[0] - before[0] - 0.1) < 0.01, "the arm at its goal", 2.0)


def test_joint_states_come_a_hundred_times_a_second(arm: Arm) -> None:
    start = len(arm.stamps)
    arm.cell.wait(lambda: len(arm.stamps) - start >= 200, "200 joint states", 10.0)
    rate = 199 / (arm.stamps[start + 199] - arm.stamps[start])
    assert 80.0 < rate < 120.0


def no_points(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points = []


def unknown_joint(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.joint_names[0] = "r2_joint_9"


def missing_joint(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.joint_names = goal.trajectory.joint_names[:5]
    goal.trajectory.points[0].positions = goal.trajectory.points[0].positions[:5]
    goal.trajectory.points[0].velocities = goal.trajectory.points[0].velocities[:5]


def moving_end(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points[-1].velocities = [0.1] * 6


def past_end(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.header.stamp.sec = 1


def times_not_increasing(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points = [goal.trajectory.points[0], goal.trajectory.points[0]]


def wrong_size(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points[0].positions = goal.trajectory.points[0].positions[:4]


def with_effort(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points[0].effort = [1.0] * 6


def not_finite(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points[0].positions[2] = float("nan")


def beyond_limit(goal: FollowJointTrajectory.Goal) -> None:
    goal.trajectory.points[0].positions[4] = 3.0


@pytest.mark.parametrize(
    "spoil",
    [
        no_points,
        unknown_joint,
        missing_joint,
        moving_end,
        past_end,
        times_not_increasing,
        wrong_size,
        with_effort,
        not_finite,
        beyond_limit,
    ],
)
def test_bad_goal_is_rejected_and_nothing_moves(arm: Arm, spoil: Any) -> None:
    before = arm.position
    goal = arm.goal()
    spoil(goal)
    assert not arm.send(goal).accepted
    assert arm.position == pytest.approx(before, abs=1e-6)


def test_new_goal_preempts_the_running_one(arm: Arm) -> None:
    first = arm.send(arm.goal(0.3, 20.0))
    assert first.accepted
    second = arm.send(arm.goal(-0.1, 2.0))
    assert second.accepted
    result = arm.result(first)
    assert result.error_code == FollowJointTrajectory.Result.INVALID_GOAL
    assert "preempted" in result.error_string
    assert arm.result(second).error_code == FollowJointTrajectory.Result.SUCCESSFUL


def test_canceled_goal_leaves_the_arm_at_rest(arm: Arm) -> None:
    handle = arm.send(arm.goal(0.3, 20.0))
    future = handle.cancel_goal_async()
    arm.cell.wait(future.done, "answer to the cancellation", 5.0)
    arm.result(handle)
    arm.cell.wait(lambda: arm.reading is not None and max(map(abs, arm.reading.velocity)) < 1e-3, "rest", 5.0)


def test_names_types_and_order_while_producing(cell: RunningCell) -> None:
    """The same graph still holds when an order given by another program runs."""
    handle = cell.produce("sedan", 1)
    assert handle.accepted
    cell.command_reset_and_start()
    cell.wait_welds(4)
    test_topics(cell)
    test_actions(cell)
    assert cell.is_in(CellState.STATE_EXECUTE)
    assert cell.produce("no_such_variant", 1).accepted is False
