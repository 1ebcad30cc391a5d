# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""From program poses to joint angles on the body that is really there."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from demo_plan import demo_cell, demo_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.core.geometry import Pose, angle_between
from smart_cell.motion.arm_model import Joints, arm_model
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.kinematics.status import status_of, turn_of
from smart_cell.planning.errors import UnreachableError
from smart_cell.planning.gun_pose import BACK_OUT, back_out
from smart_cell.planning.program import ProgramSpot
from smart_cell.planning.resolve import home_targets, joint_targets

MODEL = arm_model("kr210_r2700_2")
PART = demo_cell().stations["s1"].part


def tcp(robot: str, joints: Joints) -> Pose:
    entry = demo_cell().robots[robot]
    return entry.base @ forward(MODEL, joints) @ demo_cell().guns[entry.gun].tcp


def spots(robot: str) -> tuple[ProgramSpot, ...]:
    return demo_plan().programs["sedan"][robot].spots


@pytest.mark.parametrize("robot", ["r1", "r2", "r3", "r4"])
def test_status_and_turn_are_those_of_the_program(robot: str) -> None:
    reference = demo_cell().robots[robot].home
    for spot in spots(robot):
        targets = joint_targets(demo_cell(), robot, spot, PART, reference)
        assert status_of(MODEL, targets.spot) == spot.status
        assert turn_of(targets.spot) == spot.turn
        assert len(targets.approach) == len(spot.approach)
        reference = targets.spot


SHIFTS = st.tuples(st.floats(-0.03, 0.03), st.floats(-0.03, 0.03), st.floats(-0.03, 0.03))
TURNS = st.tuples(*[st.floats(math.radians(-1.0), math.radians(1.0))] * 3)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(["r1", "r2", "r3", "r4"]), SHIFTS, TURNS)
def test_a_shifted_body_is_met_exactly(
    robot: str, shift: tuple[float, float, float], turn: tuple[float, float, float]
) -> None:
    part = PART @ Pose.from_rpy(shift, turn)
    reference = demo_cell().robots[robot].home
    for spot in spots(robot):
        targets = joint_targets(demo_cell(), robot, spot, part, reference)
        reached, wanted = tcp(robot, targets.spot), part @ spot.pose
        assert math.dist(reached.xyz, wanted.xyz) < 1e-9
        assert angle_between(reached.quat, wanted.quat) < 1e-7
        reference = targets.spot


def direct_spot(robot: str) -> ProgramSpot:
    return next(spot for spot in spots(robot) if not spot.approach)


def test_a_direct_move_from_far_away_goes_by_the_drawn_back_gun() -> None:
    spot = direct_spot("r1")
    targets = joint_targets(demo_cell(), "r1", spot, PART, demo_cell().robots["r1"].home)
    assert len(targets.approach) == 1
    expected = PART @ spot.pose @ back_out(demo_cell().guns["g1"])
    assert math.dist(tcp("r1", targets.approach[0]).xyz, expected.xyz) < 1e-9


def test_the_way_out_of_a_spot_where_the_arm_is_not_is_left_out() -> None:
    spot = next(spot for spot in spots("r1") if len(spot.approach) == 2)
    targets = joint_targets(demo_cell(), "r1", spot, PART, demo_cell().robots["r1"].home)
    assert len(targets.approach) == 1
    assert math.dist(tcp("r1", targets.approach[0]).xyz, (PART @ spot.approach[1]).xyz) < 1e-9


def test_a_body_out_of_reach_is_named() -> None:
    far = Pose((10.0, 0.0, 0.5))
    with pytest.raises(UnreachableError, match=r"r1 cannot reach spot .*kr210_r2700_2"):
        joint_targets(demo_cell(), "r1", spots("r1")[0], far, demo_cell().robots["r1"].home)


def test_the_way_home_begins_with_the_gun_drawn_back() -> None:
    home = demo_cell().robots["r1"].home
    at_spot = joint_targets(demo_cell(), "r1", spots("r1")[-1], PART, home).spot
    targets = home_targets(demo_cell(), "r1", at_spot)
    assert targets.spot == home
    assert len(targets.approach) == 1
    assert math.dist(tcp("r1", at_spot).xyz, tcp("r1", targets.approach[0]).xyz) == pytest.approx(BACK_OUT)


def test_home_from_home_is_no_move() -> None:
    home = demo_cell().robots["r1"].home
    assert home_targets(demo_cell(), "r1", home).approach == ()


def test_where_the_gun_cannot_be_drawn_back_the_way_home_is_direct() -> None:
    # The arm is stretched, and this gun's way out leads farther away from it.
    cell = demo_cell()
    stretched: Joints = (0.0, math.radians(-5.0), math.radians(5.4), 0.0, math.radians(5.0), 0.0)
    backward = replace(cell.guns["g1"], tcp=Pose.from_rpy((0.0, 0.0, -0.6), (0.0, math.radians(60.0), 0.0)))
    targets = home_targets(replace(cell, guns={**cell.guns, "g1": backward}), "r1", stretched)
    assert targets.approach == ()
    assert targets.spot == cell.robots["r1"].home
