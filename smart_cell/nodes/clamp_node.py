# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a clamp."""

from __future__ import annotations

from typing import Any

from smart_cell.devices.clamp import ClampSequence, ClampStatus
from smart_cell.nodes import names, sim_world
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.conversions import constant
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.clamp import SimClamp
from smart_cell_msgs.msg import ClampState
from smart_cell_msgs.srv import CellCommand, MoveClamp


class ClampNode(CellNode):
    """Closes and opens a clamp.

    Publishes:
        `<clamp>/state` (ClampState).
    Services:
        `<clamp>/move` (MoveClamp); `<clamp>/inject` (Inject), in sim mode only.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node of one clamp.

        Args:
            process: The runtime.
            device: Name of the clamp in the cell file.
        """
        super().__init__(process, device)
        self._device = device

    def setup(self) -> None:
        """Connect to the clamp, which stays where it is."""
        clamp = self.process.cell.clamps[self._device]
        self._backend = SimClamp(sim_world.plant(self.process), clamp)
        self._backend.connect(self.now())
        self._sequence = ClampSequence(clamp)
        self._shown: ClampStatus | None = None
        self._topic = self.state_topic(ClampState, names.state(self._device), self._fill)
        self.serve(MoveClamp, names.move_clamp(self._device), self._move)
        sim_world.offer_inject(self, self._device, lambda fault, _: self._backend.inject(fault, self.now()))

    def start(self) -> None:
        """Tell where the clamp is."""
        self._topic.changed()

    def halt(self) -> None:
        """Leave the clamp where it is."""
        self._backend.connect(self.now())
        self._topic.publish()

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """End a travel at once when motion is no longer permitted."""
        if self.active:
            self.work(self.now())

    def work(self, now: float) -> float | None:
        """Command the clamp and tell where it is."""
        self._backend.write(self._sequence.step(now, self._backend.read(now), self.permission), now)
        snapshot = self._backend.read(now)
        if self._sequence.status(snapshot) != self._shown:
            self._topic.changed()
        times = [time for time in (snapshot.next_change, self._sequence.deadline) if time is not None]
        return min(times, default=None)

    def _move(self, request: Any, response: Any) -> Any:
        refusal = "clamp node is not active"
        if self.active:
            refusal = self._sequence.request(request.close, request.epoch, self.permission) or ""
        response.code = CellCommand.Response.CODE_REFUSED if refusal else CellCommand.Response.CODE_OK
        if self.active and request.epoch != self.permission.epoch:
            response.code = CellCommand.Response.CODE_STALE_EPOCH
        response.text = refusal
        self.wake()
        return response

    def _fill(self, message: Any) -> None:
        status = self._sequence.status(self._backend.read(self.now()))
        self._shown = status
        message.state = constant(ClampState, "STATE", status.state) if self.active else ClampState.STATE_INACTIVE
        message.commanded_closed = status.commanded_closed
        message.text = status.text
