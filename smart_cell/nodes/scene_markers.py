# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Markers for RViz and other viewers: the body with its spots, the fixtures, and the zones with who is in them.

Every message shows the whole scene with the same namespaces and ids, so that a viewer that comes late sees all of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from smart_cell.cell.model import Box, Cell
from smart_cell.core.geometry import Pose, Vector
from smart_cell.core.shapes import OrientedBox, Shape
from smart_cell.nodes.conversions import pose_to_msg
from smart_cell.nodes.scene_view import BodyView, SceneView
from smart_cell.welding.verdict import WeldResult

BODY: Final = "body"
BODY_SHAPES: Final = "body_shapes"
FIXTURES: Final = "fixtures"
SPOTS: Final = "spots"
ZONES: Final = "zones"
"""Namespaces of the markers."""

SPOT_DIAMETER: Final = 0.03
"""Of the ball that stands for a spot [m]; a weld nugget of 5 mm could not be seen."""
LABEL_HEIGHT: Final = 0.12
"""Of the letters [m]."""

SPOT_COLORS: Final = {
    None: ColorRGBA(r=0.75, g=0.75, b=0.75, a=1.0),
    WeldResult.OK: ColorRGBA(r=0.1, g=0.75, b=0.2, a=1.0),
    WeldResult.NOT_OK: ColorRGBA(r=0.9, g=0.1, b=0.1, a=1.0),
    WeldResult.NOT_WELDED: ColorRGBA(r=0.2, g=0.45, b=0.95, a=1.0),
    WeldResult.INTERRUPTED: ColorRGBA(r=1.0, g=0.55, b=0.0, a=1.0),
    WeldResult.UNCERTAIN: ColorRGBA(r=0.75, g=0.2, b=0.85, a=1.0),
}
"""Colour of a spot by what became of it; None: open."""

_BODY_COLOR = ColorRGBA(r=0.6, g=0.65, b=0.7, a=0.15)
_BODY_SHAPE_COLOR = ColorRGBA(r=0.6, g=0.65, b=0.7, a=0.6)
_FIXTURE_COLOR = ColorRGBA(r=0.35, g=0.4, b=0.35, a=1.0)
_FREE_COLOR = ColorRGBA(r=0.2, g=0.7, b=0.3, a=0.12)
_HELD_COLOR = ColorRGBA(r=1.0, g=0.75, b=0.0, a=0.3)
_TEXT_COLOR = ColorRGBA(r=1.0, g=1.0, b=1.0, a=1.0)


def scene_markers(cell: Cell, view: SceneView) -> MarkerArray:
    """Return the whole scene in the frame of the cell.

    Args:
        cell: The cell.
        view: What to show.
    """
    body = _no_body(cell) if view.body is None else _body(cell, view.body)
    return MarkerArray(markers=body + _fixtures(cell) + _zones(cell, view))


def _body(cell: Cell, view: BodyView) -> list[Marker]:
    spots = cell.variants[view.variant].spots
    place = Pose((view.shift, 0.0, 0.0)) @ cell.stations[view.station].part
    points = [spot.position for spot in spots]
    balls = _marker(cell, SPOTS, 0, Marker.SPHERE_LIST, place)
    balls.scale = Vector3(x=SPOT_DIAMETER, y=SPOT_DIAMETER, z=SPOT_DIAMETER)
    balls.points = [Point(x=x, y=y, z=z) for x, y, z in points]
    balls.colors = [SPOT_COLORS[result] for result in view.results]
    lower, upper = _bounds(points)
    outline = _box(cell, BODY, 0, lower, upper, place)
    outline.color = _BODY_COLOR
    middle = (0.5 * (lower[0] + upper[0]), 0.5 * (lower[1] + upper[1]), upper[2] + 2.0 * LABEL_HEIGHT)
    done = sum(result is WeldResult.OK for result in view.results)
    label = f"{view.body} ({view.variant}) {done}/{len(spots)}"
    shapes = [shape.placed(place) for shape in cell.variants[view.variant].body]
    drawn = _shapes(cell, BODY_SHAPES, shapes, _BODY_SHAPE_COLOR)
    return [outline, _label(cell, BODY, 1, place.apply(middle), label), balls, *drawn, *_no_shapes(cell, len(drawn))]


def _no_body(cell: Cell) -> list[Marker]:
    gone = [_deleted(cell, name, number) for name, number in ((BODY, 0), (BODY, 1), (SPOTS, 0))]
    return gone + _no_shapes(cell, 0)


def _no_shapes(cell: Cell, first: int) -> list[Marker]:
    """Return what takes away the shapes of a body before that had more of them."""
    most = max(len(variant.body) for variant in cell.variants.values())
    return [_deleted(cell, BODY_SHAPES, number) for number in range(first, most)]


def _deleted(cell: Cell, namespace: str, number: int) -> Marker:
    marker = Marker(ns=namespace, id=number, action=Marker.DELETE)
    marker.header.frame_id = cell.name
    return marker


def _fixtures(cell: Cell) -> list[Marker]:
    shapes = [shape.placed(station.part) for station in cell.stations.values() for shape in station.fixture]
    return _shapes(cell, FIXTURES, shapes, _FIXTURE_COLOR)


def _shapes(cell: Cell, namespace: str, shapes: Sequence[Shape], color: ColorRGBA) -> list[Marker]:
    """Return a marker of each shape: a box is a cube, a capsule a row of balls."""
    markers = []
    for number, shape in enumerate(shapes):
        if isinstance(shape, OrientedBox):
            marker = _marker(cell, namespace, number, Marker.CUBE, shape.pose)
            marker.scale = Vector3(**dict(zip("xyz", shape.size, strict=True)))
        else:
            marker = _marker(cell, namespace, number, Marker.SPHERE_LIST, Pose((0.0, 0.0, 0.0)))
            marker.scale = Vector3(**dict.fromkeys("xyz", 2.0 * shape.radius))
            steps = max(1, math.ceil(math.dist(shape.start, shape.end) / (0.5 * shape.radius)))
            for step in range(steps + 1):
                x, y, z = (a + (b - a) * step / steps for a, b in zip(shape.start, shape.end, strict=True))
                marker.points.append(Point(x=x, y=y, z=z))
        marker.color = color
        markers.append(marker)
    return markers


def _zones(cell: Cell, view: SceneView) -> list[Marker]:
    """Return two markers of each zone that has a box."""
    holders = dict(view.holders)
    markers = []
    boxes: list[tuple[str, Box]] = [(zone.name, zone.box) for zone in cell.zones.values() if zone.box is not None]
    for number, (name, box) in enumerate(boxes):
        holder = holders.get(name, "")
        cube = _box(cell, ZONES, 2 * number, box.lower, box.upper, Pose((0.0, 0.0, 0.0)))
        cube.color = _HELD_COLOR if holder else _FREE_COLOR
        (x, y, _), top = _middle(box.lower, box.upper), box.upper[2]
        label = _label(cell, ZONES, 2 * number + 1, (x, y, top + LABEL_HEIGHT), f"{name}: {holder or 'free'}")
        markers += [cube, label]
    return markers


def _marker(cell: Cell, namespace: str, number: int, kind: int, place: Pose) -> Marker:
    """Return a marker; without a stamp it holds for the newest transforms."""
    marker = Marker(ns=namespace, id=number, type=kind, action=Marker.ADD, pose=pose_to_msg(place))
    marker.header.frame_id = cell.name
    return marker


def _box(cell: Cell, namespace: str, number: int, lower: Vector, upper: Vector, frame: Pose) -> Marker:
    """Return a cube between two corners [m] of `frame`."""
    marker = _marker(cell, namespace, number, Marker.CUBE, frame @ Pose(_middle(lower, upper)))
    # a viewer refuses a cube without height
    x, y, z = (max(high - low, SPOT_DIAMETER) for low, high in zip(lower, upper, strict=True))
    marker.scale = Vector3(x=x, y=y, z=z)
    return marker


def _label(cell: Cell, namespace: str, number: int, place: Vector, text: str) -> Marker:
    marker = _marker(cell, namespace, number, Marker.TEXT_VIEW_FACING, Pose(place))
    marker.scale.z = LABEL_HEIGHT
    marker.color = _TEXT_COLOR
    marker.text = text
    return marker


def _middle(lower: Vector, upper: Vector) -> Vector:
    x, y, z = (0.5 * (low + high) for low, high in zip(lower, upper, strict=True))
    return (x, y, z)


def _bounds(points: list[Vector]) -> tuple[Vector, Vector]:
    """Return the lower and the upper corner of the box around points."""
    xs, ys, zs = zip(*points, strict=True)
    return (min(xs), min(ys), min(zs)), (max(xs), max(ys), max(zs))
