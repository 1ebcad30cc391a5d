# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The PackML table against the standard's transition list."""

from __future__ import annotations

import itertools

import pytest

from smart_cell.supervision.packml import COMMANDS, COMPLETIONS, Command, State, allowed

# ISA-TR88.00.02 as published in OPC 30050, written out a second time on purpose
PUBLISHED = """
Aborted Clear Clearing
Stopped Reset Resetting
Complete Reset Resetting
Idle Start Starting
Execute Hold Holding
Held Unhold Unholding
Execute Suspend Suspending
Suspended Unsuspend Unsuspending
Execute Complete Completing
"""
STOPPED_BY = (
    "Resetting Idle Starting Execute Holding Held Unholding Suspending Suspended Unsuspending Completing Complete"
)
COMPLETED = (
    "Clearing>Stopped Resetting>Idle Starting>Execute Holding>Held Unholding>Execute Suspending>Suspended "
    "Unsuspending>Execute Execute>Completing Completing>Complete Stopping>Stopped Aborting>Aborted"
)


def published() -> dict[tuple[str, str], str]:
    table = {}
    for line in PUBLISHED.strip().splitlines():
        state, command, target = line.split()
        table[state, command] = target
    table |= {(state, "Stop"): "Stopping" for state in STOPPED_BY.split()}
    table |= {(s.title, "Abort"): "Aborting" for s in State if s.title not in ("Undefined", "Aborting", "Aborted")}
    return table


def test_every_command_in_every_state() -> None:
    expected = published()
    for state, command in itertools.product(State, Command):
        target = COMMANDS.get((state, command))
        assert (target.title if target else None) == expected.get((state.title, command.title)), (
            state,
            command,
        )


def test_state_complete() -> None:
    assert {f"{a.title}>{b.title}" for a, b in COMPLETIONS.items()} == set(COMPLETED.split())


@pytest.mark.parametrize(
    ("state", "number"),
    [(State.CLEARING, 1), (State.STARTING, 3), (State.IDLE, 4), (State.SUSPENDED, 5), (State.HELD, 11)],
)
def test_numbers_of_opc_30050(state: State, number: int) -> None:
    assert state == number


def test_allowed_lists_what_the_table_says() -> None:
    assert allowed(State.EXECUTE) == (
        Command.STOP,
        Command.HOLD,
        Command.SUSPEND,
        Command.ABORT,
        Command.COMPLETE,
    )
    assert allowed(State.ABORTED) == (Command.CLEAR,)
