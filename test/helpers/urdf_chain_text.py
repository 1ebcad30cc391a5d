# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluates the chain of a URDF straight from its text, as URDF's specification says, sharing no code with us."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def rotation(axis: Sequence[float], angle: float) -> Matrix:
    """Return a rotation about an axis through the origin as (4, 4) matrix (Rodrigues' formula written out)."""
    x, y, z = np.array(axis) / math.hypot(*axis)
    c, s = math.cos(angle), math.sin(angle)
    v = 1.0 - c
    return np.array(
        [
            [x * x * v + c, x * y * v - z * s, x * z * v + y * s, 0.0],
            [x * y * v + z * s, y * y * v + c, y * z * v - x * s, 0.0],
            [x * z * v - y * s, y * z * v + x * s, z * z * v + c, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def attribute(element: ElementTree.Element, tag: str, name: str) -> str:
    """Return an attribute of a part of a joint."""
    part = element.find(tag)
    # origin, xyz and rpy may be left out
    if part is None and tag == "origin":
        return "0 0 0"
    assert part is not None, f"{element.attrib} has no {tag}"
    return part.attrib.get(name, "0 0 0") if tag == "origin" else part.attrib[name]


def frame(urdf: ElementTree.Element, child: str, joints: Mapping[str, float], root: str = "world") -> Matrix:
    """Return the frame of a link in that of another above it, at joint angles by name."""
    by_child = {attribute(joint, "child", "link"): joint for joint in urdf.iterfind("joint")}
    matrix = np.eye(4)
    while child != root:
        joint = by_child[child]
        roll, pitch, yaw = (float(angle) for angle in attribute(joint, "origin", "rpy").split())
        step = np.eye(4)
        step[:3, 3] = [float(value) for value in attribute(joint, "origin", "xyz").split()]
        step = step @ rotation((0, 0, 1), yaw) @ rotation((0, 1, 0), pitch) @ rotation((1, 0, 0), roll)
        if joint.attrib["type"] in ("revolute", "continuous"):
            axis = [float(value) for value in attribute(joint, "axis", "xyz").split()]
            step = step @ rotation(axis, joints[joint.attrib["name"]])
        matrix, child = step @ matrix, attribute(joint, "parent", "link")
    return matrix


def named(prefix: str, joints: Sequence[float]) -> dict[str, float]:
    """Return joint angles by the names joint_1 to joint_6 with a prefix."""
    return {f"{prefix}joint_{number}": angle for number, angle in enumerate(joints, 1)}
