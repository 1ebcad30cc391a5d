# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""State topics: sent on change and again and again, with epoch and sequence number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smart_cell.nodes import qos
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.host import Host

if TYPE_CHECKING:
    from smart_cell.nodes.entities import Entities


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
        node: Entities,
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
        """Send the state now; one that cannot be filled in is reported and not sent."""
        self._process.after(self._period, self.publish)
        self._sequence += 1
        message = self._message_type()
        message.header.stamp = stamp(self._process.clock.now())
        message.epoch = self._process.epoch
        message.sequence = self._sequence
        try:
            self._fill(message)
        except Exception:
            self._node.report_error(f"the state of {self._node.get_name()}")
            return
        self._publisher.publish(message)

    def close(self) -> None:
        """Withdraw the topic."""
        self._node.destroy_publisher(self._publisher)
