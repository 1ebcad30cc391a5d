# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.motion.collision.distance against exact rational arithmetic, least squares and coal."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transforms3d.euler import euler2mat

from smart_cell.motion.collision.distance import (
    FloatArray,
    box_distances,
    point_box_distances,
    segment_box_distances,
    segment_distances,
    turned_back,
)

coordinates = st.one_of(
    st.floats(-5.0, 5.0, allow_subnormal=False),
    # near each other, so that parallel, crossing and touching pairs come up
    st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0, 1.0 + 1e-9, 1e-7, 1e-160]),
)
points = st.tuples(coordinates, coordinates, coordinates)
halves = st.floats(0.01, 2.0)
boxes = st.tuples(halves, halves, halves)
angles = st.tuples(*[st.floats(-math.pi, math.pi)] * 3)

Vector = tuple[float, float, float]


def column(vector: Any) -> FloatArray:
    return np.array(vector, dtype=float)[:, np.newaxis]


def exact(vector: Any) -> list[Fraction]:
    return [Fraction(float(value)) for value in vector]


def dot(a: list[Fraction], b: list[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def exact_segments(p: Vector, u: Vector, q: Vector, v: Vector) -> float:
    """Return the distance of two segments: the best of all ways in which each parameter is 0, 1 or free."""
    r, du, dv = [x - y for x, y in zip(exact(p), exact(q), strict=True)], exact(u), exact(v)
    a, b, c, e, f = dot(du, du), dot(du, dv), dot(du, r), dot(dv, dv), dot(dv, r)
    ends = (Fraction(0), Fraction(1))
    pairs = [*product(ends, ends)]
    pairs += [(s, (f + s * b) / e) for s in ends if e]
    pairs += [((t * b - c) / a, t) for t in ends if a]
    if whole := a * e - b * b:
        pairs.append(((b * f - c * e) / whole, (a * f - b * c) / whole))
    gaps = [
        [x + s * y - t * z for x, y, z in zip(r, du, dv, strict=True)] for s, t in pairs if 0 <= s <= 1 and 0 <= t <= 1
    ]
    return math.sqrt(min(dot(gap, gap) for gap in gaps))


def exact_segment_box(p: Vector, u: Vector, half: Vector) -> float:
    """Return the distance of a segment from a box: the best of all faces, edges and corners, and its inside."""
    start, way, size = exact(p), exact(u), exact(half)
    best: Fraction | None = None
    for sides in product((-1, 0, 1), repeat=3):
        fixed = [axis for axis in range(3) if sides[axis]]
        slope = sum((way[axis] ** 2 for axis in fixed), Fraction(0))
        shares = [Fraction(0), Fraction(1)]
        if slope:
            shares.append(sum(way[k] * (sides[k] * size[k] - start[k]) for k in fixed) / slope)
        if not fixed:
            # inside all along a stretch of the way: where it enters
            shares += [(side * size[k] - start[k]) / way[k] for k in range(3) if way[k] for side in (-1, 1)]
        for share in shares:
            place = [x + share * y for x, y in zip(start, way, strict=True)]
            if 0 <= share <= 1 and all(abs(place[k]) <= size[k] for k in range(3) if not sides[k]):
                square = sum(((place[k] - sides[k] * size[k]) ** 2 for k in fixed), Fraction(0))
                best = square if best is None else min(best, square)
    assert best is not None
    return math.sqrt(best)


@given(points, points, points, points)
def test_segments_are_exact(p: Vector, u: Vector, q: Vector, v: Vector) -> None:
    found = segment_distances(column(p), column(u), column(q), column(v))[0]
    assert found == pytest.approx(exact_segments(p, u, q, v), abs=1e-12)


@given(points, points, st.floats(1e-12, 1e-3), points, st.floats(-1.0, 1.0), st.floats(0.2, 2.0))
def test_almost_parallel_segments_are_exact(
    p: Vector, u: Vector, angle: float, aside: Vector, shift: float, scale: float
) -> None:
    v = tuple(scale * x + angle * y for x, y in zip(u, aside, strict=True))
    q = tuple(x + shift * y + angle * z for x, y, z in zip(p, u, aside[::-1], strict=True))
    found = segment_distances(column(p), column(u), column(q), column(v))[0]
    assert found == pytest.approx(exact_segments(p, u, q, v), abs=1e-12)  # type: ignore[arg-type]


@given(points, points, boxes)
def test_segment_and_box_are_exact(p: Vector, u: Vector, half: Vector) -> None:
    found = segment_box_distances(column(p), column(u), column(half))[0]
    assert found == pytest.approx(exact_segment_box(p, u, half), abs=1e-12)


@given(points, boxes)
def test_point_is_a_segment_without_length(p: Vector, half: Vector) -> None:
    found = segment_box_distances(column(p), column((0.0, 0.0, 0.0)), column(half))
    assert found == point_box_distances(column(p), column(half))


def least_squares_boxes(place: FloatArray, turn: FloatArray, half: Any, other: Any) -> float:
    """Return the distance of two boxes as a least squares problem with bounds."""
    optimize = pytest.importorskip("scipy.optimize")
    bounds = np.concatenate([half, other])
    matrix = np.hstack([turn, -np.eye(3)])
    solution = optimize.lsq_linear(matrix, -place, bounds=(-bounds, bounds), method="bvls", tol=1e-15)
    return math.sqrt(2.0 * solution.cost)


@given(points, angles, boxes, boxes)
def test_boxes_are_exact(place: Vector, angle: Vector, half: Vector, other: Vector) -> None:
    turn = euler2mat(*angle)
    found = box_distances(column(place), turn[:, :, np.newaxis], column(half), column(other))[0]
    assert found == pytest.approx(least_squares_boxes(np.array(place), turn, half, other), abs=1e-7)


def test_a_box_inside_another_one_meets_it() -> None:
    turn = euler2mat(0.3, 0.2, 0.1)[:, :, np.newaxis]
    small, large = column((0.1, 0.1, 0.1)), column((1.0, 1.0, 1.0))
    assert box_distances(column((0.1, 0.0, 0.0)), turn, small, large)[0] == 0.0
    assert box_distances(column((0.1, 0.0, 0.0)), turn, large, small)[0] == 0.0


def test_many_pairs_are_those_of_one_after_the_other() -> None:
    source = np.random.default_rng(3)
    p, u, q, v = source.uniform(-1.0, 1.0, (4, 3, 50))
    half = source.uniform(0.1, 0.5, (3, 50))
    together = segment_distances(p, u, q, v), segment_box_distances(p, u, half)
    for k in range(50):
        one = slice(k, k + 1)
        assert segment_distances(p[:, one], u[:, one], q[:, one], v[:, one]) == together[0][k]
        assert segment_box_distances(p[:, one], u[:, one], half[:, one]) == together[1][k]


def test_distances_are_those_of_coal() -> None:
    coal = pytest.importorskip("coal")
    source = np.random.default_rng(5)
    request, result = coal.DistanceRequest(), coal.DistanceResult()

    def distance(shape: Any, place: Any, other: Any, other_place: Any) -> float:
        result.clear()
        return float(coal.distance(shape, place, other, other_place, request, result))

    for _ in range(200):
        turns = [euler2mat(*source.uniform(-3.0, 3.0, 3)) for _ in range(2)]
        places = source.uniform(-2.0, 2.0, (2, 3))
        lengths, halves = source.uniform(0.1, 1.5, 2), source.uniform(0.05, 0.6, (2, 3))
        frames = [coal.Transform3s(turn, place) for turn, place in zip(turns, places, strict=True)]
        capsules = [coal.Capsule(0.05, length) for length in lengths]
        blocks = [coal.Box(*(2.0 * half)) for half in halves]
        ways = [turn[:, 2] * length for turn, length in zip(turns, lengths, strict=True)]
        starts = [place - 0.5 * way for place, way in zip(places, ways, strict=True)]
        found = segment_distances(*(column(a) for a in (starts[0], ways[0], starts[1], ways[1])))[0] - 0.1
        wanted = distance(capsules[0], frames[0], capsules[1], frames[1])
        if wanted > 0.0:
            assert found == pytest.approx(wanted, abs=1e-9)
        turn = turns[1][:, :, np.newaxis]
        p, u = turned_back(turn, column(starts[0] - places[1])), turned_back(turn, column(ways[0]))
        found = segment_box_distances(p, u, column(halves[1]))[0] - 0.05
        wanted = distance(capsules[0], frames[0], blocks[1], frames[1])
        if wanted > 0.0:
            assert found == pytest.approx(wanted, abs=1e-9)
        between = turns[1].T @ turns[0]
        place = turned_back(turn, column(places[0] - places[1]))
        found = box_distances(place, between[:, :, np.newaxis], column(halves[0]), column(halves[1]))[0]
        wanted = distance(blocks[0], frames[0], blocks[1], frames[1])
        if wanted > 0.0:
            assert found == pytest.approx(wanted, abs=1e-9)
