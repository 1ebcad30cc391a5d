# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The one executor thread of a process, behind a small adapter.

rclpy's SingleThreadedExecutor builds its wait set anew at each wake, from every entity of every node: with the
twenty nodes of a device process 1.4 ms of delay and 5 ms of processor time per message. The EventsExecutor that Jazzy
has had since rclpy 7.1.4 is told by the middleware what is ready: 0.3 ms and 0.5 ms with the same nodes. It is used
where it exists; `executor="single"` asks for the other.

Two peculiarities shape the loop. `spin_once` of both executors returns at once while a coroutine waits, so that none
is used anywhere. And that of the events executor goes on after a task, such as the done callback of a service call,
without looking at what became due by it; it returns when a future is completed, and that is how the loop is poked.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import Final

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.task import Future

try:
    from rclpy.experimental import EventsExecutor
except ImportError:
    EventsExecutor = None

CHOICES: Final = ("auto", "events", "single")
"""What `Spinner` can be asked for; auto takes the events executor where it exists."""

_LONGEST_WAIT = 1.0


def make_executor(choice: str, context: rclpy.Context) -> rclpy.executors.Executor:
    """Return the executor that `choice` names.

    Raises:
        ValueError: There is no such choice, or this rclpy has no events executor and it was asked for by name.
    """
    if choice not in CHOICES:
        raise ValueError(f"executor {choice!r}: allowed are {', '.join(CHOICES)}")
    if choice == "events" and EventsExecutor is None:
        raise ValueError("executor 'events': this rclpy has none (it came with 7.1.4); use auto or single")
    if choice == "single" or EventsExecutor is None:
        return SingleThreadedExecutor(context=context)
    return EventsExecutor(context=context)


class Spinner:
    """Runs all callbacks and all work of a process in one thread."""

    def __init__(
        self, name: str, executor: rclpy.executors.Executor, run_due: Callable[[], float], failed: Callable[[], None]
    ) -> None:
        """Prepare the thread; `start` starts it.

        Args:
            name: Of the process, for the thread's name.
            executor: Holds the nodes.
            run_due: Does what is due and returns how long nothing will be [s]; called again after each callback.
            failed: Called in the thread when it ends although nobody stopped it.
        """
        self._executor = executor
        self._run_due = run_due
        self._failed = failed
        self._stopping = False
        self._returns_after_tasks = isinstance(executor, SingleThreadedExecutor)
        self._poke = Future()
        self._inbox: deque[Callable[[], None]] = deque()
        self._thread = threading.Thread(target=self._run, name=f"{name}-executor", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def post(self, callback: Callable[[], None]) -> None:
        """Run `callback` soon in the executor thread, in the order of the calls; to be called from any thread."""
        self._inbox.append(callback)
        self.poke()

    def poke(self) -> None:
        """Let the loop look at what is due; to be called from any thread."""
        if not self._returns_after_tasks:
            self._poke.set_result(None)
        elif threading.current_thread() is not self._thread:
            self._executor.create_task(_nothing)

    def stop(self, timeout: float) -> bool:
        """Let the thread end after what was posted before; one that was never started has ended.

        Args:
            timeout: Longest time to wait for it [s].

        Returns:
            Whether it ended in time.
        """
        if self._thread.ident is None:
            return True
        self.post(self._note_stop)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while True:
                if self._poke.done():
                    # before the look at inbox and schedule, so that no poke after it is missed
                    self._poke = Future()
                self._run_inbox()
                if self._stopping:
                    break
                wait = min(max(self._run_due(), 0.0), _LONGEST_WAIT)
                self._spin_once(0.0 if self._inbox else wait)
        except ExternalShutdownException:
            pass
        except Exception:
            traceback.print_exc(file=sys.stderr)
        if not self._stopping:
            self._failed()

    def _note_stop(self) -> None:
        self._stopping = True

    def _run_inbox(self) -> None:
        while self._inbox:
            _run_guarded(self._inbox.popleft())

    def _spin_once(self, wait: float) -> None:
        """Run one callback; what it raises is reported and ends nothing."""
        try:
            if self._returns_after_tasks:
                self._executor.spin_once(timeout_sec=wait)
            else:
                self._executor.spin_once_until_future_complete(self._poke, wait)
        except ExternalShutdownException:
            raise
        except Exception:
            traceback.print_exc(file=sys.stderr)


def _run_guarded(callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception:
        traceback.print_exc(file=sys.stderr)


def _nothing() -> None:
    """Do nothing."""
