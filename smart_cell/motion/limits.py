# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a motion keeps to: the joint limits of an arm, and the limits of its tool."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from smart_cell.motion.arm_model import JERK_TIME, ArmModel
from smart_cell.motion.errors import MotionError

T1_SPEED = 0.25
"""Largest speed [m/s] of the tool point and of the flange in mode T1: the reduced speed of ISO 10218-1."""

LIMIT_TOLERANCE = 1e-9
"""How far beyond a limit [rad] still counts as rounding."""


@dataclass(frozen=True, slots=True)
class CartesianLimits:
    """How fast a tool may move along a line or an arc, and turn.

    The defaults are the `cartesian_limits` that KUKA's configuration of the MoveIt Pilz planner gives its arms: 1 m/s,
    2.25 m/s^2 and 1.57 rad/s. It states no angular acceleration; the default takes as long to full speed as along a
    line. No maker states a jerk; full acceleration takes `JERK_TIME`, as for the joints.

    Raises:
        MotionError: A value is not above 0.
    """

    velocity: float = 1.0
    """Largest speed of the tool point [m/s]."""
    acceleration: float = 2.25
    """[m/s^2]"""
    jerk: float = 2.25 / JERK_TIME
    """[m/s^3]"""
    angular_velocity: float = 1.57
    """Largest speed of turning [rad/s]."""
    angular_acceleration: float = 1.57 * 2.25
    """[rad/s^2]"""
    angular_jerk: float = 1.57 * 2.25 / JERK_TIME
    """[rad/s^3]"""

    def __post_init__(self) -> None:
        """Refuse limits that allow no motion."""
        for entry in fields(self):
            value = getattr(self, entry.name)
            if not (value > 0.0 and math.isfinite(value)):
                raise MotionError(f"cartesian limit {entry.name} is {value}, must be a finite number above 0")


def limit_margin(model: ArmModel, joints: Sequence[float]) -> float:
    """Return the distance [rad] to the closest joint limit, negative beyond it."""
    return min(
        min(joint - low, high - joint) for low, joint, high in zip(model.lower, joints, model.upper, strict=True)
    )


def within_limits(model: ArmModel, joints: Sequence[float], *, tolerance: float = LIMIT_TOLERANCE) -> str | None:
    """Return None if all joints are within their limits, else what is wrong.

    The text reads like `joint_2 at -2.5000 rad is below its limit -2.4435 rad`. A number that is not finite is never
    within the limits.

    Args:
        model: The arm.
        joints: Joint angles [rad], A1 to A6.
        tolerance: How far beyond a limit [rad] is still accepted.
    """
    for number, (low, joint, high) in enumerate(zip(model.lower, joints, model.upper, strict=True), start=1):
        if joint < low - tolerance:
            return f"joint_{number} at {joint:.4f} rad is below its limit {low:.4f} rad"
        if not joint <= high + tolerance:
            return f"joint_{number} at {joint:.4f} rad is above its limit {high:.4f} rad"
    return None
