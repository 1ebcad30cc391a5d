# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from arm_poses import KR210, arms, joints_at, shares
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, ArmModel, Joints
from smart_cell.motion.kinematics.jacobian import jacobian
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.kinematics.singularity import SingularityKind, singularity_distances

STRETCHED_A3 = -math.atan2(KR210.a2, KR210.c3)


@given(arms, shares)
def test_the_distances_say_the_determinant_of_the_jacobian(model: ArmModel, row: tuple[float, ...]) -> None:
    joints = joints_at(model, row)
    found = singularity_distances(model, joints)
    assert found.manipulability == pytest.approx(abs(np.linalg.det(jacobian(model, joints))), abs=1e-12)
    product = found.shoulder * model.c2 * math.hypot(model.a2, model.c3) * math.sin(found.elbow) * math.sin(found.wrist)
    assert found.manipulability == pytest.approx(product, abs=1e-12)
    assert 0.0 <= found.elbow <= math.pi / 2
    assert 0.0 <= found.wrist <= math.pi / 2


@given(arms, shares)
def test_the_shoulder_is_as_far_as_the_wrist_centre_from_axis_1(model: ArmModel, row: tuple[float, ...]) -> None:
    model = replace(model, b=0.0)
    joints = joints_at(model, row)
    centre = model.base.inverse() @ forward(model, joints) @ model.flange.inverse()
    x, y, _ = centre.apply((0.0, 0.0, -model.c4))
    assert singularity_distances(model, joints).shoulder == pytest.approx(math.hypot(x, y), abs=1e-9)


@given(st.floats(-0.5, 0.5), st.integers(-1, 1))
def test_the_wrist_counts_from_both_ways_of_being_in_line(off: float, half_turns: int) -> None:
    found = singularity_distances(KR210, (*HOME[:4], off + math.pi * half_turns, 0.7))
    assert found.wrist == pytest.approx(abs(off), abs=1e-12)


@given(st.floats(-0.5, 0.5), st.integers(-1, 1))
def test_the_elbow_counts_from_the_stretched_and_the_folded_arm(off: float, half_turns: int) -> None:
    joints = (*HOME[:2], STRETCHED_A3 + off + math.pi * half_turns, 0.0, 1.0, 0.0)
    assert singularity_distances(KR210, joints).elbow == pytest.approx(abs(off), abs=1e-12)


@pytest.mark.parametrize(
    ("joints", "kind", "text"),
    [
        ((*HOME[:4], 0.01, 0.0), SingularityKind.WRIST, "0.573 deg from the wrist singularity"),
        ((*HOME[:2], STRETCHED_A3 - 0.02, 0.0, 1.0, 0.0), SingularityKind.ELBOW, "1.15 deg from the elbow singularity"),
    ],
)
def test_the_closest_kind_is_named(joints: Joints, kind: SingularityKind, text: str) -> None:
    found = singularity_distances(KR210, joints)
    assert found.closest is kind
    assert str(found) == text


def test_the_shoulder_is_named_in_millimetres() -> None:
    lean = math.asin((0.005 - KR210.a1) / KR210.c2)
    bend = math.pi - lean  # the forearm upright
    joints = (0.0, lean - math.pi / 2, bend - math.pi - math.atan2(KR210.a2, KR210.c3), 0.0, 1.0, 0.0)
    found = singularity_distances(KR210, joints)
    assert found.closest is SingularityKind.SHOULDER
    assert str(found) == "5 mm from the shoulder singularity"


def test_a_singular_arm_has_no_manipulability() -> None:
    found = singularity_distances(KR210, HOME)
    assert (found.wrist, found.manipulability, found.closest) == (0.0, 0.0, SingularityKind.WRIST)
