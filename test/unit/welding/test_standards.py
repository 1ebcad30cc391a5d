# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the standards and what is said about schedules."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from demo_plan import demo_cell
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.cell.model import Pulse, Schedule, Sheet
from smart_cell.welding import standards
from smart_cell.welding.standards import Coating, StackError, Window


def stack(text: str) -> tuple[Sheet, ...]:
    parts = (part.split(":") for part in text.split("|"))
    return tuple(Sheet(material, float(thickness) * 1e-3) for material, thickness in parts)


def middle_of(window: Window) -> Schedule:
    def middle(band: standards.Band) -> float:
        return 0.5 * (band.low + band.high)

    return Schedule("s", middle(window.force), 0.1, (Pulse(middle(window.current), middle(window.time)),), 0.1)


STACKS = st.lists(
    st.builds(Sheet, st.sampled_from(["DC04", "HC340LA", "DX56+Z", "DC04+ZE"]), st.floats(1.0e-3, 3.0e-3)),
    min_size=2,
    max_size=4,
).map(tuple)


def test_tables_are_complete() -> None:
    rows = standards.windows()
    assert len(rows) == 32
    for coating, regime in {(row.coating, row.regime) for row in rows}:
        bands = [row.thickness for row in rows if (row.coating, row.regime) == (coating, regime)]
        assert bands[0].low == pytest.approx(0.4e-3)
        assert bands[-1].high == pytest.approx(3.0e-3)
        assert all(a.high == pytest.approx(b.low) for a, b in itertools.pairwise(bands))


def test_row_has_si_units() -> None:
    window = standards.recommend(stack("DC04:0.9|DC04:0.9"))
    assert str(window) == "ISO14373:2015 uncoated 0.8-1.0 mm high"
    assert (window.force.low, window.force.high) == pytest.approx((1900.0, 2600.0))
    assert (window.time.low, window.time.high) == pytest.approx((0.14, 0.2))
    assert (window.current.low, window.current.high) == pytest.approx((7000.0, 10000.0))
    assert window.tip == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("text", "thickness_mm"),
    [
        ("DC04:1.2|DC04:0.8", 0.8),
        ("DC04:0.7|DC04:1.5|DC04:1.2", 1.2),
        ("DC04:0.7|DC04:1.5|DC04:1.2|DC04:1.0", 1.1),
    ],
)
def test_governing_thickness(text: str, thickness_mm: float) -> None:
    assert standards.governing_thickness(stack(text)) == pytest.approx(thickness_mm * 1e-3)


@pytest.mark.parametrize(
    ("text", "coating"),
    [
        ("DC04:1|HC340LA:1", Coating.UNCOATED),
        ("DC04:1|DX56+Z:1", Coating.HOT_DIP_ZINC),
        ("DC04:1|DC04+ZE:1", Coating.ELECTRO_ZINC),
        ("DC04+ZE:1|DX56+Z:1", Coating.HOT_DIP_ZINC),
        ("HC340LA:1|22MnB5+AS:1", Coating.HOT_DIP_ZINC),
    ],
)
def test_the_worst_coating_decides(text: str, coating: Coating) -> None:
    assert standards.coating_of(stack(text)) is coating


def test_border_belongs_to_the_thinner_row() -> None:
    assert standards.recommend(stack("DX56+Z:0.8|DX56+Z:0.8")).thickness.high == pytest.approx(0.8e-3)


def test_stack_outside_the_tables_is_named() -> None:
    with pytest.raises(StackError, match=r"DC04:0\.3\|DC04:0\.3 .* 0\.30 mm.*0\.4 to 3\.0 mm"):
        standards.recommend(stack("DC04:0.3|DC04:0.3"))
    schedule = middle_of(standards.windows()[0])
    assert "0.30 mm" in standards.check_schedule(schedule, stack("DC04:0.3|DC04:0.3"))[0]


@given(STACKS)
def test_middle_of_the_recommended_window_is_fine(sheets: tuple[Sheet, ...]) -> None:
    assert standards.check_schedule(middle_of(standards.recommend(sheets)), sheets) == ()


@given(STACKS, st.sampled_from(["force", "current", "time"]), st.sampled_from([0.3, 4.0]))
def test_a_value_far_out_is_named(sheets: tuple[Sheet, ...], which: str, factor: float) -> None:
    schedule = middle_of(standards.recommend(sheets))
    pulse = schedule.pulses[0]
    if which == "force":
        schedule = replace(schedule, force=schedule.force * factor)
    elif which == "current":
        schedule = replace(schedule, pulses=(replace(pulse, current=pulse.current * factor),))
    else:
        schedule = replace(schedule, pulses=(replace(pulse, time=pulse.time * factor),))
    texts = standards.check_schedule(schedule, sheets)
    assert any(text.startswith("weld time" if which == "time" else which) for text in texts)


def test_medium_force_is_as_good_as_high() -> None:
    sheets = stack("DC04:0.9|DC04:0.9")
    assert standards.check_schedule(middle_of(standards.recommend(sheets, "medium")), sheets) == ()


def test_outer_sheets_that_differ_too_much() -> None:
    sheets = stack("DC04:0.6|DC04:2.0")
    texts = standards.check_schedule(middle_of(standards.recommend(sheets)), sheets)
    assert texts == ("outer sheets differ by 1:3.3, the tables cover up to 1:3",)


def test_main_pulse_is_the_hottest() -> None:
    pre, main = Pulse(6000.0, 0.06, 0.02), Pulse(11000.0, 0.24)
    assert standards.main_pulse(Schedule("s", 3000.0, 0.1, (pre, main), 0.1)) is main


def test_cell_warnings_name_schedule_stack_and_spots() -> None:
    cell = demo_cell()
    weak = replace(cell.schedules["b11"], force=1000.0)
    warnings = standards.check_cell(replace(cell, schedules={**cell.schedules, "b11": weak}))
    assert len(warnings) == 1
    assert len(warnings[0].spots) == 40
    text = str(warnings[0])
    assert text.startswith(
        "schedule b11 on DX56+Z:0.75|22MnB5+AS:1.4|HC340LA:1.1 (sedan/bfl01 and 39 more): force 1.00"
    )
