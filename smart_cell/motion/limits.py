# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether joint angles are within the limits of an arm."""

from __future__ import annotations

from collections.abc import Sequence

from smart_cell.motion.arm_model import ArmModel

LIMIT_TOLERANCE = 1e-9
"""How far beyond a limit [rad] still counts as rounding."""


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
