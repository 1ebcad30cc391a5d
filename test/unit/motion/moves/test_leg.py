# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose, angle_between, slerp
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.circ import arc_through
from smart_cell.motion.moves.leg import FlangeMotion, Leg, flange_motion, leg_profile, profile_on_grid, times_on_grid
from smart_cell.motion.moves.tool_path import Line, Turn

FloatArray = NDArray[np.float64]
TOOL = Pose.from_rpy((0.1, -0.2, 0.4), (0.3, 0.1, -0.5))
LIMITS = CartesianLimits()
positive = st.floats(1e-2, 1e2)


@given(positive, positive, positive, st.sampled_from([0.0004, 0.004, 0.012]))
def test_profile_on_a_grid_changes_its_jerk_only_there(
    velocity: float, acceleration: float, jerk: float, grid: float
) -> None:
    profile = profile_on_grid(velocity, acceleration, jerk, grid)
    knots = profile.knots() / grid
    np.testing.assert_allclose(knots, np.rint(knots), atol=1e-6 * max(1.0, knots[-1] * 1e-6))
    s, ds, dds = profile.sample(np.linspace(0.0, profile.duration, 501, dtype=np.float64))
    assert s[-1] == pytest.approx(1.0)
    assert ds.max() <= velocity * (1.0 + 1e-9)
    assert np.abs(dds).max() <= acceleration * (1.0 + 1e-9)
    assert profile.jerk <= jerk * (1.0 + 1e-9)


def rotation(pose: Pose) -> FloatArray:
    return pose.matrix()[:3, :3]


def two_legs(overlap: float) -> list[Leg]:
    """Return a line and an arc with turns, the second one `overlap` [s] before the end of the first."""
    first, via, last = (
        Pose((1.0, 0.0, 1.0)),
        Pose.from_rpy((1.3, 0.2, 1.1), (0.3, -0.4, 0.5)),
        Pose.from_rpy((1.2, 0.5, 0.9), (-0.2, 0.3, 0.1)),
    )
    legs: list[Leg] = []
    for curve, start, end in (
        (Line(first.xyz, via.xyz), first, via),
        (arc_through(via.xyz, (1.35, 0.4, 1.0), last.xyz), via, last),
    ):
        turn = Turn.between(start.quat, end.quat)
        turned = rotation(start @ TOOL.inverse())
        profile = leg_profile(curve, turn, turned @ TOOL.xyz, LIMITS, grid=0.004)
        assert profile is not None
        begin = legs[-1].end - overlap if legs else 0.0
        legs.append(Leg(curve, turn, turned, profile, begin, f"move {len(legs) + 1}"))
    return legs


def derivative(values: FloatArray, step: float) -> FloatArray:
    """Return the derivative at all but two rows at each end, by central differences of fourth order."""
    result: FloatArray = (8.0 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / (12.0 * step)
    return result


@pytest.mark.parametrize("overlap", [0.0, 0.2])
def test_velocities_and_accelerations_are_the_derivatives(overlap: float) -> None:
    legs = two_legs(overlap)
    step = 1e-3
    times = step * np.arange(int(legs[-1].end / step), dtype=np.float64)
    motion = flange_motion(legs, TOOL, times)
    inner = slice(2, -2)
    np.testing.assert_allclose(derivative(motion.positions, step), motion.linear[inner], atol=2e-6)
    np.testing.assert_allclose(derivative(motion.linear, step), motion.linear_acceleration[inner], atol=2e-2)
    np.testing.assert_allclose(derivative(motion.angular, step), motion.angular_acceleration[inner], atol=2e-2)
    spin = derivative(motion.rotations.reshape(-1, 9), step).reshape(-1, 3, 3) @ motion.rotations[inner].transpose(
        0, 2, 1
    )
    angular = np.stack([spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]], axis=1)
    np.testing.assert_allclose(angular, motion.angular[inner], atol=2e-6)


@pytest.mark.parametrize("overlap", [0.0, 0.2])
def test_legs_lead_to_their_ends(overlap: float) -> None:
    legs = two_legs(overlap)
    motion = flange_motion(legs, TOOL, np.array([-1.0, 0.0, legs[-1].end, legs[-1].end + 1.0]))
    points = motion.positions + motion.rotations @ TOOL.xyz
    np.testing.assert_allclose(points[:2], [[1.0, 0.0, 1.0]] * 2, atol=1e-12)
    np.testing.assert_allclose(points[2:], [[1.2, 0.5, 0.9]] * 2, atol=1e-12)
    expected = rotation(Pose.from_rpy((0.0, 0.0, 0.0), (-0.2, 0.3, 0.1)) @ Pose((0.0, 0.0, 0.0), TOOL.inverse().quat))
    np.testing.assert_allclose(motion.rotations[2:], [expected] * 2, atol=1e-12)
    for part in (motion.linear, motion.angular, motion.linear_acceleration, motion.angular_acceleration):
        assert np.abs(part).max() <= 1e-12


def test_order_of_the_times_does_not_matter() -> None:
    legs = two_legs(0.1)
    times = times_on_grid(legs[-1].end, 0.004)
    mixed = np.random.default_rng(1).permutation(len(times))
    straight, shuffled = flange_motion(legs, TOOL, times), flange_motion(legs, TOOL, times[mixed])
    for one, other in zip(straight, shuffled, strict=True):
        np.testing.assert_array_equal(one[mixed], other)
    assert isinstance(straight, FlangeMotion)


@given(st.tuples(*[st.floats(-3.0, 3.0)] * 3), st.tuples(*[st.floats(-3.0, 3.0)] * 3), st.floats(0.0, 1.0))
@settings(max_examples=50)
def test_turn_is_slerp(first: tuple[float, ...], last: tuple[float, ...], share: float) -> None:
    start, end = (Pose.from_rpy((0.0, 0.0, 0.0), rpy) for rpy in (first, last))
    turn = Turn.between(start.quat, end.quat)
    assert 0.0 <= turn.angle <= math.pi + 1e-9
    turned = Pose.from_matrix(
        np.block([[turn.at(np.array([share]))[0] @ rotation(start), np.zeros((3, 1))], [np.zeros((1, 3)), np.eye(1)]])
    )
    if turn.angle < math.pi - 1e-3:
        assert angle_between(turned.quat, slerp(start.quat, end.quat, share)) <= 1e-7


def test_no_way_and_no_turn_have_no_profile() -> None:
    line = Line((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    still = Turn.between((1.0, 0.0, 0.0, 0.0), (-1.0, 0.0, 0.0, 0.0))
    assert leg_profile(line, still, np.zeros(3), LIMITS, grid=0.004) is None


def test_where_names_move_and_place() -> None:
    legs = two_legs(0.0)
    assert legs[0].where(legs[0].end / 2.0) == "move 1 at 187.1 mm of 374.2 mm (50 %)"
    spot = Line((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    turn = Turn((0.0, 0.0, 1.0), 1.0)
    profile = leg_profile(spot, turn, np.zeros(3), LIMITS, grid=0.004)
    assert profile is not None
    assert Leg(spot, turn, np.eye(3), profile, name="LIN").where(profile.duration) == "LIN at 100 % of its turn"
