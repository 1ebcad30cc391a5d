# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Cells whose robots name the file of an arm: what is loaded, what the digest covers, and what is refused where."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from cell_files import CELL, changed, write_cell
from urdf_chain_text import frame, named
from urdf_writer import write_urdf

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell
from smart_cell.cli import main
from smart_cell.core.errors import ConfigError, Problem
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import arm_model, arm_models, robot_model
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.cell_arms import arm_notes, load_cell_with_arms
from smart_cell.motion.urdf.description import cell_urdf

R1 = "r1: {model: kr210_r2700_2"
HOME = "home_deg: [0, 10, 20, 30, 40, 50]"
ARM = replace(
    arm_models()["kr210_r2700_2"],
    name="mine",
    signs=(1.0,) * 6,
    offsets=(0.0,) * 6,
    b=0.05,
    base=Pose.from_rpy((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
)
LIMIT = 'lower="-3" upper="3" velocity="2" effort="5"'


def write(folder: Path, urdf: str | None = None, entry: str = "model: arms/mine.urdf, " + HOME) -> Path:
    """Write a cell whose robot r1 is an arm from a file."""
    (folder / "arms").mkdir(exist_ok=True)
    (folder / "arms" / "mine.urdf").write_text(urdf or write_urdf(ARM, limit=LIMIT), encoding="utf-8")
    return write_cell(folder, changed(R1, f"r1: {{{entry}"))


def load(folder: Path, urdf: str | None = None, entry: str = "model: arms/mine.urdf, " + HOME) -> Cell:
    return load_cell_with_arms(write(folder, urdf, entry))


def problems_of(folder: Path, urdf: str | None = None, entry: str = "model: arms/mine.urdf, " + HOME) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load(folder, urdf, entry)
    return list(caught.value.problems)


def test_robot_with_an_arm_of_its_own(tmp_path: Path) -> None:
    cell = load(tmp_path)
    robot = cell.robots["r1"]
    assert robot.model == str((tmp_path / "arms" / "mine.urdf").resolve())
    model = robot_model(robot)
    assert (model.name, model.c2, model.b) == ("mine", ARM.c2, 0.05)
    assert model is arm_model(robot.model)
    assert robot_model(cell.robots["r2"]) is arm_models()["kr210_r2700_2"]


def test_cell_with_such_an_arm_is_described(tmp_path: Path) -> None:
    cell = load(tmp_path)
    robot, joints = cell.robots["r1"], (0.1, -0.2, 0.3, -0.4, 0.5, -0.6)
    urdf = ElementTree.fromstring(cell_urdf(cell))
    found = frame(urdf, "r1_tool0", named("r1_", joints))
    assert np.abs(found - (robot.base @ forward(robot_model(robot), joints)).matrix()).max() < 1e-9
    own = frame(ElementTree.fromstring(write_urdf(ARM)), "tool0", named("", joints), "base_link")
    assert np.abs(found - robot.base.matrix() @ own).max() < 1e-9


def test_links_and_jerk_time_of_the_cell_file_are_used(tmp_path: Path) -> None:
    entry = f"model: arms/mine.urdf, base_link: link_0, tip_link: link_6, jerk_time_ms: 250, {HOME}"
    robot = load(tmp_path, write_urdf(ARM, limit=LIMIT).replace("base_link", "link_0"), entry).robots["r1"]
    assert (robot.base_link, robot.tip_link, robot.jerk_time) == ("link_0", "link_6", 0.25)
    model = robot_model(robot)
    assert model.c4 == 0.0
    assert model.jerk == pytest.approx([value / 0.25 for value in model.acceleration])
    assert robot_model(robot) is model


def test_jerk_time_of_an_arm_of_the_data(tmp_path: Path) -> None:
    robot = load(tmp_path, entry="model: kr210_r2700_2, jerk_time_ms: 50").robots["r1"]
    assert robot_model(robot) == arm_models()["kr210_r2700_2"].with_jerk_time(0.05)


def test_digest_covers_the_arm_and_all_that_it_includes(tmp_path: Path) -> None:
    digests = {load(tmp_path).digest}
    digests.add(load(tmp_path, write_urdf(ARM, limit=LIMIT.replace("5", "6"))).digest)
    (tmp_path / "arms" / "joint_limits.yaml").write_text("joint_limits: {}\n", encoding="utf-8")
    digests.add(load(tmp_path).digest)
    (tmp_path / "arms" / "joint_limits.yaml").write_text("joint_limits: {} # new\n", encoding="utf-8")
    digests.add(load(tmp_path).digest)
    assert len(digests) == 4
    assert load_cell(write(tmp_path)).robots["r1"].model.endswith("mine.urdf")


def test_arm_that_does_not_fit_is_reported_in_both_files(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, write_urdf(ARM, limit=LIMIT.replace('"2"', '"0"')))
    assert [(Path(problem.file).name, problem.line, problem.key) for problem in problems] == [
        *(("mine.urdf", number + 2, f"joint_{number} limit velocity") for number in range(1, 7)),
        ("demo.yaml", 5, "robots.r1.model"),
    ]
    assert problems[0].file == str(tmp_path / "arms" / "mine.urdf")
    assert problems[-1].message == "'mine.urdf' has no arm that can be used, see there"


def test_arm_of_two_robots_is_reported_once(tmp_path: Path) -> None:
    write(tmp_path, "<robot/>")
    path = write_cell(tmp_path, CELL.replace("kr210_r2700_2", "arms/mine.urdf"))
    with pytest.raises(ConfigError) as caught:
        load_cell_with_arms(path)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (1, ""),
        (5, "robots.r1.model"),
        (6, "robots.r2.model"),
    ]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("arms/nowhere.urdf", "'arms/nowhere.urdf' does not exist"),
        ("arms/nowhere.xacro", "'arms/nowhere.xacro' does not exist"),
        ("../mine.urdf", "'../mine.urdf' goes up with '..'"),
        ("/etc/mine.urdf", "'/etc/mine.urdf' is an absolute path"),
        ("arms/mine.stl", "'arms/mine.stl' is not allowed"),
        ("KR210", "'KR210' is not allowed"),
    ],
)
def test_file_that_cannot_be_read_is_refused(model: str, message: str, tmp_path: Path) -> None:
    found = [problem for problem in problems_of(tmp_path, entry=f"model: {model}") if problem.message == message]
    assert [(problem.line, problem.key, problem.value) for problem in found] == [(5, "robots.r1.model", model)]


def test_home_beyond_the_limits_of_the_arm_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, entry="model: arms/mine.urdf, home_deg: [0, 10, 20, 172, 40, 50]")
    assert (problem.line, problem.key, problem.value) == (5, "robots.r1.home_deg[3]", "172")
    assert problem.message == "172 deg is beyond the limits of joint 4 of the arm"
    assert problem.allowed == "-171.9 to 171.9 [deg]"
    (problem,) = problems_of(tmp_path, entry="model: kr210_r2700_2, home_deg: [0, 0, 90, 0, 0, 0]")
    assert (problem.key, problem.allowed) == ("robots.r1.home_deg[1]", "-140 to -5 [deg]")


def test_links_belong_to_files_only(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, entry="model: kr210_r2700_2, tip_link: tool0")
    assert (problem.key, problem.allowed) == ("robots.r1.tip_link", "only for an arm from a file")


@pytest.mark.parametrize("entry", ["jerk_time_ms: 0", "jerk_time_ms: 5000", "jerk_time: 0.1", 'tip_link: "a b"'])
def test_other_values_are_refused(entry: str, tmp_path: Path) -> None:
    key = entry.split(":")[0]
    assert [problem.key for problem in problems_of(tmp_path, entry=f"model: arms/mine.urdf, {HOME}, {entry}")] == [
        f"robots.r1.{key}"
    ]


def test_what_is_assumed_about_an_arm_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path)
    robots = {robot for robot, _ in arm_notes(load_cell_with_arms(path))}
    assert robots == {"r1"}
    assert main(["check", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "r1   mine.urdf with gun g1" in printed
    assert "note: arm of r1: no acceleration limit of all joints: assumed is full speed in 0.5 s" in printed
    assert main(["check", str(path), "--json"]) == 0
    assert [note["robot"] for note in json.loads(capsys.readouterr().out)["notes"]] == ["r1", "r1"]
