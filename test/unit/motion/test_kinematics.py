# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smart_cell.core.geometry import Pose, angle_between
from smart_cell.motion.arm_model import HOME, ArmModel, Joints, arm_model, arm_models
from smart_cell.motion.kinematics import (
    Solution,
    forward,
    inverse,
    limit_margin,
    nearest,
    status_of,
    turn_of,
    within_limits,
)
from smart_cell.motion.ptp import ptp_time
from smart_cell.motion.trajectory import FloatArray

KR210 = arm_model("kr210_r2700_2")
ALL = list(arm_models().values())
fractions = st.tuples(*[st.floats(0.0, 1.0)] * 6)


def joints_at(model: ArmModel, shares: tuple[float, ...]) -> Joints:
    a1, a2, a3, a4, a5, a6 = (
        low + share * (high - low) for low, high, share in zip(model.lower, model.upper, shares, strict=True)
    )
    return (a1, a2, a3, a4, a5, a6)


def pose_error(a: Pose, b: Pose) -> float:
    return max(math.dist(a.xyz, b.xyz), angle_between(a.quat, b.quat))


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


def test_positive_a1_turns_clockwise_seen_from_above() -> None:
    _, y, _ = forward(KR210, (0.5, *HOME[1:])).xyz
    assert y < 0.0


@given(st.sampled_from(ALL), fractions)
def test_forward_agrees_with_the_product_of_its_joint_turns(model: ArmModel, shares: tuple[float, ...]) -> None:
    joints = joints_at(model, shares)
    q = [s * j - o for s, j, o in zip(model.signs, joints, model.offsets, strict=True)]
    origin = (0.0, 0.0, 0.0)
    product = (
        Pose.from_rpy((0.0, 0.0, model.c1), (0.0, 0.0, q[0]))
        @ Pose.from_rpy((model.a1, model.b, 0.0), (0.0, q[1], 0.0))
        @ Pose.from_rpy((0.0, 0.0, model.c2), (0.0, q[2], 0.0))
        @ Pose.from_rpy((model.a2, 0.0, model.c3), (0.0, 0.0, q[3]))
        @ Pose.from_rpy(origin, (0.0, q[4], 0.0))
        @ Pose.from_rpy(origin, (0.0, 0.0, q[5]))
        @ Pose((0.0, 0.0, model.c4))
    )
    assert pose_error(forward(model, joints), product) < 1e-9


@given(st.sampled_from(ALL), fractions)
@settings(max_examples=200)
def test_inverse_finds_the_joints_and_only_what_reaches_the_pose(model: ArmModel, shares: tuple[float, ...]) -> None:
    joints = joints_at(model, shares)
    pose = forward(model, joints)
    solutions = inverse(model, pose)
    for solution in solutions:
        assert pose_error(forward(model, solution.joints), pose) < 1e-7
        assert within_limits(model, solution.joints) is None
        assert solution.status == status_of(model, solution.joints)
        assert solution.turn == turn_of(solution.joints)
    if abs(math.sin(joints[4])) > 1e-6:
        # Near a stretched or folded arm A2 and A3 depend on the pose like a square root.
        assert min(max(map(abs, np.subtract(s.joints, joints))) for s in solutions) < 1e-5


@given(st.sampled_from(ALL), fractions)
def test_sideways_offset_of_the_arm_is_solved_too(model: ArmModel, shares: tuple[float, ...]) -> None:
    offset = replace(model, b=0.05)
    joints = joints_at(offset, shares)
    solutions = inverse(offset, forward(offset, joints))
    assert all(pose_error(forward(offset, s.joints), forward(offset, joints)) < 1e-6 for s in solutions)


@given(fractions)
def test_status_and_turn_tell_all_solutions_apart(shares: tuple[float, ...]) -> None:
    joints = joints_at(KR210, shares)
    assume(abs(joints[4]) > 1e-3 and abs(joints[2] + math.atan2(KR210.a2, KR210.c3)) > 1e-3)
    solutions = inverse(KR210, forward(KR210, joints))
    assert len({(s.status, s.turn) for s in solutions}) == len(solutions)


def test_solutions_are_complete_against_a_numerical_search() -> None:
    random.seed(7)
    joints = (0.4, -1.4, 1.6, 0.8, 0.9, -0.5)
    pose = forward(KR210, joints)
    expected = inverse(KR210, pose)
    found: set[int] = set()
    for _ in range(80):
        result = _newton(KR210, pose, joints_at(KR210, tuple(random.random() for _ in range(6))))
        if result is None:
            continue
        close = [i for i, s in enumerate(expected) if max(map(abs, np.subtract(s.joints, result))) < 1e-4]
        assert close, f"{result} reaches the pose but is not among the solutions"
        found.add(close[0])
    assert len(found) >= 3


def _newton(model: ArmModel, target: Pose, start: Joints) -> tuple[float, ...] | None:
    q = np.array(start)
    wanted = target.matrix()
    for _ in range(25):
        here = forward(model, q.tolist()).matrix()
        residual = _difference(here, wanted)
        if np.abs(residual).max() < 1e-9:
            inside = within_limits(model, q.tolist()) is None
            return tuple(q.tolist()) if inside else None
        jacobian = np.empty((6, 6))
        for k in range(6):
            moved = q.copy()
            moved[k] += 1e-7
            jacobian[:, k] = _difference(here, forward(model, moved.tolist()).matrix()) / 1e-7
        step = np.linalg.lstsq(jacobian, residual, rcond=1e-6)[0]
        q = q + np.clip(step, -0.5, 0.5)
    return None


def _difference(here: FloatArray, there: FloatArray) -> FloatArray:
    turn = there[:3, :3] @ here[:3, :3].T
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    sine = float(np.linalg.norm(axis)) / 2
    angle = math.atan2(sine, (np.trace(turn) - 1.0) / 2)
    vector = axis * (angle / (2 * sine)) if sine > 1e-12 else axis / 2
    return np.concatenate([there[:3, 3] - here[:3, 3], vector])


@pytest.mark.parametrize("a5", [0.0, 1e-12, 1e-9, 1e-6, 1e-4, -1e-9])
def test_pose_stays_exact_at_the_wrist_singularity(a5: float) -> None:
    pose = forward(KR210, (0.3, -1.2, 1.4, 0.7, a5, -0.4))
    solutions = inverse(KR210, pose)
    assert solutions
    assert all(pose_error(forward(KR210, s.joints), pose) < 1e-9 for s in solutions)


def test_stretched_arm_has_one_elbow() -> None:
    stretched = math.atan2(0.115, 1.22)
    joints = (0.0, -0.5, stretched, 0.0, 0.5, 0.0)
    solutions = inverse(KR210, forward(KR210, joints))
    assert solutions
    assert all(pose_error(forward(KR210, s.joints), forward(KR210, joints)) < 1e-7 for s in solutions)
    assert {s.status & 2 for s in solutions} == {2}


def test_out_of_reach_has_no_solution() -> None:
    assert inverse(KR210, Pose((4.0, 0.0, 1.0))) == ()
    assert inverse(KR210, Pose((0.33, 0.0, 0.645))) == ()


def test_joint_at_its_limit_is_a_solution() -> None:
    at_limit = (KR210.lower[0], -1.5, KR210.upper[2], 0.5, 1.0, 0.2)
    solutions = inverse(KR210, forward(KR210, at_limit))
    assert any(max(map(abs, np.subtract(s.joints, at_limit))) < 1e-9 for s in solutions)


def test_all_turns_within_the_limits_are_there() -> None:
    a6 = {
        round(s.joints[5], 6) for s in inverse(KR210, forward(KR210, (0.0, -1.4, 1.6, 0.5, 0.9, 1.0))) if s.status == 2
    }
    assert a6 == {1.0, round(1.0 - math.tau, 6)}


@pytest.mark.parametrize(
    ("joints", "status", "turn"),
    [
        (HOME, 2, 2),
        ((0.0, -1.5, 1.5, 0.0, -0.5, 0.0), 6, 0b010010),
        ((-0.1, -1.5, 1.5, -0.1, 0.5, -0.1), 2, 0b101011),
        ((0.0, -2.4, 0.6, 0.0, 0.5, 0.0), 3, 0b000010),
        ((0.0, -0.2, 0.05, 0.0, 0.5, 0.0), 0, 0b000010),
        ((0.0, -0.2, 0.10, 0.0, 0.5, 0.0), 2, 0b000010),
    ],
)
def test_status_and_turn_are_those_of_kuka(joints: Joints, status: int, turn: int) -> None:
    assert (status_of(KR210, joints), turn_of(joints)) == (status, turn)


def test_nearest_is_the_quickest_and_keeps_to_status_and_turn() -> None:
    reference = (0.2, -1.3, 1.5, 0.3, 0.8, -0.2)
    solutions = inverse(KR210, forward(KR210, (0.25, -1.35, 1.55, 0.35, 0.85, -0.25)))
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


def test_solution_unpacks() -> None:
    joints, status, turn = Solution(HOME, 2, 2)
    assert (joints, status, turn) == (HOME, 2, 2)


def test_limit_margin_is_the_distance_to_the_closest_limit() -> None:
    assert limit_margin(KR210, (0.0, KR210.upper[1] - 0.1, 0.0, 0.0, 0.0, 0.0)) == pytest.approx(0.1)
    assert limit_margin(KR210, (0.0, KR210.upper[1] + 0.1, 0.0, 0.0, 0.0, 0.0)) == pytest.approx(-0.1)
