# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The sign of life of a process, sent whether or not there is work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from smart_cell_msgs.msg import Heartbeat


class BeatingNode(Protocol):
    """What a heartbeat says of one node."""

    @property
    def relative_name(self) -> str:
        """Name relative to the cell, such as `r1/robot`."""

    @property
    def active(self) -> bool:
        """The node is in the lifecycle state active."""

    @property
    def required(self) -> bool:
        """Loss of the node stops the cell."""

    @property
    def passes(self) -> int:
        """Passes of the work loop so far; a count that stands still is a hung node."""


class HeartbeatSource:
    """Makes the heartbeats of one process."""

    def __init__(self, process: str, host: str, epoch: int) -> None:
        """Take what stays the same for the life of the process.

        Args:
            process: Its name.
            host: The machine it runs on.
            epoch: Its start [ns since 1970].
        """
        self._process = process
        self._host = host
        self._epoch = epoch
        self._sequence = 0

    def message(self, nodes: Sequence[BeatingNode]) -> Heartbeat:
        """Return the next heartbeat.

        Args:
            nodes: Of the process.
        """
        self._sequence += 1
        return Heartbeat(
            process=self._process,
            pid=os.getpid(),
            host=self._host,
            epoch=self._epoch,
            sequence=self._sequence,
            nodes=[node.relative_name for node in nodes],
            counters=[node.passes for node in nodes],
            active=[node.active for node in nodes],
            required=[node.required for node in nodes],
        )
