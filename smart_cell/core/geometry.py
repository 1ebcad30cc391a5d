# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Points, quaternions and poses.

Quaternions are (w, x, y, z) everywhere in this package, as in transforms3d; the ROS order exists only where messages
are converted. What runs once per spot or per sample is scalar Python, which is faster than NumPy for so few numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from transforms3d.euler import euler2quat
from transforms3d.quaternions import mat2quat

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
"""(w, x, y, z), of unit length."""

IDENTITY_QUATERNION: Quaternion = (1.0, 0.0, 0.0, 0.0)

_UNIT_TOLERANCE = 1e-6
_ROTATION_TOLERANCE = 1e-6


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """Return the rotation `b` followed by `a`, both seen from the same fixed frame."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def rotate_vector(quat: Quaternion, vector: Sequence[float]) -> Vector:
    """Return `vector` turned by the unit quaternion `quat`."""
    w, x, y, z = quat
    vx, vy, vz = vector
    tx = 2.0 * (y * vz - z * vy)
    ty = 2.0 * (z * vx - x * vz)
    tz = 2.0 * (x * vy - y * vx)
    return (
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    )


def angle_between(a: Quaternion, b: Quaternion) -> float:
    """Return the angle of the rotation that leads from `a` to `b`, 0 to pi [rad].

    Example:
        >>> round(angle_between((1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0)), 6)
        3.141593
    """
    w, x, y, z = multiply((a[0], -a[1], -a[2], -a[3]), b)
    # atan2 stays exact for small angles, where acos(w) loses half of the digits.
    return 2.0 * math.atan2(math.sqrt(x * x + y * y + z * z), abs(w))


def slerp(a: Quaternion, b: Quaternion, fraction: float) -> Quaternion:
    """Return the rotation at `fraction` (0 to 1) of the shortest turn from `a` to `b`.

    Source: Shoemake, Animating Rotation with Quaternion Curves, SIGGRAPH 1985.
    """
    dot = sum(p * q for p, q in zip(a, b, strict=True))
    sign = -1.0 if dot < 0.0 else 1.0
    angle = 0.5 * angle_between(a, b)
    sine = math.sin(angle)
    if sine < 1e-9:
        first, second = 1.0 - fraction, fraction * sign
    else:
        first = math.sin((1.0 - fraction) * angle) / sine
        second = sign * math.sin(fraction * angle) / sine
    w, x, y, z = (first * p + second * q for p, q in zip(a, b, strict=True))
    return _normalized((w, x, y, z))


def _normalized(quat: Quaternion) -> Quaternion:
    w, x, y, z = quat
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    return (w / norm, x / norm, y / norm, z / norm)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a frame is in another one: `a_T_b` maps points of frame b to frame a.

    Poses compose with `@`: `a_T_c = a_T_b @ b_T_c`.

    Example:
        >>> turned = Pose.from_rpy((1.0, 0.0, 0.0), (0.0, 0.0, math.pi / 2))
        >>> tuple(round(value, 6) for value in turned.apply((1.0, 0.0, 0.0)))
        (1.0, 1.0, 0.0)
    """

    xyz: Vector
    """Origin [m]."""
    quat: Quaternion = IDENTITY_QUATERNION
    """Orientation as a unit quaternion (w, x, y, z)."""

    def __post_init__(self) -> None:
        """Refuse numbers that are not a pose.

        Raises:
            ValueError: A number is not finite, or the quaternion is not of unit length.
        """
        w, x, y, z = self.quat
        square = w * w + x * x + y * y + z * z
        if not abs(square - 1.0) <= 2.0 * _UNIT_TOLERANCE:
            raise ValueError(f"quaternion {self.quat} has length {math.sqrt(square):.9g}, must be 1; normalise it")
        px, py, pz = self.xyz
        if not math.isfinite(px + py + pz):
            raise ValueError(f"position {self.xyz} must be three finite numbers [m]")

    @classmethod
    def from_rpy(cls, xyz: Sequence[float], rpy: Sequence[float]) -> Pose:
        """Return the pose that URDF's `<origin xyz rpy>` describes.

        Args:
            xyz: Origin [m].
            rpy: Roll, pitch and yaw [rad] about the fixed axes x, y and z, in this order.
        """
        x, y, z = (float(value) for value in xyz)
        w, i, j, k = (float(value) for value in euler2quat(*rpy, axes="sxyz"))
        return cls((x, y, z), _normalized((w, i, j, k)))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> Pose:
        """Return the pose of a homogeneous (4, 4) matrix.

        Raises:
            ValueError: The shape is wrong, or the upper left block is not a rotation.
        """
        array = np.asarray(matrix, dtype=float)
        if array.shape != (4, 4):
            raise ValueError(f"a pose needs a (4, 4) matrix, got shape {array.shape}")
        rotation = array[:3, :3]
        residual = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
        if not (residual <= _ROTATION_TOLERANCE and float(np.linalg.det(rotation)) > 0.0):
            raise ValueError(f"the upper left (3, 3) block is not a rotation (error {residual:.3g}, limit 1e-6)")
        w, i, j, k = (float(value) for value in mat2quat(rotation))
        x, y, z = (float(value) for value in array[:3, 3])
        return cls((x, y, z), _normalized((w, i, j, k)))

    def matrix(self) -> NDArray[np.float64]:
        """Return the homogeneous (4, 4) matrix."""
        w, x, y, z = self.quat
        px, py, pz = self.xyz
        return np.array(
            [
                [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y), px],
                [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x), py],
                [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y), pz],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )

    def inverse(self) -> Pose:
        """Return the pose that undoes this one: `b_T_a` of `a_T_b`."""
        w, x, y, z = self.quat
        back = (w, -x, -y, -z)
        px, py, pz = rotate_vector(back, self.xyz)
        return Pose((-px, -py, -pz), back)

    def __matmul__(self, other: Pose) -> Pose:
        """Return `a_T_c` of this `a_T_b` and `other` `b_T_c`."""
        return Pose(self.apply(other.xyz), _normalized(multiply(self.quat, other.quat)))

    def apply(self, point: Sequence[float]) -> Vector:
        """Return `point` [m] of this frame in the frame that the pose is given in."""
        x, y, z = rotate_vector(self.quat, point)
        px, py, pz = self.xyz
        return (px + x, py + y, pz + z)

    def rotate(self, vector: Sequence[float]) -> Vector:
        """Return a direction of this frame in the frame that the pose is given in."""
        return rotate_vector(self.quat, vector)


IDENTITY = Pose((0.0, 0.0, 0.0))
"""The pose of a frame in itself."""
