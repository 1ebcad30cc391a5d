# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How early the next move may begin, so that the tool cuts the corner within a radius."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.errors import MotionError

FloatArray = NDArray[np.float64]
Points = Callable[[FloatArray], FloatArray]
"""Returns tool points [m], shape (n, 3), at n times [s]."""

_SAMPLES = 65
_USED = 0.999
"""Share of the radius that is used; the tool may be a little farther out between two samples than at them."""
_SHORTER = 0.9
_SHORTEST = 1e-3


@dataclass(frozen=True, slots=True)
class Corner:
    """Where a move is allowed to cut the corner to the next one."""

    name: str
    """How errors call the move, such as `move 2 (LIN)`."""
    distance: float
    """From the start to the target of the move [m]; the diameter for an arc of more than half a circle."""
    radius: float
    """How far about the target [m]; 0 stops there."""


def check_radii(corners: Sequence[Corner]) -> None:
    """Refuse blend radii that overlap, as MoveIt's Pilz planner does.

    Raises:
        MotionError: A radius is negative, the last one is not 0, or two of them add up to more than the tool point
            moves between their centres. The text names the move.
    """
    for corner in corners:
        if not (corner.radius >= 0.0 and math.isfinite(corner.radius)):
            raise MotionError(f"{corner.name}: blend {corner.radius} m must be a finite number, not below 0")
    if corners and corners[-1].radius > 0.0:
        last = corners[-1]
        raise MotionError(
            f"{last.name} is the last one and ends at rest, but has blend {1000.0 * last.radius:.1f} mm; must be 0"
        )
    if corners and corners[0].radius > corners[0].distance:
        _refuse(corners[0], f"blend {1000.0 * corners[0].radius:.1f} mm")
    for before, corner in itertools.pairwise(corners):
        if before.radius + corner.radius > corner.distance:
            _refuse(
                corner,
                f"blend {1000.0 * before.radius:.1f} mm of {before.name} and {1000.0 * corner.radius:.1f} mm of this "
                "move together",
            )


def _refuse(corner: Corner, radii: str) -> None:
    raise MotionError(
        f"{corner.name}: {radii} must not exceed the {1000.0 * corner.distance:.1f} mm that the tool point moves; make "
        "the radius smaller"
    )


def overlap_time(
    before: Points,
    after: Points,
    together: Callable[[float, FloatArray], FloatArray],
    *,
    via: FloatArray,
    radius: float,
    longest: float,
) -> float:
    """Return for how long [s] the end of one move and the start of the next may overlap.

    Args:
        before: Tool points of the first move at times before its end.
        after: Tool points of the second move at times after its start.
        together: Tool points while both run, given the length of the overlap and times since it began.
        via: Target of the first move, where the second one starts [m].
        radius: How far from it the tool may be during the overlap [m].
        longest: Longest overlap [s].
    """
    reach = _USED * radius
    overlap = min(_time_inside(before, via, reach, longest), _time_inside(after, via, reach, longest))
    while overlap > _SHORTEST:
        points = together(overlap, np.linspace(0.0, overlap, _SAMPLES, dtype=np.float64))
        if float(_distances(points, via).max()) <= reach * (1.0 + 1e-9):
            return overlap
        overlap *= _SHORTER
    return 0.0


def _time_inside(points: Points, via: FloatArray, reach: float, longest: float) -> float:
    """Return how long a move that is at `via` at time 0 stays within `reach` of it."""
    low, high = 0.0, longest
    for _ in range(2):
        times = np.linspace(low, high, _SAMPLES, dtype=np.float64)
        outside = _distances(points(times), via) > reach
        if not outside.any():
            return high
        first = int(np.argmax(outside))
        if first == 0:
            return low
        low, high = float(times[first - 1]), float(times[first])
    return low


def _distances(points: FloatArray, centre: FloatArray) -> FloatArray:
    offset = points - centre
    distances: FloatArray = np.sqrt(np.einsum("ij,ij->i", offset, offset))
    return distances
