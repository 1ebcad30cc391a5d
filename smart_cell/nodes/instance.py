# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One instance of a cell per ROS domain of a machine: two supervisors would fight over the same guns."""

from __future__ import annotations

import socket
from types import TracebackType

from smart_cell.core.errors import SmartCellError


class CellRunningError(SmartCellError):
    """The cell runs on this domain already."""

    def __init__(self, cell: str, domain: int, where: str) -> None:
        """Say which cell, where it runs, and what to do."""
        super().__init__(
            f"cell {cell} runs already on ROS domain {domain} ({where}); stop that one first, or choose another domain "
            f"with ROS_DOMAIN_ID"
        )


class InstanceLock:
    """Held by the process that brings a cell up, and gone with it however that process ends.

    A name in Linux's abstract socket space: no file is left behind. It covers one machine; an instance on another
    one shows by its heartbeats.
    """

    def __init__(self, cell: str, domain: int) -> None:
        """Name the lock; `with` takes it."""
        self._cell = cell
        self._domain = domain
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def __enter__(self) -> InstanceLock:
        """Take the lock.

        Raises:
            CellRunningError: Another process has it.
        """
        try:
            self._socket.bind(f"\0smart_cell/{self._domain}/{self._cell}")
        except OSError as error:
            self._socket.close()
            raise CellRunningError(self._cell, self._domain, "on this machine") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        self._socket.close()
