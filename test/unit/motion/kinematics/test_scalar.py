# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from arm_poses import (
    ALL,
    KR210,
    arms,
    chain_frames,
    foreign_arm,
    joints_at,
    kuka_arms,
    pose_error,
    shares,
    turned_apart,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import HOME, ArmModel, Joints, arm_model
from smart_cell.motion.kinematics.scalar import Solution, forward, inverse, nearest, with_turns
from smart_cell.motion.kinematics.status import status_of, turn_of
from smart_cell.motion.limits import within_limits
from smart_cell.motion.moves.ptp import ptp_time

REFERENCE = json.loads(
    (Path(__file__).resolve().parents[3] / "data" / "kuka_reference_poses.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("name", "joints", "expected"),
    [
        ("kr210_r2700_2", (0.0,) * 6, (2.915, 0.0, 0.760)),
        ("kr210_r2700_2", HOME, (1.765, 0.0, 1.910)),
        ("kr6_r700_sixx", HOME, (0.470, 0.0, 0.750)),
        ("kr240_r2900_2", HOME, (1.790, 0.0, 2.110)),
        ("kr6_r900_2", HOME, (0.535, 0.0, 0.880)),
    ],
)
def test_forward_at_positions_computed_by_hand(name: str, joints: Joints, expected: tuple[float, float, float]) -> None:
    pose = forward(arm_model(name), joints)
    assert pose.xyz == pytest.approx(expected, abs=1e-12)
    assert pose.rotate((0.0, 0.0, 1.0)) == pytest.approx((1.0, 0.0, 0.0), abs=1e-12)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_forward_is_what_the_published_models_say(model: ArmModel) -> None:
    limit = 5e-5 if model.name in REFERENCE["rounded"] else 1e-9
    assert len(REFERENCE["poses"][model.name]) >= 3
    for entry in REFERENCE["poses"][model.name]:
        published = Pose(tuple(entry["xyz"]), tuple(entry["quat"]))
        assert pose_error(forward(model, entry["joints"]), published) < limit


def test_positive_a1_turns_clockwise_seen_from_above() -> None:
    _, y, _ = forward(KR210, (0.5, *HOME[1:])).xyz
    assert y < 0.0


@given(arms, shares)
def test_forward_is_the_product_of_the_joint_turns(model: ArmModel, at: tuple[float, ...]) -> None:
    joints = joints_at(model, at)
    frames, _ = chain_frames(model, np.array([joints]))
    assert np.abs(forward(model, joints).matrix() - frames[0]).max() < 1e-12


def test_forward_refuses_another_number_of_joints() -> None:
    with pytest.raises(ValueError, match="unpack"):
        forward(KR210, (0.0,) * 7)


@given(arms, shares)
@settings(max_examples=300, deadline=None)
def test_inverse_reaches_the_pose_and_finds_the_joints(model: ArmModel, at: tuple[float, ...]) -> None:
    joints = joints_at(model, at)
    pose = forward(model, joints)
    solutions = inverse(model, pose)
    for solution in solutions:
        assert pose_error(forward(model, solution.joints), pose) < 1e-9
        assert within_limits(model, solution.joints) is None
    assert len({solution.status for solution in solutions}) == len(solutions) <= 8
    if is_regular(model, joints):
        found = min(solutions, key=lambda solution: turned_apart(solution.joints, joints))
        # Near a stretched or folded arm A2 and A3 depend on the pose like a square root.
        assert turned_apart(found.joints, joints) < 1e-5
        assert found.status == status_of(model, joints)
        assert found.turn == turn_of(found.joints)
        nearer = (abs(a) <= abs(b) + 1e-5 for a, b in zip(found.joints, joints, strict=True))
        assert all(nearer), "each joint is in the turn closest to zero"


def is_regular(model: ArmModel, joints: Joints) -> bool:
    """Whether these joints are one of at most eight ways to reach their pose, and not at a border of Status."""
    q = [s * j - o for s, j, o in zip(model.signs, joints, model.offsets, strict=True)]
    bend = q[2] + math.atan2(model.a2, model.c3)
    forearm = math.hypot(model.a2, model.c3)
    wrist_x = model.a1 + model.c2 * math.sin(q[1]) + forearm * math.sin(q[1] + bend)
    return abs(math.sin(q[4])) > 2e-6 and abs(math.sin(bend)) > 2e-6 and abs(wrist_x) > 1e-6


@given(kuka_arms, st.floats(-4, 4), st.floats(-4, 4), st.floats(-4, 4), shares)
def test_inverse_of_any_pose_is_finite_and_exact(
    model: ArmModel, x: float, y: float, z: float, turns: tuple[float, ...]
) -> None:
    pose = Pose.from_rpy((x, y, z), [math.tau * share for share in turns[:3]])
    for solution in inverse(model, pose):
        assert pose_error(forward(model, solution.joints), pose) < 1e-9
        assert status_of(model, solution.joints) == solution.status or not is_regular(model, solution.joints)


def test_quaternion_of_almost_unit_length_is_the_same_rotation() -> None:
    pose = forward(KR210, (0.3, -1.2, 1.4, 0.7, 0.9, -0.4))
    w, x, y, z = (1.0000004 * part for part in pose.quat)
    for exact, scaled in zip(inverse(KR210, pose), inverse(KR210, Pose(pose.xyz, (w, x, y, z))), strict=True):
        assert turned_apart(exact.joints, scaled.joints) < 1e-12


def test_poses_of_base_and_flange_move_the_arm_and_its_flange() -> None:
    joints = (0.3, -1.2, 1.4, 0.7, 0.9, -0.4)
    base = Pose.from_rpy((1.0, 2.0, 3.0), (0.1, 0.2, 0.3))
    flange = Pose.from_rpy((0.1, 0.0, 0.2), (0.0, math.pi / 2, 0.0))
    moved = replace(KR210, base=base, flange=flange)
    expected = base @ forward(KR210, joints) @ flange
    assert pose_error(forward(moved, joints), expected) < 1e-12
    for one, other in zip(inverse(moved, expected), inverse(KR210, forward(KR210, joints)), strict=True):
        assert one.status == other.status
        assert one.joints == pytest.approx(other.joints, abs=1e-12)


def test_equal_poses_of_base_and_flange_are_as_good_as_the_identity() -> None:
    joints = (0.3, -1.2, 1.4, 0.7, 0.9, -0.4)
    copied = replace(KR210, base=Pose(IDENTITY.xyz, IDENTITY.quat), flange=Pose(IDENTITY.xyz, IDENTITY.quat))
    assert pose_error(forward(copied, joints), forward(KR210, joints)) < 1e-15
    assert inverse(copied, forward(KR210, joints)) == inverse(KR210, forward(KR210, joints))


def test_many_arms_one_after_another_keep_their_own_geometry() -> None:
    models = [foreign_arm(seed) for seed in range(300)]
    joints = [joints_at(model, (0.45,) * 6) for model in models]
    for _ in range(2):
        for model, there in zip(models, joints, strict=True):
            pose = forward(model, there)
            assert all(pose_error(forward(model, s.joints), pose) < 1e-9 for s in inverse(model, pose))


def test_joint_at_its_limit_is_a_solution() -> None:
    at_limit = (KR210.lower[0], -1.5, KR210.upper[2], 0.5, 1.0, 0.2)
    solutions = with_turns(KR210, inverse(KR210, forward(KR210, at_limit)))
    assert any(max(map(abs, np.subtract(s.joints, at_limit))) < 1e-9 for s in solutions)


def test_joint_takes_the_turn_that_its_limits_allow() -> None:
    beyond = replace(KR210, lower=(*KR210.lower[:5], 4.0), upper=(*KR210.upper[:5], 4.0 + math.tau))
    pose = forward(KR210, (0.3, -1.2, 1.4, 0.7, 0.9, 0.5))
    found = next(s for s in inverse(beyond, pose) if s.status == 2)
    assert found.joints[5] == pytest.approx(0.5 + math.tau)


@given(arms, shares)
@settings(deadline=None)
def test_with_turns_is_all_turns_within_the_limits(model: ArmModel, at: tuple[float, ...]) -> None:
    joints = joints_at(model, at)
    solutions = inverse(model, forward(model, joints))
    turned = with_turns(model, solutions)
    assert set(solutions) <= set(turned)
    assert len({(s.status, *(round(joint, 5) for joint in s.joints)) for s in turned}) == len(turned)
    for solution in turned:
        assert within_limits(model, solution.joints) is None
    expected = 0
    for solution in solutions:
        choices = [0] * 6
        for number, joint in enumerate(solution.joints):
            for step in range(-4, 5):
                moved = joint + step * math.tau
                choices[number] += model.lower[number] - 1e-9 <= moved <= model.upper[number] + 1e-9
        expected += math.prod(choices)
    assert len(turned) == expected


def test_turns_of_an_arm_of_kuka() -> None:
    solutions = inverse(KR210, forward(KR210, (0.0, -1.4, 1.6, 0.5, 0.9, 1.0)))
    straight = [s for s in with_turns(KR210, solutions) if s.status == 2]
    assert {round(s.joints[5], 6) for s in straight} == {1.0, round(1.0 - math.tau, 6)}
    assert {round(s.joints[3], 6) for s in straight} == {0.5, round(0.5 - math.tau, 6)}
    assert len(straight) == 4


@given(shares)
def test_status_and_turn_tell_all_solutions_apart(at: tuple[float, ...]) -> None:
    joints = joints_at(KR210, at)
    assume(is_regular(KR210, joints))
    solutions = with_turns(KR210, inverse(KR210, forward(KR210, joints)))
    assert len({(s.status, s.turn) for s in solutions}) == len(solutions)


def test_nearest_is_the_quickest_and_keeps_to_status_and_turn() -> None:
    reference = (0.2, -1.3, 1.5, 0.3, 0.8, -0.2)
    solutions = with_turns(KR210, inverse(KR210, forward(KR210, (0.25, -1.35, 1.55, 0.35, 0.85, -0.25))))
    best = nearest(solutions, reference, KR210)
    assert best is not None
    assert best.joints == pytest.approx((0.25, -1.35, 1.55, 0.35, 0.85, -0.25))
    assert all(ptp_time(KR210, reference, s.joints) >= ptp_time(KR210, reference, best.joints) for s in solutions)
    flipped = nearest(solutions, reference, KR210, status=6)
    assert flipped is not None
    assert flipped.joints[4] < 0.0
    exact = nearest(solutions, reference, KR210, status=flipped.status, turn=flipped.turn)
    assert exact is not None
    assert (exact.status, exact.turn) == (flipped.status, flipped.turn)
    assert nearest(solutions, reference, KR210, status=7) is None
    assert nearest([], reference, KR210) is None


def test_solution_unpacks_and_knows_its_turn() -> None:
    solution = Solution(HOME, 2)
    joints, status = solution
    assert (joints, status, solution.turn) == (HOME, 2, 0b000010)
    first, *_ = inverse(KR210, forward(KR210, HOME))
    assert isinstance(first, Solution)
