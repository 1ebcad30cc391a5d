# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.motion.collision.clearance and travel: against a measurement of every pair, and against coal."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_arms import GUN, OBSTACLES, course, four_robots, robot

from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import Capsule, OrientedBox, Shape
from smart_cell.motion.arm_model import HOME, arm_models
from smart_cell.motion.collision.clearance import OWN_PARTS, MovingRobot, clearance
from smart_cell.motion.collision.distance import FloatArray, box_distances, segment_box_distances, segment_distances
from smart_cell.motion.collision.placing import FLANGE, placed_robot
from smart_cell.motion.collision.shapes import RobotShapes, arm_shapes
from smart_cell.motion.collision.travel import lever_arms, travel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.trajectory import Trajectory

seeds = st.integers(0, 10_000)


def shapes_at(robot: RobotShapes, joints: Any) -> list[tuple[int, Shape]]:
    """Return the shapes in the common frame, with their frames."""
    places = placed_robot(robot).place([joints])
    flange = robot.base @ forward(robot.model, joints)
    links: list[tuple[int, Shape]] = [
        (number, Capsule(link.name, tuple(start), tuple(start + way), link.radius))
        for number, (link, start, way) in enumerate(
            zip(robot.links, places.starts[..., 0].T, places.ways[..., 0].T, strict=False)
        )
    ]
    return links + [(FLANGE, shape.placed(flange)) for shape in robot.gun]


def column(values: Any) -> FloatArray:
    return np.array(values, dtype=float)[:, np.newaxis]


def distance(one: Shape, other: Shape) -> float:
    """Return the distance of two shapes, one pair at a time."""
    if isinstance(one, Capsule) and isinstance(other, Capsule):
        ways = (np.subtract(shape.end, shape.start) for shape in (one, other))
        u, v = (column(way) for way in ways)
        return float(segment_distances(column(one.start), u, column(other.start), v)[0]) - one.radius - other.radius
    if isinstance(other, Capsule):
        return distance(other, one)
    back = other.pose.inverse()
    half = column(other.size) / 2.0
    if isinstance(one, Capsule):
        start, end = back.apply(one.start), back.apply(one.end)
        return float(segment_box_distances(column(start), column(np.subtract(end, start)), half)[0]) - one.radius
    seen = back @ one.pose
    turn = seen.matrix()[:3, :3, np.newaxis]
    return float(box_distances(column(seen.xyz), turn, column(one.size) / 2.0, half)[0])


def closest(some: list[tuple[int, Shape]], others: list[tuple[int, Shape]]) -> tuple[float, str, str]:
    return min((distance(a, b), a.name, b.name) for (_, a), (_, b) in product(some, others))


def own_closest(parts: list[tuple[int, Shape]]) -> tuple[float, str, str]:
    reach = dict(OWN_PARTS)
    pairs = [(a, b) for (i, a), (j, b) in product(parts, parts) if j in reach.get(i, ())]
    return min((distance(a, b), a.name, b.name) for a, b in pairs)


@settings(max_examples=4)
@given(seeds)
def test_every_sample_is_the_closest_of_all_pairs(seed: int) -> None:
    robots = four_robots(seed)[1:3]
    report = clearance(robots, OBSTACLES, period=0.5, profile=True)
    assert report.profile is not None
    still = [(0, shape) for shape in OBSTACLES]
    for row, time in enumerate(report.times):
        parts = {
            moving.shapes.name: shapes_at(moving.shapes, moving.trajectory.sample(time).position) for moving in robots
        }
        for pair, found in zip(report.pairs, report.profile[row], strict=True):
            if pair.robot == pair.other:
                wanted = own_closest(parts[pair.robot])
            else:
                wanted = closest(parts[pair.robot], still if pair.other is None else parts[pair.other])
            assert found == pytest.approx(wanted[0], abs=1e-9)
            if pair.time == time:
                others = still if pair.other is None else parts[pair.other]
                (one,), (other,) = (
                    [shape for _, shape in group if shape.name == name]
                    for group, name in ((parts[pair.robot], pair.part), (others, pair.other_part))
                )
                assert distance(one, other) == pytest.approx(pair.distance, abs=1e-9)


@settings(max_examples=15)
@given(seeds, st.sampled_from([0.0005, 0.003, 0.02, 0.17, 4.0]), st.floats(-0.1, 0.8), st.booleans())
def test_search_finds_what_looking_everywhere_finds(seed: int, period: float, margin: float, own_arm: bool) -> None:
    robots = four_robots(seed)[: 2 if period < 0.001 else 4]
    quick = clearance(robots, OBSTACLES, period=period, margin=margin, own_arm=own_arm)
    full = clearance(robots, OBSTACLES, period=period, margin=margin, own_arm=own_arm, profile=True)
    assert quick.pairs == full.pairs
    assert quick.profile is None
    assert full.profile is not None
    np.testing.assert_array_equal(full.profile.min(axis=0), [pair.distance for pair in full.pairs])
    for number, pair in enumerate(full.pairs):
        within = np.flatnonzero(full.profile[:, number] <= margin)
        assert pair.first_contact == (full.times[within[0]] if len(within) else None)


@settings(max_examples=8)
@given(seeds, st.sampled_from([0.02, 0.1]))
def test_guaranteed_distance_holds_between_the_samples(seed: int, period: float) -> None:
    robots = four_robots(seed)[1:3]
    report = clearance(robots, OBSTACLES, period=period)
    fine = clearance(robots, OBSTACLES, period=period / 17.0)
    finest = clearance(robots, OBSTACLES, period=0.002)
    for rough, exact, best in zip(report.pairs, fine.pairs, finest.pairs, strict=True):
        assert rough.guaranteed <= min(exact.distance, rough.distance)
        assert best.distance - best.guaranteed < 0.04


def core_points(shapes: RobotShapes, joints: FloatArray) -> FloatArray:
    """Return ends of the lines of capsules and corners of boxes at joint positions [m], `(3, points, n)`."""
    placed = placed_robot(shapes)
    places = placed.place(joints)
    points = [places.starts, places.starts + places.ways]
    boxes = np.flatnonzero(placed.sizes.is_box)
    for signs in product((-1.0, 1.0), repeat=3):
        corners = placed.sizes.half[:, boxes] * np.array(signs)[:, np.newaxis]
        points.append(places.starts[:, boxes] + np.einsum("ijbn,jb->ibn", places.turns, corners))
    return np.concatenate(points, axis=1)


@settings(max_examples=20)
@given(seeds, st.sampled_from([2, 7, 40, 400]))
def test_no_point_moves_further_than_its_travel(seed: int, samples: int) -> None:
    shapes = robot("r1", (0.3, -0.2), 0.7)
    trajectory = course(seed, speed=1.5)
    placed = placed_robot(shapes)
    # from before the motion until after it
    known = np.linspace(-0.2, trajectory.duration + 0.3, samples, dtype=np.float64)
    ways = travel(placed, trajectory, known, placed.place(trajectory.sample_many(known).position))
    times = np.linspace(-0.2, trajectory.duration + 0.3, 600)
    at_times = np.interp(times, known, ways)
    points = core_points(shapes, trajectory.sample_many(times).position)
    for gap in (1, 5, 60, 300):
        moved = np.linalg.norm(points[:, :, gap:] - points[:, :, :-gap], axis=0)
        assert (moved <= (at_times[gap:] - at_times[:-gap]) + 1e-12).all()


def test_travel_is_little_more_than_the_way_of_the_fastest_point() -> None:
    shapes = robot("r1", (0.0, 0.0), 0.0)
    placed = placed_robot(shapes)
    trajectory = course(4)
    times = np.linspace(0.0, trajectory.duration, 400, dtype=np.float64)
    joints = trajectory.sample_many(times).position
    points = core_points(shapes, joints)
    steps = np.linalg.norm(np.diff(points, axis=2), axis=0).max(axis=0).sum()
    assert steps < travel(placed, trajectory, times, placed.place(joints))[-1] < 1.15 * steps


@pytest.mark.parametrize(
    ("velocities", "accelerations"), [(False, False), (True, False), (True, True)], ids=["linear", "cubic", "quintic"]
)
@pytest.mark.parametrize("samples", [3, 13, 100])
def test_travel_holds_for_every_kind_of_spline(velocities: bool, accelerations: bool, samples: int) -> None:
    source = np.random.default_rng(8)
    rows = source.uniform(-1.0, 1.0, (3, 5, 6)).tolist()
    trajectory = Trajectory.from_points(
        [0.0, 0.4, 0.9, 1.0, 2.0], rows[0], rows[1] if velocities else (), rows[2] if accelerations else ()
    )
    shapes = robot("r1", (0.0, 0.0), 0.0)
    placed = placed_robot(shapes)
    known = np.linspace(-0.1, 2.1, samples, dtype=np.float64)
    ways = travel(placed, trajectory, known, placed.place(trajectory.sample_many(known).position))
    times = np.linspace(-0.1, 2.1, 1100)
    # a trajectory that ends while it moves stands still at once
    points = core_points(shapes, trajectory.sample_many(times).position)
    for gap in (1, 20, 300):
        moved = np.linalg.norm(points[:, :, gap:] - points[:, :, :-gap], axis=0)
        at_times = np.interp(times, known, ways)
        assert (moved <= at_times[gap:] - at_times[:-gap] + 1e-12).all()


def test_lever_arms_shrink_towards_the_wrist() -> None:
    levers = lever_arms(placed_robot(robot("r1", (0.0, 0.0), 0.0)))
    assert (np.diff(levers) <= 0.0).all()
    assert levers[5] > 0.6


def test_robots_that_rest_are_measured_once() -> None:
    rest = Trajectory.from_points([0.0], [HOME])
    robots = [MovingRobot(robot(name, (x, 0.0), 0.0), rest) for name, x in (("r1", 0.0), ("r2", 2.0))]
    report = clearance(robots, own_arm=False)
    (pair,) = report.pairs
    assert len(report.times) == 1
    assert pair.guaranteed == pair.distance
    assert pair.time == 0.0


def test_first_contact_is_found_although_it_is_short() -> None:
    """A gun that passes a post for a moment, far from the ends of the motion."""
    turn = np.tile(HOME, (2, 1))
    turn[:, 0] = -1.5, 1.5
    still = np.zeros((2, 6)).tolist()
    pass_by = Trajectory.from_points([0.0, 3.0], turn, still, still)
    shapes = robot("r1", (0.0, 0.0), 0.0)
    gun = shapes_at(shapes, turn.mean(axis=0))[-1][1]
    assert isinstance(gun, Capsule)
    post = Capsule("post", (*gun.start[:2], 0.0), (*gun.start[:2], 3.0), 0.02)
    report = clearance([MovingRobot(shapes, pass_by)], [post], margin=0.01, period=0.002, own_arm=False)
    contact = report.first_contact
    assert contact is not None
    assert (contact.robot, contact.other, contact.other_part) == ("r1", None, "post")
    assert contact.distance < 0.0
    assert contact.first_contact is not None
    assert 1.2 < contact.first_contact < 1.5
    before = [MovingRobot(shapes, pass_by)], [post]
    assert clearance(*before, margin=-1.0, own_arm=False).first_contact is None


def test_boxes_that_meet_are_in_contact() -> None:
    rest = Trajectory.from_points([0.0], [HOME])
    shapes = robot("r1", (0.0, 0.0), 0.0, GUN[:1])
    flange = shapes.base @ forward(shapes.model, HOME)
    block = OrientedBox("block", flange @ Pose((0.0, 0.0, 0.15)), (0.1, 0.1, 0.1))
    report = clearance([MovingRobot(shapes, rest)], [block], own_arm=False)
    contact = report.first_contact
    assert contact is not None
    assert contact.distance <= 0.0
    assert {contact.part, contact.other_part} <= {"transformer", "link_6", "block"}


def test_the_closest_pair_speaks_for_the_whole() -> None:
    report = clearance(four_robots(3), OBSTACLES)
    assert report.closest.distance == min(pair.distance for pair in report.pairs)
    assert report.guaranteed == min(pair.guaranteed for pair in report.pairs)
    pairs = [(pair.robot, pair.other) for pair in report.pairs]
    names = ["r1", "r2", "r3", "r4"]
    assert pairs[:6] == list(combinations(names, 2))
    assert sorted(pairs[6:], key=str) == sorted([(name, other) for name in names for other in (None, name)], key=str)


@pytest.mark.parametrize("model", arm_models().values(), ids=lambda model: str(model.name))
def test_no_arm_hits_itself_at_home(model: Any) -> None:
    rest = Trajectory.from_points([0.0], [HOME])
    shapes = RobotShapes("r1", model, Pose((0.0, 0.0, 0.0)), arm_shapes(model))
    assert clearance([MovingRobot(shapes, rest)]).closest.distance > 0.0


def test_a_gun_that_folds_back_hits_its_arm() -> None:
    folded = (0.0, -1.5, 2.6, 0.0, 2.0, 0.0)
    report = clearance([MovingRobot(robot("r1", (0.0, 0.0), 0.0), Trajectory.from_points([0.0], [folded]))])
    assert (
        report.closest.distance
        < clearance([MovingRobot(robot("r1", (0.0, 0.0), 0.0), Trajectory.from_points([0.0], [HOME]))]).closest.distance
    )
    assert report.closest.other == "r1"


def test_motions_of_different_length_are_compared_to_the_end() -> None:
    first, second = four_robots(11)[:2]
    short = MovingRobot(second.shapes, course(12, points=2, step=0.3))
    report = clearance([first, short], own_arm=False)
    assert report.times[-1] == first.trajectory.duration
    later = MovingRobot(second.shapes, short.trajectory.shifted(1.0))
    assert clearance([first, later], own_arm=False).times[0] == 0.0


def test_samples_are_never_further_apart_than_the_period_and_reach_the_end() -> None:
    robots = four_robots(2)[:2]
    for period in (0.01, 0.04, 0.7, 100.0, math.inf):
        times = clearance(robots, period=period).times
        assert (times[0], times[-1]) == (0.0, robots[0].trajectory.duration)
        assert np.diff(times).max() <= period * (1.0 + 1e-6)


def test_nothing_to_compare_is_refused() -> None:
    (one, *_) = four_robots(0)
    with pytest.raises(MotionError, match="nothing to keep clear of"):
        clearance([one], own_arm=False)
    with pytest.raises(MotionError, match="period"):
        clearance([one], period=0.0)
    with pytest.raises(MotionError, match="period"):
        clearance([one], period=math.nan)


def test_four_arms_are_as_close_as_coal_says() -> None:
    coal = pytest.importorskip("coal")
    robots = four_robots(21)
    report = clearance(robots, period=0.02, own_arm=False, profile=True)
    assert report.profile is not None
    request, result = coal.DistanceRequest(), coal.DistanceResult()

    def as_coal(shape: Shape) -> tuple[Any, Any]:
        if isinstance(shape, OrientedBox):
            return coal.Box(*shape.size), coal.Transform3s(shape.pose.matrix()[:3, :3], np.array(shape.pose.xyz))
        start, end = np.array(shape.start), np.array(shape.end)
        length = float(np.linalg.norm(end - start))
        z = (end - start) / length
        x = np.cross(z, [1.0, 0.0, 0.0] if abs(z[0]) < 0.9 else [0.0, 1.0, 0.0])
        x /= np.linalg.norm(x)
        turn = np.column_stack([x, np.cross(z, x), z])
        return coal.Capsule(shape.radius, length), coal.Transform3s(turn, 0.5 * (start + end))

    def coal_distance(one: tuple[Any, Any], other: tuple[Any, Any]) -> float:
        result.clear()
        return float(coal.distance(*one, *other, request, result))

    for row in range(0, len(report.times), 9):
        time = report.times[row]
        parts = [
            [as_coal(shape) for _, shape in shapes_at(moving.shapes, moving.trajectory.sample(time).position)]
            for moving in robots
        ]
        for number, (some, others) in enumerate(combinations(parts, 2)):
            wanted = min(coal_distance(a, b) for a, b in product(some, others))
            if wanted > 0.0:
                assert report.profile[row, number] == pytest.approx(wanted, abs=1e-9)
            else:
                assert report.profile[row, number] <= 1e-9
