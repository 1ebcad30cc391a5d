# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a part-present sensor or body-id reader."""

from __future__ import annotations

from typing import Any, Final

from smart_cell.devices.sensor import SensorFilter, SensorStatus
from smart_cell.nodes import names, sim_world
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.conversions import constant
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.sensor import SimSensor
from smart_cell_msgs.msg import SensorState

SCAN_PERIOD: Final = 0.5
"""Time between two looks at a sensor that has not said that it changed [s, steady clock]."""


class SensorNode(CellNode):
    """Says what a sensor sees.

    Publishes:
        `<sensor>/state` (SensorState).
    Services:
        `<sensor>/inject` (Inject), in sim mode only.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node of one sensor.

        Args:
            process: The runtime.
            device: Name of the sensor in the cell file.
        """
        super().__init__(process, device)
        self._device = device

    def setup(self) -> None:
        """Connect to the sensor; until the node is active, it has no valid value."""
        cell = self.process.cell
        self._sensor = cell.sensors[self._device]
        plant = sim_world.plant(self.process)
        self._backend = SimSensor(plant, self._sensor)
        self._backend.connect(self.now())
        # the node lives as long as the process, and a wake before it is active does nothing
        plant.ignore(self.wake)
        plant.listen(self.wake)
        self._filter = SensorFilter(self._sensor, cell.variants)
        self._shown: SensorStatus | None = None
        self._topic = self.state_topic(SensorState, names.state(self._device), self._fill)
        sim_world.offer_inject(self, self._device, self._backend.inject)

    def start(self) -> None:
        """Begin to look, without what was seen before."""
        self._filter = SensorFilter(self._sensor, self.process.cell.variants)

    def halt(self) -> None:
        """Say that the value means nothing any more."""
        self._topic.publish()

    def work(self, now: float) -> float:
        """Look at the sensor and tell a change."""
        pending = self._filter.step(now, self._backend.read(now))
        if self._filter.status != self._shown:
            self._topic.changed()
        return pending if pending is not None else now + SCAN_PERIOD * self.process.clock.speed

    def _fill(self, message: Any) -> None:
        status = self._filter.status
        self._shown = status
        message.type = constant(SensorState, "TYPE", self._sensor.type)
        message.valid = self.active and status.is_valid
        message.active = status.is_active
        message.value = status.value
        message.variant = status.variant
        message.text = status.text if self.active else "sensor node is not active"
