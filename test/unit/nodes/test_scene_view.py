# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from demo_plan import demo_cell
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.nodes.scene_view import BodyView, SceneTracker
from smart_cell.welding.verdict import WeldResult

CELL = demo_cell()
SPOTS = [spot.name for spot in CELL.variants["sedan"].spots]
PITCH = CELL.stations["s1"].pitch


@pytest.fixture
def tracker() -> SceneTracker:
    return SceneTracker(CELL)


def body_of(tracker: SceneTracker) -> BodyView:
    body = tracker.view().body
    assert body is not None
    return body


def test_empty_station_shows_free_zones_and_no_body(tracker: SceneTracker) -> None:
    view = tracker.view()
    assert view.body is None
    assert view.holders == (("b_left", ""), ("b_right", ""))


def test_body_of_a_variant_that_the_cell_does_not_have_is_not_shown(tracker: SceneTracker) -> None:
    tracker.hear_cell("B1", "estate")
    assert tracker.view().body is None


def test_body_comes_in_stands_and_goes_out(tracker: SceneTracker) -> None:
    tracker.hear_cell("B1", "sedan")
    shifts = []
    for way in (0.0, 0.25 * PITCH, PITCH):
        tracker.hear_conveyor("s1", "B1", way)
        shifts.append(body_of(tracker).shift)
    assert shifts == [-PITCH, -0.75 * PITCH, 0.0]
    tracker.hear_conveyor("s1", "B1", None)
    assert body_of(tracker).shift == 0.0
    tracker.hear_conveyor("s1", "B1", 0.5 * PITCH)
    assert body_of(tracker).shift == 0.5 * PITCH
    tracker.hear_cell("B2", "wagon")
    assert body_of(tracker).shift == -0.5 * PITCH
    assert body_of(tracker).variant == "wagon"


def test_newest_attempt_at_a_spot_counts(tracker: SceneTracker) -> None:
    tracker.hear_cell("B1", "sedan")
    tracker.hear_result("B1", SPOTS[3], WeldResult.NOT_OK)
    tracker.hear_result("B1", SPOTS[3], WeldResult.OK)
    results = body_of(tracker).results
    assert results[3] is WeldResult.OK
    assert [number for number, result in enumerate(results) if result is not None] == [3]
    assert len(results) == len(SPOTS)


@given(
    st.lists(st.tuples(st.sampled_from(["B1", "B2", "B3"]), st.sampled_from(SPOTS[:4]), st.sampled_from(WeldResult)))
)
@settings(deadline=None)
def test_a_body_shows_its_own_results_only(heard: list[tuple[str, str, WeldResult]]) -> None:
    """Also when records come before the supervisor names the body."""
    tracker = SceneTracker(CELL)
    tracker.hear_cell("B1", "sedan")
    for record in heard:
        tracker.hear_result(*record)
    tracker.hear_cell("B2", "sedan")
    expected = {spot: result for body, spot, result in heard if body == "B2"}
    assert body_of(tracker).results == tuple(expected.get(spot) for spot in SPOTS)


def test_zones_show_their_holders_and_unknown_ones_are_left_out(tracker: SceneTracker) -> None:
    tracker.hear_zones({"b_left": "r2", "elsewhere": "r9"})
    assert tracker.view().holders == (("b_left", "r2"), ("b_right", ""))
    tracker.hear_zones({"b_right": "r3"})
    assert tracker.view().holders == (("b_left", ""), ("b_right", "r3"))


def test_the_same_news_make_the_same_view(tracker: SceneTracker) -> None:
    tracker.hear_cell("B1", "sedan")
    tracker.hear_result("B1", SPOTS[0], WeldResult.OK)
    before = tracker.view()
    tracker.hear_cell("B1", "sedan")
    tracker.hear_result("B1", SPOTS[0], WeldResult.OK)
    assert tracker.view() == before
    tracker.hear_result("B1", SPOTS[0], WeldResult.UNCERTAIN)
    assert tracker.view() != before
