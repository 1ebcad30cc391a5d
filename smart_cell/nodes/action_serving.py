# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Action servers that finish a goal whenever the node's logic says so, without a coroutine that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from action_msgs.msg import GoalStatus
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import GoalEvent, ServerGoalHandle
from rclpy.callback_groups import CallbackGroup

if TYPE_CHECKING:
    from smart_cell.nodes.entities import Entities

_RESULT_KEPT: Final = 60
"""How long a result can be asked for [s, system time]; goals kept longer slow the server down."""

_CODE_INTERNAL_ERROR: Final = 255


class GoalRun:
    """One accepted goal, from acceptance to result."""

    def __init__(self, serving: ActionServing, handle: ServerGoalHandle) -> None:
        """Take the goal as rclpy hands it over."""
        self._serving = serving
        self._handle = handle
        self._finished = False

    @property
    def goal(self) -> Any:
        """The goal message."""
        return self._handle.request

    @property
    def goal_id(self) -> str:
        """The goal's UUID as 32 hexadecimal digits."""
        return bytes(self._handle.goal_id.uuid).hex()

    @property
    def finished(self) -> bool:
        """A result was given."""
        return self._finished

    @property
    def cancel_requested(self) -> bool:
        """A client asked for the end of the goal and was told that it will come."""
        return bool(self._handle.is_cancel_requested)

    def feedback(self, message: Any) -> None:
        """Tell the client how far the goal is."""
        if not self._finished:
            self._handle.publish_feedback(message)

    def finish(self, result: Any) -> None:
        """Give the result; the status follows from it.

        Code (or error_code) 0 means succeeded. Any other code means canceled if a cancellation was accepted, else
        aborted.

        Args:
            result: Of the action; a second one for the same goal is ignored.
        """
        code = getattr(result, "code", getattr(result, "error_code", 0))
        if code == 0:
            self._end(result, GoalStatus.STATUS_SUCCEEDED)
        elif self.cancel_requested:
            self._end(result, GoalStatus.STATUS_CANCELED)
        else:
            self._end(result, GoalStatus.STATUS_ABORTED)

    def cancel(self, result: Any) -> None:
        """Give the result of a goal whose cancellation was accepted; the status is canceled whatever its code."""
        self._end(result, GoalStatus.STATUS_CANCELED)

    def abort(self, result: Any) -> None:
        """Give the result of a goal that ends without success; the status is aborted whatever its code."""
        self._end(result, GoalStatus.STATUS_ABORTED)

    def _end(self, result: Any, status: int) -> None:
        if self._finished:
            return
        self._finished = True
        self._serving.end(self._handle, result, status)


AcceptGoal = Callable[[Any], "str | None"]
StartGoal = Callable[[GoalRun], None]
CancelGoal = Callable[[GoalRun], bool]


class ActionServing:
    """One action server of a node.

    rclpy wants a coroutine that lives as long as the goal. One that waits makes `spin_once` of every executor spin
    idle, so the goal is set executing at acceptance and rclpy's coroutine is started only to hand over the result.
    """

    def __init__(
        self,
        node: Entities,
        action_type: Any,
        name: str,
        group: CallbackGroup,
        accept: AcceptGoal,
        start: StartGoal,
        cancel: CancelGoal | None,
    ) -> None:
        """Offer the action.

        Args:
            node: That offers it.
            action_type: Of the action.
            name: Full name.
            group: Callback group.
            accept: Tells why a goal is rejected; None accepts it.
            start: Gets each accepted goal.
            cancel: Tells whether a goal that a client wants to end will end.
        """
        self._node = node
        self._action_type = action_type
        self._name = name
        self._accept = accept
        self._start = start
        self._cancel = cancel
        self._runs: dict[bytes, GoalRun] = {}
        self._server = ActionServer(
            node,
            action_type,
            name,
            self._never_called,
            callback_group=group,
            goal_callback=self._decide,
            handle_accepted_callback=self._accepted,
            cancel_callback=self._decide_cancel,
            result_timeout=_RESULT_KEPT,
        )

    def end(self, handle: ServerGoalHandle, result: Any, status: int) -> None:
        """Set the goal's final state and hand over its result."""
        self._runs.pop(bytes(handle.goal_id.uuid), None)

        def hand_over(handle: ServerGoalHandle) -> Any:
            if status == GoalStatus.STATUS_SUCCEEDED:
                handle.succeed()
            elif status == GoalStatus.STATUS_CANCELED and handle.is_cancel_requested:
                handle.canceled()
            else:
                handle.abort()
            return result

        self._server.notify_execute(handle, hand_over)

    def close(self) -> None:
        """Withdraw the action, and the goals whose results can still be asked for: each keeps the server alive."""
        self._runs.clear()
        for handle in self._server._goal_handles.values():
            handle.destroy()
        self._server.destroy()

    def _never_called(self, handle: ServerGoalHandle) -> Any:
        """Stand in for the execute callback that rclpy demands; `end` always names its own."""
        raise AssertionError(f"{self._name}: executed without a result")

    def _decide(self, goal: Any) -> GoalResponse:
        try:
            reason = self._accept(goal)
        except Exception as error:
            self._node.report_error(f"accepting a goal of {self._name}")
            reason = f"internal error: {error!r}"
        if reason is None:
            return GoalResponse.ACCEPT
        self._node.get_logger().warning(f"goal for {self._name} rejected: {reason}")
        return GoalResponse.REJECT

    def _accepted(self, handle: ServerGoalHandle) -> None:
        run = GoalRun(self, handle)
        self._runs[bytes(handle.goal_id.uuid)] = run
        # ServerGoalHandle.execute would start rclpy's coroutine besides.
        handle._update_state(GoalEvent.EXECUTE)
        try:
            self._start(run)
        except Exception as error:
            self._node.report_error(f"starting a goal of {self._name}")
            run.abort(self._internal_error(error))
        self._node.wake()

    def _decide_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        run = self._runs.get(bytes(handle.goal_id.uuid))
        if run is None or self._cancel is None:
            return CancelResponse.REJECT
        try:
            will_end = self._cancel(run)
        except Exception:
            self._node.report_error(f"cancelling a goal of {self._name}")
            will_end = False
        self._node.wake()
        return CancelResponse.ACCEPT if will_end else CancelResponse.REJECT

    def _internal_error(self, error: Exception) -> Any:
        """Return a result that claims nothing but that the node failed."""
        result = self._action_type.Result()
        for code, value in (("code", _CODE_INTERNAL_ERROR), ("error_code", -1)):
            if hasattr(result, code):
                setattr(result, code, value)
        for text in ("text", "error_string"):
            if hasattr(result, text):
                setattr(result, text, f"internal error: {error!r}")
        return result
