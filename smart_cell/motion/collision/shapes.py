# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The capsules and boxes that stand for arms, guns, fixtures and bodies where clearance is asked for.

Arms and guns have the shapes that their URDF has (urdf/six_axis_arm.xacro, urdf/spot_gun.xacro), so that what a viewer
shows is what is checked: a cylinder becomes the capsule around it. Lengths follow the arm's geometry, thicknesses its
size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smart_cell.cell.model import Cell, Gun
from smart_cell.core.geometry import Pose, Vector
from smart_cell.core.shapes import Capsule, OrientedBox, Shape
from smart_cell.motion.arm_model import ArmModel, robot_model

__all__ = [
    "LINKS",
    "Capsule",
    "OrientedBox",
    "RobotShapes",
    "Shape",
    "arm_shapes",
    "cell_obstacles",
    "gun_shapes",
    "robot_shapes",
]

LINKS: Final = ("base_link", "link_1", "link_2", "link_3", "link_4", "link_5", "link_6")
"""Links of an arm, as its URDF names them."""

_TRANSFORMER_SIDE: Final = 0.30
_TRANSFORMER_LENGTH: Final = 0.20
_YOKE_START: Final = 0.15
_YOKE_RADIUS: Final = 0.035
_ELECTRODE_LENGTH: Final = 0.15
_ELECTRODE_RADIUS: Final = 0.012


@dataclass(frozen=True, slots=True)
class RobotShapes:
    """A robot as clearance checks see it: its arm, where that stands, and the shapes that move with it."""

    name: str
    model: ArmModel
    base: Pose
    """Base frame of the arm in the frame that all robots and obstacles share, such as that of the cell."""
    links: tuple[Capsule, ...]
    """One for each of `LINKS`, in the frame of that link."""
    gun: tuple[Shape, ...] = ()
    """In the flange frame (tool0)."""


def arm_shapes(model: ArmModel) -> tuple[Capsule, ...]:
    """Return the capsules of the base and the six links of an arm, each in the frame of its link [m]."""
    c1, c3, c4 = model.c1, model.c3, model.c4
    # half of the arm's thickness
    w = 0.06 * (model.c2 + c3)
    ends: tuple[tuple[Vector, Vector, float], ...] = (
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.45 * c1), 2.0 * w),
        ((0.0, 0.0, -0.45 * c1), (model.a1, -model.b, -c1), 1.8 * w),
        ((0.0, 0.0, 0.0), (model.c2, 0.0, 0.0), w),
        ((-model.a2, -0.15 * c3, 0.0), (-model.a2, 0.55 * c3, 0.0), w),
        ((0.0, 0.0, -0.55 * c3), (0.0, 0.0, -c3), 0.6 * w),
        ((0.0, 0.0, -0.7 * w), (0.0, 0.0, 0.7 * w), 0.55 * w),
        ((0.0, 0.0, -0.5 * c4), (0.0, 0.0, -c4), 0.5 * w),
    )
    return tuple(Capsule(name, start, end, radius) for name, (start, end, radius) in zip(LINKS, ends, strict=True))


def gun_shapes(gun: Gun) -> tuple[Shape, ...]:
    """Return the shapes of an open gun in the flange frame [m]: those of the cell file, else the usual ones.

    Those are of C-guns and X-guns alike a transformer on the flange, a yoke to each electrode, and two thin electrodes
    that end at the tips as electrode caps do, in half a ball.
    """
    if gun.shape:
        return gun.shape

    def on_axis(place: float) -> Vector:
        return gun.tcp.apply((0.0, 0.0, place))

    foot = (0.0, 0.0, _YOKE_START)
    fixed, moving = -_ELECTRODE_LENGTH, gun.stroke + _ELECTRODE_LENGTH
    tip = _ELECTRODE_RADIUS
    middle = Pose((0.0, 0.0, 0.5 * _TRANSFORMER_LENGTH))
    return (
        OrientedBox("transformer", middle, (_TRANSFORMER_SIDE, _TRANSFORMER_SIDE, _TRANSFORMER_LENGTH)),
        Capsule("fixed_yoke", foot, on_axis(fixed), _YOKE_RADIUS),
        Capsule("fixed_electrode", on_axis(fixed), on_axis(-tip), _ELECTRODE_RADIUS),
        Capsule("moving_yoke", foot, on_axis(moving), _YOKE_RADIUS),
        Capsule("moving_electrode", on_axis(gun.stroke + tip), on_axis(moving), _ELECTRODE_RADIUS),
    )


def robot_shapes(cell: Cell, robot: str) -> RobotShapes:
    """Return the shapes of a robot of a cell with its gun, in the frame of the cell.

    Raises:
        UnknownArmModelError: The robot names an arm that is not in the arm data.
    """
    entry = cell.robots[robot]
    model = robot_model(entry)
    return RobotShapes(robot, model, entry.base, arm_shapes(model), gun_shapes(cell.guns[entry.gun]))


def cell_obstacles(cell: Cell, station: str, variant: str | None = None) -> tuple[Shape, ...]:
    """Return what robots must stay clear of at a station, in the frame of the cell.

    Args:
        cell: The cell.
        station: Whose fixture.
        variant: Which body is in it; None: none.

    Returns:
        The shapes, named `fixture <name>` and `body <name>`.
    """
    place = cell.stations[station]
    groups = [("fixture", place.fixture), ("body", () if variant is None else cell.variants[variant].body)]
    return tuple(_renamed(shape.placed(place.part), kind) for kind, shapes in groups for shape in shapes)


def _renamed(shape: Shape, kind: str) -> Shape:
    name = f"{kind} {shape.name}"
    if isinstance(shape, Capsule):
        return Capsule(name, shape.start, shape.end, shape.radius)
    return OrientedBox(name, shape.pose, shape.size)
