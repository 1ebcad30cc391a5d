# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What can be broken about a simulated arm, and what can be switched at its panel, in the words that ask for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from smart_cell.core.errors import SmartCellError
from smart_cell.core.operation_mode import OperationMode
from smart_cell.motion.arm_model import JOINT_COUNT

FAULTS = {
    "joint_offset": "JOINT=ANGLE: the joint (1 to 6) stands that far [rad] from where it was sent",
    "joint_stuck": "JOINT: the joint (1 to 6) does not move",
    "feedback_lost": "the arm reports nothing, but still moves",
    "collision": "the arm hits something: it brakes as hard as it can and switches its drives off",
    "drives_trip": "TEXT: the drives lose their power for this reason",
    "repair": "ends all faults; the drives stay off until they are switched on",
}
"""Each fault and what its value means."""

PANEL = {
    "operation_mode": "T1|T2|AUT|EXT: the key switch",
    "drives": "on|off: the drives of this arm alone; they go on only where nothing forbids it",
}
"""What a person can do at the arm's panel."""


class ArmFaultError(SmartCellError):
    """A fault is asked for that does not exist, or with a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class ArmFaults:
    """What is broken about a simulated arm."""

    offsets: tuple[float, ...] = (0.0,) * JOINT_COUNT
    """How far each joint stands from where it was sent [rad], A1 to A6."""
    stuck: frozenset[int] = frozenset()
    """Joints (1 to 6) that do not move."""
    feedback_lost: bool = False
    """The arm still moves but reports nothing."""
    power_lost: str = ""
    """Why the drives have no power until a repair, in words: a collision or a trip."""

    def __str__(self) -> str:
        """Return what is broken in words."""
        found = [f"joint {number} is off by {off:g} rad" for number, off in enumerate(self.offsets, start=1) if off]
        found += [f"joint {number} is stuck" for number in sorted(self.stuck)]
        found += ["no position is reported"] if self.feedback_lost else []
        found += [self.power_lost] if self.power_lost else []
        return "; ".join(found) or "nothing is broken"


def with_fault(faults: ArmFaults, name: str, value: str) -> ArmFaults:
    """Return the faults with one more, or with none left if `name` is `repair`.

    Args:
        faults: What is broken already.
        name: One of `FAULTS`.
        value: See there.

    Raises:
        ArmFaultError: There is no such fault, or the value is not what it needs.

    Example:
        >>> with_fault(ArmFaults(), "joint_stuck", "2").stuck
        frozenset({2})
    """
    if name == "joint_offset":
        joint, _, angle = value.partition("=")
        number = _joint(name, joint)
        offset = _angle(angle)
        return replace(faults, offsets=(*faults.offsets[: number - 1], offset, *faults.offsets[number:]))
    if name == "joint_stuck":
        return replace(faults, stuck=faults.stuck | {_joint(name, value)})
    if name == "feedback_lost":
        return replace(faults, feedback_lost=True)
    if name == "collision":
        return replace(faults, power_lost="collision detected")
    if name == "drives_trip":
        return replace(faults, power_lost=f"drives tripped: {value.strip() or 'no cause given'}")
    if name == "repair":
        return ArmFaults()
    known = "; ".join(f"{fault} ({meaning})" for fault, meaning in (FAULTS | PANEL).items())
    raise ArmFaultError(f"an arm has no fault '{name}'; there are: {known}")


def operation_mode(value: str) -> OperationMode:
    """Return the operating mode that is written as T1, T2, AUT or EXT.

    Raises:
        ArmFaultError: It is none of these.
    """
    modes = {mode.name: mode for mode in OperationMode if mode is not OperationMode.UNKNOWN}
    if value.strip().upper() not in modes:
        raise ArmFaultError(f"operation_mode: '{value}' is no mode, must be one of {', '.join(modes)}")
    return modes[value.strip().upper()]


def drives_on(value: str) -> bool:
    """Return whether `on` or `off` is asked for.

    Raises:
        ArmFaultError: It is neither.
    """
    if value.strip() not in ("on", "off"):
        raise ArmFaultError(f"drives: '{value}' must be on or off")
    return value.strip() == "on"


def _joint(name: str, text: str) -> int:
    if text.strip() not in {str(number) for number in range(1, JOINT_COUNT + 1)}:
        raise ArmFaultError(f"{name}: '{text}' is no joint, must be 1 to {JOINT_COUNT}; value: {FAULTS[name]}")
    return int(text)


def _angle(text: str) -> float:
    try:
        angle = float(text)
    except ValueError:
        angle = math.nan
    if not abs(angle) <= math.pi:
        raise ArmFaultError(f"joint_offset: '{text}' is no angle from -pi to pi [rad]; {FAULTS['joint_offset']}")
    return angle
