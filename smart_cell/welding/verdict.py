# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a weld is good, judged from what the timer and the gun measured and from nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from smart_cell.cell.model import Schedule
from smart_cell.welding.standards import main_pulse

CURRENT_BAND = 0.05
"""Share by which the mean current of the main pulse may be off."""
TIME_BAND = 0.10
"""Share by which the time with current may be off."""
FORCE_BAND = 0.10
"""Share by which the mean electrode force may be off."""
RESISTANCE_LOW = 100e-6
RESISTANCE_HIGH = 500e-6
"""Plausible mean dynamic resistance of a weld in steel [ohm]; production curves lie near 280e-6. Below: the tips touch
each other or the sheets are missing; above: no contact."""


class WeldResult(str, Enum):
    """What became of one attempt at a spot; the results of WeldRecord."""

    OK = "ok"
    """All measured values are within their bands."""
    NOT_OK = "not_ok"
    """Welded, but a measured value is out of its band."""
    NOT_WELDED = "not_welded"
    """The timer did not fire: the spot is as it was before."""
    INTERRUPTED = "interrupted"
    """Current was cut off before the schedule ended."""
    UNCERTAIN = "uncertain"
    """Nobody can tell."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What there is to know of one weld; None where nobody knows."""

    fired: bool | None
    """Whether current flowed at all."""
    completed: bool | None
    """Whether the schedule ran to its end; False: the current was cut off."""
    current: float | None = None
    """Mean of the main pulse [A]."""
    weld_time: float | None = None
    """Time with current, all pulses [s]."""
    force: float | None = None
    """Mean electrode force [N]."""
    resistance: float | None = None
    """Mean dynamic resistance of the main pulse [ohm]."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result and, for every result but OK, why."""

    result: WeldResult
    reason: str = ""


def time_with_current(schedule: Schedule) -> float:
    """Return how long current flows in a schedule, pauses left out [s]."""
    return sum(pulse.time for pulse in schedule.pulses)


def judge(measured: Measured, schedule: Schedule) -> Verdict:
    """Return what became of a weld.

    Args:
        measured: What was measured.
        schedule: What was asked for.

    Returns:
        OK only if the timer fired, ran to its end, and every value is known and within its band. A value that is
        missing makes a completed weld UNCERTAIN, one out of its band makes it NOT_OK.
    """
    if measured.fired is None:
        return Verdict(WeldResult.UNCERTAIN, "it is not known whether the timer fired")
    if not measured.fired:
        return Verdict(WeldResult.NOT_WELDED, "the timer did not fire")
    if measured.completed is None:
        return Verdict(WeldResult.UNCERTAIN, "the timer fired, but it is not known whether the schedule ended")
    if not measured.completed:
        planned = time_with_current(schedule)
        after = "" if measured.weld_time is None else f" after {measured.weld_time * 1e3:.0f} of {planned * 1e3:.0f} ms"
        return Verdict(WeldResult.INTERRUPTED, f"the current was cut off{after}")
    checks = _checks(measured, schedule)
    wrong = [text for value, low, high, text in checks if value is not None and not low <= value <= high]
    if wrong:
        return Verdict(WeldResult.NOT_OK, "; ".join(wrong))
    missing = [text for value, _, _, text in checks if value is None]
    if missing:
        return Verdict(WeldResult.UNCERTAIN, "; ".join(missing))
    return Verdict(WeldResult.OK)


def _checks(measured: Measured, schedule: Schedule) -> tuple[tuple[float | None, float, float, str], ...]:
    """Return value, lowest and highest allowed value, and the text for when it is not within them, per signal."""
    current = main_pulse(schedule).current
    return (
        _check("current", measured.current, current, CURRENT_BAND, 1e-3, "kA", 2),
        _check("weld time", measured.weld_time, time_with_current(schedule), TIME_BAND, 1e3, "ms", 0),
        _check("force", measured.force, schedule.force, FORCE_BAND, 1e-3, "kN", 2),
        _limits("resistance", measured.resistance, RESISTANCE_LOW, RESISTANCE_HIGH, 1e6, "uohm", 0),
    )


def _check(
    name: str, value: float | None, wanted: float, share: float, unit: float, symbol: str, digits: int
) -> tuple[float | None, float, float, str]:
    return _limits(name, value, wanted * (1.0 - share), wanted * (1.0 + share), unit, symbol, digits)


def _limits(
    name: str, value: float | None, low: float, high: float, unit: float, symbol: str, digits: int
) -> tuple[float | None, float, float, str]:
    allowed = f"{low * unit:.{digits}f}-{high * unit:.{digits}f} {symbol}"
    if value is None:
        return None, low, high, f"{name} was not measured; allowed: {allowed}"
    # The outcome of a float comparison must not hang on rounding at the very edge of a band; NaN stays out of it.
    slack = 1e-9 * high
    shown = f"{value * unit:.{digits}f}" if math.isfinite(value) else str(value)
    return value, low - slack, high + slack, f"{name} {shown} {symbol} is outside {allowed}"
