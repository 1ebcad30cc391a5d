# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor with instant devices in virtual time."""

from __future__ import annotations

from collections import Counter

import pytest
from fake_cell import SPOTS_PER_ROBOT, FakeCell
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.supervision import events as ev
from smart_cell.supervision.accounting import Decision, Result
from smart_cell.supervision.events import Code
from smart_cell.supervision.packml import COMMANDS, Command, Mode, State

SPOTS = 2 * SPOTS_PER_ROBOT


def codes(cell: FakeCell) -> list[str]:
    return [alarm.code for alarm in cell.supervisor.alarms.active]


def assert_every_spot_once(cell: FakeCell, bodies: int) -> None:
    """Every required spot has exactly one OK weld, and nothing was fired twice."""
    ok = Counter((f.body, f.spot) for g in cell.guns.values() for f in g.facts if f.result is Result.OK)
    assert len(ok) == bodies * SPOTS
    assert set(ok.values()) == {1}
    assert len(set(cell.fired)) == len(cell.fired)


def test_produces_an_order_and_completes() -> None:
    cell = FakeCell()
    cell.order(3)
    cell.start()
    cell.reach(State.COMPLETE)
    assert_every_spot_once(cell, 3)
    assert [t.transfer for t in cell.transfers] == ["B000001/in", "B000002/in", "B000003/in", "B000003/out"]
    assert [t.leaving for t in cell.transfers] == ["", "B000001", "B000002", ""]
    assert cell.supervisor.facts.bodies_done == 3
    assert cell.supervisor.facts.welds_ok == 3 * SPOTS
    assert len(cell.supervisor.facts.cycle_times) == 3


def test_starts_in_stopped_and_waits() -> None:
    cell = FakeCell()
    cell.order(1)
    assert not cell.run(60.0, lambda: cell.supervisor.state is not State.STOPPED)
    assert not cell.transfers


def test_start_without_an_order_is_refused_with_the_reason() -> None:
    cell = FakeCell()
    cell.command(Command.RESET)
    cell.reach(State.IDLE)
    reply = cell.command(Command.START)
    assert reply.code is Code.REFUSED
    assert "no order is queued" in reply.text
    assert cell.supervisor.state is State.IDLE


@pytest.mark.parametrize(
    "state", [State.STOPPED, State.IDLE, State.EXECUTE, State.HELD, State.SUSPENDED, State.COMPLETE]
)
def test_commands_that_are_not_allowed_change_nothing(state: State) -> None:
    cell = FakeCell()
    cell.order(1)
    if state is not State.STOPPED:
        cell.command(Command.RESET)
        cell.reach(State.IDLE)
    if state in (State.EXECUTE, State.HELD, State.SUSPENDED, State.COMPLETE):
        cell.command(Command.START)
        cell.reach(State.EXECUTE)
    if state in (State.HELD, State.SUSPENDED):
        cell.command(Command.HOLD if state is State.HELD else Command.SUSPEND)
    cell.reach(state)
    for command in Command:
        if command is not Command.UNDEFINED and (state, command) not in COMMANDS:
            reply = cell.command(command)
            assert reply.code is Code.WRONG_STATE
            assert state.title in reply.text
            assert cell.supervisor.state is state


def test_a_repeated_request_has_one_effect() -> None:
    cell = FakeCell()
    cell.order(1)
    first = cell.command(Command.RESET, "same")
    cell.reach(State.IDLE)
    assert cell.command(Command.RESET, "same") == first
    assert cell.supervisor.state is State.IDLE


def test_stale_epoch_expired_and_wrong_mode() -> None:
    cell = FakeCell()
    cell.order(1)
    assert cell.command(Command.RESET, epoch=99).code is Code.STALE_EPOCH
    assert cell.command(Command.RESET, is_expired=True).code is Code.EXPIRED
    assert cell.command(Command.UNDEFINED, mode=Mode.MANUAL).code is Code.OK
    cell.command(Command.RESET)
    cell.reach(State.IDLE)
    reply = cell.command(Command.START)
    assert reply.code is Code.REFUSED
    assert "Manual" in reply.text


def test_hold_ends_the_spot_and_unhold_goes_on() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.run(100.0, lambda: len(cell.fired) >= 2)
    cell.command(Command.HOLD)
    cell.reach(State.HELD)
    fired = len(cell.fired)
    cell.run(60.0)
    assert len(cell.fired) == fired
    assert cell.command(Command.UNHOLD).code is Code.OK
    cell.reach(State.COMPLETE)
    assert_every_spot_once(cell, 1)


def test_stop_in_the_middle_of_a_body_then_start_finishes_it() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.run(100.0, lambda: len(cell.fired) >= 3)
    cell.command(Command.STOP)
    cell.reach(State.STOPPED)
    cell.start()
    cell.reach(State.COMPLETE)
    assert_every_spot_once(cell, 1)


def safety_stop(cell: FakeCell) -> None:
    cell.tell(ev.SafetyReport(False, "emergency stop pressed"))
    cell.stop_devices()


@given(after=st.floats(0.0, 45.0))
@settings(max_examples=60, deadline=None)
def test_emergency_stop_at_any_time(after: float) -> None:
    cell = FakeCell()
    cell.order(2)
    cell.start()
    cell.run(after)
    safety_stop(cell)
    if cell.supervisor.state is not State.COMPLETE:
        cell.reach(State.ABORTED, 5.0)
    assert codes(cell)[0] == "SAFETY_STOP"
    assert "emergency stop" in cell.command(Command.CLEAR).text
    cell.tell(ev.SafetyReport(True, ""))
    fired = len(cell.fired)
    assert not cell.run(30.0, lambda: cell.supervisor.state is not State.ABORTED), "restarted by itself"
    assert len(cell.fired) == fired
    cell.recover()
    assert codes(cell) == []
    assert_every_spot_once(cell, 2)


@given(after=st.floats(0.0, 90.0))
@settings(max_examples=60, deadline=None)
def test_crash_of_the_supervisor_at_any_time(after: float) -> None:
    cell = FakeCell()
    cell.order(2)
    cell.start()
    cell.run(after)
    cell.crash_and_restart()
    assert cell.supervisor.state is State.ABORTED
    assert codes(cell) == ["SUPERVISOR_RESTARTED"]
    assert not cell.run(30.0, lambda: cell.supervisor.state is not State.ABORTED)
    cell.recover()
    assert_every_spot_once(cell, 2)
    assert cell.supervisor.facts.welds_ok == 2 * SPOTS
    assert cell.supervisor.facts.bodies_done == 2


@given(keep=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_any_prefix_of_the_journal_restores(keep: int) -> None:
    """What was durable before the crash is enough: an effect never runs ahead of its record."""
    cell = FakeCell()
    cell.order(2)
    cell.start()
    cell.run(400.0, lambda: len(cell.records) >= keep)
    cell.crash_and_restart()
    cell.order(2)
    cell.recover()
    assert_every_spot_once(cell, 2)


def test_weld_not_ok_is_welded_again_then_held_for_a_decision() -> None:
    cell = FakeCell()
    cell.results = lambda body, spot, attempt: Result.NOT_OK if spot == "Sr11" else Result.OK
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert [attempt for _, spot, attempt in cell.fired if spot == "Sr11"] == [1, 2, 3]
    assert codes(cell) == ["WELD_NOT_OK"]
    assert "Sr11" in cell.command(Command.UNHOLD).text
    cell.tell(ev.DecisionRequest("d1", "B000001", "Sr11", Decision.REPAIR, "inspector", "to repair station"))
    assert cell.command(Command.UNHOLD).code is Code.OK
    cell.reach(State.COMPLETE)
    released = next(r for r in cell.records if r.kind == "body_released")
    assert released.data["spots"] == {"ok": SPOTS - 1, "repair": 1}


def test_a_gun_that_never_welds_is_tried_a_few_times_then_held() -> None:
    cell = FakeCell()
    cell.results = lambda body, spot, attempt: Result.NOT_WELDED if spot == "Sr12" and attempt < 6 else Result.OK
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert codes(cell) == ["WELD_FAILED"]
    tried = len([fact for fact in cell.guns["g1"].facts if fact.spot == "Sr12"])
    assert tried == 3
    cell.command(Command.UNHOLD)
    cell.reach(State.COMPLETE)
    assert_every_spot_once(cell, 1)


def test_uncertain_spot_waits_for_a_person_and_is_never_welded_by_itself() -> None:
    cell = FakeCell()
    cell.results = lambda body, spot, attempt: Result.UNCERTAIN if (spot, attempt) == ("Sr20", 1) else Result.OK
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert codes(cell) == ["SPOT_UNCERTAIN"]
    cell.run(60.0)
    assert [attempt for _, spot, attempt in cell.fired if spot == "Sr20"] == [1]
    cell.tell(ev.DecisionRequest("d1", "B000001", "Sr20", Decision.REWELD, "inspector", "no weld there"))
    cell.command(Command.UNHOLD)
    cell.reach(State.COMPLETE)
    assert [attempt for _, spot, attempt in cell.fired if spot == "Sr20"] == [1, 2]


def test_lost_nodes_abort_and_the_alarm_names_them() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.run(10.0)
    cell.tell(ev.NodesLost("arms", ("r1/joint_trajectory_controller",), "no heartbeat from arms for 0.5 s"))
    cell.tell(ev.NodesReady(False, "arms is not running"))
    assert cell.supervisor.state is State.ABORTING
    alarm = cell.supervisor.alarms.active[0]
    assert (alarm.code, alarm.source, alarm.first_out) == ("NODE_LOST", "arms", True)
    assert "r1/joint_trajectory_controller" in alarm.cause
    cell.stop_devices()
    cell.reach(State.ABORTED)
    assert "arms is not running" in cell.command(Command.CLEAR).text
    cell.tell(ev.NodesReady(True, ""))
    cell.recover()
    assert_every_spot_once(cell, 1)


def test_missing_part_holds_with_the_sensor_named() -> None:
    cell = FakeCell()
    cell.part_present = False
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert [(a.code, a.source) for a in cell.supervisor.alarms.active] == [("PART_MISSING", "pp1")]
    cell.part_present = True
    cell._report_plant()
    cell.command(Command.UNHOLD)
    cell.reach(State.COMPLETE)


def test_wrong_body_holds() -> None:
    cell = FakeCell()
    cell.carrier = "B000777"
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert codes(cell) == ["BODY_MISMATCH"]
    assert "B000777" in cell.supervisor.alarms.active[0].cause


def test_clamp_that_jams_holds() -> None:
    cell = FakeCell()
    cell._clamp = lambda close: cell.tell(  # type: ignore[method-assign]
        ev.ClampReport("c1", ev.DeviceState.FAULT, False, "not closed after 3 s")
    )
    cell.order(1)
    cell.start()
    cell.reach(State.HELD)
    assert codes(cell) == ["CLAMP_FAULT"]


def test_journal_failure_stops_the_cell() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.run(10.0)
    cell.tell(ev.JournalFailed("disk full"))
    cell.stop_devices()
    cell.reach(State.ABORTED)
    assert "disk full" in cell.command(Command.CLEAR).text


def test_no_weld_is_enabled_outside_execute() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    seen = set()
    for _ in range(3000):
        cell.run(0.05)
        facts = cell.supervisor.facts
        seen.add((facts.state, facts.weld_enabled))
    assert {state for state, enabled in seen if enabled} == {State.EXECUTE}
