# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a simulated arm over real DDS."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")
pytest.importorskip("smart_cell_msgs.msg")

import rclpy
from cell_master import Master
from contract_arm import Outcome
from contract_ros import RosContractArm
from rclpy.parameter import Parameter

from smart_cell.cell.model import Cell, Gun, GunType, Robot
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME
from smart_cell.nodes import names, qos
from smart_cell.nodes.arm_node import ArmNode
from smart_cell.nodes.arm_parameters import declare_arm_config
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_goal import ErrorCode, JointGoal
from smart_cell.simulation.arm_memory import ArmMemory
from smart_cell_msgs.msg import ArmStatus
from smart_cell_msgs.srv import CellCommand, Inject

pytestmark = pytest.mark.ros


@dataclass
class Bench:
    """A process with one arm node, its master, and a client of it."""

    process: Any
    node: ArmNode
    arm: RosContractArm
    master: Master
    on_executor: Callable[..., Any]
    statuses: list[ArmStatus] = field(default_factory=list)

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

    def status(self, what: str, condition: Callable[[ArmStatus], bool]) -> ArmStatus:
        """Wait until the arm's newest status fulfils a condition, and return it."""
        self.arm.wait(lambda: bool(self.statuses) and condition(self.statuses[-1]), f"a status: {what}")
        return self.statuses[-1]


@pytest.fixture
def arm_cell(bare_cell: Cell) -> Cell:
    robot = Robot("r1", "kr210_r2700_2", Pose((0.0, 0.0, 0.0)), "g1", HOME)
    gun = Gun("g1", GunType.C, Pose((0.0, 0.0, 0.6)), "t1", None, 0.1, 0.3, 5000.0)
    return replace(bare_cell, robots={"r1": robot}, guns={"g1": gun})


def connect(cell: Cell, process: Any) -> RosContractArm:
    return RosContractArm(
        f"/{cell.name}/{names.arm_node('r1')}",
        f"/{cell.name}/{names.joint_states('r1')}",
        names.joint_names("r1"),
        process.clock.now,
    )


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
    arm = connect(arm_cell, process)
    bench = Bench(process, node, arm, Master(arm.node, arm_cell.name), on_executor)
    arm.node.create_subscription(
        ArmStatus, f"/{arm_cell.name}/{names.arm_status('r1')}", bench.statuses.append, qos.STATE
    )
    bench.permit(safe=True, motion=True)
    yield bench
    arm.close()


@pytest.fixture
def arm(bench: Bench) -> RosContractArm:
    return bench.arm


def moving(arm: RosContractArm) -> None:
    arm.wait(lambda: arm.speed > 0.005, "the arm to move")


UNSAFE: dict[str, Callable[[RosContractArm], JointGoal]] = {
    "a position is not a number": lambda arm: arm.goal(arm.point([math.nan] * 6, 1.0)),
    "a speed is infinite": lambda arm: arm.goal(
        replace(arm.point(arm.nudged(), 1.0), velocities=(math.inf, 0.0, 0.0, 0.0, 0.0, 0.0))
    ),
    "a joint beyond its limit": lambda arm: arm.goal(arm.point([9.0, *arm.position[1:]], 60.0)),
    "a joint too fast": lambda arm: arm.goal(arm.point([1.5, *arm.position[1:]], 0.05)),
}
"""Goals that ros2_control would take and a real arm would fault on."""


def test_goals_that_no_arm_could_run_are_rejected(arm: RosContractArm) -> None:
    for name, goal in UNSAFE.items():
        assert not arm.send(goal(arm)).accepted, name


def test_nothing_moves_before_it_is_allowed(bench: Bench) -> None:
    bench.permit(safe=False, motion=False)
    assert not bench.arm.send(bench.arm.nudge()).accepted


def test_unsafe_stops_on_the_path_and_only_a_clear_switches_the_drives_on(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(4.0))
    moving(arm)
    bench.permit(safe=False, motion=False)
    end = arm.result(sent)
    assert end.outcome is Outcome.ABORTED
    assert "emergency stop" in end.text
    arm.rest()
    bench.status("drives off", lambda status: status.emergency_stop and not status.drives_powered)
    bench.status("brakes applied", lambda status: not status.brakes_released)
    assert not arm.send(arm.nudge()).accepted
    bench.permit(safe=True, motion=False)
    assert not arm.send(arm.nudge()).accepted, "safe again, but nobody has allowed motion"
    bench.permit(safe=True, motion=True)
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED
    bench.status("ready", lambda status: status.motion_possible and status.brakes_released and not status.text)


def test_forbidden_motion_ends_in_a_stop_if_nobody_brings_one(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(6.0))
    moving(arm)
    bench.permit(safe=True, motion=False)
    end = arm.result(sent)
    assert end.outcome is Outcome.ABORTED
    assert "Aborted" in end.text
    # a controller of its own: who asks for motion again gets it
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED


def test_a_stop_that_is_brought_in_time_is_taken(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(6.0))
    moving(arm)
    bench.permit(safe=True, motion=False)
    stop = arm.send(arm.goal(arm.point(arm.position, 0.1)))
    assert stop.accepted
    assert arm.result(stop).outcome is Outcome.SUCCEEDED
    assert "preempted" in arm.result(sent).text


def test_stuck_joint_is_injected_and_named_in_the_result(bench: Bench) -> None:
    arm = bench.arm
    assert bench.inject("joint_stuck", "1").code == CellCommand.Response.CODE_OK
    end = arm.result(arm.send(arm.nudge()))
    assert (end.outcome, end.code) == (Outcome.ABORTED, ErrorCode.PATH_TOLERANCE_VIOLATED)
    assert "r1_joint_1 is off by" in end.text
    assert "limit 0.05 rad" in end.text
    unknown = bench.inject("melted")
    assert unknown.code == CellCommand.Response.CODE_INVALID
    assert "joint_stuck" in unknown.text
    assert "operation_mode" in unknown.text


def test_lost_feedback_is_silence(bench: Bench) -> None:
    arm = bench.arm
    assert bench.inject("feedback_lost").code == CellCommand.Response.CODE_OK
    bench.on_executor(bench.process, lambda: True)
    count = arm.count
    states = len(arm.controller_states)
    arm.wait(lambda: len(arm.controller_states) > states + 2, "three controller states")
    assert arm.count <= count + 1


def test_a_collision_switches_off_until_it_is_repaired_and_acknowledged(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(4.0))
    moving(arm)
    assert "collision" in bench.inject("collision").text
    end = arm.result(sent)
    assert end.outcome is Outcome.ABORTED
    assert end.text == "collision detected"
    status = bench.status("off", lambda status: not status.drives_powered)
    assert not status.motion_possible
    assert "collision detected" in status.text
    bench.inject("repair")
    assert not arm.send(arm.nudge()).accepted, "repaired, but the drives are off"
    bench.inject("drives", "on")
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED


def test_key_switch_in_t1_slows_the_arm_and_says_so(bench: Bench) -> None:
    arm = bench.arm
    assert "T1" in bench.inject("operation_mode", "T1").text
    bench.status("T1", lambda status: status.operation_mode == ArmStatus.OPERATION_MODE_T1)
    begin = arm.now()
    sent = arm.send(arm.goal(arm.point([0.2, *arm.position[1:]], 0.5)))
    assert bench.status("slow", lambda status: status.speed_scaling < 0.5).motion_possible
    assert arm.result(sent).outcome is Outcome.SUCCEEDED
    assert arm.now() - begin > 1.2
    sent = arm.send(arm.nudge(4.0))
    moving(arm)
    bench.inject("operation_mode", "EXT")
    assert "operating mode was changed to EXT" in arm.result(sent).text


def test_a_trajectory_by_topic_aborts_the_goal(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(6.0))
    moving(arm)
    arm.command(arm.goal(arm.point(arm.position, 0.3)))
    end = arm.result(sent)
    assert (end.outcome, end.code) == (Outcome.ABORTED, ErrorCode.INVALID_GOAL)
    assert "new trajectory on the topic" in end.text


def test_controller_state_is_that_of_a_position_controller(arm: RosContractArm) -> None:
    message = arm.controller_state()
    for point in (message.reference, message.feedback, message.error):
        assert len(point.positions) == len(point.velocities) == 6
    assert len(message.reference.accelerations) == 6
    assert len(message.feedback.accelerations) == 0, "an arm measures none"
    assert message.output.positions == message.reference.positions
    assert len(message.output.velocities) == 0
    assert message.speed_scaling_factor == 1.0


def test_parameters_are_those_of_the_joint_trajectory_controller(ros_domain: int) -> None:
    joints = names.joint_names("r1")
    given = {"constraints.goal_time": 2.5, f"constraints.{joints[1]}.goal": 0.01, "allow_partial_joints_goal": True}
    context = rclpy.Context()
    rclpy.init(context=context)
    overrides = [Parameter(name, value=value) for name, value in given.items()]
    node = rclpy.create_node("parameters", context=context, parameter_overrides=overrides)
    try:
        config = declare_arm_config(node, joints)
        assert config.goal_time == 2.5
        assert config.goal_tolerance == (0.002, 0.01, 0.002, 0.002, 0.002, 0.002)
        assert config.allow_partial_joints_goal
        assert config.path_tolerance == ArmConfig().path_tolerance
        assert not node.set_parameters([Parameter("cmd_timeout", value=1.0)])[0].successful, "read-only"
    finally:
        node.destroy_node()
        context.try_shutdown()


def test_deactivation_ends_the_goal(bench: Bench) -> None:
    arm = bench.arm
    sent = arm.send(arm.nudge(6.0))
    bench.on_executor(bench.process, bench.node.trigger_deactivate)
    end = arm.result(sent)
    assert end.outcome is Outcome.ABORTED
    assert "deactivate" in end.text
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
    client = connect(arm_cell, process)
    try:
        assert client.position == pytest.approx(left)
    finally:
        client.close()
