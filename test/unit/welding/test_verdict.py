# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The verdict about a weld, from signals only."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.cell.model import Pulse, Schedule
from smart_cell.welding.verdict import Measured, WeldResult, judge, time_with_current

SCHEDULE = Schedule("b11", 3500.0, 0.15, (Pulse(7000.0, 0.08, 0.02), Pulse(11500.0, 0.26)), 0.2)
GOOD = Measured(True, True, 11500.0, 0.34, 3500.0, 280e-6)

BANDS = {
    "current": (11500.0 * 0.95, 11500.0 * 1.05),
    "weld_time": (0.34 * 0.9, 0.34 * 1.1),
    "force": (3500.0 * 0.9, 3500.0 * 1.1),
    "resistance": (100e-6, 500e-6),
}


def test_time_with_current_leaves_out_pauses() -> None:
    assert time_with_current(SCHEDULE) == pytest.approx(0.34)


def with_value(name: str, value: float | None) -> Measured:
    values: dict[str, Any] = {name: value}
    return replace(GOOD, **values)


@given(st.fixed_dictionaries({name: st.floats(low, high) for name, (low, high) in BANDS.items()}))
def test_everything_within_its_band_is_ok(values: dict[str, Any]) -> None:
    assert judge(replace(GOOD, **values), SCHEDULE).result is WeldResult.OK


@given(st.sampled_from(sorted(BANDS)), st.booleans(), st.floats(1e-3, 10.0))
def test_one_value_out_of_its_band_is_not_ok_and_named(name: str, above: bool, share: float) -> None:
    low, high = BANDS[name]
    value = high * (1.0 + share) if above else low * (1.0 - min(share, 1.0))
    verdict = judge(with_value(name, value), SCHEDULE)
    assert verdict.result is WeldResult.NOT_OK
    assert verdict.reason.startswith(name.replace("_", " "))
    assert "is outside" in verdict.reason


@pytest.mark.parametrize("name", sorted(BANDS))
def test_a_number_that_is_none_is_not_ok(name: str) -> None:
    assert judge(with_value(name, math.nan), SCHEDULE).result is WeldResult.NOT_OK


@pytest.mark.parametrize("name", sorted(BANDS))
def test_a_missing_value_is_uncertain(name: str) -> None:
    verdict = judge(with_value(name, None), SCHEDULE)
    assert verdict.result is WeldResult.UNCERTAIN
    assert "was not measured" in verdict.reason


def test_a_wrong_value_outweighs_a_missing_one() -> None:
    assert judge(replace(GOOD, current=5000.0, force=None), SCHEDULE).result is WeldResult.NOT_OK


@pytest.mark.parametrize(
    ("fired", "completed", "result"),
    [
        (None, None, WeldResult.UNCERTAIN),
        (None, True, WeldResult.UNCERTAIN),
        (False, False, WeldResult.NOT_WELDED),
        (False, None, WeldResult.NOT_WELDED),
        (True, None, WeldResult.UNCERTAIN),
        (True, False, WeldResult.INTERRUPTED),
        (True, True, WeldResult.OK),
    ],
)
def test_what_the_timer_says_comes_first(fired: bool | None, completed: bool | None, result: WeldResult) -> None:
    verdict = judge(replace(GOOD, fired=fired, completed=completed), SCHEDULE)
    assert verdict.result is result
    assert bool(verdict.reason) is (result is not WeldResult.OK)


def test_an_interrupted_weld_says_how_far_it_came() -> None:
    cut = replace(GOOD, completed=False, weld_time=0.12)
    assert judge(cut, SCHEDULE).reason == "the current was cut off after 120 of 340 ms"
