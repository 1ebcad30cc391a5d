# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a process obeys, played by a test."""

from __future__ import annotations

from typing import Any

from smart_cell.nodes import names, qos
from smart_cell_msgs.msg import CellState, Heartbeat, SafetyState


class Master:
    """Stands for the safety node and the supervisor: says what is allowed, again and again."""

    def __init__(self, node: Any, cell: str) -> None:
        self.safe = False
        self.motion = False
        self._counter = 0
        self._safety = node.create_publisher(SafetyState, f"/{cell}/{names.SAFETY_STATE}", qos.STATE)
        self._cell = node.create_publisher(CellState, f"/{cell}/{names.SUPERVISOR_STATE}", qos.STATE)
        self._beats = node.create_publisher(Heartbeat, f"/{cell}/{names.HEARTBEATS}", qos.HEARTBEAT)
        node.create_timer(0.05, self.tell)

    def tell(self) -> None:
        self._counter += 1
        state = SafetyState.STATE_SAFE if self.safe else SafetyState.STATE_STOPPED
        self._safety.publish(SafetyState(state=state, cause="" if self.safe else "emergency stop"))
        self._cell.publish(
            CellState(
                epoch=1,
                state=CellState.STATE_EXECUTE if self.motion else CellState.STATE_ABORTED,
                motion_enabled=self.motion,
            )
        )
        self._beats.publish(Heartbeat(epoch=1, nodes=[names.SUPERVISOR], counters=[self._counter], active=[True]))
