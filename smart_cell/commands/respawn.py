# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""When a process that died is started again. Pure."""

from __future__ import annotations

from collections import deque
from typing import Final

FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 5.0
"""Between a death and the new start [s]; doubles from the first to the longest."""
MOST_STARTS: Final = 5
WINDOW: Final = 60.0
"""So many new starts are made within so many seconds; then something is wrong that a start does not cure."""


class RespawnPolicy:
    """Decides about one process."""

    def __init__(self) -> None:
        """Start with a process that has not died yet."""
        self._deaths: deque[float] = deque()

    def note_death(self, steady: float) -> float | None:
        """Note that the process died and return when to start it again.

        Args:
            steady: The steady clock [s].

        Returns:
            Reading of the steady clock [s]; None if it died too often.
        """
        while self._deaths and steady - self._deaths[0] > WINDOW:
            self._deaths.popleft()
        self._deaths.append(steady)
        if len(self._deaths) > MOST_STARTS:
            return None
        return steady + min(FIRST_DELAY * 2.0 ** (len(self._deaths) - 1), LONGEST_DELAY)
