# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The closed-form inverse kinematics of one arm, with everything that depends on the arm only computed before.

The wrist centre gives the first three joints, what is left of the rotation the last three. Source: Brandstoetter,
Angerer, Hofbaur, An Analytical Solution of the Inverse Kinematics Problem of Industrial Serial Manipulators with an
Ortho-parallel Basis and a Spherical Wrist, 2014.

Where a pose does not determine all joints, or does not quite:

- Wrist centre on axis 1 (shoulder singularity): every A1 will do. The solver takes the two for which q1 of the
  geometry is 0 and pi; the second one counts as overhead.
- Arm stretched to within `BORDER_TOLERANCE`, or the pose up to 0.1 nm farther away: one solution, A3 just stretched.
- Arm folded, or the pose up to 0.1 nm closer: one solution, A3 just folded.
- Axes 4 and 6 in line (wrist singularity): see `smart_cell.motion.kinematics.wrist`.
- Out of reach: no solution.
"""

from __future__ import annotations

from collections.abc import Callable
from math import acos, atan2, cos, hypot, pi, sin, sqrt

from smart_cell.core.geometry import IDENTITY, Pose, multiply
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.status import BORDER_TOLERANCE, STATUS_ELBOW, STATUS_OVERHEAD, STATUS_WRIST
from smart_cell.motion.kinematics.wrist import closest_turn, settled_range, wrist_solver

PoseSolver = Callable[[Pose], list[tuple[Joints, int]]]
"""From a flange pose in the arm's base frame to joint angles [rad] and KUKA Status, one for each Status at most."""

_REACH_TOLERANCE = 1e-10
"""How far beyond the stretched or folded arm [m] still counts as rounding."""
_ON_AXIS = 1e-12
"""Distance of the wrist centre from axis 1 [m] below which A1 says nothing about the pose any more."""
_WRIST_CLOSE = 1.0 - 5e-7
"""Cosine of A5 at 1 mrad: closer to the singularity A4 and A6 are too badly known for the direct formulas."""
_ELBOWS: tuple[tuple[float, int], ...] = ((1.0, STATUS_ELBOW), (-1.0, 0))
"""The two ways to bend the elbow and the Status of each."""


def pose_solver(model: ArmModel) -> PoseSolver:
    """Return the solver of one arm.

    It is one function without calls to others on the common path, and makes few objects: both are what takes time here.

    Raises:
        ZeroDivisionError: The upper arm or the forearm has no length.
    """
    a1, b, c1, c2, c4 = model.a1, model.b, model.c1, model.c2, model.c4
    forearm, psi = hypot(model.a2, model.c3), atan2(model.a2, model.c3)
    far_side = c2 * c2 + forearm * forearm
    scale = 0.5 / (c2 * forearm)
    nearest_square = max(0.0, abs(c2 - forearm) - _REACH_TOLERANCE) ** 2
    farthest_square = (c2 + forearm + _REACH_TOLERANCE) ** 2
    least_square = -2.0 * abs(b) * _REACH_TOLERANCE
    stretched = cos(BORDER_TOLERANCE)
    sign1, sign2, sign3, sign4, sign5, sign6 = model.signs
    # joint = sign * angle + shift; of A3 the angle is the bend from the stretched arm
    shift1, shift2, shift3 = (model.signs[axis] * model.offsets[axis] for axis in (0, 1, 2))
    shift3 -= sign3 * psi
    # An angle between these is in the turn that is asked for; only others are looked at closer.
    (low1, high1), (low2, high2), (low3, high3), (low4, high4), (low5, high5), (low6, high6) = (
        settled_range(lower, upper) for lower, upper in zip(model.lower, model.upper, strict=True)
    )
    plain_wrist = _has_plain_wrist(model)
    solve_wrist = wrist_solver(model)
    free_hand = (low4, high4, low6, high6) == (-pi, pi, -pi, pi)
    wrist_up, wrist_down = (0, STATUS_WRIST) if sign5 > 0.0 else (STATUS_WRIST, 0)
    to_base = None if model.base == IDENTITY else model.base.inverse()
    from_flange = None if model.flange == IDENTITY else model.flange.inverse()

    def turned(axis: int, joint: float) -> float | None:
        return closest_turn(joint, model.lower[axis], model.upper[axis])

    def solve(flange: Pose) -> list[tuple[Joints, int]]:
        px, py, pz = flange.xyz
        w, x, y, z = flange.quat
        if from_flange is not None:
            px, py, pz = flange.apply(from_flange.xyz)
            w, x, y, z = multiply(flange.quat, from_flange.quat)
        if to_base is not None:
            px, py, pz = to_base.apply((px, py, pz))
            w, x, y, z = multiply(to_base.quat, (w, x, y, z))
        scale2 = 2.0 / (w * w + x * x + y * y + z * z)
        x2, y2, z2 = scale2 * x, scale2 * y, scale2 * z
        xx, yy, zz, xy, xz, yz = x * x2, y * y2, z * z2, x * y2, x * z2, y * z2
        wx, wy, wz = w * x2, w * y2, w * z2
        r00, r01, r02 = 1.0 - yy - zz, xy - wz, xz + wy
        r10, r11, r12 = xy + wz, 1.0 - xx - zz, yz - wx
        r20, r21, r22 = xz - wy, yz + wx, 1.0 - xx - yy

        # The wrist centre from axis 2's height, then axis 1 for the wrist in front of it.
        x, y, height = px - c4 * r02, py - c4 * r12, pz - c4 * r22 - c1
        square = x * x + y * y
        if b:
            radial = square - b * b
            if radial < least_square:
                return []
            radial = sqrt(radial) if radial > 0.0 else 0.0
            cos1, sin1 = (x * radial + y * b) / square, (y * radial - x * b) / square
        else:
            radial = sqrt(square)
            cos1, sin1 = (x / radial, y / radial) if radial > _ON_AXIS else (1.0, 0.0)
        found: list[tuple[Joints, int]] = []
        add = found.append
        height_square = height * height - far_side
        for status1, out in ((0, radial - a1), (STATUS_OVERHEAD, -radial - a1)):
            if status1:
                cos1, sin1 = -cos1, -sin1
                if b:
                    cos1, sin1 = (y * b - x * radial) / square, -(y * radial + x * b) / square
            cosine = (out * out + height_square) * scale
            if -1.0 < cosine < stretched:
                bend, elbows = acos(cosine), _ELBOWS
            elif nearest_square <= out * out + height * height <= farthest_square:
                bend, elbows = (0.0 if cosine > 0.0 else pi), _ELBOWS[:1]
            else:
                continue
            j1 = sign1 * atan2(sin1, cos1) + shift1
            if not low1 <= j1 <= high1:
                turn = turned(0, j1)
                if turn is None:
                    continue
                j1 = turn
            # The flange in the frame that turns with axis 1.
            a00, a01, a02 = cos1 * r00 + sin1 * r10, cos1 * r01 + sin1 * r11, cos1 * r02 + sin1 * r12
            a12 = cos1 * r12 - sin1 * r02
            lean = atan2(out, height)
            tilt = atan2(forearm * sin(bend), c2 + forearm * cosine)
            for side, status2 in elbows:
                q2 = lean - side * tilt
                j2 = sign2 * q2 + shift2
                if not low2 <= j2 <= high2:
                    turn = turned(1, j2)
                    if turn is None:
                        continue
                    j2 = turn
                angle = side * bend
                j3 = sign3 * angle + shift3
                if not low3 <= j3 <= high3:
                    turn = turned(2, j3)
                    if turn is None:
                        continue
                    j3 = turn
                angle += q2 - psi
                s, c = sin(angle), cos(angle)
                # The flange in the forearm's frame.
                m02, m22 = c * a02 - s * r22, s * a02 + c * r22
                status = status1 + status2
                if plain_wrist and -_WRIST_CLOSE < m22 < _WRIST_CLOSE:
                    j4 = sign4 * atan2(a12, m02)
                    j5 = sign5 * acos(m22)
                    j6 = sign6 * atan2(s * a01 + c * r21, -s * a00 - c * r20)
                    if low5 <= j5 <= high5 and (free_hand or (low4 <= j4 <= high4 and low6 <= j6 <= high6)):
                        add(((j1, j2, j3, j4, j5, j6), status + wrist_up))
                    j4 = j4 - pi if j4 > 0.0 else j4 + pi
                    j5 = -j5
                    j6 = j6 - pi if j6 > 0.0 else j6 + pi
                    if low5 <= j5 <= high5 and (free_hand or (low4 <= j4 <= high4 and low6 <= j6 <= high6)):
                        add(((j1, j2, j3, j4, j5, j6), status + wrist_down))
                else:
                    row0 = (c * a00 - s * r20, c * a01 - s * r21, m02)
                    row1 = (cos1 * r10 - sin1 * r00, cos1 * r11 - sin1 * r01, a12)
                    for (j4, j5, j6), negative in solve_wrist(row0, row1, m22):
                        add(((j1, j2, j3, j4, j5, j6), status + STATUS_WRIST if negative else status))
        return found

    return solve


def _has_plain_wrist(model: ArmModel) -> bool:
    """Return whether A4 to A6 count from the stretched wrist and of each the turn within pi will do.

    It does where the limits hold it, or no other turn either.
    """
    ranges = list(zip(model.offsets, model.lower, model.upper, strict=True))[3:]
    return all(
        offset == 0.0 and ((lower >= -pi and upper <= pi) or (lower <= -pi and upper >= pi))
        for offset, lower, upper in ranges
    )
