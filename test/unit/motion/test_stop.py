# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.ptp import plan_ptp, plan_via
from smart_cell.motion.stop import STOP_FACTOR, plan_rest, plan_stop
from smart_cell.motion.trajectory import FloatArray, Trajectory

KR210 = arm_model("kr210_r2700_2")
FAR = (2.0, -1.2, 1.9, 1.0, 0.8, -1.5)
models = st.sampled_from(list(arm_models().values()))
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)
SPLINES = 1.025
"""The splines between the points of a stop may exceed the limits by this factor."""


def joints_at(model: ArmModel, shares: tuple[float, ...]) -> FloatArray:
    return np.array([low + s * (high - low) for low, high, s in zip(model.lower, model.upper, shares, strict=True)])


def every_millisecond(trajectory: Trajectory) -> FloatArray:
    return np.append(np.arange(0.0, trajectory.duration, 0.001), trajectory.duration)


def distance_to_line(points: FloatArray, start: FloatArray, end: FloatArray) -> float:
    way = points - start
    along = np.outer(way @ (end - start), end - start) / ((end - start) @ (end - start))
    return float(np.abs(way - along).max())


@given(models, fractions, fractions, st.floats(0.0, 1.0))
@settings(max_examples=50)
def test_stop_and_rest_keep_path_and_limits(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], share: float
) -> None:
    start, end = joints_at(model, first), joints_at(model, last)
    if np.abs(end - start).max() < 0.01:
        return
    move = plan_ptp(model, start.tolist(), end.tolist())
    time = share * move.duration
    stop = plan_stop(move, time, model)

    at_stop, first_point = move.sample(time), stop.trajectory.positions[0]
    np.testing.assert_allclose(first_point, at_stop.position, atol=1e-12)
    np.testing.assert_allclose(stop.trajectory.velocities[0], at_stop.velocity, atol=1e-12)
    np.testing.assert_allclose(stop.trajectory.accelerations[0], at_stop.acceleration, atol=1e-9)
    assert np.abs(stop.trajectory.velocities[-1]).max() == 0.0
    np.testing.assert_allclose(stop.trajectory.positions[-1], move.sample(stop.path_time).position, atol=1e-9)
    assert time <= stop.path_time <= move.duration

    rest = plan_rest(move, stop.path_time, model)
    np.testing.assert_allclose(rest.positions[0], stop.trajectory.positions[-1], atol=1e-9)
    np.testing.assert_allclose(rest.positions[-1], end, atol=1e-6)
    assert np.abs(rest.velocities[[0, -1]]).max() < 1e-6

    for trajectory, factor in ((stop.trajectory, STOP_FACTOR), (rest, 1.0)):
        state = trajectory.sample_many(every_millisecond(trajectory))
        assert distance_to_line(state.position, start, end) < 1e-9
        assert (np.abs(state.velocity) <= np.array(model.velocity) * SPLINES).all()
        assert (np.abs(state.acceleration) <= np.array(model.acceleration) * factor * SPLINES).all()


def test_stop_at_full_speed_is_about_as_short_as_the_deceleration_allows() -> None:
    move = plan_ptp(KR210, HOME, (2.8, *HOME[1:]))
    stop = plan_stop(move, move.duration / 2, KR210)
    shortest = KR210.velocity[0] / (STOP_FACTOR * KR210.acceleration[0])
    assert shortest < stop.trajectory.duration < shortest + 0.15
    assert plan_stop(move, move.duration / 2, KR210, factor=1.0).trajectory.duration > stop.trajectory.duration


def test_stop_stays_on_a_path_with_corners() -> None:
    move = plan_via(KR210, [HOME, (0.5, -1.4, 1.5, 0.5, 0.4, 0.0), (0.6, -1.0, 1.0, 0.0, 0.8, 0.6)])
    path = move.sample_many(np.arange(0.0, move.duration, 0.0002)).position
    for time in np.linspace(0.1, move.duration - 0.1, 4):
        stop = plan_stop(move, float(time), KR210)
        rest = plan_rest(move, stop.path_time, KR210)
        for trajectory in (stop.trajectory, rest):
            for position in trajectory.sample_many(every_millisecond(trajectory)[::9]).position:
                assert np.abs(path - position).max(axis=1).min() < 3e-4


def test_speed_only_falls_in_a_stop() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    stop = plan_stop(move, 0.5 * move.duration, KR210)
    speeds = np.abs(stop.trajectory.sample_many(every_millisecond(stop.trajectory)).velocity[:, 0])
    assert (np.diff(speeds) <= 1e-6).all()


@pytest.mark.parametrize("time", [-1.0, 0.0])
def test_stop_before_the_start_hardly_moves(time: float) -> None:
    stop = plan_stop(plan_ptp(KR210, HOME, FAR), time, KR210)
    assert np.abs(stop.trajectory.positions[-1] - HOME).max() < 1e-3


def test_stop_after_the_end_is_the_end() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    stop = plan_stop(move, move.duration + 1.0, KR210)
    assert stop.path_time == move.duration
    assert stop.trajectory.positions.tolist() == [list(FAR)]
    assert plan_rest(move, stop.path_time, KR210).positions.tolist() == [list(FAR)]


def test_stop_of_a_stop_and_of_a_rest_work() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    stop = plan_stop(move, 1.0, KR210)
    again = plan_stop(stop.trajectory, 0.1, KR210)
    np.testing.assert_allclose(again.trajectory.positions[0], stop.trajectory.sample(0.1).position)
    rest = plan_rest(move, stop.path_time, KR210)
    second = plan_stop(rest, 0.2, KR210)
    final = plan_rest(rest, second.path_time, KR210)
    np.testing.assert_allclose(final.positions[-1], FAR, atol=1e-6)


def test_rest_takes_little_longer_than_what_was_left() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    left = move.duration - 1.0
    assert left < plan_rest(move, 1.0, KR210).duration < left + 1.0
