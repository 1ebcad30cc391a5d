# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How nodes of a cell make topics, services and actions: names relative to the cell, safe callbacks."""

from __future__ import annotations

import math
import traceback
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile

from smart_cell.nodes.action_serving import AcceptGoal, ActionServing, CancelGoal, StartGoal
from smart_cell.nodes.callers import ActionCaller, ServiceCaller
from smart_cell.nodes.host import Host
from smart_cell.nodes.state_topic import StateTopic

_CODE_REFUSED: Final = 2
_ERROR_WINDOW: Final = 10.0
_ERROR_LIMIT: Final = 10


if TYPE_CHECKING:
    from rclpy.node import Node
else:
    Node = object


class Entities(Node):
    """Mixed into a class derived from an rclpy node; everything runs in the executor thread of the process.

    What a callback raises goes to /rosout with its traceback, is counted, and ends neither the executor nor the
    answer to a service. A node that raises ten times in ten seconds is faulty.

    What is made here lasts until the process ends: rclpy's events executor crashes when an entity is destroyed for
    which something has arrived already.
    """

    def __init__(self, process: Host) -> None:
        """Prepare; the rclpy node must be initialised already.

        Args:
            process: The runtime the node lives in.
        """
        self.process = process
        self.errors = 0
        self._recent_errors: deque[float] = deque(maxlen=_ERROR_LIMIT)
        self._group = ReentrantCallbackGroup()
        self._withdrawn = ""
        self._steady_jobs: list[Callable[[], None]] = []
        self._tear_down: list[Callable[[], None]] = []
        process.at_end(self._take_down)

    @property
    def faulty(self) -> bool:
        """The node raised ten errors within ten seconds; only a new process cures it."""
        return len(self._recent_errors) == _ERROR_LIMIT

    def now(self) -> float:
        """Return the process time [s since 1970]."""
        return self.process.clock.now()

    def steady(self) -> float:
        """Return the steady clock [s]."""
        return self.process.clock.steady()

    def wake(self) -> None:
        """Hear that something happened; nodes with a work loop do a pass of it."""

    def is_at_work(self) -> bool:
        """Tell whether ticks of `every` are wanted now."""
        return True

    def write(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a job that blocks in the process's writer thread; see `Process.write`."""
        self.process.write(job, self.guarded(then))

    def every(self, period: float, callback: Callable[[], None]) -> None:
        """Call `callback` each `period` [s, steady clock] while the node is active; missed calls are skipped.

        All callbacks of one period share their instants, so that the process wakes once for all of them.
        """
        guarded = self.guarded(callback)
        due = math.ceil(self.steady() / period) * period

        def job() -> None:
            nonlocal due
            steady = self.steady()
            due = max(due + period, math.ceil(steady / period) * period)
            self.process.at(due, job)
            if self.is_at_work():
                guarded()

        self.process.at(due, job)
        self._steady_jobs.append(job)

    def publisher(self, message_type: type, name: str, profile: QoSProfile) -> Publisher:
        """Return a publisher that works in every lifecycle state."""
        publisher = self.create_publisher(message_type, self.process.path(name), profile, callback_group=self._group)
        self._tear_down.append(lambda: self.destroy_publisher(publisher))
        return publisher

    def state_topic(
        self, message_type: type, name: str, fill: Callable[[Any], None], *, period: float = 1.0
    ) -> StateTopic:
        """Return the state topic of this node, which is repeated by itself.

        Args:
            message_type: With the fields header, epoch and sequence, which are filled here.
            name: Relative to the cell.
            fill: Fills all other fields of a message.
            period: Longest time between two messages [s, steady clock].
        """
        topic = StateTopic(self.process, message_type, name, fill, self, period)
        self._steady_jobs.append(topic.publish)
        self._tear_down.append(topic.close)
        return topic

    def subscribe(self, message_type: type, name: str, profile: QoSProfile, callback: Callable[[Any], None]) -> None:
        """Call `callback` with each message of a topic, in every lifecycle state."""
        subscription = self.create_subscription(
            message_type, self.process.path(name), self.guarded(callback), profile, callback_group=self._group
        )
        self._tear_down.append(lambda: self.destroy_subscription(subscription))

    def serve(self, service_type: type, name: str, callback: Callable[[Any, Any], Any]) -> None:
        """Offer a service.

        Args:
            service_type: Of the service.
            name: Relative to the cell.
            callback: Gets the request and an empty response and returns the filled response. If it raises, the
                caller is answered all the same: with code REFUSED and a text, where the response has them.
        """

        def answer(request: Any, response: Any) -> Any:
            if self._withdrawn:
                return _refusal(response, self._withdrawn)
            try:
                return callback(request, response)
            except Exception as error:
                self.report_error(f"service {name}")
                return _refusal(response, f"{self.get_name()} could not do it: {error!r}")

        service = self.create_service(service_type, self.process.path(name), answer, callback_group=self._group)
        self._tear_down.append(lambda: self.destroy_service(service))

    def serve_action(
        self,
        action_type: type,
        name: str,
        *,
        accept: AcceptGoal,
        start: StartGoal,
        cancel: CancelGoal | None = None,
    ) -> None:
        """Offer an action.

        Args:
            action_type: Of the action.
            name: Relative to the cell.
            accept: Gets a goal and returns None to accept it, or why it is rejected.
            start: Gets each accepted goal as a `GoalRun`, which is to be finished sooner or later.
            cancel: Gets the `GoalRun` that a client wants to end, and tells whether it will; without it, none is.
        """

        def decide(goal: Any) -> str | None:
            return self._withdrawn or accept(goal)

        serving = ActionServing(self, action_type, self.process.path(name), self._group, decide, start, cancel)
        self._tear_down.append(serving.close)

    def service_caller(self, service_type: type, name: str) -> ServiceCaller:
        """Return a client of a service."""
        caller = ServiceCaller(self, service_type, self.process.path(name), self._group)
        self._tear_down.append(caller.close)
        return caller

    def action_caller(self, action_type: type, name: str) -> ActionCaller:
        """Return a client of an action."""
        caller = ActionCaller(self, action_type, self.process.path(name), self._group)
        self._tear_down.append(caller.close)
        return caller

    def guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Return `callback` wrapped: what it raises is reported and counted, and goes no further."""

        def run(*args: Any) -> None:
            if self._withdrawn:
                return
            try:
                callback(*args)
            except Exception:
                self.report_error(getattr(callback, "__qualname__", repr(callback)))

        return run

    def report_error(self, where: str) -> None:
        """Log the exception being handled, with its traceback, and count it."""
        self.errors += 1
        self._recent_errors.append(self.steady())
        if self._recent_errors[-1] - self._recent_errors[0] > _ERROR_WINDOW:
            self._recent_errors.popleft()
        self.get_logger().error(f"{where} failed:\n{traceback.format_exc()}")

    def withdraw(self, reason: str) -> None:
        """Answer nothing any more but `reason`, and send nothing; the entities stay until the process ends."""
        self._withdrawn = reason
        for job in self._steady_jobs:
            self.process.forget(job)

    def _take_down(self) -> None:
        """Destroy what was made here; called when the executor has ended."""
        while self._tear_down:
            self._tear_down.pop()()


def _refusal(response: Any, text: str) -> Any:
    """Return an answer that says no, as far as this kind of answer can."""
    refusal = type(response)()
    if hasattr(refusal, "code"):
        refusal.code = _CODE_REFUSED
    if hasattr(refusal, "text"):
        refusal.text = text
    return refusal
