# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a simulated arm over real DDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")
pytest.importorskip("smart_cell_msgs.msg")

from action_msgs.msg import GoalStatus
from follow_joint_trajectory import UNSAFE, ArmClient, FollowJointTrajectoryContract

from smart_cell.cell.model import Cell, Robot
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME
from smart_cell.nodes import names, qos
from smart_cell.nodes.arm_node import ArmNode
from smart_cell.simulation.arm_memory import ArmMemory
from smart_cell_msgs.msg import CellState, Heartbeat, SafetyState
from smart_cell_msgs.srv import CellCommand, Inject

pytestmark = pytest.mark.ros


class Master:
    """Stands for the safety node and the supervisor: says what is allowed, again and again."""

    def __init__(self, node: Any, cell: str) -> None:
        self.safe = False
        self.motion = False
        self._counter = 0
        self._safety = node.create_publisher(SafetyState, f"/{cell}/{names.SAFETY_STATE}", qos.STATE)
        self._cell = node.create_publisher(CellState, f"/{cell}/{names.SUPERVISOR_STATE}", qos.STATE)
        self._beats = node.create_publisher(Heartbeat, f"/{cell}/{names.HEARTBEATS}", qos.HEARTBEAT)
        node.create_timer(0.05, self.tell)

    def tell(self) -> None:
        self._counter += 1
        state = SafetyState.STATE_SAFE if self.safe else SafetyState.STATE_STOPPED
        self._safety.publish(SafetyState(state=state, cause="" if self.safe else "emergency stop"))
        self._cell.publish(
            CellState(
                epoch=1,
                state=CellState.STATE_EXECUTE if self.motion else CellState.STATE_ABORTED,
                motion_enabled=self.motion,
            )
        )
        self._beats.publish(Heartbeat(epoch=1, nodes=[names.SUPERVISOR], counters=[self._counter], active=[True]))


@dataclass
class Bench:
    """A process with one arm node, its master, and a client of it."""

    process: Any
    node: ArmNode
    arm: ArmClient
    master: Master
    on_executor: Callable[..., Any]

    def permit(self, *, safe: bool, motion: bool) -> None:
        """Have the master say it, and wait until the process has heard it."""
        self.master.safe, self.master.motion = safe, motion
        self.master.tell()
        expected = (safe, safe and motion)
        self.arm.wait(
            lambda: (self.process.permission.safe, self.process.permission.motion) == expected, f"permission {expected}"
        )

    def inject(self, fault: str, value: str = "") -> Inject.Response:
        """Call the fault service."""
        client = self.arm.node.create_client(Inject, f"/{self.process.cell.name}/r1/inject")
        assert client.wait_for_service(5.0)
        future = client.call_async(Inject.Request(fault=fault, value=value))
        self.arm.wait(future.done, "an answer to inject")
        return future.result()


@pytest.fixture
def arm_cell(bare_cell: Cell) -> Cell:
    robot = Robot("r1", "kr210_r2700_2", Pose((0.0, 0.0, 0.0)), "g1", HOME)
    return replace(bare_cell, robots={"r1": robot})


@pytest.fixture
def bench(
    arm_cell: Cell,
    make_process: Callable[..., Any],
    bring_up: Callable[..., None],
    on_executor: Callable[..., Any],
) -> Iterator[Bench]:
    process = make_process("arms", cell=arm_cell)
    node = ArmNode(process, "r1")
    process.start()
    bring_up(process, node)
    arm = ArmClient(arm_cell.name, "r1", process.clock.now)
    bench = Bench(process, node, arm, Master(arm.node, arm_cell.name), on_executor)
    bench.permit(safe=True, motion=True)
    yield bench
    arm.close()


@pytest.fixture
def arm(bench: Bench) -> ArmClient:
    return bench.arm


class TestSimulatedArm(FollowJointTrajectoryContract):
    """The simulated arm keeps the contract of all arms."""

    @pytest.mark.parametrize("name", UNSAFE)
    def test_unsafe_goal_is_rejected(self, arm: ArmClient, name: str) -> None:
        goal = arm.nudge()
        UNSAFE[name](arm, goal)
        assert not arm.send(goal).accepted


def test_nothing_moves_before_it_is_allowed(bench: Bench) -> None:
    bench.permit(safe=False, motion=False)
    assert not bench.arm.send(bench.arm.nudge()).accepted


def test_unsafe_stops_on_the_path_and_only_a_clear_switches_the_drives_on(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(after=3.0))
    arm.wait(lambda: arm.speed > 0.005, "the arm to move")
    bench.permit(safe=False, motion=False)
    status, result = arm.result(sent)
    assert status == GoalStatus.STATUS_ABORTED
    assert "emergency stop" in result.error_string
    arm.wait(lambda: arm.speed == 0.0, "the arm to stand")
    assert not arm.send(arm.nudge()).accepted
    bench.permit(safe=True, motion=False)
    assert not arm.send(arm.nudge()).accepted, "safe again, but nobody has allowed motion"
    bench.permit(safe=True, motion=True)
    assert arm.result(arm.send(arm.nudge()))[0] == GoalStatus.STATUS_SUCCEEDED


def test_forbidden_motion_ends_in_a_stop_if_nobody_brings_one(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(after=5.0))
    arm.wait(lambda: arm.speed > 0.005, "the arm to move")
    bench.permit(safe=True, motion=False)
    status, result = arm.result(sent)
    assert status == GoalStatus.STATUS_ABORTED
    assert "Aborted" in result.error_string
    # a controller of its own: who asks for motion again gets it
    assert arm.result(arm.send(arm.nudge()))[0] == GoalStatus.STATUS_SUCCEEDED


def test_a_stop_that_is_brought_in_time_is_taken(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(after=5.0))
    arm.wait(lambda: arm.speed > 0.005, "the arm to move")
    bench.permit(safe=True, motion=False)
    stop = arm.send(arm.goal(arm.point(arm.position, 0.1)))
    assert stop.accepted
    assert arm.result(stop)[0] == GoalStatus.STATUS_SUCCEEDED
    assert "preempted" in arm.result(sent)[1].error_string


def test_stuck_joint_is_injected_and_named_in_the_result(bench: Bench) -> None:
    arm = bench.arm
    assert bench.inject("joint_stuck", "1").code == CellCommand.Response.CODE_OK
    status, result = arm.result(arm.send(arm.nudge()))
    assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, -4)
    assert "r1_joint_1 is off by" in result.error_string
    unknown = bench.inject("melted")
    assert unknown.code == CellCommand.Response.CODE_INVALID
    assert "joint_stuck" in unknown.text


def test_lost_feedback_is_silence(bench: Bench) -> None:
    arm = bench.arm
    assert bench.inject("feedback_lost").code == CellCommand.Response.CODE_OK
    bench.on_executor(bench.process, lambda: True)
    count = len(arm.received)
    states = len(arm.controller_states)
    arm.wait(lambda: len(arm.controller_states) > states + 2, "three controller states")
    assert len(arm.received) <= count + 1


def test_deactivation_ends_the_goal(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(after=5.0))
    bench.on_executor(bench.process, bench.node.trigger_deactivate)
    status, result = arm.result(sent)
    assert status == GoalStatus.STATUS_ABORTED
    assert "deactivate" in result.error_string
    assert not arm.send(arm.nudge()).accepted


def test_a_new_process_finds_the_arm_where_it_was_left(
    arm_cell: Cell, make_process: Callable[..., Any], bring_up: Callable[..., None], tmp_path: Path
) -> None:
    left = (0.3, -1.2, 1.4, 0.1, 0.2, 0.3)
    ArmMemory(tmp_path / "sim" / "r1.joints").keep(left)
    process = make_process("arms", cell=arm_cell, obeys=False)
    node = ArmNode(process, "r1")
    process.start()
    bring_up(process, node)
    client = ArmClient(arm_cell.name, "r1", process.clock.now)
    try:
        assert client.position == pytest.approx(left)
    finally:
        client.close()
