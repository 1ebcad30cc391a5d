# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_arm import END, GOAL, KR210, MOVE, NAMES, START, goal_of, make_arm, position, run, speed, start

from smart_cell.motion.arm_model import HOME
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.simulation.arm import SimArm
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_controller import TOPIC, Finished
from smart_cell.simulation.arm_faults import ArmFaults
from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal, Tolerance
from smart_cell.simulation.arm_tolerances import ERASED


def test_goal_is_followed_and_reached() -> None:
    arm = make_arm()
    assert start(arm) == []
    assert arm.running == "g1"
    for now in START + np.arange(0.0, MOVE.duration, 0.05):
        assert arm.step(float(now)) == []
        assert position(arm, float(now)) == pytest.approx(MOVE.sample(float(now) - START).position, abs=2e-4)
    [(when, result)] = run(arm, START + MOVE.duration - 0.02, START + MOVE.duration + 0.1)
    assert result == Finished("g1", ErrorCode.SUCCESSFUL, "Goal successfully reached!")
    assert result.succeeded
    assert when == pytest.approx(MOVE.duration, abs=0.011)
    assert arm.running is None
    assert position(arm, START + 99.0) == pytest.approx(END)


def test_next_event_is_the_end_of_the_goal() -> None:
    arm = make_arm()
    assert arm.next_event(START) is None
    start(arm)
    due = arm.next_event(START + 0.1)
    assert due == pytest.approx(START + MOVE.duration)
    assert due is not None
    assert [result.goal_id for result in arm.step(due)] == ["g1"]


def test_result_does_not_depend_on_how_often_it_is_stepped() -> None:
    arm = make_arm()
    start(arm)
    [result] = arm.step(START + MOVE.duration + 0.5)
    assert result.succeeded
    assert position(arm, START + MOVE.duration + 0.5) == pytest.approx(END)


def test_arm_must_be_active() -> None:
    arm = SimArm(KR210, NAMES, HOME)
    rejection = arm.check(GOAL, START)
    assert rejection is not None
    assert "not active" in rejection.text


def test_goals_are_checked_against_form_and_limits() -> None:
    arm = make_arm()
    for goal, text in (
        (replace(GOAL, joint_names=NAMES[:5]), "5 joints"),
        (replace(GOAL, points=(GoalPoint(5.0, (0.0, -3.0, *HOME[2:])),)), "joint_2 at -3.0000 rad"),
    ):
        rejection = arm.check(goal, START)
        assert rejection is not None
        assert text in rejection.text


def test_new_goal_preempts_and_starts_from_the_measured_state() -> None:
    arm = make_arm()
    start(arm)
    middle = START + MOVE.duration / 2
    run(arm, START, middle)
    before, velocity = np.array(position(arm, middle)), speed(arm, middle)
    back = JointGoal(NAMES, (GoalPoint(3.0, HOME, (0.0,) * 6, (0.0,) * 6),))
    [old] = start(arm, "g2", back, middle)
    assert old == Finished("g1", ErrorCode.INVALID_GOAL, "Current goal preempted by new incoming action.")
    assert np.abs(np.array(position(arm, middle + 0.001)) - before).max() < 0.001 * velocity * 1.1
    assert speed(arm, middle + 0.001) == pytest.approx(velocity, rel=0.05)
    [(_, result)] = run(arm, middle, middle + 3.5)
    assert result.goal_id == "g2"
    assert result.succeeded


def test_cancel_stops_on_the_path() -> None:
    arm = make_arm()
    start(arm)
    middle = START + MOVE.duration / 2
    run(arm, START, middle)
    assert arm.cancel("another", middle) == []
    [result] = arm.cancel("g1", middle)
    assert result.canceled
    assert not result.succeeded
    assert arm.running is None
    assert speed(arm, middle + 0.05) > 0.1
    assert speed(arm, middle + 2.0) == 0.0
    rest = np.array(position(arm, middle + 2.0))
    share = (rest - HOME) / (np.array(END) - HOME)
    np.testing.assert_allclose(share, share[0], atol=1e-6)
    assert 0.5 < share[0] < 1.0
    assert arm.cancel("g1", middle + 2.0) == []


def test_deactivation_ends_the_goal_and_stops() -> None:
    arm = make_arm()
    start(arm)
    run(arm, START, START + 1.0)
    [result] = arm.deactivate(START + 1.0)
    assert result == Finished("g1", ErrorCode.INVALID_GOAL, "Current goal cancelled during deactivate transition.")
    assert not arm.active
    assert speed(arm, START + 3.0) == 0.0
    arm.activate(START + 3.0)
    assert arm.check(goal_of(plan_ptp(KR210, position(arm, START + 3.0), HOME)), START + 3.0) is None


def test_safety_input_stops_on_the_path_and_keeps_the_drives_off() -> None:
    arm = make_arm()
    start(arm)
    middle = START + MOVE.duration / 2
    run(arm, START, middle)
    fast = speed(arm, middle)
    [result] = arm.set_safe(False, middle, "emergency stop")
    assert result.error_code is ErrorCode.INVALID_GOAL
    assert result.error_string == "stopped on the path by emergency stop"
    assert speed(arm, middle + 0.06) < fast
    assert speed(arm, middle + 2.0) == 0.0
    stopped_at = position(arm, middle + 2.0)

    later = middle + 3.0
    home = goal_of(plan_ptp(KR210, stopped_at, HOME))
    rejection = arm.check(home, later)
    assert rejection is not None
    assert "safety input" in rejection.text
    arm.set_drives(True, later)
    assert not arm.drives, "drives must not switch on while the safety input forbids it"

    assert arm.set_safe(True, later + 1.0) == []
    assert position(arm, later + 2.0) == stopped_at
    rejection = arm.check(home, later + 2.0)
    assert rejection is not None
    assert "drives are off" in rejection.text
    arm.set_drives(True, later + 3.0)
    assert arm.check(home, later + 3.0) is None


def test_safety_input_of_an_idle_arm_ends_nothing() -> None:
    arm = make_arm()
    assert arm.set_safe(False, START) == []
    assert position(arm, START + 1.0) == pytest.approx(HOME)


def test_drives_off_stop_and_end_the_goal() -> None:
    arm = make_arm()
    start(arm)
    run(arm, START, START + 0.5)
    [result] = arm.set_drives(False, START + 0.5)
    assert "drives" in result.error_string
    assert arm.check(GOAL, START + 5.0) is not None


def test_motion_enable_stops_but_leaves_the_drives_on() -> None:
    arm = make_arm()
    start(arm)
    run(arm, START, START + 0.5)
    [result] = arm.set_enabled(False, START + 0.5, "the cell is stopped")
    assert result.error_string == "stopped on the path: the cell is stopped"
    assert arm.drives
    home = goal_of(plan_ptp(KR210, position(arm, START + 3.0), HOME))
    rejection = arm.check(home, START + 3.0)
    assert rejection is not None
    assert rejection.text == "the cell is stopped"
    arm.set_enabled(True, START + 4.0)
    assert arm.check(home, START + 4.0) is None


def test_stuck_joint_violates_the_path_tolerance() -> None:
    arm = make_arm()
    arm.set_faults(ArmFaults(stuck=frozenset({2})), START)
    start(arm)
    [(when, result)] = run(arm, START, START + MOVE.duration + 3.0)
    assert result.error_code is ErrorCode.PATH_TOLERANCE_VIOLATED
    assert "r1_joint_2 is off by" in result.error_string
    assert "limit 0.05 rad" in result.error_string
    assert when < MOVE.duration
    assert position(arm, START + 20.0)[1] == pytest.approx(HOME[1])
    assert speed(arm, START + 20.0) == 0.0


def test_offset_beyond_the_goal_tolerance_is_waited_for_and_then_a_failure() -> None:
    arm = make_arm(ArmConfig(goal_time=0.5))
    arm.set_faults(ArmFaults(offsets=(0.0, 0.0, 0.01, 0.0, 0.0, 0.0)), START)
    start(arm)
    [(when, result)] = run(arm, START, START + MOVE.duration + 3.0)
    assert result.error_code is ErrorCode.GOAL_TOLERANCE_VIOLATED
    assert result.error_string.startswith("Aborted due to goal_time_tolerance exceeding by ")
    assert "r1_joint_3 is off by 0.0100 rad, limit 0.002 rad" in result.error_string
    assert when == pytest.approx(MOVE.duration + 0.5, abs=0.02)


def test_offset_that_goes_away_in_time_is_a_success() -> None:
    arm = make_arm()
    arm.set_faults(ArmFaults(offsets=(0.0, 0.0, 0.01, 0.0, 0.0, 0.0)), START)
    start(arm)
    assert run(arm, START, START + MOVE.duration + 0.3) == []
    arm.set_faults(ArmFaults(), START + MOVE.duration + 0.3)
    [(_, result)] = run(arm, START + MOVE.duration + 0.3, START + MOVE.duration + 0.9)
    assert result.succeeded


def test_erased_tolerances_accept_any_place() -> None:
    arm = make_arm()
    arm.set_faults(ArmFaults(offsets=(0.0, 0.0, 0.2, 0.0, 0.0, 0.0)), START)
    erased = tuple(Tolerance(name, position=ERASED, velocity=ERASED) for name in NAMES)
    start(arm, goal=replace(GOAL, path_tolerance=erased, goal_tolerance=erased))
    [(_, result)] = run(arm, START, START + MOVE.duration + 0.1)
    assert result.succeeded
    assert arm.note == ""


def test_ignored_tolerances_are_noted() -> None:
    arm = make_arm()
    start(arm, goal=replace(GOAL, path_tolerance=(Tolerance("nobody", position=1.0),)))
    assert "nobody" in arm.note
    start(arm, "g2", goal_of(plan_ptp(KR210, HOME, HOME)))
    assert arm.note == ""


def test_lost_feedback_is_silent_and_never_a_success() -> None:
    arm = make_arm()
    start(arm)
    arm.set_faults(ArmFaults(feedback_lost=True), START + 0.1)
    assert arm.state(START + 0.2) is None
    [(_, result)] = run(arm, START + 0.2, START + MOVE.duration + 3.0)
    assert result.error_code is ErrorCode.GOAL_TOLERANCE_VIOLATED
    assert "reports no position" in result.error_string


def test_repaired_joint_moves_no_faster_than_the_drives_can() -> None:
    arm = make_arm()
    arm.set_faults(ArmFaults(offsets=(0.5, 0.0, 0.0, 0.0, 0.0, 0.0)), START)
    steps = [position(arm, START + 0.01 * k)[0] for k in range(40)]
    assert max(np.diff(steps)) <= KR210.velocity[0] * 1.2 * 0.01 + 1e-6
    assert steps[-1] == pytest.approx(0.5)


def test_following_tells_reference_feedback_and_error() -> None:
    arm = make_arm()
    arm.set_faults(ArmFaults(offsets=(0.0, 0.02, 0.0, 0.0, 0.0, 0.0)), START)
    start(arm)
    run(arm, START, START + 1.0)
    following = arm.following(START + 1.0)
    np.testing.assert_allclose(following.reference.position, MOVE.sample(1.0).position, atol=1e-6)
    np.testing.assert_allclose(following.error.position, [0.0, -0.02, 0.0, 0.0, 0.0, 0.0], atol=1e-4)
    assert following.feedback.position[1] == pytest.approx(following.reference.position[1] + 0.02, abs=1e-4)
    assert following.time == pytest.approx(1.0, abs=1e-6)
    assert following.index == np.searchsorted(MOVE.times, 1.0)


def test_joint_sent_outside_its_limits_cannot_be_the_start() -> None:
    with pytest.raises(ValueError, match=r"joint_1 at 9\.0000 rad"):
        SimArm(KR210, NAMES, (9.0, *HOME[1:]))
    with pytest.raises(ValueError, match="got 5 names"):
        SimArm(KR210, NAMES[:5], HOME)


INPUTS: dict[str, Callable[[SimArm, float], list[Finished]]] = {
    "unsafe": lambda arm, now: arm.set_safe(False, now),
    "safe": lambda arm, now: arm.set_safe(True, now),
    "drives": lambda arm, now: arm.set_drives(True, now),
    "disable": lambda arm, now: arm.set_enabled(False, now),
    "enable": lambda arm, now: arm.set_enabled(True, now),
    "T1": lambda arm, now: arm.inject("operation_mode", "T1", now),
    "EXT": lambda arm, now: arm.inject("operation_mode", "EXT", now),
    "collision": lambda arm, now: arm.inject("collision", "", now),
    "repair": lambda arm, now: arm.inject("repair", "", now),
}
OTHERS = ("goal", "topic", "cancel", "off", "on", "slow", "pause", "full")

events = st.lists(
    st.tuples(
        st.floats(0.01, 0.6),
        st.sampled_from([*OTHERS, *INPUTS]),
    ),
    max_size=25,
)


@given(events)
@settings(max_examples=60)
def test_every_goal_ends_once_and_motion_is_never_faster_than_the_arm(script: list[tuple[float, str]]) -> None:
    arm = make_arm()
    now, number = START, 0
    accepted: list[str] = []
    ended: list[str] = []
    last = np.array(HOME)
    for wait, event in script:
        until = now + wait
        while now < until:
            now += 0.02
            ended += [result.goal_id for result in arm.step(now)]
            here = np.array(position(arm, now))
            assert (np.abs(here - last) <= np.array(KR210.velocity) * 1.2 * 0.02 + 1e-6).all()
            last = here
        finished: list[Finished] = []
        if event in ("goal", "topic"):
            target = END if number % 2 else HOME
            goal = goal_of(plan_ptp(KR210, np.clip(last, KR210.lower, KR210.upper).tolist(), target))
            goal = replace(goal, points=goal.points[1:] or goal.points)
            if event == "topic":
                finished = arm.command(goal, now)[1]
            elif arm.check(goal, now) is None:
                number += 1
                finished = arm.accept(f"g{number}", goal, now)
                accepted.append(f"g{number}")
        elif event == "cancel":
            finished = arm.cancel(f"g{number}", now)
        elif event in ("slow", "pause", "full"):
            arm.set_speed_scaling({"slow": 0.2, "pause": 0.0, "full": 1.0}[event], now)
        elif event in ("off", "on"):
            finished = arm.deactivate(now) if event == "off" else arm.activate(now)
        else:
            finished = INPUTS[event](arm, now)
        ended += [result.goal_id for result in finished]
    arm.set_speed_scaling(1.0, now)
    ended += [result.goal_id for result in arm.step(now + 60.0)]
    assert sorted(goal for goal in ended if goal != TOPIC) == sorted(accepted)
    assert arm.running is None
    assert speed(arm, now + 60.0) == 0.0
