# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from arm_poses import (
    ALL,
    KR210,
    anywhere,
    arms,
    foreign_arm,
    joints_at,
    kuka_arms,
    pose_error,
    shares,
    six,
    turned_apart,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME, ArmModel, Joints
from smart_cell.motion.kinematics.batch import forward_many, inverse_branch, inverse_many
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.kinematics.singularity import singularity_distances
from smart_cell.motion.kinematics.status import status_of
from smart_cell.motion.limits import within_limits

FloatArray = NDArray[np.float64]
EXACT = 1e-9
"""How close [rad, m] results have to be."""
ARMS = [*ALL, *(foreign_arm(seed) for seed in range(20))]

nearly_singular = st.sampled_from((0.0, 1e-12, -1e-12, 3e-9, 1e-7, -4e-7, 3e-6, -2e-5, 0.9e-4, 1.1e-4, -1e-3))


def pose_of(positions: FloatArray, rotations: FloatArray, row: int) -> Pose:
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotations[row], positions[row]
    return Pose.from_matrix(matrix)


def matrices(poses: Sequence[Pose]) -> tuple[FloatArray, FloatArray]:
    whole = np.array([pose.matrix() for pose in poses])
    return whole[:, :3, 3], whole[:, :3, :3]


def joint5(model: ArmModel, angle: float) -> float:
    """A5 at an angle of the geometry."""
    return model.signs[4] * (angle + model.offsets[4])


def joint3(model: ArmModel, bend: float) -> float:
    """A3 at a bend of the elbow."""
    return model.signs[2] * (bend - math.atan2(model.a2, model.c3) + model.offsets[2])


def wrist_above_axis_1(model: ArmModel, a3: float, beside: float) -> float | None:
    """A2 at which the wrist centre is `beside` axis 1 [m]."""
    bend = model.signs[2] * a3 - model.offsets[2] + math.atan2(model.a2, model.c3)
    forearm = math.hypot(model.a2, model.c3)
    across, along = forearm * math.sin(bend), model.c2 + forearm * math.cos(bend)
    sine = (beside - model.a1) / math.hypot(across, along)
    return (
        model.signs[1] * (math.asin(sine) - math.atan2(across, along) + model.offsets[1]) if abs(sine) <= 1.0 else None
    )


def assert_like_scalar(model: ArmModel, poses: Sequence[Pose]) -> None:
    """Every column is the solution of `inverse` with that Status."""
    for pose, columns in zip(poses, inverse_many(model, *matrices(poses)), strict=True):
        expected = {solution.status: solution.joints for solution in inverse(model, pose)}
        missing = np.isnan(columns)
        assert (missing.all(axis=1) == missing.any(axis=1)).all()
        found = {int(status): six(columns[status]) for status in np.flatnonzero(~missing[:, 0])}
        for status in found.keys() | expected.keys():
            joints = found.get(status) or expected[status]
            assert pose_error(forward(model, joints), pose) < EXACT
            # Close to a singularity joints follow the rounding of a pose, and some may then pass a limit.
            noise = rounding(model, joints)
            other = expected.get(status) or joints
            at_limit = np.minimum(margins(model, joints), margins(model, other)) < noise
            if noise > EXACT and at_limit.any():
                continue
            assert status in found
            assert status in expected
            assert turned_apart(joints, other) < noise
            same_turn = np.abs(np.subtract(joints, other)) < 1.0
            half_turn = np.abs(np.abs(joints) - math.pi) < noise
            assert (same_turn | half_turn | at_limit).all()


def rounding(model: ArmModel, joints: Joints) -> float:
    """How far [rad] rounding of a pose may turn a joint."""
    near = singularity_distances(model, joints)
    wrist = near.wrist if near.wrist > 1e-9 else 1.0  # closer A4 is set to zero
    return max(EXACT, 1e-13 / max(min(near.elbow, wrist, near.shoulder), 1e-8))


def margins(model: ArmModel, joints: Joints) -> FloatArray:
    """How far [rad] each joint is within its limits."""
    within: FloatArray = np.minimum(np.subtract(joints, model.lower), np.subtract(model.upper, joints))
    return within


@given(arms, st.lists(shares, min_size=1, max_size=5))
def test_forward_many_is_forward_of_each(model: ArmModel, rows: list[tuple[float, ...]]) -> None:
    joints = [joints_at(model, row) for row in rows]
    positions, rotations = forward_many(model, joints)
    assert positions.shape == (len(rows), 3)
    assert rotations.shape == (len(rows), 3, 3)
    for row, position in enumerate(joints):
        assert pose_error(pose_of(positions, rotations, row), forward(model, position)) < 1e-12


def test_forward_many_of_no_positions_is_empty() -> None:
    positions, rotations = forward_many(KR210, np.empty((0, 6)))
    assert positions.shape == (0, 3)
    assert rotations.shape == (0, 3, 3)


@pytest.mark.parametrize("model", ARMS, ids=lambda model: model.name)
def test_inverse_many_is_inverse_of_each(model: ArmModel) -> None:
    source = random.Random(model.name)
    assert_like_scalar(model, [forward(model, anywhere(model, source)) for _ in range(30)])


@given(arms, shares)
def test_inverse_many_finds_the_position_again(model: ArmModel, row: tuple[float, ...]) -> None:
    joints = joints_at(model, row)
    near = singularity_distances(model, joints)
    assume(min(near.shoulder, near.elbow, near.wrist) > 1e-3)
    column = inverse_many(model, *forward_many(model, [joints]))[0, status_of(model, joints)].tolist()
    assert turned_apart(column, joints) < EXACT
    assert within_limits(model, column) is None


@given(arms, shares, nearly_singular, st.booleans())
def test_inverse_many_next_to_the_wrist_singularity(
    model: ArmModel, row: tuple[float, ...], off: float, folded: bool
) -> None:
    a1, a2, a3, a4, _, a6 = joints_at(model, row)
    assume(min(singularity_distances(model, (a1, a2, a3, a4, 0.0, a6)).elbow, 1.0) > 1e-3)
    assert_like_scalar(model, [forward(model, (a1, a2, a3, a4, joint5(model, off + math.pi * folded), a6))])


@given(arms, shares, nearly_singular)
def test_inverse_many_next_to_the_stretched_arm(model: ArmModel, row: tuple[float, ...], off: float) -> None:
    a1, a2, _, a4, a5, a6 = joints_at(model, row)
    joints = (a1, a2, joint3(model, off), a4, a5, a6)
    near = singularity_distances(model, joints)
    assume(min(near.shoulder, near.wrist) > 1e-3)
    assert_like_scalar(model, [forward(model, joints)])


@given(arms, shares, nearly_singular)
def test_inverse_many_with_the_wrist_on_axis_1(model: ArmModel, row: tuple[float, ...], off: float) -> None:
    model = replace(model, b=0.0)
    assume(abs(off) != 1e-12)  # there rounding decides whether A1 is free
    a1, _, a3, a4, a5, a6 = joints_at(model, row)
    a2 = wrist_above_axis_1(model, a3, off)
    assume(a2 is not None)
    joints: Joints = (a1, a2 or 0.0, a3, a4, a5, a6)
    near = singularity_distances(model, joints)
    assume(min(near.elbow, near.wrist) > 1e-3)
    assert_like_scalar(model, [forward(model, joints)])


@given(kuka_arms, shares)
def test_inverse_many_at_the_limits_of_joints(model: ArmModel, row: tuple[float, ...]) -> None:
    joints = joints_at(model, [round(share * 3.0) / 3.0 for share in row])
    near = singularity_distances(model, joints)
    assume(min(near.shoulder, near.elbow, near.wrist) > 1e-3)
    assert_like_scalar(model, [forward(model, joints)])


def test_inverse_many_of_a_pose_out_of_reach_is_nan() -> None:
    reach = KR210.reach + KR210.c4
    positions = np.array([[reach + 0.01, 0.0, KR210.c1], [0.0, 0.0, 9.0], [math.nan, 0.0, 1.0]])
    assert np.isnan(inverse_many(KR210, positions, np.array([np.eye(3)] * 3))).all()


def test_inverse_many_treats_long_batches_like_short_ones() -> None:
    joints = np.random.default_rng(3).uniform(KR210.lower, KR210.upper, (5000, 6))
    positions, rotations = forward_many(KR210, joints)
    whole = inverse_many(KR210, positions, rotations)
    parts = [inverse_many(KR210, positions[part], rotations[part]) for part in (slice(0, 2500), slice(2500, 5000))]
    assert whole.shape == (5000, 8, 6)
    assert np.array_equal(whole, np.concatenate(parts), equal_nan=True)
    assert inverse_many(KR210, positions[:0], rotations[:0]).shape == (0, 8, 6)


@given(arms, shares, st.integers(0, 7))
@settings(max_examples=200)
def test_inverse_branch_holds_the_arm_as_asked(model: ArmModel, row: tuple[float, ...], status: int) -> None:
    joints = joints_at(model, row)
    pose = forward(model, joints)
    found = inverse_branch(model, *matrices([pose]), status)[0]
    assert found.shape == (6,)
    if np.isnan(found).any():
        assert np.isnan(found).all()
        assert (status ^ status_of(model, joints)) & 1
        return
    assert pose_error(forward(model, found.tolist()), pose) < 1e-9
    near = singularity_distances(model, found.tolist())
    assume(min(near.shoulder, near.elbow, near.wrist) > 1e-5)
    assert status_of(model, found.tolist()) == status
    if status == status_of(model, joints):
        assert turned_apart(found.tolist(), joints) < EXACT


def test_inverse_branch_does_not_look_at_limits() -> None:
    joints = (0.3, math.radians(60.0), 0.4, 0.5, 0.6, 0.7)
    assert within_limits(KR210, joints) is not None
    found = inverse_branch(KR210, *forward_many(KR210, [joints]), status_of(KR210, joints))
    assert found[0] == pytest.approx(joints, abs=1e-12)


def test_inverse_branch_crosses_the_wrist_singularity_without_warning() -> None:
    path = np.tile(HOME, (5, 1))
    path[:, 4] = (-0.2, -1e-12, 0.0, 1e-12, 0.2)
    found = inverse_branch(KR210, *forward_many(KR210, path), status_of(KR210, HOME))
    assert found[:, 4] == pytest.approx(np.abs(path[:, 4]), abs=1e-9)
    assert found[2] == pytest.approx(HOME, abs=1e-9)


@pytest.mark.parametrize("shapes", [((3,), (1, 3, 3)), ((2, 3), (1, 3, 3)), ((1, 4), (1, 3, 3)), ((1, 3), (3, 3))])
def test_wrong_shapes_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    positions, rotations = np.zeros(shapes[0]), np.zeros(shapes[1])
    with pytest.raises(ValueError, match=r"must be \(n, 3\) and \(n, 3, 3\)"):
        inverse_many(KR210, positions, rotations)
    with pytest.raises(ValueError, match=r"must be \(n, 3\) and \(n, 3, 3\)"):
        inverse_branch(KR210, positions, rotations, 2)
    with pytest.raises(ValueError, match=r"must be \(n, 6\)"):
        forward_many(KR210, np.zeros(6))


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_py_opw_kinematics_finds_the_same(model: ArmModel) -> None:
    opw = pytest.importorskip("py_opw_kinematics")
    lengths = (model.a1, model.a2, model.b, model.c1, model.c2, model.c3, model.c4)
    geometry = opw.KinematicModel(*lengths, offsets=model.offsets, flip_axes=tuple(sign < 0.0 for sign in model.signs))
    robot = opw.Robot(geometry, degrees=False)
    source = random.Random(5)
    for _ in range(10):
        joints = anywhere(model, source)
        theirs = robot.forward(joints)
        pose = pose_of(*forward_many(model, [joints]), 0)
        assert pose_error(Pose.from_matrix(theirs.as_matrix()), pose) < 1e-9
        ours = inverse_many(model, *matrices([pose]))[0]
        for solution in robot.inverse(theirs):
            wanted = np.array(solution)
            if within_limits(model, wanted.tolist()) is None:
                assert (
                    min(turned_apart(column.tolist(), wanted.tolist()) for column in ours[~np.isnan(ours[:, 0])]) < 1e-6
                )
