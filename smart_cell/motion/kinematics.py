# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Closed-form forward and inverse kinematics of six-axis arms with a spherical wrist.

All poses are of the flange frame (tool0) in the arm's base frame. The code is scalar: for one pose this is several
times faster than NumPy. Source of the arm's convention: see `smart_cell.motion.arm_model`.

Status and Turn are the S and T of KUKA's POS type:

- S bit 0: the wrist centre is in the overhead area, that is, its x in the frame that turns with axis 1 is negative.
- S bit 1: A3 is at or above the angle of the stretched arm (0 deg where axes 3 and 4 meet, else -atan2(a2, c3)).
- S bit 2: A5 is negative.
- T bit i: the angle of joint i + 1 is negative.

S separates the eight ways in which an arm reaches a pose; T tells turns of a joint apart. Angles closer to a border
than `BORDER_TOLERANCE` count as non-negative, so that rounding does not change a bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import acos, atan2, cos, hypot, pi, remainder, sin, sqrt
from typing import NamedTuple

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.limits import LIMIT_TOLERANCE, limit_margin, within_limits
from smart_cell.motion.ptp import ptp_time

__all__ = [
    "BORDER_TOLERANCE",
    "STATUS_ELBOW",
    "STATUS_OVERHEAD",
    "STATUS_WRIST",
    "Solution",
    "forward",
    "inverse",
    "limit_margin",
    "nearest",
    "status_of",
    "turn_of",
    "within_limits",
]

BORDER_TOLERANCE = 1e-6
"""How far below zero [rad] an angle still counts as zero in Status and Turn."""

STATUS_OVERHEAD = 1
STATUS_ELBOW = 2
STATUS_WRIST = 4

_TURN = 2.0 * pi
_STRETCHED = 1.0 - 1e-14
_UNREACHABLE = 1.0 + 1e-10
_WRIST_SINGULAR = 1e-10
_WRIST_CLOSE = 1e-3


class Solution(NamedTuple):
    """One way to reach a pose. A named tuple, since one call makes up to 32 of them."""

    joints: Joints
    """Joint angles [rad], A1 to A6."""
    status: int
    """KUKA Status (S), bits 0 to 2."""
    turn: int
    """KUKA Turn (T), bits 0 to 5."""


def forward(model: ArmModel, joints: Sequence[float]) -> Pose:
    """Return the flange pose in the arm's base frame at `joints` [rad].

    Limits are not looked at.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> tuple(round(value, 3) for value in forward(arm_model("kr210_r2700_2"), HOME).xyz)
        (1.765, 0.0, 1.91)
    """
    q1, q2, q3, q4, q5, q6 = (
        sign * joint - offset for sign, joint, offset in zip(model.signs, joints, model.offsets, strict=True)
    )
    elbow = q2 + q3
    # Rz(q1) Ry(elbow) Rz(q4) and Ry(q5) Rz(q6) as quaternions, then their product.
    half, plus, minus = 0.5 * elbow, 0.5 * (q4 + q1), 0.5 * (q4 - q1)
    cosine, sine = cos(half), sin(half)
    aw, ax = cosine * cos(plus), sine * sin(minus)
    ay, az = sine * cos(minus), cosine * sin(plus)
    c5, s5, c6, s6 = cos(0.5 * q5), sin(0.5 * q5), cos(0.5 * q6), sin(0.5 * q6)
    bw, bx, by, bz = c5 * c6, s5 * s6, s5 * c6, c5 * s6
    w = aw * bw - ax * bx - ay * by - az * bz
    x = aw * bx + ax * bw + ay * bz - az * by
    y = aw * by - ax * bz + ay * bw + az * bx
    z = aw * bz + ax * by - ay * bx + az * bw
    norm = sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    radial = model.c2 * sin(q2) + model.c3 * sin(elbow) + model.a2 * cos(elbow) + model.a1
    height = model.c2 * cos(q2) + model.c3 * cos(elbow) - model.a2 * sin(elbow) + model.c1
    c1, s1 = cos(q1), sin(q1)
    return Pose(
        (
            radial * c1 - model.b * s1 + model.c4 * 2.0 * (x * z + w * y),
            radial * s1 + model.b * c1 + model.c4 * 2.0 * (y * z - w * x),
            height + model.c4 * (1.0 - 2.0 * (x * x + y * y)),
        ),
        (w, x, y, z),
    )


def inverse(model: ArmModel, flange: Pose) -> tuple[Solution, ...]:
    """Return every joint position within the limits that brings the flange to a pose.

    Up to eight ways to hold the arm, each with every turn of 2 pi that the limits allow. Where the wrist is stretched
    (A5 = 0) only the sum of A4 and A6 matters; the solution with A4 = 0 stands for all of them.

    Args:
        model: The arm.
        flange: Flange pose in the arm's base frame [m].

    Returns:
        The solutions in no special order; empty if the pose is out of reach.
    """
    w, x, y, z = flange.quat
    r00, r01, r02 = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    r10, r11, r12 = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    r20, r21, r22 = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    px, py, pz = flange.xyz
    wx, wy, h = px - model.c4 * r02, py - model.c4 * r12, pz - model.c4 * r22 - model.c1

    lower, upper = model.lower, model.upper
    sign1, sign2, sign3, sign4, sign5, sign6 = model.signs
    offset1, offset2, offset3, offset4, offset5, offset6 = model.offsets
    b, c2 = model.b, model.c2
    forearm_square = model.a2 * model.a2 + model.c3 * model.c3
    forearm = sqrt(forearm_square)
    psi = atan2(model.a2, model.c3)

    square = wx * wx + wy * wy - b * b
    if square < 0.0:
        return ()
    radial = sqrt(square)
    heading = atan2(wy, wx)
    sideways = atan2(b, radial)

    below_zero = -BORDER_TOLERANCE
    found: list[Solution] = []
    for overhead in (0, STATUS_OVERHEAD):
        if overhead:
            q1, x1 = heading + sideways - pi, -radial - model.a1
        else:
            q1, x1 = heading - sideways, radial - model.a1
        all1 = _turns(sign1 * (q1 + offset1), lower[0], upper[0])
        if not all1:
            continue
        span = x1 * x1 + h * h
        cosine = (span - c2 * c2 - forearm_square) / (2.0 * c2 * forearm)
        if not -_UNREACHABLE <= cosine <= _UNREACHABLE:
            continue
        bends: tuple[float, ...]
        if abs(cosine) >= _STRETCHED:
            bends = (0.0,) if cosine > 0.0 else (pi,)
        else:
            bend = acos(cosine)
            bends = (bend, -bend)
        lean = atan2(x1, h)
        s1, c1 = sin(q1), cos(q1)
        a00, a01, a02 = c1 * r00 + s1 * r10, c1 * r01 + s1 * r11, c1 * r02 + s1 * r12
        a10, a11, a12 = c1 * r10 - s1 * r00, c1 * r11 - s1 * r01, c1 * r12 - s1 * r02
        for bend in bends:
            q3 = bend - psi
            all3 = _turns(sign3 * (q3 + offset3), lower[2], upper[2])
            if not all3:
                continue
            q2 = lean - atan2(forearm * sin(bend), c2 + forearm * cos(bend))
            all2 = _turns(sign2 * (q2 + offset2), lower[1], upper[1])
            if not all2:
                continue
            s, c = sin(q2 + q3), cos(q2 + q3)
            m02, m22 = c * a02 - s * r22, s * a02 + c * r22
            sine5 = hypot(m02, a12)
            q4 = atan2(a12, m02) if sine5 > _WRIST_SINGULAR else 0.0
            q5 = atan2(sine5, m22)
            if sine5 > _WRIST_CLOSE:
                q6 = atan2(s * a01 + c * r21, -s * a00 - c * r20)
            else:
                # Close to the singularity q4 is badly known; q6 makes up for it, so that the pose stays exact.
                s4, c4 = sin(q4), cos(q4)
                q6 = atan2(c4 * a10 - s4 * (c * a00 - s * r20), c4 * a11 - s4 * (c * a01 - s * r21))
            status = overhead | (STATUS_ELBOW if bend >= -BORDER_TOLERANCE else 0)
            shoulders = [
                ((j1, j2, j3), (j1 < below_zero) | (j2 < below_zero) << 1 | (j3 < below_zero) << 2)
                for j1 in all1
                for j2 in all2
                for j3 in all3
            ]
            wrists = ((q4, q5, q6), (q4 + pi, -q5, q6 + pi))
            for q4, q5, q6 in wrists if sine5 > _WRIST_SINGULAR else wrists[:1]:
                all5 = _turns(sign5 * (q5 + offset5), lower[4], upper[4])
                if not all5:
                    continue
                all6 = _turns(sign6 * (q6 + offset6), lower[5], upper[5])
                for j4 in _turns(sign4 * (q4 + offset4), lower[3], upper[3]):
                    for j5 in all5:
                        turn = (j4 < below_zero) << 3 | (j5 < below_zero) << 4
                        wrist_status = status | (j5 < below_zero) << 2
                        found += [
                            Solution((*shoulder, j4, j5, j6), wrist_status, bits | turn | (j6 < below_zero) << 5)
                            for shoulder, bits in shoulders
                            for j6 in all6
                        ]
    return tuple(found)


def _turns(angle: float, lower: float, upper: float) -> list[float]:
    """Return `angle` and its whole turns that lie within the limits."""
    lower -= LIMIT_TOLERANCE
    upper += LIMIT_TOLERANCE
    while angle < lower:
        angle += _TURN
    while angle > upper:
        angle -= _TURN
        if angle < lower:
            return []
    found = [angle]
    below, above = angle - _TURN, angle + _TURN
    while below >= lower:
        found.append(below)
        below -= _TURN
    while above <= upper:
        found.append(above)
        above += _TURN
    return found


def turn_of(joints: Sequence[float]) -> int:
    """Return KUKA's Turn (T) of joint angles [rad]."""
    turn = 0
    bit = 1
    for joint in joints:
        if joint < -BORDER_TOLERANCE:
            turn |= bit
        bit <<= 1
    return turn


def status_of(model: ArmModel, joints: Sequence[float]) -> int:
    """Return KUKA's Status (S) of joint angles [rad]."""
    q2 = model.signs[1] * joints[1] - model.offsets[1]
    q3 = model.signs[2] * joints[2] - model.offsets[2]
    bend = remainder(q3 + atan2(model.a2, model.c3), _TURN)
    forearm = hypot(model.a2, model.c3)
    wrist_x = model.a1 + model.c2 * sin(q2) + forearm * sin(q2 + bend)
    status = STATUS_OVERHEAD if wrist_x < 0.0 else 0
    if bend >= -BORDER_TOLERANCE:
        status |= STATUS_ELBOW
    if joints[4] < -BORDER_TOLERANCE:
        status |= STATUS_WRIST
    return status


def nearest(
    solutions: Iterable[Solution],
    reference_joints: Sequence[float],
    model: ArmModel,
    *,
    status: int | None = None,
    turn: int | None = None,
) -> Solution | None:
    """Return the solution that a point-to-point move reaches in the least time.

    Args:
        solutions: Where to choose from, as `inverse` returns them.
        reference_joints: Where the arm is [rad].
        model: The arm.
        status: Only solutions with this KUKA Status; None allows all.
        turn: Only solutions with this KUKA Turn; None allows all.

    Returns:
        The solution, or None where none has the asked Status and Turn.
    """
    allowed = [
        solution
        for solution in solutions
        if (status is None or solution.status == status) and (turn is None or solution.turn == turn)
    ]
    return min(allowed, key=lambda solution: ptp_time(model, reference_joints, solution.joints), default=None)
