# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting in the main thread for the end of a process, whatever asks for it."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable
from enum import Enum
from types import FrameType, TracebackType
from typing import Any, Final


class StopReason(str, Enum):
    """Why a process is to end."""

    INTERRUPT = "interrupt"
    """Ctrl-C."""
    TERMINATE = "terminate"
    """SIGTERM."""
    ORPHANED = "orphaned"
    """The process that started this one is gone."""
    FAILURE = "failure"
    """This process cannot go on."""


EXIT_CODES: Final = {
    StopReason.INTERRUPT: 130,
    StopReason.TERMINATE: 0,
    StopReason.ORPHANED: 0,
    StopReason.FAILURE: 1,
}
"""Exit codes of a process that stopped in order for this reason."""

_LETTERS: Final = {
    b"i": StopReason.INTERRUPT,
    b"t": StopReason.TERMINATE,
    b"f": StopReason.FAILURE,
}


class StopWaiter:
    """Collects the reasons to end and lets the main thread sleep until there is one.

    Signal handlers and other threads only write a byte to a pipe: nothing there can deadlock or raise in the middle
    of other work.

    Example:
        with StopWaiter() as waiter:
            reason = waiter.wait()
    """

    def __init__(self, *, watch_parent: bool = False) -> None:
        """Prepare to wait.

        Args:
            watch_parent: The standard input is a pipe from the parent process; its end means that the parent is gone.
        """
        self._watch_parent = watch_parent
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._old: dict[signal.Signals, Any] = {}
        self.reason: StopReason | None = None

    def __enter__(self) -> StopWaiter:
        """Take over SIGINT and SIGTERM; to be called in the main thread."""
        for number, letter in ((signal.SIGINT, b"i"), (signal.SIGTERM, b"t")):
            self._old[number] = signal.signal(number, _writer(self._write, letter))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._old.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def fail(self) -> None:
        """End because this process cannot go on; to be called from any thread."""
        os.write(self._write, b"f")

    def wait(self, timeout: float | None = None) -> StopReason | None:
        """Sleep until there is a reason to end.

        Args:
            timeout: Longest time to sleep [s]; None for ever.

        Returns:
            The first reason there was; None after the time-out.
        """
        if self.reason is not None:
            return self.reason
        sources = [self._read, sys.stdin.fileno()] if self._watch_parent else [self._read]
        ready, _, _ = select.select(sources, [], [], timeout)
        if self._read in ready:
            self.reason = _LETTERS[os.read(self._read, 1)]
        elif ready and not os.read(sys.stdin.fileno(), 1024):
            self.reason = StopReason.ORPHANED
        return self.reason


def _writer(descriptor: int, letter: bytes) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        os.write(descriptor, letter)

    return handle
