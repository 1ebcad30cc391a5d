# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun welds what it is told, once, and accounts for it whatever happens in between."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from gun_bench import ALL, EPOCH, GUN, NO_WELD, NOTHING, SCHEDULE, Facts, GunBench

from smart_cell.cell.model import Pulse
from smart_cell.core.ids import SpotKey
from smart_cell.devices.gun_types import GunState
from smart_cell.devices.weld_record import WeldOrigin, WeldRecord
from smart_cell.simulation.gun import FORCE_REACHED, FORCE_TIME_CONSTANT
from smart_cell.welding.verdict import WeldResult


@pytest.fixture
def bench() -> GunBench:
    return GunBench()


def test_one_weld(bench: GunBench) -> None:
    answer = bench.weld()
    record = answer.record
    assert answer.text == ""
    assert record is not None
    assert record.result is WeldResult.OK
    assert record.origin is WeldOrigin.MEASURED
    assert record.key == SpotKey("B000001", "S001", 1)
    assert (record.gun, record.robot, record.schedule) == ("g1", "r1", "p11")
    assert (record.sequence, record.timer_count, record.tip_welds, record.reason) == (2, 1, 1, "")
    assert record.current == pytest.approx(8500, rel=0.03)
    assert record.weld_time == pytest.approx(0.18)
    assert record.force == pytest.approx(2300, rel=0.05)
    assert record.resistance == pytest.approx(282e-6, rel=0.05)
    assert record.energy == pytest.approx(8500**2 * 282e-6 * 0.18, rel=0.1)
    assert [stored.kind for stored in bench.journal.read()] == ["intent", "record"]
    assert WeldRecord.from_stored(bench.entries("record")[0]) == record
    assert bench.events() == [("started", "S001", 1), ("complete", "S001", 1)]
    assert bench.states == [
        GunState.OPEN,
        GunState.CLOSING,
        GunState.SQUEEZE,
        GunState.WELD,
        GunState.HOLD,
        GunState.OPENING,
        GunState.OPEN,
    ]


def test_nothing_but_machine_and_schedule_takes_time(bench: GunBench) -> None:
    assert bench.order() is None
    duration = bench.run(until=lambda: bool(bench.finished))
    travel = (GUN.stroke - 0.002) / GUN.speed
    build_up = -FORCE_TIME_CONSTANT * math.log(1 - FORCE_REACHED)
    assert duration == pytest.approx(travel + build_up + 0.2 + 0.18 + 0.1 + travel, abs=1e-5)


def test_current_waits_for_the_timers_memory_and_the_timer_for_the_intent(bench: GunBench) -> None:
    bench.disk.delay = 0.3
    bench.order()
    bench.run_to(GunState.WELD)
    assert [stored.kind for stored in bench.journal.read()] == ["intent"]
    assert bench.events() == [("started", "S001", 1)]
    bench.run_to(GunState.OPENING)
    assert bench.events()[-1][0] == "complete"
    assert bench.entries("record") == []
    assert not bench.finished
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.sequence == 2


def test_a_bad_weld_is_an_answer_like_any_other(bench: GunBench) -> None:
    bench.backend.inject("low_current")
    answer = bench.weld()
    assert answer.text == ""
    assert answer.record is not None
    assert answer.record.result is WeldResult.NOT_OK
    assert "current 6.8" in answer.record.reason
    again = bench.weld(attempt=2)
    assert again.record is not None
    assert again.record.result is WeldResult.OK


def test_a_schedule_of_two_pulses(bench: GunBench) -> None:
    schedule = replace(SCHEDULE, pulses=(Pulse(6000.0, 0.05, 0.03), Pulse(9000.0, 0.3)))
    answer = bench.weld(schedule=schedule)
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK
    assert answer.record.weld_time == pytest.approx(0.35)
    assert answer.record.current == pytest.approx(9000, rel=0.03)


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"epoch": EPOCH - 1}, "epoch 76, the supervisor's is 77"),
        ({"schedule": replace(SCHEDULE, force=6000.0)}, "force is 6000 N; allowed: above 0, at most 5000 N"),
        ({"schedule": replace(SCHEDULE, force=math.nan)}, "force is nan N"),
        ({"schedule": replace(SCHEDULE, pulses=())}, "no pulse"),
        ({"schedule": replace(SCHEDULE, pulses=(Pulse(20e3, 0.1),))}, "current of pulse 1 is 20000 A"),
        ({"schedule": replace(SCHEDULE, pulses=(Pulse(8e3, 180.0),))}, "time of pulse 1 is 180 s"),
        ({"schedule": replace(SCHEDULE, pulses=(Pulse(8e3, 0.1, -1.0),))}, "pause after pulse 1 is -1 s"),
        ({"schedule": replace(SCHEDULE, squeeze=math.inf)}, "squeeze is inf s"),
        ({"thickness": 0.2}, "stack thickness is 0.2 m; allowed: above 0, at most 0.12 m"),
        ({"key": SpotKey("", "S1", 1)}, "does not name a body"),
        ({"key": SpotKey("B1", "S1", 0)}, "attempt of 1 or more"),
    ],
)
def test_orders_that_make_no_sense_are_refused_whole(bench: GunBench, changes: dict[str, Any], text: str) -> None:
    refusal = bench.order(**changes)
    assert refusal is not None
    assert text in refusal
    assert text in bench.sequence.view().text
    assert bench.states == [GunState.OPEN]
    assert bench.journal.newest == 0


@pytest.mark.parametrize(
    ("permission", "text"),
    [(NOTHING, "emergency stop"), (NO_WELD, "welds are not enabled"), (Facts(epoch=EPOCH + 1), "epoch")],
)
def test_orders_without_permission_are_refused(bench: GunBench, permission: Facts, text: str) -> None:
    bench.permit(permission)
    refusal = bench.order()
    assert refusal is not None
    assert text in refusal


def test_a_busy_gun_refuses(bench: GunBench) -> None:
    bench.order()
    for state in (GunState.CLOSING, GunState.SQUEEZE, GunState.WELD, GunState.HOLD, GunState.OPENING):
        bench.run_to(state)
        refusal = bench.order("S002")
        assert refusal is not None
        assert "busy" in refusal
    assert bench.dress() is not None


def test_an_inactive_gun_refuses(bench: GunBench) -> None:
    bench.sequence.deactivate()
    assert "not active" in str(bench.order())
    bench.permit(ALL)
    assert bench.sequence.view().state is GunState.INACTIVE
    assert bench.sequence.view().inhibited_by == "the gun is not active"


@pytest.mark.parametrize("crash", [False, True])
def test_an_attempt_is_made_once(bench: GunBench, crash: bool) -> None:
    bench.weld()
    bench.weld("S002", attempt=3)
    if crash:
        bench.crash()
        bench.run(5.0)
    assert "attempt 1 ended ok before; order attempt 2" in str(bench.order())
    assert bench.order("S002", attempt=2) is not None
    assert bench.order("S002", attempt=3) is not None
    assert bench.order("S002", attempt=4) is None
    assert len(bench.events()) == 4


# ---------------------------------------------------------------------------------------- stops


@pytest.mark.parametrize("state", [GunState.CLOSING, GunState.SQUEEZE])
def test_stop_before_current_leaves_the_spot_as_it_was(bench: GunBench, state: GunState) -> None:
    bench.order()
    bench.run_to(state)
    bench.run(0.02)
    bench.permit(NOTHING)
    opening = bench.backend.read(bench.now).opening
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.NOT_WELDED
    assert answer.record.timer_count == 0
    assert "emergency stop" in answer.record.reason
    assert "stays closed" in answer.text
    assert bench.events() == []
    bench.run(5.0)
    assert bench.backend.read(bench.now).opening == opening
    bench.permit(ALL)
    bench.run_to(GunState.OPEN)
    assert bench.weld(attempt=2).record is not None


def test_stop_cuts_the_current_at_once(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.run(0.07)
    bench.permit(NOTHING)
    assert not bench.backend.read(bench.now).current_on
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.INTERRUPTED
    assert answer.record.weld_time == pytest.approx(0.07, abs=1e-6)
    assert answer.record.timer_count == 1
    assert bench.events()[-1][0] == "cut"
    bench.run(3.0)
    assert bench.sequence.view().state is GunState.HOLD
    assert bench.backend.read(bench.now).is_closed
    bench.permit(ALL)
    bench.run_to(GunState.OPEN)


def test_a_new_supervisor_cuts_the_weld_of_the_old_one(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.permit(Facts(epoch=EPOCH + 1))
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.INTERRUPTED
    assert "another supervisor" in answer.record.reason


def test_stop_after_the_current_does_not_spoil_the_weld(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.HOLD)
    bench.permit(NOTHING)
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK
    assert "stays closed" in answer.text


def test_stop_while_opening(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.OPENING)
    bench.run(0.1)
    bench.permit(NOTHING)
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK
    opening = bench.backend.read(bench.now).opening
    bench.run(10.0)
    assert bench.backend.read(bench.now).opening == opening < GUN.stroke
    bench.permit(ALL)
    bench.run_to(GunState.OPEN)


@pytest.mark.parametrize("wait", [0.0, 0.2, 0.3, 0.5, 0.55])
def test_a_hold_before_current_undoes_the_order(bench: GunBench, wait: float) -> None:
    bench.order()
    bench.run(wait)
    bench.permit(NO_WELD)
    answer = bench.answer()
    assert answer.record is None
    assert answer.text == "welds are not enabled"
    assert not any(event == "complete" for event, _, _ in bench.events())
    assert bench.sequence.view().state is GunState.OPEN
    assert [stored.kind for stored in bench.journal.read()] == ["intent", "withdrawn"]
    bench.permit(ALL)
    again = bench.weld()
    assert again.record is not None
    assert again.record.result is WeldResult.OK


def test_a_hold_lets_current_go_on_to_its_end(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.permit(NO_WELD)
    answer = bench.answer()
    assert answer.text == ""
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK


def test_a_stop_during_a_hold_still_cuts(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.permit(NO_WELD)
    bench.run(0.05)
    bench.permit(NOTHING)
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.INTERRUPTED


def test_cancel(bench: GunBench) -> None:
    assert not bench.sequence.cancel_weld()
    bench.order()
    bench.run_to(GunState.SQUEEZE)
    assert bench.sequence.cancel_weld()
    bench.permit(ALL)
    answer = bench.answer()
    assert answer.record is None
    assert answer.text == "canceled"
    bench.order()
    bench.run_to(GunState.WELD)
    assert bench.sequence.cancel_weld()
    assert bench.answer().record is not None


def test_deactivation_is_a_stop(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.sequence.deactivate()
    bench.permit(ALL)
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.INTERRUPTED
