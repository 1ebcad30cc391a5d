# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of `smart_cell check`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from cell_files import CELL, SPOTS, changed, write_cell

from smart_cell.commands import check


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    check.add_parser(parser.add_subparsers())
    return check.run(parser.parse_args(["check", *map(str, arguments)]))


def test_good_file_gives_a_headline_and_one_line_per_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write_cell(tmp_path)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    headline, *lines = out.splitlines()
    assert headline.startswith("cell demo: takt 60 s, digest ")
    named = [tuple(line.split()[:2]) for line in lines if line.startswith("  ")]
    assert named == [
        ("robot", "r1"), ("robot", "r2"), ("gun", "g1"), ("gun", "g2"), ("timer", "t1"), ("timer", "t2"),
        ("dresser", "d1"), ("conveyor", "cv1"), ("station", "s1"), ("clamp", "c1"), ("sensor", "pp1"),
        ("sensor", "id1"), ("zone", "z1"), ("variant", "sedan"),
    ]  # fmt: skip
    assert "2 spots, 1 of them critical" in out
    assert "kr210_r2700_2 with gun g1, base at (0, -2.2, 0) m" in out


def test_schedules_outside_the_standards_are_warned_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write_cell(tmp_path, changed("force_kn: 2.3", "force_kn: 0.5"))) == 0
    assert "warning: schedule p11" in capsys.readouterr().out


def test_bad_file_gives_every_error_and_the_count_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = CELL.replace("takt: 60", "takt: soon").replace("gun: g1", "gun: g7")
    path = write_cell(tmp_path, cell, SPOTS.replace("regular", "normal"))
    assert run(path) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{path}:3: takt: 'soon' is not a number; allowed: a number [s] more than 0, at most 3600",
        f"{path}:5: robots.r1.gun: there is no gun 'g7'; allowed: one of the guns (g1, g2)",
        f"{path}:8: guns.g1: no robot uses it; allowed: name it at a robot, or remove it",
        f"{tmp_path / 'sedan.csv'}:2: class: 'normal' is not allowed; allowed: regular or critical",
        "4 errors",
    ]


def test_arm_models_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write_cell(tmp_path, CELL.replace("kr210_r2700_2", "kr210_r2700_3"))) == 2
    assert "no arm model 'kr210_r2700_3', perhaps kr210_r2700_2" in capsys.readouterr().err


def test_json_of_a_good_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_cell(tmp_path)
    assert run(path, "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["file"], content["valid"], content["cell"], content["takt"]) == (str(path), True, "demo", 60.0)
    assert len(content["digest"]) == 64
    assert {"kind": "timer", "name": "t2", "description": "weld timer, up to 12 kA"} in content["devices"]
    assert content["variants"] == [{"name": "sedan", "spots": 2, "critical": 1}]
    assert isinstance(content["warnings"], list)


def test_json_of_a_bad_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_cell(tmp_path, changed("takt: 60", "takt: soon"))
    assert run(path, "--json") == 2
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "file": str(path),
        "valid": False,
        "problems": [
            {
                "file": str(path),
                "line": 3,
                "key": "takt",
                "value": "soon",
                "message": "'soon' is not a number",
                "allowed": "a number [s] more than 0, at most 3600",
            }
        ],
    }


def test_missing_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nope.yaml") == 2
    assert "nope.yaml: does not exist" in capsys.readouterr().err
