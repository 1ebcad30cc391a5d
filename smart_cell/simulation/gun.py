# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The mechanics of a simulated weld gun: moving tip, electrode force, tip dresser."""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

from smart_cell.cell.model import Dresser, Gun
from smart_cell.devices.gun_signals import GunCommand, GunDrive

FORCE_TIME_CONSTANT: Final = 0.04
"""Time constant of the force after the tips touch [s]."""

FORCE_REACHED: Final = 0.95
"""Share of the commanded force at which the gun's control says that it is there."""

_TIME_RESOLUTION = 1e-6  # seconds since 1970 as a float have steps of 0.24 us
_FORCE_REACHED_AFTER = -FORCE_TIME_CONSTANT * math.log(1.0 - FORCE_REACHED)


class GunFault(str, Enum):
    """Faults of a gun's mechanics that can be simulated."""

    STUCK_OPEN = "stuck_open"
    """The tip does not close."""
    STUCK_CLOSED = "stuck_closed"
    """The tips stick to the sheets."""
    FORCE_LOSS = "force_loss"
    """Half of the force."""


class SimGun:
    """The moving tip travels at constant speed; the force follows its command with a first-order lag."""

    def __init__(self, gun: Gun, dresser: Dresser | None, *, is_closed: bool, dressings: int = 0) -> None:
        """Start at rest.

        Args:
            gun: Its part of the cell.
            dresser: What dresses its tips, if anything does.
            is_closed: The tips touch each other, else the gun is open.
            dressings: How often the tips were dressed before.
        """
        self._gun = gun
        self._dresser = dresser
        self._command = GunCommand()
        self._opening = 0.0 if is_closed else gun.stroke
        self._time = -math.inf
        self._contact_time: float | None = None
        self._dressed_at: float | None = None
        self.dressings = dressings
        """How often the tips were dressed."""
        self.faults: set[GunFault] = set()
        """Faults that are there now."""

    @property
    def opening(self) -> float:
        """Distance between the tips [m]."""
        return self._opening

    @property
    def is_open(self) -> bool:
        """Whether the gun is at its open position."""
        return self._opening >= self._gun.stroke

    @property
    def is_closed(self) -> bool:
        """Whether the tips touch the sheets, or each other."""
        return self._contact_time is not None or self._opening <= 0.0

    def force(self, now: float) -> float:
        """Return the electrode force at `now` [N]."""
        if self._contact_time is None:
            return 0.0
        share = 0.5 if GunFault.FORCE_LOSS in self.faults else 1.0
        return share * self._command.force * (1.0 - math.exp(-(now - self._contact_time) / FORCE_TIME_CONSTANT))

    def force_reached(self, now: float) -> bool:
        """Tell whether the gun's control sees the commanded force at `now` [s]."""
        if self._contact_time is None or GunFault.FORCE_LOSS in self.faults:
            return False
        return now >= self._contact_time + _FORCE_REACHED_AFTER

    def write(self, command: GunCommand, now: float) -> None:
        """Command the gun from `now` [s] on."""
        self.update(now)
        if command.dress and not self._command.dress and self._dresser is not None and self.is_open:
            self._dressed_at = now + self._dresser.duration
        elif not command.dress:
            self._dressed_at = None
        if command.drive is GunDrive.OPEN and GunFault.STUCK_CLOSED not in self.faults:
            self._contact_time = None
        self._command = command
        self.update(now)

    def update(self, now: float) -> float | None:
        """Let the gun go on to `now` and return when something will have changed [s]; None: nothing will."""
        elapsed = max(now - self._time, 0.0) if math.isfinite(self._time) else 0.0
        self._time = max(now, self._time)
        changes = [self._move(now, elapsed)]
        if self._contact_time is not None and not self.force_reached(now) and GunFault.FORCE_LOSS not in self.faults:
            changes.append(self._contact_time + _FORCE_REACHED_AFTER)
        if self._dressed_at is not None:
            if now >= self._dressed_at:
                self.dressings += 1
                self._dressed_at = None
            else:
                changes.append(self._dressed_at)
        return min((change for change in changes if change is not None), default=None)

    def _move(self, now: float, elapsed: float) -> float | None:
        """Move the tip and return when it arrives, None if it rests."""
        command, speed = self._command, self._gun.speed
        if command.drive is GunDrive.OPEN and GunFault.STUCK_CLOSED not in self.faults:
            remaining = self._gun.stroke - self._opening
            if elapsed >= remaining / speed - _TIME_RESOLUTION:
                self._opening = self._gun.stroke
                return None
            self._opening += elapsed * speed
            return now + (self._gun.stroke - self._opening) / speed
        if command.drive is GunDrive.CLOSE and GunFault.STUCK_OPEN not in self.faults and self._contact_time is None:
            remaining = max(self._opening - command.thickness, 0.0)
            if elapsed >= remaining / speed - _TIME_RESOLUTION:
                self._opening = min(self._opening, command.thickness)
                self._contact_time = now - elapsed + remaining / speed
                return None
            self._opening -= elapsed * speed
            return now + (self._opening - command.thickness) / speed
        return None
