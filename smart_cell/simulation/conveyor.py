# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated indexing conveyor: its drive, and the data that its control keeps through a power loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from typing import Any

from smart_cell.cell.model import Conveyor
from smart_cell.devices.conveyor import ConveyorCommand, ConveyorSnapshot, Direction, Transfer
from smart_cell.simulation.faults import CLEAR, unknown_fault
from smart_cell.simulation.plant import Carrier, SimPlant
from smart_cell.simulation.ramp import Ramp

KEPT_EVERY = 0.25
"""Way after which the position is kept again [m]."""


class ConveyorFault(str, Enum):
    """Faults of a conveyor that can be simulated."""

    STALL = "stall"
    """The drive does not turn."""
    DRIVE = "drive"
    """The drive reports a failure and stops."""


class SimConveyor:
    """Plays one conveyor; implements `Backend[ConveyorSnapshot, ConveyorCommand]`.

    A power loss stops it where it was, to within `KEPT_EVERY`.
    """

    def __init__(self, plant: SimPlant, conveyor: Conveyor) -> None:
        """Switch the power on: it stands where it was left."""
        self._plant = plant
        self._conveyor = conveyor
        memory = plant.recall(conveyor.name)
        self._transfer = _transfer_from(memory["transfer"]) if memory.get("transfer") else None
        self._is_done = bool(memory.get("is_done", True))
        self._tracked: dict[str, str] = dict(memory.get("bodies", {}))
        self._kept = float(memory.get("position", 0.0))
        self._ramp = Ramp.at_rest(0.0, self._kept)
        self._command = ConveyorCommand()
        self._faults: set[ConveyorFault] = set()

    def connect(self, now: float) -> None:
        """Start at rest."""
        self.write(ConveyorCommand(), now)

    def close(self) -> None:
        """Keep everything as it is: it was kept on the way."""

    def write(self, command: ConveyorCommand, now: float) -> None:
        """Command the drive from `now` [s] on."""
        self._update(now)
        if command == self._command:
            return
        self._command = command
        order = command.transfer
        if order is not None and self._transfer != order:
            if not self._is_done:
                raise ValueError(f"transfer {order.name} ordered before the one before it has ended")
            self._transfer, self._is_done = order, False
            self._ramp = Ramp.at_rest(now, 0.0)
            self._plant.put(order.station, None)
            self._keep(0.0)
        self._drive(now)

    def read(self, now: float) -> ConveyorSnapshot:
        """Return what the control says at `now` [s]."""
        self._update(now)
        position, speed = self._ramp.at(now)
        end = self._ramp.end
        return ConveyorSnapshot(
            stamp=now,
            next_change=min(end, now + KEPT_EVERY / self._conveyor.speed) if now < end else None,
            transfer=self._transfer,
            is_done=self._is_done,
            position=position,
            speed=speed,
            bodies=dict(self._tracked),
            fault="the drive reports a failure" if ConveyorFault.DRIVE in self._faults else "",
        )

    def inject(self, fault: str, now: float) -> str:
        """Make a fault happen, or take all away, and return what was done, in words.

        Raises:
            UnknownFaultError: There is no such fault.
        """
        self._update(now)
        if fault == CLEAR:
            self._faults.clear()
            self._drive(now)
            return "all faults are taken away"
        if fault not in tuple(ConveyorFault):
            raise unknown_fault(self._conveyor.name, fault, (*(known.value for known in ConveyorFault), CLEAR))
        self._faults.add(ConveyorFault(fault))
        self._drive(now)
        return f"{fault} until {CLEAR}"

    def _drive(self, now: float) -> None:
        """Set the motion that follows from command and faults."""
        position, speed = self._ramp.at(now)
        transfer = self._transfer
        if ConveyorFault.STALL in self._faults or transfer is None or self._is_done:
            self._ramp = Ramp.at_rest(now, position)
        elif self._command.transfer is None or self._faults:
            self._ramp = Ramp.to_rest(now, position, speed, self._conveyor.acceleration)
        else:
            self._ramp = Ramp.to_point(
                now,
                position,
                speed,
                target=self._pitch(transfer),
                top=self._conveyor.speed,
                acceleration=self._conveyor.acceleration,
            )

    def _update(self, now: float) -> None:
        """Take note of how far the transfer is."""
        transfer = self._transfer
        if transfer is None or self._is_done:
            return
        position, speed = self._ramp.at(now)
        pitch = self._pitch(transfer)
        if speed <= 0.0 and position >= pitch - 1e-6:
            self._is_done = True
            self._ramp = Ramp.at_rest(now, pitch)
            if transfer.direction is Direction.IN:
                self._tracked[transfer.station] = transfer.body
                self._plant.put(transfer.station, Carrier(transfer.body, transfer.variant))
            else:
                self._tracked.pop(transfer.station, None)
            self._keep(pitch)
        elif abs(position - self._kept) >= KEPT_EVERY or (speed <= 0.0 and position != self._kept):
            self._keep(position)

    def _pitch(self, transfer: Transfer) -> float:
        return self._plant.cell.stations[transfer.station].pitch

    def _keep(self, position: float) -> None:
        self._kept = position
        transfer = self._transfer
        data: dict[str, Any] = {
            "transfer": None if transfer is None else {**asdict(transfer), "direction": transfer.direction.value},
            "is_done": self._is_done,
            "position": position,
            "bodies": dict(self._tracked),
        }
        self._plant.remember(self._conveyor.name, data)


def _transfer_from(data: Mapping[str, str]) -> Transfer:
    return Transfer(
        name=data["name"],
        direction=Direction(data["direction"]),
        station=data["station"],
        body=data["body"],
        leaving=data["leaving"],
        variant=data["variant"],
    )
