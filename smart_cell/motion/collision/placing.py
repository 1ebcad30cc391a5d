# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where the capsules and boxes of a robot are at many joint positions, in NumPy.

Arrays have the coordinates first and the row last, as in `smart_cell.motion.kinematics.chain`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import Capsule, Shape
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.collision.shapes import RobotShapes
from smart_cell.motion.kinematics.chain import FloatArray, chain_turns, from_forearm, placement, wrist_rotations
from smart_cell.motion.urdf.arm_frames import LINK_TURNS

BASE, FLANGE = 0, 7
"""Frames of a robot: its base, its links 1 to 6, its flange."""
_FRAMES = 8


class Places(NamedTuple):
    """Where s shapes are at n times."""

    starts: FloatArray
    """One end of each capsule, the middle of each box [m], (3, s, n)."""
    ways: FloatArray
    """From there to the other end; zero for a box [m], (3, s, n)."""
    turns: FloatArray
    """Rotations of the boxes only, (3, 3, boxes, n)."""


class Sizes(NamedTuple):
    """What does not change when shapes move."""

    radius: FloatArray
    """Of capsules; zero for a box [m], (s,)."""
    half: FloatArray
    """Half sizes of boxes; zero for a capsule [m], (3, s)."""
    is_box: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """(s,)"""
    bound: FloatArray
    """Radius of the smallest ball around the middle of each shape [m], (s,)."""


class PlacedRobot:
    """A robot's shapes, prepared to be placed at many joint positions."""

    def __init__(self, robot: RobotShapes) -> None:
        """Prepare the shapes: links first, then the gun."""
        self.robot = robot
        self.shapes: tuple[Shape, ...] = (*robot.links, *robot.gun)
        self.sizes = sizes(self.shapes)
        self.frame_of = np.array([*range(len(robot.links)), *[FLANGE] * len(robot.gun)])
        """The frame that each shape moves with, never falling."""
        turning = [
            shape.placed(_LINK_FRAMES[frame]) if frame < FLANGE else shape
            for frame, shape in zip(self.frame_of, self.shapes, strict=True)
        ]
        self.local = still(turning)
        """The shapes in the frames of `turning_frames`."""
        self._boxes = np.flatnonzero(self.sizes.is_box)
        self._base = placement(robot.base)

    def place(self, joints: ArrayLike) -> Places:
        """Return where the shapes are at joint angles `(n, 6)` [rad]."""
        origins, turns = turning_frames(self.robot.model, joints)
        count = origins.shape[2]
        starts, ways = np.empty((3, len(self.shapes), count)), np.empty((3, len(self.shapes), count))
        for frame in range(_FRAMES):
            first, end = np.searchsorted(self.frame_of, [frame, frame + 1])
            turn = turns[:, :, frame]
            np.einsum("ijn,js->isn", turn, self.local.starts[:, first:end, 0], out=starts[:, first:end])
            np.einsum("ijn,js->isn", turn, self.local.ways[:, first:end, 0], out=ways[:, first:end])
            starts[:, first:end] += origins[:, frame, np.newaxis]
        boxes = np.empty((3, 3, len(self._boxes), count))
        for number, shape in enumerate(self._boxes):
            turn = turns[:, :, self.frame_of[shape]]
            np.einsum("ijn,jk->ikn", turn, self.local.turns[:, :, number, 0], out=boxes[:, :, number])
        if self._base is None:
            return Places(starts, ways, boxes)
        turned = Places(*(np.einsum("ij,j...->i...", self._base.rotation, array) for array in (starts, ways, boxes)))
        turned.starts[:] += self._base.origin[:, np.newaxis, np.newaxis]
        return turned


@lru_cache(maxsize=64)
def placed_robot(robot: RobotShapes) -> PlacedRobot:
    """Return a robot's shapes prepared; the same robot is prepared once."""
    return PlacedRobot(robot)


def turning_frames(model: ArmModel, joints: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the origins `(3, 8, n)` [m] and rotations `(3, 3, 8, n)` of an arm's frames in its base frame.

    Frame 0 is the base frame, 7 the flange frame (tool0). Frames 1 to 6 turn with the joints of the geometry
    (`smart_cell.motion.kinematics.chain`): z of frames 1, 4, 6 and y of 2, 3, 5 are the axes; z of frame 2 runs along
    the upper arm and z of frames 3 and 4 along the forearm. Origins: base of the geometry, axis 2, axis 3, and for
    frame 4 the point of axis 4 beside axis 3; the wrist centre for 5 and 6.
    """
    turns = chain_turns(model, joints)
    (s1, s2, s3, s4, _, _), (c1, c2, c3, c4, _, _) = turns.sine, turns.cosine
    count = s1.shape[0]
    origins = np.zeros((3, _FRAMES, count))
    rotations = np.zeros((3, 3, _FRAMES, count))
    rotations[2, 2, 1] = 1.0
    rotations[0, 0, 1], rotations[1, 0, 1], rotations[0, 1, 1:4], rotations[1, 1, 1:4] = c1, s1, -s1, c1
    for frame, s, c in ((2, s2, c2), (3, s3, c3)):
        rotations[0, 0, frame], rotations[1, 0, frame], rotations[2, 0, frame] = c1 * c, s1 * c, -s
        rotations[0, 2, frame], rotations[1, 2, frame], rotations[2, 2, frame] = c1 * s, s1 * s, c
    out, aside, along = rotations[:, 0, 3], rotations[:, 1, 3], rotations[:, 2, 3]
    rotations[:, 0, 4] = c4 * out + s4 * aside
    rotations[:, 1, 4] = c4 * aside - s4 * out
    rotations[:, 2, 4] = along
    rotations[:, :, 6] = from_forearm(turns, wrist_rotations(turns))
    s5, c5 = turns.sine[4], turns.cosine[4]
    rotations[:, 0, 5] = c5 * rotations[:, 0, 4] - s5 * along
    rotations[:, 1, 5] = rotations[:, 1, 4]
    rotations[:, 2, 5] = rotations[:, 2, 6]
    origins[:, 2] = model.a1 * rotations[:, 0, 1] + model.b * rotations[:, 1, 1]
    origins[2, 2] += model.c1
    origins[:, 3] = origins[:, 2] + model.c2 * rotations[:, 2, 2]
    origins[:, 4] = origins[:, 3] + model.a2 * out
    origins[:, 5] = origins[:, 6] = origins[:, 4] + model.c3 * along
    origins[:, 7] = origins[:, 6] + model.c4 * rotations[:, 2, 6]
    rotations[:, :, 7] = rotations[:, :, 6]
    if flange := placement(model.flange):
        origins[:, 7] += np.tensordot(flange.origin, rotations[:, :, 6], axes=(0, 1))
        rotations[:, :, 7] = np.einsum("ijn,jk->ikn", rotations[:, :, 6], flange.rotation)
    if base := placement(model.base):
        origins[:, 1:] = np.tensordot(base.rotation, origins[:, 1:], axes=1) + base.origin[:, np.newaxis, np.newaxis]
        rotations[:, :, 1:] = np.tensordot(base.rotation, rotations[:, :, 1:], axes=1)
    rotations[range(3), range(3), BASE] = 1.0
    return origins, rotations


def still(shapes: Sequence[Shape]) -> Places:
    """Return where shapes are that do not move: at one time."""
    starts, ways, turns = np.zeros((3, len(shapes))), np.zeros((3, len(shapes))), []
    for number, shape in enumerate(shapes):
        if isinstance(shape, Capsule):
            starts[:, number] = shape.start
            ways[:, number] = np.subtract(shape.end, shape.start)
        else:
            starts[:, number] = shape.pose.xyz
            turns.append(shape.pose.matrix()[:3, :3])
    stacked = np.stack(turns, axis=2) if turns else np.empty((3, 3, 0))
    return Places(starts[..., np.newaxis], ways[..., np.newaxis], stacked[..., np.newaxis])


def sizes(shapes: Sequence[Shape]) -> Sizes:
    """Return the sizes of shapes."""
    radius, half = np.zeros(len(shapes)), np.zeros((3, len(shapes)))
    is_box = np.zeros(len(shapes), dtype=np.bool_)
    bound = np.zeros(len(shapes))
    for number, shape in enumerate(shapes):
        if isinstance(shape, Capsule):
            radius[number] = shape.radius
            bound[number] = 0.5 * float(np.linalg.norm(np.subtract(shape.end, shape.start))) + shape.radius
        else:
            half[:, number] = 0.5 * np.array(shape.size)
            bound[number] = float(np.linalg.norm(half[:, number]))
            is_box[number] = True
    return Sizes(radius, half, is_box, bound)


_LINK_FRAMES = [Pose((0.0, 0.0, 0.0)), *(Pose((0.0, 0.0, 0.0), turn) for turn in LINK_TURNS)]
"""The frames of the links, as in the URDF, in those of `turning_frames`."""
