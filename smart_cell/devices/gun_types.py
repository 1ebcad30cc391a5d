# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a gun sequence shows and answers, and the times it allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smart_cell.core.journal import Entry
from smart_cell.devices.gun_signals import GunCommand
from smart_cell.devices.weld_record import WeldRecord


class GunState(str, Enum):
    """What a gun is doing; the states of GunState.msg."""

    INACTIVE = "inactive"
    OPEN = "open"
    """Ready for a weld."""
    CLOSING = "closing"
    SQUEEZE = "squeeze"
    WELD = "weld"
    """Current may flow."""
    HOLD = "hold"
    """Closed, and no current."""
    OPENING = "opening"
    DRESSING = "dressing"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class GunLimits:
    """How long a gun waits for what; its waits are for machines, so they count process time [s]."""

    closing: float = 2.0
    """For the tips to touch."""
    force: float = 1.0
    """For the force after that."""
    answer: float = 1.0
    """For the timer beyond its schedule, and for its last word after that."""
    opening: float = 3.0
    """For the gun to be open."""
    journal: float = 5.0
    """For an intent to be durable once the force is there."""
    dressing: float = 2.0
    """For the dresser beyond its duration."""


@dataclass(frozen=True, slots=True)
class WeldFinished:
    """A weld order has been dealt with."""

    record: WeldRecord | None
    """How it went; None: nothing was done, and the same attempt may be ordered again."""
    text: str
    """Why the robot cannot just go on, in words; empty when the record is durable and the gun is open."""


@dataclass(frozen=True, slots=True)
class DressFinished:
    """A dressing has been dealt with."""

    is_done: bool
    welds_before: int
    """Welds on the tips before they were dressed."""
    text: str
    """Why not, in words."""


@dataclass(frozen=True, slots=True)
class GunStep:
    """What a sequence wants after one step."""

    command: GunCommand
    entries: tuple[Entry, ...]
    """To be appended to the journal, in order, one batch each; then `durable` or `journal_failed` is to be called."""
    finished: tuple[WeldFinished | DressFinished, ...]
    deadline: float | None
    """When to call again at the latest [s]; None: when something changes."""


@dataclass(frozen=True, slots=True)
class GunView:
    """What there is to show of a gun; the fields of GunState.msg."""

    state: GunState
    body: str
    spot: str
    attempt: int
    current_on: bool
    inhibited_by: str
    """Why no weld may start, in words; empty when one may."""
    record_sequence: int
    timer_count: int
    tip_welds: int
    dress_interval: int
    """Welds allowed between two dressings; 0: this gun has no dresser."""
    text: str
    """Reason of the last refusal or fault."""
