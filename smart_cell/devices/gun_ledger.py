# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun's side of its journal: what has to be written, what is durable, what a crash left open."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from smart_cell.core.journal import Entry, Stored
from smart_cell.devices.gun_memory import GunMemory
from smart_cell.devices.gun_signals import TIMER_RESTS, GunSnapshot


class GunLedger:
    """Hands entries to whoever writes the journal and learns from him what is durable; never waits."""

    def __init__(self, memory: GunMemory) -> None:
        """Start with what the journal says."""
        self.memory = memory
        """What the journal says; entries count once they are durable."""
        self.failure = ""
        """Why the journal takes nothing any more; empty while it does."""
        self._is_recovering = memory.open_intent is not None
        self._to_write: list[Entry] = []
        self._unconfirmed: deque[tuple[Entry, Callable[[int], None]]] = deque()

    @property
    def is_recovering(self) -> bool:
        """Whether an intent that a crash left open is not answered yet."""
        return self._is_recovering

    def write(self, entry: Entry, then: Callable[[int], None]) -> None:
        """Have an entry written; `then` gets its sequence once it is durable, or nothing if that fails."""
        self._to_write.append(entry)
        self._unconfirmed.append((entry, then))

    def take(self) -> tuple[Entry, ...]:
        """Return the entries that are to be appended now, in order, each as a batch of its own."""
        entries, self._to_write = tuple(self._to_write), []
        return entries

    def durable(self, sequence: int) -> None:
        """Note that the oldest entry not yet confirmed is in the journal at `sequence`."""
        if self.failure:
            return  # given up before: what came of it is found at the next start
        entry, then = self._unconfirmed.popleft()
        self.memory.apply(Stored(sequence, 0, entry.time, entry.kind, entry.data))
        then(sequence)

    def fail(self, reason: str) -> None:
        """Note that an entry could not be written: from now on nothing can."""
        self.failure = self.failure or reason

    def recover(self, snapshot: GunSnapshot, now: float) -> None:
        """Answer an intent that a crash left open, as soon as the timer rests; nothing else is written before."""
        if not self._is_recovering or self._unconfirmed or snapshot.timer_phase not in TIMER_RESTS:
            return
        record = self.memory.recover(snapshot.timer_count, snapshot.records, now)
        if record is not None:
            self.write(record.entry(), self._recovered)

    def _recovered(self, sequence: int) -> None:
        self._is_recovering = False
