# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a weld gun with its timer is told and what it says: the signals of its backend."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from smart_cell.cell.model import Schedule
from smart_cell.core.ids import SpotKey
from smart_cell.devices.protocol import Snapshot


class GunDrive(str, Enum):
    """What the drive of the moving tip does."""

    OPEN = "open"
    CLOSE = "close"
    STAY = "stay"
    """Keep position and force."""


class TimerPhase(str, Enum):
    """Where the weld timer is in its schedule."""

    READY = "ready"
    SQUEEZE = "squeeze"
    WELD = "weld"
    """Current flows, or pauses between two pulses."""
    HOLD = "hold"
    COMPLETE = "complete"
    """The weld has ended and is reported; the timer waits until its program is taken away."""
    FAULT = "fault"


TIMER_RESTS: Final = frozenset({TimerPhase.READY, TimerPhase.COMPLETE, TimerPhase.FAULT})
"""Phases in which no weld is under way."""


class TimerOutcome(str, Enum):
    """How a weld ended, as far as the timer's own durable memory knows."""

    STARTED = "started"
    """It was to start; no end is known."""
    COMPLETE = "complete"
    CUT = "cut"
    """Current was cut off before the schedule ended."""
    WITHDRAWN = "withdrawn"
    """It was called off before the first current."""


@dataclass(frozen=True, slots=True)
class WeldProgram:
    """What the timer is to do, and the identity it keeps with the result."""

    key: SpotKey
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class TimerRecord:
    """One weld in the timer's own durable memory."""

    key: SpotKey
    count: int
    """The timer's weld counter for this weld, 1 for the first of its life; never reused."""
    outcome: TimerOutcome
    time: float = 0.0
    """When it ended [s]."""
    current: float = 0.0
    """Mean of the main (longest) pulse [A]."""
    weld_time: float = 0.0
    """Time with current [s]."""
    force: float = 0.0
    """Mean electrode force [N]."""
    resistance: float = 0.0
    """Mean dynamic resistance [ohm]."""
    energy: float = 0.0
    """[J]"""


@dataclass(frozen=True, slots=True)
class GunCommand:
    """Everything a gun and its timer are told; all of it are levels."""

    drive: GunDrive = GunDrive.STAY
    force: float = 0.0
    """Electrode force to build up when closed [N]."""
    thickness: float = 0.0
    """Distance of the tips at which they touch the sheets [m]."""
    program: WeldProgram | None = None
    """Given: weld once the force is there. Taken away: do not start; what has current goes on to its end."""
    cut: bool = False
    """Current off at once."""
    dress: bool = False
    """Dress the tips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GunSnapshot(Snapshot):
    """Everything a gun and its timer say."""

    opening: float
    """Distance between the tips [m]."""
    is_open: bool
    is_closed: bool
    """The tips touch the sheets."""
    force: float
    """Electrode force [N]."""
    force_reached: bool
    """The gun's own control says that the commanded force is there."""
    timer_phase: TimerPhase
    current_on: bool
    timer_count: int
    """Counter of the newest weld in the timer's memory."""
    records: tuple[TimerRecord, ...]
    """The newest welds in the timer's memory, oldest first."""
    dressings: int
    """How often the tips were dressed."""
    fault: str = ""
    """What the hardware complains about, in words."""
