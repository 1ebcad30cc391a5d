# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Conveyor, clamp, sensor, safety and robot nodes over real DDS, with a supervisor and guns played by the tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rclpy")
pytest.importorskip("smart_cell_msgs.msg")

from demo_plan import demo_cell, demo_plan

from smart_cell.nodes import names, qos, sim_world
from smart_cell.nodes.arm_node import ArmNode
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.clamp_node import ClampNode
from smart_cell.nodes.clock import origin_now
from smart_cell.nodes.conversions import pose_to_msg
from smart_cell.nodes.conveyor_node import ConveyorNode
from smart_cell.nodes.robot_node import RobotNode
from smart_cell.nodes.runtime import Options, Process
from smart_cell.nodes.safety_node import SafetyNode
from smart_cell.nodes.sensor_node import SensorNode
from smart_cell.nodes.weld_conversions import schedule_to_msg
from smart_cell.simulation.plant import Carrier
from smart_cell_msgs.action import ExecuteProgram, Transfer, Weld
from smart_cell_msgs.msg import (
    ArmStatus,
    CellState,
    ClampState,
    ConveyorState,
    GunState,
    RobotState,
    SafetyState,
    SensorState,
    SpotTarget,
    WeldRecord,
    ZoneRequest,
    ZoneState,
    ZoneStates,
)
from smart_cell_msgs.srv import CellCommand, Inject, MoveClamp

pytestmark = pytest.mark.ros

SPEED = 3.0
ROBOT = "r1"
GUN = "g1"
WELD_TIME = 0.6


class Boss(CellNode):
    """Permits motion and welds, grants every zone, and remembers the newest state of everything."""

    def __init__(self, process: Process) -> None:
        super().__init__(process, names.SUPERVISOR)
        self.motion = self.weld = True
        self.override = 0
        self.seen: dict[str, Any] = {}
        self.holders: dict[str, str] = {}

    def setup(self) -> None:
        cell = self.process.cell
        self.cell_state = self.state_topic(CellState, names.SUPERVISOR_STATE, self._fill_cell, period=0.2)
        self.zones = self.state_topic(ZoneStates, names.SUPERVISOR_ZONES, self._fill_zones, period=0.2)
        self.subscribe(ZoneRequest, names.SUPERVISOR_ZONE_REQUESTS, qos.REQUEST, self._wish)
        self.program = self.action_caller(ExecuteProgram, names.execute_program(ROBOT))
        self.transfer = self.action_caller(Transfer, names.transfer("conveyor"))
        self.clamps = {name: self.service_caller(MoveClamp, names.move_clamp(name)) for name in cell.clamps}
        devices = (*cell.clamps, *cell.sensors, names.SAFETY, "conveyor", ROBOT)
        self.injects = {name: self.service_caller(Inject, names.inject(name)) for name in devices}
        types = {ROBOT: RobotState, "conveyor": ConveyorState, names.SAFETY: SafetyState}
        types.update(dict.fromkeys(cell.clamps, ClampState))
        types.update(dict.fromkeys(cell.sensors, SensorState))
        for name, message_type in types.items():
            self.subscribe(message_type, names.state(name), qos.STATE, partial(self.seen.__setitem__, name))

    def _fill_cell(self, message: Any) -> None:
        message.state = CellState.STATE_EXECUTE
        message.motion_enabled, message.weld_enabled = self.motion, self.weld
        message.speed_override = self.override

    def _fill_zones(self, message: Any) -> None:
        message.zones = [ZoneState(zone=zone, holder=holder) for zone, holder in self.holders.items()]

    def _wish(self, message: Any) -> None:
        for zone, mode in zip(message.zones, message.modes, strict=True):
            if mode == ZoneRequest.MODE_LOCK and not self.holders.get(zone):
                self.holders[zone] = message.robot
            if mode == ZoneRequest.MODE_RELEASE and self.holders.get(zone, "") in ("", message.robot):
                self.holders[zone] = ""
        self.zones.changed()


class FakeGun(CellNode):
    """A gun that welds well in `WELD_TIME`, or not at all."""

    def setup(self) -> None:
        self.orders: list[tuple[str, int]] = []
        self.result = WeldRecord.RESULT_OK
        self.state_topic(GunState, names.state(GUN), self._fill)
        self.serve_action(Weld, names.weld(GUN), accept=lambda goal: None, start=self._begin)

    def _fill(self, message: Any) -> None:
        message.state = GunState.STATE_OPEN

    def _begin(self, run: Any) -> None:
        self.orders.append((run.goal.spot, run.goal.attempt))
        self.process.after(WELD_TIME / SPEED, lambda: self._end(run))

    def _end(self, run: Any) -> None:
        run.finish(Weld.Result(record=WeldRecord(result=self.result, spot=run.goal.spot, reason="as the test wants")))


@dataclass
class Graph:
    """Everything that runs, and what was answered."""

    boss: Boss
    gun: FakeGun
    devices: Process
    nodes: dict[str, CellNode]
    on: Callable[..., Any]
    until: Callable[..., None]

    def state(self, device: str) -> Any:
        return self.boss.seen.get(device)

    def ask(self, caller: Callable[[], Any], request: Any) -> Any:
        """Send a request or goal and return what the done callback gets."""
        answers: list[Any] = []
        self.on(self.boss.process, lambda: caller().send(request, lambda *a: answers.append(a)))
        self.until(lambda: bool(answers), f"an end of {type(request).__name__}", 60.0)
        return answers[0]

    def begin(self, caller: Callable[[], Any], goal: Any) -> list[Any]:
        answers: list[Any] = []
        self.on(self.boss.process, lambda: caller().send(goal, lambda *a: answers.append(a)))
        return answers

    def call(self, caller: Any, request: Any) -> Any:
        answers: list[Any] = []
        self.on(self.boss.process, lambda: caller.call(request, lambda *a: answers.append(a)))
        self.until(lambda: bool(answers), f"an answer to {type(request).__name__}")
        response, text = answers[0]
        assert response is not None, text
        return response

    def inject(self, device: str, fault: str, value: str = "") -> Any:
        return self.call(self.boss.injects[device], Inject.Request(fault=fault, value=value))

    def permit(self, *, motion: bool, weld: bool) -> None:
        self.boss.motion, self.boss.weld = motion, weld
        self.on(self.boss.process, self.boss.cell_state.publish)
        self.until(lambda: (self.devices.permission.motion, self.devices.permission.weld) == (motion, weld), "permit")

    def override(self, percent: int) -> None:
        self.boss.override = percent
        self.on(self.boss.process, self.boss.cell_state.publish)
        self.until(lambda: self.state(ROBOT).speed_override == percent, f"the override of {percent} %")

    @property
    def epoch(self) -> int:
        return self.boss.process.epoch

    def transfer(self, name: str, **fields: Any) -> Any:
        goal = Transfer.Goal(transfer=name, station="s1", epoch=self.epoch, direction=Transfer.Goal.DIRECTION_IN)
        for key, value in fields.items():
            setattr(goal, key, value)
        return goal

    def job(self, name: str, count: int) -> Any:
        cell, plan = demo_cell(), demo_plan()
        spots = plan.programs["sedan"][ROBOT].spots[:count]
        return ExecuteProgram.Goal(
            job=name,
            body="B000001",
            variant="sedan",
            plan=plan.digest,
            epoch=self.epoch,
            part=pose_to_msg(cell.stations["s1"].part),
            spots=[
                SpotTarget(
                    spot=spot.spot,
                    attempt=1,
                    pose=pose_to_msg(spot.pose),
                    status=spot.status,
                    turn=spot.turn,
                    approach=[pose_to_msg(pose) for pose in spot.approach],
                    zones=list(spot.zones),
                    schedule=schedule_to_msg(cell.schedules[spot.schedule]),
                    thickness=spot.thickness,
                )
                for spot in spots
            ],
        )


@pytest.fixture
def graph(ros_domain: int, tmp_path: Path, on_executor: Any, bring_up: Any, until: Any) -> Iterator[Graph]:
    """One robot with its arm and a fake gun, and all machines of the station of the demo cell."""
    cell, _ = demo_cell(), demo_plan()  # planning would starve the executors of this process later
    origin = origin_now()
    options = Options("sim", tmp_path, SPEED, origin)
    arms = Process("arms", cell, options)
    devices = Process("devices", cell, options)
    supervisor = Process("supervisor", cell, options, obeys=False)
    processes = (supervisor, devices, arms)
    try:
        boss, arm = Boss(supervisor), ArmNode(arms, ROBOT)
        gun = FakeGun(devices, GUN)
        nodes: dict[str, CellNode] = {names.SAFETY: SafetyNode(devices, names.SAFETY)}
        nodes.update({name: SensorNode(devices, name) for name in cell.sensors})
        nodes.update({name: ClampNode(devices, name) for name in cell.clamps})
        nodes["conveyor"] = ConveyorNode(devices, "conveyor")
        nodes[ROBOT] = RobotNode(devices, ROBOT)
        for process in reversed(processes):
            process.start()
        bring_up(arms, arm)
        bring_up(devices, gun, *nodes.values())
        bring_up(supervisor, boss)
        made = Graph(boss, gun, devices, nodes, on_executor, until)
        until(lambda: devices.permission.weld and len(boss.seen) == 1 + 4 + 3 + 2, "permission and all states")
        until(lambda: made.state(ROBOT).at_home, "the arm to be measured at home")
        until(lambda: made.state(names.SAFETY).state == SafetyState.STATE_SAFE, "the cell to be safe")
        yield made
    finally:
        for process in processes:
            process.stop()


def test_station_receives_a_body_clamps_it_and_lets_it_go(graph: Graph) -> None:
    boss = graph.boss
    _, result, _ = graph.ask(lambda: boss.transfer, graph.transfer("B1/in", body="B1", variant="sedan"))
    assert result.code == Transfer.Result.CODE_DONE
    graph.until(lambda: graph.state("rfid1").active and graph.state("pp1").active, "the sensors to see the body")
    reader = graph.state("rfid1")
    assert (reader.valid, reader.value, reader.variant) == (True, "B1", "sedan")
    assert graph.state("conveyor").body == "B1"
    for close, state in ((True, ClampState.STATE_CLOSED), (False, ClampState.STATE_OPEN)):
        for clamp in boss.clamps.values():
            assert graph.call(clamp, MoveClamp.Request(close=close, epoch=graph.epoch)).code == 0
        graph.until(lambda state=state: all(graph.state(name).state == state for name in boss.clamps), "the clamps")
    goal = graph.transfer("B1/out", body="B1", direction=Transfer.Goal.DIRECTION_OUT)
    _, result, _ = graph.ask(lambda: boss.transfer, goal)
    assert result.code == Transfer.Result.CODE_DONE
    graph.until(lambda: not graph.state("pp1").active, "the sensor to see no part")
    _, result, _ = graph.ask(lambda: boss.transfer, goal)
    assert result.code == Transfer.Result.CODE_DONE, "the same id is answered again"


def test_commands_of_another_epoch_are_refused(graph: Graph) -> None:
    goal = graph.transfer("B1/in", body="B1", variant="sedan", epoch=1)
    _, result, _ = graph.ask(lambda: graph.boss.transfer, goal)
    assert result is None
    graph.until(lambda: "epoch" in graph.state("conveyor").text, "the reason in the conveyor's state")
    response = graph.call(graph.boss.clamps["c1"], MoveClamp.Request(close=True, epoch=1))
    assert response.code == CellCommand.Response.CODE_STALE_EPOCH
    job = graph.job("old", 1)
    job.epoch = 1
    _, result, _ = graph.ask(lambda: graph.boss.program, job)
    assert result is None
    graph.until(lambda: "epoch" in graph.state(ROBOT).text, "the reason in the robot's state")


def test_robot_welds_its_spots_and_is_home_at_the_end(graph: Graph) -> None:
    job = graph.job("job", 3)
    _, result, _ = graph.ask(lambda: graph.boss.program, job)
    assert (result.code, result.spots_done, result.text) == (ExecuteProgram.Result.CODE_DONE, 3, "")
    assert graph.gun.orders == [(spot.spot, 1) for spot in job.spots]
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_IDLE and graph.state(ROBOT).at_home, "home")
    assert 0.0 < graph.state(ROBOT).move_overhead < 0.5
    assert 0.0 < graph.state(ROBOT).weld_overhead < 0.5
    assert list(graph.state(ROBOT).zones) == []


def test_failed_weld_ends_the_job_with_its_spot(graph: Graph) -> None:
    graph.gun.result = WeldRecord.RESULT_NOT_OK
    job = graph.job("job", 2)
    _, result, _ = graph.ask(lambda: graph.boss.program, job)
    assert (result.code, result.spot) == (ExecuteProgram.Result.CODE_WELD_FAILED, job.spots[0].spot)
    assert "as the test wants" in result.text


def test_emergency_stop_ends_everything_and_only_a_reset_at_the_cell_makes_it_safe(graph: Graph) -> None:
    boss = graph.boss
    job = graph.begin(lambda: boss.program, graph.job("job", 6))
    transfer = graph.begin(lambda: boss.transfer, graph.transfer("B1/in", body="B1", variant="sedan"))
    graph.until(lambda: graph.state(ROBOT).spots_done >= 1 and graph.state("conveyor").speed > 0.5, "both to move")
    pressed = time.monotonic()
    assert graph.inject(names.SAFETY, "emergency_stop").code == CellCommand.Response.CODE_OK
    graph.until(lambda: bool(job) and bool(transfer), "job and transfer to end")
    assert time.monotonic() - pressed < 2.0
    assert job[0][1].code == ExecuteProgram.Result.CODE_INTERRUPTED
    assert transfer[0][1].code == Transfer.Result.CODE_INTERRUPTED
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_STOPPED, "the robot to say that it stopped")
    graph.until(lambda: graph.state("conveyor").state == ConveyorState.STATE_INTERRUPTED, "the conveyor too")
    assert graph.inject(names.SAFETY, "reset").code == CellCommand.Response.CODE_INVALID
    graph.inject(names.SAFETY, "emergency_stop", "release")
    graph.until(lambda: graph.state(names.SAFETY).reset_required, "the reset to be asked for")
    assert graph.state(names.SAFETY).state == SafetyState.STATE_STOPPED
    orders = list(graph.gun.orders)
    graph.inject(names.SAFETY, "reset")
    graph.until(lambda: graph.devices.permission.motion, "motion to be permitted")
    _, result, _ = graph.ask(lambda: boss.program, graph.job("home", 0))
    assert result.code == ExecuteProgram.Result.CODE_DONE
    assert graph.gun.orders == orders, "nothing is welded before it is ordered again"
    _, result, _ = graph.ask(lambda: boss.transfer, graph.transfer("B1/in", body="B1", variant="sedan"))
    assert result.code == Transfer.Result.CODE_DONE
    assert sim_world.plant(graph.devices).body("s1") == Carrier("B1", "sedan")


def test_hold_pauses_between_spots_and_unhold_goes_on(graph: Graph) -> None:
    job = graph.begin(lambda: graph.boss.program, graph.job("job", 3))
    graph.until(lambda: graph.state(ROBOT).spots_done >= 1, "the first spot")
    graph.permit(motion=True, weld=False)
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_PAUSED, "the robot to pause")
    graph.permit(motion=False, weld=False)
    assert not job
    graph.permit(motion=True, weld=True)
    graph.until(lambda: bool(job), "the job to end", 30.0)
    assert job[0][1].code == ExecuteProgram.Result.CODE_DONE
    assert len(graph.gun.orders) == 3


def test_deactivated_robot_stops_and_works_again_when_activated(graph: Graph) -> None:
    job = graph.begin(lambda: graph.boss.program, graph.job("job", 3))
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_RUNNING, "the job to run")
    graph.on(graph.devices, graph.nodes[ROBOT].trigger_deactivate)
    graph.until(lambda: bool(job), "the job to end")
    assert job[0][1].code == ExecuteProgram.Result.CODE_INTERRUPTED
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_INACTIVE, "the robot to say that it is inactive")
    robot = graph.nodes[ROBOT]
    assert "SUCCESS" in str(graph.on(graph.devices, robot.trigger_activate))
    back = RobotState.STATE_IDLE, ""
    graph.until(lambda: (graph.state(ROBOT).state, graph.state(ROBOT).waiting_for) == back, "the robot to be back")
    _, result, _ = graph.ask(lambda: graph.boss.program, graph.job("home", 0))
    assert result.code == ExecuteProgram.Result.CODE_DONE


def test_override_is_followed_and_the_job_is_done(graph: Graph) -> None:
    assert graph.state(ROBOT).speed_override == 100, "nobody told one"
    job = graph.begin(lambda: graph.boss.program, graph.job("job", 2))
    graph.until(lambda: graph.state(ROBOT).state == RobotState.STATE_RUNNING, "the job to run")
    for percent in (30, 80, 50, 100):
        graph.override(percent)
        time.sleep(0.15)
    graph.until(lambda: bool(job), "the job to end", 60.0)
    _, result, _ = job[0]
    assert (result.code, result.text) == (ExecuteProgram.Result.CODE_DONE, "")
    assert len(graph.gun.orders) == 2


def test_interrupted_job_goes_on_along_its_path(graph: Graph) -> None:
    goal = graph.job("job", 1)
    job = graph.begin(lambda: graph.boss.program, goal)
    graph.until(lambda: not graph.state(ROBOT).at_home, "the arm to leave home")
    time.sleep(0.2)
    graph.inject(names.SAFETY, "emergency_stop")
    graph.until(lambda: bool(job), "the job to end")
    assert job[0][1].code == ExecuteProgram.Result.CODE_INTERRUPTED
    graph.inject(names.SAFETY, "emergency_stop", "release")
    graph.until(lambda: graph.state(names.SAFETY).reset_required, "the reset to be asked for")
    graph.inject(names.SAFETY, "reset")
    graph.until(lambda: graph.devices.permission.motion, "motion to be permitted")
    goal.job = "again"
    _, result, _ = graph.ask(lambda: graph.boss.program, goal)
    assert (result.code, result.text) == (ExecuteProgram.Result.CODE_DONE, "")
    assert [spot for spot, _ in graph.gun.orders] == [goal.spots[0].spot]


def test_turned_key_switch_interrupts_and_refuses_until_it_is_back(graph: Graph) -> None:
    graph.until(lambda: graph.state(ROBOT).operation_mode == ArmStatus.OPERATION_MODE_EXT, "the arm's mode")
    job = graph.begin(lambda: graph.boss.program, graph.job("job", 3))
    graph.until(lambda: graph.state(ROBOT).spots_done >= 1, "the first spot")
    assert graph.inject(ROBOT, "operation_mode", "T1").code == CellCommand.Response.CODE_OK
    graph.until(lambda: bool(job), "the job to end")
    assert job[0][1].code == ExecuteProgram.Result.CODE_INTERRUPTED
    assert f"turn the key switch of {ROBOT} to EXT" in job[0][1].text
    graph.until(lambda: graph.state(ROBOT).operation_mode == ArmStatus.OPERATION_MODE_T1, "the arm's mode")
    _, result, _ = graph.ask(lambda: graph.boss.program, graph.job("refused", 1))
    assert result is None
    graph.until(lambda: "to EXT" in graph.state(ROBOT).text, "what to do, in the robot's state")
    graph.inject(ROBOT, "operation_mode", "EXT")
    graph.inject(ROBOT, "drives", "on")
    graph.until(lambda: graph.state(ROBOT).operation_mode == ArmStatus.OPERATION_MODE_EXT, "the switch to be back")
    _, result, _ = graph.ask(lambda: graph.boss.program, graph.job("home", 0))
    assert (result.code, result.text) == (ExecuteProgram.Result.CODE_DONE, "")


def test_unknown_faults_are_answered_with_those_that_exist(graph: Graph) -> None:
    for device, some in (("c1", "jam"), ("conveyor", "stall"), ("pp1", "stuck_on"), (names.SAFETY, "guard")):
        response = graph.inject(device, "nonsense")
        assert response.code == CellCommand.Response.CODE_INVALID
        assert some in response.text
