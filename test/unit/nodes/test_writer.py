# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Durable writes in one thread, in order, with their results handed back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from smart_cell.nodes.writer import Writer


def test_jobs_run_in_order_in_one_thread_and_results_go_where_they_are_posted() -> None:
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    writer = Writer("test", posted.put)
    ran: list[tuple[int, str]] = []
    heard: list[Any] = []

    def job(number: int) -> Callable[[], int]:
        def run() -> int:
            ran.append((number, threading.current_thread().name))
            if number == 3:
                raise OSError("disk full")
            return number

        return run

    for number in range(5):
        writer.write(job(number), heard.append)
    assert writer.close(5.0)
    assert ran == [(number, "test-writer") for number in range(5)]
    assert heard == [], "nothing is heard in the writer's thread"
    for _ in range(5):
        posted.get()()
    assert heard[:3] == [0, 1, 2]
    assert isinstance(heard[3], OSError)
    assert heard[4] == 4


def test_job_that_hangs_is_not_waited_for_longer_than_allowed() -> None:
    writer = Writer("test", lambda callback: None)
    release = threading.Event()
    writer.write(release.wait, lambda result: None)
    assert not writer.close(0.05)
    release.set()
    assert writer.close(5.0)
