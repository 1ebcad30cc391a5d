# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from smart_cell.motion.arm_model import HOME, arm_model
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.trajectory import State
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal, check_form, check_limits, join

KR210 = arm_model("kr210_r2700_2")
NAMES = tuple(f"r1_joint_{number}" for number in range(1, 7))
NOW = 1_760_000_000.0
NEAR = (0.1, *HOME[1:])
ZERO = (0.0,) * 6
AT_HOME = State(np.array(HOME), np.zeros(6), np.zeros(6))
GOAL = JointGoal(NAMES, (GoalPoint(1.0, NEAR, ZERO, ZERO),))


def with_points(*points: GoalPoint) -> JointGoal:
    return replace(GOAL, points=points)


def test_good_goal_is_not_refused() -> None:
    assert check_form(GOAL, NAMES, NOW) is None


INVALID = ErrorCode.INVALID_GOAL
JOINTS = ErrorCode.INVALID_JOINTS


@pytest.mark.parametrize(
    ("goal", "code", "text"),
    [
        (replace(GOAL, joint_names=NAMES[:5]), JOINTS, "5 joints named"),
        (replace(GOAL, joint_names=()), JOINTS, "0 joints named"),
        (replace(GOAL, joint_names=(*NAMES[:5], "r1_joint_5")), JOINTS, "6 joints named, 5 of them different"),
        (replace(GOAL, joint_names=(*NAMES[:5], "r2_joint_6")), JOINTS, "unknown joint 'r2_joint_6'"),
        (with_points(), INVALID, "no points"),
        (with_points(GoalPoint(1.0, NEAR, (0.0, 0.0, 0.1, 0.0, 0.0, 0.0))), INVALID, "r1_joint_3 at the last point"),
        (with_points(GoalPoint(1.0, NEAR), GoalPoint(1.0, HOME)), INVALID, "point 1 is 1 s, must be more than 1 s"),
        (with_points(GoalPoint(2.0, NEAR), GoalPoint(1.0, HOME)), INVALID, "must be more than 2 s"),
        (with_points(GoalPoint(-0.1, NEAR)), INVALID, "time_from_start of point 0 is -0.1 s"),
        (with_points(GoalPoint(math.nan, NEAR)), INVALID, "time_from_start of point 0 is nan s"),
        (with_points(GoalPoint(1.0, NEAR[:5])), INVALID, "point 0 has 5 positions, must be 6"),
        (with_points(GoalPoint(1.0, ())), INVALID, "point 0 has 0 positions, must be 6"),
        (with_points(GoalPoint(1.0, NEAR, ZERO[:2])), INVALID, "point 0 has 2 velocities, must be 6"),
        (with_points(GoalPoint(1.0, NEAR, ZERO, ZERO[:3])), INVALID, "point 0 has 3 accelerations, must be 6"),
        (with_points(GoalPoint(1.0, NEAR, effort=ZERO)), INVALID, "efforts"),
        (with_points(GoalPoint(1.0, (math.nan, *NEAR[1:]))), INVALID, "positions of r1_joint_1 in point 0 is nan"),
        (with_points(GoalPoint(1.0, NEAR, (math.inf, *ZERO[1:]))), INVALID, "velocities of r1_joint_1"),
        (with_points(GoalPoint(1.0, NEAR, ZERO, (*ZERO[:5], -math.inf))), INVALID, "accelerations of r1_joint_6"),
        (replace(GOAL, stamp=math.nan), INVALID, "time stamp nan"),
        (replace(GOAL, stamp=NOW - 2.0), ErrorCode.OLD_HEADER_TIMESTAMP, "ended 1.000 s ago"),
    ],
)
def test_malformed_goals_are_refused(goal: JointGoal, code: ErrorCode, text: str) -> None:
    rejection = check_form(goal, NAMES, NOW)
    assert rejection is not None
    assert rejection.code is code
    assert text in rejection.text


def test_partial_goals_are_taken_only_where_they_are_allowed() -> None:
    part = JointGoal((NAMES[2], NAMES[0]), (GoalPoint(1.0, (1.5, 0.1), (0.0, 0.0)),))
    rejection = check_form(part, NAMES, NOW)
    assert rejection is not None
    assert rejection.code is JOINTS
    assert check_form(part, NAMES, NOW, partial=True) is None
    trajectory, _ = join(part, NAMES, AT_HOME, NOW)
    np.testing.assert_allclose(trajectory.sample(1.0).position, (0.1, HOME[1], 1.5, *HOME[3:]))
    assert check_form(replace(part, joint_names=()), NAMES, NOW, partial=True) is not None


def test_stamp_is_not_old_while_the_end_is_ahead() -> None:
    assert check_form(replace(GOAL, stamp=NOW - 0.9), NAMES, NOW) is None


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ((GoalPoint(5.0, (0.0, -2.6, *HOME[2:])),), "joint_2 at -2.6000 rad is below its limit -2.4435 rad"),
        ((GoalPoint(0.2, (1.0, *HOME[1:]), ZERO),), "joint_1 would move at"),
        ((GoalPoint(1.0, HOME, (3.0, *ZERO[1:])), GoalPoint(2.0, HOME, ZERO)), "joint_1 would move at 3.000 rad/s"),
        ((GoalPoint(0.0, (0.2, *HOME[1:])),), "joint_1 is at 0.0000 rad, the first point is at 0.2000 rad"),
    ],
)
def test_goals_beyond_the_arms_limits_are_refused(points: tuple[GoalPoint, ...], text: str) -> None:
    trajectory, _ = join(with_points(*points), NAMES, AT_HOME, NOW)
    rejection = check_limits(trajectory, AT_HOME, KR210, ArmConfig())
    assert rejection is not None
    assert rejection.code is ErrorCode.INVALID_GOAL
    assert text in rejection.text


def test_a_move_at_the_arms_limits_is_not_refused() -> None:
    planned = plan_ptp(KR210, HOME, (1.5, *HOME[1:]))
    points = tuple(
        GoalPoint(time, tuple(p), tuple(v), tuple(a))
        for time, p, v, a in zip(
            planned.times.tolist(),
            planned.positions.tolist(),
            planned.velocities.tolist(),
            planned.accelerations.tolist(),
            strict=True,
        )
    )
    trajectory, origin = join(with_points(*points), NAMES, AT_HOME, NOW)
    assert origin == NOW
    np.testing.assert_array_equal(trajectory.times, planned.times)
    assert check_limits(trajectory, AT_HOME, KR210, ArmConfig()) is None


def test_goal_in_another_order_of_joints_is_put_in_order() -> None:
    order = (5, 3, 1, 0, 2, 4)
    goal = JointGoal(tuple(NAMES[k] for k in order), (GoalPoint(1.0, tuple(NEAR[k] for k in order)),))
    trajectory, _ = join(goal, NAMES, AT_HOME, NOW)
    assert trajectory.positions[-1].tolist() == list(NEAR)


def test_goal_starts_from_where_the_arm_is_and_how_fast() -> None:
    moving = State(np.array(HOME), np.full(6, 0.1), np.zeros(6))
    trajectory, origin = join(GOAL, NAMES, moving, NOW)
    assert origin == NOW
    np.testing.assert_allclose(trajectory.sample(0.0).velocity, 0.1)
    np.testing.assert_allclose(trajectory.sample(1.0).position, NEAR)


def test_stamp_in_the_future_is_waited_for_on_the_way() -> None:
    goal = replace(with_points(GoalPoint(0.0, NEAR, ZERO), GoalPoint(1.0, HOME, ZERO)), stamp=NOW + 0.5)
    trajectory, origin = join(goal, NAMES, AT_HOME, NOW)
    assert origin == NOW + 0.5
    assert trajectory.times.tolist() == [-0.5, 0.0, 1.0]


def test_points_in_the_past_are_skipped() -> None:
    points = [GoalPoint(t, (0.05 * t, *HOME[1:]), ZERO) for t in (0.0, 1.0, 2.0, 3.0)]
    trajectory, origin = join(replace(with_points(*points), stamp=NOW - 1.5), NAMES, AT_HOME, NOW)
    assert trajectory.times.tolist() == [1.5, 2.0, 3.0]
    assert origin == NOW - 1.5
    late, _ = join(replace(with_points(*points), stamp=NOW - 3.5), NAMES, AT_HOME, NOW)
    assert late.times[0] == 3.5
    assert late.positions[-1].tolist() == [pytest.approx(0.15), *HOME[1:]]
