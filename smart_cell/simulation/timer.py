# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated weld timer with a durable memory of its own.

The timer writes `fired` before it drives current and the end of the weld before it reports one; both writes
are confirmed from outside, so that nothing here blocks. What is in its file is the truth about currents,
independent of everything that the cell's software believes.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from smart_cell.cell.model import Schedule, Timer
from smart_cell.core.ids import SpotKey
from smart_cell.devices.gun_signals import TimerOutcome, TimerPhase, TimerRecord, WeldProgram

FIRE_RECORD_LEAD: Final = 0.1
"""How long before the first current `fired` is written [s], so that the disk's time is hidden in the squeeze
time; the shorter, the smaller the time in which a crash leaves it open whether current flowed."""

RESISTANCE: Final = 282e-6
"""Mean dynamic resistance of a good weld with new tips [ohm]; level of 538 measured production curves."""

_RESISTANCE_SPREAD = 2e-6
_RESISTANCE_LOST_BY_WEAR = 30e-9  # per weld since the last dressing [ohm]: worn tips touch over a larger area
_CURRENT_SPREAD = 0.004
_FORCE_SPREAD = 0.008
_RECORDS_KEPT = 8


class TimerFault(str, Enum):
    """Faults of a weld timer that can be simulated."""

    NO_FIRE = "no_fire"
    """Does not start the weld."""
    LOW_CURRENT = "low_current"
    """Drives four fifths of the current."""
    NO_COMPLETE = "no_complete"
    """Welds, but does not report the end."""


@dataclass(frozen=True, slots=True)
class TimerInputs:
    """What a timer is told at one moment."""

    program: WeldProgram | None
    """What to weld, as long as it is to be welded."""
    cut: bool
    """Current off at once."""
    force_reached: bool
    """The gun's force contact; without it no weld starts."""
    force: float
    """Electrode force [N]."""
    tip_welds: int = 0
    """Welds on these tips since the last dressing."""
    fault: TimerFault | None = None
    """How the weld that starts now goes wrong."""


@dataclass(slots=True)
class _Weld:
    """The weld under way."""

    program: WeldProgram
    inputs: TimerInputs
    """As they were at its start."""
    fire_time: float
    """First current [s]; planned, then real."""
    count: int = 0
    """0 until `fired` is written."""
    end_time: float = 0.0
    """Last current, then the end of the hold time [s]."""
    end: TimerRecord | None = None


class SimTimer:
    """One weld timer; pure but for its memory, whose lines `take_writes` hands out and `confirm` acknowledges."""

    def __init__(self, timer: Timer, *, events: Iterable[Mapping[str, Any]] = (), seed: int = 0) -> None:
        """Start after a loss of power with what is in the memory.

        Args:
            timer: Its part of the cell.
            events: The memory's lines, oldest first.
            seed: Of the natural scatter; the same seed and count give the same weld.
        """
        self._timer = timer
        self._seed = seed
        self._phase = TimerPhase.READY
        self._weld: _Weld | None = None
        self._count = 0
        self._ended: deque[TimerRecord] = deque(maxlen=_RECORDS_KEPT)
        self._started: TimerRecord | None = None
        for event in events:
            self._remember(record_from_event(event))
        self._writes: list[dict[str, Any]] = []
        self._unconfirmed = 0
        self._durable_since: float | None = None
        self._failure = ""
        self._steps: Mapping[TimerPhase, Callable[[float, TimerInputs], float | None]] = {
            TimerPhase.READY: self._ready,
            TimerPhase.SQUEEZE: self._squeeze,
            TimerPhase.WELD: self._current,
            TimerPhase.HOLD: self._hold,
            TimerPhase.COMPLETE: self._complete,
            TimerPhase.FAULT: self._out_of_order,
        }

    @property
    def phase(self) -> TimerPhase:
        """Where the timer is in its schedule."""
        return self._phase

    @property
    def count(self) -> int:
        """Counter of the newest weld."""
        return self._count

    @property
    def records(self) -> tuple[TimerRecord, ...]:
        """The newest welds in the memory, oldest first; an end only once it is durable."""
        return (*self._ended, *(() if self._started is None else (self._started,)))

    @property
    def failure(self) -> str:
        """Why the memory cannot be written any more; empty while it can."""
        return self._failure

    def update(self, now: float, inputs: TimerInputs) -> float | None:
        """Let the timer go on to `now` [s] and return when to call again [s]; None: when an input changes."""
        if self._durable_since is None and not self._writes and not self._unconfirmed:
            self._durable_since = now
        while True:
            phase = self._phase
            if self._failure and phase is not TimerPhase.WELD:
                phase = self._phase = TimerPhase.FAULT
            next_time = self._steps[phase](now, inputs)
            if self._phase is phase:
                return next_time

    def take_writes(self) -> list[dict[str, Any]]:
        """Return the lines that the memory has to take, oldest first; what is not empty is to be confirmed."""
        writes, self._writes = self._writes, []
        self._unconfirmed += bool(writes)
        return writes

    def confirm(self) -> None:
        """Note that one batch of `take_writes` is durable."""
        self._unconfirmed -= 1

    def fail(self, reason: str) -> None:
        """Note that the memory did not take a batch: no weld starts any more."""
        self._failure = reason

    def _ready(self, now: float, inputs: TimerInputs) -> None:
        if inputs.program is not None and inputs.force_reached and not inputs.cut:
            self._weld = _Weld(inputs.program, inputs, now + inputs.program.schedule.squeeze)
            self._phase = TimerPhase.SQUEEZE

    def _squeeze(self, now: float, inputs: TimerInputs) -> float | None:
        weld = self._running()
        if inputs.program != weld.program or inputs.cut or not inputs.force_reached:
            if weld.count:
                weld.end_time = now
                self._write_end(weld, TimerOutcome.WITHDRAWN, now)
                self._phase = TimerPhase.HOLD
            else:
                self._phase = TimerPhase.READY
            return None
        if weld.inputs.fault is TimerFault.NO_FIRE:
            return None
        if not weld.count:
            record_time = weld.fire_time - FIRE_RECORD_LEAD
            if now < record_time:
                return record_time
            weld.count = self._count + 1
            self._write(TimerRecord(weld.program.key, weld.count, TimerOutcome.STARTED, now))
        if self._durable_since is None:
            return None
        # Exact although this call may be late; later than planned only if the memory was.
        weld.fire_time = max(weld.fire_time, self._durable_since)
        if now < weld.fire_time:
            return weld.fire_time
        weld.end_time = weld.fire_time + weld.program.schedule.weld_time
        self._phase = TimerPhase.WELD
        return None

    def _current(self, now: float, inputs: TimerInputs) -> float | None:
        weld = self._running()
        if now >= weld.end_time:
            self._write_end(weld, TimerOutcome.COMPLETE, weld.end_time)
            weld.end_time += weld.program.schedule.hold
        elif inputs.cut:
            self._write_end(weld, TimerOutcome.CUT, now)
            weld.end_time = now
        else:
            return weld.end_time
        self._phase = TimerPhase.HOLD
        return None

    def _hold(self, now: float, inputs: TimerInputs) -> float | None:
        weld = self._running()
        if now < weld.end_time:
            return weld.end_time
        is_wanted = inputs.program == weld.program
        is_silent = weld.inputs.fault is TimerFault.NO_COMPLETE
        if self._durable_since is None or (is_silent and is_wanted):
            return None
        if weld.end is not None and not is_silent:
            self._remember(weld.end)
        self._phase = TimerPhase.COMPLETE
        return None

    def _complete(self, now: float, inputs: TimerInputs) -> None:
        if inputs.program != self._running().program:
            self._phase = TimerPhase.READY

    def _out_of_order(self, now: float, inputs: TimerInputs) -> None:
        """Stay so until the power is switched off and on: the memory is not to be trusted."""

    def _running(self) -> _Weld:
        if self._weld is None:
            raise RuntimeError(f"timer {self._timer.name} is in phase {self._phase.value} without a weld")
        return self._weld

    def _write_end(self, weld: _Weld, outcome: TimerOutcome, time: float) -> None:
        """Write how the weld ended at `time` [s], with what was measured until then."""
        schedule = weld.program.schedule
        elapsed = 0.0 if outcome is TimerOutcome.WITHDRAWN else time - weld.fire_time
        on_times = _times_with_current(schedule, elapsed)
        weld.end = TimerRecord(weld.program.key, weld.count, outcome, time)
        if sum(on_times) > 0.0:
            scatter = random.Random(f"{self._seed}/{self._timer.name}/{weld.count}")
            factor = 0.8 if weld.inputs.fault is TimerFault.LOW_CURRENT else 1.0
            factor *= 1.0 + scatter.gauss(0.0, _CURRENT_SPREAD)
            currents = [min(pulse.current * factor, self._timer.max_current) for pulse in schedule.pulses]
            worn = RESISTANCE - _RESISTANCE_LOST_BY_WEAR * weld.inputs.tip_welds
            resistance = worn + scatter.gauss(0.0, _RESISTANCE_SPREAD)
            main = max(range(len(on_times)), key=lambda number: schedule.pulses[number].time)
            weld.end = replace(
                weld.end,
                current=currents[main] if on_times[main] > 0.0 else 0.0,
                weld_time=sum(on_times),
                force=weld.inputs.force * (1.0 + scatter.gauss(0.0, _FORCE_SPREAD)),
                resistance=resistance,
                energy=sum(current**2 * resistance * on for current, on in zip(currents, on_times, strict=True)),
            )
        self._write(weld.end)

    def _write(self, record: TimerRecord) -> None:
        self._writes.append(record_to_event(record))
        self._durable_since = None
        if record.outcome is TimerOutcome.STARTED:
            self._remember(record)

    def _remember(self, record: TimerRecord) -> None:
        self._count = record.count
        if self._started is not None and self._started.count != record.count:
            self._ended.append(self._started)
        self._started = None
        if record.outcome is TimerOutcome.STARTED:
            self._started = record
        else:
            self._ended.append(record)


def _times_with_current(schedule: Schedule, elapsed: float) -> list[float]:
    """Return how long each pulse was on when `elapsed` seconds have passed since the first current."""
    times = []
    start = 0.0
    for pulse in schedule.pulses:
        times.append(min(max(elapsed - start, 0.0), pulse.time))
        start += pulse.time + pulse.cool
    return times


def record_to_event(record: TimerRecord) -> dict[str, Any]:
    """Return a record as a line of the memory."""
    event: dict[str, Any] = {
        "event": record.outcome.value,
        "count": record.count,
        "body": record.key.body,
        "spot": record.key.spot,
        "attempt": record.key.attempt,
        "time": record.time,
    }
    if record.outcome is not TimerOutcome.STARTED:
        event |= {
            "current": record.current,
            "weld_time": record.weld_time,
            "force": record.force,
            "resistance": record.resistance,
            "energy": record.energy,
        }
    return event


def record_from_event(event: Mapping[str, Any]) -> TimerRecord:
    """Return a line of the memory as a record."""
    return TimerRecord(
        SpotKey(event["body"], event["spot"], event["attempt"]),
        event["count"],
        TimerOutcome(event["event"]),
        event["time"],
        *(event.get(name, 0.0) for name in ("current", "weld_time", "force", "resistance", "energy")),
    )
