# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The scaled clock and its origin on the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.core.clock import ClockOrigin, ClockOriginError, ScaledClock, parse_origin

times = st.floats(0.0, 4e9)
speeds = st.floats(0.1, 100.0)


@given(times, times)
def test_origin_survives_the_command_line(wall: float, steady: float) -> None:
    origin = ClockOrigin(wall, steady)
    assert parse_origin(str(origin)) == origin


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "nan,1", "1,inf", "1;2"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ClockOriginError, match="WALL,STEADY"):
        parse_origin(text)


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e6), speeds, st.floats(0.0, 1e6))
def test_both_directions_agree(wall: float, steady: float, speed: float, reading: float) -> None:
    clock = ScaledClock(ClockOrigin(wall, steady), speed)
    assert clock.steady_at(clock.at(reading)) == pytest.approx(reading, abs=1e-4)


def test_time_runs_as_often_as_the_speed_says() -> None:
    clock = ScaledClock(ClockOrigin(wall=1000.0, steady=10.0), speed=5.0)
    assert clock.at(10.0) == 1000.0
    assert clock.at(12.0) == 1010.0


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_time_that_stands_still_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        ScaledClock(ClockOrigin(0.0, 0.0), speed)
