# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The newest weld records of a gun, read from its journal by sequence number: a topic would lose some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from smart_cell.nodes import names, qos
from smart_cell.nodes.entities import Entities
from smart_cell.nodes.sampler import Sampler
from smart_cell_msgs.msg import GunState, WeldRecord
from smart_cell_msgs.srv import PullRecords

MOST: Final = 200
"""Records that are looked back at the start; far more than a gun makes on one body."""


class RecordReader:
    """Follows one gun."""

    def __init__(self, node: Entities, gun: str, hear: Callable[[WeldRecord], None]) -> None:
        """Begin with the newest records.

        Args:
            node: That reads.
            gun: Name of the gun.
            hear: Gets each record, in order.
        """
        self._hear = hear
        self._states = Sampler(node, GunState, node.process.path(names.state(gun)), qos.STATE)
        self._service = node.service_caller(PullRecords, names.pull_records(gun))
        self._newest = 0
        self._known: int | None = None
        self._is_asking = False

    def read(self) -> None:
        """Ask for the records that the gun's state says are new; the answer comes later."""
        state = self._states.take()
        if state is not None:
            self._newest = state.record_sequence
        if self._known is None or self._known > self._newest:
            # the first look, or another journal than before
            self._known = max(self._newest - MOST, 0)
        if self._known < self._newest and not self._is_asking:
            self._is_asking = True
            self._service.call(PullRecords.Request(after=self._known, most=MOST), self._take)

    def close(self) -> None:
        """Withdraw the subscription."""
        self._states.close()

    def _take(self, response: Any, text: str) -> None:
        """Pass the records on; what did not come is asked for again."""
        self._is_asking = False
        if response is None:
            return
        for record in response.records:
            self._hear(record)
            self._known = record.sequence
