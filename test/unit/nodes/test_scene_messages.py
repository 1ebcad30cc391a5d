# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Transforms and markers of the scene."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from demo_plan import demo_cell

pytest.importorskip("visualization_msgs.msg")

from builtin_interfaces.msg import Time
from sensor_msgs.msg import JointState
from visualization_msgs.msg import Marker

from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import OrientedBox
from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.collision.shapes import cell_obstacles
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.description import arm_urdf, cell_urdf, described_joints
from smart_cell.nodes import names
from smart_cell.nodes.conversions import MessageError, pose_from_msg
from smart_cell.nodes.scene_frames import RobotFrames, fixed_transforms
from smart_cell.nodes.scene_markers import (
    BODY,
    BODY_SHAPES,
    FIXTURES,
    SPOT_COLORS,
    SPOTS,
    ZONES,
    scene_markers,
)
from smart_cell.nodes.scene_view import BodyView, SceneView
from smart_cell.welding.verdict import WeldResult

CELL = demo_cell()
SEDAN = CELL.variants["sedan"].spots


def pose_of(transform: Any) -> Pose:
    """The pose of a transform, read field by field."""
    place, turn = transform.transform.translation, transform.transform.rotation
    return Pose((place.x, place.y, place.z), (turn.w, turn.x, turn.y, turn.z))


def chain(transforms: list[Any], child: str, root: str) -> Pose:
    by_child = {transform.child_frame_id: transform for transform in transforms}
    pose = Pose((0.0, 0.0, 0.0))
    while child != root:
        pose = pose_of(by_child[child]) @ pose
        child = by_child[child].header.frame_id
    return pose


def test_frames_of_a_sample_are_the_forward_kinematics() -> None:
    joints = described_joints(cell_urdf(CELL))
    fixed = fixed_transforms(joints, Time(sec=5)).transforms
    model, source = arm_model(CELL.robots["r3"].model), random.Random(5)
    angles = [source.uniform(low, high) for low, high in zip(model.lower, model.upper, strict=True)]
    frames = RobotFrames("r3", {joint.name: joint for joint in joints})
    order = list(range(6))
    source.shuffle(order)
    sample = JointState(name=[names.joint_names("r3")[n] for n in order], position=[angles[n] for n in order])
    sample.header.stamp = Time(sec=7, nanosec=8)
    moving = frames.at(sample)
    assert {transform.header.stamp.sec for transform in fixed} == {5}
    assert all(transform.header.stamp == sample.header.stamp for transform in moving)
    expected = CELL.robots["r3"].base @ forward(model, angles) @ CELL.guns["g3"].tcp
    found = chain([*fixed, *moving], "r3_tcp", "world")
    np.testing.assert_allclose(found.matrix(), expected.matrix(), atol=1e-9)


def test_frames_of_an_arm_whose_joints_turn_the_other_way() -> None:
    model = replace(arm_model("kr210_r2700_2"), signs=(1.0, -1.0, -1.0, 1.0, -1.0, 1.0))
    joints = described_joints(arm_urdf(model, "r1_"))
    angles = (0.1, -0.2, 0.3, -0.4, 0.5, -0.6)
    moving = RobotFrames("r1", {joint.name: joint for joint in joints}).at(
        JointState(name=list(names.joint_names("r1")), position=angles)
    )
    found = chain([*fixed_transforms(joints, Time()).transforms, *moving], "r1_tool0", "world")
    np.testing.assert_allclose(found.matrix(), forward(model, angles).matrix(), atol=1e-9)


@pytest.mark.parametrize(
    ("joint_names", "position"),
    [(["r1_joint_1"], [0.0]), (list(names.joint_names("r1")), [0.0, math.nan, 0.0, 0.0, 0.0, 0.0])],
)
def test_bad_sample_is_refused(joint_names: list[str], position: list[float]) -> None:
    frames = RobotFrames("r1", {joint.name: joint for joint in described_joints(cell_urdf(CELL))})
    with pytest.raises(MessageError):
        frames.at(JointState(name=joint_names, position=position))


def markers_of(view: SceneView) -> dict[tuple[str, int], Any]:
    markers = scene_markers(CELL, view).markers
    by_name = {(marker.ns, marker.id): marker for marker in markers}
    assert len(by_name) == len(markers)
    assert {marker.header.frame_id for marker in markers} == {CELL.name}
    return by_name


def body_view(**changes: Any) -> BodyView:
    return replace(BodyView("B1", "sedan", "s1", 0.0, (None,) * len(SEDAN)), **changes)


def test_spots_lie_where_the_station_holds_them_in_the_colour_of_their_result() -> None:
    results = tuple(random.Random(6).choice([None, *WeldResult]) for _ in SEDAN)
    balls = markers_of(SceneView(body_view(results=results, shift=-2.5), ()))[SPOTS, 0]
    place = pose_from_msg(balls.pose)
    part = CELL.stations["s1"].part
    for spot, point, color, result in zip(SEDAN, balls.points, balls.colors, results, strict=True):
        x, y, z = part.apply(spot.position)
        assert place.apply((point.x, point.y, point.z)) == pytest.approx((x - 2.5, y, z), abs=1e-9)
        assert color == SPOT_COLORS[result]


def test_colours_tell_results_apart() -> None:
    colors = [(color.r, color.g, color.b) for color in SPOT_COLORS.values()]
    assert set(SPOT_COLORS) == {None, *WeldResult}
    assert len(set(colors)) == len(colors)


def test_outline_holds_every_spot_and_the_label_counts() -> None:
    results = (WeldResult.OK, WeldResult.NOT_OK, *(None,) * (len(SEDAN) - 2))
    markers = markers_of(SceneView(body_view(results=results), ()))
    outline, label = markers[BODY, 0], markers[BODY, 1]
    inside = pose_from_msg(outline.pose).inverse()
    for spot in SEDAN:
        point = inside.apply(CELL.stations["s1"].part.apply(spot.position))
        sizes = (outline.scale.x, outline.scale.y, outline.scale.z)
        assert all(abs(value) <= 0.5 * size + 1e-9 for value, size in zip(point, sizes, strict=True))
    assert label.text == f"B1 (sedan) 1/{len(SEDAN)}"


def test_body_that_left_is_taken_away() -> None:
    stay = (ZONES, FIXTURES)
    shown = {name for name in markers_of(SceneView(body_view(), ())) if name[0] not in stay}
    gone = {name: marker for name, marker in markers_of(SceneView(None, ())).items() if name[0] not in stay}
    assert set(gone) == shown
    assert {marker.action for marker in gone.values()} == {Marker.DELETE}


def test_zones_show_box_and_holder() -> None:
    free, held = (markers_of(SceneView(None, (("b_left", holder), ("b_right", "")))) for holder in ("", "r2"))
    number = list(CELL.zones).index("b_left")
    box, cube = CELL.zones["b_left"].box, held[ZONES, 2 * number]
    assert box is not None
    np.testing.assert_allclose(
        (cube.scale.x, cube.scale.y, cube.scale.z), np.subtract(box.upper, box.lower), atol=1e-12
    )
    np.testing.assert_allclose(pose_from_msg(cube.pose).xyz, np.add(box.upper, box.lower) / 2, atol=1e-12)
    assert held[ZONES, 2 * number + 1].text == "b_left: r2"
    assert free[ZONES, 2 * number + 1].text == "b_left: free"
    assert cube.color != free[ZONES, 2 * number].color


def test_body_and_fixture_show_what_clearance_looks_at() -> None:
    markers = markers_of(SceneView(body_view(shift=-1.5), ()))
    fixture = cell_obstacles(CELL, "s1")
    body = [shape.placed(Pose((-1.5, 0.0, 0.0))) for shape in cell_obstacles(CELL, "s1", "sedan")[len(fixture) :]]
    for namespace, shapes in ((FIXTURES, fixture), (BODY_SHAPES, body)):
        assert shapes
        assert {number for name, number in markers if name == namespace} == set(range(len(shapes)))
        for number, shape in enumerate(shapes):
            marker = markers[namespace, number]
            place = pose_from_msg(marker.pose)
            if isinstance(shape, OrientedBox):
                assert marker.type == Marker.CUBE
                assert (marker.scale.x, marker.scale.y, marker.scale.z) == pytest.approx(shape.size)
                np.testing.assert_allclose(place.matrix(), shape.pose.matrix(), atol=1e-12)
            else:
                assert marker.type == Marker.SPHERE_LIST
                assert marker.scale.z == pytest.approx(2.0 * shape.radius)
                ends = [place.apply((point.x, point.y, point.z)) for point in (marker.points[0], marker.points[-1])]
                np.testing.assert_allclose(ends, (shape.start, shape.end), atol=1e-12)
                gaps = [math.dist((a.x, a.y, a.z), (b.x, b.y, b.z)) for a, b in pairwise(marker.points)]
                assert max(gaps) <= shape.radius


def test_shapes_of_the_body_before_are_taken_away() -> None:
    few = replace(CELL.variants["sedan"], body=CELL.variants["sedan"].body[:2])
    markers = scene_markers(replace(CELL, variants={**CELL.variants, "sedan": few}), SceneView(body_view(), ())).markers
    actions = [marker.action for marker in markers if marker.ns == BODY_SHAPES]
    most = len(CELL.variants["wagon"].body)
    assert actions == [Marker.ADD] * 2 + [Marker.DELETE] * (most - 2)


def test_every_marker_can_be_drawn() -> None:
    """RViz refuses what has no size, no colour or no unit quaternion."""
    for marker in markers_of(SceneView(body_view(), (("b_left", "r1"), ("b_right", "")))).values():
        pose_from_msg(marker.pose)
        assert marker.action == Marker.ADD
        if marker.type == Marker.TEXT_VIEW_FACING:
            assert marker.scale.z > 0.0
        else:
            assert min(marker.scale.x, marker.scale.y, marker.scale.z) > 0.0
        assert all(color.a > 0.0 for color in (marker.colors or [marker.color]))
