# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun welds what it is told, once, and accounts for it whatever happens in between."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from gun_bench import ALL, EPOCH, GUN, NO_WELD, NOTHING, SCHEDULE, START, Facts, GunBench

from smart_cell.cell.model import Pulse
from smart_cell.core.ids import SpotKey
from smart_cell.devices.gun_types import DressFinished, GunState
from smart_cell.devices.weld_record import WeldOrigin, WeldRecord
from smart_cell.simulation.gun import FORCE_REACHED, FORCE_TIME_CONSTANT
from smart_cell.simulation.storage import Log
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


# ---------------------------------------------------------------------------------------- faults of the machine


def test_a_gun_that_does_not_close(bench: GunBench) -> None:
    bench.backend.inject("stuck_open")
    answer = bench.weld()
    assert answer.record is not None
    assert answer.record.result is WeldResult.NOT_WELDED
    assert "did not close within 2 s" in answer.record.reason
    assert bench.now - START == pytest.approx(2.0, abs=0.01)


def test_force_that_is_not_reached(bench: GunBench) -> None:
    bench.backend.inject("force_loss")
    answer = bench.weld()
    assert answer.record is not None
    assert answer.record.result is WeldResult.NOT_WELDED
    assert "the force was 1.15 of 2.30 kN after 1 s" in answer.record.reason
    assert bench.events() == []


def test_a_timer_that_does_not_fire(bench: GunBench) -> None:
    bench.backend.inject("no_fire")
    answer = bench.weld()
    assert answer.record is not None
    assert answer.record.result is WeldResult.NOT_WELDED
    assert "does not answer" in answer.record.reason
    assert bench.sequence.view().state is GunState.FAULT
    assert "does not answer" in answer.text


def test_a_timer_that_does_not_tell_the_end_leaves_it_uncertain(bench: GunBench) -> None:
    bench.backend.inject("no_complete")
    answer = bench.weld()
    assert answer.record is not None
    assert answer.record.result is WeldResult.UNCERTAIN
    assert answer.record.timer_count == 1
    assert answer.record.tip_welds == 1
    assert bench.sequence.view().state is GunState.FAULT
    assert "does not" in str(bench.order(attempt=2))
    bench.permit(NOTHING)
    assert bench.sequence.view().state is GunState.FAULT
    bench.permit(ALL)
    assert bench.sequence.view().state is GunState.OPEN
    assert bench.weld(attempt=2).record is not None


def test_tips_that_stick(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.WELD)
    bench.backend.inject("stuck_closed")
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK
    assert answer.text == "the gun did not open within 3 s"
    assert bench.sequence.view().state is GunState.FAULT
    bench.backend.inject("clear")
    bench.permit(NOTHING)
    bench.permit(ALL)
    bench.run_to(GunState.OPEN)


# ---------------------------------------------------------------------------------------- faults of the disk


def test_without_a_durable_intent_nothing_fires(bench: GunBench) -> None:
    bench.disk.is_dead = True
    answer = bench.weld()
    assert answer.record is None
    assert "No space left" in answer.text
    assert bench.events() == []
    view = bench.sequence.view()
    assert view.state is GunState.FAULT
    assert "No space left" in view.inhibited_by
    bench.disk.is_dead = False
    bench.permit(NOTHING)
    bench.permit(ALL)
    assert "No space left" in str(bench.order("S002"))


def test_a_journal_that_never_answers(bench: GunBench) -> None:
    bench.disk.delay = 1000.0
    answer = bench.weld()
    assert answer.record is None
    assert "within 5 s" in answer.text
    assert bench.events() == []


def test_a_record_that_is_not_durable_is_not_called_done(bench: GunBench) -> None:
    bench.order()
    bench.run_to(GunState.OPENING)
    bench.disk.is_dead = True
    answer = bench.answer()
    assert answer.record is not None
    assert answer.record.sequence == 0
    assert "No space left" in answer.text
    bench.disk.is_dead = False
    bench.crash()
    bench.run(5.0)
    record = WeldRecord.from_stored(bench.entries("record")[0])
    assert record.result is WeldResult.OK
    assert record.origin is WeldOrigin.RECOVERED


# ---------------------------------------------------------------------------------------- tips


def test_dressing_resets_the_count_and_survives(bench: GunBench) -> None:
    bench.weld("S001")
    bench.weld("S002")
    assert bench.sequence.view().tip_welds == 2
    assert bench.dress() is None
    assert bench.sequence.view().state is GunState.DRESSING
    assert bench.run(until=lambda: bool(bench.finished)) == pytest.approx(5.0, abs=0.01)
    assert bench.finished.pop() == DressFinished(True, 2, "")
    assert bench.sequence.view().tip_welds == 0
    bench.weld("S003")
    bench.crash()
    bench.run(5.0)
    assert bench.sequence.view().tip_welds == 1
    assert bench.sequence.view().dress_interval == 250
    assert bench.backend.read(bench.now).dressings == 1


def test_a_dressing_that_is_stopped_does_not_count(bench: GunBench) -> None:
    bench.weld("S001")
    bench.dress()
    bench.run(2.0)
    bench.permit(NOTHING)
    assert bench.finished == [DressFinished(False, 1, "emergency stop")]
    bench.permit(ALL)
    bench.run(10.0)
    assert bench.sequence.view().tip_welds == 1
    assert bench.backend.read(bench.now).dressings == 0


def test_wear_is_seen_in_the_resistance(bench: GunBench) -> None:
    fresh = [bench.weld(f"A{number}").record for number in range(20)]
    for number in range(250):
        bench.weld(f"B{number}")
    worn = [bench.weld(f"C{number}").record for number in range(20)]
    assert sum(r.resistance for r in fresh if r) / 20 > sum(r.resistance for r in worn if r) / 20 + 4e-6
    assert all(r is not None and r.result is WeldResult.OK for r in (*fresh, *worn))


# ---------------------------------------------------------------------------------------- crashes


def _outcomes(log: Log) -> list[str]:
    return [item["event"] for item in log.found]


def test_a_crash_at_any_time_is_accounted_for() -> None:
    bench = GunBench()
    bench.order()
    total = bench.run(until=lambda: bool(bench.finished))
    results = set()
    steps = 150
    for step in range(steps + 1):
        bench = GunBench()
        bench.order()
        bench.run(total * step / steps)
        bench.crash()
        bench.run(10.0)
        assert bench.sequence.view().inhibited_by == ""
        events = _outcomes(bench.log)
        intents, records = bench.entries("intent"), [WeldRecord.from_stored(r) for r in bench.entries("record")]
        assert len(records) == len(intents) <= 1
        if not intents:
            assert events == []
            continue
        expected = {
            (): WeldResult.NOT_WELDED,
            ("started",): WeldResult.UNCERTAIN,
            ("started", "complete"): WeldResult.OK,
        }[tuple(events)]
        assert records[0].result is expected
        results.add((records[0].result, records[0].origin))
        before = len(bench.events())
        assert bench.order() is not None
        assert bench.weld(attempt=2).record is not None
        assert len(bench.events()) == before + 2
    assert results == {
        (WeldResult.NOT_WELDED, WeldOrigin.RECOVERED),
        (WeldResult.UNCERTAIN, WeldOrigin.RECOVERED),
        (WeldResult.OK, WeldOrigin.RECOVERED),
        (WeldResult.OK, WeldOrigin.MEASURED),
    }


def test_a_timer_that_lost_its_memory_is_not_believed(bench: GunBench) -> None:
    bench.weld("S001")
    bench.order("S002")
    bench.run_to(GunState.WELD)
    bench.log.items.clear()
    bench.crash()
    bench.run(5.0)
    record = WeldRecord.from_stored(bench.entries("record")[-1])
    assert record.key.spot == "S002"
    assert record.result is WeldResult.UNCERTAIN
    assert "memory is lost" in record.reason
