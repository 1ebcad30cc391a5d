# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.errors import MotionError
from smart_cell.motion.trajectory import FloatArray, Trajectory, chain

values = st.lists(st.floats(-3.0, 3.0), min_size=18, max_size=18)


@given(values, st.floats(0.05, 3.0))
@settings(max_examples=30)
def test_quintic_segments_reproduce_a_quintic_motion(numbers: list[float], length: float) -> None:
    coefficients = np.array(numbers).reshape(6, 3)
    times = np.array([0.0, 0.4 * length, length])

    def motion(t: FloatArray, derivative: int) -> FloatArray:
        columns = [np.polynomial.polynomial.polyder(column, derivative) for column in coefficients.T]
        return np.stack([np.polynomial.polynomial.polyval(t, column) for column in columns], axis=-1)

    trajectory = Trajectory.from_points(
        times.tolist(), motion(times, 0), motion(times, 1).tolist(), motion(times, 2).tolist()
    )
    for t in (0.0, 0.1 * length, 0.5 * length, 0.99 * length):
        state = trajectory.sample(t)
        np.testing.assert_allclose(state.position, motion(np.array(t), 0), atol=1e-6, rtol=1e-6)
        np.testing.assert_allclose(state.velocity, motion(np.array(t), 1), atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(state.acceleration, motion(np.array(t), 2), atol=1e-2, rtol=1e-3)


def test_missing_derivatives_lower_the_degree_segment_by_segment() -> None:
    trajectory = Trajectory.from_points(
        [0.0, 1.0, 2.0, 3.0],
        [[0.0], [1.0], [1.0], [0.0]],
        [[], [0.0], [0.0], []],
    )
    assert trajectory.sample(0.5).velocity == pytest.approx([1.0])
    assert trajectory.sample(0.25).position == pytest.approx([0.25])
    assert trajectory.sample(1.5).position == pytest.approx([1.0])
    assert trajectory.sample(2.25).velocity == pytest.approx([-1.0])
    cubic = Trajectory.from_points([0.0, 2.0], [[0.0], [1.0]], [[0.0], [0.0]])
    assert cubic.sample(1.0).position == pytest.approx([0.5])
    assert cubic.sample(1.0).velocity == pytest.approx([0.75])
    assert cubic.sample(0.5).position == pytest.approx([3 / 16 - 2 / 64])


def test_rests_before_the_start_and_after_the_end() -> None:
    trajectory = Trajectory.from_points([1.0, 2.0], [[0.0, 0.0], [1.0, 2.0]], [[0.5, 0.5], [0.0, 0.0]])
    assert trajectory.sample(0.5).position.tolist() == [0.0, 0.0]
    assert trajectory.sample(0.5).velocity.tolist() == [0.0, 0.0]
    assert trajectory.sample(9.0).position.tolist() == [1.0, 2.0]
    assert trajectory.sample(2.0).velocity.tolist() == [0.0, 0.0]
    assert (trajectory.start, trajectory.duration) == (1.0, 2.0)


def test_many_samples_agree_with_single_ones() -> None:
    trajectory = Trajectory.from_points([0.0, 0.7, 2.0], [[0.0], [1.0], [0.3]], [[0.0], [0.4], [0.0]])
    times = [-1.0, 0.0, 0.3, 0.7, 1.9, 2.0, 3.0]
    many = trajectory.sample_many(times)
    for index, time in enumerate(times):
        single = trajectory.sample(time)
        np.testing.assert_allclose(many.position[index], single.position)
        np.testing.assert_allclose(many.velocity[index], single.velocity)
        np.testing.assert_allclose(many.acceleration[index], single.acceleration)


def test_single_point_is_a_place_to_rest() -> None:
    trajectory = Trajectory.from_points([0.0], [[1.0, 2.0]])
    assert trajectory.duration == 0.0
    assert trajectory.sample(5.0).position.tolist() == [1.0, 2.0]
    assert trajectory.sample_many([0.0, 1.0]).position.tolist() == [[1.0, 2.0]] * 2


@pytest.mark.parametrize(
    ("times", "positions", "velocities", "text"),
    [
        ([], [], [], "points"),
        ([0.0, 0.0], [[0.0], [1.0]], [], "increase strictly; point 1"),
        ([0.0, 1.0], [[0.0], [float("nan")]], [], "finite"),
        ([0.0, 1.0], [[0.0], [1.0]], [[0.0]], "one row per point"),
        ([0.0, 1.0], [[0.0], [1.0]], [[0.0], [0.0, 1.0]], "point 1 has 1 positions but 2"),
        ([0.0], [[0.0], [1.0]], [], "shape"),
    ],
)
def test_malformed_points_are_refused(
    times: list[float], positions: list[list[float]], velocities: list[list[float]], text: str
) -> None:
    with pytest.raises(MotionError, match=text):
        Trajectory.from_points(times, positions, velocities)


def test_chain_runs_one_after_the_other() -> None:
    first = Trajectory.from_points([0.0, 1.0], [[0.0], [1.0]], [[0.0], [0.0]])
    second = Trajectory.from_points([5.0, 7.0], [[1.0], [3.0]], [[0.0], [0.0]])
    both = chain([first, second])
    assert both.times.tolist() == [0.0, 1.0, 3.0]
    assert both.sample(2.0).position == pytest.approx(second.sample(6.0).position)
    assert both.sample(0.3).position == pytest.approx(first.sample(0.3).position)


def test_chain_refuses_a_jump() -> None:
    first = Trajectory.from_points([0.0, 1.0], [[0.0, 0.0], [1.0, 1.0]])
    second = Trajectory.from_points([0.0, 1.0], [[1.0, 1.5], [2.0, 2.0]])
    with pytest.raises(MotionError, match=r"trajectory 1 .* joint_2 is off by 0.500000 rad"):
        chain([first, second])
    with pytest.raises(MotionError, match="no trajectory"):
        chain([])


def test_shifted_is_the_same_motion_later() -> None:
    trajectory = Trajectory.from_points([0.0, 1.0], [[0.0], [1.0]], [[0.0], [0.0]])
    assert trajectory.shifted(2.0).sample(2.25).position == pytest.approx(trajectory.sample(0.25).position)


def test_samples_are_at_multiples_of_the_period_and_at_the_end() -> None:
    trajectory = Trajectory.from_points([1.0, 2.01], [[0.0], [1.0]], [[0.0], [0.0]], [[0.0], [0.0]])
    sampled = trajectory.sampled(0.25)
    np.testing.assert_allclose(sampled.times, [1.0, 1.25, 1.5, 1.75, 2.01])
    state = trajectory.sample_many(sampled.times)
    np.testing.assert_allclose(sampled.positions, state.position)
    np.testing.assert_allclose(sampled.velocities, state.velocity)
    np.testing.assert_allclose(sampled.accelerations, state.acceleration)
    assert sampled.positions[-1].tolist() == [1.0]
    np.testing.assert_allclose(trajectory.sampled(0.2).times[-2:], [1.8, 2.01])
    assert Trajectory.from_points([3.0], [[1.0]]).sampled(0.1).times.tolist() == [3.0]
    with pytest.raises(MotionError, match="period 0"):
        trajectory.sampled(0.0)


@given(values, st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_peaks_are_the_largest_values_anywhere(numbers: list[float], steps: list[float], seed: int) -> None:
    times = np.concatenate([[0.0], np.cumsum(steps)])
    random = np.random.default_rng(seed)
    points = [random.normal(scale=np.abs(numbers[:3]) + 1e-3, size=(len(times), 3)) for _ in range(3)]
    trajectory = Trajectory(times, *points)
    peaks = trajectory.peaks()
    looks = np.concatenate([np.linspace(0.0, trajectory.duration, 5_001)[:-1], times[:-1], times[1:] - 1e-9])
    state = trajectory.sample_many(looks)
    for peak, values in (
        (peaks.acceleration, state.acceleration),
        (peaks.jerk, trajectory.jerk_many(looks)),
        (peaks.velocity, state.velocity),
    ):
        largest = np.abs(values).max(axis=0)
        np.testing.assert_allclose(peak, largest, rtol=3e-3)
        assert (peak >= largest * (1.0 - 1e-3)).all()


def test_peaks_of_constant_jerk_are_exact() -> None:
    trajectory = Trajectory.from_points(
        [0.0, 1.0, 2.0],
        [[0.0], [1.0 / 6.0], [1.0]],
        [[0.0], [0.5], [1.0]],
        [[0.0], [1.0], [0.0]],
    )
    peaks = trajectory.peaks()
    for peak in (peaks.velocity, peaks.acceleration, peaks.jerk):
        assert peak == pytest.approx([1.0])
    turning = Trajectory.from_points([0.0, 2.0], [[0.0], [1.0 / 3.0]], [[0.5], [0.5]], [[-1.0], [1.0]])
    assert turning.sample(1.0).velocity == pytest.approx([0.0])
    braking = Trajectory.from_points([0.0, 2.0], [[0.0], [-2.0 / 3.0]], [[0.0], [0.0]], [[-1.0], [1.0]])
    assert braking.peaks().velocity == pytest.approx([0.5])


def test_peaks_of_a_rest_are_zero() -> None:
    peaks = Trajectory.from_points([0.0], [[1.0, 2.0]]).peaks()
    assert [peaks.velocity.tolist(), peaks.acceleration.tolist(), peaks.jerk.tolist()] == [[0.0, 0.0]] * 3


def test_jerk_is_the_change_of_the_acceleration() -> None:
    trajectory = Trajectory.from_points(
        [0.0, 0.7, 2.0], [[0.0], [1.0], [0.3]], [[0.0], [0.4], [0.0]], [[0.0], [-1.0], [0.0]]
    )
    times = np.array([0.1, 0.5, 0.9, 1.8])
    ahead, behind = trajectory.sample_many(times + 1e-6), trajectory.sample_many(times - 1e-6)
    wanted = (ahead.acceleration - behind.acceleration) / 2e-6
    np.testing.assert_allclose(trajectory.jerk_many(times), wanted, rtol=1e-4, atol=1e-4)
