# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.cell.weld_list."""

from __future__ import annotations

import math

import pytest
from cell_files import HEADER
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.cell.model import Sheet, SpotClass
from smart_cell.cell.weld_list import MAX_PROBLEMS, WeldList, parse_weld_list
from smart_cell.core.errors import Problem

ROW = "S1,100,0,-20,0,0,1,DC04:0.8|DX56+Z:1.2,p1,regular,r1,2"
COLUMNS = HEADER.split(",")


def parsed(text: str) -> tuple[WeldList, list[Problem]]:
    return parse_weld_list(text, "list.csv", schedules=["p1", "p2"], robots=["r1", "r2"])


def row(**cells: str) -> str:
    """Return the good row with some cells replaced."""
    values = dict(zip(COLUMNS, ROW.split(","), strict=True)) | cells
    return ",".join(values.values())


def only_problem(*rows: str) -> Problem:
    _, problems = parsed("\n".join([HEADER, *rows]))
    assert len(problems) == 1, problems
    return problems[0]


def test_good_rows_are_read() -> None:
    weld_list, problems = parsed(
        f"# a comment\n\n{HEADER}\n{ROW}\n  # one more\n{row(spot='S2', robot='', sequence='')}\n"
    )
    assert problems == []
    first, second = weld_list.spots
    assert (first.name, first.position, first.normal) == ("S1", (0.1, 0.0, -0.02), (0.0, 0.0, 1.0))
    assert (first.schedule, first.spot_class, first.robot, first.sequence) == ("p1", SpotClass.REGULAR, "r1", 2)
    assert (second.robot, second.sequence) == (None, None)
    assert weld_list.lines == {"S1": 4, "S2": 6}


@pytest.mark.parametrize("count", [10, 11])
def test_optional_columns_may_be_left_out(count: int) -> None:
    weld_list, problems = parsed(f"{','.join(COLUMNS[:count])}\n{','.join(ROW.split(',')[:count])}")
    assert problems == []
    assert weld_list.spots[0].robot == ("r1" if count == 11 else None)
    assert weld_list.spots[0].sequence is None


def test_columns_may_be_in_any_order() -> None:
    weld_list, problems = parsed(f"{','.join(COLUMNS[::-1])}\n{','.join(ROW.split(',')[::-1])}")
    assert problems == []
    assert weld_list.spots == parsed(f"{HEADER}\n{ROW}")[0].spots


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system_are_fine(end: str) -> None:
    weld_list, problems = parsed(end.join([HEADER, ROW, row(spot="S2", sequence="")]))
    assert problems == []
    assert weld_list.lines == {"S1": 2, "S2": 3}


def test_quoted_cells_and_blanks_around_cells_are_fine() -> None:
    spaced = row(spot=" S1 ", stack='"DC04:0.8|DX56+Z:1.2"')
    weld_list, problems = parsed(f"{HEADER}\n{spaced}")
    assert problems == []
    assert weld_list.spots == parsed(f"{HEADER}\n{ROW}")[0].spots


@pytest.mark.parametrize(
    ("column", "text", "message", "allowed"),
    [
        ("x_mm", "left", "'left' is not a number", "[mm] from -20000 to 20000"),
        ("x_mm", '"100,5"', "decimal comma, write 100.5", "[mm]"),
        ("x_mm", "", "is empty", "[mm]"),
        ("x_mm", "nan", "'nan' is not a number", "[mm]"),
        ("x_mm", "1e99", "out of range", "[mm]"),
        ("y_mm", "1_0", "is not a number", "[mm]"),
        ("z_mm", "20001", "out of range", "to 20000"),
        ("nx", "1.1", "out of range", "1.001"),
        ("stack", "DC04:0.8", "has 1 sheet", "2 to 4 sheets"),
        ("stack", "", "is empty", "2 to 4 sheets"),
        ("stack", "|".join(["DC04:0.8"] * 5), "has 5 sheets", "2 to 4 sheets"),
        ("stack", "DC04:0.8|DX56", "'DX56' is not a sheet", "material:thickness_mm"),
        ("stack", "DC04:0.8|:1.2", "':1.2' is not a sheet", "material:thickness_mm"),
        ("stack", "DC04:0.8|DX56:1.2mm", "is not a sheet", "material:thickness_mm"),
        ("stack", '"DC04:0,8|DX56:1.2"', "'DC04:0,8' is not a sheet", "such as DC04:0.8"),
        ("stack", "DC04:0.39|DX56:1.2", "0.39 mm thick", "0.4 to 3.0 [mm]"),
        ("stack", "DC04:0.8|DX56:3.01", "3.01 mm thick", "0.4 to 3.0 [mm]"),
        ("schedule", "p3", "there is no schedule 'p3'", "p1, p2"),
        ("schedule", "", "is empty", "schedule"),
        ("robot", "r3", "there is no robot 'r3'", "r1, r2"),
        ("class", "Regular", "'Regular' is not allowed", "regular or critical"),
        ("class", "", "'' is not allowed", "regular or critical"),
        ("spot", "", "is empty", "letters"),
        ("spot", "a/b", "'a/b' is not a spot name", "letters"),
        ("spot", "S" * 41, "is not a spot name", "at most 40"),
        ("sequence", "0", "'0' is not a place", "from 1"),
        ("sequence", "1.5", "'1.5' is not a place", "whole number"),
    ],
)
def test_error_names_line_column_value_and_what_is_allowed(column: str, text: str, message: str, allowed: str) -> None:
    _, problems = parsed(f"{HEADER}\n{row(**{column: text})}")
    problem = problems[0]
    assert (problem.file, problem.line, problem.key, problem.value) == ("list.csv", 2, column, text.strip('"'))
    assert message in problem.message
    assert allowed in problem.allowed


@pytest.mark.parametrize(("normal", "length"), [("0,0,0", "0"), ("0,0.6,0.6", "0.8485"), ("0,0,0.998", "0.998")])
def test_normal_that_is_no_unit_vector_is_refused_with_its_length(normal: str, length: str) -> None:
    nx, ny, nz = normal.split(",")
    problem = only_problem(row(nx=nx, ny=ny, nz=nz))
    assert (problem.key, problem.value) == ("nx,ny,nz", normal)
    assert problem.message.endswith(f"length {length}")


@given(st.floats(-math.pi, math.pi), st.floats(-math.pi / 2, math.pi / 2), st.floats(0.9992, 1.0008))
def test_normal_that_is_nearly_a_unit_vector_becomes_one(azimuth: float, elevation: float, length: float) -> None:
    x = length * math.cos(elevation) * math.cos(azimuth)
    y = length * math.cos(elevation) * math.sin(azimuth)
    z = length * math.sin(elevation)
    weld_list, problems = parsed(f"{HEADER}\n{row(nx=f'{x:.9f}', ny=f'{y:.9f}', nz=f'{z:.9f}')}")
    assert problems == []
    assert math.hypot(*weld_list.spots[0].normal) == pytest.approx(1.0, abs=1e-12)


def test_spot_that_is_there_twice_names_both_lines() -> None:
    problem = only_problem(ROW, row(sequence="3"))
    assert (problem.line, problem.key, problem.value) == (3, "spot", "S1")
    assert "line 2" in problem.message


def test_place_in_a_robots_order_is_given_once() -> None:
    problem = only_problem(ROW, row(spot="S2"), row(spot="S3", robot="r2"), row(spot="S4", robot=""))
    assert (problem.line, problem.key, problem.value) == (3, "sequence", "2")
    assert "line 2" in problem.message


def test_all_errors_of_all_rows_come_at_once() -> None:
    rows = [row(x_mm="a", robot="r9"), ROW, row(spot="S2", schedule="p9", **{"class": "x"}, sequence="1")]
    _, problems = parsed("\n".join([HEADER, *rows]))
    assert sorted((problem.line, problem.key) for problem in problems) == [
        (2, "robot"),
        (2, "x_mm"),
        (3, "spot"),
        (4, "class"),
        (4, "schedule"),
    ]


def test_decimal_commas_make_too_many_values() -> None:
    problem = only_problem("S1,100,5,0,-20,0,0,1,DC04:0.8|DX56+Z:1.2,p1,regular,r1,2")
    assert problem.message == "has 13 values, the header has 12 columns (a decimal comma?)"


def test_header_with_missing_and_unknown_columns_lists_them() -> None:
    _, problems = parsed(f"{HEADER.replace('x_mm', 'x').replace('nz', 'n_z')}\n{ROW}")
    assert [(problem.line, problem.value) for problem in problems] == [(1, "x_mm,nz"), (1, "x"), (1, "n_z")]
    assert problems[0].message == "the header has no column x_mm, nz"


def test_header_with_a_column_twice_is_refused() -> None:
    _, problems = parsed(f"{HEADER},x_mm\n")
    assert [problem.message for problem in problems] == ["the column is there twice"]


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_named(separator: str, word: str) -> None:
    _, problems = parsed(f"{HEADER}\n{ROW}".replace(",", separator))
    assert [problem.message for problem in problems] == [f"columns are separated by {word}"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", HEADER])
def test_list_without_spots_is_refused(text: str) -> None:
    _, problems = parsed(text)
    assert [problem.message for problem in problems] == ["has no spots"]


def test_open_quote_is_refused_in_its_line() -> None:
    problem = only_problem(row(stack='"DC04:0.8|DX56+Z:1.2'))
    assert problem.line == 2
    assert problem.message.startswith("not CSV")


def test_names_are_not_checked_if_unknown() -> None:
    _, problems = parse_weld_list(f"{HEADER}\n{row(schedule='x', robot='y')}", "list.csv")
    assert problems == []


def test_hopeless_list_is_given_up() -> None:
    _, problems = parsed("\n".join([HEADER, *["x"] * (3 * MAX_PROBLEMS)]))
    assert len(problems) == MAX_PROBLEMS + 1
    assert "rest was not checked" in problems[-1].message


@pytest.mark.parametrize("thickness", ["0.4", "0.8", "1.25", "3.0", "3"])
def test_thickness_is_the_float_nearest_to_what_is_written(thickness: str) -> None:
    weld_list, _ = parsed(f"{HEADER}\n{row(stack=f'A:{thickness}|B-1.0 x:1')}")
    sheets = weld_list.spots[0].stack
    assert sheets == (Sheet("A", float(thickness) / 1000), Sheet("B-1.0 x", 0.001))


@given(st.text(max_size=300))
def test_any_text_gives_spots_or_problems(text: str) -> None:
    weld_list, problems = parsed(text)
    assert bool(weld_list.spots) or bool(problems)


@given(st.lists(st.sampled_from([*COLUMNS, *ROW.split(","), ",", "\n", '"', "#", ";", "1e", "-", ":"]), max_size=60))
def test_any_mixture_of_known_parts_gives_spots_or_problems(parts: list[str]) -> None:
    weld_list, problems = parsed(f"{HEADER}\n{''.join(parts)}")
    assert bool(weld_list.spots) or bool(problems)
