# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Closed-form forward and inverse kinematics of many poses at once, in NumPy.

The same mathematics, frames and KUKA Status as `smart_cell.motion.kinematics.scalar`, which is faster for single
poses: from about ten poses on, these functions are. Poses are of the flange frame (tool0) in the arm's base frame, as
positions `(n, 3)` [m] and rotation matrices `(n, 3, 3)`.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.kinematics.batch_solver import Targets, solve_arm, solve_wrists, targets_of
from smart_cell.motion.kinematics.chain import (
    FloatArray,
    chain_turns,
    from_forearm,
    placement,
    wrist_in_arm_plane,
    wrist_rotations,
)
from smart_cell.motion.kinematics.pose_solver import pose_solver
from smart_cell.motion.kinematics.status import STATUS_WRIST
from smart_cell.motion.limits import LIMIT_TOLERANCE

STATUS_COUNT = 8
"""How many ways of holding the arm KUKA's Status tells apart."""

_TURN = 2.0 * pi
_CHUNK = 2048
"""Poses that are solved together: enough to make calls of NumPy cheap, few enough for the processor's cache."""
_BORDER = 1e-4
"""Below this sine of A5 or of the elbow's bend, or this distance [m] of the wrist centre from axis 1, poses are solved
one by one."""
_BENDS = np.array([[[-1.0]], [[1.0]]])
"""Of the elbow, by bit 1 of Status."""
_SIDES = np.array([[[1.0], [-1.0]]])
"""Of axis 1, by bit 0 of Status."""


def forward_many(model: ArmModel, joints: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return flange positions `(n, 3)` [m] and rotation matrices `(n, 3, 3)` in the arm's base frame.

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad], `(n, 6)`.

    Raises:
        ValueError: `joints` has another shape.
    """
    turns = chain_turns(model, joints)
    radial, height = wrist_in_arm_plane(model, turns)
    s1, c1 = turns.sine[0], turns.cosine[0]
    rotations = from_forearm(turns, wrist_rotations(turns))
    positions = model.c4 * rotations[:, 2]
    positions[0] += radial * c1
    positions[1] += radial * s1
    positions[2] += height
    if model.b:
        positions[0] -= model.b * s1
        positions[1] += model.b * c1
    if flange := placement(model.flange):
        positions += np.tensordot(rotations, flange.origin, axes=(1, 0))
        rotations = np.matmul(flange.rotation.T, rotations)
    if base := placement(model.base):
        positions = base.rotation @ positions + base.origin[:, np.newaxis]
        rotations = (base.rotation @ rotations.reshape(3, -1)).reshape(rotations.shape)
    return np.ascontiguousarray(positions.T), np.ascontiguousarray(rotations.transpose(2, 0, 1))


def inverse_branch(model: ArmModel, positions: ArrayLike, rotations: ArrayLike, status: int) -> FloatArray:
    """Return the joint angles [rad], `(n, 6)`, that reach poses while the arm is held in one way.

    The fast path of straight and circular moves, which hold the arm in one way. Joint limits are not looked at, and
    angles are the principal ones, not further than pi from the zero of the geometry: unwrap them along a path, then
    check limits. Where axes 4 and 6 are in line (A5 = 0) q4 of the geometry is 0, with the wrist centre on axis 1 q1 is
    0 or pi.

    Args:
        model: The arm.
        positions: Flange positions [m], `(n, 3)`.
        rotations: Flange rotation matrices, `(n, 3, 3)`.
        status: KUKA Status, 0 to 7.

    Returns:
        Joint angles, NaN in the whole row where the pose is out of reach.

    Raises:
        ValueError: A shape is wrong.
    """
    target = targets_of(model, *_checked(positions, rotations))
    overhead, elbow = status & 1, status >> 1 & 1
    with np.errstate(invalid="ignore", divide="ignore"):
        arm = solve_arm(model, target, _SIDES[:, overhead : overhead + 1], _BENDS[elbow : elbow + 1])
        wrist = solve_wrists(target, arm, model.signs[4] * (-1.0 if status & STATUS_WRIST else 1.0))
    joints = np.concatenate((arm.q1, arm.q2, arm.q3, wrist.q4, wrist.q5, wrist.q6))[:, 0]
    joints += np.array(model.offsets)[:, np.newaxis]
    joints *= np.array(model.signs)[:, np.newaxis]
    # A1 turns towards what is out of reach, too.
    joints[0] += 0.0 * joints[1]
    return joints.T


def inverse_many(model: ArmModel, positions: ArrayLike, rotations: ArrayLike) -> FloatArray:
    """Return the joint angles [rad], `(n, 8, 6)`, with which the arm reaches poses in each of its configurations.

    Column k of the second axis holds the solution of KUKA Status k. Each joint is in the turn closest to 0 that its
    limits allow. Close to singularities and to the border of reach, solutions are those of `kinematics.inverse`; such
    poses take as long as with it.

    Args:
        model: The arm.
        positions: Flange positions [m], `(n, 3)`.
        rotations: Flange rotation matrices, `(n, 3, 3)`.

    Returns:
        Joint angles, NaN in all six where the configuration does not reach the pose within the limits.

    Raises:
        ValueError: A shape is wrong.
    """
    places, turns = _checked(positions, rotations)
    joints = np.empty((len(places), STATUS_COUNT, 6))
    with np.errstate(invalid="ignore", divide="ignore"):
        for start in range(0, len(places), _CHUNK):
            part = slice(start, start + _CHUNK)
            rows = _solve_all(model, targets_of(model, places[part], turns[part]), joints[part])
            if len(rows):
                _solve_each(model, places[part][rows], turns[part][rows], joints[part], rows)
    return joints


def _solve_all(model: ArmModel, target: Targets, out: FloatArray) -> NDArray[np.intp]:
    """Write the solutions of one chunk to `out`, (n, 8, 6).

    Returns:
        Rows that need to be looked at closer, since a solution of them is close to a singularity.
    """
    arm = solve_arm(model, target, _SIDES, _BENDS)
    wrist = solve_wrists(target, arm, model.signs[4])
    # Axes: joint, then wrist, elbow and side, which together count through Status, then pose.
    solved = np.empty((6, 2, 2, 2, len(out)))
    solved[3:, 0] = wrist.q4, wrist.q5, wrist.q6
    np.add(wrist.q4, pi, out=solved[3, 1])
    np.negative(wrist.q5, out=solved[4, 1])
    np.add(wrist.q6, pi, out=solved[5, 1])
    missing = np.isnan(arm.elbow)
    for axis, angles in enumerate((arm.q1, arm.q2, arm.q3)):
        missing |= _into_limits(model, axis, angles)
        solved[axis] = angles
    absent = np.array((missing, missing))
    for axis in (3, 4, 5):
        absent |= _into_limits(model, axis, solved[axis])
    solved += np.where(absent, np.nan, 0.0)
    out[...] = solved.reshape(6, STATUS_COUNT, -1).transpose(2, 1, 0)
    border = (np.abs(arm.sine_square) < _BORDER * _BORDER).any(axis=(0, 1)) | (wrist.sine < _BORDER).any(axis=(0, 1))
    return np.flatnonzero(border | (arm.radial_square < _BORDER * _BORDER))


def _solve_each(
    model: ArmModel, places: FloatArray, turns: FloatArray, out: FloatArray, rows: NDArray[np.intp]
) -> None:
    """Write the solutions of poses close to singularities to rows of `out`, as the solver for single poses has them."""
    solve = pose_solver(model)
    out[rows] = np.nan
    for row, (x, y, z), (qw, qx, qy, qz) in zip(rows, places.tolist(), _quaternions(turns).tolist(), strict=True):
        for joints, status in solve(Pose((x, y, z), (qw, qx, qy, qz))):
            out[row, status] = joints


def _quaternions(rotations: FloatArray) -> FloatArray:
    """Return unit quaternions (w, x, y, z), (n, 4), of rotation matrices (n, 3, 3)."""
    (r00, r01, r02), (r10, r11, r12), (r20, r21, r22) = rotations.transpose(1, 2, 0)
    # Four times the products of each two elements: every row is the quaternion, the one of the largest is best known.
    products = np.array(
        (
            (1.0 + r00 + r11 + r22, r21 - r12, r02 - r20, r10 - r01),
            (r21 - r12, 1.0 + r00 - r11 - r22, r10 + r01, r02 + r20),
            (r02 - r20, r10 + r01, 1.0 - r00 + r11 - r22, r21 + r12),
            (r10 - r01, r02 + r20, r21 + r12, 1.0 - r00 - r11 + r22),
        )
    )
    best = np.argmax(np.einsum("iin->in", products), axis=0)
    chosen = products[best, :, np.arange(len(best))]
    quaternions: FloatArray = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
    return quaternions


def _into_limits(model: ArmModel, axis: int, angles: FloatArray) -> NDArray[np.bool_] | bool:
    """Make joint angles of geometry angles, in the turn closest to 0 that the limits allow, where they are.

    Returns:
        Which of them are not within the limits; False for none.
    """
    lower, upper = model.lower[axis] - LIMIT_TOLERANCE, model.upper[axis] + LIMIT_TOLERANCE
    if model.offsets[axis]:
        angles += model.offsets[axis]
    if model.signs[axis] < 0.0:
        np.negative(angles, out=angles)
    all_around = upper - lower >= _TURN
    start = 0.5 * (lower + upper) - pi
    if all_around:
        # Half a turn either way is +pi, also where rounding says -pi; one-sided limits begin or end the turn.
        start = min(max(lower, LIMIT_TOLERANCE - pi), upper - _TURN)
    turns = angles * (1.0 / _TURN)
    turns -= start / _TURN
    np.floor(turns, out=turns)
    turns *= _TURN
    angles -= turns
    return False if all_around else (angles < lower) | (angles > upper)


def _checked(positions: ArrayLike, rotations: ArrayLike) -> tuple[FloatArray, FloatArray]:
    places, turns = np.asarray(positions, dtype=float), np.asarray(rotations, dtype=float)
    if places.ndim != 2 or places.shape[1] != 3 or turns.shape != (len(places), 3, 3):
        raise ValueError(f"positions {places.shape} and rotations {turns.shape} must be (n, 3) and (n, 3, 3)")
    return places, turns
