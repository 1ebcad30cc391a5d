# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Carries signals between a gun's sequence, its backend and its journal; the same under ROS and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from smart_cell.core.journal import Entry
from smart_cell.devices.gun import GunSequence
from smart_cell.devices.gun_signals import GunCommand, GunSnapshot
from smart_cell.devices.gun_types import DressFinished, WeldFinished
from smart_cell.devices.protocol import Backend, Permission


class AppendEntry(Protocol):
    """Appends one entry to the gun's journal, after all earlier ones."""

    def __call__(self, entry: Entry, then: Callable[[int | BaseException], None]) -> None:
        """Append `entry`; its sequence, or why it could not be written, goes to `then` in the caller's thread."""
        ...


@dataclass(frozen=True, slots=True)
class GunRun:
    """What one pass of a work loop brought."""

    finished: tuple[WeldFinished | DressFinished, ...]
    next_time: float | None
    """When to run again [s]; None: when something calls for it."""


class GunLoop:
    """The work loop of a gun: `run` it when it asked for it, after orders and permissions, and at `wake`."""

    def __init__(
        self,
        sequence: GunSequence,
        backend: Backend[GunSnapshot, GunCommand],
        append: AppendEntry,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Join the parts.

        Args:
            sequence: The logic.
            backend: The gun and its timer, connected.
            append: Appends to the journal.
            wake: Called when the journal has answered, so that somebody calls `run`.
        """
        self._sequence = sequence
        self._backend = backend
        self._append = append
        self._wake = wake
        self._command = GunCommand()
        self._has_news = False

    def run(self, now: float, permission: Permission) -> GunRun:
        """Exchange signals until nothing changes any more at `now` [s]."""
        finished: list[WeldFinished | DressFinished] = []
        while True:
            self._has_news = False
            snapshot = self._backend.read(now)
            step = self._sequence.step(now, snapshot, permission)
            finished += step.finished
            for entry in step.entries:
                self._append(entry, self._appended)
            if step.command != self._command:
                self._command = step.command
                self._backend.write(step.command, now)
            elif not self._has_news:
                break
        times = [time for time in (step.deadline, snapshot.next_change) if time is not None]
        return GunRun(tuple(finished), min(times, default=None))

    def _appended(self, outcome: int | BaseException) -> None:
        if isinstance(outcome, BaseException):
            self._sequence.journal_failed(str(outcome))
        else:
            self._sequence.durable(outcome)
        self._has_news = True
        self._wake()
