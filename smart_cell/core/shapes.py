# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Capsules and boxes: what stands for arms, guns, fixtures and bodies where distances are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smart_cell.core.geometry import Pose, Vector


@dataclass(frozen=True, slots=True)
class Capsule:
    """All points within `radius` of a line from one point to another; a ball where the two are the same."""

    name: str
    start: Vector
    """One end of the line [m]."""
    end: Vector
    """The other end [m]."""
    radius: float
    """[m]"""

    def __post_init__(self) -> None:
        """Refuse numbers that are not a capsule.

        Raises:
            ValueError: A number is not finite, or the radius is not positive.
        """
        if not all(map(math.isfinite, (*self.start, *self.end))):
            raise ValueError(f"capsule '{self.name}' from {self.start} to {self.end}: must be finite numbers [m]")
        if not (self.radius > 0.0 and math.isfinite(self.radius)):
            raise ValueError(f"capsule '{self.name}' has radius {self.radius} m, must be more than 0 and finite")

    def placed(self, frame: Pose) -> Capsule:
        """Return the same capsule in the frame that `frame` is given in."""
        return Capsule(self.name, frame.apply(self.start), frame.apply(self.end), self.radius)


@dataclass(frozen=True, slots=True)
class OrientedBox:
    """A box with its middle and edges along a pose."""

    name: str
    pose: Pose
    """The middle, with axes along the edges."""
    size: Vector
    """Lengths along x, y and z of the pose [m]."""

    def __post_init__(self) -> None:
        """Refuse numbers that are not a box.

        Raises:
            ValueError: A length is not positive and finite.
        """
        if not all(value > 0.0 and math.isfinite(value) for value in self.size):
            raise ValueError(f"box '{self.name}' has size {self.size} m, must be more than 0 and finite")

    def placed(self, frame: Pose) -> OrientedBox:
        """Return the same box in the frame that `frame` is given in."""
        return OrientedBox(self.name, frame @ self.pose, self.size)


Shape = Capsule | OrientedBox
