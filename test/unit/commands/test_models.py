# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from urdf_writer import write_urdf

from smart_cell.cli import main
from smart_cell.motion.arm_model import arm_models


def test_lists_every_arm(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["models"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in arm_models())


def test_json_has_the_figures_in_si(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == set(arm_models())
    assert listed["kr210_r2700_2"]["a1"] == 0.33


@pytest.mark.parametrize(
    ("name", "published"), [("kr210_r2700_2", 2.705), ("kr6_r700_sixx", 0.707), ("kr240_r2900_2", 2.905)]
)
def test_reach_is_the_published_one(name: str, published: float) -> None:
    assert arm_models()[name].reach == pytest.approx(published, abs=1e-3)


def write_arm(folder: Path, limit: str = 'lower="-2" upper="2" velocity="1"') -> str:
    path = folder / "mine.urdf"
    model = replace(arm_models()["kr210_r2700_2"], name="mine[1]", signs=(1.0,) * 6)
    path.write_text(write_urdf(model, limit=limit), encoding="utf-8")
    return str(path)


def test_file_shows_what_was_found_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", write_arm(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "mine[1]: six axes, spherical wrist, reach 2.705 m" in printed
    assert "from base_link to tool0" in printed
    assert "a1 330, a2 -115, b 0, c1 645, c2 1150, c3 1220, c4 215 mm" in printed
    assert "note: no acceleration limit of all joints" in printed
    rows = [line.split() for line in printed.splitlines() if line.startswith("│ joint_")]
    assert [row[1] for row in rows] == [f"joint_{number}" for number in range(1, 7)]
    assert rows[1][3:15:2] == ["-114.6", "114.6", "57", "115", "1146", "+1"]


def test_json_of_a_file_has_all_that_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_arm(tmp_path)
    assert main(["models", file, "--json", "--tip-link", "link_6"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["valid"], found["tip_link"], found["model"]["c2"], found["model"]["c4"]) == (
        True,
        "link_6",
        1.15,
        0.0,
    )
    assert found["position_residual"] < 1e-12
    assert found["files"] == [file]


def test_arm_that_does_not_fit_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_arm(tmp_path, 'lower="-2" upper="2" velocity="0"')
    assert main(["models", file]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{file}:3: joint_1 limit velocity: its speed limit is 0 rad/s" in shown.err
    assert shown.err.endswith("6 errors\n")
    assert main(["models", file, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["valid"], len(found["problems"])) == (False, 6)


def test_joint_limits_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limits = tmp_path / "other.yaml"
    text = "joint_limits:\n  joint_1: {has_acceleration_limits: true, max_acceleration: 9}\n"
    limits.write_text(text, encoding="utf-8")
    assert main(["models", write_arm(tmp_path), "--json", "--joint-limits", str(limits)]) == 0
    assert json.loads(capsys.readouterr().out)["model"]["acceleration"][0] == 9.0


def test_urdf_of_an_arm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arm in ("kr210_r2700_2", write_arm(tmp_path)):
        assert main(["models", arm, "--urdf"]) == 0
        urdf = ElementTree.fromstring(capsys.readouterr().out)
        assert sum(joint.attrib["type"] == "revolute" for joint in urdf.iterfind("joint")) == 6


def test_one_arm_of_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "kr210_r2700_2"]) == 0
    assert "reach 2.705 m" in capsys.readouterr().out
    assert main(["models", "kr210_r2700_2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["c2"] == 1.15


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kr210_r2700"], "did you mean kr210_r2700_2"),
        (["--urdf"], "--urdf needs an arm"),
        (["kr210_r2700_2", "--tip-link", "tool0"], "for a .urdf or .xacro file only"),
        (["nowhere.urdf"], "nowhere.urdf: does not exist"),
    ],
)
def test_wrong_words_are_bad_input(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *words]) == 2
    assert said in capsys.readouterr().err
