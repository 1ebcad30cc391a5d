# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.motion.collision.swept: nothing of the robot is outside, and little else is inside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_arms import course, robot

from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import Capsule, OrientedBox
from smart_cell.motion.arm_model import HOME
from smart_cell.motion.collision.distance import FloatArray, point_box_distances, segment_box_distances, turned_back
from smart_cell.motion.collision.placing import placed_robot
from smart_cell.motion.collision.shapes import RobotShapes
from smart_cell.motion.collision.swept import SMALLEST_CUBE, SweptVolume, _keys, swept_volume
from smart_cell.motion.errors import MotionError
from smart_cell.motion.trajectory import Trajectory

REST = Trajectory.from_points([0.0], [HOME])


def points_of(shapes: RobotShapes, trajectory: Trajectory, seed: int, times: int = 60) -> FloatArray:
    """Return points on the surface of the robot at random times [m], `(n, 3)`."""
    source = np.random.default_rng(seed)
    placed = placed_robot(shapes)
    when = source.uniform(trajectory.start, max(trajectory.duration, trajectory.start + 1e-9), times)
    places = placed.place(trajectory.sample_many(when).position)
    points, box = [], -1
    for number, shape in enumerate(placed.shapes):
        start, way = places.starts[:, number, np.newaxis], places.ways[:, number, np.newaxis]
        share = source.uniform(0.0, 1.0, (20, times))
        if isinstance(shape, Capsule):
            out = source.normal(size=(3, 20, times))
            out *= shape.radius / np.linalg.norm(out, axis=0)
            found = start + share * way + out
        else:
            box += 1
            local = source.uniform(-1.0, 1.0, (3, 20, times))
            local[source.integers(3)] = source.choice([-1.0, 1.0])
            local *= 0.5 * np.array(shape.size)[:, np.newaxis, np.newaxis]
            found = start + np.einsum("ijn,jkn->ikn", places.turns[:, :, box], local)
        points.append(found.reshape(3, -1))
    return np.concatenate(points, axis=1).T


def holds(volume: SweptVolume, points: FloatArray) -> bool:
    return bool(np.isin(_keys(np.floor(points / volume.size).astype(np.int64)), volume.keys).all())


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.sampled_from([0.03, 0.05, 0.1, 0.4]))
def test_the_robot_is_never_outside(seed: int, size: float) -> None:
    shapes, trajectory = robot("r1", (0.4, -0.3), 0.6), course(seed, points=3)
    assert holds(swept_volume(shapes, [trajectory], size), points_of(shapes, trajectory, seed))


@pytest.mark.parametrize("size", [0.03, 0.05, 0.1])
def test_no_cube_is_further_than_five_edges_from_a_resting_robot(size: float) -> None:
    shapes = robot("r1", (0.0, 0.0), 0.0)
    volume = swept_volume(shapes, [REST], size)
    placed = placed_robot(shapes)
    places = placed.place([HOME])
    middles = (volume.corners() + 0.5 * size).T
    nearest = np.full(middles.shape[1], np.inf)
    box = -1
    for number, shape in enumerate(placed.shapes):
        seen = middles - places.starts[:, number]
        if isinstance(shape, OrientedBox):
            box += 1
            turns = np.repeat(places.turns[:, :, box], middles.shape[1], axis=2)
            half = placed.sizes.half[:, number, np.newaxis]
            distance = point_box_distances(turned_back(turns, seen), half)
        else:
            way = np.repeat(places.ways[:, number], middles.shape[1], axis=1)
            distance = segment_box_distances(-seen, way, np.zeros((3, 1))) - shape.radius
        nearest = np.minimum(nearest, distance)
    assert nearest.max() < 5.0 * size


def test_smaller_cubes_fit_tighter() -> None:
    shapes, trajectory = robot("r1", (0.0, 0.0), 0.0), course(5)
    sizes = [swept_volume(shapes, [trajectory], size).volume for size in (0.2, 0.1, 0.05)]
    assert sizes == sorted(sizes, reverse=True)


def test_several_motions_are_swept_together() -> None:
    shapes, motions = robot("r1", (0.0, 0.0), 0.0), [course(1), course(2)]
    both = swept_volume(shapes, motions, 0.1)
    one, other = (swept_volume(shapes, [motion], 0.1) for motion in motions)
    np.testing.assert_array_equal(both.keys, (one | other).keys)
    assert max(one.volume, other.volume) < both.volume < one.volume + other.volume


def test_robots_that_meet_share_cubes_and_robots_far_apart_do_not() -> None:
    turn = np.tile(HOME, (2, 1))
    turn[:, 0] = -0.8, 0.8
    rest = np.zeros((2, 6)).tolist()
    sweep = Trajectory.from_points([0.0, 1.5], turn, rest, rest)
    left, right, far = (
        swept_volume(robot("r", place, facing), [sweep])
        for place, facing in (((0.0, -2.0), 0.5 * math.pi), ((0.0, 2.0), -0.5 * math.pi), ((9.0, 0.0), 0.0))
    )
    assert left.overlaps(right)
    shared = left & right
    bounds = shared.bounds
    assert bounds is not None
    assert bounds.lower[1] < 0.0 < bounds.upper[1]
    boxes = shared.boxes()
    corners = shared.corners() + 0.5 * shared.size
    assert all(any(box.contains(tuple(corner)) for box in boxes) for corner in corners)
    assert not left.overlaps(far)
    assert (left & far).bounds is None
    assert (left & far).boxes() == ()
    assert (left & far).volume == 0.0


def test_parts_that_do_not_touch_get_a_box_each() -> None:
    cubes = np.array([(0, 0, 0), (1, 1, 1), (1, 1, 2), (5, 0, 0), (-3, -3, -3)])
    large, *small = SweptVolume(0.1, _keys(cubes)).boxes()
    assert large.lower == (0.0, 0.0, 0.0)
    assert large.upper == pytest.approx((0.2, 0.2, 0.3))
    assert sorted(box.lower for box in small) == [pytest.approx((-0.3,) * 3), pytest.approx((0.5, 0.0, 0.0))]


def test_lattice_does_not_depend_on_where_the_robot_stands() -> None:
    one = swept_volume(robot("r1", (0.0, 0.0), 0.0), [REST], 0.1)
    moved = swept_volume(robot("r1", (100.0, 0.0), 0.0), [REST], 0.1)
    np.testing.assert_allclose(moved.corners(), one.corners() + np.array([100.0, 0.0, 0.0]), atol=1e-9)


def test_volumes_of_different_cubes_are_not_compared() -> None:
    volumes = [swept_volume(robot("r1", (0.0, 0.0), 0.0), [REST], size) for size in (0.1, 0.2)]
    with pytest.raises(MotionError, match="one size"):
        volumes[0].overlaps(volumes[1])


@pytest.mark.parametrize("size", [0.0, -0.1, 0.9 * SMALLEST_CUBE, math.nan])
def test_cubes_that_are_too_small_are_refused(size: float) -> None:
    with pytest.raises(MotionError, match="too small"):
        swept_volume(robot("r1", (0.0, 0.0), 0.0), [REST], size)


def test_robot_far_outside_of_the_lattice_is_refused() -> None:
    shapes = robot("r1", (0.0, 0.0), 0.0)
    away = RobotShapes("r1", shapes.model, Pose((60_000.0, 0.0, 0.0)), shapes.links)
    with pytest.raises(MotionError, match="larger"):
        swept_volume(away, [REST], 0.05)
