# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The turns of an arm's chain for many joint positions at once, as the NumPy kinematics share them.

Arrays here have the row last: `(6, n)`, `(3, 3, n)`. Every operation then runs over contiguous numbers, which is what
makes the batches fast. The chain from the geometry's base to its flange is, with the angles `q` of `ArmModel`,

    Rz(q1) Ry(q2) Ry(q3) Rz(q4) Ry(q5) Rz(q6)

Forearm frame: turned by `Rz(q1) Ry(q2 + q3)`, its z runs along axis 4.
"""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel

FloatArray = NDArray[np.float64]


class Turns(NamedTuple):
    """Sines and cosines of the chain's angles, each `(6, n)`: of q1, q2, q2 + q3, q4, q5, q6."""

    sine: FloatArray
    cosine: FloatArray


class Placement(NamedTuple):
    """A constant pose as a matrix and a vector."""

    rotation: FloatArray
    """(3, 3)"""
    origin: FloatArray
    """(3,) [m]"""


def chain_angles(model: ArmModel, joints: ArrayLike) -> FloatArray:
    """Return q1, q2, q2 + q3, q4, q5 and q6 [rad], `(6, n)`, at joint angles `(n, 6)` [rad].

    Raises:
        ValueError: `joints` has another shape.
    """
    rows = np.asarray(joints, dtype=float)
    if rows.ndim != 2 or rows.shape[1] != JOINT_COUNT:
        raise ValueError(f"joints have shape {rows.shape}, must be (n, {JOINT_COUNT})")
    angles: FloatArray = rows.T * np.array(model.signs)[:, np.newaxis]
    angles -= np.array(model.offsets)[:, np.newaxis]
    angles[2] += angles[1]
    return angles


def chain_turns(model: ArmModel, joints: ArrayLike) -> Turns:
    """Return sines and cosines of the chain's angles at joint angles `(n, 6)` [rad].

    Raises:
        ValueError: `joints` has another shape.
    """
    angles = chain_angles(model, joints)
    return Turns(np.sin(angles), np.cos(angles))


def wrist_in_arm_plane(model: ArmModel, turns: Turns) -> tuple[FloatArray, FloatArray]:
    """Return how far the wrist centre is out [m] from axis 1, in the plane that turns with it, and how high [m].

    Outwards is x of the frame that turns with axis 1, negative in the overhead area; both are `(n,)`.
    """
    _, s2, s, *_ = turns.sine
    _, c2, c, *_ = turns.cosine
    radial = model.c2 * s2 + model.c3 * s + model.a2 * c + model.a1
    height = model.c2 * c2 + model.c3 * c - model.a2 * s + model.c1
    return radial, height


def wrist_rotations(turns: Turns) -> FloatArray:
    """Return `Rz(q4) Ry(q5) Rz(q6)`, the flange of the geometry in the forearm frame, `(3, 3, n)`."""
    _, _, _, s4, s5, s6 = turns.sine
    _, _, _, c4, c5, c6 = turns.cosine
    wrist = np.empty((3, 3, s4.shape[0]))
    c5c6, c5s6 = c5 * c6, c5 * s6
    wrist[0, 0] = c4 * c5c6 - s4 * s6
    wrist[1, 0] = s4 * c5c6 + c4 * s6
    np.multiply(-s5, c6, out=wrist[2, 0])
    wrist[0, 1] = -c4 * c5s6 - s4 * c6
    wrist[1, 1] = c4 * c6 - s4 * c5s6
    np.multiply(s5, s6, out=wrist[2, 1])
    np.multiply(c4, s5, out=wrist[0, 2])
    np.multiply(s4, s5, out=wrist[1, 2])
    wrist[2, 2] = c5
    return wrist


def from_forearm(turns: Turns, vectors: FloatArray) -> FloatArray:
    """Return vectors `(3, ..., n)` of the forearm frame in the frame of the geometry's base."""
    s1, _, s, *_ = turns.sine
    c1, _, c, *_ = turns.cosine
    x, y, z = vectors
    out = np.empty_like(vectors)
    x, out[2] = c * x + s * z, c * z - s * x
    out[0] = c1 * x - s1 * y
    out[1] = s1 * x + c1 * y
    return out


def to_forearm(turns: Turns, vectors: FloatArray) -> FloatArray:
    """Return vectors `(3, ..., n)` of the frame of the geometry's base in the forearm frame."""
    s1, _, s, *_ = turns.sine
    c1, _, c, *_ = turns.cosine
    x, y, z = vectors
    out = np.empty_like(vectors)
    x, out[1] = c1 * x + s1 * y, c1 * y - s1 * x
    out[0] = c * x - s * z
    out[2] = s * x + c * z
    return out


def forearm_length(model: ArmModel) -> float:
    """Return the distance from axis 3 to the wrist centre [m]."""
    return hypot(model.a2, model.c3)


def placement(pose: Pose) -> Placement | None:
    """Return a pose as matrix and vector, or None for the identity, with which nothing needs to be done."""
    if pose == IDENTITY:
        return None
    matrix = pose.matrix()
    return Placement(matrix[:3, :3].copy(), matrix[:3, 3].copy())
