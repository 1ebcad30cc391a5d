# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Closed-form forward and inverse kinematics of six-axis arms with a spherical wrist, one pose at a time.

All poses are of the flange frame (tool0) in the arm's base frame. The code is scalar: up to about ten poses this is
faster than NumPy; for more see `smart_cell.motion.kinematics.batch`. What depends on the arm only is computed once per
arm and kept. Source of the arm's convention: see `smart_cell.motion.arm_model`; the solution and its singularities: see
`smart_cell.motion.kinematics.pose_solver`; Status and Turn: see `smart_cell.motion.kinematics.status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product, repeat
from math import cos, pi, sin
from typing import Any, NamedTuple

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.pose_solver import PoseSolver, pose_solver
from smart_cell.motion.kinematics.status import turn_of
from smart_cell.motion.limits import LIMIT_TOLERANCE
from smart_cell.motion.moves.ptp import ptp_time

__all__ = ["Solution", "forward", "inverse", "nearest", "with_turns"]

_TURN = 2.0 * pi
_NO_TURN = _TURN - 2.0 * LIMIT_TOLERANCE
"""Range of a joint [rad] below which it has no further turn."""
_KEPT_ARMS = 256
_make: Any = tuple.__new__
"""Twice as fast as `Solution(...)`, and `inverse` makes up to eight of them."""


class Solution(NamedTuple):
    """One way to reach a pose."""

    joints: Joints
    """Joint angles [rad], A1 to A6."""
    status: int
    """KUKA Status (S), bits 0 to 2."""

    @property
    def turn(self) -> int:
        """KUKA Turn (T), bits 0 to 5."""
        return turn_of(self.joints)


def forward(model: ArmModel, joints: Sequence[float]) -> Pose:
    """Return the flange pose in the arm's base frame at `joints` [rad].

    Limits are not looked at.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> tuple(round(value, 3) for value in forward(arm_model("kr210_r2700_2"), HOME).xyz)
        (1.765, 0.0, 1.91)
    """
    j1, j2, j3, j4, j5, j6 = joints
    sign1, sign2, sign3, sign4, sign5, sign6 = model.signs
    offset1, offset2, offset3, offset4, offset5, offset6 = model.offsets
    q1, q2, q4 = sign1 * j1 - offset1, sign2 * j2 - offset2, sign4 * j4 - offset4
    elbow = q2 + sign3 * j3 - offset3
    half5, half6 = 0.5 * (sign5 * j5 - offset5), 0.5 * (sign6 * j6 - offset6)
    # Rz(q1) Ry(elbow) Rz(q4) and Ry(q5) Rz(q6) as quaternions, then their product.
    half, plus, minus = 0.5 * elbow, 0.5 * (q4 + q1), 0.5 * (q4 - q1)
    cosine, sine = cos(half), sin(half)
    aw, ax = cosine * cos(plus), sine * sin(minus)
    ay, az = sine * cos(minus), cosine * sin(plus)
    c5, s5, c6, s6 = cos(half5), sin(half5), cos(half6), sin(half6)
    bw, bx, by, bz = c5 * c6, s5 * s6, s5 * c6, c5 * s6
    w = aw * bw - ax * bx - ay * by - az * bz
    x = aw * bx + ax * bw + ay * bz - az * by
    y = aw * by - ax * bz + ay * bw + az * bx
    z = aw * bz + ax * by - ay * bx + az * bw
    a2, c2, c3, c4 = model.a2, model.c2, model.c3, model.c4
    c1, s1, c, s = cos(q1), sin(q1), cos(elbow), sin(elbow)
    radial = c2 * sin(q2) + c3 * s + a2 * c + model.a1
    height = c2 * cos(q2) + c3 * c - a2 * s + model.c1
    b = model.b
    pose = Pose(
        (
            radial * c1 - b * s1 + c4 * 2.0 * (x * z + w * y),
            radial * s1 + b * c1 + c4 * 2.0 * (y * z - w * x),
            height + c4 * (1.0 - 2.0 * (x * x + y * y)),
        ),
        (w, x, y, z),
    )
    if model.flange is not IDENTITY:
        pose = pose @ model.flange
    return pose if model.base is IDENTITY else model.base @ pose


def inverse(model: ArmModel, flange: Pose) -> tuple[Solution, ...]:
    """Return one joint position within the limits for each KUKA Status that brings the flange to a pose.

    Each joint is in the turn closest to zero that its limits allow; `with_turns` adds the others.

    Args:
        model: The arm.
        flange: Flange pose in the arm's base frame [m].

    Returns:
        At most eight solutions, in no special order, all with different Status; empty if the pose is out of reach.
    """
    known = _solvers.get(id(model))
    solve = known[1] if known else _remember(model)
    return tuple(map(_make, repeat(Solution), solve(flange)))


def with_turns(model: ArmModel, solutions: Iterable[Solution]) -> tuple[Solution, ...]:
    """Return solutions and every further turn of 2 pi of their joints within the limits.

    They differ in Turn. Each solution is followed by its turns.
    """
    ranges = list(zip(model.lower, model.upper, strict=True))
    found: list[Solution] = []
    for joints, status in solutions:
        turns = [
            (joint,) if upper - lower < _NO_TURN else _turns(joint, lower, upper)
            for joint, (lower, upper) in zip(joints, ranges, strict=True)
        ]
        found += [_make(Solution, (turned, status)) for turned in product(*turns)]
    return tuple(found)


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
        solutions: Where to choose from, as `inverse` and `with_turns` return them.
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


def _turns(joint: float, lower: float, upper: float) -> list[float]:
    """Return a joint angle and its further turns that lie within the limits."""
    found = [joint]
    for step in (-_TURN, _TURN):
        other = joint + step
        while lower - LIMIT_TOLERANCE <= other <= upper + LIMIT_TOLERANCE:
            found.append(other)
            other += step
    return found


_solvers: dict[int, tuple[ArmModel, PoseSolver]] = {}
"""By the model's id: hashing a model takes longer than solving for a pose. A model that is kept keeps its id."""


def _remember(model: ArmModel) -> PoseSolver:
    if len(_solvers) >= _KEPT_ARMS:
        _solvers.clear()
    solve = pose_solver(model)
    _solvers[id(model)] = model, solve
    return solve
