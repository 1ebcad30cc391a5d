# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Arms that are read from URDF files: of the arm data, with any frames, rounded, and those that do not fit."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urdf_chain_text import frame, named
from urdf_writer import write_urdf

from smart_cell.core.errors import Problem
from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import JERK_TIME, ArmModel, Joints, arm_model, arm_models
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.arm_fit import DISTANCE_TOLERANCE
from smart_cell.motion.urdf.description import arm_urdf
from smart_cell.motion.urdf.urdf_arm import UrdfArm, read_arm
from smart_cell.motion.urdf.urdf_limits import FULL_SPEED_TIME

KUKA = list(arm_models().values())
BASIC = replace(
    KUKA[0],
    name="basic",
    a1=0.15,
    a2=-0.1,
    b=0.0,
    c1=0.5,
    c2=0.7,
    c3=0.8,
    c4=0.1,
    signs=(1.0,) * 6,
    offsets=(0.0,) * 6,
)
HALF = math.pi / 2


def write(folder: Path, text: str, name: str = "arm.urdf") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path, **options: str) -> tuple[Problem, ...]:
    with pytest.raises(ArmFileError) as caught:
        read_arm(path, **options)  # type: ignore[arg-type]
    return caught.value.problems


def worst_deviation(model: ArmModel, urdf: str, root: str, tip: str, names: tuple[str, ...], count: int = 20) -> float:
    """Return how far the model's flange is from that of the text's chain, in any number of their matrices."""
    tree, source = ElementTree.fromstring(urdf), random.Random(1)
    worst = 0.0
    for _ in range(count):
        joints = [source.uniform(low, high) for low, high in zip(model.lower, model.upper, strict=True)]
        found = forward(model, joints).matrix()
        expected = frame(tree, tip, dict(zip(names, joints, strict=True)), root)
        worst = max(worst, float(np.abs(found - expected).max()))
    return worst


def check_chain(arm: UrdfArm, urdf: str) -> None:
    assert worst_deviation(arm.model, urdf, arm.base_link, arm.tip_link, arm.joints) < 1e-9


@pytest.mark.parametrize("model", KUKA, ids=lambda model: model.name)
def test_arm_of_the_data_is_found_in_the_urdf_written_for_it(model: ArmModel, tmp_path: Path) -> None:
    text = arm_urdf(model, "r1_")
    arm = read_arm(write(tmp_path, text))
    assert (arm.base_link, arm.tip_link) == ("r1_base_link", "r1_tool0")
    assert arm.joints == tuple(named("r1_", range(6)))
    # what a URDF does not have
    others = {"payload", "acceleration", "jerk"}
    same = [field.name for field in fields(model) if field.name not in others]
    assert [name for name in same if getattr(arm.model, name) != getattr(model, name)] == []
    assert max(arm.position_residual, arm.angle_residual) < 1e-12
    check_chain(arm, text)


ANGLE = st.one_of(st.sampled_from([0.0, HALF, -HALF, math.pi]), st.floats(-math.pi, math.pi))
SHIFT = st.one_of(st.just(0.0), st.floats(-1.0, 1.0))


@st.composite
def poses(draw: st.DrawFn) -> Pose:
    return Pose.from_rpy([draw(SHIFT) for _ in range(3)], [draw(ANGLE) for _ in range(3)])


@st.composite
def six(draw: st.DrawFn, values: st.SearchStrategy[float]) -> Joints:
    a1, a2, a3, a4, a5, a6 = (draw(values) for _ in range(6))
    return (a1, a2, a3, a4, a5, a6)


@st.composite
def any_arm(draw: st.DrawFn) -> ArmModel:
    return replace(
        BASIC,
        a1=draw(st.one_of(st.just(0.0), st.floats(0.01, 1.0))),
        a2=draw(st.one_of(st.just(0.0), st.floats(-0.5, 0.5))),
        b=draw(st.one_of(st.just(0.0), st.floats(-0.3, 0.3))),
        c1=draw(SHIFT),
        c2=draw(st.floats(0.05, 2.0)),
        c3=draw(st.floats(0.05, 2.0)),
        c4=draw(st.one_of(st.just(0.0), st.floats(0.01, 0.5))),
        signs=draw(six(st.sampled_from([-1.0, 1.0]))),
        offsets=draw(six(ANGLE)),
        base=draw(poses()),
        flange=draw(poses()),
    )


@settings(deadline=None, max_examples=60)
@given(model=any_arm(), turns=st.lists(poses(), min_size=6, max_size=6), slides=st.lists(SHIFT, min_size=6, max_size=6))
def test_any_arm_is_found_whatever_its_frames(
    model: ArmModel, turns: list[Pose], slides: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    frames = [(slide, replace(turn, xyz=(0.0, 0.0, 0.0))) for slide, turn in zip(slides, turns, strict=True)]
    text = write_urdf(model, frames)
    arm = read_arm(write(tmp_path_factory.mktemp("any"), text))
    check_chain(arm, text)
    assert max(arm.position_residual, arm.angle_residual) < 1e-9
    found = arm.model
    assert (found.a1, abs(found.b), found.c2) == pytest.approx((model.a1, abs(model.b), model.c2), abs=1e-9)
    assert (abs(found.a2), found.c3) == pytest.approx((abs(model.a2), model.c3), abs=1e-9)
    assert min(found.a1, found.c2, found.c3, found.c4) > -DISTANCE_TOLERANCE


def test_arm_is_written_down_as_its_maker_does(tmp_path: Path) -> None:
    """Joint axes along x and y, as many descriptions have them, with the figures of an ABB IRB 2400."""
    pieces = (
        ("0 0 0", "0 0 1"),
        ("0.1 0 0.615", "0 1 0"),
        ("0 0 0.705", "0 1 0"),
        ("0.258 0 0.135", "1 0 0"),
        ("0.497 0 0", "0 1 0"),
        ("0.085 0 0", "1 0 0"),
    )
    links = "".join(f'<link name="l{number}"/>' for number in range(7))
    joints = "".join(
        f'<joint name="joint_{n}" type="revolute"><parent link="l{n - 1}"/><child link="l{n}"/><origin xyz="{xyz}"/>'
        f'<axis xyz="{axis}"/><limit lower="-2" upper="2" velocity="1"/></joint>'
        for n, (xyz, axis) in enumerate(pieces, 1)
    )
    tool = '<link name="t_tool0"/><joint name="t" type="fixed"><parent link="l6"/><child link="t_tool0"/>'
    tool += f'<origin rpy="0 {HALF!r} 0"/></joint>'
    text = f'<robot name="irb">{links}{joints}{tool}</robot>'
    arm = read_arm(write(tmp_path, text))
    check_chain(arm, text)
    lengths = [getattr(arm.model, name) for name in ("a1", "a2", "b", "c1", "c2", "c3", "c4")]
    assert lengths == [0.1, -0.135, 0.0, 0.615, 0.705, 0.755, 0.085]
    assert (arm.model.signs, arm.model.offsets) == ((1.0,) * 6, (0.0, 0.0, -HALF, 0.0, 0.0, 0.0))
    assert (arm.base_link, arm.tip_link) == ("l0", "t_tool0")
    assert arm.model.flange is IDENTITY


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"a1": 0.0}, {"a1": 0.0}),
        ({"a1": -0.15}, {"a1": 0.15, "c1": 0.5}),
        ({"c2": -0.7}, {"c2": 0.7}),
        ({"c3": -0.8}, {"c3": 0.8, "a2": 0.1}),
        ({"c4": -0.1}, {"c4": 0.1}),
        ({"c4": 0.0}, {"c4": 0.0}),
        ({"a2": 0.25, "c3": 0.0}, {"c3": 0.0, "a2": 0.25}),
        ({"c1": 0.0}, {"c1": 0.0}),
        ({"c1": -0.4}, {"c1": -0.4}),
        ({"b": 0.05}, {"b": 0.05}),
    ],
)
def test_same_arm_written_down_in_another_way(
    change: dict[str, float], expected: dict[str, float], tmp_path: Path
) -> None:
    text = write_urdf(replace(BASIC, **change))  # type: ignore[arg-type]
    arm = read_arm(write(tmp_path, text))
    check_chain(arm, text)
    assert {name: getattr(arm.model, name) for name in expected} == pytest.approx(expected, abs=1e-12)
    if change in ({}, {"b": 0.05}):
        assert (arm.model.signs, arm.model.offsets) == (BASIC.signs, BASIC.offsets)
        assert arm.model.base is IDENTITY
        assert arm.model.flange is IDENTITY


@pytest.mark.parametrize("base", [(0.0, HALF, 0.0), (HALF, 0.0, 0.0), (math.pi, 0.0, 0.0), (0.3, 0.2, 0.1)])
def test_arm_may_stand_on_its_base_in_any_way(base: tuple[float, float, float], tmp_path: Path) -> None:
    text = write_urdf(replace(BASIC, base=Pose.from_rpy((0.3, -0.2, 0.1), base)))
    arm = read_arm(write(tmp_path, text))
    check_chain(arm, text)
    assert arm.model.reach == pytest.approx(BASIC.reach, abs=1e-12)


@pytest.mark.parametrize(("digits", "least", "most"), [(8, 1e-12, 1e-7), (6, 1e-9, 1e-5), (5, 1e-8, 1e-4)])
def test_rounding_of_the_file_is_said(digits: int, least: float, most: float, tmp_path: Path) -> None:
    model = replace(BASIC, offsets=(0.1, HALF, -HALF, 0.2, 0.0, math.pi), a1=0.1234567)
    tilted = [(0.0, Pose.from_rpy((0.0, 0.0, 0.0), (HALF, 0.7, 0.3)))] * 6
    text = write_urdf(model, tilted, digits=digits)
    arm = read_arm(write(tmp_path, text))
    assert least < arm.position_residual < most
    deviation = worst_deviation(arm.model, text, "base_link", "tool0", arm.joints)
    assert deviation < 3.0 * max(arm.position_residual, arm.angle_residual)
    assert any("rounded in the file" in note for note in arm.notes) == (
        max(arm.position_residual, arm.angle_residual) > 1e-8
    )


def test_too_few_digits_are_refused_with_what_they_spoil(tmp_path: Path) -> None:
    turned = [(0.0, Pose.from_rpy((0.0, 0.0, 0.0), (HALF, 0.7, 0.3)))] * 6
    messages = [problem.message for problem in problems_of(write(tmp_path, write_urdf(BASIC, turned, digits=2)))]
    assert any("deg apart" in message for message in messages)
    assert any("do not meet in one point" in message for message in messages)


def tilted(number: int, roll: float) -> str:
    """Return the URDF of the basic arm with one joint tilted."""
    tree = ElementTree.fromstring(write_urdf(BASIC))
    joint = next(joint for joint in tree.iterfind("joint") if joint.attrib["name"] == f"joint_{number}")
    origin = joint.find("origin")
    assert origin is not None
    origin.set("rpy", f"{roll} 0 0")
    return ElementTree.tostring(tree, encoding="unicode")


@pytest.mark.parametrize(
    ("text", "joint", "message"),
    [
        (tilted(2, roll=0.1), "joint_2", "joint_1 and joint_2 are 84.2704 deg apart"),
        (tilted(3, roll=0.1), "joint_3", "joint_2 and joint_3 are 5.7296 deg from parallel"),
        (tilted(4, roll=0.1), "joint_4", "joint_3 and joint_4 are 84.2704 deg apart"),
        (tilted(5, roll=0.1), "joint_5", "joint_4 and joint_5 are 84.2704 deg apart"),
        (tilted(6, roll=0.1), "joint_6", "joint_5 and joint_6 are 84.2704 deg apart"),
        (write_urdf(replace(BASIC, c2=0.0)), "joint_3", "turn about the same line: there is no upper arm"),
        (write_urdf(replace(BASIC, a2=0.0, c3=0.0)), "joint_4", "there is no forearm"),
    ],
    ids=["1 and 2", "2 and 3", "3 and 4", "4 and 5", "5 and 6", "upper arm", "forearm"],
)
def test_arm_that_does_not_fit_says_why(text: str, joint: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    found = [problem for problem in problems_of(path) if message in problem.message]
    assert [problem.key for problem in found] == [joint]
    assert found[0].line > 0
    assert found[0].file == str(path)


def offset_wrist(x: float) -> str:
    """Return the URDF of an arm whose axis 6 passes axes 4 and 5 at a distance."""
    tree = ElementTree.fromstring(write_urdf(BASIC))
    joint = next(joint for joint in tree.iterfind("joint") if joint.attrib["name"] == "joint_6")
    origin = joint.find("origin")
    assert origin is not None
    origin.set("xyz", f"{x} 0 0")
    return ElementTree.tostring(tree, encoding="unicode")


def test_arm_without_spherical_wrist_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(write(tmp_path, offset_wrist(0.094)))
    assert problem.message == (
        "joint_4, joint_5 and joint_6 do not meet in one point: they pass 0.094 m apart; "
        "this arm has no spherical wrist"
    )


def test_wrist_may_be_rounded_but_not_more(tmp_path: Path) -> None:
    arm = read_arm(write(tmp_path, offset_wrist(9e-5)))
    assert 1e-5 < arm.position_residual < 2e-4
    problems_of(write(tmp_path, offset_wrist(1.1e-4), "other.urdf"))


UNIVERSAL = """<robot name="like_a_ur">
<link name="base_link"/><link name="l1"/><link name="l2"/><link name="l3"/><link name="l4"/><link name="l5"/>
<link name="l6"/>
<joint name="pan" type="revolute"><parent link="base_link"/><child link="l1"/><axis xyz="0 0 1"/>
  <limit lower="-6" upper="6" velocity="2"/></joint>
<joint name="lift" type="revolute"><parent link="l1"/><child link="l2"/><origin xyz="0 0.13 0"/><axis xyz="0 1 0"/>
  <limit lower="-6" upper="6" velocity="2"/></joint>
<joint name="elbow" type="revolute"><parent link="l2"/><child link="l3"/><origin xyz="0 0 0.6"/><axis xyz="0 1 0"/>
  <limit lower="-3" upper="3" velocity="0"/></joint>
<joint name="wrist_1" type="revolute"><parent link="l3"/><child link="l4"/><origin xyz="0 0 0.5"/><axis xyz="0 1 0"/>
  <limit lower="-6" upper="6" velocity="2"/></joint>
<joint name="wrist_2" type="revolute"><parent link="l4"/><child link="l5"/><origin xyz="0 0.1 0"/><axis xyz="0 0 1"/>
  <limit lower="-6" upper="6" velocity="2"/></joint>
<joint name="wrist_3" type="revolute"><parent link="l5"/><child link="l6"/><origin xyz="0 0 0.0946"/><axis xyz="0 1 0"/>
  <limit lower="-6" upper="6" velocity="2"/></joint>
</robot>"""


def test_all_reasons_come_at_once(tmp_path: Path) -> None:
    """An arm as those of Universal Robots, and a joint that could not move."""
    problems = problems_of(write(tmp_path, UNIVERSAL))
    assert [(problem.line, problem.key) for problem in problems] == [
        (8, "elbow limit velocity"),
        (10, "wrist_1"),
        (14, "wrist_3"),
    ]
    assert "elbow and wrist_1 are 0 deg apart" in problems[1].message
    assert "they pass 0.095 m apart" in problems[2].message
    assert "as those of a UR" in problems[2].message


def test_wrist_without_a_meeting_point_says_only_what_is_known(tmp_path: Path) -> None:
    """Axes 4 and 5 are parallel: a message about their meeting would mean nothing."""
    problems = problems_of(write(tmp_path, tilted(5, roll=HALF)))
    assert all("meet" not in problem.message for problem in problems)
    assert "joint_4 and joint_5 are 0 deg apart" in problems[0].message


def test_assumed_limits_are_those_that_are_said(tmp_path: Path) -> None:
    arm = read_arm(write(tmp_path, write_urdf(BASIC)))
    assert arm.model.velocity == (1.0,) * 6
    assert arm.model.acceleration == pytest.approx([1.0 / FULL_SPEED_TIME] * 6)
    assert arm.model.jerk == pytest.approx([1.0 / FULL_SPEED_TIME / JERK_TIME] * 6)
    assert arm.model.effort == (5.0,) * 6
    assert arm.notes == (
        "no acceleration limit of all joints: assumed is full speed in 0.5 s",
        "no jerk limit of all joints: assumed is full acceleration in 0.1 s",
    )


def test_arm_model_takes_names_and_files(tmp_path: Path) -> None:
    path = write(tmp_path, write_urdf(BASIC))
    assert arm_model(str(path)) == read_arm(path).model
    assert arm_model("kr210_r2700_2") is arm_models()["kr210_r2700_2"]
    assert arm_model(str(path), tip_link="link_6").c4 == 0.0


def test_file_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    path = write(tmp_path, write_urdf(BASIC))
    first = read_arm(path)
    assert read_arm(path) is first
    write(tmp_path, write_urdf(replace(BASIC, c2=0.75)))
    assert read_arm(path).model.c2 == pytest.approx(0.75)
    path.unlink()
    assert "does not exist" in problems_of(path)[0].message


def test_note_says_when_tools_are_not_placed_along_axis_6(tmp_path: Path) -> None:
    sideways = replace(BASIC, flange=Pose.from_rpy((0.0, 0.0, 0.0), (0.0, -HALF, 0.0)))
    path = write(tmp_path, write_urdf(sideways).replace("tool0", "my_flange"))
    arm = read_arm(path)
    assert (arm.tip_link, arm.model.flange != IDENTITY) == ("my_flange", True)
    assert any("z of my_flange does not point out of the flange" in note for note in arm.notes)


def test_note_says_when_the_flange_looks_backwards(tmp_path: Path) -> None:
    backwards = replace(BASIC, flange=Pose.from_rpy((0.0, 0.0, 0.0), (math.pi, 0.0, 0.0)))
    arm = read_arm(write(tmp_path, write_urdf(backwards)))
    assert any("z of tool0 does not point out of the flange" in note for note in arm.notes)


@pytest.mark.parametrize("model", [KUKA[0], BASIC], ids=lambda model: model.name)
def test_pinocchio_agrees(model: ArmModel, tmp_path: Path) -> None:
    pinocchio = pytest.importorskip("pinocchio")
    turns = [(0.1 * number, Pose.from_rpy((0.0, 0.0, 0.0), (0.3 * number, 0.2, -0.1))) for number in range(6)]
    text = write_urdf(replace(model, base=Pose.from_rpy((0.1, 0.2, 0.3), (0.1, 0.2, 0.3))), turns)
    found = read_arm(write(tmp_path, text)).model
    theirs = pinocchio.buildModelFromXML(text)
    data, tip = theirs.createData(), theirs.getFrameId("tool0")
    source = random.Random(7)
    for _ in range(20):
        joints = [source.uniform(-2.0, 2.0) for _ in range(6)]
        pinocchio.framesForwardKinematics(theirs, data, np.array(joints))
        assert np.abs(data.oMf[tip].homogeneous - forward(found, joints).matrix()).max() < 1e-9
