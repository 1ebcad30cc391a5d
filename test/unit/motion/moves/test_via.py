# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_checks import assert_keeps_limits, dense_times, joints_within

from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import MotionError
from smart_cell.motion.moves.ptp import ptp_time
from smart_cell.motion.moves.via import plan_via

KR210 = arm_model("kr210_r2700_2")
models = st.sampled_from(sorted(arm_models())).map(arm_model)
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)
ways = st.lists(st.tuples(*[st.floats(-0.6, 0.6)] * 6), min_size=2, max_size=4)


def points_of(model: ArmModel, first: tuple[float, ...], ways: list[tuple[float, ...]]) -> list[list[float]]:
    """Return points within the limits, each a way from the one before."""
    points = [np.array(joints_within(model, first))]
    for way in ways:
        points.append(np.clip(points[-1] + way, model.lower, model.upper))
    return [point.tolist() for point in points]


def test_via_point_at_the_place_of_the_end_is_passed_too() -> None:
    there, aside = (0.6, *HOME[1:]), (0.0, HOME[1] + 0.4, *HOME[2:])
    trajectory = plan_via(KR210, [HOME, there, aside, there], blend=0.0)
    legs = [ptp_time(KR210, *pair) for pair in itertools.pairwise([HOME, there, aside, there])]
    assert trajectory.duration == pytest.approx(sum(legs), rel=0.01)
    assert trajectory.sample(legs[0]).position == pytest.approx(there, abs=1e-3)


@given(models, fractions, ways, st.sampled_from([0.0, 0.05, 0.1, 0.5, 5.0]), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=30, deadline=None)
def test_move_through_vias_keeps_all_limits(
    model: ArmModel, first: tuple[float, ...], ways: list[tuple[float, ...]], blend: float, override: float
) -> None:
    points = points_of(model, first, ways)
    trajectory = plan_via(model, points, override=override, blend=blend)
    assert trajectory.positions[0] == pytest.approx(points[0])
    assert trajectory.positions[-1].tolist() == points[-1]
    for ends in (trajectory.velocities, trajectory.accelerations):
        assert np.abs(ends[[0, -1]]).max() == 0.0
    assert_keeps_limits(model, trajectory, override)
    path = trajectory.sample_many(dense_times(trajectory)).position
    for via in points[1:-1]:
        assert np.abs(path - via).max(axis=1).min() <= min(blend, 1.0) + 0.03
    stopping = sum(ptp_time(model, a, b) for a, b in itertools.pairwise(points)) / override
    assert trajectory.duration <= stopping * (1.0 + 1e-3) + 0.002 / override


@given(models, fractions, ways)
@settings(max_examples=10, deadline=None)
def test_path_does_not_depend_on_the_override(
    model: ArmModel, first: tuple[float, ...], ways: list[tuple[float, ...]]
) -> None:
    points = points_of(model, first, ways)
    full, reduced = plan_via(model, points), plan_via(model, points, override=0.3)
    assert reduced.duration == pytest.approx(full.duration / 0.3, abs=1e-8)
    shares = np.linspace(0.0, 1.0, 200)
    np.testing.assert_allclose(
        reduced.sample_many(shares * reduced.duration).position,
        full.sample_many(shares * full.duration).position,
        atol=1e-6,
    )


def test_via_is_passed_without_a_stop_and_sooner() -> None:
    points = [HOME, (0.6, -1.5, 1.5, 0.2, 0.3, 0.0), (1.4, -1.3, 1.2, 0.3, 0.5, 0.2)]
    stopping, blended = plan_via(KR210, points, blend=0.0), plan_via(KR210, points)
    assert stopping.duration == pytest.approx(sum(ptp_time(KR210, a, b) for a, b in itertools.pairwise(points)))
    assert blended.duration < stopping.duration - 0.1
    inner = blended.sample_many(np.linspace(0.1, blended.duration - 0.1, 400)).velocity
    assert np.abs(inner).max(axis=1).min() > 0.01
    assert len(blended.times) <= 60


def test_period_gives_further_points() -> None:
    points = [HOME, (0.6, -1.5, 1.5, 0.2, 0.3, 0.0), (1.4, -1.3, 1.2, 0.3, 0.5, 0.2)]
    for blend in (0.0, 0.1):
        dense = plan_via(KR210, points, blend=blend, period=0.02)
        assert np.diff(dense.times).max() <= 0.023
        assert_keeps_limits(KR210, dense)


def test_points_that_are_the_same_are_one() -> None:
    assert plan_via(KR210, [HOME, HOME, HOME]).times.tolist() == [0.0]
    end = (0.5, *HOME[1:])
    assert plan_via(KR210, [HOME, HOME, end, end]).duration == pytest.approx(ptp_time(KR210, HOME, end))


def test_via_needs_two_points_within_the_limits() -> None:
    with pytest.raises(MotionError, match="got 1"):
        plan_via(KR210, [HOME])
    with pytest.raises(MotionError, match="via point 1"):
        plan_via(KR210, [HOME, (9.0, *HOME[1:]), HOME])
    with pytest.raises(MotionError, match="override 2"):
        plan_via(KR210, [HOME, HOME], override=2.0)
