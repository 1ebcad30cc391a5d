# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.pacing.fastest_pace import CELLS_PER_KNOT, Demand, Pace, fastest_pace

COUNT = 40 * CELLS_PER_KNOT
CELL = 0.016
LIMITS = np.full(6, 2.0), np.full(6, 20.0)


def demand_of(motion: Callable[[float], tuple[float, float, float]]) -> Demand:
    """Return the demand of a course that moves the first joint only; `motion` gives derivatives by path time."""
    rows = np.array([motion(CELL * cell) for cell in range(COUNT)])
    columns = np.zeros((3, COUNT, 6))
    columns[:, :, 0] = rows.T
    return Demand(CELL, np.ones(COUNT), columns[0], columns[1], columns[2], *LIMITS)


def shares(demand: Demand, pace: Pace) -> tuple[float, float]:
    """Return the largest shares of the limits of acceleration and jerk of the first joint at the borders."""
    r, s = pace.rates[:-1], pace.changes[:-1]
    sharpness = np.gradient(pace.changes, pace.times)[:-1]
    q1, q2, q3 = demand.velocity[:, 0], demand.acceleration[:, 0], demand.jerk[:, 0]
    acceleration = q2 * r**2 + q1 * s
    jerk = q3 * r**3 + 3.0 * q2 * r * s + q1 * sharpness
    inner = slice(2, -2)
    return float(np.abs(acceleration).max()) / 2.0, float(np.abs(jerk[inner]).max()) / 20.0


def test_course_within_its_limits_is_run_at_about_rate_one() -> None:
    pace = fastest_pace(demand_of(lambda time: (1.0, 0.0, 0.0)))
    assert pace.times[-1] == pytest.approx(COUNT * CELL, rel=0.02)
    assert pace.rates.max() <= 1.0


@given(st.floats(0.2, 5.0), st.floats(0.3, 6.0))
@settings(max_examples=20, deadline=None)
def test_swinging_course_keeps_its_limits(frequency: float, amplitude: float) -> None:
    def swing(time: float) -> tuple[float, float, float]:
        phase = frequency * time
        return (
            amplitude * np.cos(phase),
            -amplitude * frequency * np.sin(phase),
            -amplitude * frequency**2 * np.cos(phase),
        )

    demand = demand_of(swing)
    pace = fastest_pace(demand)
    acceleration, jerk = shares(demand, pace)
    assert acceleration <= 1.0 + 1e-9
    assert jerk <= 1.05
    assert pace.rates.min() > 0.0
    assert (np.diff(pace.times) > 0.0).all()
    # never slower than running all of it at the steady rate of its slowest cell
    assert pace.times[-1] <= 1.02 * COUNT * CELL / demand.bounds().min()


def test_slow_place_is_passed_slowly_and_left_behind() -> None:
    def bump(time: float) -> tuple[float, float, float]:
        return (1.0, 8.0 if 1.0 <= time <= 1.5 else 0.0, 0.0)

    demand = demand_of(bump)
    pace = fastest_pace(demand)
    # while braking, the rate may still be higher than where it is steady
    slow = (np.arange(COUNT) * CELL >= 1.1) & (np.arange(COUNT) * CELL <= 1.5)
    assert pace.rates[:-1][slow].max() <= 0.55
    assert pace.rates[: COUNT // 5].min() >= 0.9
    assert pace.rates[-COUNT // 5 :].min() >= 0.9


def test_length_of_a_triple_is_limited() -> None:
    one = demand_of(lambda time: (0.0, 0.0, 0.0))
    columns = np.zeros((3, COUNT, 12))
    columns[1, :, 6:9] = (2.0, 2.0, 1.0)
    both = replace(
        one,
        velocity=columns[0],
        acceleration=columns[1],
        jerk=columns[2],
        acceleration_limit=np.full(12, 1.0),
        jerk_limit=np.full(12, 10.0),
    )
    assert both.bounds() == pytest.approx(np.full(COUNT, (1.0 / 3.0) ** 0.5))
    pace = fastest_pace(both)
    assert pace.rates.max() <= (1.0 / 3.0) ** 0.5
    assert pace.rates.mean() >= 0.98 * (1.0 / 3.0) ** 0.5


def test_long_courses_take_as_long_as_their_parts() -> None:
    """More control points than fit into one block of the solver."""

    def swing(time: float) -> tuple[float, float, float]:
        return (2.0 * np.cos(2.0 * time), -4.0 * np.sin(2.0 * time), -8.0 * np.cos(2.0 * time))

    short = demand_of(swing)
    times = np.arange(8 * COUNT) * CELL
    columns = np.zeros((3, 8 * COUNT, 6))
    columns[:, :, 0] = np.array([swing(time) for time in times]).T
    long = Demand(CELL, np.ones(8 * COUNT), columns[0], columns[1], columns[2], *LIMITS)
    assert fastest_pace(long).times[-1] == pytest.approx(8.0 * fastest_pace(short).times[-1], rel=0.02)
