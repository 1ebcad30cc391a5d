# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The frames of an arm's links, and how each lies in the one before: the chain of the URDF of any arm.

The links have the frames that KUKA's own descriptions have, whatever arm it is: z along the joint's axis, x of link 2
along the upper arm, z of link 4 and of link 6 towards the base. A joint of a KUKA arm turns about +z of its link; where
the sign of another arm differs, it turns about -z.
"""

from __future__ import annotations

from math import cos, sin, sqrt
from typing import Final, NamedTuple

from smart_cell.core.geometry import IDENTITY, Pose, Quaternion
from smart_cell.motion.arm_model import ArmModel

_HALF: Final = sqrt(0.5)

LINK_TURNS: Final[tuple[Quaternion, ...]] = (
    (0.0, 1.0, 0.0, 0.0),
    (0.5, -0.5, -0.5, -0.5),
    (0.0, 0.0, _HALF, _HALF),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, _HALF, _HALF),
    (0.0, 0.0, 1.0, 0.0),
)
"""Orientation of each link, 1 to 6, in the frame of the geometry that turns with its joint: the one whose z (joints 1,
4, 6) or y (joints 2, 3, 5) the joint turns about."""

_SIGNS: Final = (-1.0, 1.0, 1.0, -1.0, 1.0, -1.0)
"""Whether z of a link points along or against that axis."""


class JointFrame(NamedTuple):
    """How a link lies in the one before, the first one in the arm's base frame."""

    origin: Pose
    """At joint angle zero."""
    sign: int
    """1: the joint turns about z of the link; -1: against it."""


def joint_frames(model: ArmModel) -> tuple[JointFrame, ...]:
    """Return the frames of the links 1 to 6 of an arm."""
    steps = (
        model.base @ _turn_z(model.offsets[0]),
        Pose((model.a1, model.b, model.c1)) @ _turn_y(model.offsets[1]),
        Pose((0.0, 0.0, model.c2)) @ _turn_y(model.offsets[2]),
        Pose((model.a2, 0.0, 0.0)) @ _turn_z(model.offsets[3]),
        Pose((0.0, 0.0, model.c3)) @ _turn_y(model.offsets[4]),
        _turn_z(model.offsets[5]),
    )
    turns = [Pose((0.0, 0.0, 0.0), turn) for turn in LINK_TURNS]
    frames = []
    for step, before, turn, sign, usual in zip(steps, [IDENTITY, *turns], turns, model.signs, _SIGNS, strict=False):
        frames.append(JointFrame(before.inverse() @ step @ turn, 1 if sign == usual else -1))
    return tuple(frames)


def tool0_frame(model: ArmModel) -> Pose:
    """Return the arm's flange frame (tool0) in the frame of link 6."""
    return Pose((0.0, 0.0, 0.0), LINK_TURNS[5]).inverse() @ Pose((0.0, 0.0, model.c4)) @ model.flange


def _turn_y(offset: float) -> Pose:
    return Pose((0.0, 0.0, 0.0), (cos(0.5 * offset), 0.0, -sin(0.5 * offset), 0.0))


def _turn_z(offset: float) -> Pose:
    return Pose((0.0, 0.0, 0.0), (cos(0.5 * offset), 0.0, 0.0, -sin(0.5 * offset)))
