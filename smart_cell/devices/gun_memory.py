# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a gun has to remember of its journal, and how it answers an intent that a crash left open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from smart_cell.cell.model import Schedule
from smart_cell.core.ids import SpotKey
from smart_cell.core.journal import Stored
from smart_cell.devices.gun_signals import TimerOutcome, TimerRecord
from smart_cell.devices.weld_record import GunEntry, Intent, WeldOrigin, WeldRecord
from smart_cell.welding.verdict import Measured, Verdict, WeldResult, judge

BODIES_REMEMBERED: Final = 2000
"""Bodies whose attempts are kept for the refusal of repeated orders: more than a day at one body a minute."""


class GunMemory:
    """Everything that has to survive the process, folded from the journal entry by entry."""

    def __init__(self, gun: str, entries: Iterable[Stored] = ()) -> None:
        """Fold what the journal of `gun` holds, oldest first."""
        self.gun = gun
        self.tip_welds = 0
        """Welds since the last dressing."""
        self.record_sequence = 0
        """Sequence of the newest weld record; 0 while there is none."""
        self.open_intent: Intent | None = None
        """An intent that nothing has answered yet."""
        self._attempts: OrderedDict[str, dict[str, tuple[int, WeldResult]]] = OrderedDict()
        for stored in entries:
            self.apply(stored)

    def apply(self, stored: Stored) -> None:
        """Take note of one more entry of the journal."""
        match GunEntry(stored.kind):
            case GunEntry.INTENT:
                self.open_intent = Intent.from_stored(stored)
            case GunEntry.WITHDRAWN:
                self.open_intent = None
            case GunEntry.DRESSED:
                self.tip_welds = 0
            case GunEntry.RECORD:
                record = WeldRecord.from_stored(stored)
                self.open_intent = None
                self.tip_welds = record.tip_welds
                self.record_sequence = record.sequence
                spots = self._attempts.setdefault(record.key.body, {})
                spots[record.key.spot] = (record.key.attempt, record.result)
                self._attempts.move_to_end(record.key.body)
                if len(self._attempts) > BODIES_REMEMBERED:
                    self._attempts.popitem(last=False)

    def refusal(self, key: SpotKey) -> str | None:
        """Return why an attempt must not be welded (again); None if nothing is against it."""
        attempt, result = self._attempts.get(key.body, {}).get(key.spot, (0, WeldResult.OK))
        if key.attempt > attempt:
            return None
        return f"attempt {attempt} ended {result.value} before; order attempt {attempt + 1} or a later one"

    def recover(self, timer_count: int, records: Sequence[TimerRecord], now: float) -> WeldRecord | None:
        """Return the record that answers the open intent; None if no intent is open.

        Args:
            timer_count: The timer's counter now.
            records: The newest welds in the timer's memory.
            now: The time [s].
        """
        intent = self.open_intent
        if intent is None:
            return None
        found = intent.find(records)
        if found is None and timer_count < intent.timer_count:
            reason = f"the timer's counter fell from {intent.timer_count} to {timer_count}: its memory is lost"
            verdict = Verdict(WeldResult.UNCERTAIN, reason)
            return self.record(intent, verdict, None, WeldOrigin.RECOVERED, now)
        verdict = verdict_of(found, intent.schedule, "the gun's process ended")
        return self.record(intent, verdict, found, WeldOrigin.RECOVERED, now)

    def record(
        self, intent: Intent, verdict: Verdict, found: TimerRecord | None, origin: WeldOrigin, now: float
    ) -> WeldRecord:
        """Return the record that answers an intent.

        Args:
            intent: The intent.
            verdict: What became of the weld.
            found: The weld in the timer's memory, if there is one.
            origin: How it is known.
            now: The time [s], for a weld without one of its own.
        """
        record = WeldRecord(
            gun=self.gun,
            robot=intent.robot,
            key=intent.key,
            schedule=intent.schedule.name,
            result=verdict.result,
            origin=origin,
            time=now,
            tip_welds=self.tip_welds,
            reason=verdict.reason,
        )
        if found is not None and found.outcome is not TimerOutcome.WITHDRAWN:
            return replace(
                record,
                time=found.time,
                timer_count=found.count,
                current=found.current,
                weld_time=found.weld_time,
                force=found.force,
                resistance=found.resistance,
                energy=found.energy,
                tip_welds=self.tip_welds + 1,
            )
        if verdict.result is WeldResult.UNCERTAIN:
            # What may have had current has worn the tips.
            return replace(record, tip_welds=self.tip_welds + 1)
        return record


def verdict_of(found: TimerRecord | None, schedule: Schedule, cause: str) -> Verdict:
    """Return what became of a weld whose timer gives no more news.

    Args:
        found: The weld in the timer's memory; None if it is not there.
        schedule: What was asked for.
        cause: Why the weld is over, in words, for a weld that did not run to its end.
    """
    if found is None or found.outcome is TimerOutcome.WITHDRAWN:
        verdict = judge(Measured(fired=False, completed=False), schedule)
    elif found.outcome is TimerOutcome.STARTED:
        verdict = judge(Measured(fired=True, completed=None), schedule)
    else:
        is_complete = found.outcome is TimerOutcome.COMPLETE
        verdict = judge(
            Measured(
                fired=True,
                completed=is_complete,
                current=found.current,
                weld_time=found.weld_time,
                force=found.force,
                resistance=found.resistance,
            ),
            schedule,
        )
        if is_complete:
            return verdict
    return Verdict(verdict.result, f"{verdict.reason}: {cause}")
