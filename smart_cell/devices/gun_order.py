# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a weld order makes sense for a gun and its timer."""

from __future__ import annotations

import math

from smart_cell.cell.model import Gun, Timer
from smart_cell.devices.weld_record import WeldOrder


def find_order_problem(order: WeldOrder, gun: Gun, timer: Timer) -> str:
    """Return what is wrong with an order, with value, limit and unit; empty if nothing is."""
    schedule, key = order.schedule, order.key
    if not key.body or not key.spot or key.attempt < 1:
        return f"'{key}' does not name a body, a spot and an attempt of 1 or more"
    if not schedule.pulses:
        return f"schedule {schedule.name} has no pulse; give one at least"
    problem = (
        _outside("force", schedule.force, gun.max_force, "N")
        or _outside("stack thickness", order.thickness, gun.stroke, "m")
        or _negative("squeeze", schedule.squeeze)
        or _negative("hold", schedule.hold)
    )
    for number, pulse in enumerate(schedule.pulses, start=1):
        problem = (
            problem
            or _outside(f"current of pulse {number}", pulse.current, timer.max_current, "A")
            or _outside(f"time of pulse {number}", pulse.time, _LONGEST_PULSE, "s")
            or _negative(f"pause after pulse {number}", pulse.cool)
        )
    return problem


_LONGEST_PULSE = 5.0
"""Beyond any spot weld; a longer one is a mistake in the unit [s]."""


def _outside(name: str, value: float, limit: float, unit: str) -> str:
    # NaN compares false, so the question is asked this way round.
    if 0.0 < value <= limit:
        return ""
    return f"{name} is {value:g} {unit}; allowed: above 0, at most {limit:g} {unit}"


def _negative(name: str, value: float) -> str:
    if value >= 0.0 and math.isfinite(value):
        return ""
    return f"{name} is {value:g} s; allowed: 0 s or more"
