# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Alarms by ISA-18.2: one per cause, first-out marked, acknowledged and shelved by people.

Acknowledging says "seen". It neither resets nor starts anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

LONGEST_SHELF: Final = 8 * 3600.0
"""Longest time an alarm may be shelved [s]."""


class Priority(IntEnum):
    """How soon a person has to act."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """What an alarm code means and what the operator should do about it."""

    code: str
    priority: Priority
    meaning: str
    response: str


CATALOGUE: Final = {
    kind.code: kind
    for kind in (
        AlarmKind(
            "SAFETY_STOP",
            Priority.HIGH,
            "The safety PLC asks for a stop.",
            "Remove the cause, give the reset at the cell, then Clear, Reset and Start.",
        ),
        AlarmKind(
            "NODE_LOST",
            Priority.HIGH,
            "A required process stopped sending its heartbeat.",
            "Wait until it is back (it comes back disabled), find out why it died, then Clear, Reset and Start.",
        ),
        AlarmKind(
            "SUPERVISOR_RESTARTED",
            Priority.HIGH,
            "The supervisor ended without an orderly stop and came back.",
            "Check the body in the station, then Clear, Reset and Start.",
        ),
        AlarmKind(
            "JOURNAL_FAILED",
            Priority.HIGH,
            "The journal cannot be written, so no weld could be accounted for.",
            "Free disk space or replace the disk, then restart the supervisor.",
        ),
        AlarmKind(
            "STATE_TIMEOUT",
            Priority.HIGH,
            "A state did not end in its time.",
            "Look at what is missing, repair it, then Clear, Reset and Start.",
        ),
        AlarmKind(
            "ROBOT_FAULT",
            Priority.HIGH,
            "A robot could not carry out its program.",
            "Look at the robot's message, free the arm, then Clear, Reset and Start.",
        ),
        AlarmKind(
            "CONVEYOR_FAULT",
            Priority.HIGH,
            "A transfer failed or did not end in its time.",
            "Free the conveyor, then Clear, Reset and Start; the transfer is finished first.",
        ),
        AlarmKind(
            "BODY_MISMATCH",
            Priority.HIGH,
            "The body in the station is not the one the records say.",
            "Compare the body with its data carrier; put the right one in, then Unhold.",
        ),
        AlarmKind(
            "PART_MISSING",
            Priority.MEDIUM,
            "A part is not in its seat or its sensor is broken.",
            "Seat the part or repair the sensor, then Unhold.",
        ),
        AlarmKind(
            "CLAMP_FAULT",
            Priority.MEDIUM,
            "A clamp did not reach its end position.",
            "Free the clamp, then Unhold.",
        ),
        AlarmKind(
            "WELD_NOT_OK",
            Priority.MEDIUM,
            "A spot did not end OK after all allowed attempts.",
            "Look at the spot and decide: accept, reweld or repair; then Unhold.",
        ),
        AlarmKind(
            "WELD_FAILED",
            Priority.MEDIUM,
            "The welds of a robot fail again and again, and nothing was welded.",
            "Look at the gun and its weld timer, repair them, then Unhold.",
        ),
        AlarmKind(
            "SPOT_UNCERTAIN",
            Priority.HIGH,
            "Nobody can tell whether a spot was welded.",
            "Look at the spot and decide: accept, reweld or repair; then Unhold.",
        ),
        AlarmKind(
            "JOB_REFUSED",
            Priority.MEDIUM,
            "A robot did not take its job.",
            "Look at the robot's message, then Unhold.",
        ),
    )
}
"""Every alarm the supervisor can raise, by code."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence of an alarm. Times are ROS time [s]; `cleared` is None while the cause is there."""

    id: int
    code: str
    source: str
    cause: str
    raised: float
    first_out: bool
    cleared: float | None = None
    acknowledged: bool = False
    shelved_until: float | None = None

    @property
    def active(self) -> bool:
        """Whether the cause is still there."""
        return self.cleared is None

    @property
    def kind(self) -> AlarmKind:
        """What the code means."""
        return CATALOGUE[self.code]


class AlarmBook:
    """The alarms that are active or not yet acknowledged."""

    def __init__(self) -> None:
        """Start without alarms."""
        self._alarms: dict[int, Alarm] = {}
        self._next_id = 1

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms that are active or not acknowledged, oldest first."""
        return tuple(self._alarms.values())

    @property
    def active(self) -> tuple[Alarm, ...]:
        """The alarms whose cause is still there, oldest first."""
        return tuple(alarm for alarm in self._alarms.values() if alarm.active)

    def raise_(self, now: float, code: str, source: str, cause: str) -> Alarm | None:
        """Raise an alarm once per cause.

        Returns:
            The new alarm, or None when the same code is active for the same source already.
        """
        if any(alarm.code == code and alarm.source == source for alarm in self.active):
            return None
        alarm = Alarm(self._next_id, CATALOGUE[code].code, source, cause, now, first_out=not self.active)
        self._next_id += 1
        self._alarms[alarm.id] = alarm
        return alarm

    def clear(self, now: float, code: str, source: str | None = None) -> tuple[Alarm, ...]:
        """Note that the cause of a code, for one source or for all, is gone and return the alarms it concerns."""
        gone = tuple(
            replace(alarm, cleared=now)
            for alarm in self.active
            if alarm.code == code and source in (None, alarm.source)
        )
        for alarm in gone:
            self._store(alarm)
        return gone

    def clear_all(self, now: float) -> tuple[Alarm, ...]:
        """Note that every cause is gone, as after a successful Clear, and return the alarms it concerns."""
        gone = tuple(replace(alarm, cleared=now) for alarm in self.active)
        for alarm in gone:
            self._store(alarm)
        return gone

    def acknowledge(self, alarm_id: int) -> int:
        """Mark one alarm, or all for id 0, as seen and return how many that changed."""
        seen = [a for a in self._alarms.values() if not a.acknowledged and alarm_id in (0, a.id)]
        for alarm in seen:
            self._store(replace(alarm, acknowledged=True))
        return len(seen)

    def shelve(self, alarm_id: int, until: float) -> bool:
        """Take an alarm out of sight until a steady time [s]; False when there is no such alarm."""
        alarm = self._alarms.get(alarm_id)
        if alarm is None:
            return False
        self._alarms[alarm_id] = replace(alarm, shelved_until=until)
        return True

    def unshelve_expired(self, steady: float) -> bool:
        """Bring alarms back whose shelf time is over and tell whether there were any."""
        expired = [a for a in self._alarms.values() if a.shelved_until is not None and a.shelved_until <= steady]
        for alarm in expired:
            self._alarms[alarm.id] = replace(alarm, shelved_until=None)
        return bool(expired)

    def _store(self, alarm: Alarm) -> None:
        if alarm.active or not alarm.acknowledged:
            self._alarms[alarm.id] = alarm
        else:
            self._alarms.pop(alarm.id, None)
