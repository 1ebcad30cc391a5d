# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reads weld lists: one CSV row per spot, in the part frame.

Columns, in any order: `spot,x_mm,y_mm,z_mm,nx,ny,nz,stack,schedule,class[,robot][,sequence]`. Values are separated by
commas and numbers have a decimal point; lines that start with `#` and empty lines are skipped.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from smart_cell.cell.model import Sheet, Spot, SpotClass
from smart_cell.cell.wording import closest, listed, shown
from smart_cell.core.errors import Problem
from smart_cell.core.units import to_si

REQUIRED_COLUMNS: Final = ("spot", "x_mm", "y_mm", "z_mm", "nx", "ny", "nz", "stack", "schedule", "class")
OPTIONAL_COLUMNS: Final = ("robot", "sequence")
MAX_PROBLEMS: Final = 1000
"""After so many problems the rest of a file is not looked at."""
MAX_POSITION_MM: Final = 20_000.0
NORMAL_TOLERANCE: Final = 1e-3
"""How far the length of a normal may be from 1."""
MIN_THICKNESS_MM: Final = 0.4
MAX_THICKNESS_MM: Final = 3.0
"""Sheets that ISO 14373 covers are 0.4 mm to 3 mm thick."""
SHEETS: Final = (2, 4)
"""Least and most sheets of a stack."""

_COLUMNS: Final = REQUIRED_COLUMNS + OPTIONAL_COLUMNS
_SPOT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?[0-9]+,[0-9]+")
_SHEET: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9+_./ -]*):([^:]*)")


@dataclass(frozen=True, slots=True)
class WeldList:
    """The spots of one weld list and the lines they stand in."""

    spots: tuple[Spot, ...]
    lines: Mapping[str, int]
    """Line of each spot, by its name."""


def parse_weld_list(
    text: str, file: str, *, schedules: Collection[str] | None = None, robots: Collection[str] | None = None
) -> tuple[WeldList, list[Problem]]:
    """Return the spots of a weld list and everything that is wrong with it.

    Args:
        text: What the file holds.
        file: How problems name the file.
        schedules: Names that the column `schedule` may hold; None leaves it unchecked.
        robots: Names that the column `robot` may hold; None leaves it unchecked.

    Returns:
        The spots of the good rows in file order, and the problems; use the spots only if there are none.
    """
    reader = _Reader(file, schedules, robots)
    # Not splitlines(): it also splits at characters that editors do not count as line ends.
    for number, line in enumerate(re.split("\r\n|\n|\r", text), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            reader.take(number, line)
        if reader.is_given_up:
            break
    if not reader.problems and not reader.spots:
        reader.problems.append(Problem(file, 0, "", "", "has no spots", f"the header {','.join(_COLUMNS)} and rows"))
    return WeldList(tuple(reader.spots), reader.lines), reader.problems


@dataclass(slots=True)
class _Reader:
    file: str
    schedules: Collection[str] | None
    robots: Collection[str] | None
    header: tuple[str, ...] | None = None
    is_given_up: bool = False
    spots: list[Spot] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _sequences: dict[tuple[str, int], int] = field(default_factory=dict)
    _line: int = 0
    _row: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, line: str) -> None:
        """Read one line, which is the header if it is the first."""
        self._line = number
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
        except csv.Error as error:
            self._report("", line, f"not CSV: {error}", "values separated by commas, quotes closed in the same line")
            return
        if self.header is None:
            self._take_header(cells)
        elif len(cells) != len(self.header):
            hint = " (a decimal comma?)" if len(cells) > len(self.header) else ""
            self._report(
                "",
                line,
                f"has {len(cells)} values, the header has {len(self.header)} columns{hint}",
                "one value per column, numbers with a decimal point",
            )
        else:
            self._row = dict(zip(self.header, cells, strict=True))
            self._take_row()
        if len(self.problems) >= MAX_PROBLEMS:
            self.is_given_up = True
            self._report("", "", f"{MAX_PROBLEMS} errors up to here; the rest was not checked", "")

    def _take_header(self, cells: list[str]) -> None:
        self.header = tuple(cells)
        found = len(self.problems)
        if len(cells) == 1 and (";" in cells[0] or "\t" in cells[0]):
            separator = "semicolons" if ";" in cells[0] else "tabs"
            self._report("", "", f"columns are separated by {separator}", "commas, and decimal points in numbers")
        else:
            missing = [column for column in REQUIRED_COLUMNS if column not in cells]
            if missing:
                allowed = f"the header {','.join(REQUIRED_COLUMNS)} with robot and sequence optional"
                self._report("", ",".join(missing), f"the header has no column {', '.join(missing)}", allowed)
            for column in dict.fromkeys(cells):
                if column not in _COLUMNS:
                    self._report(column, column, "unknown column", ", ".join(_COLUMNS))
                elif cells.count(column) > 1:
                    self._report(column, column, "the column is there twice", "each column once")
        # Without a good header every row would be wrong for the same reason.
        self.is_given_up = len(self.problems) > found

    def _take_row(self) -> None:
        found = len(self.problems)
        name = self._name()
        position = tuple(self._number(column, MAX_POSITION_MM) for column in ("x_mm", "y_mm", "z_mm"))
        normal = self._normal()
        stack = self._stack()
        schedule = self._known("schedule", self.schedules)
        robot = self._known("robot", self.robots) if self._row.get("robot") else None
        sequence = self._sequence(robot)
        spot_class = self._row["class"]
        if spot_class not in tuple(SpotClass):
            self._report("class", spot_class, f"{shown(spot_class)} is not allowed", "regular or critical")
        if len(self.problems) > found:
            return
        x, y, z = (to_si("x_mm", value) for value in position)
        spot = Spot(name, (x, y, z), normal, stack, schedule, SpotClass(spot_class), robot, sequence)
        self.spots.append(spot)

    def _name(self) -> str:
        name = self._row["spot"]
        if not _SPOT_NAME.fullmatch(name):
            allowed = "letters, digits and _ . - , at most 40, first a letter or digit"
            self._report("spot", name, f"{shown(name)} is not a spot name" if name else "is empty", allowed)
        elif name in self.lines:
            self._report("spot", name, f"{shown(name)} is already in line {self.lines[name]}", "each spot once")
        else:
            self.lines[name] = self._line
        return name

    def _number(self, column: str, limit: float) -> float:
        text = self._row[column]
        unit = " [mm]" if column.endswith("_mm") else ""
        allowed = f"a number{unit} from {-limit:g} to {limit:g}"
        if not _NUMBER.fullmatch(text):
            message = f"{shown(text)} is not a number" if text else "is empty"
            if _DECIMAL_COMMA.fullmatch(text):
                message = f"{shown(text)} has a decimal comma, write {text.replace(',', '.')}"
            self._report(column, text, message, allowed)
            return math.nan
        value = float(text)
        if abs(value) > limit:
            self._report(column, text, f"{text} is out of range", allowed)
        return value

    def _normal(self) -> tuple[float, float, float]:
        x, y, z = (self._number(column, 1.0 + NORMAL_TOLERANCE) for column in ("nx", "ny", "nz"))
        length = math.sqrt(x * x + y * y + z * z)
        if abs(length - 1.0) > NORMAL_TOLERANCE:
            value = ",".join(self._row[column] for column in ("nx", "ny", "nz"))
            allowed = f"a unit vector, length within {NORMAL_TOLERANCE:g} of 1"
            self._report("nx,ny,nz", value, f"the normal has the length {length:.4g}", allowed)
            return (x, y, z)
        return (x / length, y / length, z / length)

    def _stack(self) -> tuple[Sheet, ...]:
        text = self._row["stack"]
        parts = text.split("|")
        least, most = SHEETS
        if not least <= len(parts) <= most:
            count = f"has {len(parts)} sheet{'s' if len(parts) > 1 else ''}" if text else "is empty"
            self._report("stack", text, count, f"{least} to {most} sheets such as DC04:0.8|DX56+Z:1.2")
            return ()
        sheets = []
        for part in parts:
            match = _SHEET.fullmatch(part.strip())
            thickness = match[2] if match else ""
            if not match or not _NUMBER.fullmatch(thickness):
                self._report("stack", text, f"{shown(part)} is not a sheet", "material:thickness_mm such as DC04:0.8")
                continue
            if not MIN_THICKNESS_MM <= float(thickness) <= MAX_THICKNESS_MM:
                allowed = f"a thickness from {MIN_THICKNESS_MM} to {MAX_THICKNESS_MM} [mm]"
                self._report("stack", text, f"{shown(part)} is {thickness} mm thick", allowed)
            sheets.append(Sheet(match[1], to_si("thickness_mm", float(thickness))))
        return tuple(sheets)

    def _known(self, column: str, known: Collection[str] | None) -> str:
        """Return a name that the cell file must have declared."""
        name = self._row[column]
        if not name:
            self._report(column, name, "is empty", f"the name of a {column} of the cell file")
        elif known is not None and name not in known:
            close = closest(name, known)
            hint = f", perhaps {close}" if close else ""
            allowed = f"a {column} of the cell file: {listed(known) or 'it has none'}"
            self._report(column, name, f"there is no {column} {shown(name)}{hint}", allowed)
        return name

    def _sequence(self, robot: str | None) -> int | None:
        text = self._row.get("sequence", "")
        if not text:
            return None
        if not re.fullmatch("[1-9][0-9]{0,5}", text):
            self._report("sequence", text, f"{shown(text)} is not a place in an order", "a whole number from 1")
            return None
        sequence = int(text)
        if robot is not None:
            first = self._sequences.setdefault((robot, sequence), self._line)
            if first != self._line:
                allowed = "each place of a robot's order once"
                self._report("sequence", text, f"{robot} already has place {text} in line {first}", allowed)
        return sequence

    def _report(self, column: str, value: str, message: str, allowed: str) -> None:
        self.problems.append(Problem(self.file, self._line, column, value[:100], message, allowed))
