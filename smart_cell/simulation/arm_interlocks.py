# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a simulated arm needs before it moves, and how it stops when that goes away.

Stops, as on a KUKA controller:

| what | T1, T2 | AUT, EXT |
|---|---|---|
| safety input | STOP 0: power off at once, the brakes stop the arm | STOP 1: on the path, then power off |
| drives switched off | STOP 1 | STOP 1 |
| motion enable, another operating mode | STOP 2: on the path, power stays | STOP 2 |
| collision, drives trip | STOP 0 | STOP 0 |

An arm that its brakes stop leaves its path a little.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from smart_cell.core.operation_mode import OperationMode
from smart_cell.simulation.arm_power import DrivePower


@dataclass(slots=True)
class Interlocks:
    """The inputs of one arm that allow or forbid motion; a text that is empty forbids nothing."""

    active: bool = False
    """The controller takes goals."""
    unsafe: str = ""
    """Why the safety input asks for a stop."""
    power_lost: str = ""
    """What has taken the power away until a repair."""
    panel_on: bool = True
    """Nobody has switched the drives off at the arm's panel."""
    disabled: str = ""
    """Why the cell's controller gives no motion enable."""
    mode: OperationMode = OperationMode.EXT
    """Where the key switch is."""
    power: DrivePower = field(default_factory=DrivePower)

    @property
    def is_manual(self) -> bool:
        """Whether a person moves the arm: the safety input is then a stop with the brakes."""
        return self.mode in (OperationMode.T1, OperationMode.T2)

    def forbids_power(self) -> str:
        """Return why the drives must not be switched on, in words; empty if they may."""
        if self.unsafe:
            return f"the safety input does not allow motion: {self.unsafe}"
        if self.power_lost:
            return f"{self.power_lost}; repair the arm, then switch the drives on"
        return "" if self.panel_on else "the drives were switched off at the arm's panel; switch them on there"

    def refusal(self) -> str:
        """Return why no goal is taken, in words; empty if one is."""
        if not self.active:
            return "the controller is not active"
        forbidden = self.forbids_power()
        if forbidden:
            return forbidden
        if not self.power.wanted:
            return f"the drives are off ({self.power.reason}); switch them on after the stop is reset"
        return self.disabled
