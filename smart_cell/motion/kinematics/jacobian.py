# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The geometric Jacobian of an arm: how its flange or tool moves as its joints do, in closed form.

Rows are the linear velocity of the point [m/rad] and then the angular velocity [rad/rad], both in the arm's base
frame; column k belongs to joint k + 1. To go from motions of the flange to joint rates,
`smart_cell.motion.kinematics.rates` is faster than any inverse of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin

import numpy as np
from numpy.typing import ArrayLike

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.kinematics.chain import FloatArray, chain_turns, placement


def jacobian(model: ArmModel, joints: Sequence[float], tool: Pose | None = None) -> FloatArray:
    """Return the Jacobian `(6, 6)` at joint angles [rad], A1 to A6.

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad].
        tool: Pose in the flange frame of the tool whose origin moves; None: the flange itself.
    """
    q1, q2, q3, q4, q5, q6 = (
        sign * joint - offset for sign, joint, offset in zip(model.signs, joints, model.offsets, strict=True)
    )
    angles = (q1, q2, q2 + q3, q4, q5, q6)
    out = np.zeros((6, JOINT_COUNT))
    _fill(model, [sin(angle) for angle in angles], [cos(angle) for angle in angles], tool, out)
    return out


def jacobian_many(model: ArmModel, joints: ArrayLike, tool: Pose | None = None) -> FloatArray:
    """Return the Jacobians `(n, 6, 6)` at joint angles `(n, 6)` [rad].

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad], `(n, 6)`.
        tool: Pose in the flange frame of the tool whose origin moves; None: the flange itself.

    Raises:
        ValueError: `joints` has another shape.
    """
    turns = chain_turns(model, joints)
    out = np.zeros((6, JOINT_COUNT, turns.sine.shape[1]))
    _fill(model, turns.sine, turns.cosine, tool, out)
    return np.ascontiguousarray(out.transpose(2, 0, 1))


def _fill(
    model: ArmModel,
    sines: Sequence[float] | FloatArray,
    cosines: Sequence[float] | FloatArray,
    tool: Pose | None,
    out: FloatArray,
) -> None:
    """Write the Jacobian to `out`, which is zero: for the numbers of one position, or for arrays of many.

    Everything is in the frame that turns with axis 1 until the end.
    """
    s1, s2, s, s4, s5, s6 = sines
    c1, c2, c, c4, c5, c6 = cosines
    # Axis 6 in the forearm frame, and from the wrist centre to the point.
    x6, y6, z6 = c4 * s5, s4 * s5, c5
    offset = model.flange.apply((tool or IDENTITY).xyz)
    x, y, z = (model.c4 + offset[2]) * x6, (model.c4 + offset[2]) * y6, (model.c4 + offset[2]) * z6
    if offset[0] or offset[1]:
        across, along = c6 * offset[0] - s6 * offset[1], s6 * offset[0] + c6 * offset[1]
        x, y, z = x + c4 * c5 * across - s4 * along, y + s4 * c5 * across + c4 * along, z - s5 * across
    x, z = c * x + s * z, c * z - s * x
    x6, z6 = c * x6 + s * z6, c * z6 - s * x6
    x5, y5, z5 = -c * s4, c4, s * s4
    x3, z3 = x + model.c3 * s + model.a2 * c, z + model.c3 * c - model.a2 * s
    x2, z2 = x3 + model.c2 * s2, z3 + model.c2 * c2
    columns = (
        (-(model.b + y), model.a1 + x2, 0.0, 0.0, 0.0, 1.0),
        (z2, 0.0, -x2, 0.0, 1.0, 0.0),
        (z3, 0.0, -x3, 0.0, 1.0, 0.0),
        (-c * y, c * x - s * z, s * y, s, 0.0, c),
        (y5 * z - z5 * y, z5 * x - x5 * z, x5 * y - y5 * x, x5, y5, z5),
        (y6 * z - z6 * y, z6 * x - x6 * z, x6 * y - y6 * x, x6, y6, z6),
    )
    for axis, (column, sign) in enumerate(zip(columns, model.signs, strict=True)):
        for row in (0, 3):
            x, y, z = column[row : row + 3]
            out[row, axis] = sign * (c1 * x - s1 * y)
            out[row + 1, axis] = sign * (s1 * x + c1 * y)
            out[row + 2, axis] = sign * z
    if base := placement(model.base):
        for rows in (slice(0, 3), slice(3, 6)):
            out[rows] = np.tensordot(base.rotation, out[rows], axes=1)
