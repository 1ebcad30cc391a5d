# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smart_cell.supervision.accounting import BodyAccount, Decision, Result, SpotStatus, WeldFact

SPOTS = {"S1": "r1", "S2": "r1", "S3": "r2"}


def account(most_rewelds: int = 2) -> BodyAccount:
    return BodyAccount("B000001", SPOTS, most_rewelds=most_rewelds)


def fact(spot: str, attempt: int, result: Result, sequence: int = 1) -> WeldFact:
    return WeldFact("g1", sequence, "B000001", spot, attempt, result)


results = st.sampled_from([r for r in Result if r is not Result.UNKNOWN])
histories = st.lists(st.tuples(st.sampled_from(list(SPOTS)), st.integers(1, 4), results), unique_by=lambda f: f[:2])


@given(histories, st.randoms(use_true_random=False))
def test_facts_may_come_in_any_order_and_twice(history: list[tuple[str, int, Result]], random: st.DataObject) -> None:
    straight, shuffled = account(), account()
    for spot, attempt, result in history:
        straight.apply(fact(spot, attempt, result))
    mixed = [*history, *history]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for spot, attempt, result in mixed:
        shuffled.apply(fact(spot, attempt, result))
    for spot in SPOTS:
        assert straight.next_attempt(spot) == shuffled.next_attempt(spot)
        assert (straight.status(spot) is SpotStatus.OK) == (shuffled.status(spot) is SpotStatus.OK)


@given(histories)
def test_what_is_ok_stays_ok_and_is_never_open_again(history: list[tuple[str, int, Result]]) -> None:
    body = account()
    welded: set[str] = set()
    for spot, attempt, result in history:
        body.apply(fact(spot, attempt, result))
        if result is Result.OK:
            welded.add(spot)
        assert welded <= set(body.spots(SpotStatus.OK))
    assert body.is_complete == (welded == set(SPOTS))


def test_not_ok_is_open_until_the_rewelds_are_used_up() -> None:
    body = account(most_rewelds=1)
    body.apply(fact("S1", 1, Result.NOT_OK))
    assert body.status("S1") is SpotStatus.OPEN
    body.apply(fact("S1", 2, Result.NOT_OK))
    assert body.status("S1") is SpotStatus.NOT_OK


def test_stops_do_not_use_up_rewelds() -> None:
    body = account(most_rewelds=0)
    for attempt, result in enumerate((Result.INTERRUPTED, Result.NOT_WELDED, Result.INTERRUPTED), start=1):
        body.apply(fact("S1", attempt, result))
    assert body.status("S1") is SpotStatus.OPEN
    assert body.next_attempt("S1") == 4


def test_decisions_need_a_spot_that_waits_for_one() -> None:
    body = account()
    assert body.decide("S1", Decision.ACCEPT) == "spot S1 of body B000001 is open: nothing to decide"
    assert body.decide("S9", Decision.ACCEPT) == "body B000001 has no spot S9"
    body.apply(fact("S1", 1, Result.UNCERTAIN))
    assert body.decide("S1", Decision.REWELD) is None
    assert body.status("S1") is SpotStatus.OPEN
    assert body.next_attempt("S1") == 2


def test_summary_counts_by_status() -> None:
    body = account()
    body.apply(fact("S1", 1, Result.OK))
    body.apply(fact("S3", 1, Result.UNCERTAIN))
    body.decide("S3", Decision.REPAIR)
    assert body.summary() == {"ok": 1, "open": 1, "repair": 1}
    assert body.done("r1") == 1
    assert not body.is_complete
