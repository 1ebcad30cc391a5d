# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One process of the cell: its sign of life, and what is permitted to its machines."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rclpy.node import Node

from smart_cell.cell.model import Cell
from smart_cell.core.clock import ClockOrigin, ScaledClock
from smart_cell.nodes import names, qos
from smart_cell.nodes.clock import ProcessClock
from smart_cell.nodes.heartbeat import BeatingNode, HeartbeatSource
from smart_cell.nodes.host import Host
from smart_cell.nodes.permission import NO_PERMISSION, Permission, PermissionMonitor
from smart_cell.planning.program import Plan
from smart_cell.supervision.packml import State
from smart_cell_msgs.msg import CellState, Heartbeat, SafetyState

_BEAT_PERIOD = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """What all processes of one run of a cell have in common."""

    backend: str
    """`sim`; chosen in writing, never by itself."""
    state_dir: Path
    """Folder of journals, simulated hardware and logs."""
    speed: float
    """Seconds of process time in one second."""
    origin: ClockOrigin
    """Where process time starts."""
    executor: str = "auto"
    """See `smart_cell.nodes.executor.CHOICES`."""


class ProcessNode(BeatingNode, Protocol):
    """What a process asks of the nodes it runs; `CellNode` is the one implementation."""

    def tick(self) -> None:
        """Count a sign of life of the work loop, ten times a second."""

    def hear_permission(self, old: Permission, new: Permission) -> None:
        """Pass on another permission of the process."""

    def shut_down(self) -> None:
        """Stop what the node does, for good."""


class Process(Host):
    """One process of a cell: a host whose nodes send heartbeats and know what is permitted."""

    def __init__(
        self,
        name: str,
        cell: Cell,
        options: Options,
        *,
        obeys: bool = True,
        required: frozenset[str] = frozenset(),
        plan: Plan | None = None,
    ) -> None:
        """Start ROS in this process.

        Args:
            name: Of the process, as in heartbeats.
            cell: The cell it is part of.
            options: Of this run.
            obeys: Listen to the safety node and the supervisor and keep `permission`; False in the supervisor's own
                process and in the lifecycle manager's.
            required: Names of the nodes whose loss stops the cell.
            plan: Programs of the robots; only the supervisor's process has one.
        """
        clock = ProcessClock(ScaledClock(options.origin, options.speed))
        super().__init__(name, cell.name, clock, options.executor)
        self.cell = cell
        self.options = options
        self.required = required
        self.plan = plan
        self.permission: Permission = NO_PERMISSION
        self._nodes: list[ProcessNode] = []
        self._monitor = PermissionMonitor()
        self._cell_listeners: list[Callable[[CellState], None]] = []
        self._beats = HeartbeatSource(name, socket.gethostname(), self.epoch)
        self._beat_publisher = self.node.create_publisher(Heartbeat, self.path(names.HEARTBEATS), qos.HEARTBEAT)
        if obeys:
            self._listen()

    def add(self, node: ProcessNode, ros_node: Node) -> None:
        """Run a node in this process: its callbacks, its work, its part of the heartbeat."""
        self._nodes.append(node)
        self.add_ros_node(ros_node)

    def on_cell_state(self, callback: Callable[[CellState], None]) -> None:
        """Call `callback` with each state of the cell, after permission was judged by it; one subscription is enough.

        Args:
            callback: Must not raise.
        """
        self._cell_listeners.append(callback)

    def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Start the executor thread and the heartbeat.

        Args:
            on_failure: Called in the executor thread when it ends although nobody stopped it.
        """
        self.schedule.set(self._tick, self.clock.steady())
        super().start(on_failure)

    def shut_nodes_down(self) -> None:
        """Stop what the nodes do, the last one first."""
        for node in reversed(self._nodes):
            node.shut_down()

    def _tick(self) -> None:
        """Send the sign of life; late is late, missed ticks are not made up for."""
        self.schedule.set(self._tick, self.clock.steady() + _BEAT_PERIOD)
        for node in self._nodes:
            node.tick()
        self._beat_publisher.publish(self._beats.message(self._nodes))
        self._look()

    def _listen(self) -> None:
        """Subscribe to what permission depends on, once for all nodes of the process."""
        self.node.create_subscription(SafetyState, self.path(names.SAFETY_STATE), self._hear_safety, qos.STATE)
        self.node.create_subscription(CellState, self.path(names.SUPERVISOR_STATE), self._hear_cell, qos.STATE)
        self.node.create_subscription(Heartbeat, self.path(names.HEARTBEATS), self._hear_beat, qos.HEARTBEAT_READER)

    def _hear_safety(self, message: SafetyState) -> None:
        self._monitor.hear_safety(
            self.clock.steady(), safe=message.state == SafetyState.STATE_SAFE, cause=message.cause
        )
        self._look()

    def _hear_cell(self, message: CellState) -> None:
        self._monitor.hear_cell(
            self.clock.steady(),
            epoch=message.epoch,
            motion_enabled=message.motion_enabled,
            weld_enabled=message.weld_enabled,
            state=State(message.state).title,
        )
        self._look()
        for listener in self._cell_listeners:
            listener(message)

    def _hear_beat(self, message: Heartbeat) -> None:
        if names.SUPERVISOR in message.nodes:
            place = message.nodes.index(names.SUPERVISOR)
            self._monitor.hear_beat(
                self.clock.steady(), epoch=message.epoch, counter=message.counters[place], active=message.active[place]
            )
            self._look()

    def _look(self) -> None:
        """Judge what was heard, and tell the nodes when it means another permission."""
        steady = self.clock.steady()
        old, new = self.permission, self._monitor.step(steady)
        self.schedule.set(self._look, steady + self._monitor.time_to_expiry() + 0.001)
        if new != old:
            self.permission = new
            for node in self._nodes:
                node.hear_permission(old, new)
