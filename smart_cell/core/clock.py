# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The time in which a cell runs: the steady clock, scaled from an origin that all its processes share.

Logic never reads a clock; these objects turn a reading of the steady clock, which the caller passes in, into the
time of the process and back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from smart_cell.core.errors import SmartCellError


class ClockOriginError(SmartCellError, ValueError):
    """A clock origin is not written as two finite numbers."""


@dataclass(frozen=True, slots=True)
class ClockOrigin:
    """One instant, named in both times.

    All processes of a cell on one machine get the same origin, so that their times agree however often one of them
    is started again.
    """

    wall: float
    """[s since 1970]"""
    steady: float
    """Reading of the machine's steady clock at that instant [s]."""

    def __str__(self) -> str:
        """Write the origin as `parse_origin` reads it."""
        return f"{self.wall!r},{self.steady!r}"


def parse_origin(text: str) -> ClockOrigin:
    """Read an origin from a command line.

    Args:
        text: `WALL,STEADY`, both in seconds.

    Raises:
        ClockOriginError: The text is anything else.
    """
    parts = text.split(",")
    try:
        wall, steady = (float(part) for part in parts)
    except ValueError:
        wall = steady = math.nan
    if not (math.isfinite(wall) and math.isfinite(steady)):
        raise ClockOriginError(
            f"clock origin {text!r}: not two finite numbers; write WALL,STEADY in seconds, such as 1760000000.0,1234.5"
        )
    return ClockOrigin(wall, steady)


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Process time: `speed` times as fast as the steady clock since the origin."""

    origin: ClockOrigin
    speed: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a speed at which time does not go on.

        Raises:
            ValueError: The speed is not a finite number above 0.
        """
        if not (math.isfinite(self.speed) and self.speed > 0.0):
            raise ValueError(f"clock speed {self.speed!r}: allowed is a finite number above 0")

    def at(self, steady: float) -> float:
        """Return the process time [s since 1970] at a reading of the steady clock [s]."""
        return self.origin.wall + (steady - self.origin.steady) * self.speed

    def steady_at(self, now: float) -> float:
        """Return the reading of the steady clock [s] at a process time [s since 1970]."""
        return self.origin.steady + (now - self.origin.wall) / self.speed
