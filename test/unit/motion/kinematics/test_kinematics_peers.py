# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Forward and inverse kinematics of every arm against libraries of others."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from arm_poses import ALL, anywhere, foreign_arm, turned_apart

from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.kinematics.wrist import closest_turn
from smart_cell.motion.urdf.description import arm_urdf

POSES = 5
every_arm = pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)


@pytest.mark.parametrize("model", [*ALL, *(foreign_arm(seed) for seed in range(8))], ids=lambda model: model.name)
def test_forward_is_what_pinocchio_finds_in_the_urdf(model: ArmModel) -> None:
    pinocchio = pytest.importorskip("pinocchio")
    urdf = pinocchio.buildModelFromXML(arm_urdf(model))
    data = urdf.createData()
    tool0 = urdf.getFrameId("tool0")
    source = random.Random(model.name)
    for _ in range(POSES):
        joints = anywhere(model, source)
        pinocchio.forwardKinematics(urdf, data, np.array(joints))
        found = pinocchio.updateFramePlacement(urdf, data, tool0).homogeneous
        assert np.abs(found - forward(model, joints).matrix()).max() < 1e-9


@every_arm
def test_solutions_are_those_of_py_opw_kinematics(model: ArmModel) -> None:
    opw = pytest.importorskip("py_opw_kinematics")
    robot = opw_robot(opw, model)
    source = random.Random(model.name)
    for _ in range(POSES):
        joints = anywhere(model, source)
        theirs = robot.forward(joints)
        assert np.abs(theirs.as_matrix() - forward(model, joints).matrix()).max() < 1e-9
        expected = [found for found in robot.inverse(theirs) if allowed(model, found)]
        solutions = inverse(model, forward(model, joints))
        assert len(solutions) == len(expected)
        for solution in solutions:
            assert min(turned_apart(solution.joints, found) for found in expected) < 1e-6


@every_arm
def test_status_counts_the_branches_of_py_opw_kinematics(model: ArmModel) -> None:
    opw = pytest.importorskip("py_opw_kinematics")
    robot = opw_robot(opw, model)
    source = random.Random(model.name)
    for _ in range(POSES):
        joints = anywhere(model, source)
        branches = robot.reach(robot.forward(joints)).joints[0]
        for solution in inverse(model, forward(model, joints)):
            # its slots count 4 wrist + 2 shoulder + elbow, where elbow 0 is the one that Status sets bit 1 for
            overhead, below, flipped = solution.status & 1, not solution.status & 2, bool(solution.status & 4)
            assert turned_apart(solution.joints, branches[4 * flipped + 2 * overhead + below]) < 1e-6


def opw_robot(opw: Any, model: ArmModel) -> Any:
    lengths = {name: getattr(model, name) for name in ("a1", "a2", "b", "c1", "c2", "c3", "c4")}
    flips = tuple(sign < 0.0 for sign in model.signs)
    return opw.Robot(opw.KinematicModel(**lengths, offsets=model.offsets, flip_axes=flips), degrees=False)


def allowed(model: ArmModel, joints: Joints) -> bool:
    ranges = zip(joints, model.lower, model.upper, strict=True)
    return all(closest_turn(joint, low, high) is not None for joint, low, high in ranges)
