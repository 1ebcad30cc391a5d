# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Stops, resumes and changes of the override: on the path, within the limits, to the same end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import MotionError
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.pacing.pace import HIGHEST_RATE, STOP_FACTOR, Pace, plan_rate, plan_resume, plan_stop, run_at
from smart_cell.motion.trajectory import FloatArray, Trajectory

KR210 = arm_model("kr210_r2700_2")
FAR = (2.0, -1.2, 1.9, 1.0, 0.8, -1.5)
ON_PATH = 1e-6
"""How far between its points [rad] a trajectory may be from the programmed path."""
ROUNDING = 1e-4
"""Limits of acceleration and jerk that are met exactly, may be exceeded by this share: where a step is very short,
the splines are only known to about this."""

models = st.sampled_from(list(arm_models().values()))
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)
shares = st.floats(0.0, 1.0)
rates = st.sampled_from([0.01, 0.1, 0.5, 1.0]) | st.floats(0.01, 1.0)
numeric = settings(max_examples=40, deadline=None)


def joints_at(model: ArmModel, parts: tuple[float, ...]) -> list[float]:
    return [low + part * (high - low) for low, high, part in zip(model.lower, model.upper, parts, strict=True)]


def some_move(model: ArmModel, first: tuple[float, ...], last: tuple[float, ...], reach: float) -> Trajectory:
    start = np.array(joints_at(model, first))
    end = start + reach * (np.array(joints_at(model, last)) - start)
    assume(np.abs(end - start).max() > 0.01)
    return plan_ptp(model, start.tolist(), end.tolist())


def dense(trajectory: Trajectory, count: int = 8) -> FloatArray:
    """Return `count` times in every interval, both of its ends among them."""
    shares_of = np.append(np.arange(count - 1) / (count - 1), 1.0 - 1e-9)
    return (trajectory.times[:-1, np.newaxis] + np.outer(np.diff(trajectory.times), shares_of)).ravel()


def check(pace: Pace, model: ArmModel, factor: float = 1.0) -> None:
    """Check that a pace keeps path and limits at every time, and that its time and path time only grow."""
    trajectory = pace.trajectory
    assert (np.diff(trajectory.times) > 0.0).all()
    assert np.abs(trajectory.velocities[-1]).max() == 0.0
    if len(trajectory.times) == 1:
        return
    times = dense(trajectory)
    state, jerk = trajectory.sample_many(times), trajectory.jerk_many(times)
    path_times = np.array([pace.at(time).path_time for time in times])
    assert (np.diff(path_times) >= -1e-9).all()
    assert np.abs(state.position - pace.path.sample_many(path_times).position).max() <= ON_PATH
    assert (np.abs(state.velocity) <= np.array(model.velocity) * (1.0 + 1e-6)).all()
    assert (np.abs(state.acceleration) <= factor * np.array(model.acceleration) * (1.0 + ROUNDING)).all()
    assert (np.abs(jerk) <= factor * np.array(model.jerk) * (1.0 + ROUNDING)).all()


def check_joint(before: Pace, time: float, after: Pace, model: ArmModel) -> None:
    """Check that a pace begins in the state that the one before it has at a time."""
    state, first = before.trajectory.sample(time), after.trajectory
    np.testing.assert_allclose(first.positions[0], state.position, atol=ON_PATH)
    np.testing.assert_allclose(first.velocities[0], state.velocity, atol=1e-4)
    off = np.abs(first.accelerations[0] - state.acceleration)
    assert (off <= 2e-3 * np.array(model.acceleration)).all()


@given(models, fractions, fractions, shares, shares, rates, rates)
@numeric
def test_stop_and_resume_keep_path_limits_and_end(
    model: ArmModel,
    first: tuple[float, ...],
    last: tuple[float, ...],
    reach: float,
    when: float,
    before: float,
    after: float,
) -> None:
    move = some_move(model, first, last, reach)
    run = run_at(move, before)
    check(run, model)
    time = when * run.duration
    stop = plan_stop(run, time, model)
    check(stop, model, STOP_FACTOR)
    check_joint(run, time, stop, model)
    assert run.at(time).path_time <= stop.end <= move.duration
    resumed = plan_resume(move, stop.end, after, model)
    check(resumed, model)
    check_joint(stop, stop.duration, resumed, model)
    np.testing.assert_allclose(resumed.trajectory.positions[-1], move.positions[-1], atol=1e-12)


@given(models, fractions, fractions, shares, rates, st.lists(st.tuples(shares, rates), min_size=1, max_size=3), shares)
@numeric
def test_override_changes_and_a_stop_at_any_time_keep_path_limits_and_end(
    model: ArmModel,
    first: tuple[float, ...],
    last: tuple[float, ...],
    reach: float,
    rate: float,
    changes: list[tuple[float, float]],
    when: float,
) -> None:
    move = some_move(model, first, last, reach)
    pace = run_at(move, rate)
    for share, wanted in changes:
        # early in the pace: in the middle of the change before
        time = share**3 * pace.duration
        after = plan_rate(pace, time, wanted, model)
        check(after, model)
        check_joint(pace, time, after, model)
        np.testing.assert_allclose(after.trajectory.positions[-1], move.positions[-1], atol=1e-12)
        pace = after
    time = when**3 * pace.duration
    stop = plan_stop(pace, time, model)
    check(stop, model, STOP_FACTOR)
    check_joint(pace, time, stop, model)


def test_change_of_override_reaches_the_rate_where_there_is_room() -> None:
    run = run_at(plan_ptp(KR210, HOME, (2.8, *HOME[1:])))
    slower = plan_rate(run, 0.5 * run.duration, 0.3, KR210)
    assert slower.rates[-1] == 0.3
    assert slower.at(1.2).rate == pytest.approx(0.3)
    faster = plan_rate(slower, 1.5, 1.0, KR210)
    assert faster.rates[-1] == HIGHEST_RATE
    check(faster, KR210)


def test_no_room_to_slow_down_leaves_the_rate_until_there_is() -> None:
    run = run_at(plan_ptp(KR210, HOME, (2.8, *HOME[1:])))
    braking = run.duration - 0.6
    slower = plan_rate(run, braking, 0.1, KR210)
    check(slower, KR210)
    assert slower.at(0.05).rate == pytest.approx(1.0, abs=1e-3)


def test_stop_at_full_speed_is_about_as_short_as_the_limits_allow() -> None:
    run = run_at(plan_ptp(KR210, HOME, (2.8, *HOME[1:])))
    stop = plan_stop(run, run.duration / 2, KR210)
    shortest = KR210.velocity[0] / (STOP_FACTOR * KR210.acceleration[0])
    ramp = KR210.acceleration[0] / KR210.jerk[0]
    assert shortest + ramp - 0.1 < stop.duration < 1.1 * (shortest + ramp)
    assert plan_stop(run, run.duration / 2, KR210, factor=1.0).duration > stop.duration


@pytest.mark.parametrize("share", [0.1, 0.2, 0.35, 0.5, 0.65, 0.8])
def test_stop_while_accelerating_or_braking_brakes_as_hard_as_it_may(share: float) -> None:
    move = plan_ptp(KR210, HOME, FAR)
    stop = plan_stop(run_at(move), share * move.duration, KR210)
    times = dense(stop.trajectory)
    strongest = np.abs(stop.trajectory.sample_many(times).acceleration / np.array(KR210.acceleration)).max()
    sharpest = np.abs(stop.trajectory.jerk_many(times) / np.array(KR210.jerk)).max()
    assert max(strongest, sharpest) > 0.9 * STOP_FACTOR


def test_speed_only_falls_in_a_stop() -> None:
    run = run_at(plan_ptp(KR210, HOME, FAR))
    stop = plan_stop(run, 0.5 * run.duration, KR210)
    speeds = np.abs(stop.trajectory.sample_many(dense(stop.trajectory)).velocity[:, 0])
    assert (np.diff(speeds) <= 1e-6).all()


def test_resume_takes_little_longer_than_what_was_left() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    left = move.duration - 1.0
    assert left < plan_resume(move, 1.0, 1.0, KR210).duration < left + 1.0


def test_messages_stay_small() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    for share in np.linspace(0.05, 0.95, 10):
        stop = plan_stop(run_at(move), float(share) * move.duration, KR210)
        assert len(stop.trajectory.times) <= 60
        assert len(plan_resume(move, stop.end, 1.0, KR210).trajectory.times) <= 100


@pytest.mark.parametrize("time", [-1.0, 0.0])
def test_stop_before_the_start_hardly_moves(time: float) -> None:
    stop = plan_stop(run_at(plan_ptp(KR210, HOME, FAR)), time, KR210)
    assert np.abs(stop.trajectory.positions[-1] - HOME).max() < 1e-3


def test_stop_after_the_end_is_the_end() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    stop = plan_stop(run_at(move), move.duration + 1.0, KR210)
    assert stop.end == move.duration
    assert stop.trajectory.positions.tolist() == [list(FAR)]
    assert plan_resume(move, stop.end, 1.0, KR210).trajectory.positions.tolist() == [list(FAR)]


def test_stop_of_a_stop_ends_no_later() -> None:
    run = run_at(plan_ptp(KR210, HOME, FAR))
    stop = plan_stop(run, 1.0, KR210)
    again = plan_stop(stop, 0.1, KR210)
    check(again, KR210, STOP_FACTOR)
    check_joint(stop, 0.1, again, KR210)
    assert again.duration == pytest.approx(stop.duration - 0.1, abs=0.1)


def test_run_at_a_rate_is_the_same_path_in_more_time() -> None:
    move = plan_ptp(KR210, HOME, FAR)
    assert run_at(move).trajectory is move
    half = run_at(move, 0.5)
    assert half.duration == pytest.approx(2.0 * move.duration)
    times = np.linspace(0.0, half.duration, 50)
    np.testing.assert_allclose(
        half.trajectory.sample_many(times).position, move.sample_many(0.5 * times).position, atol=1e-8
    )


@pytest.mark.parametrize("rate", [0.0, -0.5, 1.1, float("nan")])
def test_rate_out_of_range_is_refused(rate: float) -> None:
    move = plan_ptp(KR210, HOME, FAR)
    with pytest.raises(MotionError, match="out of range"):
        run_at(move, rate)
    with pytest.raises(MotionError, match="out of range"):
        plan_rate(run_at(move), 0.5, rate, KR210)
    with pytest.raises(MotionError, match="out of range"):
        plan_resume(move, 0.5, rate, KR210)


def test_path_with_a_corner_has_no_stop() -> None:
    corner = Trajectory.from_points([0.0, 0.2, 0.4], [HOME, (0.4, *HOME[1:]), HOME])
    with pytest.raises(MotionError, match="cannot stop on its path"):
        plan_stop(run_at(corner), 0.15, KR210)
