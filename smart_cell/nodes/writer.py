# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Durable writes off the executor thread: one thread per process, in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

_Then = Callable[[Any], None]


class Writer:
    """Runs jobs that block, one after the other, and hands their results back.

    A disk that stalls then delays records, never heartbeats or stops.
    """

    def __init__(self, name: str, post: Callable[[Callable[[], None]], None]) -> None:
        """Start the thread.

        Args:
            name: Of the process, for the thread's name.
            post: Runs a callback in the executor thread.
        """
        self._post = post
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], _Then] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"{name}-writer", daemon=True)
        self._thread.start()

    def write(self, job: Callable[[], Any], then: _Then) -> None:
        """Queue a job.

        Args:
            job: Runs in the writer's thread.
            then: Gets the job's result, or the exception that it raised, in the executor thread.
        """
        self._jobs.put((job, then))

    def close(self, timeout: float) -> bool:
        """Let the queued jobs end.

        Args:
            timeout: Longest time to wait for them [s].

        Returns:
            Whether all of them ended in time.
        """
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, then = entry
            result: Any
            try:
                result = job()
            except BaseException as error:
                result = error
            self._post(_bind(then, result))


def _bind(then: _Then, result: Any) -> Callable[[], None]:
    return lambda: then(result)
