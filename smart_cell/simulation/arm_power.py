# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Drives and brakes of a simulated arm over time."""

from __future__ import annotations

import math
from typing import Final

BRAKE_TIME: Final = 0.1
"""Time the brakes need to release or to apply [s]; an assumption."""


class DrivePower:
    """The power of all drives of one arm, and the brakes that hold it without; starts on, with the brakes released."""

    def __init__(self) -> None:
        """Start on."""
        self._on_at = -math.inf
        self._off_at = math.inf
        self._applied_at = math.inf
        self.reason = ""
        """Why the power is off, or is about to go off, in words; empty while it is to be on."""

    @property
    def wanted(self) -> bool:
        """Whether the power is to be on."""
        return self._off_at == math.inf

    @property
    def ready_at(self) -> float:
        """When the brakes are released, so that the arm can move [s]."""
        return self._on_at + BRAKE_TIME

    @property
    def applied_at(self) -> float:
        """When the brakes hold the arm [s]; infinite while the power is to be on."""
        return self._applied_at

    def powered(self, now: float) -> bool:
        """Tell whether the drives have power at `now` [s]."""
        return self._on_at <= now < self._off_at

    def released(self, now: float) -> bool:
        """Tell whether the brakes are released at `now` [s]."""
        return self.ready_at <= now < self._applied_at

    def switch_on(self, now: float) -> None:
        """Give power at `now` [s]; brakes that are not applied yet stay released."""
        if now >= self._applied_at:
            self._on_at = now
        self._off_at = self._applied_at = math.inf
        self.reason = ""

    def switch_off(self, off_at: float, rest_at: float, reason: str) -> None:
        """Take the power away; nothing changes if it is to go earlier already.

        Args:
            off_at: When it goes [s]; the brakes are applied `BRAKE_TIME` later at the earliest.
            rest_at: When the arm comes to rest [s], from which on the brakes hold it.
            reason: Why, in words.
        """
        if off_at < self._off_at:
            self._off_at = off_at
            self._applied_at = max(rest_at, off_at + BRAKE_TIME)
            self.reason = reason
