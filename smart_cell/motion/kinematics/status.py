# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Status and Turn, the S and T of KUKA's POS type: which of its joint positions an arm takes at a pose.

Status tells the ways of holding the arm apart:

- bit 0: the wrist centre is in the overhead area: its x in the frame that turns with axis 1 is negative;
- bit 1: A3 is at or above the angle of the stretched arm (0 deg where axes 3 and 4 meet, else -atan2(a2, c3));
- bit 2: A5 is negative.

Turn tells turns of a joint apart: bit i says that the angle of joint i + 1 is negative.

Bits 1 and 2 are counted from the arm's shape (stretched arm, axes 4 and 6 in line), which for every KUKA arm is the
same as the joint angle; so they also hold for an arm whose joints count from another zero. Bit 2 follows the joint's
own direction of rotation. Angles closer to a border than `BORDER_TOLERANCE` count as non-negative, so that rounding
does not change a bit.

Source: KUKA System Software, Operating and Programming Instructions for System Integrators, Status and Turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, hypot, pi, remainder, sin

from smart_cell.motion.arm_model import ArmModel

BORDER_TOLERANCE = 1e-6
"""How far below zero [rad] an angle still counts as zero in Status and Turn."""

STATUS_OVERHEAD = 1
STATUS_ELBOW = 2
STATUS_WRIST = 4

_TURN = 2.0 * pi


def status_of(model: ArmModel, joints: Sequence[float]) -> int:
    """Return the Status (S) of joint angles [rad], 0 to 7.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> status_of(arm_model("kr210_r2700_2"), HOME)
        2
    """
    q2 = model.signs[1] * joints[1] - model.offsets[1]
    q3 = model.signs[2] * joints[2] - model.offsets[2]
    bend = remainder(q3 + atan2(model.a2, model.c3), _TURN)
    forearm = hypot(model.a2, model.c3)
    wrist_x = model.a1 + model.c2 * sin(q2) + forearm * sin(q2 + bend)
    status = STATUS_OVERHEAD if wrist_x < 0.0 else 0
    if bend >= -BORDER_TOLERANCE:
        status |= STATUS_ELBOW
    if remainder(joints[4] - model.signs[4] * model.offsets[4], _TURN) < -BORDER_TOLERANCE:
        status |= STATUS_WRIST
    return status


def turn_of(joints: Sequence[float]) -> int:
    """Return the Turn (T) of joint angles [rad], 0 to 63.

    Example:
        >>> from smart_cell.motion.arm_model import HOME
        >>> f"{turn_of(HOME):06b}"
        '000010'
    """
    turn = 0
    bit = 1
    for joint in joints:
        if joint < -BORDER_TOLERANCE:
            turn |= bit
        bit <<= 1
    return turn
