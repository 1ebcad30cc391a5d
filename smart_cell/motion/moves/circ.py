# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""CIRC: the tool point moves on an arc through a via point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from smart_cell.core.geometry import IDENTITY, Pose, Vector
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.cartesian import PERIOD, check_move, plan_leg
from smart_cell.motion.moves.tool_path import Arc, Turn
from smart_cell.motion.trajectory import Trajectory

CLOSEST = 1e-4
"""Points of a circle closer together than this [m] do not say where it runs."""
FLATTEST = 1e-3
"""Smallest angle [rad] at the via point off the straight line; below it, errors of the points move the circle a lot."""


def plan_circ(
    model: ArmModel,
    start: Joints,
    via: Pose,
    target: Pose,
    *,
    angle: float | None = None,
    tool: Pose = IDENTITY,
    limits: CartesianLimits | None = None,
    override: float = 1.0,
    period: float = PERIOD,
    tool_speed: float | None = None,
) -> Trajectory:
    """Return the move of the tool on an arc from where it is through `via`, from rest to rest.

    The orientation turns the shortest way from that at the start to that of `target`, in step with the tool point; that
    of `via` is not looked at, as on KUKA controllers. For a constant orientation give `target` the one at the start.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        start: Joint angles [rad] at the start.
        via: A point on the arc between start and end, in the arm's base frame [m].
        target: Pose of the tool at the end of the arc; with `angle` a further point of the circle and the orientation
            at the end.
        angle: How far the arc leads [rad], as KUKA's CA: positive from the start towards `via`, and more than one round
            if asked; None ends at `target`.
        tool: See `plan_lin`, as for the arguments below.
        limits: Limits of the tool.
        override: Share of full speed.
        period: Time between the points [s].
        tool_speed: Further limit of speed [m/s].

    Returns:
        A trajectory from time 0.

    Raises:
        MotionError: Two of the three points coincide or all lie on a line; see `plan_lin` for the rest.
    """
    check_move(model, start, override, period)
    flange = forward(model, start)
    here = flange @ tool
    return plan_leg(
        model,
        start,
        flange,
        arc_through(here.xyz, via.xyz, target.xyz, angle=angle),
        Turn.between(here.quat, target.quat),
        name="CIRC",
        tool=tool,
        limits=limits or CartesianLimits(),
        override=override,
        period=period,
        tool_speed=tool_speed,
    )


def arc_through(
    start: Sequence[float], via: Sequence[float], target: Sequence[float], *, angle: float | None = None
) -> Arc:
    """Return the arc through three points [m]; see `plan_circ`.

    Raises:
        MotionError: Two of the points coincide, all lie on a line, or `angle` is none.
    """
    a, b, c = (np.asarray(point, dtype=float) for point in (start, via, target))
    for first, second, one, other in (
        ("start", "via point", a, b),
        ("via point", "target", b, c),
        ("start", "target", a, c),
    ):
        distance = float(np.linalg.norm(other - one))
        if distance < CLOSEST:
            hint = "; for a full circle give a third point of it as target and angle = 2 pi" if one is a else ""
            raise MotionError(
                f"CIRC: {first} and {second} are only {1000.0 * distance:.3f} mm apart, must be at least "
                f"{1000.0 * CLOSEST:.1f} mm{hint}"
            )
    u, v = b - a, c - a
    normal = np.cross(u, c - b)
    bend = math.atan2(float(np.linalg.norm(normal)), float(np.dot(u, c - b)))
    if min(bend, math.pi - bend) < FLATTEST:
        raise MotionError(
            f"CIRC: start, via point and target lie on a line (bend {math.degrees(bend):.4f} deg, must be at least "
            f"{math.degrees(FLATTEST):.2f} deg); move the via point aside, or use LIN"
        )
    # Circumcentre relative to the start.
    n = np.cross(u, v)
    offset = np.cross(float(u @ u) * v - float(v @ v) * u, n) / (2.0 * float(n @ n))
    radius = float(np.linalg.norm(offset))
    first_axis = -offset / radius
    second_axis = np.cross(n / np.linalg.norm(n), first_axis)
    if angle is None:
        end = v - offset
        angle = math.atan2(float(end @ second_axis), float(end @ first_axis)) % (2.0 * math.pi)
    elif not (math.isfinite(angle) and abs(angle) * radius >= CLOSEST):
        raise MotionError(f"CIRC: angle {angle} rad leads nowhere; give an angle other than 0")
    return Arc(_vector(a + offset), radius, _vector(first_axis), _vector(second_axis), angle)


def _vector(values: Sequence[float] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
