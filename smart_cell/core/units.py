# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Units in names: a quantity is in SI, or its name ends in the unit it is given in.

Inside the package everything is SI; files that people write may say `force_kn` or `rpy_deg`. This table is the only
place that knows what these endings mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is not SI, and the way to the SI unit."""

    symbol: str
    si_symbol: str
    multiplier: float
    divisor: float

    def to_si(self, value: float) -> float:
        """Return `value` [this unit] in the SI unit.

        Dividing by 1000 rounds once, where multiplying by 0.001 rounds twice: 3 ms is the same float as 0.003 s.
        """
        return value * self.multiplier / self.divisor


UNITS: Final[Mapping[str, Unit]] = MappingProxyType(
    {
        "mm": Unit("mm", "m", 1.0, 1000.0),
        "ms": Unit("ms", "s", 1.0, 1000.0),
        "deg": Unit("deg", "rad", math.pi, 180.0),
        "ka": Unit("kA", "A", 1000.0, 1.0),
        "kn": Unit("kN", "N", 1000.0, 1.0),
    }
)
"""Endings of names and the units they stand for."""


def split_unit(name: str) -> tuple[str, Unit | None]:
    """Return the quantity that a name is about, and its unit; None stands for SI.

    Example:
        >>> split_unit("force_kn")[0], split_unit("force_kn")[1].symbol
        ('force', 'kN')
        >>> split_unit("takt")
        ('takt', None)
    """
    quantity, _, ending = name.rpartition("_")
    unit = UNITS.get(ending)
    return (quantity, unit) if quantity and unit else (name, None)


def to_si(name: str, value: float) -> float:
    """Return `value`, given in the unit that the ending of `name` says, in SI.

    Example:
        >>> to_si("force_kn", 2.3), to_si("squeeze_ms", 200), to_si("takt", 60)
        (2300.0, 0.2, 60.0)
    """
    unit = split_unit(name)[1]
    return unit.to_si(value) if unit else float(value)
