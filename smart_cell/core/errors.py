# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The base of every error of this package, and the errors of files that people write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class SmartCellError(Exception):
    """Base of every error that smart_cell raises on purpose; its text is meant for the user."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, with all that is needed to put it right.

    Example:
        >>> print(Problem("cell.yaml", 12, "robots.r1.base.xyz[1]", "left", "'left' is not a number", "a number [m]"))
        cell.yaml:12: robots.r1.base.xyz[1]: 'left' is not a number; allowed: a number [m]
    """

    file: str
    line: int
    """Counted from 1; 0 if the file as a whole is meant."""
    key: str
    """Where in the file: a path of keys such as `guns.g1.timer`, or the column of a table; empty if none applies."""
    value: str
    """The offending text, empty if something is missing."""
    message: str
    allowed: str = ""
    """What would be accepted, with its unit, or what to do."""

    def __str__(self) -> str:
        """Return the problem as one line that editors and terminals can jump to."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        key = f"{self.key}: " if self.key else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{place}{key}{self.message}{allowed}"


class ConfigError(SmartCellError):
    """A configuration cannot be used; `problems` holds everything that is wrong with it, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep `problems`, sorted by file, line and key."""
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.key)))
        count = "1 error" if len(self.problems) == 1 else f"{len(self.problems)} errors"
        super().__init__("\n".join([*map(str, self.problems), count]))
