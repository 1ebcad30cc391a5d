# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How long a robot's executor takes between the end of one thing and the order for the next."""

from __future__ import annotations


class Overheads:
    """Measures on the steady clock; waits for zones and permissions do not count."""

    def __init__(self) -> None:
        """Start with nothing measured."""
        self.move = 0.0
        """Last weld result to the next motion command [s]."""
        self.weld = 0.0
        """End of the last move to the weld command [s]."""
        self._weld_ended: float | None = None
        self._move_ended: float | None = None

    def weld_ended(self, steady: float) -> None:
        """Note the result of a weld."""
        self._weld_ended = steady

    def move_sent(self, steady: float) -> None:
        """Note the next motion command."""
        if self._weld_ended is not None:
            self.move = steady - self._weld_ended
            self._weld_ended = None

    def move_ended(self, steady: float) -> None:
        """Note the end of a move."""
        self._move_ended = steady

    def weld_sent(self, steady: float) -> None:
        """Note the next weld command."""
        if self._move_ended is not None:
            self.weld = max(steady - self._move_ended, 0.0)
            self._move_ended = None

    def wait(self) -> None:
        """Note that something has to be waited for: what ended before does not count any more."""
        self._weld_ended = self._move_ended = None
