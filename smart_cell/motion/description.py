# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The cell as a URDF, expanded from urdf/*.xacro, and the joints that a URDF consists of.

Frames, from the root: `world`, the cell by its name, `<station>_part`, and of each robot what KUKA's descriptions have
(`<robot>_base_link`, `<robot>_base`, `<robot>_link_1` to `_6`, `<robot>_flange`, `<robot>_tool0`), `<robot>_gun` and
`<robot>_tcp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import xacro
from transforms3d.euler import quat2euler

from smart_cell.cell.model import Cell
from smart_cell.core.geometry import IDENTITY_QUATERNION, Pose, Quaternion
from smart_cell.core.paths import share_dir
from smart_cell.motion.arm_model import arm_model

WORLD = "world"
"""The frame that all cells stand in."""

_AXIS = (0.0, 0.0, 1.0)
_MACROS = ("kuka_arm.xacro", "spot_gun.xacro")


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
    turns: bool
    """About z of the child; a joint that does not is fixed."""


def part_frame(station: str) -> str:
    """Return the name of the frame in which a station holds the body: the part frame of its weld list."""
    return f"{station}_part"


def cell_urdf(cell: Cell) -> str:
    """Return the URDF of a cell: its robots with their guns, and the part frames of its stations.

    Raises:
        UnknownArmModelError: A robot names an arm that is not in the arm data.
    """
    robot = ElementTree.Element("robot", {"name": cell.name, "xmlns:xacro": "http://www.ros.org/wiki/xacro"})
    for macro in _MACROS:
        ElementTree.SubElement(robot, "xacro:include", filename=str(share_dir() / "urdf" / macro))
    ElementTree.SubElement(robot, "link", name=WORLD)
    _add_frame(robot, WORLD, cell.name, Pose((0.0, 0.0, 0.0)))
    for station in cell.stations.values():
        _add_frame(robot, cell.name, part_frame(station.name), station.part)
    for arm in cell.robots.values():
        arm_model(arm.model)
        prefix = f"{arm.name}_"
        foot = {"prefix": prefix, "model": arm.model, "parent": cell.name}
        base = ElementTree.SubElement(robot, "xacro:kuka_arm", foot)
        ElementTree.SubElement(base, "origin", _origin(arm.base))
        gun = cell.guns[arm.gun]
        place = zip(("x", "y", "z", "roll", "pitch", "yaw"), (*gun.tcp.xyz, *_rpy(gun.tcp.quat)), strict=True)
        tool = {"prefix": prefix, "parent": f"{prefix}tool0", "stroke": repr(gun.stroke)}
        tool |= {name: repr(value) for name, value in place}
        ElementTree.SubElement(robot, "xacro:spot_gun", tool)
    document = xacro.parse(ElementTree.tostring(robot, encoding="unicode"))
    xacro.process_doc(document)
    return str(document.toprettyxml(indent="  "))


def described_joints(urdf: str) -> tuple[DescribedJoint, ...]:
    """Return the joints of a URDF in the order of the document.

    Raises:
        ValueError: A joint is neither fixed nor revolute about its z axis.
    """
    return tuple(_joint(element) for element in ElementTree.fromstring(urdf).iterfind("joint"))


def _joint(element: ElementTree.Element) -> DescribedJoint:
    name, kind = element.attrib["name"], element.attrib["type"]
    axis = _numbers(_part(element, "axis"), "xyz") if kind == "revolute" else _AXIS
    if kind not in ("fixed", "revolute") or axis != _AXIS:
        raise ValueError(f"joint {name} of type {kind} about {axis}: allowed are fixed, and revolute about 0 0 1")
    origin = _part(element, "origin")
    return DescribedJoint(
        name=name,
        parent=_part(element, "parent")["link"],
        child=_part(element, "child")["link"],
        origin=Pose.from_rpy(_numbers(origin, "xyz"), _numbers(origin, "rpy")),
        turns=kind == "revolute",
    )


def _part(element: ElementTree.Element, tag: str) -> Mapping[str, str]:
    part = element.find(tag)
    return {} if part is None else part.attrib


def _numbers(attributes: Mapping[str, str], name: str) -> tuple[float, ...]:
    return tuple(float(number) for number in attributes.get(name, "0 0 0").split())


def _add_frame(robot: ElementTree.Element, parent: str, name: str, place: Pose) -> None:
    ElementTree.SubElement(robot, "link", name=name)
    joint = ElementTree.SubElement(robot, "joint", name=f"{parent}-{name}", type="fixed")
    ElementTree.SubElement(joint, "parent", link=parent)
    ElementTree.SubElement(joint, "child", link=name)
    ElementTree.SubElement(joint, "origin", _origin(place))


def _origin(pose: Pose) -> dict[str, str]:
    """Return a pose as the attributes of URDF's `<origin>`."""
    return {"xyz": " ".join(map(repr, pose.xyz)), "rpy": " ".join(map(repr, _rpy(pose.quat)))}


def _rpy(quat: Quaternion) -> tuple[float, float, float]:
    """Return roll, pitch and yaw [rad] about the fixed axes x, y and z."""
    if quat == IDENTITY_QUATERNION:
        return (0.0, 0.0, 0.0)
    roll, pitch, yaw = (float(angle) for angle in quat2euler(quat, axes="sxyz"))
    return (roll, pitch, yaw)
