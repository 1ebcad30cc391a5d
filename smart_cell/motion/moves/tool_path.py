# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Ways of the tool point and turns of the tool, over a path parameter s from 0 to 1.

Every turn is the shortest one about an axis that is fixed in the base frame (slerp). Source: Shoemake, Animating
Rotation with Quaternion Curves, SIGGRAPH 1985.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Quaternion, Vector, multiply

FloatArray = NDArray[np.float64]

NO_WAY = 1e-9
"""A way shorter than this [m] or a turn smaller than this [rad] is none."""


class Curve(Protocol):
    """A way of the tool point."""

    @property
    def length(self) -> float:
        """Length of the way [m]."""

    @property
    def curvature(self) -> float:
        """One by the radius [1/m]; 0 for a line."""

    def at(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the points [m] at `s` and their first and second derivative by s, shape (n, 3) each."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight way from `start` to `end` [m]."""

    start: Vector
    end: Vector

    @property
    def length(self) -> float:
        """Length of the way [m]."""
        return math.dist(self.start, self.end)

    @property
    def curvature(self) -> float:
        """Zero."""
        return 0.0

    def at(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the points [m] at `s` and their first and second derivative by s, shape (n, 3) each."""
        way = np.subtract(self.end, self.start)
        points = s[:, np.newaxis] * way
        points += self.start
        return points, np.broadcast_to(way, points.shape), np.zeros_like(points)


@dataclass(frozen=True, slots=True)
class Arc:
    """A way on a circle: from `centre + radius x first` by `angle` towards `centre + radius x second`."""

    centre: Vector
    radius: float
    """[m]"""
    first: Vector
    """Unit vector from the centre to the start."""
    second: Vector
    """Unit vector across `first` in the plane of the circle."""
    angle: float
    """[rad], positive towards `second`."""

    @property
    def length(self) -> float:
        """Length of the way [m]."""
        return self.radius * abs(self.angle)

    @property
    def end(self) -> Vector:
        """Where it ends [m]."""
        x, y, z = self.at(np.ones(1))[0][0].tolist()
        return (x, y, z)

    @property
    def span(self) -> float:
        """Distance from start to end [m]; the diameter where the arc is longer than half a circle."""
        return 2.0 * self.radius * math.sin(0.5 * min(abs(self.angle), math.pi))

    @property
    def curvature(self) -> float:
        """One by the radius [1/m]."""
        return 1.0 / self.radius

    def at(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the points [m] at `s` and their first and second derivative by s, shape (n, 3) each."""
        cosine = self.radius * np.cos(self.angle * s)
        sine = self.radius * np.sin(self.angle * s)
        outward = np.outer(cosine, self.first) + np.outer(sine, self.second)
        along = np.outer(-self.angle * sine, self.first) + np.outer(self.angle * cosine, self.second)
        return outward + np.asarray(self.centre), along, -(self.angle**2) * outward


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the tool by `angle` [rad] about a unit `axis` that is fixed in the base frame."""

    axis: Vector
    angle: float

    @classmethod
    def between(cls, start: Quaternion, end: Quaternion) -> Turn:
        """Return the shortest turn that leads from one orientation to another."""
        w, x, y, z = multiply(end, (start[0], -start[1], -start[2], -start[3]))
        sign = -1.0 if w < 0.0 else 1.0
        sine = math.sqrt(x * x + y * y + z * z)
        angle = 2.0 * math.atan2(sine, abs(w))
        if angle < NO_WAY:
            return cls((0.0, 0.0, 1.0), 0.0)
        return cls((sign * x / sine, sign * y / sine, sign * z / sine), angle)

    def cross(self) -> FloatArray:
        """Return the matrix (3, 3) that takes the cross product of `axis` and a vector."""
        x, y, z = self.axis
        return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])

    def at(self, s: FloatArray) -> FloatArray:
        """Return the rotation matrices at `s`, shape (n, 3, 3)."""
        return self.carry(s, np.eye(3))

    def carry(self, s: FloatArray, what: FloatArray) -> FloatArray:
        """Return a vector (3,) or a matrix (3, k) turned as it is at `s`, with n in front of its shape.

        This is Rodrigues' formula for one thing and many angles.
        """
        if self.angle == 0.0:
            return np.broadcast_to(what, (len(s), *what.shape))
        cross = self.cross()
        across = cross @ what
        angle = self.angle * s
        carried: FloatArray = np.multiply.outer(np.sin(angle), across)
        carried += np.multiply.outer(1.0 - np.cos(angle), cross @ across)
        carried += what
        return carried
