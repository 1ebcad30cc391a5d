# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""TCP poses for a spot and the way out of a flange."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from demo_plan import demo_cell, spot_of
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.cell.model import GunType
from smart_cell.core.geometry import Pose, Vector, angle_between
from smart_cell.planning.gun_pose import ANGLES, BACK_OUT, back_out, is_direct, tcp_poses

DIRECTIONS = st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)).filter(lambda v: math.hypot(*v) > 0.1)


def unit(vector: Vector) -> Vector:
    length = math.hypot(*vector)
    return (vector[0] / length, vector[1] / length, vector[2] / length)


@given(DIRECTIONS | st.sampled_from([(0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (0.0, -1.0, 0.0)]))
def test_every_pose_holds_the_tips_on_the_spot(direction: Vector) -> None:
    normal = unit(direction)
    spot = replace(spot_of("sedan", "sfl01"), normal=normal)
    poses = list(tcp_poses(spot, demo_cell().guns["g1"]))
    assert len(poses) == ANGLES
    for pose in poses:
        assert pose.xyz == spot.position
        assert math.dist(pose.rotate((0.0, 0.0, 1.0)), normal) < 5e-8
    step = angle_between(poses[0].quat, poses[1].quat)
    assert step == pytest.approx(2.0 * math.pi / ANGLES)


def test_an_x_gun_also_welds_from_the_other_side() -> None:
    gun = replace(demo_cell().guns["g1"], type=GunType.X)
    axes = {round(pose.rotate((0.0, 0.0, 1.0))[1]) for pose in tcp_poses(spot_of("sedan", "sfl01"), gun)}
    assert axes == {-1, 1}


def test_the_way_out_is_towards_the_flange_and_square_to_the_electrodes() -> None:
    gun = demo_cell().guns["g1"]
    out = back_out(gun)
    assert out.xyz[2] == 0.0
    assert math.hypot(*out.xyz) == pytest.approx(BACK_OUT)
    flange = gun.tcp.inverse().xyz
    assert math.dist(out.xyz, flange) < math.hypot(*flange)


def test_a_gun_along_its_flange_axis_goes_back_along_it() -> None:
    gun = replace(demo_cell().guns["g1"], tcp=Pose((0.0, 0.0, 0.6)))
    assert back_out(gun).xyz == (0.0, 0.0, -BACK_OUT)


def test_direct_moves_are_short_and_keep_the_orientation() -> None:
    here = Pose((0.0, 0.0, 0.0))
    assert is_direct(here, Pose((0.1, 0.0, 0.1)))
    assert not is_direct(here, Pose((0.2, 0.0, 0.0)))
    assert not is_direct(here, Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, math.radians(21.0))))
