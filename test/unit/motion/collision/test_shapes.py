# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of shapes and placing: what is checked is what the URDF shows, where kinematics says."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Gun
from smart_cell.core.geometry import Pose, Vector
from smart_cell.core.paths import share_dir
from smart_cell.core.shapes import Capsule, OrientedBox
from smart_cell.motion.arm_model import arm_model, arm_models
from smart_cell.motion.collision.placing import PlacedRobot, turning_frames
from smart_cell.motion.collision.shapes import LINKS, RobotShapes, arm_shapes, cell_obstacles, gun_shapes, robot_shapes
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.description import cell_urdf, described_joints

CELL = load_cell(share_dir() / "config" / "demo_cell.yaml")
Cylinder = tuple[Vector, Vector, float]


def cylinders(urdf: str) -> dict[str, list[Cylinder]]:
    """Return ends and radius of the collision cylinders of each link, in the frame of the link."""
    found: dict[str, list[Cylinder]] = {}
    for link in ElementTree.fromstring(urdf).iterfind("link"):
        for collision in link.iterfind("collision"):
            origin, cylinder = collision.find("origin"), collision.find("geometry/cylinder")
            assert origin is not None
            assert cylinder is not None
            pose = Pose.from_rpy(*([float(x) for x in origin.attrib[key].split()] for key in ("xyz", "rpy")))
            half = 0.5 * float(cylinder.attrib["length"])
            ends = pose.apply((0.0, 0.0, -half)), pose.apply((0.0, 0.0, half))
            found.setdefault(link.attrib["name"], []).append((*ends, float(cylinder.attrib["radius"])))
    return found


def link_poses(urdf: str, prefix: str, joints: tuple[float, ...]) -> dict[str, Pose]:
    """Return the frames of a robot's links in the world, joint by joint."""
    poses = {"world": Pose((0.0, 0.0, 0.0))}
    for joint in described_joints(urdf):
        pose = poses[joint.parent] @ joint.origin
        if joint.sign and joint.name.startswith(prefix):
            half = 0.5 * joint.sign * joints[int(joint.name[-1]) - 1]
            pose = pose @ Pose((0.0, 0.0, 0.0), (math.cos(half), 0.0, 0.0, math.sin(half)))
        poses[joint.child] = pose
    return poses


def test_links_are_the_cylinders_of_the_urdf_where_its_chain_puts_them() -> None:
    urdf = cell_urdf(CELL)
    shapes = cylinders(urdf)
    source = np.random.default_rng(1)
    for name, entry in CELL.robots.items():
        model = arm_model(entry.model)
        joints = source.uniform(model.lower, model.upper)
        placed = PlacedRobot(robot_shapes(CELL, name))
        places = placed.place([joints])
        poses = link_poses(urdf, f"{name}_", tuple(joints))
        for number, link in enumerate(LINKS):
            ((start, end, radius),) = shapes[f"{name}_{link}"]
            pose = poses[f"{name}_{link}"]
            np.testing.assert_allclose(places.starts[:, number, 0], pose.apply(start), atol=1e-9)
            way = np.subtract(pose.apply(end), pose.apply(start))
            np.testing.assert_allclose(places.ways[:, number, 0], way, atol=1e-9)
            assert placed.sizes.radius[number] == pytest.approx(radius, abs=1e-12)


def test_gun_holds_what_the_urdf_draws() -> None:
    drawn = cylinders(cell_urdf(CELL))["r1_gun"]
    box, *capsules = gun_shapes(CELL.guns["g1"])
    assert isinstance(box, OrientedBox)
    foot, head, radius = drawn[0]
    assert foot == pytest.approx((0.0, 0.0, 0.0))
    assert head == pytest.approx((0.0, 0.0, box.size[2]))
    assert box.pose.xyz == (0.0, 0.0, 0.5 * box.size[2])
    assert box.size[:2] == (2.0 * radius, 2.0 * radius)
    for capsule, (start, end, radius) in zip(capsules, drawn[1:], strict=True):
        assert isinstance(capsule, Capsule)
        # the round ends of the electrodes are within the tips
        tip = {"fixed_electrode": (0.0, radius), "moving_electrode": (radius, 0.0)}.get(capsule.name, (0.0, 0.0))
        assert math.dist(capsule.start, start) == pytest.approx(tip[0], abs=1e-9)
        assert math.dist(capsule.end, end) == pytest.approx(tip[1], abs=1e-9)
        assert capsule.radius == radius


def test_frames_end_in_the_flange_of_the_kinematics() -> None:
    source = np.random.default_rng(2)
    tilt = Pose.from_rpy((0.1, -0.2, 0.3), (0.4, 0.5, -0.6))
    models = [*arm_models().values()]
    models.append(replace(models[0], base=tilt, flange=tilt.inverse(), b=0.05, signs=(1, -1, 1, -1, 1, 1)))
    for model in models:
        joints = source.uniform(model.lower, model.upper, (3, 6))
        origins, rotations = turning_frames(model, joints)
        for row, angles in enumerate(joints):
            matrix = forward(model, angles).matrix()
            np.testing.assert_allclose(origins[:, 7, row], matrix[:3, 3], atol=1e-9)
            np.testing.assert_allclose(rotations[:, :, 7, row], matrix[:3, :3], atol=1e-9)
        products = np.einsum("ijsn,iksn->snjk", rotations, rotations)
        np.testing.assert_allclose(products, np.broadcast_to(np.eye(3), products.shape), atol=1e-12)


def test_boxes_and_capsules_of_a_gun_move_with_the_flange() -> None:
    model = arm_model("kr240_r2900_2")
    turned = Pose.from_rpy((0.1, 0.0, 0.2), (0.3, 0.2, 0.1))
    gun = (OrientedBox("body", turned, (0.1, 0.2, 0.3)), Capsule("arm", (0.0, 0.0, 0.1), (0.3, 0.0, 0.4), 0.02))
    base = Pose.from_rpy((1.0, 2.0, 0.3), (0.0, 0.1, 0.7))
    joints = (0.3, -1.2, 1.1, 0.4, 0.9, -0.5)
    places = PlacedRobot(RobotShapes("r1", model, base, arm_shapes(model), gun)).place([joints])
    flange = base @ forward(model, joints)
    np.testing.assert_allclose(places.starts[:, 7, 0], (flange @ turned).xyz, atol=1e-12)
    np.testing.assert_allclose(places.turns[:, :, 0, 0], (flange @ turned).matrix()[:3, :3], atol=1e-12)
    np.testing.assert_allclose(places.starts[:, 8, 0], flange.apply((0.0, 0.0, 0.1)), atol=1e-12)
    np.testing.assert_allclose(places.ways[:, 8, 0], flange.rotate((0.3, 0.0, 0.3)), atol=1e-12)


def test_shape_of_the_cell_file_replaces_the_usual_gun() -> None:
    own = (OrientedBox("transformer", Pose((0.0, 0.0, 0.2)), (0.2, 0.3, 0.4)),)
    gun: Gun = replace(CELL.guns["g1"], shape=own)
    cell = replace(CELL, guns={**CELL.guns, "g1": gun})
    assert robot_shapes(cell, "r1").gun == own


def test_obstacles_stand_where_the_station_is() -> None:
    turned = replace(CELL.stations["s1"], part=Pose.from_rpy((1.0, 0.0, 0.5), (0.0, 0.0, math.pi / 2)))
    post = Capsule("post", (1.0, 0.0, 0.0), (1.0, 0.0, 1.0), 0.1)
    roof = OrientedBox("roof", Pose((0.0, 2.0, 1.0)), (1.0, 1.0, 0.1))
    sedan = replace(CELL.variants["sedan"], body=(roof,))
    cell = replace(CELL, stations={"s1": replace(turned, fixture=(post,))}, variants={"sedan": sedan})
    (placed,) = cell_obstacles(cell, "s1")
    assert isinstance(placed, Capsule)
    assert (placed.name, placed.radius) == ("fixture post", 0.1)
    assert placed.start == pytest.approx((1.0, 1.0, 0.5))
    _, box = cell_obstacles(cell, "s1", "sedan")
    assert isinstance(box, OrientedBox)
    assert (box.name, box.size) == ("body roof", (1.0, 1.0, 0.1))
    assert box.pose.xyz == pytest.approx((-1.0, 0.0, 1.5))


@pytest.mark.parametrize("radius", [0.0, -0.1, math.nan, math.inf])
def test_capsule_without_thickness_is_refused(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        Capsule("rod", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), radius)


def test_capsule_that_is_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Capsule("rod", (0.0, math.nan, 0.0), (0.0, 0.0, 1.0), 0.1)


@pytest.mark.parametrize("size", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, math.nan), (math.inf, 1.0, 1.0)])
def test_box_without_size_is_refused(size: Vector) -> None:
    with pytest.raises(ValueError, match="size"):
        OrientedBox("block", Pose((0.0, 0.0, 0.0)), size)
