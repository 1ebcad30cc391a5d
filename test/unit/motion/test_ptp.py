# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import MotionError
from smart_cell.motion.profile import MIN_SEGMENT, rest_to_rest
from smart_cell.motion.ptp import plan_ptp, plan_via, ptp_time
from smart_cell.motion.trajectory import Trajectory

KR210 = arm_model("kr210_r2700_2")
models = st.sampled_from(list(arm_models().values()))
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)
overrides = st.sampled_from([0.1, 0.5, 1.0])
ROUNDING = 1.0 + 1e-6


def joints_at(model: ArmModel, shares: tuple[float, ...]) -> list[float]:
    return [low + s * (high - low) for low, high, s in zip(model.lower, model.upper, shares, strict=True)]


def assert_within_limits(model: ArmModel, trajectory: Trajectory, override: float, *, jerk: float = 1.0) -> None:
    """Look every millisecond, between the points as well as at them."""
    times = np.append(np.arange(0.0, trajectory.duration, 0.001), trajectory.duration)
    state = trajectory.sample_many(times)
    assert (state.position >= np.array(model.lower) - 1e-9).all()
    assert (state.position <= np.array(model.upper) + 1e-9).all()
    assert (np.abs(state.velocity) <= np.array(model.velocity) * override * ROUNDING).all()
    assert (np.abs(state.acceleration) <= np.array(model.acceleration) * override**2 * ROUNDING).all()
    change = np.abs(np.diff(state.acceleration, axis=0)) / np.diff(times)[:, np.newaxis]
    assert (change[np.diff(times) > 5e-4] <= np.array(model.jerk) * override**3 * jerk * (1.0 + 1e-4)).all()


@given(models, fractions, fractions, st.floats(-6.0, 0.0), overrides)
@settings(max_examples=50)
def test_ptp_is_rest_to_rest_within_all_limits(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], exponent: float, override: float
) -> None:
    start = np.array(joints_at(model, first))
    end = start + (np.array(joints_at(model, last)) - start) * 10.0**exponent
    trajectory = plan_ptp(model, start.tolist(), end.tolist(), override=override)
    assert trajectory.positions[0] == pytest.approx(start)
    assert trajectory.positions[-1].tolist() == end.tolist()
    for ends in (trajectory.velocities, trajectory.accelerations):
        assert np.abs(ends[[0, -1]]).max() == 0.0
    assert trajectory.duration == pytest.approx(ptp_time(model, start.tolist(), end.tolist(), override), abs=1e-9)
    assert_within_limits(model, trajectory, override)


@given(fractions, fractions)
@settings(max_examples=30)
def test_all_joints_keep_to_a_straight_line_in_joint_space(first: tuple[float, ...], last: tuple[float, ...]) -> None:
    start, end = np.array(joints_at(KR210, first)), np.array(joints_at(KR210, last))
    if np.linalg.norm(end - start) < 0.01:
        return
    trajectory = plan_ptp(KR210, start.tolist(), end.tolist())
    way = trajectory.sample_many(np.linspace(0.0, trajectory.duration, 50)).position - start
    along = np.outer(way @ (end - start), end - start) / ((end - start) @ (end - start))
    np.testing.assert_allclose(way, along, atol=1e-9)


def test_long_move_runs_at_the_limit_of_its_slowest_joint() -> None:
    end = (2.5, *HOME[1:])
    trajectory = plan_ptp(KR210, HOME, end)
    v, a = KR210.velocity[0], KR210.acceleration[0]
    assert trajectory.duration == pytest.approx(2.5 / v + v / a + 0.1)
    assert np.abs(trajectory.sample(trajectory.duration / 2).velocity).max() == pytest.approx(v)


def test_points_are_few_unless_a_period_is_asked_for() -> None:
    end = (2.5, *HOME[1:])
    assert len(plan_ptp(KR210, HOME, end).times) == 8
    dense = plan_ptp(KR210, HOME, end, period=0.02)
    assert len(dense.times) == pytest.approx(dense.duration / 0.02, abs=10)
    assert (np.diff(dense.times) >= MIN_SEGMENT - 1e-9).all()
    times = np.linspace(0.0, dense.duration, 500)
    np.testing.assert_allclose(
        dense.sample_many(times).position, plan_ptp(KR210, HOME, end).sample_many(times).position, atol=1e-9
    )


def test_override_scales_time() -> None:
    end = (1.0, *HOME[1:])
    assert plan_ptp(KR210, HOME, end, override=0.5).duration == pytest.approx(2 * ptp_time(KR210, HOME, end))


def test_no_move_is_a_single_point() -> None:
    trajectory = plan_ptp(KR210, HOME, HOME)
    assert trajectory.times.tolist() == [0.0]
    assert ptp_time(KR210, HOME, HOME) == 0.0
    assert plan_via(KR210, [HOME, HOME, HOME]).times.tolist() == [0.0]


@pytest.mark.parametrize(
    ("start", "end", "override", "text"),
    [
        (HOME, (0.0, -3.0, 0.0, 0.0, 0.0, 0.0), 1.0, r"end .* joint_2 at -3.0000 rad is below its limit -2.4435 rad"),
        ((9.0, *HOME[1:]), HOME, 1.0, r"start .* joint_1 at 9.0000 rad is above"),
        ((float("nan"), *HOME[1:]), HOME, 1.0, "joint_1"),
        (HOME, HOME, 0.0, "override 0.0"),
        (HOME, HOME, 1.1, "override 1.1"),
    ],
)
def test_impossible_moves_are_refused(
    start: tuple[float, ...], end: tuple[float, ...], override: float, text: str
) -> None:
    with pytest.raises(MotionError, match=text):
        plan_ptp(KR210, start, end, override=override)


@given(
    models,
    fractions,
    st.lists(st.tuples(*[st.floats(-0.6, 0.6)] * 6), min_size=2, max_size=4),
    st.sampled_from([0.0, 0.05, 0.1, 0.5]),
    overrides,
)
@settings(max_examples=25)
def test_move_through_vias_keeps_velocity_and_acceleration(
    model: ArmModel, first: tuple[float, ...], ways: list[tuple[float, ...]], blend: float, override: float
) -> None:
    points = [np.array(joints_at(model, first))]
    for way in ways:
        points.append(np.clip(points[-1] + way, model.lower, model.upper))
    trajectory = plan_via(model, [p.tolist() for p in points], override=override, blend=blend)
    assert trajectory.positions[0] == pytest.approx(points[0])
    assert trajectory.positions[-1] == pytest.approx(points[-1])
    assert np.abs(trajectory.velocities[[0, -1]]).max() == 0.0
    assert_within_limits(model, trajectory, override, jerk=2.0)
    times = np.append(np.arange(0.0, trajectory.duration, 0.002), trajectory.duration)
    path = trajectory.sample_many(times).position
    for via in points[1:-1]:
        assert np.abs(path - via).max(axis=1).min() <= blend + 0.02


def test_via_is_passed_without_a_stop_and_sooner() -> None:
    points = [HOME, (0.6, -1.5, 1.5, 0.2, 0.3, 0.0), (1.4, -1.3, 1.2, 0.3, 0.5, 0.2)]
    stopping, blended = plan_via(KR210, points, blend=0.0), plan_via(KR210, points)
    assert stopping.duration == pytest.approx(sum(ptp_time(KR210, a, b) for a, b in itertools.pairwise(points)))
    assert blended.duration < stopping.duration - 0.05
    inner = blended.sample_many(np.linspace(0.1, blended.duration - 0.1, 400)).velocity
    assert np.abs(inner).max(axis=1).min() > 0.01


def test_via_needs_two_points() -> None:
    with pytest.raises(MotionError, match="got 1"):
        plan_via(KR210, [HOME])
    with pytest.raises(MotionError, match="via point 1"):
        plan_via(KR210, [HOME, (9.0, *HOME[1:]), HOME])


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
@settings(max_examples=50)
def test_profile_goes_from_0_to_1_within_its_limits(velocity: float, acceleration: float, jerk: float) -> None:
    profile = rest_to_rest(velocity, acceleration, jerk)
    knots = profile.knots()
    assert (np.diff(knots) >= MIN_SEGMENT * (1.0 - 1e-9)).all()
    assert knots[-1] == pytest.approx(profile.duration)
    s, ds, dds = profile.sample(np.linspace(0.0, profile.duration, 1001, dtype=np.float64))
    assert (s[0], s[500], s[-1]) == pytest.approx((0.0, 0.5, 1.0))
    assert (np.diff(s) >= -1e-12).all()
    assert ds.max() <= velocity * ROUNDING
    assert np.abs(dds).max() <= acceleration * ROUNDING
    assert profile.jerk <= jerk * ROUNDING
    np.testing.assert_allclose(np.gradient(s, profile.duration / 1000)[5:-5], ds[5:-5], atol=0.01 * ds.max())
