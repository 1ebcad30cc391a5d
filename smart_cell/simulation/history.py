# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What really happened to every weld: the guns' journals held against the simulated timers' own memories.

The timers' files are the truth about currents, the guns' journals are what the cell believes, the supervisor's journal
says which bodies left and what people decided. Shares no code with what wrote them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smart_cell.simulation.history_files import GunFacts, HistoryFacts, HistoryUnreadableError, read_history

__all__ = [
    "GunFacts",
    "History",
    "HistoryFacts",
    "HistoryUnreadableError",
    "check_history",
    "read_history",
]

Identity = tuple[str, str, int]
"""Body, spot, attempt."""

_OUTCOMES: Mapping[str, frozenset[str]] = {
    "ok": frozenset({"complete"}),
    "not_ok": frozenset({"complete"}),
    "interrupted": frozenset({"cut"}),
    "not_welded": frozenset({"none", "withdrawn"}),
    "withdrawn": frozenset({"none", "withdrawn"}),
    "uncertain": frozenset({"none", "started", "complete", "cut", "withdrawn"}),
}
"""What the timer may have seen for each answer of a gun."""

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class History:
    """The verdict; each text names what and why."""

    welds: Mapping[str, int]
    """Weld records by result."""
    lost: tuple[str, ...]
    """Required spots of bodies that left without a good weld and without a person's accept or repair."""
    double: tuple[str, ...]
    """Completed welds of spots that were good or uncertain already, without a person's reweld."""
    unexplained: tuple[str, ...]
    """Currents without an intent, intents without an answer, answers that the timer contradicts."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, double or unexplained."""
        return not (self.lost or self.double or self.unexplained)


@dataclass(frozen=True, slots=True)
class _Fire:
    """One weld in a timer's memory."""

    identity: Identity
    count: int
    end: Mapping[str, Any] | None

    @property
    def outcome(self) -> str:
        return "started" if self.end is None else str(self.end["event"])


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An intent, what answers it, and what the timer did in between."""

    gun: str
    identity: Identity
    answer: Mapping[str, Any] | None
    fires: tuple[_Fire, ...]

    @property
    def result(self) -> str:
        if self.answer is None:
            return "unanswered"
        return str(self.answer["result"]) if self.answer["kind"] == "record" else "withdrawn"


def check_history(facts: HistoryFacts) -> History:
    """Hold journals and timers against each other and return what does not fit."""
    unexplained: list[str] = []
    attempts: list[_Attempt] = []
    for gun in facts.guns:
        fires, problems = _pair_events(gun)
        unexplained += problems
        gun_attempts, problems = _pair_entries(gun, fires)
        unexplained += problems
        attempts += gun_attempts
    for attempt in attempts:
        unexplained += _contradictions(attempt)
    welds = Counter(attempt.result for attempt in attempts if attempt.answer and attempt.answer["kind"] == "record")
    return History(
        welds=dict(sorted(welds.items())),
        lost=tuple(_find_lost(facts, attempts)),
        double=tuple(_find_double(facts, attempts)),
        unexplained=tuple(unexplained),
    )


def _pair_events(gun: GunFacts) -> tuple[list[_Fire], list[str]]:
    """Return the welds of a timer, and what its memory says against itself."""
    fires: list[_Fire] = []
    problems: list[str] = []
    for event in gun.events:
        identity, count = _identity(event), event["count"]
        if event["event"] == "started":
            if count != len(fires) + 1:
                problems.append(f"{gun.gun}: the timer counts {count} after {len(fires)}")
            fires.append(_Fire(identity, count, None))
        elif fires and fires[-1].end is None and (fires[-1].identity, fires[-1].count) == (identity, count):
            fires[-1] = _Fire(identity, count, event)
        else:
            problems.append(f"{gun.gun}: the timer ended {_name(identity)} (count {count}) without having started it")
    return fires, problems


def _pair_entries(gun: GunFacts, fires: Iterable[_Fire]) -> tuple[list[_Attempt], list[str]]:
    """Return the attempts of a gun, and what in its journal or its timer belongs to none."""
    problems: list[str] = []
    intents: list[Mapping[str, Any]] = []
    answers: list[Mapping[str, Any] | None] = []
    for number, entry in enumerate(gun.entries, start=1):
        if entry["sequence"] != number:
            problems.append(f"{gun.gun}: entry {number} of the journal is missing")
            break
    for entry in gun.entries:
        if entry["kind"] == "intent":
            intents.append(entry)
            answers.append(None)
        elif entry["kind"] in ("record", "withdrawn"):
            if intents and answers[-1] is None and _identity(intents[-1]) == _identity(entry):
                answers[-1] = entry
            else:
                what = f"{_name(_identity(entry))}: {entry['kind']} {entry['sequence']} of {gun.gun}"
                problems.append(f"{what} answers no intent")
    owned: list[list[_Fire]] = [[] for _ in intents]
    for fire in fires:
        # The last intent that was written before the timer counted this weld is the one that asked for it.
        owner = max(
            (number for number, intent in enumerate(intents) if intent["timer_count"] < fire.count), default=None
        )
        if owner is None or _identity(intents[owner]) != fire.identity:
            problems.append(f"{_name(fire.identity)}: the timer of {gun.gun} fired (count {fire.count}) without intent")
        else:
            owned[owner].append(fire)
    attempts = [
        _Attempt(gun.gun, _identity(intent), answer, tuple(own))
        for intent, answer, own in zip(intents, answers, owned, strict=True)
    ]
    return attempts, problems


def _contradictions(attempt: _Attempt) -> Iterator[str]:
    """Yield what the timer says against what the gun's journal says about one attempt."""
    where = f"{_name(attempt.identity)} of {attempt.gun}"
    if attempt.answer is None:
        yield f"{where}: intent without a record"
        return
    if len(attempt.fires) > 1:
        yield f"{where}: the timer fired {len(attempt.fires)} times for one intent"
        return
    fire = attempt.fires[0] if attempt.fires else None
    outcome = fire.outcome if fire is not None else "none"
    if outcome not in _OUTCOMES[attempt.result]:
        yield f"{where}: the record says {attempt.result}, the timer says {outcome}"
        return
    if attempt.result not in ("ok", "not_ok", "interrupted") or fire is None or fire.end is None:
        return
    if attempt.answer["timer_count"] != fire.count:
        yield f"{where}: the record names timer count {attempt.answer['timer_count']}, the timer says {fire.count}"
    for name in ("current", "weld_time", "force", "resistance", "energy"):
        said, seen = attempt.answer[name], fire.end[name]
        if abs(said - seen) > _TOLERANCE * max(abs(seen), 1.0):
            yield f"{where}: the record says {name} {said:g}, the timer says {seen:g}"


def _find_lost(facts: HistoryFacts, attempts: Iterable[_Attempt]) -> Iterator[str]:
    settled = {(attempt.identity[0], attempt.identity[1]) for attempt in attempts if attempt.result == "ok"}
    settled |= {
        (decision["body"], decision["spot"])
        for decision in facts.decisions
        if decision["decision"] in ("accept", "repair")
    }
    for body, spots in facts.required.items():
        for spot in sorted(spots):
            if (body, spot) not in settled:
                yield f"{body}/{spot}: the body left without a good weld and without a person's decision"


def _find_double(facts: HistoryFacts, attempts: Iterable[_Attempt]) -> Iterator[str]:
    rewelds = Counter(
        (decision["body"], decision["spot"]) for decision in facts.decisions if decision["decision"] == "reweld"
    )
    closed: dict[tuple[str, str], str] = {}
    for attempt in attempts:
        spot = attempt.identity[:2]
        if attempt.result in ("withdrawn", "not_welded"):
            continue
        if spot in closed and rewelds[spot] > 0:
            rewelds[spot] -= 1
            del closed[spot]
        for fire in attempt.fires:
            if fire.outcome == "complete" and spot in closed:
                yield f"{_name(attempt.identity)}: welded again by {attempt.gun}, {closed[spot]}"
            elif fire.outcome == "complete" and attempt.result != "not_ok":
                closed[spot] = f"{attempt.result} by {attempt.gun} before"
        if attempt.result == "uncertain":
            closed.setdefault(spot, f"uncertain by {attempt.gun} before")


def _identity(item: Mapping[str, Any]) -> Identity:
    return item["body"], item["spot"], item["attempt"]


def _name(identity: Identity) -> str:
    body, spot, attempt = identity
    return f"{body}/{spot}#{attempt}"
