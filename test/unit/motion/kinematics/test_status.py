# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import pytest
from arm_poses import KR210, joints_at, kuka_arms, shares
from hypothesis import given

from smart_cell.motion.arm_model import HOME, ArmModel, Joints
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.kinematics.status import status_of, turn_of

PHI = math.atan2(0.115, 1.220)
"""A3 of the stretched KR 210: -atan2(a2, c3)."""


@pytest.mark.parametrize(
    ("joints", "status", "turn"),
    [
        # KUKA's usual home: S 'B 010' T 'B 000010'
        (HOME, 2, 0b000010),
        ((0.0, -1.5, 1.5, 0.0, -0.5, 0.0), 6, 0b010010),
        ((-0.1, -1.5, 1.5, -0.1, 0.5, -0.1), 2, 0b101011),
        # leaning back until the wrist is behind axis 1
        ((0.0, -2.4, 0.6, 0.0, 0.5, 0.0), 3, 0b000010),
        # A3 around the stretched arm
        ((0.0, -0.2, PHI - 0.01, 0.0, 0.5, 0.0), 0, 0b000010),
        ((0.0, -0.2, PHI + 0.01, 0.0, 0.5, 0.0), 2, 0b000010),
        ((0.0, -0.2, -0.5, 0.0, -0.5, 0.0), 4, 0b010110),
        # turns of A4 and A6 beyond 180 deg keep the sign of the angle
        ((0.0, -1.5, 1.5, 3.5, 0.5, -5.0), 2, 0b100010),
        ((0.0, -1.5, 1.5, -3.5, 0.5, 5.0), 2, 0b001010),
    ],
)
def test_status_and_turn_are_those_of_kuka(joints: Joints, status: int, turn: int) -> None:
    assert (status_of(KR210, joints), turn_of(joints)) == (status, turn)


@given(kuka_arms, shares)
def test_status_is_what_kuka_says_in_words(model: ArmModel, at: tuple[float, ...]) -> None:
    joints = joints_at(model, at)
    x, y, _ = forward(model, joints).apply((0.0, 0.0, -model.c4))
    # On KUKA's arms A1 turns against the right-handed z, which the model's sign says.
    ahead = x * math.cos(joints[0]) + model.signs[0] * y * math.sin(joints[0])
    beyond_stretched = joints[2] + math.atan2(model.a2, model.c3)
    if abs(ahead) > 1e-9:
        assert bool(status_of(model, joints) & 1) == (ahead < 0.0)
    if abs(beyond_stretched) > 2e-6:
        assert bool(status_of(model, joints) & 2) == (beyond_stretched > 0.0)
    if abs(joints[4]) > 2e-6:
        assert bool(status_of(model, joints) & 4) == (joints[4] < 0.0)


@given(shares)
def test_turn_is_the_signs_of_the_joints(at: tuple[float, ...]) -> None:
    joints = joints_at(KR210, at)
    assert turn_of(joints) == sum(2**number for number, joint in enumerate(joints) if joint < -1e-6)


def test_rounding_below_zero_is_not_negative() -> None:
    almost = (-1e-9, -1.5, PHI - 1e-9, -1e-9, -1e-9, -1e-9)
    assert (status_of(KR210, almost), turn_of(almost)) == (2, 0b000010)


def test_joints_that_count_from_elsewhere_have_the_same_status() -> None:
    """A5 that is 1 rad where axes 4 and 6 are in line, and counts the other way."""
    other = replace(KR210, offsets=(*KR210.offsets[:4], -1.0, 0.0), signs=(*KR210.signs[:4], -1.0, -1.0))
    assert status_of(other, (0.0, -1.5, 1.5, 0.0, 1.5, 0.0)) == 2
    assert status_of(other, (0.0, -1.5, 1.5, 0.0, 0.5, 0.0)) == 6
    assert status_of(other, (0.0, -1.5, 1.5, 0.0, 0.5 + math.tau, 0.0)) == 6
