# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The order of stops."""

from __future__ import annotations

import itertools
import math
import random

from hypothesis import given
from hypothesis import strategies as st

from smart_cell.planning.sequence import best_order, tour_time

Point = tuple[float, float]
POINTS = st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)), min_size=1, max_size=12)


def table(points: list[Point]) -> list[list[float]]:
    """Return the distances; the first point is home."""
    return [[math.dist(a, b) for b in points] for a in points]


@given(POINTS, st.integers(1, 4))
def test_all_stops_once_and_block_after_block(points: list[Point], count: int) -> None:
    stops = list(range(1, len(points) + 1))
    blocks = [stops[start::count] for start in range(count)]
    order = best_order(table([(0.0, 0.0), *points]), blocks)
    assert sorted(order) == stops
    begin = 0
    for block in blocks:
        assert sorted(order[begin : begin + len(block)]) == sorted(block)
        begin += len(block)


@given(POINTS)
def test_no_two_exchanged_moves_make_it_shorter(points: list[Point]) -> None:
    times = table([(0.0, 0.0), *points])
    order = best_order(times, [list(range(1, len(points) + 1))])
    best = tour_time(times, order)
    for i, j in itertools.combinations(range(len(order)), 2):
        assert tour_time(times, [*order[:i], *order[i : j + 1][::-1], *order[j + 1 :]]) >= best - 1e-6


def test_close_to_the_optimum_on_small_tours() -> None:
    source = random.Random(7)
    ratios = []
    for _ in range(40):
        points = [(source.random(), source.random()) for _ in range(7)]
        times = table([(0.0, 0.0), *points])
        optimum = min(tour_time(times, order) for order in itertools.permutations(range(1, 8)))
        ratios.append(tour_time(times, best_order(times, [list(range(1, 8))])) / optimum)
    assert min(ratios) >= 1.0 - 1e-12
    assert max(ratios) < 1.15
    assert sum(ratios) / len(ratios) < 1.02


def test_a_row_is_welded_along_the_row() -> None:
    times = table([(0.0, 0.0), *((x, 1.0) for x in (0.3, 0.1, 0.5, 0.2, 0.4))])
    assert best_order(times, [[1, 2, 3, 4, 5]]) in ([2, 4, 1, 5, 3], [3, 5, 1, 4, 2])


def test_nothing_to_do() -> None:
    assert best_order([[0.0]], []) == []
