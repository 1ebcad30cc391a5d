# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a URDF or xacro file into links and joints that form one tree of finite numbers, or says all that is wrong.

Only what the motion of an arm depends on is read: shapes, masses, transmissions and plugins are passed over.
Source of the format: the URDF XML specification of urdfdom, versions 1.0 to 1.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from smart_cell.cell.files import FileRefusedError, read_bytes
from smart_cell.cell.wording import listed, shown
from smart_cell.core.errors import Problem
from smart_cell.core.geometry import Pose, Vector
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.safe_xml import MAX_XML, XmlElement, XmlRefusedError, parse_xml
from smart_cell.motion.urdf.xacro_text import expand_file

TURNING: Final = ("revolute", "continuous")
"""Types of the joints that turn."""
FIXED: Final = "fixed"

_TYPES: Final = (*TURNING, "prismatic", FIXED, "floating", "planar")
_NUMBER: Final = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_LONGEST: Final = 40
"""Longest number [characters]."""
_FURTHEST: Final = 100.0
"""Largest distance between two frames [m]; what is beyond is in another unit."""
_LARGEST: Final = 1e9
_MOST: Final = 1000
"""Most links and most joints of a robot."""
_LIMITS: Final = ("lower", "upper", "velocity", "effort", "acceleration", "deceleration", "jerk")


@dataclass(frozen=True, slots=True)
class UrdfJoint:
    """One joint: how the frame of its child link lies in that of its parent link, and how it moves."""

    name: str
    type: str
    """As URDF calls it, such as revolute."""
    parent: str
    child: str
    origin: Pose
    """`parent_T_child` at joint position 0."""
    axis: Vector
    """Unit vector in the frame of the child."""
    limits: Mapping[str, float]
    """What its `<limit>` says, by attribute; empty if it has none."""
    mimics: str | None
    """Joint that it follows."""
    line: int
    """Where it is in the file; 0 if that is not known."""


@dataclass(frozen=True, slots=True)
class Urdf:
    """A tree of links."""

    file: str
    """As its problems name it."""
    name: str
    """Of the robot."""
    root: str
    links: tuple[str, ...]
    above: Mapping[str, UrdfJoint]
    """The joint that each link but the root hangs on."""
    contents: Mapping[Path, bytes]
    """What was read: the file and all that it includes."""

    def chain(self, link: str) -> tuple[UrdfJoint, ...]:
        """Return the joints from the root to a link."""
        joints = []
        while link in self.above:
            joints.append(self.above[link])
            link = self.above[link].parent
        return tuple(reversed(joints))


def read_urdf(path: Path) -> Urdf:
    """Return the robot that a file describes; one that ends in .xacro is expanded first.

    Raises:
        ArmFileError: The file cannot be read, is not XML or xacro, or is no URDF of one tree; it holds every reason.
    """
    file = str(path)
    try:
        contents = {path: read_bytes(path, MAX_XML)}
        root = parse_xml(contents[path])
        if path.suffix.lower() == ".xacro":
            text, included = expand_file(path)
            contents |= included
            root = parse_xml(text.encode())
    except FileRefusedError as error:
        raise ArmFileError([Problem(file, 0, "", "", str(error), error.allowed)]) from error
    except XmlRefusedError as error:
        raise ArmFileError([Problem(file, error.line, "", "", str(error), error.allowed)]) from error
    return _Reader(file, root, has_lines=len(contents) == 1 and path.suffix.lower() != ".xacro").read(contents)


@dataclass(slots=True)
class _Reader:
    """One run over the elements of a robot: collects problems from step to step."""

    file: str
    root: XmlElement
    has_lines: bool
    """Lines are those of the file; those of an expanded xacro would mislead."""
    problems: list[Problem] = field(default_factory=list)

    def read(self, contents: Mapping[Path, bytes]) -> Urdf:
        """Return the robot."""
        self._check_kind()
        links = self._names("link")
        self._names("joint")
        joints = [self._joint(element) for element in self.root.all("joint")]
        if not links and not self.problems:
            allowed = "a robot; of a file that holds macros only, the one that calls them"
            self._report(self.root.line, "", "", "there is no link in it", allowed)
        root = self._tree(links, joints)
        if self.problems:
            raise ArmFileError(dict.fromkeys(self.problems))
        above = MappingProxyType({joint.child: joint for joint in joints})
        name = self.root.attributes.get("name") or Path(self.file).name.split(".")[0]
        return Urdf(self.file, name, root, tuple(links), above, MappingProxyType(dict(contents)))

    def _report(self, line: int, key: str, value: str, message: str, allowed: str) -> None:
        place = line if self.has_lines else 0
        self.problems.append(Problem(self.file, place, key, value[:100], message, allowed))

    def _check_kind(self) -> None:
        if self.root.tag != "robot":
            self._report(self.root.line, "", self.root.tag, f"<{self.root.tag[:40]}> is no URDF", "<robot ...>")
        for element in self.root.children:
            if element.tag.startswith("xacro:"):
                allowed = "plain URDF, or a file name that ends in .xacro"
                self._report(element.line, "", element.tag, f"<{element.tag[:40]}> is xacro", allowed)
                return

    def _names(self, tag: str) -> dict[str, int]:
        """Return the line of each link or joint by name."""
        lines: dict[str, int] = {}
        for element in self.root.all(tag):
            name = element.attributes.get("name", "")
            if not name.strip():
                self._report(element.line, tag, "", f"a {tag} has no name", f'<{tag} name="...">')
            elif name in lines:
                self._report(element.line, name, name, f"there are two {tag}s {shown(name)}", "each name once")
            lines.setdefault(name, element.line)
        if len(lines) > _MOST:
            self._report(self.root.line, "", "", f"there are {len(lines)} {tag}s", f"at most {_MOST}")
            raise ArmFileError(self.problems)
        return lines

    def _joint(self, element: XmlElement) -> UrdfJoint:
        name = element.attributes.get("name", "")
        kind = element.attributes.get("type", "")
        if kind not in _TYPES:
            self._report(element.line, name, kind, f"its type is {shown(kind)}", " or ".join(_TYPES))
        mimic = element.first("mimic")
        return UrdfJoint(
            name=name,
            type=kind,
            parent=self._end(element, name, "parent"),
            child=self._end(element, name, "child"),
            origin=self._origin(element, name),
            axis=self._axis(element, name),
            limits=MappingProxyType(dict(self._limits(element, name))),
            mimics=None if mimic is None else mimic.attributes.get("joint", ""),
            line=element.line if self.has_lines else 0,
        )

    def _end(self, element: XmlElement, name: str, tag: str) -> str:
        part = element.first(tag)
        link = "" if part is None else part.attributes.get("link", "")
        if not link:
            self._report(element.line, name, "", f"it has no {tag} link", f'<{tag} link="..."/>')
        return link

    def _origin(self, element: XmlElement, name: str) -> Pose:
        part = element.first("origin")
        if part is None:
            return Pose((0.0, 0.0, 0.0))
        xyz = self._vector(part, name, "xyz", (0.0, 0.0, 0.0), "m")
        if max(map(abs, xyz)) > _FURTHEST:
            value = part.attributes["xyz"]
            self._report(part.line, f"{name} origin xyz", value, f"{shown(value)} is too far", "at most 100 m")
            xyz = (0.0, 0.0, 0.0)
        if "quat_xyzw" in part.attributes:
            x, y, z, w = self._numbers(part, name, "quat_xyzw", (0.0, 0.0, 0.0, 1.0), "")
            norm = math.sqrt(x * x + y * y + z * z + w * w)
            if norm > 1e-3:
                return Pose(xyz, (w / norm, x / norm, y / norm, z / norm))
            value = part.attributes["quat_xyzw"]
            self._report(part.line, f"{name} origin quat_xyzw", value, f"{shown(value)} is zero", "a unit quaternion")
            return Pose(xyz)
        return Pose.from_rpy(xyz, self._vector(part, name, "rpy", (0.0, 0.0, 0.0), "rad"))

    def _axis(self, element: XmlElement, name: str) -> Vector:
        part = element.first("axis")
        if part is None:
            return (1.0, 0.0, 0.0)  # what URDF's specification says
        x, y, z = self._vector(part, name, "xyz", (1.0, 0.0, 0.0), "")
        norm = math.sqrt(x * x + y * y + z * z)
        if norm > 1e-3:
            return (x / norm, y / norm, z / norm)
        if element.attributes.get("type") in (*TURNING, "prismatic", "planar"):
            value = part.attributes.get("xyz", "")
            self._report(part.line, f"{name} axis", value, f"{shown(value)} has no direction", "a unit vector")
        return (1.0, 0.0, 0.0)

    def _limits(self, element: XmlElement, name: str) -> Iterator[tuple[str, float]]:
        part = element.first("limit")
        for attribute in _LIMITS if part is not None else ():
            assert part is not None
            if attribute in part.attributes:
                yield attribute, self._numbers(part, name, attribute, (0.0,), "")[0]

    def _vector(self, part: XmlElement, name: str, attribute: str, default: Vector, unit: str) -> Vector:
        x, y, z = self._numbers(part, name, attribute, default, unit)
        return (x, y, z)

    def _numbers(
        self, part: XmlElement, name: str, attribute: str, default: tuple[float, ...], unit: str
    ) -> tuple[float, ...]:
        """Return the numbers of an attribute; the default if it is missing or not as many numbers."""
        text = part.attributes.get(attribute)
        if text is None:
            return default
        numbers = tuple(float(word) for word in text.split() if len(word) <= _LONGEST and _NUMBER.fullmatch(word))
        if len(numbers) == len(text.split()) == len(default) and all(abs(value) <= _LARGEST for value in numbers):
            return numbers
        count = "a finite number" if len(default) == 1 else f"{len(default)} finite numbers"
        allowed = f"{count} [{unit}]" if unit else count
        key = f"{name} {part.tag} {attribute}"
        self._report(part.line, key, text, f"{shown(text)} is not {count}", allowed)
        return default

    def _tree(self, links: Mapping[str, int], joints: list[UrdfJoint]) -> str:
        """Return the root, if the joints join all links to one tree."""
        above: dict[str, UrdfJoint] = {}
        for joint in joints:
            for link in (joint.parent, joint.child):
                if link and link not in links:
                    self._report(joint.line, joint.name, link, f"there is no link {shown(link)}", "a link of the file")
            first = above.setdefault(joint.child, joint)
            if first is not joint and joint.child:
                message = f"link {shown(joint.child)} already hangs on {first.name}: two parents, or a closed loop"
                self._report(joint.line, joint.name, joint.child, message, "one joint above each link")
        for link in self._looped(links, above):
            joint = above[link]
            message = f"link {shown(link)} hangs on itself, through {joint.parent}"
            self._report(joint.line, joint.name, link, message, "a tree without loops")
        roots = [link for link in links if link not in above]
        if len(roots) > 1:
            message = f"there are {len(roots)} roots: {listed(roots)}"
            self._report(links[roots[1]], "", "", message, "one link that no joint has as child")
        return roots[0] if roots else ""

    @staticmethod
    def _looped(links: Mapping[str, int], above: Mapping[str, UrdfJoint]) -> Iterator[str]:
        """Yield one link of each closed loop."""
        done: set[str] = set()
        for start in links:
            path: list[str] = []
            link = start
            while link in above and link not in done:
                done.add(link)
                path.append(link)
                link = above[link].parent
            if link in path:
                yield link
