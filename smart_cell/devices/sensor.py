# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a part-present sensor or a body-id reader says, debounced and checked for sense."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from smart_cell.cell.model import Sensor, SensorType
from smart_cell.devices.protocol import Snapshot

DEBOUNCE = 0.02
"""How long a signal must be steady before it counts [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSnapshot(Snapshot):
    """The raw signal of a sensor."""

    is_working: bool
    """False: the sensor or its cable is broken, and the rest means nothing."""
    is_active: bool
    """A part is present, or an id was read."""
    value: str = ""
    """The id that was read."""
    variant: str = ""
    """The variant that was read."""


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """What there is to show; the fields of SensorState.msg."""

    is_valid: bool
    is_active: bool
    value: str = ""
    variant: str = ""
    text: str = ""


class SensorFilter:
    """Turns raw signals into what the cell may act on."""

    def __init__(self, sensor: Sensor, variants: Collection[str]) -> None:
        """Start without a valid value.

        Args:
            sensor: Its part of the cell.
            variants: What a body can be.
        """
        self._sensor = sensor
        self._variants = frozenset(variants)
        self._candidate: SensorStatus | None = None
        self._since = 0.0
        self._status = SensorStatus(False, False, text="no signal yet")

    @property
    def status(self) -> SensorStatus:
        """The value that counts."""
        return self._status

    def step(self, now: float, snapshot: SensorSnapshot) -> float | None:
        """Take note of the raw signal.

        A sensor that breaks is invalid at once; everything else counts when it has been steady for `DEBOUNCE`.

        Args:
            now: [s]
            snapshot: The raw signal now.

        Returns:
            When to look again [s]; None if nothing is pending.
        """
        found = self._judge(snapshot)
        if found == self._status:
            self._candidate = None
            return None
        if not found.is_valid:
            self._status, self._candidate = found, None
            return None
        if found != self._candidate:
            self._candidate, self._since = found, now
        # the sum, not the difference: it is compared with the time that was asked for below
        if now >= self._since + DEBOUNCE:
            self._status, self._candidate = found, None
            return None
        return self._since + DEBOUNCE

    def _judge(self, snapshot: SensorSnapshot) -> SensorStatus:
        name = self._sensor.name
        if not snapshot.is_working:
            return SensorStatus(False, False, text=f"sensor {name} is broken")
        if self._sensor.type is not SensorType.BODY_ID or not snapshot.is_active:
            return SensorStatus(True, snapshot.is_active)
        if not snapshot.value:
            return SensorStatus(False, False, text=f"reader {name} reads a carrier without an id")
        if snapshot.variant not in self._variants:
            known = ", ".join(sorted(self._variants))
            text = f"reader {name} reads variant {snapshot.variant!r} on body {snapshot.value}; known: {known}"
            return SensorStatus(False, False, snapshot.value, snapshot.variant, text)
        return SensorStatus(True, True, snapshot.value, snapshot.variant)
