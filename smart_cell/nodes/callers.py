# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Clients of services and actions that never block, never leak a request and always report an end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.callback_groups import CallbackGroup
from rclpy.task import Future

if TYPE_CHECKING:
    from smart_cell.nodes.entities import Entities

_LOOK_AGAIN: Final = 0.05
_CANCEL_DEADLINE: Final = 2.0

ServiceDone = Callable[[Any, str], None]


class ServiceCaller:
    """A client of one service."""

    def __init__(self, node: Entities, service_type: Any, name: str, group: CallbackGroup) -> None:
        """Create the client.

        Args:
            node: That calls.
            service_type: Of the service.
            name: Full name.
            group: Callback group.
        """
        self._node = node
        self._name = name
        self._client = node.create_client(service_type, name, callback_group=group)

    def call(self, request: Any, done: ServiceDone, *, deadline: float = 2.0, attempts: int = 1) -> None:
        """Send a request.

        A service that is not there yet is waited for within the deadline.

        Args:
            request: The message; with several attempts it must be harmless to act on it twice.
            done: Called once: with the response and an empty text, or with None and what went wrong.
            deadline: Longest time for one attempt [s, steady clock].
            attempts: How often to send it.
        """
        _ServiceCall(self._node, self._client, self._name, request, done, deadline, attempts).begin()

    def close(self) -> None:
        """Withdraw the client; what is pending ends with a time-out."""
        self._node.destroy_client(self._client)


class _ServiceCall:
    """One request, until it is answered or given up."""

    def __init__(
        self, node: Entities, client: Any, name: str, request: Any, done: ServiceDone, deadline: float, attempts: int
    ) -> None:
        self._node = node
        self._client = client
        self._name = name
        self._request = request
        self._done = node.guarded(done)
        self._deadline = deadline
        self._attempts = attempts
        self._future: Any = None
        self._give_up_at = 0.0

    def begin(self) -> None:
        """Start an attempt."""
        self._attempts -= 1
        self._give_up_at = self._node.steady() + self._deadline
        self._send()

    def _send(self) -> None:
        process = self._node.process
        if self._client.service_is_ready():
            future = self._client.call_async(self._request)
            self._future = future
            future.add_done_callback(self._answered)
            process.at(self._give_up_at, self._give_up)
        elif self._node.steady() < self._give_up_at:
            process.after(_LOOK_AGAIN, self._send)
        else:
            self._give_up()

    def _answered(self, future: Future) -> None:
        if future is self._future:
            self._node.process.forget(self._give_up)
            self._end(future.result(), "")

    def _give_up(self) -> None:
        problem = "is not there after" if self._future is None else "has not answered within"
        if self._future is not None:
            self._client.remove_pending_request(self._future)
            self._future = None
        if self._attempts > 0:
            self.begin()
        else:
            self._end(None, f"service {self._name} {problem} {self._deadline:g} s")

    def _end(self, response: Any, text: str) -> None:
        self._done(response, text)
        self._node.wake()


class Ending(str, Enum):
    """How a goal that was sent has ended."""

    SUCCEEDED = "succeeded"
    ABORTED = "aborted"
    CANCELED = "canceled"
    REJECTED = "rejected"
    LOST = "lost"
    """The server is not there, or has not answered; the goal may or may not be carried out."""


GoalDone = Callable[[Ending, Any, str], None]

_ENDINGS: Final = {
    GoalStatus.STATUS_SUCCEEDED: Ending.SUCCEEDED,
    GoalStatus.STATUS_CANCELED: Ending.CANCELED,
    GoalStatus.STATUS_ABORTED: Ending.ABORTED,
}


class ActionCaller:
    """A client of one action."""

    def __init__(self, node: Entities, action_type: Any, name: str, group: CallbackGroup) -> None:
        """Create the client.

        Args:
            node: That calls.
            action_type: Of the action.
            name: Full name.
            group: Callback group.
        """
        self._node = node
        self._name = name
        self._client = ActionClient(node, action_type, name, callback_group=group)

    def is_ready(self) -> bool:
        """Tell whether a server is there; one that was killed seems to be for another 20 s."""
        return bool(self._client.server_is_ready())

    def send(
        self,
        goal: Any,
        done: GoalDone,
        *,
        accepted: Callable[[], None] | None = None,
        feedback: Callable[[Any], None] | None = None,
        deadline: float = 2.0,
    ) -> SentGoal:
        """Send a goal.

        Args:
            goal: The message.
            done: Called once with how it ended, the result (None when rejected or lost) and a text for the latter two.
            accepted: Called when the server has accepted the goal.
            feedback: Called with each feedback.
            deadline: Longest time until the goal is accepted or rejected [s, steady clock]. There is none for the
                result: whoever waits for it watches the server's state.

        Returns:
            The goal, to cancel or to forget it.
        """
        return SentGoal(self._node, self._client, self._name, goal, done, accepted, feedback, deadline)

    def close(self) -> None:
        """Withdraw the client; nothing more is heard of goals under way."""
        self._client.destroy()


class SentGoal:
    """A goal on its way."""

    def __init__(
        self,
        node: Entities,
        client: ActionClient,
        name: str,
        goal: Any,
        done: GoalDone,
        accepted: Callable[[], None] | None,
        feedback: Callable[[Any], None] | None,
        deadline: float,
    ) -> None:
        """Send the goal; called by `ActionCaller.send`."""
        self._node = node
        self._client = client
        self._name = name
        self._goal = goal
        self._done = node.guarded(done)
        self._accepted = accepted
        self._feedback = feedback
        self._deadline = deadline
        self._give_up_at = node.steady() + deadline
        self._handle: ClientGoalHandle | None = None
        self._future: Any = None
        self._cancel_wanted = False
        self._ended = False
        self._send()

    @property
    def ended(self) -> bool:
        """The end was reported, or the goal was forgotten."""
        return self._ended

    def cancel(self) -> None:
        """Ask the server to end the goal; `done` tells what came of it. A goal not yet accepted is canceled then."""
        self._cancel_wanted = True
        if self._handle is not None and not self._ended:
            future = self._handle.cancel_goal_async()
            self._node.process.after(_CANCEL_DEADLINE, lambda: self._client._remove_pending_cancel_request(future))

    def forget(self) -> None:
        """Report nothing more; the goal itself goes on if it was accepted."""
        self._ended = True
        self._node.process.forget(self._give_up)
        if self._future is not None and not self._future.done():
            self._client._remove_pending_goal_request(self._future)
            self._client._remove_pending_result_request(self._future)

    def _send(self) -> None:
        if self._ended:
            return
        process = self._node.process
        if self._client.server_is_ready():
            feedback = None if self._feedback is None else self._hear_feedback
            self._future = self._client.send_goal_async(self._goal, feedback_callback=feedback)
            self._future.add_done_callback(self._decided)
            process.at(self._give_up_at, self._give_up)
        elif self._node.steady() < self._give_up_at:
            process.after(_LOOK_AGAIN, self._send)
        else:
            self._end(Ending.LOST, None, f"action {self._name} is not there after {self._deadline:g} s")

    def _hear_feedback(self, message: Any) -> None:
        if self._feedback is not None and not self._ended:
            self._node.guarded(self._feedback)(message.feedback)
            self._node.wake()

    def _decided(self, future: Future) -> None:
        self._node.process.forget(self._give_up)
        if self._ended:
            return
        handle = future.result()
        if not handle.accepted:
            self._end(Ending.REJECTED, None, f"{self._name} rejected the goal; its state and /rosout say why")
            return
        self._handle = handle
        self._future = handle.get_result_async()
        self._future.add_done_callback(self._resulted)
        if self._accepted is not None:
            self._node.guarded(self._accepted)()
        if self._cancel_wanted:
            self.cancel()
        self._node.wake()

    def _resulted(self, future: Future) -> None:
        if not self._ended:
            response = future.result()
            ending = _ENDINGS.get(response.status, Ending.LOST)
            lost = f"{self._name} does not know the goal any more" if ending is Ending.LOST else ""
            self._end(ending, response.result, lost)

    def _give_up(self) -> None:
        if not self._ended:
            self.forget()
            self._end(Ending.LOST, None, f"{self._name} has not answered within {self._deadline:g} s")

    def _end(self, ending: Ending, result: Any, text: str) -> None:
        self._ended = True
        self._done(ending, result, text)
        self._node.wake()
