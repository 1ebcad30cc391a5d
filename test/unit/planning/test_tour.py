# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's way through its spots."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from demo_plan import demo_cell, spot_of

from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.moves.ptp import ptp_time
from smart_cell.planning.gun_pose import is_direct
from smart_cell.planning.reach import Candidate, Reach
from smart_cell.planning.tour import COMFORT, TourPlanner

MODEL = arm_model("kr210_r2700_2")
HOME = demo_cell().robots["r1"].home
NAMES = ("sfl01", "sfl02", "sfl03", "bfl01", "bfl02")


def stops() -> list[tuple[Candidate, ...]]:
    reach = Reach(demo_cell(), demo_cell().stations["s1"])
    return [reach.candidates("r1", spot_of("sedan", name)) for name in NAMES]


def way_time(a: Candidate | None, b: Candidate | None) -> float:
    """Return the time of one move, stopping at every point in between; None is home."""
    points = [HOME] if a is None else [a.solution.joints]
    if a is None or b is None or not is_direct(a.pose, b.pose):
        points += [candidate.approach for candidate in (a, b) if candidate is not None]
    points.append(HOME if b is None else b.solution.joints)
    return sum(ptp_time(MODEL, points[i], points[i + 1]) for i in range(len(points) - 1))


def test_time_is_that_of_the_moves() -> None:
    tour = TourPlanner(MODEL, HOME, stops()).solve([[0, 1, 2, 3, 4]])
    picks = [None, *tour.picks, None]
    wanted = sum(way_time(picks[i], picks[i + 1]) for i in range(len(picks) - 1))
    assert tour.time == pytest.approx(wanted, abs=0.02)


def test_other_picks_are_not_faster() -> None:
    candidates = stops()
    tour = TourPlanner(MODEL, HOME, candidates).solve([[0, 1, 2, 3, 4]])
    for position, stop in enumerate(tour.order):
        before = tour.picks[position - 1] if position > 0 else None
        after = tour.picks[position + 1] if position + 1 < len(tour.picks) else None
        pick = tour.picks[position]
        now = way_time(before, pick) + way_time(pick, after)
        for other in candidates[stop]:
            if other.solution.status == pick.solution.status and other.margin >= COMFORT:
                assert way_time(before, other) + way_time(other, after) >= now - 0.01


def test_one_status_and_comfortable_margins() -> None:
    tour = TourPlanner(MODEL, HOME, stops()).solve([[0, 1, 2, 3, 4]])
    assert len({pick.solution.status for pick in tour.picks}) == 1
    assert min(pick.margin for pick in tour.picks) >= COMFORT


def test_rows_are_kept_together_and_blocks_in_order() -> None:
    planner = TourPlanner(MODEL, HOME, stops())
    assert sorted(planner.solve([[3, 4], [0, 1, 2]]).order[:2]) == [3, 4]
    free = planner.solve([[0, 1, 2, 3, 4]]).order
    assert {free[:3], free[2:]} & {(0, 1, 2), (2, 1, 0)}


def test_a_stop_with_only_tight_candidates_is_still_visited() -> None:
    tight = [[replace(candidate, margin=math.radians(6.0)) for candidate in candidates] for candidates in stops()]
    tour = TourPlanner(MODEL, HOME, tight).solve([[0, 1, 2, 3, 4]])
    assert sorted(tour.order) == [0, 1, 2, 3, 4]
