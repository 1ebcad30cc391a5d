# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun says what went wrong with its machine, its disk and its process, and never welds a spot twice for it."""

from __future__ import annotations

import pytest
from gun_bench import ALL, NOTHING, START, GunBench

from smart_cell.core.ids import SpotKey
from smart_cell.core.journal import Stored
from smart_cell.devices.gun_memory import BODIES_REMEMBERED, GunMemory
from smart_cell.devices.gun_types import DressFinished, GunState
from smart_cell.devices.weld_record import WeldOrigin, WeldRecord
from smart_cell.simulation.storage import Log
from smart_cell.welding.verdict import WeldResult


@pytest.fixture
def bench() -> GunBench:
    return GunBench()


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


def test_what_is_remembered_is_bounded() -> None:
    memory = GunMemory("g1")
    for number in range(BODIES_REMEMBERED + 5):
        key = SpotKey(f"B{number:06d}", "S1", 1)
        record = WeldRecord("g1", "r1", key, "p11", WeldResult.OK, WeldOrigin.MEASURED, 0.0)
        entry = record.entry()
        memory.apply(Stored(number + 1, 0, entry.time, entry.kind, entry.data))
    assert memory.refusal(SpotKey(f"B{BODIES_REMEMBERED + 4:06d}", "S1", 1)) is not None
    assert memory.refusal(SpotKey("B000005", "S1", 1)) is not None
    assert memory.refusal(SpotKey("B000004", "S1", 1)) is None
