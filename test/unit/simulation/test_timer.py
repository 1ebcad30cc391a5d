# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated timer: nothing flows before it is remembered, nothing is reported before it is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gun_bench import SCHEDULE, START, TIMER
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.cell.model import Pulse
from smart_cell.core.ids import SpotKey
from smart_cell.devices.gun_signals import TimerOutcome, TimerPhase, WeldProgram
from smart_cell.simulation.timer import (
    FIRE_RECORD_LEAD,
    SimTimer,
    TimerFault,
    TimerInputs,
    record_from_event,
    record_to_event,
)

PROGRAM = WeldProgram(SpotKey("B000001", "S001", 1), SCHEDULE)
GO = TimerInputs(PROGRAM, cut=False, force_reached=True, force=2300.0)
IDLE = replace(GO, program=None)


class _Player:
    """Calls the timer when it asks for it; its memory takes what it is given at once unless told otherwise."""

    def __init__(self, events: list[dict[str, Any]] | None = None) -> None:
        self.events = events or []
        self.timer = SimTimer(TIMER, events=tuple(self.events))
        self.now = START
        self.next: float | None = None
        self.is_slow = False
        self._waiting = 0

    def call(self, inputs: TimerInputs) -> None:
        while True:
            self.next = self.timer.update(self.now, inputs)
            writes = self.timer.take_writes()
            if not writes:
                return
            self.events += writes
            self._waiting += 1
            if self.is_slow:
                return
            self.confirm()

    def confirm(self) -> None:
        while self._waiting:
            self.timer.confirm()
            self._waiting -= 1

    def run(self, inputs: TimerInputs, until: float) -> None:
        self.call(inputs)
        while self.next is not None and self.next <= START + until:
            self.now = self.next
            self.call(inputs)
        self.now = START + until
        self.call(inputs)

    def phase(self) -> TimerPhase:
        return self.timer.phase

    def kinds(self) -> list[str]:
        return [event["event"] for event in self.events]


def test_the_times_of_a_weld_are_exact() -> None:
    player = _Player()
    player.call(GO)
    phases = []
    while player.next is not None:
        phases.append((player.phase(), round(player.next - START, 6)))
        player.now = player.next
        player.call(GO)
    assert phases == [
        (TimerPhase.SQUEEZE, 0.2 - FIRE_RECORD_LEAD),
        (TimerPhase.SQUEEZE, 0.2),
        (TimerPhase.WELD, 0.38),
        (TimerPhase.HOLD, 0.48),
    ]
    assert player.phase() is TimerPhase.COMPLETE
    record = player.timer.records[0]
    assert record.outcome is TimerOutcome.COMPLETE
    assert (record.key, record.count) == (PROGRAM.key, 1)
    assert record.weld_time == pytest.approx(0.18)
    assert record.time == pytest.approx(START + 0.38)
    player.call(GO)
    assert player.phase() is TimerPhase.COMPLETE, "the same program does not start twice"
    player.call(IDLE)
    assert player.phase() is TimerPhase.READY


def test_no_current_before_fired_is_durable() -> None:
    player = _Player()
    player.is_slow = True
    player.run(GO, 5.0)
    assert player.kinds() == ["started"]
    assert player.phase() is TimerPhase.SQUEEZE
    player.confirm()
    player.call(GO)
    assert player.phase() is TimerPhase.WELD
    player.run(GO, 9.0)
    assert player.kinds() == ["started", "complete"]
    assert player.phase() is TimerPhase.HOLD
    assert [record.outcome for record in player.timer.records] == [TimerOutcome.STARTED]
    player.confirm()
    player.call(GO)
    assert [record.outcome for record in player.timer.records] == [TimerOutcome.COMPLETE]


def test_no_weld_without_force() -> None:
    player = _Player()
    player.run(replace(GO, force_reached=False), 3.0)
    assert player.phase() is TimerPhase.READY
    assert player.events == []


@pytest.mark.parametrize("stop", [IDLE, replace(GO, cut=True), replace(GO, force_reached=False)])
@pytest.mark.parametrize(("when", "kinds"), [(0.05, []), (0.15, ["started", "withdrawn"])])
def test_called_off_before_current(stop: TimerInputs, when: float, kinds: list[str]) -> None:
    player = _Player()
    player.run(GO, when)
    player.run(stop, when + 0.001)
    assert player.kinds() == kinds
    player.run(IDLE, 3.0)
    assert player.phase() is TimerPhase.READY
    assert player.kinds() == kinds
    assert all(record.weld_time == 0.0 for record in player.timer.records)


def test_cut_stops_the_current_at_once_and_withdrawal_does_not() -> None:
    player = _Player()
    player.run(GO, 0.3)
    player.call(replace(IDLE, cut=True))
    assert player.kinds() == ["started", "cut"]
    assert player.timer.records[0].weld_time == pytest.approx(0.1, abs=1e-6)
    other = _Player()
    other.run(GO, 0.3)
    other.run(IDLE, 1.0)
    assert other.kinds() == ["started", "complete"]


@pytest.mark.parametrize(
    ("elapsed", "weld_time", "has_main"), [(0.02, 0.02, False), (0.06, 0.05, False), (0.1, 0.07, True)]
)
def test_a_cut_between_and_in_pulses(elapsed: float, weld_time: float, has_main: bool) -> None:
    schedule = replace(SCHEDULE, pulses=(Pulse(6000.0, 0.05, 0.03), Pulse(9000.0, 0.3)))
    inputs = replace(GO, program=WeldProgram(PROGRAM.key, schedule))
    player = _Player()
    player.run(inputs, 0.2 + elapsed)
    player.call(replace(inputs, cut=True))
    record = player.timer.records[0]
    assert record.outcome is TimerOutcome.CUT
    assert record.weld_time == pytest.approx(weld_time, abs=1e-6)
    assert (record.current > 0.0) is has_main
    assert record.energy > 0.0


def test_after_power_loss_the_counter_goes_on() -> None:
    player = _Player()
    player.run(GO, 2.0)
    player.run(IDLE, 2.1)
    player.run(replace(GO, program=WeldProgram(SpotKey("B000001", "S002", 1), SCHEDULE)), 2.35)
    again = _Player(player.events)
    assert again.timer.count == 2
    assert [record.outcome for record in again.timer.records] == [TimerOutcome.COMPLETE, TimerOutcome.STARTED]
    again.run(GO, 2.0)
    assert again.timer.count == 3
    assert [record.outcome.value for record in again.timer.records] == ["complete", "started", "complete"]


def test_a_memory_that_fails_stops_the_timer() -> None:
    player = _Player()
    player.is_slow = True
    player.run(GO, 0.15)
    player.timer.fail("disk full")
    player.run(GO, 5.0)
    assert player.phase() is TimerPhase.FAULT
    assert player.timer.failure == "disk full"


def test_faults() -> None:
    player = _Player()
    player.run(replace(GO, fault=TimerFault.NO_FIRE), 5.0)
    assert player.events == []
    player = _Player()
    player.run(replace(GO, fault=TimerFault.LOW_CURRENT), 5.0)
    assert player.timer.records[0].current == pytest.approx(6800, rel=0.03)
    player = _Player()
    player.run(replace(GO, fault=TimerFault.NO_COMPLETE), 5.0)
    assert player.kinds() == ["started", "complete"]
    assert [record.outcome for record in player.timer.records] == [TimerOutcome.STARTED]


def test_the_same_seed_and_count_give_the_same_weld() -> None:
    records = []
    for _ in range(2):
        player = _Player()
        player.run(GO, 2.0)
        records.append(player.timer.records[0])
    assert records[0] == records[1]
    assert record_from_event(record_to_event(records[0])) == records[0]


@settings(deadline=None, max_examples=60)
@given(
    calls=st.lists(
        st.tuples(st.floats(0.0, 0.3), st.sampled_from(["go", "idle", "cut", "no force"]), st.booleans()), max_size=25
    )
)
def test_current_always_lies_between_fired_and_its_end(calls: list[tuple[float, str, bool]]) -> None:
    """Whatever it is told and however slow its memory is."""
    inputs = {
        "go": GO,
        "idle": IDLE,
        "cut": replace(GO, cut=True),
        "no force": replace(GO, force_reached=False),
    }
    player = _Player()
    player.is_slow = True
    for pause, name, confirmed in calls:
        player.now += pause
        if confirmed:
            player.confirm()
        player.call(inputs[name])
        open_welds = player.kinds().count("started") - (len(player.events) - player.kinds().count("started"))
        assert open_welds in (0, 1)
        if player.phase() is TimerPhase.WELD:
            assert open_welds == 1
    assert [event["count"] for event in player.events if event["event"] == "started"] == list(
        range(1, player.kinds().count("started") + 1)
    )
