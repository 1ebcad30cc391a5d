# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun node with simulated hardware over real DDS: welds, stops, records, and a process that comes back."""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gun_bench import DRESSER, GUN, TIMER

from smart_cell.cell.model import Cell

pytest.importorskip("rclpy")

from smart_cell.nodes import names, qos
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.callers import Ending
from smart_cell.nodes.gun_node import GunNode
from smart_cell.simulation.history import check_history, read_history
from smart_cell_msgs.action import DressTips, Weld
from smart_cell_msgs.msg import CellState, GunState, SafetyState, WeldRecord, WeldSchedule
from smart_cell_msgs.srv import CellCommand, Inject, PullRecords

pytestmark = pytest.mark.ros

LIMIT = 10.0
SPEED = 4.0


class Cellmaster(CellNode):
    """Stands for supervisor, safety node and robot."""

    def __init__(self, process: Any) -> None:
        super().__init__(process, names.SUPERVISOR)
        self.motion = self.weld_enabled = self.safe = True
        self.endings: list[tuple[Ending, Any, str]] = []
        self.answers: list[Any] = []
        self.state: Any = None

    def setup(self) -> None:
        self.cell_state = self.state_topic(CellState, names.SUPERVISOR_STATE, self.fill, period=0.1)
        self.safety = self.state_topic(SafetyState, names.SAFETY_STATE, self.fill_safety, period=0.1)
        self.welds = self.action_caller(Weld, names.weld("g1"))
        self.dressings = self.action_caller(DressTips, names.dress_tips("g1"))
        self.pulls = self.service_caller(PullRecords, names.pull_records("g1"))
        self.faults = self.service_caller(Inject, names.inject("g1"))
        self.subscribe(GunState, names.state("g1"), qos.STATE, self.hear)

    def fill(self, message: CellState) -> None:
        message.motion_enabled = self.motion
        message.weld_enabled = self.weld_enabled
        message.state = CellState.STATE_EXECUTE

    def fill_safety(self, message: SafetyState) -> None:
        message.state = SafetyState.STATE_SAFE if self.safe else SafetyState.STATE_STOPPED
        message.cause = "" if self.safe else "emergency stop"

    def hear(self, message: GunState) -> None:
        self.state = message

    def stop(self, *, safe: bool) -> None:
        self.safe = safe
        self.safety.publish()

    def weld(self, spot: str, attempt: int = 1, **changes: Any) -> None:
        goal = Weld.Goal(
            robot="r1",
            body="B000001",
            spot=spot,
            attempt=attempt,
            epoch=self.process.epoch,
            thickness=0.002,
            schedule=WeldSchedule(
                name="p11",
                force=2300.0,
                squeeze=0.2,
                pulse_current=array("d", [8500.0]),
                pulse_time=array("d", [0.18]),
                pulse_cool=array("d", [0.0]),
                hold=0.1,
            ),
        )
        for name, value in changes.items():
            setattr(goal, name, value)
        self.welds.send(goal, lambda *ending: self.endings.append(ending))


@pytest.fixture
def cell(bare_cell: Cell) -> Cell:
    return replace(bare_cell, guns={"g1": GUN}, timers={"t1": TIMER}, dressers={"d1": replace(DRESSER, duration=0.5)})


class Rig:
    """A gun node and its master, each in a process of its own."""

    def __init__(
        self, make_process: Callable[..., Any], bring_up: Callable[..., None], run: Callable[..., Any]
    ) -> None:
        self._make, self._bring_up, self._run = make_process, bring_up, run

    def start(self, cell: Cell) -> None:
        self.master_process = self._make("supervisor", cell=cell, speed=SPEED, obeys=False)
        self.master = Cellmaster(self.master_process)
        self.master_process.start()
        self._bring_up(self.master_process, self.master)
        self.start_gun(cell)

    def start_gun(self, cell: Cell) -> None:
        self.process = self._make("devices", cell=cell, speed=SPEED)
        self.gun = GunNode(self.process, "g1")
        self.process.start()
        self._bring_up(self.process, self.gun)
        self.wait(lambda: self.process.permission.weld and self.state == GunState.STATE_OPEN, "an open gun")

    def do(self, action: Callable[[], Any]) -> Any:
        return self._run(self.master_process, action)

    @property
    def state(self) -> int:
        return int(self.master.state.state) if self.master.state is not None else -1

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"waited {LIMIT:g} s for {what}"
            time.sleep(0.002)

    def ending(self) -> tuple[Ending, Any, str]:
        self.wait(lambda: bool(self.master.endings), "the end of an action")
        return self.master.endings.pop(0)

    def call(self, caller: Any, request: Any) -> Any:
        answered = threading.Event()
        answers: list[Any] = []

        def done(response: Any, text: str) -> None:
            answers.append(response)
            answered.set()

        self.do(lambda: caller.call(request, done))
        assert answered.wait(LIMIT)
        return answers[0]

    def pull(self, after: int = 0, most: int = 0) -> Any:
        return self.call(self.master.pulls, PullRecords.Request(after=after, most=most))

    def inject(self, fault: str, value: str = "") -> Any:
        return self.call(self.master.faults, Inject.Request(fault=fault, value=value))


@pytest.fixture
def rig(
    make_process: Callable[..., Any], bring_up: Callable[..., None], on_executor: Callable[..., Any], cell: Cell
) -> Rig:
    made = Rig(make_process, bring_up, on_executor)
    made.start(cell)
    return made


def test_welds_records_and_refusals(rig: Rig, tmp_path: Path, cell: Cell) -> None:
    rig.do(lambda: rig.master.weld("S1"))
    ending, result, _ = rig.ending()
    assert ending is Ending.SUCCEEDED
    assert result.code == Weld.Result.CODE_DONE
    assert result.record.result == WeldRecord.RESULT_OK
    assert (result.record.sequence, result.record.timer_count) == (2, 1)
    assert result.record.stamp.sec > 0

    rig.inject("low_current")
    rig.do(lambda: rig.master.weld("S2"))
    ending, result, _ = rig.ending()
    assert ending is Ending.SUCCEEDED
    assert result.record.result == WeldRecord.RESULT_NOT_OK

    refused: list[dict[str, Any]] = [{"attempt": 1}, {"epoch": 1, "attempt": 2}, {"thickness": math.nan, "attempt": 2}]
    for changes in refused:
        rig.do(partial(rig.master.weld, "S1", **changes))
        assert rig.ending()[0] is Ending.REJECTED
    rig.wait(lambda: "stack thickness is nan" in rig.master.state.text, "the reason of the refusal")
    bad = WeldSchedule(name="p", pulse_current=array("d", [1.0]))
    rig.do(lambda: rig.master.weld("S3", schedule=bad))
    assert rig.ending()[0] is Ending.REJECTED

    pulled = rig.pull()
    assert [(record.sequence, record.spot) for record in pulled.records] == [(2, "S1"), (4, "S2")]
    assert pulled.newest == 4
    assert not pulled.pending
    assert [record.sequence for record in rig.pull(after=2).records] == [4]
    assert [record.sequence for record in rig.pull(most=1).records] == [2]
    assert rig.pull(after=4).records == []
    history = check_history(read_history(tmp_path, cell))
    assert history.is_clean
    assert history.welds == {"not_ok": 1, "ok": 1}


def test_an_emergency_stop_cuts_the_current_at_once(rig: Rig) -> None:
    rig.do(lambda: rig.master.weld("S1", schedule=_long_schedule()))
    rig.wait(lambda: rig.state == GunState.STATE_WELD, "current")
    started = time.monotonic()
    rig.do(lambda: rig.master.stop(safe=False))
    rig.wait(lambda: not rig.master.state.current_on, "the end of the current")
    assert time.monotonic() - started < 0.5
    ending, result, _ = rig.ending()
    assert ending is Ending.ABORTED
    assert result.record.result == WeldRecord.RESULT_INTERRUPTED
    assert "emergency stop" in result.text
    assert rig.master.state.inhibited
    assert "emergency stop" in rig.master.state.inhibited_by
    rig.do(lambda: rig.master.stop(safe=True))
    rig.wait(lambda: rig.state == GunState.STATE_OPEN, "an open gun")


def test_dressing(rig: Rig) -> None:
    rig.do(lambda: rig.master.weld("S1"))
    rig.ending()
    goal = DressTips.Goal(epoch=rig.master_process.epoch)
    rig.do(lambda: rig.master.dressings.send(goal, lambda *ending: rig.master.endings.append(ending)))
    ending, result, _ = rig.ending()
    assert ending is Ending.SUCCEEDED
    assert (result.code, result.welds_before) == (DressTips.Result.CODE_DONE, 1)
    rig.wait(lambda: rig.master.state.tip_welds == 0, "the counter to be reset")
    assert rig.master.state.dress_interval == 250


def test_faults_are_listed(rig: Rig) -> None:
    answer = rig.inject("explode")
    assert answer.code == CellCommand.Response.CODE_INVALID
    assert "low_current" in answer.text


def test_a_node_that_is_deactivated_under_current_still_writes_its_record(
    rig: Rig, on_executor: Callable[..., Any]
) -> None:
    rig.do(lambda: rig.master.weld("S1", schedule=_long_schedule()))
    rig.wait(lambda: rig.state == GunState.STATE_WELD, "current")
    on_executor(rig.process, rig.gun.trigger_deactivate)
    ending, result, _ = rig.ending()
    assert ending is Ending.ABORTED
    assert result.record.result == WeldRecord.RESULT_INTERRUPTED
    assert result.record.sequence == 2
    rig.wait(lambda: rig.state == GunState.STATE_INACTIVE, "an inactive gun")
    rig.do(lambda: rig.master.weld("S2"))
    assert rig.ending()[0] is Ending.REJECTED
    assert on_executor(rig.process, rig.gun.trigger_activate) is not None
    rig.wait(lambda: rig.state == GunState.STATE_OPEN, "an open gun")
    rig.do(lambda: rig.master.weld("S2"))
    assert rig.ending()[1].record.result == WeldRecord.RESULT_OK


def test_a_process_that_is_lost_under_current_accounts_for_it_when_it_is_back(
    rig: Rig, cell: Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.do(lambda: rig.master.weld("S1", schedule=_long_schedule()))
    rig.wait(lambda: rig.state == GunState.STATE_WELD, "current")
    # As if killed: nothing that the node would still like to do or write is done.
    monkeypatch.setattr(rig.process, "write", lambda job, then: None)
    monkeypatch.setattr(rig.gun, "halt", lambda: None)
    rig.process.stop()
    rig.start_gun(cell)
    rig.wait(lambda: rig.master.state.record_sequence == 2, "the record of the open weld")
    record = rig.pull().records[0]
    assert record.result == WeldRecord.RESULT_UNCERTAIN
    assert record.origin == WeldRecord.ORIGIN_RECOVERED
    rig.do(lambda: rig.master.weld("S1", attempt=1))
    assert rig.ending()[0] is Ending.REJECTED
    assert check_history(read_history(tmp_path, cell)).unexplained == ()


def _long_schedule() -> WeldSchedule:
    return WeldSchedule(
        name="long",
        force=2300.0,
        squeeze=0.2,
        pulse_current=array("d", [8500.0]),
        pulse_time=array("d", [4.0]),
        pulse_cool=array("d", [0.0]),
        hold=0.1,
    )
