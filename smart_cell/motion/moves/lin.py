# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""LIN: the tool point moves on a straight line."""

from __future__ import annotations

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.cartesian import PERIOD, check_move, plan_leg
from smart_cell.motion.moves.tool_path import Line, Turn
from smart_cell.motion.trajectory import Trajectory


def plan_lin(
    model: ArmModel,
    start: Joints,
    target: Pose,
    *,
    tool: Pose = IDENTITY,
    limits: CartesianLimits | None = None,
    override: float = 1.0,
    period: float = PERIOD,
    tool_speed: float | None = None,
) -> Trajectory:
    """Return the move of the tool on a straight line from where it is, from rest to rest.

    The orientation turns the shortest way about one axis, in step with the tool point. The arm keeps its configuration
    (KUKA Status). Where a joint would exceed a limit, close to a singularity for example, the whole move slows down
    there and stays on the line.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        start: Joint angles [rad] at the start.
        target: Pose of the tool at the end, in the arm's base frame [m].
        tool: Pose of the tool in the flange frame [m].
        limits: Limits of the tool point and of the turn of the tool; None stands for `CartesianLimits()`.
        override: Share of full speed, above 0 and up to 1; the move takes 1 / override as long on the same path.
        period: Time between the points [s].
        tool_speed: Further limit [m/s] of the speed of the tool point and of the flange, such as `T1_SPEED`.

    Returns:
        A trajectory from time 0; a single point where there is nothing to move.

    Raises:
        MotionError: The path leaves the reach of the arm or the limits of a joint, comes too close to a singularity, or
            an argument is out of range. The text says where on the path and what.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> from smart_cell.motion.kinematics.scalar import forward
        >>> model = arm_model("kr210_r2700_2")
        >>> here = forward(model, HOME)
        >>> move = plan_lin(model, HOME, Pose((here.xyz[0], 0.0, here.xyz[2] - 0.3), here.quat))
        >>> tuple(round(value, 3) for value in forward(model, move.positions[-1].tolist()).xyz)
        (1.765, 0.0, 1.61)
    """
    check_move(model, start, override, period)
    flange = forward(model, start)
    here = flange @ tool
    return plan_leg(
        model,
        start,
        flange,
        Line(here.xyz, target.xyz),
        Turn.between(here.quat, target.quat),
        name="LIN",
        tool=tool,
        limits=limits or CartesianLimits(),
        override=override,
        period=period,
        tool_speed=tool_speed,
    )
