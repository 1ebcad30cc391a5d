# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Motions with constant acceleration."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smart_cell.simulation.ramp import Ramp

WAYS = st.floats(0.001, 20.0)
SPEEDS = st.floats(0.0, 3.0)
ACCELERATIONS = st.floats(0.1, 5.0)


def test_trapezoid_by_hand() -> None:
    ramp = Ramp.to_point(10.0, 0.0, 0.0, target=6.0, top=1.0, acceleration=0.8)
    assert ramp.end == pytest.approx(10.0 + 6.0 + 1.25)
    assert ramp.at(10.0) == (0.0, 0.0)
    assert ramp.at(10.0 + 1.25) == pytest.approx((0.625, 1.0))
    assert ramp.at(ramp.end) == pytest.approx((6.0, 0.0))
    assert ramp.at(99.0) == pytest.approx((6.0, 0.0))


def test_short_way_does_not_reach_top_speed() -> None:
    ramp = Ramp.to_point(0.0, 0.0, 0.0, target=0.5, top=1.0, acceleration=0.8)
    assert max(ramp.at(0.01 * number)[1] for number in range(300)) < 0.64
    assert ramp.at(ramp.end)[0] == pytest.approx(0.5)


@given(WAYS, SPEEDS, st.floats(0.1, 3.0), ACCELERATIONS)
def test_ends_at_the_target_and_keeps_the_limits(way: float, speed: float, top: float, acceleration: float) -> None:
    assume(speed <= top)
    assume(speed * speed / (2.0 * acceleration) <= way)
    ramp = Ramp.to_point(0.0, 0.0, speed, target=way, top=top, acceleration=acceleration)
    assert ramp.at(ramp.end) == pytest.approx((way, 0.0))
    step = ramp.end / 200
    samples = [ramp.at(step * number) for number in range(201)]
    for (x0, v0), (x1, v1) in pairwise(samples):
        assert x1 >= x0 - 1e-9
        assert v1 <= top + 1e-9
        assert abs(v1 - v0) <= acceleration * step + 1e-9


@given(SPEEDS, ACCELERATIONS)
def test_stop_takes_speed_squared_over_twice_the_acceleration(speed: float, acceleration: float) -> None:
    ramp = Ramp.to_rest(5.0, 1.0, speed, acceleration)
    position, rest = ramp.at(ramp.end)
    assert rest == 0.0
    assert position == pytest.approx(1.0 + speed * speed / (2.0 * acceleration))
