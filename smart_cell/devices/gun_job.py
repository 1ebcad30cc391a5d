# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where a gun's sequence is, and the weld under way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from smart_cell.devices.gun_signals import GunSnapshot, TimerOutcome, TimerPhase, TimerRecord
from smart_cell.devices.gun_types import GunState
from smart_cell.devices.weld_record import Intent, WeldOrder, WeldRecord


class Phase(str, Enum):
    """Where a gun's sequence is, in words."""

    IDLE = "open"
    CLOSING = "closing"
    FORCE = "building up force"
    INTENT = "waiting for its journal"
    WELDING = "welding"
    STOPPING = "stopping a weld"
    """The timer has not said yet how it ended."""
    OPENING = "opening"
    PARKED = "closed"
    """Stays as it is until machines may move."""
    DRESSING = "dressing"
    FAULT = "at fault"

    def state(self, timer: TimerPhase) -> GunState:
        """Return the phase as the rest of the cell sees it."""
        if self is Phase.WELDING:
            return _TIMER_STATES.get(timer, GunState.SQUEEZE)
        return _STATES[self]


_STATES: Final = {
    Phase.IDLE: GunState.OPEN,
    Phase.CLOSING: GunState.CLOSING,
    Phase.FORCE: GunState.SQUEEZE,
    Phase.INTENT: GunState.SQUEEZE,
    Phase.STOPPING: GunState.HOLD,
    Phase.OPENING: GunState.OPENING,
    Phase.PARKED: GunState.HOLD,
    Phase.DRESSING: GunState.DRESSING,
    Phase.FAULT: GunState.FAULT,
}
_TIMER_STATES: Final = {TimerPhase.WELD: GunState.WELD, TimerPhase.HOLD: GunState.HOLD}


@dataclass(slots=True)
class WeldJob:
    """The weld under way."""

    order: WeldOrder
    intent: Intent
    is_durable: bool = False
    """The intent is in the journal."""
    is_canceled: bool = False
    cause: str = ""
    """Why it is called off or cut, in words."""
    is_soft: bool = False
    """It is called off only because welds may not start: if no current has flowed, nothing was done."""
    record: WeldRecord | None = None
    is_answered: bool = False
    """What answers the intent is in the journal."""

    def confirm_intent(self, sequence: int) -> None:
        """Note that the intent is in the journal."""
        self.is_durable = True

    def confirm_answer(self, sequence: int) -> None:
        """Note that what answers the intent is in the journal at `sequence`."""
        self.is_answered = True
        if self.record is not None:
            self.record = self.record.at(sequence)

    def find(self, snapshot: GunSnapshot) -> TimerRecord | None:
        """Return this weld in the timer's memory, whether its end is known or not."""
        return self.intent.find(snapshot.records)

    def find_ended(self, snapshot: GunSnapshot) -> TimerRecord | None:
        """Return this weld in the timer's memory if its end is known."""
        found = self.find(snapshot)
        return None if found is None or found.outcome is TimerOutcome.STARTED else found
