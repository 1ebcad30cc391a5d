# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import math
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xacro
from numpy.typing import NDArray

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose
from smart_cell.core.paths import share_dir
from smart_cell.motion.arm_model import ArmModel, Joints, arm_models
from smart_cell.motion.description import cell_urdf, described_joints, part_frame
from smart_cell.motion.errors import UnknownArmModelError
from smart_cell.motion.kinematics import forward

Matrix = NDArray[np.float64]
ALL = list(arm_models().values())
XACRO = "http://www.ros.org/wiki/xacro"
ONE_ARM = share_dir() / "urdf" / "kuka_arm.urdf.xacro"


@pytest.fixture(scope="module")
def cell() -> Cell:
    return load_cell(share_dir() / "config" / "demo_cell.yaml")


@pytest.fixture(scope="module")
def demo(cell: Cell) -> ElementTree.Element:
    return ElementTree.fromstring(cell_urdf(cell))


@pytest.fixture(scope="module")
def arms() -> ElementTree.Element:
    """Every arm of the data, with its name as prefix, all on the same foot."""
    calls = "".join(
        f'<xacro:kuka_arm prefix="{model.name}_" model="{model.name}" parent="world"><origin/></xacro:kuka_arm>'
        for model in ALL
    )
    include = f'<xacro:include filename="{ONE_ARM.parent / "kuka_arm.xacro"}"/>'
    document = xacro.parse(f'<robot xmlns:xacro="{XACRO}" name="all">{include}<link name="world"/>{calls}</robot>')
    xacro.process_doc(document)
    return ElementTree.fromstring(document.toxml())


def expand(model: str, file: Path = ONE_ARM) -> ElementTree.Element:
    document = xacro.process_file(str(file), mappings={"model": model, "prefix": "x_"})
    return ElementTree.fromstring(document.toxml())


def turn(axis: str, angle: float) -> Matrix:
    """A rotation about a fixed axis, written out."""
    c, s = math.cos(angle), math.sin(angle)
    rows = {
        "x": [[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]],
        "y": [[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1]],
        "z": [[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
    }
    return np.array(rows[axis], dtype=float)


def attribute(element: ElementTree.Element, tag: str, name: str) -> str:
    part = element.find(tag)
    assert part is not None, f"{element.attrib} has no {tag}"
    # xyz and rpy may be left out
    return part.attrib.get(name, "0 0 0") if tag == "origin" else part.attrib[name]


def frame(urdf: ElementTree.Element, child: str, joints: Mapping[str, float], root: str = "world") -> Matrix:
    """Evaluate the chain from `root` to `child` straight from the URDF's text, as its specification says."""
    by_child = {attribute(joint, "child", "link"): joint for joint in urdf.iterfind("joint")}
    matrix = np.eye(4)
    while child != root:
        joint = by_child[child]
        roll, pitch, yaw = (float(angle) for angle in attribute(joint, "origin", "rpy").split())
        step = np.eye(4)
        step[:3, 3] = [float(value) for value in attribute(joint, "origin", "xyz").split()]
        step = step @ turn("z", yaw) @ turn("y", pitch) @ turn("x", roll)
        if joint.attrib["type"] == "revolute":
            assert attribute(joint, "axis", "xyz") == "0 0 1"
            step = step @ turn("z", joints[joint.attrib["name"]])
        matrix, child = step @ matrix, attribute(joint, "parent", "link")
    return matrix


def named(prefix: str, joints: Joints) -> dict[str, float]:
    return {f"{prefix}joint_{number}": angle for number, angle in enumerate(joints, 1)}


def anywhere(model: ArmModel, source: random.Random) -> Joints:
    a1, a2, a3, a4, a5, a6 = (source.uniform(low, high) for low, high in zip(model.lower, model.upper, strict=True))
    return (a1, a2, a3, a4, a5, a6)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_chain_of_every_arm_is_the_forward_kinematics(model: ArmModel, arms: ElementTree.Element) -> None:
    prefix = f"{model.name}_"
    source = random.Random(model.name)
    for _ in range(20):
        joints = anywhere(model, source)
        found = frame(arms, f"{prefix}tool0", named(prefix, joints))
        assert np.abs(found - forward(model, joints).matrix()).max() < 1e-9


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_joints_of_every_arm_have_its_limits(model: ArmModel, arms: ElementTree.Element) -> None:
    for number in range(6):
        name = f"{model.name}_joint_{number + 1}"
        joint = next(joint for joint in arms.iterfind("joint") if joint.attrib["name"] == name)
        assert joint.attrib["type"] == "revolute"
        limits = {name: float(attribute(joint, "limit", name)) for name in ("lower", "upper", "velocity", "effort")}
        assert limits == pytest.approx(
            {
                "lower": model.lower[number],
                "upper": model.upper[number],
                "velocity": model.velocity[number],
                "effort": model.effort[number],
            },
            abs=1e-12,
        )


def test_inertias_are_those_of_bodies(arms: ElementTree.Element, demo: ElementTree.Element) -> None:
    for inertial in (*arms.iter("inertial"), *demo.iter("inertial")):
        tensor = [float(attribute(inertial, "inertia", name)) for name in ("ixx", "iyy", "izz")]
        assert float(attribute(inertial, "mass", "value")) > 0.0
        # no body has a principal moment larger than the sum of the other two
        assert 0.0 < 2.0 * max(tensor) <= sum(tensor) * (1.0 + 1e-12)


def test_mass_of_the_demo_cells_arm_is_that_of_its_data_sheet(arms: ElementTree.Element) -> None:
    """KUKA states 1,077 kg for a KR 210 R2700-2."""
    links = [link for link in arms.iterfind("link") if link.attrib["name"].startswith("kr210_r2700_2_")]
    masses = [float(mass.attrib["value"]) for link in links for mass in link.iter("mass")]
    assert len(masses) == 7
    assert sum(masses) == pytest.approx(1077.0, rel=0.1)


def test_names_and_frames_of_one_arm() -> None:
    model = ALL[0]
    urdf = expand(model.name)
    links = [link.attrib["name"] for link in urdf.iterfind("link")]
    numbered = [f"x_link_{number}" for number in range(1, 7)]
    assert links == ["world", "x_base_link", *numbered, "x_base", "x_flange", "x_tool0"]
    joints = named("x_", anywhere(model, random.Random(1)))
    flange, tool0 = frame(urdf, "x_flange", joints), frame(urdf, "x_tool0", joints)
    np.testing.assert_allclose(flange[:3, 3], tool0[:3, 3], atol=1e-12)
    np.testing.assert_allclose(flange[:3, 0], tool0[:3, 2], atol=1e-12)
    np.testing.assert_allclose(frame(urdf, "x_base", joints), np.eye(4), atol=1e-12)


def test_sideways_offset_of_an_arm_goes_the_same_way(tmp_path: Path) -> None:
    """No arm of the data has one yet."""
    model = ALL[0]
    shutil.copytree(share_dir() / "urdf", tmp_path / "urdf")
    data = json.loads((share_dir() / "config" / "kuka_arms.json").read_text())
    next(entry for entry in data["arms"] if entry["name"] == model.name)["b_mm"] = 50
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "kuka_arms.json").write_text(json.dumps(data))
    urdf = expand(model.name, tmp_path / "urdf" / ONE_ARM.name)
    joints = anywhere(model, random.Random(2))
    found = frame(urdf, "x_tool0", named("x_", joints))
    np.testing.assert_allclose(found, forward(replace(model, b=0.05), joints).matrix(), atol=1e-9)


def test_unknown_arm_is_refused(cell: Cell) -> None:
    robots = {**cell.robots, "r1": replace(cell.robots["r1"], model="kr211_r2700_2")}
    with pytest.raises(UnknownArmModelError, match="kr210_r2700_2"):
        cell_urdf(replace(cell, robots=robots))
    with pytest.raises(xacro.XacroException, match=r"kuka_arms\.json has no arm kr211"):
        expand("kr211_r2700_2")


def test_cell_is_one_tree_with_unique_names(demo: ElementTree.Element) -> None:
    links = [link.attrib["name"] for link in demo.iterfind("link")]
    joints = [joint.attrib["name"] for joint in demo.iterfind("joint")]
    children = [attribute(joint, "child", "link") for joint in demo.iterfind("joint")]
    materials = [material.attrib["name"] for material in demo.iterfind("material")]
    for names in (links, joints, children, materials):
        assert len(names) == len(set(names))
    assert set(links) - set(children) == {"world"}
    assert {attribute(joint, "parent", "link") for joint in demo.iterfind("joint")} <= set(links)
    assert {material.attrib["name"] for material in demo.iter("material")} == set(materials)


def test_cell_has_its_robots_guns_and_parts_where_the_cell_file_says(cell: Cell, demo: ElementTree.Element) -> None:
    source = random.Random(3)
    for station in cell.stations.values():
        np.testing.assert_allclose(frame(demo, part_frame(station.name), {}), station.part.matrix(), atol=1e-9)
    for robot in cell.robots.values():
        model = arm_models()[robot.model]
        joints = anywhere(model, source)
        expected = robot.base @ forward(model, joints) @ cell.guns[robot.gun].tcp
        found = frame(demo, f"{robot.name}_tcp", named(f"{robot.name}_", joints))
        assert np.abs(found - expected.matrix()).max() < 1e-9


def test_any_place_of_arm_and_tcp_survives(cell: Cell) -> None:
    source = random.Random(4)
    (foot, *_), (gun, *_) = cell.robots.values(), cell.guns.values()
    turns = [-math.pi / 2, math.pi / 2, 0.0, *(source.uniform(-math.pi, math.pi) for _ in range(5))]
    poses = [Pose.from_rpy((0.1, -0.2, 0.3), (source.uniform(-3, 3), pitch, source.uniform(-3, 3))) for pitch in turns]
    robots = {f"r{n}": replace(foot, name=f"r{n}", base=pose, gun=f"g{n}") for n, pose in enumerate(poses)}
    guns = {f"g{n}": replace(gun, name=f"g{n}", tcp=pose) for n, pose in enumerate(poses)}
    urdf = ElementTree.fromstring(cell_urdf(replace(cell, robots=robots, guns=guns)))
    for number, pose in enumerate(poses):
        joints = named(f"r{number}_", foot.home)
        base, tool0, tcp = (frame(urdf, f"r{number}_{name}", joints) for name in ("base_link", "tool0", "tcp"))
        np.testing.assert_allclose(base, pose.matrix(), atol=1e-9)
        np.testing.assert_allclose(tcp, tool0 @ pose.matrix(), atol=1e-9)


def test_described_joints_say_what_the_text_says(demo: ElementTree.Element) -> None:
    joints = described_joints(ElementTree.tostring(demo, encoding="unicode"))
    assert [joint.name for joint in joints] == [joint.attrib["name"] for joint in demo.iterfind("joint")]
    for joint in joints:
        assert joint.turns == ("_joint_" in joint.name)
        # at angle 0 the frame of the child in that of the parent is the origin
        expected = frame(demo, joint.child, {joint.name: 0.0}, root=joint.parent)
        np.testing.assert_allclose(joint.origin.matrix(), expected, atol=1e-12)


@pytest.mark.parametrize(("kind", "axis"), [("prismatic", "0 0 1"), ("revolute", "1 0 0")])
def test_other_joints_are_refused(kind: str, axis: str) -> None:
    text = f"""<robot name="odd"><joint name="odd_joint" type="{kind}"><parent link="a"/><child link="b"/>
        <axis xyz="{axis}"/></joint></robot>"""
    with pytest.raises(ValueError, match="odd_joint"):
        described_joints(text)
