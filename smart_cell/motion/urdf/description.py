# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The cell, or one arm, as a URDF, expanded from urdf/*.xacro, and the joints that a URDF consists of.

Frames, from the root: `world`, the cell by its name, `<station>_part`, and of each robot what KUKA's descriptions have
(`<robot>_base_link`, `<robot>_base`, `<robot>_link_1` to `_6`, `<robot>_flange`, `<robot>_tool0`), `<robot>_gun` and
`<robot>_tcp`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin
from xml.etree import ElementTree

from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose, Quaternion
from smart_cell.core.paths import share_dir
from smart_cell.motion.arm_model import ArmModel, robot_model
from smart_cell.motion.urdf.arm_frames import joint_frames, tool0_frame
from smart_cell.motion.urdf.xacro_text import expand_text, namespace

WORLD = "world"
"""The frame that all cells stand in."""

_AXES: dict[tuple[float, ...], int] = {(0.0, 0.0, 1.0): 1, (0.0, 0.0, -1.0): -1}
_MACROS = ("six_axis_arm.xacro", "spot_gun.xacro")
_FLANGE = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, -pi / 2, 0.0))
"""REP 103's flange, with x forward, in tool0."""
_NOISE = 1e-15


@dataclass(frozen=True, slots=True)
class DescribedJoint:
    """One joint of a URDF: how its child's frame lies in its parent's."""

    name: str
    parent: str
    """Frame."""
    child: str
    """Frame."""
    origin: Pose
    """`parent_T_child` at joint angle 0."""
    sign: int
    """1: it turns about z of the child; -1: against it; 0: it is fixed."""


def part_frame(station: str) -> str:
    """Return the name of the frame in which a station holds the body: the part frame of its weld list."""
    return f"{station}_part"


def cell_urdf(cell: Cell) -> str:
    """Return the URDF of a cell: its robots with their guns, and the part frames of its stations.

    Raises:
        UnknownArmModelError: A robot names an arm that is not in the arm data.
        ArmFileError: A robot's arm cannot be read from its file.
    """
    robot = _start(cell.name)
    _add_frame(robot, WORLD, cell.name, Pose((0.0, 0.0, 0.0)))
    for station in cell.stations.values():
        _add_frame(robot, cell.name, part_frame(station.name), station.part)
    for arm in cell.robots.values():
        prefix = f"{arm.name}_"
        _add_arm(robot, robot_model(arm), prefix, cell.name, arm.base)
        gun = cell.guns[arm.gun]
        place = zip(("x", "y", "z", "roll", "pitch", "yaw"), (*gun.tcp.xyz, *_rpy(gun.tcp.quat)), strict=True)
        tool = {"prefix": prefix, "parent": f"{prefix}tool0", "stroke": repr(gun.stroke)}
        tool |= {name: repr(value) for name, value in place}
        ElementTree.SubElement(robot, "xacro:spot_gun", tool)
    return expand_text(ElementTree.tostring(robot, encoding="unicode"))


def arm_urdf(model: ArmModel, prefix: str = "") -> str:
    """Return the URDF of one arm that stands on the link `world`.

    Args:
        model: The arm.
        prefix: Of the names of all links and joints but `world`.
    """
    robot = _start(model.name)
    _add_arm(robot, model, prefix, WORLD, Pose((0.0, 0.0, 0.0)))
    return expand_text(ElementTree.tostring(robot, encoding="unicode"))


def described_joints(urdf: str) -> tuple[DescribedJoint, ...]:
    """Return the joints of a URDF in the order of the document.

    Raises:
        ValueError: A joint is neither fixed nor revolute about its z axis.
    """
    return tuple(_joint(element) for element in ElementTree.fromstring(urdf).iterfind("joint"))


def _joint(element: ElementTree.Element) -> DescribedJoint:
    name, kind = element.attrib["name"], element.attrib["type"]
    axis = _numbers(_part(element, "axis"), "xyz")
    if kind != "fixed" and (kind != "revolute" or axis not in _AXES):
        raise ValueError(f"joint {name} of type {kind} about {axis}: allowed are fixed, and revolute about 0 0 1 or -1")
    origin = _part(element, "origin")
    return DescribedJoint(
        name=name,
        parent=_part(element, "parent")["link"],
        child=_part(element, "child")["link"],
        origin=Pose.from_rpy(_numbers(origin, "xyz"), _numbers(origin, "rpy")),
        sign=0 if kind == "fixed" else _AXES[axis],
    )


def _part(element: ElementTree.Element, tag: str) -> Mapping[str, str]:
    part = element.find(tag)
    return {} if part is None else part.attrib


def _numbers(attributes: Mapping[str, str], name: str) -> tuple[float, ...]:
    return tuple(float(number) for number in attributes.get(name, "0 0 0").split())


def _start(name: str) -> ElementTree.Element:
    """Return a robot with the macros and the link `world`."""
    robot = ElementTree.Element("robot", {"name": name, **namespace()})
    for macro in _MACROS:
        ElementTree.SubElement(robot, "xacro:include", filename=str(share_dir() / "urdf" / macro))
    ElementTree.SubElement(robot, "link", name=WORLD)
    return robot


def _add_frame(robot: ElementTree.Element, parent: str, name: str, place: Pose) -> None:
    ElementTree.SubElement(robot, "link", name=name)
    joint = ElementTree.SubElement(robot, "joint", name=f"{parent}-{name}", type="fixed")
    ElementTree.SubElement(joint, "parent", link=parent)
    ElementTree.SubElement(joint, "child", link=name)
    ElementTree.SubElement(joint, "origin", _origin(place))


def _add_arm(robot: ElementTree.Element, model: ArmModel, prefix: str, parent: str, place: Pose) -> None:
    joints = [
        _expression(
            **_origin(frame.origin),
            sign=frame.sign,
            lower=model.lower[index],
            upper=model.upper[index],
            velocity=model.velocity[index],
            effort=model.effort[index],
        )
        for index, frame in enumerate(joint_frames(model))
    ]
    tool0 = tool0_frame(model)
    frames = {name: _expression(**_origin(pose)) for name, pose in (("tool0", tool0), ("flange", tool0 @ _FLANGE))}
    lengths = {name: repr(getattr(model, name)) for name in ("a1", "a2", "b", "c1", "c2", "c3", "c4")}
    parts = {**lengths, **frames, "joints": f"[{', '.join(joints)}]"}
    arm = f"${{dict({', '.join(f'{name}={value}' for name, value in parts.items())})}}"
    element = ElementTree.SubElement(robot, "xacro:six_axis_arm", {"prefix": prefix, "parent": parent, "arm": arm})
    ElementTree.SubElement(element, "origin", _origin(place))


def _expression(**values: str | float) -> str:
    """Return a dictionary as a xacro expression, which must not have a brace."""
    return f"dict({', '.join(f'{name}={value!r}' for name, value in values.items())})"


def _origin(pose: Pose) -> dict[str, str]:
    """Return a pose as the attributes of URDF's `<origin>`."""
    return {"xyz": _text(pose.xyz), "rpy": _text(_rpy(pose.quat))}


def _text(numbers: Iterable[float]) -> str:
    return " ".join(repr(0.0 if abs(number) < _NOISE else number) for number in numbers)


def _rpy(quat: Quaternion) -> tuple[float, float, float]:
    """Return roll, pitch and yaw [rad] about the fixed axes x, y and z.

    Close to a pitch of a right angle, where only their sum or difference is known, yaw makes up for what roll is off.
    """
    w, x, y, z = quat
    roll = atan2(2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y))
    pitch = atan2(2.0 * (w * y - x * z), hypot(1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z)))
    s, c = sin(roll), cos(roll)
    r01, r11 = 2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z)
    r02, r12 = 2.0 * (x * z + w * y), 2.0 * (y * z - w * x)
    return (roll, pitch, atan2(s * r02 - c * r01, c * r11 - s * r12))
