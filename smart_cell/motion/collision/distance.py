# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Exact distances between many pairs of line segments and boxes at once.

The coordinates come first in every array, `(3, n)`, so that each operation runs over contiguous numbers. A capsule is a
segment with a radius: its distance is that of the segment less the radius.

Sources: Ericson, Real-Time Collision Detection, 2005, 5.1.9 (segments), here with the cross product, which keeps full
accuracy for segments that are almost parallel. The distance of a box from the points of a segment is a convex function
whose derivative is piecewise linear; its zero is found in closed form.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Vectors = FloatArray | tuple[FloatArray, FloatArray, FloatArray]

_LEAST: Final = 1e-300
"""What a length squared is taken for instead of 0."""
_EDGE_AXES: Final = np.repeat(range(3), 4)
_EDGE_CORNERS: Final = np.array(
    [np.insert(signs, axis, -1.0) for axis in range(3) for signs in product((-1.0, 1.0), repeat=2)]
).T[:, :, np.newaxis]
"""The twelve edges of a box: along which axis each runs, and the corner that it starts at in half sizes."""


def segment_distances(p: FloatArray, u: FloatArray, q: FloatArray, v: FloatArray) -> FloatArray:
    """Return the distances [m], `(n,)`, between segments from `p` to `p + u` and from `q` to `q + v`.

    Args:
        p: Starts of the first segments [m], `(3, n)`.
        u: Their ends seen from their starts; zero makes a point.
        q: Starts of the second segments [m].
        v: Their ends seen from their starts.
    """
    r = p - q
    a, b, e = _dot(u, u), _dot(u, v), _dot(v, v)
    c, f = _dot(u, r), _dot(v, r)
    across = _cross(u, v)
    s = _share(_dot(_cross(v, r), across), _dot(across, across))
    t = _share(f + s * b, e)
    s = _share(t * b - c, a)
    t = _share(f + s * b, e)
    r += s * u
    r -= t * v
    return np.sqrt(_dot(r, r))


def point_box_distances(p: FloatArray, half: FloatArray) -> FloatArray:
    """Return the distances [m], `(n,)`, of points from boxes; 0 inside.

    Args:
        p: Points in the frame of the box, whose origin is its middle [m], `(3, n)`.
        half: Half sizes of the boxes [m], `(3, n)`.
    """
    outside = np.maximum(np.abs(p) - half, 0.0)
    return np.sqrt(_dot(outside, outside))


def segment_box_distances(p: FloatArray, u: FloatArray, half: FloatArray) -> FloatArray:
    """Return the distances [m], `(n,)`, between segments from `p` to `p + u` and boxes; 0 where they meet.

    Args:
        p: Starts of the segments in the frame of the box, whose origin is its middle [m], `(3, n)`.
        u: Their ends seen from their starts.
        half: Half sizes of the boxes [m], `(3, n)`.
    """
    # Shares of the way at which the segment passes the planes of the faces, and its ends: (8, n).
    bends = np.zeros((8, p.shape[1]))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        np.divide(half - p, u, out=bends[0:3])
        np.divide(-half - p, u, out=bends[3:6])
    bends[7] = 1.0
    np.nan_to_num(bends, copy=False, nan=0.0)
    np.clip(bends, 0.0, 1.0, out=bends)
    slopes = np.zeros_like(bends)
    for axis in range(3):
        place = p[axis] + bends * u[axis]
        slopes += (place - np.clip(place, -half[axis], half[axis])) * u[axis]
    # The derivative never falls along the way: its zero is between the last bend before and the first after it.
    before = np.where(slopes <= 0.0, bends, -1.0)
    after = np.where(slopes >= 0.0, bends, 2.0)
    lower, upper = before.max(axis=0), after.min(axis=0)
    low = np.where(slopes <= 0.0, slopes, -np.inf).max(axis=0)
    high = np.where(slopes >= 0.0, slopes, np.inf).min(axis=0)
    with np.errstate(invalid="ignore"):
        share = lower + (upper - lower) * _share(-low, high - low)
    share = np.where(lower < 0.0, 0.0, np.where(upper > 1.0, 1.0, share))
    return point_box_distances(p + share * u, half)


def box_distances(place: FloatArray, turn: FloatArray, half: FloatArray, other_half: FloatArray) -> FloatArray:
    """Return the distances [m], `(n,)`, between boxes; 0 where they meet.

    Two boxes are closest, or meet, at an edge of one of them.

    Args:
        place: Middles of the first boxes in the frames of the others [m], `(3, n)`.
        turn: Rotations of the first boxes in the frames of the others, `(3, 3, n)`.
        half: Half sizes of the first boxes [m], `(3, n)`.
        other_half: Half sizes of the others [m], `(3, n)`.
    """
    back = turn.transpose(1, 0, 2)
    one = _edge_distances(place, turn, half, other_half)
    other = _edge_distances(-_turned(back, place), back, other_half, half)
    return np.minimum(one, other)


def turned_back(turn: FloatArray, vectors: FloatArray) -> FloatArray:
    """Return vectors `(3, ...)` in the frames that have the rotations `turn`, `(3, 3, ...)`."""
    return _turned(turn.swapaxes(0, 1), vectors)


def _edge_distances(place: FloatArray, turn: FloatArray, half: FloatArray, other_half: FloatArray) -> FloatArray:
    """Return how far the closest edge of the first boxes is from the others."""
    starts = place[:, np.newaxis] + _turned(turn[:, :, np.newaxis], _EDGE_CORNERS * half[:, np.newaxis])
    ways = (2.0 * turn * half)[:, _EDGE_AXES]
    repeated = np.broadcast_to(other_half[:, np.newaxis], starts.shape)
    edges = segment_box_distances(*(array.reshape(3, -1) for array in (starts, ways, repeated)))
    closest: FloatArray = edges.reshape(len(_EDGE_AXES), -1).min(axis=0)
    return closest


def _turned(turn: FloatArray, vectors: FloatArray) -> FloatArray:
    x, y, z = vectors
    product: FloatArray = turn[:, 0] * x + turn[:, 1] * y + turn[:, 2] * z
    return product


def _dot(a: Vectors, b: Vectors) -> FloatArray:
    product: FloatArray = a[0] * b[0]
    product += a[1] * b[1]
    product += a[2] * b[2]
    return product


def _cross(a: FloatArray, b: FloatArray) -> Vectors:
    (ax, ay, az), (bx, by, bz) = a, b
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return `part / whole` between 0 and 1; where there is no whole there is no part either, and any will do."""
    quotient: FloatArray = part / np.maximum(whole, _LEAST)
    np.maximum(quotient, 0.0, out=quotient)
    np.minimum(quotient, 1.0, out=quotient)
    return quotient
