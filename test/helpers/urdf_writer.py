# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Writes URDFs of one arm with any frames and axes between its links, as other people's files have them."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, hypot, sin

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import ArmModel

_Y = (0.0, 1.0, 0.0)
_Z = (0.0, 0.0, 1.0)
_AXES = (_Z, _Y, _Y, _Z, _Y, _Z)


def write_urdf(
    model: ArmModel,
    frames: Sequence[tuple[float, Pose]] = ((0.0, IDENTITY),) * 6,
    *,
    digits: int = 17,
    limit: str = 'lower="-2" upper="2" velocity="1" effort="5"',
) -> str:
    """Return the URDF of an arm: base_link, link_1 to link_6 and tool0.

    Args:
        model: Its geometry.
        frames: For each joint how far [m] along its axis the link's frame is moved, and how it is turned there.
        digits: How many digits of each number are written.
        limit: Attributes of each joint's limit.
    """
    steps = (
        model.base,
        Pose((model.a1, model.b, model.c1)),
        Pose((0.0, 0.0, model.c2)),
        Pose((model.a2, 0.0, 0.0)),
        Pose((0.0, 0.0, model.c3)),
        IDENTITY,
    )
    parts = ['<link name="base_link"/>']
    before = IDENTITY
    for number, (step, axis, frame) in enumerate(zip(steps, _AXES, frames, strict=True), 1):
        slide, turn = frame
        x, y, z = (slide * value for value in axis)
        link = Pose((x, y, z)) @ turn
        origin = before.inverse() @ step @ _about(axis, -model.offsets[number - 1]) @ link
        ax, ay, az = link.inverse().rotate([model.signs[number - 1] * value for value in axis])
        parent = f"link_{number - 1}" if number > 1 else "base_link"
        parts.append(
            f'<link name="link_{number}"/><joint name="joint_{number}" type="revolute"><parent link="{parent}"/>'
            f'<child link="link_{number}"/>{_origin(origin, digits)}'
            f'<axis xyz="{_text((ax, ay, az), digits)}"/><limit {limit}/></joint>'
        )
        before = link
    origin = before.inverse() @ Pose((0.0, 0.0, model.c4)) @ model.flange
    parts.append(
        '<link name="tool0"/><joint name="tool0_joint" type="fixed"><parent link="link_6"/><child link="tool0"/>'
        f"{_origin(origin, digits)}</joint>"
    )
    return f'<robot name="{model.name}">\n' + "\n".join(parts) + "\n</robot>\n"


def _about(axis: tuple[float, float, float], angle: float) -> Pose:
    return Pose.from_rpy((0.0, 0.0, 0.0), [angle * value for value in axis])


def _origin(pose: Pose, digits: int) -> str:
    matrix = pose.matrix()
    roll = atan2(matrix[2, 1], matrix[2, 2])
    pitch = atan2(-matrix[2, 0], hypot(matrix[0, 0], matrix[1, 0]))
    # close to a pitch of a right angle, roll is hardly known and yaw makes up for it
    s, c = sin(roll), cos(roll)
    yaw = atan2(s * matrix[0, 2] - c * matrix[0, 1], c * matrix[1, 1] - s * matrix[1, 2])
    return f'<origin xyz="{_text(pose.xyz, digits)}" rpy="{_text((roll, pitch, yaw), digits)}"/>'


def _text(numbers: Sequence[float], digits: int) -> str:
    return " ".join(f"{number:.{digits}g}" if digits > 9 else f"{number:.{digits}f}" for number in numbers)
