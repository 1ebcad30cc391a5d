# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated sensors: they look at the plant, unless they are broken."""

from __future__ import annotations

from enum import Enum

from smart_cell.cell.model import Sensor, SensorType
from smart_cell.core.errors import SmartCellError
from smart_cell.devices.sensor import SensorSnapshot
from smart_cell.simulation.faults import CLEAR, UnknownFaultError, unknown_fault
from smart_cell.simulation.plant import Carrier, SimPlant


class SensorFault(str, Enum):
    """Faults of any sensor that can be simulated."""

    BROKEN = "broken"
    """No signal: the cable is torn."""
    STUCK_ON = "stuck_on"
    STUCK_OFF = "stuck_off"


SWAP = "swap"
"""Not a fault of the reader: another body is put into the station by hand, `ID` or `ID:VARIANT`."""


class SensorWithoutStationError(SmartCellError):
    """A simulated sensor has nothing to look at."""


class SimSensor:
    """Plays one sensor; implements `Backend[SensorSnapshot, None]`."""

    def __init__(self, plant: SimPlant, sensor: Sensor) -> None:
        """Find the station that the sensor looks at.

        Raises:
            SensorWithoutStationError: No station of the cell names the sensor.
        """
        self._plant = plant
        self._sensor = sensor
        self._fault: SensorFault | None = None
        self._last = Carrier("", "")
        for station in plant.cell.stations.values():
            if sensor.name in (*station.part_present, station.id_reader):
                self._station = station.name
                break
        else:
            raise SensorWithoutStationError(
                f"sensor {sensor.name}: no station names it; add it to part_present or id_reader of a station"
            )

    def connect(self, now: float) -> None:
        """Begin to look."""

    def close(self) -> None:
        """Look no more."""

    def write(self, command: None, now: float) -> None:
        """Do nothing: a sensor takes no commands."""

    def read(self, now: float) -> SensorSnapshot:
        """Return the raw signal at `now` [s]."""
        carrier = self._plant.body(self._station)
        if carrier is not None:
            self._last = carrier
        is_active = carrier is not None
        if self._fault in (SensorFault.STUCK_ON, SensorFault.STUCK_OFF):
            is_active = self._fault is SensorFault.STUCK_ON
        seen = self._last if is_active and self._sensor.type is SensorType.BODY_ID else Carrier("", "")
        return SensorSnapshot(
            stamp=now,
            is_working=self._fault is not SensorFault.BROKEN,
            is_active=is_active,
            value=seen.body,
            variant=seen.variant,
        )

    def inject(self, fault: str, value: str = "") -> str:
        """Make a fault happen, or take it away, and return what was done, in words.

        Args:
            fault: One of `SensorFault`, `SWAP` at a reader, or `CLEAR`.
            value: For `SWAP`, the other body as `ID` or `ID:VARIANT`.

        Raises:
            UnknownFaultError: There is no such fault, or the value makes no sense.
        """
        if fault == CLEAR:
            self._fault = None
            return "all faults are taken away"
        if fault == SWAP and self._sensor.type is SensorType.BODY_ID:
            return self._swap(value)
        if fault not in tuple(SensorFault):
            extra = (SWAP,) if self._sensor.type is SensorType.BODY_ID else ()
            raise unknown_fault(self._sensor.name, fault, (*(known.value for known in SensorFault), *extra, CLEAR))
        self._fault = SensorFault(fault)
        return f"{fault} until {CLEAR}"

    def _swap(self, value: str) -> str:
        body, _, variant = value.partition(":")
        there = self._plant.body(self._station)
        if there is None:
            raise UnknownFaultError(
                f"{SWAP}: there is no body in station {self._station} to put another one in place of"
            )
        if not body:
            raise UnknownFaultError(
                f"{SWAP}: write the other body as ID or ID:VARIANT, such as B000099:{there.variant}"
            )
        other = Carrier(body, variant or there.variant)
        self._plant.put(self._station, other)
        return f"body {there.body} in station {self._station} is now {other.body} ({other.variant})"
