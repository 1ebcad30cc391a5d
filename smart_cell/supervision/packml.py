# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The PackML state machine (ISA-TR88.00.02, numbers of OPC 30050) as one table.

Everything else asks this table; no other place knows which state follows which.
"""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final


class State(IntEnum):
    """PackML states with their numbers in OPC 30050."""

    UNDEFINED = 0
    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17

    @property
    def title(self) -> str:
        """The state as the standard writes it, such as `Aborted`."""
        return self.name.capitalize()


class Command(IntEnum):
    """PackML control commands (`CntrlCmd`)."""

    UNDEFINED = 0
    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    COMPLETE = 10

    @property
    def title(self) -> str:
        """The command as the standard writes it, such as `Reset`."""
        return self.name.capitalize()


class Mode(IntEnum):
    """PackML unit modes."""

    INVALID = 0
    PRODUCTION = 1
    MAINTENANCE = 2
    MANUAL = 3

    @property
    def title(self) -> str:
        """The mode as the standard writes it, such as `Production`."""
        return self.name.capitalize()


_STOPPABLE: Final = (
    State.RESETTING,
    State.IDLE,
    State.STARTING,
    State.EXECUTE,
    State.HOLDING,
    State.HELD,
    State.UNHOLDING,
    State.SUSPENDING,
    State.SUSPENDED,
    State.UNSUSPENDING,
    State.COMPLETING,
    State.COMPLETE,
)

COMMANDS: Final = MappingProxyType(
    {
        (State.ABORTED, Command.CLEAR): State.CLEARING,
        (State.STOPPED, Command.RESET): State.RESETTING,
        (State.COMPLETE, Command.RESET): State.RESETTING,
        (State.IDLE, Command.START): State.STARTING,
        (State.EXECUTE, Command.HOLD): State.HOLDING,
        (State.HELD, Command.UNHOLD): State.UNHOLDING,
        (State.EXECUTE, Command.SUSPEND): State.SUSPENDING,
        (State.SUSPENDED, Command.UNSUSPEND): State.UNSUSPENDING,
        (State.EXECUTE, Command.COMPLETE): State.COMPLETING,
        **{(state, Command.STOP): State.STOPPING for state in _STOPPABLE},
        **{
            (state, Command.ABORT): State.ABORTING
            for state in State
            if state not in (State.UNDEFINED, State.ABORTING, State.ABORTED)
        },
    }
)
"""Where a command leads from a state; pairs that are missing are not allowed."""

COMPLETIONS: Final = MappingProxyType(
    {
        State.CLEARING: State.STOPPED,
        State.RESETTING: State.IDLE,
        State.STARTING: State.EXECUTE,
        State.EXECUTE: State.COMPLETING,
        State.HOLDING: State.HELD,
        State.UNHOLDING: State.EXECUTE,
        State.SUSPENDING: State.SUSPENDED,
        State.UNSUSPENDING: State.EXECUTE,
        State.COMPLETING: State.COMPLETE,
        State.STOPPING: State.STOPPED,
        State.ABORTING: State.ABORTED,
    }
)
"""Where an acting state leads when it is done (state complete, SC)."""

ACTING: Final = frozenset(COMPLETIONS)
"""States that do something and end by themselves."""

MODE_CHANGE: Final = frozenset({State.STOPPED, State.IDLE, State.ABORTED})
"""States in which the unit mode may change."""

MOTION: Final = frozenset(ACTING - {State.ABORTING})
"""States in which machines may move."""

WELDING: Final = frozenset({State.EXECUTE})
"""States in which a weld may start."""


def allowed(state: State) -> tuple[Command, ...]:
    """Return the commands that `state` accepts, in the order of their numbers."""
    return tuple(command for command in Command if (state, command) in COMMANDS)
