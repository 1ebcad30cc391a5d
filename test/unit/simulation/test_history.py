# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The history checker finds every kind of lie, and nothing in an honest history."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gun_bench import ALL, GUN, NO_WELD, NOTHING, TIMER, GunBench
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.cell.model import Cell, Sheet, Spot, SpotClass, Variant
from smart_cell.core.journal import Entry, Journal
from smart_cell.devices.gun_types import WeldFinished
from smart_cell.simulation.history import (
    GunFacts,
    History,
    HistoryFacts,
    HistoryUnreadableError,
    check_history,
    read_history,
)
from smart_cell.simulation.storage import AppendLog
from smart_cell.welding.verdict import WeldResult

VALUES = {"current": 8500.0, "weld_time": 0.18, "force": 2300.0, "resistance": 280e-6, "energy": 3600.0}
ENDS = {"ok": "complete", "not_ok": "complete", "interrupted": "cut", "not_welded": "", "uncertain": "-"}
RESULTS = st.sampled_from(["ok", "not_ok", "interrupted", "not_welded", "withdrawn", "uncertain"])


class _Story:
    """Writes an honest history of one gun."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.count = 0

    def add(self, kind: str, key: dict[str, Any], **data: Any) -> None:
        self.entries.append({**key, **data, "kind": kind, "sequence": len(self.entries) + 1})

    def attempt(self, spot: str, attempt: int, result: str, *, body: str = "B1") -> None:
        key = {"body": body, "spot": spot, "attempt": attempt}
        self.add("intent", key, timer_count=self.count)
        end = ENDS.get(result, "")
        if end:
            self.count += 1
            self.events.append({**key, "event": "started", "count": self.count})
        if end in ("complete", "cut"):
            self.events.append({**key, "event": end, "count": self.count, **VALUES})
        if result == "withdrawn":
            self.add("withdrawn", key)
        else:
            self.add("record", key, result=result, timer_count=self.count if end else 0, **VALUES)

    def spot(self, spot: str, results: list[str]) -> None:
        """Weld a spot until it is OK, deciding as a person would."""
        attempt = 1
        for result in results:
            if result == "ok":
                continue
            self.attempt(spot, attempt, result)
            attempt += result != "withdrawn"
            if result == "uncertain":
                self.decisions.append({"body": "B1", "spot": spot, "decision": "reweld"})
        self.attempt(spot, attempt, "ok")

    def check(self, required: frozenset[str] = frozenset(), gun: str = "g1") -> History:
        facts = GunFacts(gun, tuple(self.entries), tuple(self.events))
        return check_history(HistoryFacts({"B1": required}, (facts,), tuple(self.decisions)))


@st.composite
def stories(draw: st.DrawFn) -> _Story:
    story = _Story()
    for number in range(draw(st.integers(1, 5))):
        story.spot(f"S{number}", draw(st.lists(RESULTS, max_size=4)))
    return story


def _spots(story: _Story) -> frozenset[str]:
    return frozenset(entry["spot"] for entry in story.entries)


@given(stories())
def test_an_honest_history_is_clean(story: _Story) -> None:
    history = story.check(_spots(story))
    assert history.is_clean, history
    assert sum(history.welds.values()) == sum(entry["kind"] == "record" for entry in story.entries)


def _drop_record(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    story.entries.remove(pick([entry for entry in story.entries if entry["kind"] == "record"]))


def _drop_intent(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    story.entries.remove(pick([entry for entry in story.entries if entry["kind"] == "intent"]))


def _drop_fire(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    done = [event for event in story.events if event["event"] == "complete"]
    story.events.remove(pick(done))


def _fire_by_itself(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    key = {"body": "B1", "spot": "S99", "attempt": 1, "count": story.count + 1}
    story.events += [{**key, "event": "started"}, {**key, "event": "complete", **VALUES}]


def _fire_twice(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    last = story.events[-1]
    again = {**last, "count": story.count + 1}
    story.events += [{**again, "event": "started"}, {**again, "event": "complete", **VALUES}]


def _lie_about_the_result(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    record = pick([entry for entry in story.entries if entry["kind"] == "record" and entry["result"] == "ok"])
    record["result"] = pick(["interrupted", "not_welded"])


def _lie_about_a_value(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    record = pick([entry for entry in story.entries if entry["kind"] == "record" and entry["result"] == "ok"])
    record[pick(list(VALUES))] += 1e-3


def _claim_a_weld(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    story.attempt("S98", 1, "not_welded")
    story.entries[-1]["result"] = "ok"


def _lose_an_entry(story: _Story, pick: Callable[[list[Any]], Any]) -> None:
    story.entries.insert(pick([*range(len(story.entries))]), story.entries.pop(0) | {"kind": "dressed"})
    del story.entries[0]


@pytest.mark.parametrize(
    "lie",
    [
        _drop_record,
        _drop_intent,
        _drop_fire,
        _fire_by_itself,
        _fire_twice,
        _lie_about_the_result,
        _lie_about_a_value,
        _claim_a_weld,
        _lose_an_entry,
    ],
)
@settings(deadline=None, max_examples=25)
@given(story=stories(), data=st.data())
def test_every_lie_is_unexplained(
    lie: Callable[[_Story, Callable[[list[Any]], Any]], None], story: _Story, data: st.DataObject
) -> None:
    lie(story, lambda items: data.draw(st.sampled_from(items)))
    assert story.check().unexplained


@settings(deadline=None, max_examples=40)
@given(story=stories(), data=st.data())
def test_a_spot_that_is_missing_is_lost(story: _Story, data: st.DataObject) -> None:
    missing = frozenset(data.draw(st.sets(st.sampled_from(["X1", "X2", "X3"]), min_size=1)))
    history = story.check(_spots(story) | missing)
    assert [text.split(":")[0] for text in history.lost] == [f"B1/{spot}" for spot in sorted(missing)]
    for spot in missing:
        story.attempt(spot, 1, "not_ok")
    assert len(story.check(missing).lost) == len(missing)
    for number, spot in enumerate(missing):
        decision = "accept" if number % 2 else "repair"
        story.decisions.append({"body": "B1", "spot": spot, "decision": decision})
    assert not story.check(missing).lost


@settings(deadline=None, max_examples=40)
@given(story=stories(), data=st.data())
def test_a_weld_of_a_good_spot_is_double_unless_a_person_wanted_it(story: _Story, data: st.DataObject) -> None:
    spot = data.draw(st.sampled_from(sorted(_spots(story))))
    result = data.draw(st.sampled_from(["ok", "not_ok"]))
    story.attempt(spot, 90, result)
    history = story.check()
    assert not history.unexplained
    assert len(history.double) == 1
    assert history.double[0].startswith(f"B1/{spot}#90: welded again by g1, ok by g1 before")
    story.decisions.append({"body": "B1", "spot": spot, "decision": "reweld"})
    assert story.check().is_clean
    story.attempt(spot, 91, "interrupted")
    assert not story.check().double


@given(stories())
def test_the_same_spot_by_two_guns_is_double(story: _Story) -> None:
    other = _Story()
    other.attempt("S0", 7, "ok")
    guns = tuple(GunFacts(gun, tuple(s.entries), tuple(s.events)) for gun, s in (("g1", story), ("g2", other)))
    history = check_history(HistoryFacts({}, guns, tuple(story.decisions)))
    assert len(history.double) == 1


def test_an_uncertain_spot_must_wait_for_a_person() -> None:
    story = _Story()
    story.attempt("S1", 1, "uncertain")
    story.attempt("S1", 2, "ok")
    assert len(story.check().double) == 1
    story.decisions.append({"body": "B1", "spot": "S1", "decision": "reweld"})
    assert story.check().is_clean


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_the_gun_keeps_an_honest_history_whatever_happens_to_it(seed: int) -> None:
    """Orders, stops, holds, cancels, faults and crashes at random times; then the independent check."""
    chance = random.Random(seed)
    bench = GunBench()
    attempts = {f"S{number}": 1 for number in range(6)}
    decisions: list[dict[str, Any]] = []
    welded: set[str] = set()
    for _ in range(60):
        bench.disk.delay = chance.choice([0.0005, 0.002, 0.05])
        spot = chance.choice(sorted(attempts))
        if spot not in welded:
            bench.order(spot, attempts[spot])
        bench.run(chance.uniform(0.0, 1.2))
        event = chance.random()
        if event < 0.15:
            bench.permit(chance.choice([NOTHING, NO_WELD]))
            bench.run(chance.uniform(0.0, 1.0))
        elif event < 0.30:
            bench.crash()
            bench.run(chance.uniform(0.0, 1.0))
        elif event < 0.40:
            bench.backend.inject(chance.choice(["low_current", "no_fire", "no_complete", "force_loss", "stuck_open"]))
        elif event < 0.45:
            bench.sequence.cancel_weld()
        bench.permit(ALL)
        bench.run(20.0)
        bench.backend.inject("clear")
        bench.permit(NOTHING)
        bench.permit(ALL)
        bench.run(5.0)
        bench.finished.clear()
        for stored in bench.entries("record"):
            body, name, attempt = stored.data["body"], stored.data["spot"], stored.data["attempt"]
            if attempt < attempts[name]:
                continue
            attempts[name] = attempt + 1
            if stored.data["result"] == "ok":
                welded.add(name)
            elif stored.data["result"] == "uncertain":
                decisions.append({"body": body, "spot": name, "decision": "reweld"})
    entries = tuple({**s.data, "kind": s.kind, "sequence": s.sequence} for s in bench.journal.read())
    facts = GunFacts("g1", entries, bench.log.found)
    history = check_history(HistoryFacts({"B000001": frozenset(welded)}, (facts,), tuple(decisions)))
    assert history.is_clean, history
    assert welded


def test_a_run_is_read_from_its_files(tmp_path: Path) -> None:
    bench = GunBench()
    answer = bench.weld("S1")
    assert isinstance(answer, WeldFinished)
    assert answer.record is not None
    assert answer.record.result is WeldResult.OK
    (tmp_path / "guns").mkdir()
    with Journal(tmp_path / "guns" / "g1.db") as journal:
        for stored in bench.journal.read():
            journal.append([Entry(stored.kind, stored.data, stored.time)])
    log = AppendLog(tmp_path / "sim" / "timers" / "t1.jsonl")
    log.append(bench.log.found)
    log.close()
    with (tmp_path / "sim" / "timers" / "t1.jsonl").open("ab") as file:
        file.write(b"0badc0de torn")
    body = {"body": "B000001", "variant": "small", "time": 0.0}
    with Journal(tmp_path / "supervisor.db") as journal:
        journal.append([Entry("body_begun", body), Entry("body_left", body)])
    cell = _small_cell()
    history = check_history(read_history(tmp_path, cell))
    assert history.welds == {"ok": 1}
    assert history.lost == ("B000001/S2: the body left without a good weld and without a person's decision",)
    assert not history.double
    assert not history.unexplained
    (tmp_path / "sim" / "timers" / "t1.jsonl").write_bytes(b"0badc0de {}\n")
    with pytest.raises(HistoryUnreadableError, match=r"t1\.jsonl:1"):
        read_history(tmp_path, cell)


def test_a_run_that_has_not_begun_is_clean(tmp_path: Path) -> None:
    assert check_history(read_history(tmp_path, _small_cell())) == History({}, (), (), ())


def _small_cell() -> Cell:
    spot = Spot("S1", (0, 0, 0), (0, 0, 1), (Sheet("DC04", 8e-4),) * 2, "p11", SpotClass.REGULAR, None, None)
    variant = Variant("small", (spot, replace(spot, name="S2")))
    empty: dict[str, Any] = {}
    return Cell(
        name="bench",
        takt=60.0,
        robots=empty,
        guns={"g1": GUN},
        timers={"t1": TIMER},
        dressers=empty,
        conveyors=empty,
        stations=empty,
        clamps=empty,
        sensors=empty,
        zones=empty,
        variants={"small": variant},
        schedules=empty,
        source=Path("cell.yaml"),
        digest="",
    )
