# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The bring-up against simulated nodes that are slow, deaf, broken or killed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.nodes.bringup import BringUpPlan, NodeKind, NodeSpec, ProcessSpec
from smart_cell.nodes.bringup_sequence import (
    APPEAR_LIMIT,
    STEP_LIMIT,
    BringUpSequence,
    NodeState,
    Question,
    Request,
    SequenceStatus,
)

PLAN = BringUpPlan(
    cell="cell",
    processes=(
        ProcessSpec("arms", (), (NodeSpec("r1/arm", NodeKind.ARM, "r1"),)),
        ProcessSpec("devices", (), (NodeSpec("safety", NodeKind.SAFETY, "safety"), NodeSpec("g1", NodeKind.GUN, "g1"))),
        ProcessSpec("supervisor", (), (NodeSpec("supervisor", NodeKind.SUPERVISOR, "supervisor"),)),
    ),
)
NODES = [node.name for node in PLAN.nodes]
STEP = 0.1


class Graph:
    """Nodes that answer a sequence, with faults."""

    def __init__(self) -> None:
        self.sequence = BringUpSequence(PLAN)
        self.states = dict.fromkeys(NODES, NodeState.UNCONFIGURED)
        self.asked: list[tuple[str, Question]] = []
        self.lost: list[bool] = []
        self.refusing: set[tuple[str, Question]] = set()
        self.lying: set[str] = set()
        self.steady = 50.0
        self.sequence.begin(self.steady)

    def hear_all(self, epoch: int = 1) -> None:
        for process in PLAN.processes:
            self.sequence.hear(process.name, epoch, self.steady)

    def run(self, duration: float = 20.0) -> SequenceStatus:
        for _ in range(round(duration / STEP)):
            request = self.sequence.step(self.steady)
            while request is not None:
                request = self.answer(request)
            if self.sequence.status is not SequenceStatus.RUNNING:
                break
            self.steady += STEP
        return self.sequence.status

    def answer(self, request: Request) -> Request | None:
        self.asked.append((request.node, request.question))
        is_lost = self.lost.pop(0) if self.lost else False
        if request.question is Question.STATE:
            state = None if is_lost else int(self.states[request.node])
            return self.sequence.answer_state(request.serial, state, self.steady)
        if (request.node, request.question) in self.refusing:
            return self.sequence.answer_transition(request.serial, False, self.steady)
        if request.node not in self.lying:
            before = self.states[request.node]
            expected = NodeState.UNCONFIGURED if request.question is Question.CONFIGURE else NodeState.INACTIVE
            assert before is expected, f"{request.question.value} of {request.node} in {before.title}"
            self.states[request.node] = NodeState(before + 1)
        return self.sequence.answer_transition(request.serial, None if is_lost else True, self.steady)

    def transitions(self) -> list[tuple[str, Question]]:
        return [entry for entry in self.asked if entry[1] is not Question.STATE]


def test_all_are_configured_in_order_then_activated_in_order() -> None:
    graph = Graph()
    graph.hear_all()
    assert graph.run() is SequenceStatus.READY
    wanted = [(node, question) for question in (Question.CONFIGURE, Question.ACTIVATE) for node in NODES]
    assert graph.transitions() == wanted
    assert set(graph.states.values()) == {NodeState.ACTIVE}
    assert graph.sequence.progress == 1.0


@given(st.lists(st.booleans(), max_size=30))
def test_lost_answers_delay_but_repeat_no_transition(lost: list[bool]) -> None:
    graph = Graph()
    graph.hear_all()
    graph.lost = list(lost)
    assert graph.run(60.0) is SequenceStatus.READY
    assert len(graph.transitions()) == len(set(graph.transitions()))


def test_node_that_is_there_already_is_passed_over() -> None:
    graph = Graph()
    graph.hear_all()
    graph.states = dict.fromkeys(NODES, NodeState.ACTIVE)
    assert graph.run() is SequenceStatus.READY
    assert graph.transitions() == []


def test_process_that_never_appears_is_named() -> None:
    graph = Graph()
    graph.sequence.hear("arms", 1, graph.steady)
    assert graph.run(APPEAR_LIMIT - 1.0) is SequenceStatus.RUNNING
    assert graph.sequence.text == "waiting for process devices"
    assert graph.run(2.0) is SequenceStatus.FAILED
    assert "process devices gave no sign of life" in graph.sequence.text


def test_refused_transition_names_node_and_log() -> None:
    graph = Graph()
    graph.hear_all()
    graph.refusing = {("g1", Question.CONFIGURE)}
    assert graph.run() is SequenceStatus.FAILED
    assert graph.sequence.text == "g1 could not configure; the log of process devices has the reason"
    assert graph.states["supervisor"] is NodeState.UNCONFIGURED


def test_node_that_claims_success_without_it_is_found_out() -> None:
    graph = Graph()
    graph.hear_all()
    graph.lying = {"safety"}
    assert graph.run(STEP_LIMIT + 2.0) is SequenceStatus.FAILED
    assert "safety (process devices) did not become inactive" in graph.sequence.text
    assert "last seen unconfigured" in graph.sequence.text


def test_node_that_was_shut_down_is_a_failure() -> None:
    graph = Graph()
    graph.hear_all()
    graph.states["g1"] = NodeState.FINALIZED
    assert graph.run() is SequenceStatus.FAILED
    assert "g1 has been shut down" in graph.sequence.text


def test_respawned_process_is_brought_up_again_and_no_other() -> None:
    graph = Graph()
    graph.hear_all()
    graph.run()
    graph.asked.clear()
    graph.states["g1"] = graph.states["safety"] = NodeState.UNCONFIGURED
    assert graph.sequence.hear("devices", 2, graph.steady)
    assert graph.sequence.status is SequenceStatus.RUNNING
    assert graph.run() is SequenceStatus.READY
    assert {node for node, _ in graph.transitions()} == {"g1", "safety"}


def test_process_that_dies_in_the_middle_begins_the_sequence_again() -> None:
    graph = Graph()
    graph.hear_all()
    request = graph.sequence.step(graph.steady)
    assert request is not None
    assert graph.sequence.hear("arms", 2, graph.steady)
    assert graph.sequence.answer_state(request.serial, int(NodeState.ACTIVE), graph.steady) is None
    assert graph.run() is SequenceStatus.READY


def test_heartbeats_that_say_nothing_new_change_nothing() -> None:
    graph = Graph()
    graph.hear_all()
    graph.run()
    graph.hear_all()
    assert not graph.sequence.hear("gateway", 1, graph.steady)
    assert not graph.sequence.hear("gateway", 2, graph.steady)
    assert graph.sequence.status is SequenceStatus.READY


@pytest.mark.parametrize("name", ["nobody", ""])
def test_plan_without_the_asked_name_lists_what_there_is(name: str) -> None:
    with pytest.raises(Exception, match="arms, devices, supervisor"):
        PLAN.process(name)
    with pytest.raises(Exception, match="r1/arm, safety, g1, supervisor"):
        PLAN.process_of(name)
