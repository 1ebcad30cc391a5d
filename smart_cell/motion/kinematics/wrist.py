# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Inverse kinematics of a spherical wrist in every case: close to its singularity, any offsets and limits.

`smart_cell.motion.kinematics.pose_solver` solves what is common itself and comes here for the rest. The wrist turns
the flange by `Rz(q4) Ry(q5) Rz(q6)` against the forearm; `(q4 + pi, -q5, q6 + pi)` is the same rotation.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, remainder, sin

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.kinematics.status import BORDER_TOLERANCE
from smart_cell.motion.limits import LIMIT_TOLERANCE

Row = tuple[float, float, float]
Wrist = tuple[float, float, float]
"""A4, A5, A6 [rad]."""
WristSolver = Callable[[Row, Row, float], list[tuple[Wrist, bool]]]
"""From the first two rows of the flange's rotation matrix in the forearm frame and the last element of the third one to
the wrist's angles, and whether A5 counts as negative in KUKA's Status."""

_TURN = 2.0 * pi
_FREE = 1e-10
"""Sine of A5 below which A4 says nothing about the pose any more."""


def closest_turn(angle: float, lower: float, upper: float) -> float | None:
    """Return the turn of `angle` [rad] closest to zero that is within limits [rad], or None where none is."""
    angle = remainder(angle, _TURN)
    lower -= LIMIT_TOLERANCE
    upper += LIMIT_TOLERANCE
    while angle < lower:
        angle += _TURN
    while angle > upper:
        angle -= _TURN
    return angle if angle >= lower else None


def settled_range(lower: float, upper: float) -> tuple[float, float]:
    """Return the range [rad] within a joint's limits in which an angle is in the turn closest to zero."""
    if upper - lower < _TURN:
        return lower - LIMIT_TOLERANCE, upper + LIMIT_TOLERANCE
    return max(-pi, lower - LIMIT_TOLERANCE), min(pi, upper + LIMIT_TOLERANCE)


def wrist_solver(model: ArmModel) -> WristSolver:
    """Return the solver of an arm's wrist, which gives its angles within the limits.

    At most one solution for each sign of A5. Where A5 is within `BORDER_TOLERANCE` of the stretched wrist both signs
    are the same Status, and only one solution comes. Where A5 is zero only A4 and A6 together matter, and the solution
    with A4 as close to zero as the limits of both allow stands for all.
    """
    sign4, sign5, sign6 = model.signs[3:]
    shift4, shift5, shift6 = (sign * offset for sign, offset in zip(model.signs[3:], model.offsets[3:], strict=True))
    lower4, lower5, lower6 = model.lower[3:]
    upper4, upper5, upper6 = model.upper[3:]
    low4, high4 = settled_range(lower4, upper4)
    low5, high5 = settled_range(lower5, upper5)
    low6, high6 = settled_range(lower6, upper6)

    def within(q4: float, q5: float, q6: float) -> Wrist | None:
        turn4, turn5, turn6 = sign4 * q4 + shift4, sign5 * q5 + shift5, sign6 * q6 + shift6
        joint4 = turn4 if low4 <= turn4 <= high4 else closest_turn(turn4, lower4, upper4)
        joint5 = turn5 if low5 <= turn5 <= high5 else closest_turn(turn5, lower5, upper5)
        joint6 = turn6 if low6 <= turn6 <= high6 else closest_turn(turn6, lower6, upper6)
        return None if joint4 is None or joint5 is None or joint6 is None else (joint4, joint5, joint6)

    def free_wrist(row0: Row, row1: Row, q5: float) -> Wrist | None:
        """Return the wrist whose A4 is closest to zero, or at least leaves A6 within its limits."""
        q4 = sign4 * (min(max(0.0, lower4), upper4) - shift4)
        wrist = within(q4, q5, _last_angle(row0, row1, q4))
        if wrist is not None:
            return wrist
        choices: list[Wrist] = []
        for joint6 in (lower6, upper6):
            q6 = sign6 * (joint6 - shift6)
            s6, c6 = sin(q6), cos(q6)
            wrist = within(atan2(-(row0[0] * s6 + row0[1] * c6), row1[0] * s6 + row1[1] * c6), q5, q6)
            if wrist is not None:
                choices.append(wrist)
        return min(choices, key=lambda choice: abs(choice[0]), default=None)

    def solve(row0: Row, row1: Row, m22: float) -> list[tuple[Wrist, bool]]:
        sine = hypot(row0[2], row1[2])
        q5 = atan2(sine, m22)
        if sine <= _FREE:
            free = free_wrist(row0, row1, q5)
            return [] if free is None else [(free, q5 > 1.0 and sign5 < 0.0)]
        q4 = atan2(row1[2], row0[2])
        q6 = _last_angle(row0, row1, q4)
        found: list[tuple[Wrist, bool]] = []
        wrist = within(q4, q5, q6)
        if wrist is not None:
            found.append((wrist, sign5 * q5 < -BORDER_TOLERANCE))
        if wrist is None or sine > BORDER_TOLERANCE:
            wrist = within(q4 + pi, -q5, q6 + pi)
            if wrist is not None:
                found.append((wrist, sign5 * q5 > BORDER_TOLERANCE))
        return found

    return solve


def _last_angle(row0: Row, row1: Row, q4: float) -> float:
    """Return the q6 that goes with q4. Exact where q4 is badly known: it makes up for q4's error."""
    s4, c4 = sin(q4), cos(q4)
    return atan2(c4 * row1[0] - s4 * row0[0], c4 * row1[1] - s4 * row0[1])
