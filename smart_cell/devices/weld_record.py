# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a gun's journal says: the intent before current can flow, and the record that answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from smart_cell.cell.model import Pulse, Schedule
from smart_cell.core.ids import SpotKey
from smart_cell.core.journal import Entry, Stored
from smart_cell.devices.gun_signals import TimerRecord
from smart_cell.welding.verdict import WeldResult


class GunEntry(str, Enum):
    """The kinds of entries of a gun's journal."""

    INTENT = "intent"
    """A weld is going to be started."""
    RECORD = "record"
    """How a weld ended; answers the intent before it."""
    WITHDRAWN = "withdrawn"
    """The intent before it was called off and no current flowed; the same attempt may be ordered again."""
    DRESSED = "dressed"
    """The tips were dressed."""


class WeldOrigin(str, Enum):
    """Where a weld record comes from."""

    MEASURED = "measured"
    """Reported by the timer when it happened."""
    RECOVERED = "recovered"
    """Read from the timer's own memory after a crash."""


@dataclass(frozen=True, slots=True)
class WeldOrder:
    """One attempt at one spot, as a robot orders it."""

    robot: str
    key: SpotKey
    epoch: int
    """Of the supervisor."""
    schedule: Schedule
    thickness: float
    """Of the whole stack [m]."""


@dataclass(frozen=True, slots=True)
class Intent:
    """That a weld is going to be started, with all that recovery needs to judge it."""

    robot: str
    key: SpotKey
    schedule: Schedule
    timer_count: int
    """The timer's counter before; a weld of this intent has a higher one."""
    time: float
    """[s]"""

    def find(self, records: Sequence[TimerRecord]) -> TimerRecord | None:
        """Return the weld of this intent in the timer's memory, None if it is not there."""
        for record in reversed(records):
            if record.key == self.key and record.count > self.timer_count:
                return record
        return None

    def entry(self) -> Entry:
        """Return the journal entry."""
        data = {
            "robot": self.robot,
            **_key_data(self.key),
            "schedule": asdict(self.schedule),
            "timer_count": self.timer_count,
        }
        return Entry(GunEntry.INTENT.value, data, self.time)

    @staticmethod
    def from_stored(stored: Stored) -> Intent:
        """Return the intent of a journal entry."""
        data = stored.data
        schedule = dict(data["schedule"])
        schedule["pulses"] = tuple(Pulse(**pulse) for pulse in schedule["pulses"])
        return Intent(data["robot"], _key(data), Schedule(**schedule), data["timer_count"], stored.time)


@dataclass(frozen=True, slots=True)
class WeldRecord:
    """What happened to one attempt at one spot; the fields of WeldRecord.msg."""

    gun: str
    robot: str
    key: SpotKey
    schedule: str
    result: WeldResult
    origin: WeldOrigin
    time: float
    """When the weld ended, or when it was known that there would be none [s]."""
    timer_count: int = 0
    """The timer's own durable counter for this weld; 0: the timer did not fire."""
    current: float = 0.0
    """Mean of the main pulse [A]."""
    weld_time: float = 0.0
    """Time with current [s]."""
    force: float = 0.0
    """Mean electrode force [N]."""
    resistance: float = 0.0
    """Mean dynamic resistance [ohm]."""
    energy: float = 0.0
    """[J]"""
    tip_welds: int = 0
    """Welds on these tips since the last dressing, this one included."""
    reason: str = ""
    """In words, for every result but OK."""
    sequence: int = 0
    """Position in the gun's journal; 0: not there yet."""

    def entry(self) -> Entry:
        """Return the journal entry."""
        data: dict[str, Any] = {"gun": self.gun, "robot": self.robot, **_key_data(self.key)}
        data |= {"schedule": self.schedule, "result": self.result.value, "origin": self.origin.value}
        data |= {name: getattr(self, name) for name in _PLAIN_FIELDS}
        return Entry(GunEntry.RECORD.value, data, self.time)

    @staticmethod
    def from_stored(stored: Stored) -> WeldRecord:
        """Return the record of a journal entry."""
        data = stored.data
        return WeldRecord(
            gun=data["gun"],
            robot=data["robot"],
            key=_key(data),
            schedule=data["schedule"],
            result=WeldResult(data["result"]),
            origin=WeldOrigin(data["origin"]),
            time=stored.time,
            sequence=stored.sequence,
            **{name: data[name] for name in _PLAIN_FIELDS},
        )

    def at(self, sequence: int) -> WeldRecord:
        """Return the record as it stands in the journal at `sequence`."""
        return replace(self, sequence=sequence)


_MEASURED = ("timer_count", "current", "weld_time", "force", "resistance", "energy")
_PLAIN_FIELDS = (*_MEASURED, "tip_welds", "reason")


def withdrawn_entry(key: SpotKey, reason: str, now: float) -> Entry:
    """Return the journal entry that calls the intent for `key` off."""
    return Entry(GunEntry.WITHDRAWN.value, {**_key_data(key), "reason": reason}, now)


def dressed_entry(welds_before: int, now: float) -> Entry:
    """Return the journal entry of a dressing after so many welds."""
    return Entry(GunEntry.DRESSED.value, {"welds_before": welds_before}, now)


def _key_data(key: SpotKey) -> dict[str, Any]:
    return {"body": key.body, "spot": key.spot, "attempt": key.attempt}


def _key(data: Mapping[str, Any]) -> SpotKey:
    return SpotKey(data["body"], data["spot"], data["attempt"])
