# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong when a cell is planned or a program is brought onto a body."""

from __future__ import annotations

from collections.abc import Iterable

from smart_cell.core.errors import SmartCellError


class PlanningError(SmartCellError):
    """A cell cannot be planned; `problems` holds every reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep `problems`, one line each."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class UnreachableError(SmartCellError):
    """A robot cannot bring its gun to a pose; the text says which and why."""
