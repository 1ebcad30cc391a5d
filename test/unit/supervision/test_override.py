# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The robots' speed override and the operating mode of their arms, as the supervisor treats them."""

from __future__ import annotations

import dataclasses

import pytest
from fake_cell import FakeCell

from smart_cell.core.operation_mode import OperationMode
from smart_cell.supervision import events as ev
from smart_cell.supervision.events import Code, DeviceState
from smart_cell.supervision.packml import Command, Mode, State
from smart_cell.supervision.supervisor import DEADLINES


def override(cell: FakeCell, percent: int) -> ev.Reply:
    return cell.command(Command.UNDEFINED, speed_override=percent)


def turn_key(cell: FakeCell, robot: str, mode: OperationMode) -> None:
    report = ev.RobotReport(robot, DeviceState.READY, is_home=True, spots_done=0, doing="")
    cell.tell(dataclasses.replace(report, operation_mode=mode))


def test_full_speed_until_a_person_says_otherwise() -> None:
    assert FakeCell().supervisor.facts.speed_override == 100


def test_override_changes_in_every_state_and_nothing_else_does() -> None:
    cell = FakeCell()
    for expected in (State.STOPPED, State.IDLE, State.EXECUTE):
        if expected is State.IDLE:
            cell.command(Command.RESET)
            cell.reach(State.IDLE)
        elif expected is State.EXECUTE:
            cell.order(1)
            cell.command(Command.START)
            cell.reach(State.EXECUTE)
        reply = override(cell, 30 + expected)
        assert (reply.code, reply.state) == (Code.OK, expected)
        assert reply.text == f"speed override {30 + expected} %"
        assert cell.supervisor.facts.speed_override == 30 + expected
        assert cell.supervisor.state is expected
    cell.reach(State.COMPLETE)


@pytest.mark.parametrize("percent", [-1, 101, 255])
def test_an_override_out_of_range_is_invalid_and_changes_nothing(percent: int) -> None:
    cell = FakeCell()
    reply = override(cell, percent)
    assert reply.code is Code.INVALID
    assert f"{percent} %: allowed is 1 to 100 %" in reply.text
    assert cell.supervisor.facts.speed_override == 100


def test_override_outlives_the_supervisor() -> None:
    cell = FakeCell()
    override(cell, 40)
    cell.crash_and_restart()
    assert cell.supervisor.facts.speed_override == 40


def test_a_mode_that_is_refused_takes_its_override_with_it() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.reach(State.EXECUTE)
    reply = cell.command(Command.UNDEFINED, mode=Mode.MANUAL, speed_override=10)
    assert reply.code is Code.WRONG_STATE
    assert cell.supervisor.facts.speed_override == 100


def test_deadlines_of_moves_follow_the_override() -> None:
    """At 10 % a robot takes ten times as long to come to rest, which is no fault."""
    cell = FakeCell()
    override(cell, 10)
    cell.command(Command.RESET)
    cell.reach(State.IDLE)
    cell.tell(ev.RobotReport("r1", DeviceState.BUSY, is_home=False, spots_done=0, doing="moving"))
    cell.command(Command.STOP)
    limit = DEADLINES[State.STOPPING]
    assert not cell.run(9.0 * limit, lambda: cell.supervisor.state is not State.STOPPING)
    cell.reach(State.ABORTED, 2.0 * limit)


@pytest.mark.parametrize("mode", [OperationMode.T1, OperationMode.T2, OperationMode.AUT])
def test_nothing_is_set_in_motion_while_an_arm_is_not_external(mode: OperationMode) -> None:
    cell = FakeCell()
    cell.order(1)
    turn_key(cell, "r2", mode)
    reply = cell.command(Command.RESET)
    assert reply.code is Code.REFUSED
    assert f"r2 is in {mode.name}: turn its key switch to EXT" in reply.text
    turn_key(cell, "r2", OperationMode.EXT)
    assert cell.command(Command.RESET).code is Code.OK
    cell.reach(State.IDLE)
    turn_key(cell, "r2", mode)
    assert cell.command(Command.START).code is Code.REFUSED
    turn_key(cell, "r2", OperationMode.EXT)
    assert cell.command(Command.START).code is Code.OK


def test_a_number_that_is_no_mode_counts_as_not_known() -> None:
    assert OperationMode(77) is OperationMode.UNKNOWN
