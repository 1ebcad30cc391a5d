# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from motion_checks import assert_keeps_limits, dense_times, joints_within, speed_of, tool_points

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import MotionError
from smart_cell.motion.limits import T1_SPEED
from smart_cell.motion.moves.profile import MIN_SEGMENT
from smart_cell.motion.moves.ptp import plan_ptp, ptp_time, ptp_times, ptp_times_paired
from smart_cell.motion.moves.synchronous import NO_MOVE, synchronous_move
from smart_cell.motion.trajectory import FloatArray

KR210 = arm_model("kr210_r2700_2")
models = st.sampled_from(sorted(arm_models())).map(arm_model)
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)
overrides = st.sampled_from([0.1, 0.37, 1.0])
NANOSECOND = 1e-9


def move_within(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], exponent: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Return start and end of a move within the limits, the shorter the smaller the exponent is."""
    start, end = np.array(joints_within(model, first)), np.array(joints_within(model, last))
    return start, start + (end - start) * 10.0**exponent


@given(models, fractions, fractions, st.floats(-5.0, 0.0), overrides)
@settings(max_examples=60, deadline=None)
def test_ptp_is_rest_to_rest_within_all_limits(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], exponent: float, override: float
) -> None:
    start, end = move_within(model, first, last, exponent)
    trajectory = plan_ptp(model, start.tolist(), end.tolist(), override=override)
    assert trajectory.positions[0] == pytest.approx(start)
    assert trajectory.positions[-1].tolist() == end.tolist()
    for ends in (trajectory.velocities, trajectory.accelerations):
        assert np.abs(ends[[0, -1]]).max() == 0.0
    assert (np.diff(trajectory.times) > 0.0).all()
    planned = ptp_time(model, start.tolist(), end.tolist(), override)
    # a segment of the profile or the way between two knots may have been too short
    assert planned - 1e-12 <= trajectory.duration <= 1.01 * planned + 4.0 * MIN_SEGMENT / override
    assert_keeps_limits(model, trajectory, override)


@given(models, fractions, fractions, st.floats(-5.0, 0.0), st.sampled_from([0.02, 0.1, 0.5]))
@settings(max_examples=60, deadline=None)
def test_takes_as_long_as_the_time_optimal_synchronised_move_of_ruckig(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], exponent: float, jerk_time: float
) -> None:
    ruckig = pytest.importorskip("ruckig")
    model = model.with_jerk_time(jerk_time)
    start, end = move_within(model, first, last, exponent)
    assume(bool(np.abs(end - start).max() >= 10.0 * NO_MOVE))
    asked = ruckig.InputParameter(6)
    asked.current_position, asked.target_position = start.tolist(), end.tolist()
    asked.max_velocity, asked.max_acceleration, asked.max_jerk = model.velocity, model.acceleration, model.jerk
    answer = ruckig.Trajectory(6)
    ruckig.Ruckig(6).calculate(asked, answer)
    assert ptp_time(model, start.tolist(), end.tolist()) == pytest.approx(answer.duration, rel=1e-9, abs=1e-7)
    planned = plan_ptp(model, start.tolist(), end.tolist()).duration
    assert planned == pytest.approx(answer.duration, rel=0.01, abs=2.0 * MIN_SEGMENT)


def test_most_moves_take_exactly_the_shortest_time() -> None:
    random = np.random.default_rng(5)
    longer = []
    for model in arm_models().values():
        starts, ends = random.uniform(model.lower, model.upper, (2, 10, 6))
        planned = [plan_ptp(model, start, end).duration for start, end in zip(starts, ends, strict=True)]
        longer += (np.array(planned) / ptp_times_paired(model, starts, ends)).tolist()
    assert np.quantile(longer, 0.95) <= 1.0 + 1e-6
    assert max(longer) <= 1.01


@given(models, fractions, fractions)
@settings(max_examples=40, deadline=None)
def test_joints_keep_to_a_straight_line_or_to_their_own_limits(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...]
) -> None:
    start, end = move_within(model, first, last)
    move = synchronous_move(model, start.tolist(), end.tolist())
    if move is None:
        return
    leader, led = move.shapes[0]
    for shape, way in move.shapes:
        assert shape.duration == pytest.approx(move.duration)
        if shape is not leader:
            # it would break a limit with the profile of the leading joint
            for joint in np.flatnonzero(way):
                length = abs(float(way[joint]))
                assert (
                    length * leader.speed > model.velocity[joint]
                    or length * leader.acceleration > model.acceleration[joint]
                    or length * leader.jerk > model.jerk[joint]
                )
    np.testing.assert_allclose(sum(way for _, way in move.shapes), end - start)
    state = move.sample_many(np.linspace(0.0, move.duration, 50))
    shares = leader.sample(np.linspace(0.0, move.duration, 50, dtype=np.float64))[0]
    joints = np.flatnonzero(led)
    np.testing.assert_allclose(state.position[:, joints], (start + np.outer(shares, led))[:, joints], atol=1e-9)


def test_arm_with_alike_joints_moves_on_a_straight_line_with_eight_points() -> None:
    start, end = np.array(HOME), np.array(HOME) + np.array([0.8, -0.5, 0.5, 0.3, -0.2, 0.1])
    trajectory = plan_ptp(KR210, HOME, end.tolist())
    assert len(trajectory.times) == 8 - (trajectory.duration < 2 * KR210.velocity[0] / KR210.acceleration[0])
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
        dense.sample_many(times).position, plan_ptp(KR210, HOME, end).sample_many(times).position, atol=1e-8
    )
    assert_keeps_limits(KR210, dense)


@given(models, fractions, fractions, st.sampled_from([0.03, 0.5]))
@settings(max_examples=20, deadline=None)
def test_override_scales_time_and_keeps_the_path(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], override: float
) -> None:
    start, end = (point.tolist() for point in move_within(model, first, last))
    full, reduced = plan_ptp(model, start, end), plan_ptp(model, start, end, override=override)
    assert reduced.duration == pytest.approx(full.duration / override, rel=1e-12, abs=2.0 * NANOSECOND / override)
    shares = np.linspace(0.0, 1.0, 50)
    np.testing.assert_allclose(
        reduced.sample_many(shares * reduced.duration).position,
        full.sample_many(shares * full.duration).position,
        atol=1e-7,
    )


@given(models, fractions, fractions, overrides, st.sampled_from([None, IDENTITY, Pose((0.3, 0.0, 0.6))]))
@settings(max_examples=20, deadline=None)
def test_tool_speed_holds_for_tool_point_and_flange_and_keeps_the_path(
    model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], override: float, tool: Pose | None
) -> None:
    start, end = (point.tolist() for point in move_within(model, first, last))
    reduced = plan_ptp(model, start, end, override=override, tool=tool, tool_speed=T1_SPEED)
    times = dense_times(reduced, 200)
    positions = reduced.sample_many(times).position
    fastest = 0.0
    if len(times) > 1:
        for point in (IDENTITY, tool or IDENTITY):
            fastest = max(fastest, float(speed_of(tool_points(model, positions, point), times).max()))
    assert fastest <= T1_SPEED * override * (1.0 + 1e-4)
    assert_keeps_limits(model, reduced, override)
    full = plan_ptp(model, start, end)
    shares = np.linspace(0.0, 1.0, 50)
    np.testing.assert_allclose(
        reduced.sample_many(shares * reduced.duration).position,
        full.sample_many(shares * full.duration).position,
        atol=1e-7,
    )


def test_tool_speed_is_used_up() -> None:
    trajectory = plan_ptp(KR210, HOME, (2.0, *HOME[1:]), tool_speed=T1_SPEED)
    times = np.linspace(0.0, trajectory.duration, 2001, dtype=np.float64)
    speeds = speed_of(tool_points(KR210, trajectory.sample_many(times).position), times)
    assert speeds.max() == pytest.approx(T1_SPEED, rel=1e-3)
    slow = plan_ptp(KR210, HOME, (0.02, *HOME[1:]))
    assert plan_ptp(KR210, HOME, (0.02, *HOME[1:]), tool_speed=9.0).duration == pytest.approx(slow.duration, abs=1e-8)


@pytest.mark.parametrize("way", [1e-8, 3e-9, -1e-6])
def test_tiny_moves_keep_limits(way: float) -> None:
    end = tuple(joint + way for joint in HOME)
    trajectory = plan_ptp(KR210, HOME, end)
    assert trajectory.positions[-1].tolist() == list(end)
    peaks = trajectory.peaks()
    assert (peaks.jerk <= np.array(KR210.jerk) * 1.0001).all()
    assert trajectory.duration == pytest.approx(ptp_time(KR210, HOME, end), abs=2.0 * MIN_SEGMENT)


def test_no_move_is_a_single_point() -> None:
    trajectory = plan_ptp(KR210, HOME, HOME)
    assert trajectory.times.tolist() == [0.0]
    assert ptp_time(KR210, HOME, HOME) == 0.0
    here = np.array([HOME])
    assert ptp_times(KR210, here, here).tolist() == [[0.0]]


@given(models, st.integers(0, 2**32 - 1), st.sampled_from([1e-9, 1e-4, 0.01, 0.1, 1.0, 3.0]))
@settings(deadline=None)
def test_tables_hold_the_same_times_as_one_by_one(model: ArmModel, seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    starts = random.uniform(model.lower, model.upper, (3, 6))
    ends = starts[:2] + share * random.uniform(-1.0, 1.0, (2, 6))
    wanted = np.array([[ptp_time(model, start, end) for end in ends] for start in starts])
    assert ptp_times(model, starts, ends) == pytest.approx(wanted, rel=1e-9)
    assert ptp_times_paired(model, starts[:2], ends) == pytest.approx(np.diag(wanted[:2]), rel=1e-9)


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


def test_tool_speed_must_allow_motion() -> None:
    with pytest.raises(MotionError, match=r"tool speed 0\.0 m/s"):
        plan_ptp(KR210, HOME, HOME, tool_speed=0.0)


@pytest.mark.parametrize("trace", [5e-324, 1.8e-308, 1e-200, 1e-30, 1e-12, 9e-10])
def test_joint_that_moves_by_a_trace_follows_the_others(trace: float) -> None:
    end = (HOME[0], HOME[1], HOME[2], trace, 0.2, -1e-5)
    trajectory = plan_ptp(KR210, HOME, end)
    assert trajectory.positions[-1].tolist() == list(end)
    assert trajectory.duration == pytest.approx(ptp_time(KR210, HOME, end), rel=0.01)
