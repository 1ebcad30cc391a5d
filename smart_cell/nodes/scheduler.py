# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""When which work of a process is due: one heap of times for all its nodes."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

Job = Callable[[], None]


class Schedule:
    """Jobs and the readings of the steady clock [s] at which they are next due.

    Each job has at most one time; setting it again replaces the earlier one. Jobs are called by the owner of the
    schedule, in order of their times.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        """Start without any job.

        Args:
            wake: Called when a job becomes due before `sleeping_until`.
        """
        self._wake = wake
        self.sleeping_until = -math.inf
        """When the owner will look at the schedule by itself [s]; it sets this before it goes to sleep."""
        self._heap: list[tuple[float, int, Job]] = []
        self._entries: dict[Job, tuple[float, int]] = {}
        self._count = itertools.count()

    def set(self, job: Job, steady: float) -> None:
        """Make `job` due at `steady` [s], instead of when it was due before."""
        number = next(self._count)
        self._entries[job] = (steady, number)
        heapq.heappush(self._heap, (steady, number, job))
        if steady < self.sleeping_until:
            self.sleeping_until = -math.inf
            self._wake()

    def set_by(self, job: Job, steady: float) -> None:
        """Make `job` due at `steady` [s] unless it is due earlier anyway."""
        if steady < self.time_of(job):
            self.set(job, steady)

    def time_of(self, job: Job) -> float:
        """Return when `job` is due [s]; infinite if it is not."""
        entry = self._entries.get(job)
        return math.inf if entry is None else entry[0]

    def drop(self, job: Job) -> None:
        """Forget when `job` is due."""
        self._entries.pop(job, None)

    def next_time(self) -> float:
        """Return when the next job is due [s]; infinite if there is none."""
        while self._heap:
            time, number, job = self._heap[0]
            if self._entries.get(job) == (time, number):
                return time
            heapq.heappop(self._heap)
        return math.inf

    def take_due(self, steady: float) -> list[Job]:
        """Take out and return the jobs that are due by `steady` [s], the earliest first."""
        due = []
        while self.next_time() <= steady:
            _, _, job = heapq.heappop(self._heap)
            del self._entries[job]
            due.append(job)
        return due
