# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""State topics: sent on change and again and again, with epoch and sequence number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from smart_cell.nodes import qos
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.host import Host


class StateTopic:
    """Publishes the state of one node.

    A reader that comes late gets the newest message; a reader that lost one gets the next after at most one period;
    the sequence number shows what was lost and the epoch that the node is a new one.
    """

    def __init__(
        self,
        process: Host,
        message_type: type,
        name: str,
        fill: Callable[[Any], None],
        node: Node,
        period: float,
    ) -> None:
        """Create the topic and send the first message soon.

        Args:
            process: The runtime of the node.
            message_type: With the fields header, epoch and sequence.
            name: Relative to the cell.
            fill: Fills all other fields of a message.
            node: That offers the topic.
            period: Longest time between two messages [s, steady clock].
        """
        self._process = process
        self._message_type = message_type
        self._fill = fill
        self._node = node
        self._period = period
        self._sequence = 0
        self._publisher = node.create_publisher(message_type, process.path(name), qos.STATE)
        self.changed()

    def changed(self) -> None:
        """Send the state as soon as the callback under way has ended; several changes make one message."""
        self._process.schedule.set_by(self.publish, self._process.clock.steady())

    def publish(self) -> None:
        """Send the state now."""
        self._sequence += 1
        message = self._message_type()
        message.header.stamp = stamp(self._process.clock.now())
        message.epoch = self._process.epoch
        message.sequence = self._sequence
        self._fill(message)
        self._publisher.publish(message)
        self._process.after(self._period, self.publish)

    def close(self) -> None:
        """Stop sending."""
        self._process.forget(self.publish)
        self._node.destroy_publisher(self._publisher)
