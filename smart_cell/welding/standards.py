# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the standards recommend for a stack, and how a schedule of the cell file compares.

The tables are `config/weld_schedules.csv`: ISO 14373 for uncoated low-carbon steel and BS 1140 for zinc-coated steel,
each for two equal sheets. They are a starting point for weld trials, so that a schedule outside them gets a warning and
is not refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from smart_cell.cell.model import Cell, Pulse, Schedule, Sheet
from smart_cell.core.errors import SmartCellError
from smart_cell.core.paths import share_dir

CYCLE = 0.02
"""Length of a cycle of the tables, 50 Hz mains [s]."""
MAX_RATIO = 3.0
"""Largest ratio of two outer sheets that ISO 14373 covers."""


class Coating(str, Enum):
    """What is on the sheets, as far as the tables tell them apart."""

    UNCOATED = "uncoated"
    HOT_DIP_ZINC = "hot_dip_zinc"
    ELECTRO_ZINC = "electro_zinc"


class StackError(SmartCellError):
    """The tables have no row for a stack."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range of values, both ends included."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        """Tell whether a value lies in the band; rounding of unit conversions does not count."""
        slack = 1e-6 * self.high
        return self.low - slack <= value <= self.high + slack


@dataclass(frozen=True, slots=True)
class Window:
    """One row of a table: what to weld sheets of some thickness and coating with."""

    source: str
    """The standard."""
    coating: Coating
    regime: str
    """`medium` or `high` electrode force where a standard has both, else `std`."""
    thickness: Band
    """Of one sheet [m]."""
    force: Band
    """[N]"""
    time: Band
    """Of the main pulse [s]."""
    current: Band
    """[A]"""
    tip: float | None
    """Diameter of the electrodes' tips [m]; None where the table has none."""

    def __str__(self) -> str:
        """Return the name of the row, such as `ISO14373:2015 uncoated 0.8-1.0 mm high`."""
        band = f"{self.thickness.low * 1e3:.1f}-{self.thickness.high * 1e3:.1f} mm"
        return f"{self.source} {self.coating.value} {band} {self.regime}"


@dataclass(frozen=True, slots=True)
class ScheduleWarning:
    """A schedule of the cell file that is outside the tables for a stack it welds."""

    schedule: str
    stack: str
    """As the weld list writes it."""
    spots: tuple[str, ...]
    """`variant/spot` of each spot it is used for."""
    text: str

    def __str__(self) -> str:
        """Return the warning as one line."""
        more = f" and {len(self.spots) - 1} more" if len(self.spots) > 1 else ""
        return f"schedule {self.schedule} on {self.stack} ({self.spots[0]}{more}): {self.text}"


@cache
def windows() -> tuple[Window, ...]:
    """Return all rows of the tables, thin sheets first within a table."""
    path = share_dir() / "config" / "weld_schedules.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return tuple(
        Window(
            source=row["source"],
            coating=Coating(row["coating"]),
            regime=row["regime"],
            thickness=_band(row["t_min_mm"], row["t_max_mm"], 1e-3),
            force=_band(row["force_kN_min"], row["force_kN_max"], 1e3),
            time=_band(row["cycles50_min"], row["cycles50_max"], CYCLE),
            current=_band(row["current_kA_min"], row["current_kA_max"], 1e3),
            tip=float(row["tip_mm"]) * 1e-3 if row["tip_mm"] else None,
        )
        for row in rows
    )


def _band(low: str, high: str, unit: float) -> Band:
    return Band(float(low) * unit, float(high) * unit)


def coating_of(stack: Iterable[Sheet]) -> Coating:
    """Return the coating that decides about a stack: the worst one on any of its sheets.

    A material's name carries its coating as in EN 10346 and EN 10152: `DX56+Z` and `DC04+ZF` are hot-dip galvanised,
    `DC04+ZE` is electrogalvanised. Aluminium-silicon on press-hardened steel (`22MnB5+AS`) has no table of its own
    and needs about the current and force of a hot-dip coating, so it counts as one.
    """
    found = {_coating(sheet.material) for sheet in stack}
    worst_first = (Coating.HOT_DIP_ZINC, Coating.ELECTRO_ZINC)
    return next((coating for coating in worst_first if coating in found), Coating.UNCOATED)


def _coating(material: str) -> Coating:
    suffix = material.partition("+")[2].upper()
    if not suffix:
        return Coating.UNCOATED
    return Coating.ELECTRO_ZINC if suffix.startswith("ZE") else Coating.HOT_DIP_ZINC


def governing_thickness(stack: Sequence[Sheet]) -> float:
    """Return the thickness [m] that the tables are entered with.

    The thinner sheet of two, the middle one of three, the mean of the middle two of four: the usual practice for
    unequal sheets, as each fused pair is limited by its thinner partner.
    """
    ordered = sorted(sheet.thickness for sheet in stack)
    if len(ordered) == 2:
        return ordered[0]
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else 0.5 * (ordered[middle - 1] + ordered[middle])


def recommend(stack: Sequence[Sheet], regime: str | None = None) -> Window:
    """Return the row of the tables for a stack.

    A thickness on the border of two rows belongs to the thinner row.

    Args:
        stack: The sheets.
        regime: `medium` or `high` force for uncoated steel; None takes `high`, the shorter weld, as lines do.

    Raises:
        StackError: The tables have no row for this thickness.
    """
    coating = coating_of(stack)
    thickness = governing_thickness(stack)
    wanted = (regime or "high") if coating is Coating.UNCOATED else "std"
    rows = [window for window in windows() if window.coating is coating and window.regime == wanted]
    for window in rows:
        if thickness in window.thickness:
            return window
    raise StackError(
        f"stack {stack_text(stack)} has a governing thickness of {thickness * 1e3:.2f} mm, but the {wanted} table for"
        f" {coating.value} steel covers {rows[0].thickness.low * 1e3:.1f} to {rows[-1].thickness.high * 1e3:.1f} mm;"
        " find the schedule by weld trials"
    )


def main_pulse(schedule: Schedule) -> Pulse:
    """Return the pulse that makes the nugget: the one that brings the most heat, by current squared times time."""
    return max(schedule.pulses, key=lambda pulse: pulse.current * pulse.current * pulse.time)


def check_schedule(schedule: Schedule, stack: Sequence[Sheet]) -> tuple[str, ...]:
    """Return what of a schedule is outside the tables for a stack; empty if it fits.

    For uncoated steel it may follow the medium or the high force table; the closer one is used.
    """
    thicknesses = [sheet.thickness for sheet in stack]
    ratio = max(thicknesses[0], thicknesses[-1]) / min(thicknesses[0], thicknesses[-1])
    general = []
    if ratio > MAX_RATIO:
        general.append(f"outer sheets differ by 1:{ratio:.1f}, the tables cover up to 1:{MAX_RATIO:.0f}")
    regimes = ("medium", "high") if coating_of(stack) is Coating.UNCOATED else ("std",)
    try:
        rows = [recommend(stack, regime) for regime in regimes]
    except StackError as error:
        return (*general, str(error))
    return (*general, *min((_differences(schedule, row) for row in rows), key=len))


def _differences(schedule: Schedule, window: Window) -> tuple[str, ...]:
    pulse = main_pulse(schedule)
    values = (
        ("force", schedule.force, window.force, 1e-3, "kN", 2),
        ("current", pulse.current, window.current, 1e-3, "kA", 1),
        ("weld time", pulse.time, window.time, 1e3, "ms", 0),
    )
    return tuple(
        f"{name} {value * unit:.{digits}f} {symbol} is outside"
        f" {band.low * unit:.{digits}f}-{band.high * unit:.{digits}f} {symbol} of {window}"
        for name, value, band, unit, symbol, digits in values
        if value not in band
    )


def check_cell(cell: Cell) -> tuple[ScheduleWarning, ...]:
    """Return a warning for each schedule and stack of the weld lists that do not fit together."""
    uses: dict[tuple[str, tuple[Sheet, ...]], list[str]] = {}
    for variant in cell.variants.values():
        for spot in variant.spots:
            uses.setdefault((spot.schedule, spot.stack), []).append(f"{variant.name}/{spot.name}")
    return tuple(
        ScheduleWarning(schedule, stack_text(stack), tuple(spots), text)
        for (schedule, stack), spots in uses.items()
        for text in check_schedule(cell.schedules[schedule], stack)
    )


def stack_text(stack: Iterable[Sheet]) -> str:
    """Return a stack as weld lists write it, such as `DC04:0.8|DX56+Z:1.2` [mm]."""
    return "|".join(f"{sheet.material}:{sheet.thickness * 1e3:g}" for sheet in stack)
