# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from smart_cell.motion.arm_model import HOME, Joints
from smart_cell.motion.trajectory import State
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_goal import GoalPoint, JointGoal, Tolerance
from smart_cell.simulation.arm_tolerances import ERASED, default_tolerances, resolve_tolerances

NAMES = tuple(f"r1_joint_{number}" for number in range(1, 7))
GOAL = JointGoal(NAMES, (GoalPoint(1.0, HOME),))


def six(value: float) -> Joints:
    return (value, value, value, value, value, value)


CONFIG = ArmConfig(path_tolerance=six(0.05), goal_tolerance=six(0.002), goal_time=1.5)


def test_default_tolerances_hold_where_a_goal_says_nothing() -> None:
    tolerances, note = resolve_tolerances(GOAL, NAMES, CONFIG)
    assert note == ""
    assert tolerances.path_position.tolist() == [0.05] * 6
    assert tolerances.goal_position.tolist() == [0.002] * 6
    assert tolerances.goal_velocity.tolist() == [0.01] * 6
    assert tolerances.path_velocity.tolist() == [math.inf] * 6
    assert tolerances.goal_time == 1.5


def test_zero_in_the_configuration_means_no_limit() -> None:
    tolerances, _ = resolve_tolerances(GOAL, NAMES, ArmConfig(path_tolerance=six(0.0), goal_time=0.0))
    assert tolerances.path_position.tolist() == [math.inf] * 6
    assert tolerances.goal_time == math.inf


def test_tolerances_of_a_goal_replace_the_defaults_joint_by_joint() -> None:
    goal = replace(
        GOAL,
        path_tolerance=(Tolerance("r1_joint_2", position=0.3, velocity=2.0), Tolerance("r1_joint_3", position=ERASED)),
        goal_tolerance=(Tolerance("r1_joint_1", position=0.001, velocity=ERASED),),
        goal_time_tolerance=4.0,
    )
    tolerances, note = resolve_tolerances(goal, NAMES, CONFIG)
    assert note == ""
    assert tolerances.path_position.tolist() == [0.05, 0.3, math.inf, 0.05, 0.05, 0.05]
    assert tolerances.path_velocity[1] == 2.0
    assert tolerances.goal_position.tolist() == [0.001] + [0.002] * 5
    assert tolerances.goal_velocity[0] == math.inf
    assert tolerances.goal_time == 4.0
    assert resolve_tolerances(replace(GOAL, goal_time_tolerance=ERASED), NAMES, CONFIG)[0].goal_time == math.inf


@pytest.mark.parametrize(
    ("path", "goal_tolerance", "time", "text"),
    [
        ((Tolerance("nobody", position=0.1),), (), 9.0, "unknown joint 'nobody'"),
        ((), (Tolerance("r1_joint_1", position=-0.5),), 9.0, "-0.5 rad of r1_joint_1"),
        ((Tolerance("r1_joint_1", velocity=-3.0),), (), 9.0, "-3 rad/s of r1_joint_1"),
        ((Tolerance("r1_joint_1", position=0.7),), (), -2.0, "-2 s is negative"),
    ],
)
def test_bad_tolerance_makes_the_whole_goal_fall_back(
    path: tuple[Tolerance, ...], goal_tolerance: tuple[Tolerance, ...], time: float, text: str
) -> None:
    goal = replace(
        GOAL,
        path_tolerance=(Tolerance("r1_joint_6", position=0.9), *path),
        goal_tolerance=goal_tolerance,
        goal_time_tolerance=time,
    )
    tolerances, note = resolve_tolerances(goal, NAMES, CONFIG)
    assert text in note
    assert tolerances.path_position.tolist() == [0.05] * 6
    assert tolerances.goal_position.tolist() == [0.002] * 6
    assert tolerances.goal_time == 1.5


def test_the_worst_joint_is_named_with_value_and_limit() -> None:
    tolerances = default_tolerances(CONFIG)
    error = State(np.array([0.0, 0.06, 0.0, -0.09, 0.0, 0.0]), np.zeros(6), np.zeros(6))
    assert tolerances.path_violation(error, NAMES) == "r1_joint_4 is off by 0.0900 rad, limit 0.05 rad"
    fast = State(np.zeros(6), np.array([0.0, 0.0, 0.02, 0.0, 0.0, 0.0]), np.zeros(6))
    assert tolerances.path_violation(fast, NAMES) == ""
    assert tolerances.goal_violation(fast, NAMES) == "r1_joint_3 is off by 0.0200 rad/s, limit 0.01 rad/s"


def test_first_row_that_breaks_the_path_is_found() -> None:
    tolerances = default_tolerances(CONFIG)
    position = np.zeros((4, 6))
    position[2, 5] = 0.06
    errors = State(position, np.zeros((4, 6)), np.zeros((4, 6)))
    assert tolerances.first_path_violation(errors) == 2
    assert tolerances.first_path_violation(State(position[:2], np.zeros((2, 6)), np.zeros((2, 6)))) is None
