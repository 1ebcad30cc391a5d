# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where the gun's TCP may be for a weld spot, and how it gets in and out of there."""

from __future__ import annotations

import math
from collections.abc import Iterator

from smart_cell.cell.model import Gun, GunType, Spot
from smart_cell.core.geometry import Pose, Vector, angle_between, multiply

ANGLES = 24
"""Turns about the electrode axis that are tried for a spot."""
BACK_OUT = 0.15
"""How far the gun is drawn back from a flange before a longer move [m]; more than a flange is deep."""
DIRECT_DISTANCE = 0.15
"""Largest distance [m] of two spots between which the open gun moves without being drawn back."""
DIRECT_ANGLE = math.radians(20.0)
"""Largest change of the gun's orientation [rad] for such a move."""


def tcp_poses(spot: Spot, gun: Gun) -> Iterator[Pose]:
    """Yield the TCP poses in the part frame that put the tips onto a spot.

    A spot fixes the position and the electrode axis and leaves the turn about it free, so there are `ANGLES` of them;
    an X-gun may also weld from the other side and has twice as many.
    """
    axes = (spot.normal,) if gun.type is GunType.C else (spot.normal, _scaled(spot.normal, -1.0))
    for axis in axes:
        upright = _turn_z_to(axis)
        for index in range(ANGLES):
            half = math.pi * index / ANGLES
            w, x, y, z = multiply(upright, (math.cos(half), 0.0, 0.0, math.sin(half)))
            yield Pose(spot.position, (w, x, y, z))


def back_out(gun: Gun) -> Pose:
    """Return the pose, in the TCP's frame, of the TCP drawn back out of a flange by `BACK_OUT`.

    The way out is where the gun's body is: from the TCP to the flange of the arm, square to the electrode axis. A gun
    whose flange is on its electrode axis has no such way; it goes back along the axis, by its stationary arm.
    """
    x, y, _ = gun.tcp.inverse().xyz
    length = math.hypot(x, y)
    if length < 1e-6:
        return Pose((0.0, 0.0, -BACK_OUT))
    return Pose((BACK_OUT * x / length, BACK_OUT * y / length, 0.0))


def is_direct(a: Pose, b: Pose) -> bool:
    """Tell whether the open gun may go from TCP pose `a` to `b` without being drawn back."""
    return math.dist(a.xyz, b.xyz) <= DIRECT_DISTANCE and angle_between(a.quat, b.quat) <= DIRECT_ANGLE


def _turn_z_to(axis: Vector) -> tuple[float, float, float, float]:
    """Return the rotation of least angle that turns +z into the direction `axis`."""
    x, y, z = _scaled(axis, 1.0 / math.sqrt(sum(value * value for value in axis)))
    w = 1.0 + z
    norm = math.sqrt(w * w + x * x + y * y)
    if norm < 1e-8:
        return (0.0, 1.0, 0.0, 0.0)
    return (w / norm, -y / norm, x / norm, 0.0)


def _scaled(vector: Vector, factor: float) -> Vector:
    return (vector[0] * factor, vector[1] * factor, vector[2] * factor)
