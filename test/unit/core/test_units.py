# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.core.units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.core.units import UNITS, split_unit, to_si


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x_mm", 100.5, 0.1005),
        ("thickness_mm", 0.8, 0.0008),
        ("squeeze_ms", 200, 0.2),
        ("force_kn", 2.3, 2300.0),
        ("current_ka", 8.5, 8500.0),
        ("home_deg", -90, -math.pi / 2),
        ("takt", 60, 60.0),
        ("speed", 0.5, 0.5),
        ("travel_time", 3, 3.0),
        ("mm", 3, 3.0),
    ],
)
def test_value_is_converted_as_the_name_says(name: str, value: float, expected: float) -> None:
    converted = to_si(name, value)
    assert converted == expected
    assert isinstance(converted, float)


def test_whole_milliseconds_become_the_float_nearest_to_the_si_value() -> None:
    assert [to_si("time_ms", number) for number in range(2000)] == [float(f"{number}e-3") for number in range(2000)]


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_conversion_is_odd_and_goes_through_zero(ending: str, value: float) -> None:
    assert to_si(f"x_{ending}", -value) == -to_si(f"x_{ending}", value)
    assert to_si(f"x_{ending}", 0.0) == 0.0


def test_name_without_unit_is_kept_whole() -> None:
    assert split_unit("part_present") == ("part_present", None)
    assert split_unit("max_force_kn") == ("max_force", UNITS["kn"])
