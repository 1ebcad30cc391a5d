# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""LIN and CIRC moves after each other as one motion of the tool, blended in space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.blend import overlap_time
from smart_cell.motion.moves.even_profile import even_profile
from smart_cell.motion.moves.follow import Follower
from smart_cell.motion.moves.joined import Unit
from smart_cell.motion.moves.leg import Leg, leg_profile, times_on_grid
from smart_cell.motion.moves.tool_path import Curve, Turn

FloatArray = NDArray[np.float64]

GRID = 0.004
"""Time [s] on whose multiples legs begin and change their jerk; the path comes from it, whatever the period is."""
_MOST = 3.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A LIN or CIRC move that is part of a run."""

    name: str
    """How errors call it, such as `move 2 (LIN)`."""
    start: Pose
    """Pose of the tool in the arm's base frame."""
    end: Pose
    curve: Curve
    radius: float
    """Blend radius at the end [m]."""
    limits: CartesianLimits


def plan_run(model: ArmModel, joints: Joints, stretches: Sequence[Stretch], tool: Pose) -> Unit | None:
    """Return LIN and CIRC moves after each other as one motion.

    Args:
        model: The arm.
        joints: Joint angles [rad] at the start.
        stretches: The moves.
        tool: Pose of the tool in the flange frame.

    Returns:
        The motion with the limits of the tool, but for where moves overlap; None where there is nothing to move.

    Raises:
        MotionError: See `Follower`.
    """
    legs: list[Leg] = []
    radius, is_blended = 0.0, False
    here = joints
    for stretch in stretches:
        leg = _leg(stretch, tool)
        if leg is None:
            continue
        leg, here = _for_joints(model, here, leg, tool)
        if legs:
            overlap = _overlap(legs[-1], leg, radius)
            is_blended = is_blended or overlap > 0.0
            leg = replace(leg, begin=legs[-1].end - overlap)
        legs.append(leg)
        radius = stretch.radius
    if not legs:
        return None
    follower = Follower(model, joints, legs, tool, times_on_grid(legs[-1].end, GRID))
    return Unit(
        course=follower,
        end=follower.end,
        radius=radius,
        longest_before=0.5 * legs[0].profile.duration,
        longest_after=0.5 * legs[-1].profile.duration,
        knots=follower.knots,
        keeps_limits=not is_blended and follower.keeps_limits(),
    )


def _leg(stretch: Stretch, tool: Pose) -> Leg | None:
    rotation = (stretch.start @ tool.inverse()).matrix()[:3, :3]
    turn = Turn.between(stretch.start.quat, stretch.end.quat)
    profile = leg_profile(stretch.curve, turn, rotation @ tool.xyz, stretch.limits, grid=GRID)
    return None if profile is None else Leg(stretch.curve, turn, rotation, profile, name=stretch.name)


def _for_joints(model: ArmModel, joints: Joints, leg: Leg, tool: Pose) -> tuple[Leg, Joints]:
    """Return a leg with a profile that the joints can follow, and the joint angles [rad] at its end.

    Where this would take far longer, since a joint is too slow at a single place, the profile stays.
    """
    course = Follower(model, joints, [leg], tool, times_on_grid(leg.profile.duration, GRID))
    if not course.keeps_limits():
        even = even_profile(model, course, leg.profile, GRID)
        if even.duration < _MOST * leg.profile.duration:
            leg = replace(leg, profile=even)
    return leg, course.end


def _overlap(before: Leg, after: Leg, radius: float) -> float:
    """Return for how long [s] two legs overlap, a multiple of `GRID`."""
    if radius == 0.0:
        return 0.0
    via = after.curve.at(np.zeros(1))[0]

    def ending(times: FloatArray) -> FloatArray:
        return before.curve.at(before.profile.sample(before.profile.duration - times)[0])[0]

    def beginning(times: FloatArray) -> FloatArray:
        return after.curve.at(after.profile.sample(times)[0])[0]

    def together(overlap: float, times: FloatArray) -> FloatArray:
        return ending(overlap - times) + beginning(times) - via

    longest = 0.5 * min(before.profile.duration, after.profile.duration)
    overlap = overlap_time(ending, beginning, together, via=via[0], radius=radius, longest=longest)
    return GRID * math.floor(overlap / GRID + 1e-9)
