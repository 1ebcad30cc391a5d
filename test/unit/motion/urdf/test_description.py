# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from urdf_chain_text import attribute, frame, named

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose
from smart_cell.core.paths import share_dir
from smart_cell.motion.arm_model import ArmModel, Joints, arm_models
from smart_cell.motion.errors import UnknownArmModelError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.description import arm_urdf, cell_urdf, described_joints, part_frame

ALL = list(arm_models().values())


@pytest.fixture(scope="module")
def cell() -> Cell:
    return load_cell(share_dir() / "config" / "demo_cell.yaml")


@pytest.fixture(scope="module")
def demo(cell: Cell) -> ElementTree.Element:
    return ElementTree.fromstring(cell_urdf(cell))


@cache
def described(model: ArmModel, prefix: str = "x_") -> ElementTree.Element:
    return ElementTree.fromstring(arm_urdf(model, prefix))


def anywhere(model: ArmModel, source: random.Random) -> Joints:
    a1, a2, a3, a4, a5, a6 = (source.uniform(low, high) for low, high in zip(model.lower, model.upper, strict=True))
    return (a1, a2, a3, a4, a5, a6)


# An arm as no KUKA is: every sign turned over, odd offsets, a sideways offset, and its frames somewhere else.
ODD = replace(
    ALL[0],
    name="odd",
    b=0.05,
    signs=(1.0, -1.0, -1.0, 1.0, -1.0, 1.0),
    offsets=(0.3, -1.0, 0.2, 2.0, -1.5, 3.0),
    base=Pose.from_rpy((0.1, 0.2, -0.3), (0.4, math.pi / 2, -0.6)),
    flange=Pose.from_rpy((0.01, -0.02, 0.03), (-0.4, 0.5, 2.6)),
)


@pytest.mark.parametrize("model", [*ALL, ODD], ids=lambda model: model.name)
def test_chain_of_every_arm_is_the_forward_kinematics(model: ArmModel) -> None:
    source = random.Random(model.name)
    for _ in range(20):
        joints = anywhere(model, source)
        found = frame(described(model), "x_tool0", named("x_", joints))
        assert np.abs(found - forward(model, joints).matrix()).max() < 1e-9


@pytest.mark.parametrize("model", [*ALL, ODD], ids=lambda model: model.name)
def test_joints_of_every_arm_have_its_limits(model: ArmModel) -> None:
    joints = {joint.attrib["name"]: joint for joint in described(model).iterfind("joint")}
    for number in range(6):
        joint = joints[f"x_joint_{number + 1}"]
        assert joint.attrib["type"] == "revolute"
        limits = {name: float(attribute(joint, "limit", name)) for name in ("lower", "upper", "velocity", "effort")}
        assert limits == {
            "lower": model.lower[number],
            "upper": model.upper[number],
            "velocity": model.velocity[number],
            "effort": model.effort[number],
        }


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_joints_of_kuka_arms_turn_about_z_of_their_links(model: ArmModel) -> None:
    assert [joint.sign for joint in described_joints(arm_urdf(model)) if joint.sign] == [1] * 6


@pytest.mark.parametrize("model", [*ALL, replace(ODD, c1=0.0, c4=0.0)], ids=lambda model: model.name)
def test_inertias_are_those_of_bodies(model: ArmModel, demo: ElementTree.Element) -> None:
    for inertial in (*described(model).iter("inertial"), *demo.iter("inertial")):
        tensor = [float(attribute(inertial, "inertia", name)) for name in ("ixx", "iyy", "izz")]
        assert float(attribute(inertial, "mass", "value")) > 0.0
        # no body has a principal moment larger than the sum of the other two
        assert 0.0 < 2.0 * max(tensor) <= sum(tensor) * (1.0 + 1e-12)


def test_mass_of_the_demo_cells_arm_is_that_of_its_data_sheet() -> None:
    """KUKA states 1,077 kg for a KR 210 R2700-2."""
    masses = [float(mass.attrib["value"]) for mass in described(arm_models()["kr210_r2700_2"]).iter("mass")]
    assert len(masses) == 7
    assert sum(masses) == pytest.approx(1077.0, rel=0.1)


@pytest.mark.parametrize("model", [ALL[0], ODD], ids=lambda model: model.name)
def test_names_and_frames_of_one_arm(model: ArmModel) -> None:
    urdf = described(model)
    links = [link.attrib["name"] for link in urdf.iterfind("link")]
    numbered = [f"x_link_{number}" for number in range(1, 7)]
    assert links == ["world", "x_base_link", *numbered, "x_base", "x_flange", "x_tool0"]
    joints = named("x_", anywhere(model, random.Random(1)))
    flange, tool0 = frame(urdf, "x_flange", joints), frame(urdf, "x_tool0", joints)
    np.testing.assert_allclose(flange[:3, 3], tool0[:3, 3], atol=1e-12)
    np.testing.assert_allclose(flange[:3, 0], tool0[:3, 2], atol=1e-12)
    np.testing.assert_allclose(frame(urdf, "x_base", joints), np.eye(4), atol=1e-12)


@pytest.mark.parametrize("model", [ALL[0], ODD], ids=lambda model: model.name)
def test_upper_arm_and_forearm_lie_in_the_links_as_those_of_a_kuka_arm(model: ArmModel) -> None:
    joints = {joint.name: joint for joint in described_joints(arm_urdf(model))}
    assert joints["joint_3"].origin.xyz == pytest.approx((model.c2, 0.0, 0.0), abs=1e-12)
    assert joints["joint_4"].origin.xyz == pytest.approx((-model.a2, 0.0, 0.0), abs=1e-12)
    assert joints["joint_5"].origin.xyz == pytest.approx((0.0, 0.0, -model.c3), abs=1e-12)


def test_unknown_arm_is_refused(cell: Cell) -> None:
    robots = {**cell.robots, "r1": replace(cell.robots["r1"], model="kr211_r2700_2")}
    with pytest.raises(UnknownArmModelError, match="kr210_r2700_2"):
        cell_urdf(replace(cell, robots=robots))


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
        assert joint.sign == ("_joint_" in joint.name)
        # at angle 0 the frame of the child in that of the parent is the origin
        expected = frame(demo, joint.child, {joint.name: 0.0}, root=joint.parent)
        np.testing.assert_allclose(joint.origin.matrix(), expected, atol=1e-12)


def test_sense_of_a_joint_is_that_of_its_axis() -> None:
    text = """<robot name="odd"><joint name="a" type="revolute"><parent link="a"/><child link="b"/>
        <axis xyz="0 0 -1"/></joint></robot>"""
    assert [joint.sign for joint in described_joints(text)] == [-1]


@pytest.mark.parametrize(("kind", "axis"), [("prismatic", "0 0 1"), ("revolute", "1 0 0")])
def test_other_joints_are_refused(kind: str, axis: str) -> None:
    text = f"""<robot name="odd"><joint name="odd_joint" type="{kind}"><parent link="a"/><child link="b"/>
        <axis xyz="{axis}"/></joint></robot>"""
    with pytest.raises(ValueError, match="odd_joint"):
        described_joints(text)
