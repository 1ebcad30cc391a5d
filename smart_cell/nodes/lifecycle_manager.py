# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node that configures and activates all others, and again those of a process that came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.node import Node

from smart_cell.nodes import names, qos
from smart_cell.nodes.bringup import BRINGUP, BringUpPlan
from smart_cell.nodes.bringup_sequence import STEP_LIMIT, BringUpSequence, Question, Request, SequenceStatus
from smart_cell.nodes.callers import ServiceCaller
from smart_cell.nodes.entities import Entities
from smart_cell.nodes.runtime import Process
from smart_cell_msgs.msg import Heartbeat

_STATE_DEADLINE: Final = 0.5
_LOOK_PERIOD: Final = 0.1
_RETRY_PERIOD: Final = 2.0
_TRANSITIONS: Final = {
    Question.CONFIGURE: Transition.TRANSITION_CONFIGURE,
    Question.ACTIVATE: Transition.TRANSITION_ACTIVATE,
}


@dataclass(frozen=True, slots=True)
class BringUpReport:
    """How far the bring-up is."""

    status: SequenceStatus
    text: str
    """What is going on, or what failed and where."""
    progress: float
    """0 to 1."""
    again: bool
    """A process has come back; the cell was ready before."""


class LifecycleManager(Entities, Node):
    """Brings the nodes of a cell up in order, with every transition verified.

    Node `bringup`. Subscribes to `heartbeats`; calls `change_state` and `get_state` of every node of the plan. When a
    process shows a new epoch its nodes are brought up again; that starts no production.
    """

    def __init__(
        self, process: Process, plan: BringUpPlan, report: Callable[[BringUpReport], None] | None = None
    ) -> None:
        """Create the node and begin as soon as the process runs.

        Args:
            process: The runtime it lives in.
            plan: Processes and nodes of the cell.
            report: Called in the executor thread whenever something changes; None to log it.
        """
        Node.__init__(self, BRINGUP, **process.node_arguments(""))
        Entities.__init__(self, process)
        process.add_ros_node(self)
        self._sequence = BringUpSequence(plan)
        self._report = self.guarded(report if report is not None else self._log)
        self._reported: tuple[SequenceStatus, str] | None = None
        self._was_ready = False
        self._states: dict[str, ServiceCaller] = {}
        self._changes: dict[str, ServiceCaller] = {}
        for node in plan.nodes:
            self._states[node.name] = self.service_caller(GetState, f"{node.name}/get_state")
            self._changes[node.name] = self.service_caller(ChangeState, f"{node.name}/change_state")
        self.subscribe(Heartbeat, names.HEARTBEATS, qos.HEARTBEAT_READER, self._hear)
        self._sequence.begin(self.steady())
        process.after(0.0, self._look)

    def _hear(self, message: Heartbeat) -> None:
        if self._sequence.hear(message.process, message.epoch, self.steady()):
            self._look()

    def _look(self) -> None:
        """Let the sequence go on; a failed one is tried again, since a process may be on its way back."""
        failed = self._sequence.status is SequenceStatus.FAILED
        if failed:
            self._sequence.begin(self.steady())
        self._send(self._sequence.step(self.steady()))
        failed = self._sequence.status is SequenceStatus.FAILED
        self.process.after(_RETRY_PERIOD if failed else _LOOK_PERIOD, self._look)

    def _send(self, request: Request | None) -> None:
        self._tell()
        if request is None:
            return
        if request.question is Question.STATE:
            self._states[request.node].call(
                GetState.Request(), partial(self._state_came, request.serial), deadline=_STATE_DEADLINE
            )
        else:
            change = ChangeState.Request()
            change.transition.id = _TRANSITIONS[request.question]
            self._changes[request.node].call(
                change, partial(self._change_came, request.serial), deadline=STEP_LIMIT / 2
            )

    def _state_came(self, serial: int, response: Any, text: str) -> None:
        state = None if response is None else response.current_state.id
        self._send(self._sequence.answer_state(serial, state, self.steady()))

    def _change_came(self, serial: int, response: Any, text: str) -> None:
        success = None if response is None else bool(response.success)
        self._send(self._sequence.answer_transition(serial, success, self.steady()))

    def _tell(self) -> None:
        news = (self._sequence.status, self._sequence.text)
        if news == self._reported:
            return
        self._reported = news
        self._report(BringUpReport(*news, progress=self._sequence.progress, again=self._was_ready))
        self._was_ready = self._was_ready or self._sequence.status is SequenceStatus.READY

    def _log(self, report: BringUpReport) -> None:
        if report.status is SequenceStatus.FAILED:
            self.get_logger().error(f"bring-up failed: {report.text}")
        elif report.status is SequenceStatus.READY:
            self.get_logger().info("the cell is ready: every node is active; nothing has been started")
        else:
            self.get_logger().debug(report.text)
