# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which robot reaches what, and what is said where it does not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from demo_plan import cell_with, demo_cell, spot_of

from smart_cell.cell.model import Cell, Robot, Spot
from smart_cell.core.geometry import Pose, angle_between
from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import limit_margin
from smart_cell.planning.gun_pose import back_out
from smart_cell.planning.reach import MARGIN, Reach


def reach_of(cell: Cell) -> Reach:
    return Reach(cell, cell.stations["s1"])


def moved(cell: Cell, robot: str, base: Pose) -> Cell:
    entry: Robot = replace(cell.robots[robot], base=base)
    return replace(cell, robots={**cell.robots, robot: entry})


def test_candidates_put_the_tips_onto_the_spot() -> None:
    cell = demo_cell()
    robot = cell.robots["r1"]
    gun = cell.guns["g1"]
    model = arm_model(robot.model)
    candidates = reach_of(cell).candidates("r1", spot_of("sedan", "bfl03"))
    assert len(candidates) > 10
    for candidate in candidates:
        for joints, pose in (
            (candidate.solution.joints, candidate.pose),
            (candidate.approach, candidate.pose @ back_out(gun)),
        ):
            wanted = cell.stations["s1"].part @ pose
            reached = robot.base @ forward(model, joints) @ gun.tcp
            assert math.dist(reached.xyz, wanted.xyz) < 1e-9
            assert angle_between(reached.quat, wanted.quat) < 1e-7
            assert min(limit_margin(model, joints), abs(joints[4])) >= candidate.margin - 1e-12
        assert candidate.margin >= MARGIN


def test_a_spot_too_far_away_says_by_how_much() -> None:
    cell = moved(demo_cell(), "r1", Pose.from_rpy((-0.8, -12.8, 0.0), (0.0, 0.0, math.pi / 2)))
    spot = spot_of("sedan", "sfl01")
    text = reach_of(cell).why_not("r1", spot)
    assert text.startswith("too far by ")
    assert 7000.0 < float(text.split()[3]) < 10000.0


def test_a_flange_below_the_floor_is_refused() -> None:
    spot = replace(spot_of("sedan", "sfl01"), position=(0.7, -0.78, -1.6))
    text = reach_of(cell_with(spot)).why_not("r1", spot)
    assert text == "the flange would be less than 200 mm above the floor"


def test_joint_limits_are_named_where_the_spot_is_too_close() -> None:
    cell = moved(demo_cell(), "r1", Pose((-0.66, -0.78, 0.3)))
    spot: Spot = replace(spot_of("sedan", "sfl01"), normal=(0.0, 0.0, 1.0))
    text = reach_of(cell).why_not("r1", spot)
    assert text == "joint limits" or "deg from a joint limit" in text or "drawn back" in text


def test_what_is_reached_needs_no_excuse() -> None:
    assert reach_of(demo_cell()).why_not("r1", spot_of("sedan", "sfl01")) == "it can"


def test_equal_spots_of_two_variants_are_searched_once() -> None:
    reach = reach_of(demo_cell())
    first = reach.candidates("r1", spot_of("sedan", "sfl01"))
    assert reach.candidates("r1", spot_of("wagon", "sfl01")) is first


@pytest.mark.parametrize("robot", ["r1", "r2", "r3", "r4"])
def test_a_robot_reaches_its_own_side_only(robot: str) -> None:
    reach = reach_of(demo_cell())
    left = bool(reach.candidates(robot, spot_of("sedan", "bfl03")))
    right = bool(reach.candidates(robot, spot_of("sedan", "bfr03")))
    assert (left, right) == ((True, False) if robot in ("r1", "r2") else (False, True))
