# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The closed-form inverse kinematics of an arm for many poses and ways of holding it, before any limits.

What `smart_cell.motion.kinematics.pose_solver` does for one pose, and with the same formulas, in NumPy: angles are
those of the geometry of `ArmModel`. Arrays have the pose last, as in `smart_cell.motion.kinematics.chain`.
"""

from __future__ import annotations

from math import atan2, pi
from typing import NamedTuple

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.kinematics.chain import FloatArray, forearm_length, placement

_FREE = 1e-10
"""Sine of A5 below which A4 says nothing about the pose any more."""
_REACH_TOLERANCE = 1e-10
"""How far beyond the stretched or folded arm [m] still counts as rounding."""


class Targets(NamedTuple):
    """What the flange poses ask of the arm, in the frame of the geometry's base."""

    centre: FloatArray
    """Wrist centre from the height of axis 2, (3, n)."""
    rotation: FloatArray
    """Flange of the geometry, (3, 3, n)."""


class Arm(NamedTuple):
    """Angles of the first three joints: axes are the elbow's bend, the side of axis 1, the pose."""

    q1: FloatArray
    q2: FloatArray
    q3: FloatArray
    elbow: FloatArray
    """q2 + q3."""
    sine_square: FloatArray
    """Square of the sine of the elbow's bend, 0 on the border of reach, negative beyond it."""
    radial_square: FloatArray
    """Square of how far the wrist centre is out from axis 1 [m^2], (n,)."""


class Wrist(NamedTuple):
    """Angles of the last three joints, axes as in `Arm`."""

    q4: FloatArray
    q5: FloatArray
    q6: FloatArray
    sine: FloatArray
    """Absolute sine of q5."""


def targets_of(model: ArmModel, positions: FloatArray, rotations: FloatArray) -> Targets:
    """Return what flange positions (n, 3) and rotation matrices (n, 3, 3) in the arm's base frame ask of the arm."""
    position = np.ascontiguousarray(positions.T)
    rotation = np.ascontiguousarray(rotations.transpose(1, 2, 0))
    if base := placement(model.base):
        rotation = (base.rotation.T @ rotation.reshape(3, -1)).reshape(rotation.shape)
        position = base.rotation.T @ (position - base.origin[:, np.newaxis])
    if flange := placement(model.flange):
        rotation = np.matmul(flange.rotation, rotation)
        position = position - np.tensordot(rotation, flange.origin, axes=(1, 0))
    centre = position - model.c4 * rotation[:, 2]
    centre[2] -= model.c1
    return Targets(centre, rotation)


def solve_arm(model: ArmModel, target: Targets, sides: FloatArray, bends: FloatArray) -> Arm:
    """Return the angles that bring the wrist centre to its place, NaN but for q1 where it is out of reach.

    Args:
        model: The arm.
        target: Where to.
        sides: On which side of axis 1 the wrist centre is: 1 in front, -1 overhead, (1, m, 1).
        bends: Which way the elbow is bent: 1 as Status 2, -1 the other way, (k, 1, 1).
    """
    x, y, height = target.centre
    forearm = forearm_length(model)
    near, far = max(0.0, abs(model.c2 - forearm) - _REACH_TOLERANCE), model.c2 + forearm + _REACH_TOLERANCE
    square = x * x + y * y
    q1 = np.arctan2(y, x) - np.where(sides < 0.0, pi, 0.0)
    if model.b:
        square -= model.b * model.b
        square[(square < 0.0) & (square >= -2.0 * abs(model.b) * _REACH_TOLERANCE)] = 0.0
    radial = np.sqrt(square)
    if model.b:
        q1 -= sides * np.arctan2(model.b, radial)
    out = sides * radial - model.a1
    span = out * out + height * height
    cosine = (span - (model.c2 * model.c2 + forearm * forearm)) / (2.0 * model.c2 * forearm)
    sine_square = (1.0 - cosine) * (1.0 + cosine)
    sine = np.sqrt(np.maximum(sine_square, 0.0))
    sine[(span < near * near) | (span > far * far)] = np.nan
    q3 = bends * np.arctan2(sine, cosine)
    q2 = np.arctan2(out, height) - bends * np.arctan2(forearm * sine, model.c2 + forearm * cosine)
    q3 -= atan2(model.a2, model.c3)
    return Arm(q1, q2, q3, q2 + q3, sine_square, square)


def solve_wrists(target: Targets, arm: Arm, flip: float) -> Wrist:
    """Return the wrist's angles with the sign `flip` of q5; q4 is 0 where the pose says nothing about it."""
    r0, r1, r2 = target.rotation
    s1, c1 = np.sin(arm.q1)[..., np.newaxis, :], np.cos(arm.q1)[..., np.newaxis, :]
    s, c = np.sin(arm.elbow)[..., np.newaxis, :], np.cos(arm.elbow)[..., np.newaxis, :]
    # The first two rows of the flange's rotation in the forearm frame are m0 and m1, and m22 is the last of the third.
    outwards = c1 * r0 + s1 * r1
    m1 = c1 * r1 - s1 * r0
    m0 = c * outwards - s * r2
    m02, m12 = m0[..., 2, :], m1[..., 2, :]
    m22 = s[..., 0, :] * outwards[..., 2, :] + c[..., 0, :] * r2[2]
    sine = np.sqrt(m02 * m02 + m12 * m12)
    # Sine and cosine of q4 make q6 exact where q4 is badly known: q6 makes up for its error.
    scale = flip / sine
    c4, s4 = m02 * scale, m12 * scale
    free = sine <= _FREE
    if free.any():
        c4[free], s4[free] = 1.0, 0.0
    q6 = np.arctan2(
        c4 * m1[..., 0, :] - s4 * m0[..., 0, :],
        c4 * m1[..., 1, :] - s4 * m0[..., 1, :],
    )
    return Wrist(np.arctan2(s4, c4), np.arctan2(flip * sine, m22), q6, sine)
