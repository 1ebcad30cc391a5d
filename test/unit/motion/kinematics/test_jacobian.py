# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random

import numpy as np
import pytest
from arm_poses import ALL, KR210, anywhere, arms, chain_frames, foreign_arm, joints_at, random_pose, shares
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME, ArmModel
from smart_cell.motion.kinematics.batch import forward_many
from smart_cell.motion.kinematics.jacobian import jacobian, jacobian_many
from smart_cell.motion.urdf.description import arm_urdf

STEP = 1e-6
tools = st.one_of(st.none(), st.integers(0, 1000).map(lambda seed: random_pose(random.Random(seed), 0.5)))


@given(arms, shares, tools)
def test_columns_are_the_turns_about_the_joints_lines(
    model: ArmModel, row: tuple[float, ...], tool: Pose | None
) -> None:
    joints = joints_at(model, row)
    frames, lines = chain_frames(model, np.array([joints]))
    point = frames[0] @ np.array([*(tool.xyz if tool else (0.0, 0.0, 0.0)), 1.0])
    through, along = lines[0, :, 0], lines[0, :, 1]
    expected = np.vstack((np.cross(along, point[:3] - through).T, along.T))
    assert jacobian(model, joints, tool) == pytest.approx(expected, abs=1e-12)
    assert jacobian_many(model, [joints], tool)[0] == pytest.approx(expected, abs=1e-12)


@given(arms, shares, tools)
def test_columns_are_differences_of_the_forward_kinematics(
    model: ArmModel, row: tuple[float, ...], tool: Pose | None
) -> None:
    joints = np.array(joints_at(model, row))
    found = jacobian(model, joints.tolist(), tool)
    point = np.array(tool.xyz if tool else (0.0, 0.0, 0.0))
    here = forward_many(model, [joints])[1][0]
    for axis in range(6):
        step = STEP * np.eye(6)[axis]
        positions, rotations = forward_many(model, (joints + step, joints - step))
        points = positions + rotations @ point
        assert found[:3, axis] == pytest.approx((points[0] - points[1]) / (2.0 * STEP), abs=1e-8)
        spin = (rotations[0] - rotations[1]) / (2.0 * STEP) @ here.T
        assert found[3:, axis] == pytest.approx((spin[2, 1], spin[0, 2], spin[1, 0]), abs=1e-8)


def test_a_stretched_tool_moves_with_the_distance_from_axis_1() -> None:
    position = forward_many(KR210, [HOME])[0][0]
    far = jacobian(KR210, HOME, Pose((0.0, 0.0, 0.5)))
    # A1 of a KUKA arm turns clockwise seen from above.
    assert far[:, 0] == pytest.approx((0.0, -(position[0] + 0.5), 0.0, 0.0, 0.0, -1.0), abs=1e-12)


def test_many_has_one_matrix_for_each_row() -> None:
    joints = np.random.default_rng(1).uniform(KR210.lower, KR210.upper, (7, 6))
    many = jacobian_many(KR210, joints)
    assert many.shape == (7, 6, 6)
    for row, matrix in zip(joints, many, strict=True):
        assert matrix == pytest.approx(jacobian(KR210, row.tolist()), abs=1e-14)
    with pytest.raises(ValueError, match=r"must be \(n, 6\)"):
        jacobian_many(KR210, joints[0])


@pytest.mark.parametrize("model", [*ALL[::6], *(foreign_arm(seed) for seed in (1, 2))], ids=lambda model: model.name)
def test_pinocchio_computes_the_same_from_the_urdf(model: ArmModel) -> None:
    pinocchio = pytest.importorskip("pinocchio")
    peer = pinocchio.buildModelFromXML(arm_urdf(model))
    data, frame = peer.createData(), peer.getFrameId("tool0")
    source = random.Random(model.name)
    for _ in range(5):
        joints = anywhere(model, source)
        # The foot of the arm stands on `world`, in whose axes the peer gives linear and angular velocity.
        theirs = pinocchio.computeFrameJacobian(
            peer, data, np.array(joints), frame, pinocchio.ReferenceFrame.LOCAL_WORLD_ALIGNED
        )
        assert jacobian(model, joints) == pytest.approx(theirs, abs=1e-9)
