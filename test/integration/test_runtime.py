# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The runtime with small nodes, over real DDS, with both executors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("rclpy")

from smart_cell.nodes import names, qos
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.callers import Ending
from smart_cell_msgs.action import Weld
from smart_cell_msgs.msg import CellState, GunState, Heartbeat, SafetyState
from smart_cell_msgs.srv import Inject

pytestmark = pytest.mark.ros

WELD_TIME = 0.02


class FakeGun(CellNode):
    """Takes a weld and finishes it after a while, as a real device node does."""

    def __init__(self, process: Any, device: str) -> None:
        super().__init__(process, device)
        self.run: Any = None
        self.due = 0.0
        self.halted = 0
        self.permissions: list[Any] = []
        self.written: list[Any] = []

    def setup(self) -> None:
        self.state = self.state_topic(GunState, names.state(self.relative_name), self.fill, period=0.1)
        self.serve(Inject, names.inject(self.relative_name), self.inject)
        self.serve_action(
            Weld, names.weld(self.relative_name), accept=self.accept, start=self.begin, cancel=lambda run: True
        )

    def halt(self) -> None:
        self.halted += 1
        self.write(lambda: "durable", self.written.append)

    def work(self, now: float) -> float | None:
        if self.run is None:
            return None
        if self.run.cancel_requested:
            self.run.cancel(Weld.Result(code=Weld.Result.CODE_DONE, text="canceled"))
        elif now >= self.due:
            self.run.finish(Weld.Result(code=Weld.Result.CODE_DONE, text="done"))
        else:
            return self.due
        self.run = None
        return None

    def permission_changed(self, old: Any, new: Any) -> None:
        self.permissions.append(new)

    def fill(self, message: GunState) -> None:
        message.spot = "S1"

    def inject(self, request: Any, response: Any) -> Any:
        if request.fault == "raise":
            raise ValueError("on purpose")
        response.text = f"{request.fault} done"
        return response

    def accept(self, goal: Any) -> str | None:
        if goal.spot == "raise":
            raise ValueError("on purpose")
        return "spot is bad" if goal.spot == "bad" else None

    def begin(self, run: Any) -> None:
        if run.goal.spot == "raise in start":
            raise ValueError("on purpose")
        self.run = run
        self.due = self.now() + (60.0 if run.goal.spot == "long" else WELD_TIME)
        run.feedback(Weld.Feedback(state=GunState.STATE_CLOSING))


class FakeRobot(CellNode):
    """Calls the gun."""

    def setup(self) -> None:
        self.weld = self.action_caller(Weld, names.weld("g1"))
        self.inject = self.service_caller(Inject, names.inject("g1"))
        self.nobody = self.service_caller(Inject, names.inject("nobody"))
        self.nowhere = self.action_caller(Weld, names.weld("nobody"))


class Answer:
    """Collects what a callback gets, across threads."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self._came = threading.Event()

    def __call__(self, *arguments: Any) -> None:
        self.calls.append(arguments)
        self._came.set()

    def get(self) -> tuple[Any, ...]:
        assert self._came.wait(10.0), "no answer within 10 s"
        return self.calls[0]


@pytest.fixture
def cell_of_two(make_process: Any, bring_up: Any, executor_choice: str) -> tuple[Any, FakeGun, FakeRobot]:
    process = make_process(executor=executor_choice, speed=5.0, required=frozenset({"g1"}))
    gun, robot = FakeGun(process, "g1"), FakeRobot(process, "r1/robot")
    process.start()
    bring_up(process, gun, robot)
    return process, gun, robot


def test_service_answers_even_when_its_callback_raises(cell_of_two: Any) -> None:
    process, gun, robot = cell_of_two
    for fault, code, text in (("a", 0, "a done"), ("raise", 2, "g1 could not do it"), ("b", 0, "b done")):
        answer = Answer()
        process.post(lambda fault=fault, answer=answer: robot.inject.call(Inject.Request(fault=fault), answer))
        response, problem = answer.get()
        assert problem == ""
        assert (response.code, text in response.text) == (code, True)
    assert gun.errors == 1


def test_absent_service_and_action_are_given_up_with_a_text(cell_of_two: Any) -> None:
    process, _, robot = cell_of_two
    service, action = Answer(), Answer()
    process.post(lambda: robot.nobody.call(Inject.Request(), service, deadline=0.2, attempts=2))
    process.post(lambda: robot.nowhere.send(Weld.Goal(), action, deadline=0.2))
    assert service.get()[0] is None
    assert "is not there" in service.get()[1]
    ending, result, text = action.get()
    assert (ending, result) == (Ending.LOST, None)
    assert "is not there" in text


@pytest.mark.parametrize(
    ("spot", "ending", "code"),
    [
        ("good", Ending.SUCCEEDED, Weld.Result.CODE_DONE),
        ("bad", Ending.REJECTED, None),
        ("raise", Ending.REJECTED, None),
        ("raise in start", Ending.ABORTED, 255),
    ],
)
def test_action_ends_as_the_node_says(cell_of_two: Any, spot: str, ending: Ending, code: int | None) -> None:
    process, _, robot = cell_of_two
    answer, feedback, accepted = Answer(), Answer(), Answer()
    process.post(lambda: robot.weld.send(Weld.Goal(spot=spot), answer, accepted=accepted, feedback=feedback))
    got, result, _ = answer.get()
    assert got is ending
    assert (None if result is None else result.code) == code
    assert len(accepted.calls) == (ending in (Ending.SUCCEEDED, Ending.ABORTED))


def test_canceled_goal_ends_canceled_whatever_its_code(cell_of_two: Any, until: Any) -> None:
    process, gun, robot = cell_of_two
    answer, sent = Answer(), []
    process.post(lambda: sent.append(robot.weld.send(Weld.Goal(spot="long"), answer)))
    until(lambda: gun.run is not None, "the goal starts")
    process.post(lambda: sent[0].cancel())
    ending, result, _ = answer.get()
    assert (ending, result.text) == (Ending.CANCELED, "canceled")


def test_goal_canceled_before_it_was_accepted_ends_canceled(cell_of_two: Any) -> None:
    process, _, robot = cell_of_two
    answer = Answer()
    process.post(lambda: robot.weld.send(Weld.Goal(spot="long"), answer).cancel())
    assert answer.get()[0] is Ending.CANCELED


def test_many_goals_leave_nothing_behind(cell_of_two: Any, until: Any) -> None:
    process, _, robot = cell_of_two
    for number in range(30):
        answer = Answer()
        process.post(lambda answer=answer: robot.weld.send(Weld.Goal(spot="good"), answer))
        assert answer.get()[0] is Ending.SUCCEEDED, (number, answer.calls)
    client = robot.weld._client
    until(lambda: not client._pending_goal_requests, "no request for a goal is kept")
    until(lambda: not client._pending_result_requests, "no request for a result is kept")


def test_state_is_repeated_with_growing_sequence_and_reaches_a_late_reader(
    cell_of_two: Any, make_process: Any, until: Any
) -> None:
    process, gun, _ = cell_of_two
    late = make_process("late", obeys=False)
    seen: list[GunState] = []
    late.node.create_subscription(GunState, late.path(names.state("g1")), seen.append, qos.STATE)
    late.start()
    until(lambda: len(seen) >= 4, "four states")
    sequences = [message.sequence for message in seen]
    assert sequences == sorted(set(sequences))
    assert {message.epoch for message in seen} == {process.epoch}
    assert abs(seen[-1].header.stamp.sec - gun.now()) < 30.0


def test_work_runs_in_process_time_and_never_before_its_time(cell_of_two: Any) -> None:
    process, _, robot = cell_of_two
    answer = Answer()
    began = process.clock.now()
    process.post(lambda: robot.weld.send(Weld.Goal(spot="good"), answer))
    answer.get()
    assert process.clock.now() - began >= WELD_TIME


def test_heartbeat_names_nodes_and_stands_still_for_a_faulty_one(cell_of_two: Any, until: Any) -> None:
    process, gun, _ = cell_of_two
    beats: list[Heartbeat] = []
    process.node.create_subscription(Heartbeat, process.path(names.HEARTBEATS), beats.append, qos.HEARTBEAT_READER)
    until(lambda: len(beats) >= 3, "three heartbeats")
    assert (beats[-1].process, beats[-1].nodes) == ("devices", ["g1", "r1/robot"])
    assert list(beats[-1].active) == [True, True]
    assert list(beats[-1].required) == [True, False]
    assert beats[2].counters[0] > beats[0].counters[0]

    def fail() -> None:
        raise ValueError("on purpose")

    for _ in range(10):
        process.post(gun.guarded(fail))
    until(lambda: gun.faulty, "the node counts as faulty")
    count = len(beats)
    until(lambda: len(beats) >= count + 4, "more heartbeats")
    assert beats[-1].counters[0] == beats[-2].counters[0]
    assert beats[-1].counters[1] > beats[-2].counters[1]


def test_permission_needs_fresh_safety_state_and_fresh_supervisor(
    cell_of_two: Any, make_process: Any, bring_up: Any, until: Any
) -> None:
    process, gun, _ = cell_of_two
    assert not process.permission.motion
    master = make_process("supervisor", obeys=False)

    class FakeSupervisor(CellNode):
        """Says what the safety node and the supervisor would say."""

        def setup(self) -> None:
            self.state_topic(CellState, names.SUPERVISOR_STATE, self.fill_cell, period=0.1)
            self.safety = self.state_topic(SafetyState, names.SAFETY_STATE, self.fill_safety, period=0.1)
            self.safe = True

        def fill_cell(self, message: CellState) -> None:
            message.state = CellState.STATE_EXECUTE
            message.motion_enabled = message.weld_enabled = True

        def fill_safety(self, message: SafetyState) -> None:
            message.state = SafetyState.STATE_SAFE if self.safe else SafetyState.STATE_STOPPED
            message.cause = "" if self.safe else "emergency stop pressed"

    supervisor = FakeSupervisor(master, names.SUPERVISOR)
    master.start()
    bring_up(master, supervisor)
    until(lambda: process.permission.weld, "permission to weld")
    assert process.permission.epoch == master.epoch

    supervisor.safe = False
    pressed = time.monotonic()
    master.post(supervisor.safety.publish)
    until(lambda: not process.permission.motion, "no motion after the emergency stop")
    assert time.monotonic() - pressed < 0.25
    assert "emergency stop pressed" in process.permission.reason
    supervisor.safe = True
    until(lambda: process.permission.motion, "motion again")

    gone = time.monotonic()
    master.stop()
    until(lambda: not process.permission.motion, "no motion without a supervisor")
    assert time.monotonic() - gone < 1.5
    assert [permission.motion for permission in gun.permissions if permission.weld] == [True] * 2


def test_stop_halts_nodes_and_waits_for_their_last_writes(cell_of_two: Any) -> None:
    process, gun, _ = cell_of_two
    assert process.stop()
    assert gun.halted == 1
    assert gun.written == ["durable"]


def test_node_can_be_deactivated_and_activated_again(cell_of_two: Any, on_executor: Callable[..., Any]) -> None:
    process, gun, robot = cell_of_two
    on_executor(process, gun.trigger_deactivate)
    assert (gun.active, gun.halted) == (False, 1)
    on_executor(process, gun.trigger_activate)
    answer = Answer()
    process.post(lambda: robot.weld.send(Weld.Goal(spot="good"), answer))
    assert answer.get()[0] is Ending.SUCCEEDED


def test_cleanup_is_refused_because_entities_last_as_long_as_their_process(
    cell_of_two: Any, on_executor: Callable[..., Any]
) -> None:
    process, gun, _ = cell_of_two
    answers = on_executor(process, lambda: [str(step()) for step in (gun.trigger_deactivate, gun.trigger_cleanup)])
    assert ["SUCCESS" in answers[0], "FAILURE" in answers[1]] == [True, True]
    assert on_executor(process, lambda: gun._state_machine.current_state[1]) == "inactive"


def test_node_whose_setup_fails_stays_unconfigured_and_says_so(make_process: Any, on_executor: Any, until: Any) -> None:
    class Broken(CellNode):
        """Cannot be configured."""

        setups = 0

        def setup(self) -> None:
            self.setups += 1
            self.state_topic(GunState, names.state("g9"), lambda message: None, period=0.05)
            self.serve(Inject, names.inject("g9"), lambda request, response: response)
            self.serve_action(Weld, names.weld("g9"), accept=lambda goal: None, start=lambda run: None)
            raise ValueError("on purpose")

    process, other = make_process(), make_process("other", obeys=False)
    node, robot = Broken(process, "g9"), FakeRobot(other, "r1/robot")
    seen: list[GunState] = []
    other.node.create_subscription(GunState, other.path(names.state("g9")), seen.append, qos.STATE)
    process.start()
    other.start()
    for _ in range(2):
        assert "FAILURE" in str(on_executor(process, node.trigger_configure))
    assert node.setups == 1
    assert on_executor(process, lambda: node._state_machine.current_state[1]) == "unconfigured"
    service, action = Answer(), Answer()
    other.post(lambda: robot.service_caller(Inject, names.inject("g9")).call(Inject.Request(), service, deadline=5.0))
    other.post(lambda: robot.action_caller(Weld, names.weld("g9")).send(Weld.Goal(), action, deadline=5.0))
    response, problem = service.get()
    assert problem == ""
    assert response.code == 2
    assert "on purpose" in response.text
    assert action.get()[0] is Ending.REJECTED
    assert seen == []


def test_state_that_cannot_be_filled_in_is_not_sent(make_process: Any, bring_up: Any, until: Any) -> None:
    class Lame(CellNode):
        """Does not know how it is."""

        def setup(self) -> None:
            self.state_topic(GunState, names.state("g9"), self.fill, period=0.02)

        def fill(self, message: GunState) -> None:
            message.state = GunState.STATE_OPEN
            raise ValueError("on purpose")

    process, other = make_process(), make_process("other", obeys=False)
    node = Lame(process, "g9")
    seen: list[GunState] = []
    other.node.create_subscription(GunState, other.path(names.state("g9")), seen.append, qos.STATE)
    other.start()
    process.start()
    bring_up(process, node)
    until(lambda: node.faulty, "the node counts as faulty")
    assert seen == []


def test_what_becomes_due_in_a_done_callback_is_done_at_once(cell_of_two: Any) -> None:
    """The events executor goes on after such a callback without looking at the schedule, unless it is poked."""
    process, _, robot = cell_of_two
    delays: list[float] = []
    done = threading.Event()

    def answered(response: Any, text: str) -> None:
        asked = time.monotonic()
        process.after(0.0, lambda: delays.append(time.monotonic() - asked))
        if len(delays) >= 20:
            done.set()
        else:
            robot.inject.call(Inject.Request(fault="a"), answered)

    process.post(lambda: robot.inject.call(Inject.Request(fault="a"), answered))
    assert done.wait(10.0)
    assert sorted(delays)[10] < 0.005


def test_what_was_written_is_heard_of_at_once(cell_of_two: Any) -> None:
    process, _, _ = cell_of_two
    delays: list[float] = []
    for _ in range(20):
        heard = threading.Event()

        def then(written: float, heard: threading.Event = heard) -> None:
            delays.append(time.monotonic() - written)
            heard.set()

        process.write(time.monotonic, then)
        assert heard.wait(5.0)
    assert sorted(delays)[10] < 0.005
