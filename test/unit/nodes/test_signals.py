# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for the end of a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from smart_cell.nodes.signals import StopReason, StopWaiter


@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGINT, StopReason.INTERRUPT), (signal.SIGTERM, StopReason.TERMINATE)]
)
def test_signal_ends_the_wait_and_raises_nothing(number: signal.Signals, reason: StopReason) -> None:
    before = signal.getsignal(number)
    with StopWaiter() as waiter:
        assert waiter.wait(0.0) is None
        os.kill(os.getpid(), number)
        assert waiter.wait(5.0) is reason
        os.kill(os.getpid(), signal.SIGTERM)
        assert waiter.wait(5.0) is reason, "the first reason stays"
    assert signal.getsignal(number) is before


def test_other_thread_can_end_the_wait() -> None:
    with StopWaiter() as waiter:
        thread = threading.Thread(target=waiter.fail)
        thread.start()
        assert waiter.wait(5.0) is StopReason.FAILURE
        thread.join()


def test_end_of_the_parents_pipe_ends_the_wait() -> None:
    code = (
        "from smart_cell.nodes.signals import StopWaiter\n"
        "with StopWaiter(watch_parent=True) as waiter:\n"
        "    print('waiting', flush=True)\n"
        "    while waiter.wait(20.0) is None: pass\n"
        "    print(waiter.reason.value)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == "waiting\n"
    child.stdin.write("noise\n")
    child.stdin.flush()
    child.stdin.close()
    assert child.stdout.read() == "orphaned\n"
    child.stdout.close()
    assert child.wait(10.0) == 0
