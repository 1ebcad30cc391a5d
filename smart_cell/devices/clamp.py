# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A clamp: closes and opens on command, and says when it does not get there. It never opens by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smart_cell.cell.model import Clamp
from smart_cell.devices.protocol import Permission, Snapshot


class ClampState(str, Enum):
    """Where a clamp is; the states of ClampState.msg but INACTIVE, which is the node's."""

    OPEN = "open"
    CLOSED = "closed"
    MOVING = "moving"
    """Between its ends, or on its way."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class ClampCommand:
    """What the clamp's valve is told; both False: stay."""

    close: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClampSnapshot(Snapshot):
    """What the clamp's end switches say."""

    is_open: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ClampStatus:
    """What there is to show; the fields of ClampState.msg."""

    state: ClampState
    commanded_closed: bool
    text: str


class ClampSequence:
    """Decides what a clamp does."""

    def __init__(self, clamp: Clamp) -> None:
        """Start with the clamp staying where it is."""
        self._clamp = clamp
        self._target: bool | None = None
        self._deadline: float | None = None
        self._fault = ""
        self._text = ""

    def request(self, close: bool, epoch: int, permission: Permission) -> str | None:
        """Ask for a position; return why it is refused, or None. Asking for the position that is there is fine."""
        if not permission.motion:
            return f"motion is not permitted: {permission.reason}"
        if epoch != permission.epoch:
            return f"the command is of supervisor epoch {epoch}, now it is {permission.epoch}"
        if self._target is not close or self._fault:
            self._target = close
            self._deadline = None
            self._fault = self._text = ""
        return None

    def step(self, now: float, snapshot: ClampSnapshot, permission: Permission) -> ClampCommand:
        """Return what to command now.

        Args:
            now: [s]
            snapshot: What the end switches say now.
            permission: What the cell permits; a travel ends where it is when motion is no longer permitted, and goes
                on only at a new request.
        """
        if not permission.motion:
            # only a person enables motion again after a fault, so that the next request deserves a new try
            self._fault = ""
        if snapshot.is_open and snapshot.is_closed:
            self._fail(f"clamp {self._clamp.name}: both end switches are on")
        if self._target is None or self._fault:
            return ClampCommand()
        is_there = snapshot.is_closed if self._target else snapshot.is_open
        if not is_there and not permission.motion:
            self._target = self._deadline = None
            self._text = f"stopped on its way: {permission.reason}"
            return ClampCommand()
        if is_there:
            self._deadline = None
            self._text = ""
        elif self._deadline is None:
            self._deadline = now + self._clamp.timeout
        elif now >= self._deadline:
            wanted = "closed" if self._target else "open"
            self._fail(f"clamp {self._clamp.name} is not {wanted} after {self._clamp.timeout:g} s")
            return ClampCommand()
        return ClampCommand(close=self._target, open=not self._target)

    @property
    def deadline(self) -> float | None:
        """When the travel under way must have ended [s]; None if there is none."""
        return self._deadline

    def status(self, snapshot: ClampSnapshot) -> ClampStatus:
        """Return what there is to show."""
        is_closed = self._target if self._target is not None else snapshot.is_closed
        if self._fault:
            state = ClampState.FAULT
        elif snapshot.is_open and not is_closed:
            state = ClampState.OPEN
        elif snapshot.is_closed and is_closed:
            state = ClampState.CLOSED
        else:
            state = ClampState.MOVING
        return ClampStatus(state, is_closed, self._fault or self._text)

    def _fail(self, text: str) -> None:
        self._fault = text
        self._target = self._deadline = None
