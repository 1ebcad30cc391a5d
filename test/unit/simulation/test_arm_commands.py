# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Commands by topic, pace, time-outs and queries of the simulated arm's controller."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_arm import END, GOAL, KR210, MOVE, NAMES, START, goal_of, make_arm, position, run, speed, start

from smart_cell.motion.arm_model import HOME
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.trajectory import State
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_controller import REPLACED, TOPIC, Finished
from smart_cell.simulation.arm_faults import ArmFaults
from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal

OFFSET = ArmFaults(offsets=(0.0, 0.0, 0.01, 0.0, 0.0, 0.0))
WAY = np.array(END) - HOME


# ------------------------------------------------------------------------------------------ by topic


def test_a_trajectory_by_topic_is_run_and_its_end_is_told() -> None:
    arm = make_arm()
    assert arm.command(GOAL, START) == (None, [])
    assert arm.running == TOPIC
    [(_, end)] = run(arm, START, START + MOVE.duration + 0.2)
    assert (end.goal_id, end.succeeded) == (TOPIC, True)
    assert position(arm, START + 3.0) == pytest.approx(END)


def test_a_trajectory_by_topic_replaces_the_goal_and_a_bad_one_does_not() -> None:
    arm = make_arm()
    start(arm)
    run(arm, START, START + 0.5)
    rejection, ended = arm.command(replace(GOAL, points=()), START + 0.5)
    assert rejection is not None
    assert ended == []
    assert arm.running == "g1"
    rejection, [end] = arm.command(JointGoal(NAMES, (GoalPoint(3.0, HOME, (0.0,) * 6, (0.0,) * 6),)), START + 0.5)
    assert rejection is None
    assert end == Finished("g1", ErrorCode.INVALID_GOAL, REPLACED)
    assert arm.step(START + 4.0)[0].goal_id == TOPIC
    assert position(arm, START + 4.0) == pytest.approx(HOME)


def test_a_command_that_times_out_holds_the_arm_where_it_is() -> None:
    arm = make_arm(ArmConfig(cmd_timeout=1.5))
    arm.command(GOAL, START)
    assert run(arm, START, START + MOVE.duration + 1.4) == []
    arm.command(goal_of(plan_ptp(KR210, END, HOME)), START + MOVE.duration + 1.4)
    [(when, end)] = run(arm, START + MOVE.duration + 1.4, START + 3 * MOVE.duration + 3.0)
    assert end.error_string.startswith("Aborted due to command timeout: no other command for 1.5")
    assert when == pytest.approx(2 * MOVE.duration + 1.4 + 1.5, abs=0.02)
    assert position(arm, START + 20.0) == pytest.approx(HOME, abs=1e-6)


def test_the_time_out_counts_for_goals_that_wait_longer_for_their_tolerance() -> None:
    arm = make_arm(ArmConfig(cmd_timeout=1.5))
    arm.set_faults(OFFSET, START)
    start(arm, goal=replace(GOAL, goal_time_tolerance=-1.0))
    [(when, end)] = run(arm, START, START + MOVE.duration + 5.0)
    assert end.error_code is ErrorCode.GOAL_TOLERANCE_VIOLATED
    assert "command timeout" in end.error_string
    assert when == pytest.approx(MOVE.duration + 1.5, abs=0.02)


def test_a_time_out_within_the_goal_time_does_not_count() -> None:
    arm = make_arm(ArmConfig(cmd_timeout=0.5, goal_time=1.0))
    arm.command(GOAL, START)
    [(_, end)] = run(arm, START, START + MOVE.duration + 2.0)
    assert end.succeeded


def test_a_command_that_misses_its_end_is_given_up_after_the_goal_time() -> None:
    arm = make_arm()
    arm.set_faults(OFFSET, START)
    arm.command(GOAL, START)
    [(_, end)] = run(arm, START, START + MOVE.duration + 2.0)
    assert (end.goal_id, end.error_code) == (TOPIC, ErrorCode.GOAL_TOLERANCE_VIOLATED)


# ------------------------------------------------------------------------------------------ pace


@given(st.lists(st.tuples(st.floats(0.05, 0.8), st.sampled_from([0.0, 0.05, 0.3, 0.6, 1.0])), max_size=6))
@settings(max_examples=30)
def test_speed_scaling_keeps_the_path_and_the_end(changes: list[tuple[float, float]]) -> None:
    arm = make_arm()
    start(arm)
    now, ended = START, []
    for wait, factor in [*changes, (0.5, 1.0)]:
        ended += run(arm, now, now + wait)
        now += wait
        assert arm.set_speed_scaling(factor, now) == ""
        off = np.array(position(arm, now)) - HOME
        np.testing.assert_allclose(off, (off @ WAY) / (WAY @ WAY) * WAY, atol=2e-4)
        assert (np.abs(arm.following(now).reference.velocity) <= np.array(KR210.velocity) * 1.001).all()
    ended += run(arm, now, now + 12.0, 0.05)
    assert [end.goal_id for _, end in ended if end.succeeded] == ["g1"]
    assert position(arm, now + 12.0) == pytest.approx(END)


def test_speed_scaling_changes_smoothly() -> None:
    arm = make_arm()
    start(arm)
    run(arm, START, START + 0.7)
    before = arm.following(START + 0.7).reference.velocity
    arm.set_speed_scaling(0.2, START + 0.7)
    times = np.arange(START + 0.704, START + 1.6, 0.004)
    speeds = np.array([before, *(arm.following(now).reference.velocity for now in times.tolist())])
    steepest = np.abs(np.diff(speeds, axis=0) / 0.004).max(axis=0)
    assert (steepest <= np.array(KR210.acceleration) * 1.05).all()
    assert arm.speed_scaling == 0.2


def test_a_pause_keeps_the_goal_and_a_new_goal_waits_for_the_pace() -> None:
    arm = make_arm()
    arm.set_speed_scaling(0.0, START)
    start(arm)
    assert arm.next_event(START + 5.0) is None
    assert run(arm, START, START + 5.0, 0.1) == []
    assert position(arm, START + 5.0) == tuple(HOME)
    arm.set_speed_scaling(0.5, START + 5.0)
    [(_, end)] = run(arm, START + 5.0, START + 10.0)
    assert end.succeeded


@pytest.mark.parametrize("when", [0.5, 0.9, 0.99, 1.0, 1.9, 2.9])
@pytest.mark.parametrize("factor", [0.0, 0.3])
def test_a_path_with_corners_is_paced_too(when: float, factor: float) -> None:
    arm = make_arm()
    places = ((0.2, *HOME[1:]), (0.2, HOME[1] + 0.2, *HOME[2:]), (0.4, HOME[1] + 0.1, *HOME[2:]))
    points = tuple(GoalPoint(number, place) for number, place in enumerate(places, start=1))
    start(arm, "g1", JointGoal(NAMES, points))
    ended = run(arm, START, START + when)
    arm.set_speed_scaling(factor, START + when)
    ended += run(arm, START + when, START + when + 2.0)
    assert arm.following(START + when + 2.0).time == pytest.approx(min(when + 2.0 * factor, 3.0) * (ended == []))
    arm.set_speed_scaling(1.0, START + when + 2.0)
    ended += run(arm, START + when + 2.0, START + when + 8.0)
    assert [end.error_string for _, end in ended] == ["Goal successfully reached!"]
    assert position(arm, START + 20.0) == pytest.approx(places[-1])


def test_a_path_without_accelerations_keeps_its_course_at_another_pace() -> None:
    arm = make_arm()
    still, middle = (0.0,) * 6, (0.3, 0.0, 0.1, 0.0, 0.0, 0.0)
    places = (HOME, (0.3, HOME[1], HOME[2] + 0.2, *HOME[3:]), (0.5, *HOME[1:]))
    points = [GoalPoint(n, place, v) for n, (place, v) in enumerate(zip(places, (still, middle, still), strict=True))]
    goal = JointGoal(NAMES, tuple(points))
    start(arm, "g1", goal)
    run(arm, START, START + 0.5)
    arm.set_speed_scaling(0.4, START + 0.5)
    nominal = make_arm()
    start(nominal, "g1", goal)
    for now in np.arange(START + 0.5, START + 3.5, 0.01).tolist():
        slow = arm.following(now)
        expected = nominal.query(START + slow.time, START)
        assert isinstance(expected, State)
        np.testing.assert_allclose(slow.reference.position, expected.position, atol=1e-4)
    [end] = arm.step(START + 9.0)
    assert end.succeeded


def test_a_new_goal_goes_on_at_the_speed_that_the_arm_has_at_its_pace() -> None:
    arm = make_arm()
    arm.set_speed_scaling(0.5, START)
    start(arm)
    run(arm, START, START + 1.5)
    before = arm.following(START + 1.5).feedback
    start(arm, "g2", JointGoal(NAMES, (GoalPoint(2.0, END, (0.0,) * 6, (0.0,) * 6),)), START + 1.5)
    after = arm.following(START + 1.5)
    np.testing.assert_allclose(after.reference.velocity, before.velocity, atol=1e-6)
    [(_, end)] = run(arm, START + 1.5, START + 6.0)
    assert end.succeeded


@pytest.mark.parametrize("factor", [-0.1, 1.5, math.nan, math.inf])
def test_a_pace_that_is_none_is_ignored(factor: float) -> None:
    arm = make_arm()
    assert "must be 0 to 1" in arm.set_speed_scaling(factor, START)
    assert arm.speed_scaling == 1.0


# ------------------------------------------------------------------------------------------ queries, joints, results


def test_query_tells_the_reference_of_what_runs() -> None:
    arm = make_arm()
    assert arm.query(START, START) == "there is no trajectory"
    start(arm)
    answer = arm.query(START + 1.0, START + 0.2)
    assert isinstance(answer, State)
    np.testing.assert_allclose(answer.position, MOVE.sample(1.0).position, atol=1e-6)
    assert "began 1.000 s later" in str(arm.query(START - 1.0, START + 0.2))
    assert "ends 8." in str(arm.query(START + 10.0, START + 0.2))
    arm.deactivate(START + 0.5)
    assert arm.query(START + 1.0, START + 0.5) == "the controller is not active"


def test_joints_that_a_goal_leaves_out_stay() -> None:
    arm = make_arm(ArmConfig(allow_partial_joints_goal=True))
    start(arm, "g1", JointGoal((NAMES[4],), (GoalPoint(2.0, (0.5,), (0.0,), (0.0,)),)))
    [(_, end)] = run(arm, START, START + 2.5)
    assert end.succeeded
    assert position(arm, START + 3.0) == pytest.approx((*HOME[:4], 0.5, HOME[5]))


@pytest.mark.parametrize("desired", [False, True])
def test_a_goal_that_replaces_another_starts_at_the_measured_or_the_desired_state(desired: bool) -> None:
    arm = make_arm(ArmConfig(interpolate_from_desired_state=desired))
    start(arm)
    run(arm, START, START + 0.4)
    now = START + 0.4
    old = arm.following(now)
    start(arm, "g2", JointGoal(NAMES, (GoalPoint(3.0, HOME, (0.0,) * 6, (0.0,) * 6),)), now)
    expected = old.reference if desired else old.feedback
    np.testing.assert_allclose(arm.following(now).reference.position, expected.position, atol=1e-9)
    assert np.abs(old.error.position).max() > 1e-5


@pytest.mark.parametrize("period", [0.01, 0.37, 4.0])
def test_a_violation_is_found_in_its_cycle_however_rarely_the_arm_is_looked_at(period: float) -> None:
    def stopped(look: float) -> tuple[float, ...]:
        arm = make_arm()
        arm.set_faults(ArmFaults(stuck=frozenset({1})), START)
        start(arm)
        ended = run(arm, START, START + 8.1, look)
        assert [end.error_code for _, end in ended] == [ErrorCode.PATH_TOLERANCE_VIOLATED]
        assert ended[0][1].error_string == (
            "Aborted due to path tolerance violation: r1_joint_1 is off by 0.0516 rad, limit 0.05 rad"
        )
        assert speed(arm, START + 9.0) == 0.0
        return tuple(position(arm, START + 9.0))

    assert stopped(period) == pytest.approx(stopped(0.004), abs=1e-6)
