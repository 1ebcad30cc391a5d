# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The order in which the nodes of a cell are configured and activated, each step verified. Pure; time is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from smart_cell.nodes.bringup import BringUpPlan

APPEAR_LIMIT: Final = 15.0
"""Longest time until a process gives its first sign of life [s, steady clock]."""
STEP_LIMIT: Final = 10.0
"""Longest time for one node to reach one state [s, steady clock]."""


class NodeState(IntEnum):
    """Primary lifecycle states with their numbers in lifecycle_msgs."""

    UNKNOWN = 0
    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4

    @property
    def title(self) -> str:
        """The state as lifecycle_msgs labels it, such as `inactive`."""
        return self.name.lower()


class Question(str, Enum):
    """What a node is asked."""

    STATE = "state"
    CONFIGURE = "configure"
    ACTIVATE = "activate"


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask of which node now."""

    serial: int
    node: str
    question: Question


class SequenceStatus(str, Enum):
    """Where the bring-up stands."""

    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


_TRANSITION: Final = {NodeState.INACTIVE: Question.CONFIGURE, NodeState.ACTIVE: Question.ACTIVATE}
_FROM: Final = {NodeState.INACTIVE: NodeState.UNCONFIGURED, NodeState.ACTIVE: NodeState.INACTIVE}


class BringUpSequence:
    """Configures all nodes in the order of the plan, then activates all in the same order.

    One request is under way at a time. A node is asked for its state before and after each transition: what it
    answers to the transition itself is not believed. Nodes that are there already are passed over, so the sequence
    can be begun again whenever a process has come back. Being active starts nothing: the cell stays as it is.
    """

    def __init__(self, plan: BringUpPlan) -> None:
        """Take the plan; nothing happens before `begin`."""
        self._plan = plan
        self._steps = [(target, node.name) for target in (NodeState.INACTIVE, NodeState.ACTIVE) for node in plan.nodes]
        self._processes = {plan.process_of(node.name).name for node in plan.nodes}
        self._index = 0
        self._serial = 0
        self._pending: Request | None = None
        self._changed = False
        self._epochs: dict[str, int] = {}
        self._began = 0.0
        self._step_began: float | None = None
        self._ask_at = 0.0
        self._last_state = NodeState.UNKNOWN
        self.status = SequenceStatus.RUNNING
        self.text = ""
        """What is going on or what failed, where, and what to do."""

    @property
    def progress(self) -> float:
        """Share of the steps that are done, 0 to 1."""
        return self._index / len(self._steps) if self._steps else 1.0

    def begin(self, steady: float) -> None:
        """Start from the first node.

        Args:
            steady: The steady clock [s].
        """
        self._index = 0
        self._began = steady
        self.status = SequenceStatus.RUNNING
        self._enter(steady)

    def hear(self, process: str, epoch: int, steady: float) -> bool:
        """Note a heartbeat.

        Args:
            process: That it came from.
            epoch: Of the process; another one than before means that it was started again.
            steady: The steady clock [s].

        Returns:
            Whether this began the sequence again.
        """
        known = self._epochs.get(process)
        self._epochs[process] = epoch
        if known is None or epoch == known or process not in self._processes:
            return False
        self.begin(steady)
        return True

    def step(self, steady: float) -> Request | None:
        """Return what to ask now; None while an answer or a process is waited for.

        Args:
            steady: The steady clock [s].
        """
        if self.status is not SequenceStatus.RUNNING:
            return None
        if self._index == len(self._steps):
            self.status, self.text = SequenceStatus.READY, "all nodes are active"
            return None
        target, node = self._steps[self._index]
        process = self._plan.process_of(node).name
        if process not in self._epochs:
            self.text = f"waiting for process {process}"
            if steady - self._began > APPEAR_LIMIT:
                self._fail(f"process {process} gave no sign of life within {APPEAR_LIMIT:g} s; its log says why")
            return None
        if self._step_began is None:
            self._step_began = steady
        if steady - self._step_began > STEP_LIMIT:
            self._fail(
                f"{node} (process {process}) did not become {target.title} within {STEP_LIMIT:g} s; "
                f"it was last seen {self._last_state.title}"
            )
            return None
        if self._pending is not None or steady < self._ask_at:
            return None
        self.text = f"{_TRANSITION[target].value} {node}"
        return self._ask(node, Question.STATE)

    def answer_state(self, serial: int, state: int | None, steady: float) -> Request | None:
        """Take an answer to the question for the state, and return what to ask next.

        Args:
            serial: Of the request.
            state: Number of the state; None if no answer came.
            steady: The steady clock [s].
        """
        if self._pending is None or serial != self._pending.serial:
            return None
        self._pending = None
        target, node = self._steps[self._index]
        self._last_state = NodeState(state) if state in set(NodeState) else NodeState.UNKNOWN
        if target <= self._last_state <= NodeState.ACTIVE:
            self._index += 1
            self._enter(steady)
            return self.step(steady)
        if self._last_state is _FROM[target] and not self._changed:
            return self._ask(node, _TRANSITION[target])
        if self._last_state is NodeState.FINALIZED:
            self._fail(f"{node} has been shut down; its process has to be started again")
        self._ask_at = steady + 0.1
        return None

    def answer_transition(self, serial: int, success: bool | None, steady: float) -> Request | None:
        """Take an answer to a transition, and return what to ask next.

        Args:
            serial: Of the request.
            success: What the node said; None if no answer came.
            steady: The steady clock [s].
        """
        if self._pending is None or serial != self._pending.serial:
            return None
        question, node = self._pending.question, self._pending.node
        self._pending = None
        if success is False:
            process = self._plan.process_of(node).name
            self._fail(f"{node} could not {question.value}; the log of process {process} has the reason")
            return None
        self._changed = success is True
        return self._ask(node, Question.STATE)

    def _enter(self, steady: float) -> None:
        """Turn to the step of the present index."""
        self._pending = None
        self._changed = False
        self._step_began = None
        self._ask_at = steady

    def _ask(self, node: str, question: Question) -> Request:
        self._serial += 1
        self._pending = Request(self._serial, node, question)
        return self._pending

    def _fail(self, text: str) -> None:
        self.status, self.text, self._pending = SequenceStatus.FAILED, text, None
