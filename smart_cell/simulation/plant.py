# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What is really in a simulated cell: which body stands where, where the conveyors and clamps are.

It is shared by the simulated conveyors, clamps and sensors of a cell and outlives their process in a small file, as the
real things would outlive a power loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from smart_cell.cell.model import Cell
from smart_cell.simulation.storage import State, Writer, write_now


@dataclass(frozen=True, slots=True)
class Carrier:
    """A body with what is written on its data carrier."""

    body: str
    variant: str


class SimPlant:
    """The truth that simulated sensors look at and simulated drives change."""

    def __init__(self, cell: Cell, memory: State, *, writer: Writer = write_now) -> None:
        """Find the plant as it was left; without a memory of it, it is empty.

        Args:
            cell: The cell.
            memory: Where it is kept.
            writer: Runs what blocks, in order, elsewhere.
        """
        self.cell = cell
        self._memory = memory
        self._writer = writer
        self._listeners: list[Callable[[], None]] = []
        self._is_saving = False
        self._is_changed = False
        self._failure = ""
        found: Mapping[str, Any] = memory.load() or {}
        self._devices: dict[str, dict[str, Any]] = dict(found.get("devices", {}))
        self._bodies = {station: Carrier(**carrier) for station, carrier in found.get("bodies", {}).items()}

    @property
    def failure(self) -> str:
        """Why the plant can no longer be kept, in words; empty when it can."""
        return self._failure

    def body(self, station: str) -> Carrier | None:
        """Return the body that rests in a station."""
        return self._bodies.get(station)

    def put(self, station: str, carrier: Carrier | None) -> None:
        """Change what rests in a station; None for nothing."""
        if self._bodies.get(station) == carrier:
            return
        if carrier is None:
            del self._bodies[station]
        else:
            self._bodies[station] = carrier
        self._save()
        for listener in self._listeners:
            listener()

    def recall(self, device: str) -> Mapping[str, Any]:
        """Return what a device keeps here; empty for a new one."""
        return self._devices.get(device, {})

    def remember(self, device: str, data: Mapping[str, Any]) -> None:
        """Keep something for a device."""
        if self._devices.get(device) != data:
            self._devices[device] = dict(data)
            self._save()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a body comes to rest in a station or leaves it."""
        self._listeners.append(listener)

    def ignore(self, listener: Callable[[], None]) -> None:
        """Call `listener` no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _save(self) -> None:
        """Write the newest state; what changes while the disk is busy is written in one go afterwards."""
        self._is_changed = True
        if self._is_saving:
            return
        self._is_saving, self._is_changed = True, False
        data = {
            "bodies": {station: asdict(carrier) for station, carrier in self._bodies.items()},
            "devices": {device: dict(kept) for device, kept in self._devices.items()},
        }
        self._writer(lambda: self._memory.save(data), self._saved)

    def _saved(self, outcome: object) -> None:
        self._is_saving = False
        if isinstance(outcome, BaseException):
            self._failure = f"the simulated plant cannot be kept: {outcome}"
        elif self._is_changed:
            self._save()
