# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a conveyor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from smart_cell.devices.conveyor import ConveyorSequence, ConveyorStatus, Direction, Transfer, TransferResult
from smart_cell.nodes import names, sim_world
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.conversions import constant
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.conveyor import SimConveyor
from smart_cell_msgs.action import Transfer as TransferAction
from smart_cell_msgs.msg import ConveyorState

MOVING_PERIOD: Final = 0.2
"""Time between two messages on the way [s, steady clock]."""

_DIRECTIONS: Final = {
    TransferAction.Goal.DIRECTION_IN: Direction.IN,
    TransferAction.Goal.DIRECTION_OUT: Direction.OUT,
}


class ConveyorNode(CellNode):
    """Carries bodies into and out of the stations.

    Publishes:
        `<conveyor>/state` (ConveyorState).
    Actions:
        `<conveyor>/transfer` (Transfer).
    Services:
        `<conveyor>/inject` (Inject), in sim mode only.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node of one conveyor.

        Args:
            process: The runtime.
            device: Name of the conveyor in the cell file.
        """
        super().__init__(process, device)
        self._device = device

    def setup(self) -> None:
        """Connect to the conveyor, which stands still."""
        cell = self.process.cell
        conveyor = cell.conveyors[self._device]
        self._backend = SimConveyor(sim_world.plant(self.process), conveyor)
        self._backend.connect(self.now())
        self._sequence = ConveyorSequence(conveyor, {name: cell.stations[name].pitch for name in conveyor.stations})
        self._shown: ConveyorStatus | None = None
        self._runs: dict[str, list[GoalRun]] = {}
        self._refusal = ""
        self._topic = self.state_topic(ConveyorState, names.state(self._device), self._fill)
        self.serve_action(
            TransferAction, names.transfer(self._device), accept=self._accept, start=self._begin, cancel=self._cancel
        )
        sim_world.offer_inject(self, self._device, lambda fault, _: self._backend.inject(fault, self.now()))

    def start(self) -> None:
        """Tell where the bodies are."""
        self._topic.changed()

    def halt(self) -> None:
        """Let the conveyor come to rest, and end what runs."""
        self._backend.connect(self.now())
        self._sequence.cancel("the conveyor's node was deactivated")
        for name in list(self._runs):
            code = TransferAction.Result.CODE_INTERRUPTED
            self._end(name, TransferAction.Result(code=code, text="the conveyor's node was deactivated"))
        self._topic.publish()

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """Decelerate at once when motion is no longer permitted."""
        if self.active:
            self.work(self.now())

    def work(self, now: float) -> float | None:
        """Command the conveyor, tell where it is, and give results."""
        command, result = self._sequence.step(now, self._backend.read(now), self.permission)
        self._backend.write(command, now)
        snapshot = self._backend.read(now)
        if result is not None:
            self._finish(result)
        status = self._sequence.status(snapshot)
        if self._shown is None or replace(status, position=0.0, speed=0.0) != self._shown:
            self._topic.changed()
        if not self._sequence.is_active and snapshot.next_change is None:
            return None
        for runs in self._runs.values():
            for run in runs:
                run.feedback(TransferAction.Feedback(position=snapshot.position))
        if snapshot.speed > 0.0:
            self._topic.changed()
        soon = now + MOVING_PERIOD * self.process.clock.speed
        return soon if snapshot.next_change is None else min(soon, snapshot.next_change)

    def _accept(self, goal: Any) -> str | None:
        refusal = self._sequence.refusal(goal.epoch, self.permission) if self.active else "conveyor node is not active"
        if goal.direction not in _DIRECTIONS:
            refusal = f"direction {goal.direction}: allowed are DIRECTION_IN and DIRECTION_OUT"
        self._refusal = refusal or ""
        self._topic.changed()
        return refusal

    def _begin(self, run: GoalRun) -> None:
        goal = run.goal
        order = Transfer(
            name=goal.transfer,
            direction=_DIRECTIONS[goal.direction],
            station=goal.station,
            body=goal.body,
            leaving=goal.leaving,
            variant=goal.variant,
        )
        now = self.now()
        result = self._sequence.begin(order, self._backend.read(now), now)
        if result is None:
            self._runs.setdefault(order.name, []).append(run)
        else:
            run.finish(_result(result))
            self._topic.changed()

    def _cancel(self, run: GoalRun) -> bool:
        if not any(run in runs for runs in self._runs.values()):
            return False
        self._sequence.cancel("canceled")
        return True

    def _finish(self, result: TransferResult) -> None:
        self._end(result.transfer, _result(result))

    def _end(self, transfer: str, result: Any) -> None:
        for run in self._runs.pop(transfer, ()):
            run.finish(result)

    def _fill(self, message: Any) -> None:
        snapshot = self._backend.read(self.now())
        status = self._sequence.status(snapshot)
        self._shown = replace(status, position=0.0, speed=0.0)
        message.state = constant(ConveyorState, "STATE", status.state) if self.active else ConveyorState.STATE_INACTIVE
        message.transfer = status.transfer
        message.station = status.station
        message.body = status.body
        message.position = status.position
        message.speed = status.speed
        message.text = self._refusal or status.text


def _result(result: TransferResult) -> Any:
    return TransferAction.Result(code=constant(TransferAction.Result, "CODE", result.code), text=result.text)
