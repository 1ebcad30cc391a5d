# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of arms from files: the URDF's, those of a joint_limits.yaml, and what is assumed without them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from urdf_writer import write_urdf

from smart_cell.core.errors import Problem
from smart_cell.motion.arm_model import ArmModel, arm_models
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.urdf_arm import UrdfArm, read_arm
from smart_cell.motion.urdf.urdf_limits import limits_file

MODEL: ArmModel = replace(next(iter(arm_models().values())), name="mine")
USUAL = 'lower="-2" upper="2" velocity="1.5" effort="5"'


def arm(folder: Path, limit: str = USUAL, **options: Path) -> UrdfArm:
    path = folder / "mine.urdf"
    path.write_text(write_urdf(MODEL, limit=limit), encoding="utf-8")
    return read_arm(path, **options)  # type: ignore[arg-type]


def problems_of(folder: Path, limit: str = USUAL, **options: Path) -> tuple[Problem, ...]:
    with pytest.raises(ArmFileError) as caught:
        arm(folder, limit, **options)
    return caught.value.problems


def test_limits_of_the_urdf(tmp_path: Path) -> None:
    found = arm(tmp_path, 'lower="-2" upper="2.5" velocity="1.5" effort="5" acceleration="4" jerk="50"').model
    assert (found.lower, found.upper, found.velocity) == ((-2.0,) * 6, (2.5,) * 6, (1.5,) * 6)
    assert (found.acceleration, found.jerk, found.effort) == ((4.0,) * 6, (50.0,) * 6, (5.0,) * 6)
    assert found.payload == 0.0
    assert arm(tmp_path, f'{USUAL} acceleration="4" jerk="50"').notes == ()


def test_slower_one_of_acceleration_and_deceleration_counts(tmp_path: Path) -> None:
    assert arm(tmp_path, f'{USUAL} acceleration="4" deceleration="3"').model.acceleration == (3.0,) * 6


def test_without_an_end_a_joint_gets_a_turn_to_each_side(tmp_path: Path) -> None:
    path = tmp_path / "endless.urdf"
    text = write_urdf(MODEL, limit='velocity="1"').replace("revolute", "continuous")
    path.write_text(text, encoding="utf-8")
    found = read_arm(path)
    assert (found.model.lower, found.model.upper) == ((-2.0 * math.pi,) * 6, (2.0 * math.pi,) * 6)
    assert "all joints without end: taken as +-360 deg" in found.notes


def test_huge_range_counts_as_one_without_end(tmp_path: Path) -> None:
    found = arm(tmp_path, 'lower="-1e6" upper="1e6" velocity="1"')
    assert found.model.upper == (2.0 * math.pi,) * 6
    assert "without end" in found.notes[0]


@pytest.mark.parametrize(
    ("limit", "key", "message"),
    [
        ('lower="-2" upper="2"', "velocity", "its speed limit is missing: it could not move"),
        ('lower="-2" upper="2" velocity="0"', "velocity", "its speed limit is 0 rad/s"),
        ('lower="-2" upper="2" velocity="-1"', "velocity", "its speed limit is -1 rad/s"),
        ('upper="2" velocity="1"', "lower", "its lower limit is missing"),
        ('lower="-2" velocity="1"', "upper", "its upper limit is missing"),
        ('lower="2" upper="-2" velocity="1"', "upper", "its range is empty: 2 to -2 rad"),
        ('lower="0" upper="0" velocity="1"', "upper", "its range is empty"),
        (f'{USUAL} acceleration="-1"', "acceleration", "its acceleration limit is negative"),
        (f'{USUAL} jerk="-1"', "jerk", "its jerk limit is negative"),
        (USUAL.replace('"5"', '"-5"'), "effort", "its effort limit is negative"),
    ],
)
def test_limit_that_cannot_be_used_is_refused(limit: str, key: str, message: str, tmp_path: Path) -> None:
    problems = problems_of(tmp_path, limit)
    found = [problem for problem in problems if message in problem.message]
    assert [problem.key for problem in found] == [f"joint_{number} limit {key}" for number in range(1, 7)]
    assert all(problem.line > 0 and problem.file == str(tmp_path / "mine.urdf") for problem in problems)


def limits_yaml(joint: str = "joint_2", **more: str | float) -> str:
    figures: dict[str, str | float] = {
        "has_acceleration_limits": "true",
        "max_acceleration": 7.5,
        "has_jerk_limits": "true",
        "max_jerk": 80,
    }
    lines = [f"    {key}: {value}" for key, value in {**figures, **more}.items()]
    return "\n".join(["default_velocity_scaling_factor: 0.1", "joint_limits:", f"  {joint}:", *lines, ""])


def test_joint_limits_beside_the_file_add_what_urdf_lacks(tmp_path: Path) -> None:
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml(), encoding="utf-8")
    found = arm(tmp_path)
    assert (found.model.acceleration[1], found.model.jerk[1]) == (7.5, 80.0)
    assert (found.model.acceleration[0], found.model.jerk[0]) == pytest.approx((3.0, 30.0))
    assert found.model.velocity == (1.5,) * 6
    assert found.notes[0] == "limits of joint_2 from joint_limits.yaml"
    assert "no acceleration limit of joint_1, joint_3, joint_4, joint_5, joint_6" in found.notes[1]
    assert tmp_path / "joint_limits.yaml" in found.contents


def test_joint_limits_replace_those_of_the_urdf(tmp_path: Path) -> None:
    more: dict[str, str | float] = {"has_velocity_limits": "true", "max_velocity": 1.0}
    more |= {"has_position_limits": "true", "min_position": -1.0, "max_position": 1}
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml("joint_2", **more), encoding="utf-8")
    found = arm(tmp_path, f'{USUAL} acceleration="4" jerk="50"').model
    assert (found.lower[1], found.upper[1], found.velocity[1]) == (-1.0, 1.0, 1.0)
    assert (found.acceleration[1], found.jerk[1]) == (7.5, 80.0)
    assert (found.lower[0], found.velocity[0], found.acceleration[0]) == (-2.0, 1.5, 4.0)


def test_switched_off_limits_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml(has_acceleration_limits="false"), encoding="utf-8")
    assert arm(tmp_path).model.acceleration[1] == 3.0


def test_joint_limits_without_the_prefix_of_the_urdf(tmp_path: Path) -> None:
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml("'2'"), encoding="utf-8")
    assert arm(tmp_path).model.acceleration[1] == 7.5


def test_joint_limits_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "joint_limits.yaml").write_text("not: read", encoding="utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(limits_yaml("joint_1"), encoding="utf-8")
    assert arm(tmp_path, joint_limits=other).model.acceleration[0] == 7.5


def test_change_of_joint_limits_is_seen(tmp_path: Path) -> None:
    assert arm(tmp_path).model.acceleration[1] == 3.0
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml(), encoding="utf-8")
    assert arm(tmp_path).model.acceleration[1] == 7.5
    (tmp_path / "joint_limits.yaml").write_text(limits_yaml(max_acceleration=8), encoding="utf-8")
    assert arm(tmp_path).model.acceleration[1] == 8.0


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (limits_yaml(max_jerk="fast"), 7, "'fast' is not a number"),
        (limits_yaml(max_jerk="true"), 7, "true is not a number"),
        (limits_yaml(max_jerk=".nan"), 7, "is not finite"),
        (limits_yaml(max_jerk=".inf"), 7, "is not finite"),
        (limits_yaml(max_jerk="!degrees 5"), 7, "is a tag"),
        ("joint_limits: 5", 1, "it has no limits by joint"),
        ("joint_limits: {joint_1: 5}", 1, "it has no limits by joint"),
        ("", 1, "it has no limits by joint"),
        ("a: [", 2, "not YAML"),
    ],
)
def test_wrong_joint_limits_are_refused_with_their_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "joint_limits.yaml"
    path.write_text(text, encoding="utf-8")
    problems = [problem for problem in problems_of(tmp_path) if message in problem.message]
    assert [(problem.file, problem.line) for problem in problems] == [(str(path), line)]


def test_limits_file_is_looked_for_as_ros_packages_keep_it(tmp_path: Path) -> None:
    urdf, config = tmp_path / "urdf", tmp_path / "config"
    for folder in (urdf, config):
        folder.mkdir()
    file = urdf / "kr1.urdf.xacro"
    assert limits_file(file) is None
    for path in (config / "joint_limits.yaml", config / "kr1_joint_limits.yaml", urdf / "joint_limits.yaml",
                 urdf / "kr1_joint_limits.yaml"):  # fmt: skip
        path.touch()
        assert limits_file(file) == path
    assert limits_file(tmp_path / "arms" / "kr1.urdf") is None
