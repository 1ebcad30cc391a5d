# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of `smart_cell new` and of the cell that it writes."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import pytest

from smart_cell.cell.schema import CELL_SCHEMA
from smart_cell.commands import new
from smart_cell.commands.check import load
from smart_cell.planning.planner import plan_cell
from smart_cell.planning.reach import Reach
from smart_cell.welding.standards import check_cell


def run(folder: Path) -> int:
    parser = argparse.ArgumentParser()
    new.add_parser(parser.add_subparsers())
    return new.run(parser.parse_args(["new", str(folder)]))


def test_new_cell_passes_check_without_warning_and_is_named_after_its_folder(tmp_path: Path) -> None:
    cell = load(new.write_starter_cell(tmp_path / "My first-cell"))
    assert cell.name == "my_first_cell"
    assert check_cell(cell) == ()


@pytest.mark.parametrize("folder", ["42", "x" * 60, "___"])
def test_folder_whose_name_is_no_cell_name_leaves_the_starters(tmp_path: Path, folder: str) -> None:
    assert load(new.write_starter_cell(tmp_path / folder)).name == "starter_cell"


def test_new_cell_has_one_of_each_and_six_spots(tmp_path: Path) -> None:
    cell = load(new.write_starter_cell(tmp_path / "cell"))
    assert len(cell.robots) == len(cell.conveyors) == len(cell.clamps) == len(cell.variants) == 1
    assert len(cell.sensors) == 2
    assert len(cell.variants["panel"].spots) == 6


def test_every_spot_is_reachable_with_room_to_spare(tmp_path: Path) -> None:
    cell = load(new.write_starter_cell(tmp_path / "cell"))
    reach = Reach(cell, cell.stations["s1"])
    for spot in cell.variants["panel"].spots:
        best = max(candidate.margin for candidate in reach.candidates("r1", spot))
        assert best > math.radians(20.0), spot.name


def test_new_cell_can_be_planned_within_its_takt(tmp_path: Path) -> None:
    cell = load(new.write_starter_cell(tmp_path / "cell"))
    program = plan_cell(cell).programs["panel"]["r1"]
    assert {spot.spot for spot in program.spots} == {spot.name for spot in cell.variants["panel"].spots}
    assert program.forecast < cell.takt


def test_comments_explain_the_cell(tmp_path: Path) -> None:
    text = new.write_starter_cell(tmp_path / "cell").read_text(encoding="utf-8")
    assert text.count("#") > 20
    sections = [name for name in CELL_SCHEMA["properties"] if f"{name}:" not in text]
    assert sections == []


def test_schema_for_editors_is_beside_the_cell(tmp_path: Path) -> None:
    path = new.write_starter_cell(tmp_path / "cell")
    name = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
    assert (path.parent / name).is_file()


def test_next_commands_are_printed_ready_to_paste(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "my cell") == 0
    out = capsys.readouterr().out
    assert f"smart_cell check '{tmp_path}/my cell/cell.yaml'" in out
    assert f"smart_cell run '{tmp_path}/my cell/cell.yaml' --order panel:3" in out


def test_empty_folder_is_used(tmp_path: Path) -> None:
    assert run(tmp_path) == 0
    assert (tmp_path / "cell.yaml").is_file()


def test_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert run(tmp_path) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_file_in_the_way_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cell").write_text("mine", encoding="utf-8")
    assert run(tmp_path / "cell") == 2
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "cell").read_text(encoding="utf-8") == "mine"


def test_folder_that_cannot_be_made_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert run(tmp_path / "file" / "cell") == 1
    assert "cannot be written: Not a directory" in capsys.readouterr().err
