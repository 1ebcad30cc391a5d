# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated clamp: travels at constant speed, and stays where it is without a command."""

from __future__ import annotations

from enum import Enum

from smart_cell.cell.model import Clamp
from smart_cell.devices.clamp import ClampCommand, ClampSnapshot
from smart_cell.simulation.faults import CLEAR, unknown_fault
from smart_cell.simulation.plant import SimPlant

_END = 1e-6


class ClampFault(str, Enum):
    """Faults of a clamp that can be simulated."""

    JAM = "jam"
    """It does not move."""
    SWITCH = "switch"
    """Its end switches give no signal."""


class SimClamp:
    """Plays one clamp; implements `Backend[ClampSnapshot, ClampCommand]`."""

    def __init__(self, plant: SimPlant, clamp: Clamp) -> None:
        """Find the clamp where it was left; a new one is open. One that was on its way is somewhere between."""
        self._plant = plant
        self._clamp = clamp
        self._position = float(plant.recall(clamp.name).get("position", 0.0))
        self._time = 0.0
        self._command = ClampCommand()
        self._faults: set[ClampFault] = set()

    def connect(self, now: float) -> None:
        """Start without a command."""
        self._time = now
        self.write(ClampCommand(), now)

    def close(self) -> None:
        """Keep everything as it is."""
        self._plant.remember(self._clamp.name, {"position": self._position})

    def write(self, command: ClampCommand, now: float) -> None:
        """Command the valve from `now` [s] on."""
        self._update(now)
        self._command = command
        if self._velocity != 0.0:
            # a power loss on the way finds it between its ends
            self._plant.remember(self._clamp.name, {"position": 0.5})
        elif not _is_end(self._position):
            self._plant.remember(self._clamp.name, {"position": self._position})

    def read(self, now: float) -> ClampSnapshot:
        """Return what the end switches say at `now` [s]."""
        self._update(now)
        has_signal = ClampFault.SWITCH not in self._faults
        way = 1.0 - self._position if self._velocity > 0.0 else self._position
        return ClampSnapshot(
            stamp=now,
            next_change=now + way * self._clamp.travel_time if self._velocity != 0.0 else None,
            is_open=has_signal and self._position <= _END,
            is_closed=has_signal and self._position >= 1.0 - _END,
        )

    def inject(self, fault: str, now: float) -> str:
        """Make a fault happen, or take all away, and return what was done, in words.

        Raises:
            UnknownFaultError: There is no such fault.
        """
        self._update(now)
        if fault == CLEAR:
            self._faults.clear()
            return "all faults are taken away"
        if fault not in tuple(ClampFault):
            raise unknown_fault(self._clamp.name, fault, (*(known.value for known in ClampFault), CLEAR))
        self._faults.add(ClampFault(fault))
        return f"{fault} until {CLEAR}"

    @property
    def _velocity(self) -> float:
        """Share of the travel per second; positive when closing."""
        if ClampFault.JAM in self._faults:
            return 0.0
        if self._command.close and self._position < 1.0:
            return 1.0 / self._clamp.travel_time
        if self._command.open and self._position > 0.0:
            return -1.0 / self._clamp.travel_time
        return 0.0

    def _update(self, now: float) -> None:
        velocity = self._velocity
        position = self._position + velocity * max(now - self._time, 0.0)
        self._time = max(now, self._time)
        if velocity == 0.0:
            return
        position = min(max(position, 0.0), 1.0)
        self._position = round(position) if _is_end(position) else position
        if _is_end(self._position):
            self._plant.remember(self._clamp.name, {"position": self._position})


def _is_end(position: float) -> bool:
    return position <= _END or position >= 1.0 - _END
