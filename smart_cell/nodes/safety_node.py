# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node `safety`: mirrors the safety PLC to every node of the cell."""

from __future__ import annotations

from typing import Any, Final

from smart_cell.devices.safety import SafetyMonitor, SafetyState, SafetyStatus
from smart_cell.nodes import names, sim_world
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.conversions import constant
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.safety import SimSafety
from smart_cell.simulation.storage import StateFile
from smart_cell_msgs.msg import SafetyState as SafetyMessage

PERIOD: Final = 0.1
"""Time between two looks at the PLC, and so between two messages [s, steady clock]."""


class SafetyNode(CellNode):
    """Says whether the cell is safe, on every change and every `PERIOD`.

    Publishes:
        `safety/state` (SafetyState).
    Services:
        `safety/inject` (Inject), in sim mode only: the simulated buttons, guard and light curtain.
    """

    def __init__(self, process: Process, device: str = names.SAFETY) -> None:
        """Create the node.

        Args:
            process: The runtime.
            device: Its name.
        """
        super().__init__(process, device)
        self._device = device

    def setup(self) -> None:
        """Connect to the PLC; until the node is active, the state is unknown."""
        memory = StateFile(sim_world.folder(self.process) / "safety.json")
        self._plc = SimSafety(memory, writer=self.process.write)
        self._plc.connect(self.now())
        self._monitor = SafetyMonitor()
        self._shown = SafetyStatus(SafetyState.UNKNOWN)
        self._topic = self.state_topic(SafetyMessage, names.SAFETY_STATE, self._fill, period=PERIOD)
        sim_world.offer_inject(self, self._device, self._inject)

    def start(self) -> None:
        """Tell what the PLC says."""
        self._topic.changed()

    def halt(self) -> None:
        """Say that nothing is known any more, which stops the cell."""
        self._topic.publish()

    def work(self, now: float) -> None:
        """Tell a change at once; that of an input wakes the node, and every message looks at the PLC again."""
        if self._judge() != self._shown:
            self._topic.publish()

    def _judge(self) -> SafetyStatus:
        return self._monitor.step(self.steady(), self._plc.read(self.now()))

    def _inject(self, fault: str, value: str) -> str:
        text = self._plc.inject(fault, value)
        self._topic.publish()
        return text

    def _fill(self, message: Any) -> None:
        status = self._judge() if self.active else SafetyStatus(SafetyState.UNKNOWN, cause="safety node is not active")
        self._shown = status
        message.state = constant(SafetyMessage, "STATE", status.state)
        message.channel_a = status.channel_a
        message.channel_b = status.channel_b
        message.guard_closed = status.guard_closed
        message.light_curtain_clear = status.light_curtain_clear
        message.reset_required = status.reset_required
        message.cause = status.cause
