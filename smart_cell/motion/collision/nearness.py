# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest distance within groups of pairs of shapes, at many times at once.

A broad phase bounds every pair from both sides: a shape lies in the ball around its middle, and its middle is a point
of it. The pair with the least upper bound of its group is measured, and then only those whose lower bound is not above
that: no other pair can be closer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.collision.distance import (
    box_distances,
    point_box_distances,
    segment_box_distances,
    segment_distances,
    turned_back,
)
from smart_cell.motion.collision.placing import Places, Sizes
from smart_cell.motion.kinematics.chain import FloatArray

IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

_CHUNK = 2048
"""Pairs that are measured together: their numbers stay in the processor's cache."""
ROUNDING = 1e-9
"""How much wider the bounds of the broad phase are taken [m], more than rounding can make them wrong."""


class Nearest(NamedTuple):
    """The closest pair of each group at each time."""

    distance: FloatArray
    """[m], `(n, groups)`; infinite where it was not asked for; down to minus the radii where capsules overlap."""
    first: IntArray
    """The first shape of that pair, as it was given, `(n, groups)`."""
    second: IntArray
    """The second one."""


class _Bounds(NamedTuple):
    """What the broad phase found out about a group at m times."""

    rows: IntArray
    """The times, `(m,)`."""
    pairs: slice
    lower: FloatArray
    """Lower bounds of the k pairs [m], `(k, m)`."""
    likely: IntArray
    """The pair with the least upper bound, `(m,)`."""


class Pairs:
    """Groups of pairs of shapes."""

    def __init__(self, sizes: Sizes, is_still: BoolArray, groups: Sequence[IntArray]) -> None:
        """Prepare the pairs.

        Args:
            sizes: Of all s shapes.
            is_still: Which of them never move, `(s,)`; they are only the second ones of pairs.
            groups: Indices of shapes, `(2, pairs)` of each group.
        """
        self._sizes = sizes
        self._box = np.cumsum(sizes.is_box) - 1
        first, second = np.concatenate(groups, axis=1)
        # the box of a mixed pair second
        swap = sizes.is_box[first] & ~sizes.is_box[second]
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        boxes = sizes.is_box[first].astype(int) + sizes.is_box[second]
        counts = [group.shape[1] for group in groups]
        obstacles = is_still & sizes.is_box
        # pairs with such boxes last in each group
        order = np.lexsort((obstacles[second], np.repeat(np.arange(len(groups)), counts)))
        self._first, self._second, self._boxes = first[order], second[order], boxes[order]
        self._swapped = swap[order]
        self._from_box = obstacles[self._second]
        self._groups = [slice(start, end) for start, end in pairwise(np.cumsum([0, *counts]))]
        self._radius = sizes.radius[self._first] + sizes.radius[self._second]
        self._bound = sizes.bound[self._first] + np.where(self._from_box, 0.0, sizes.bound[self._second])

    def nearest(self, places: Places, needed: BoolArray) -> Nearest:
        """Return the closest pair of each group at each time.

        Args:
            places: Where the shapes are at n times.
            needed: Which groups at which times, `(n, groups)`.
        """
        distance = np.full(needed.shape, np.inf)
        first, second = np.zeros(needed.shape, dtype=np.intp), np.zeros(needed.shape, dtype=np.intp)
        middles = places.starts + 0.5 * places.ways
        bounds = [self._bounds(places, middles, *each) for each in zip(needed.T, self._groups, strict=True)]
        rows = np.concatenate([bound.rows for bound in bounds])
        closest = np.concatenate([bound.likely for bound in bounds])
        least = self._measure(places, rows, closest)
        cells, near = [], []
        begin = 0
        for bound in bounds:
            end = begin + len(bound.rows)
            pairs, times = np.nonzero(bound.lower <= least[begin:end] + ROUNDING)
            cells.append(begin + times)
            near.append(bound.pairs.start + pairs)
            begin = end
        cell, pair = np.concatenate(cells), np.concatenate(near)
        near_enough = self._tighter(places, rows[cell], pair) <= least[cell] + ROUNDING
        cell, pair = cell[near_enough], pair[near_enough]
        exact = self._measure(places, rows[cell], pair)
        np.minimum.at(least, cell, exact)
        is_closest = exact == least[cell]
        closest[cell[is_closest]] = pair[is_closest]
        group = np.repeat(np.arange(len(bounds)), [len(bound.rows) for bound in bounds])
        distance[rows, group] = least
        swapped, one, other = self._swapped[closest], self._first[closest], self._second[closest]
        first[rows, group], second[rows, group] = np.where(swapped, other, one), np.where(swapped, one, other)
        return Nearest(distance, first, second)

    def _bounds(self, places: Places, middles: FloatArray, needed: BoolArray, group: slice) -> _Bounds:
        """Bound the distances of a group: by balls, but a box that stands still, which may be large, by itself."""
        rows = np.flatnonzero(needed)
        at_rows = middles if len(rows) == len(needed) else middles.take(rows, axis=2)
        first, second = self._first[group], self._second[group]
        apart = np.zeros((len(first), len(rows)))
        for axis in at_rows:
            gap = axis.take(first, axis=0)
            gap -= axis.take(second, axis=0)
            gap *= gap
            apart += gap
        np.sqrt(apart, out=apart)
        boxed = np.searchsorted(self._from_box[group], True)
        if boxed < len(first):
            ball, box = first[boxed:], second[boxed:]
            gap = at_rows.take(ball, axis=1) - at_rows.take(box, axis=1)
            inside = turned_back(places.turns[:, :, self._box[box], :1], gap)
            apart[boxed:] = point_box_distances(inside, self._sizes.half[:, box, np.newaxis])
        likely = (apart - self._radius[group, np.newaxis]).argmin(axis=0)
        apart -= self._bound[group, np.newaxis]
        return _Bounds(rows, group, apart, group.start + likely)

    def _tighter(self, places: Places, rows: IntArray, pairs: IntArray) -> FloatArray:
        """Return lower bounds of the distances of pairs, `(n,)`: by the ball from the box where the second is one."""
        lower = np.full(len(pairs), -np.inf)
        boxed = np.flatnonzero(self._boxes[pairs])
        rows, first, second = rows[boxed], self._first[pairs[boxed]], self._second[pairs[boxed]]
        gap = _taken(places.starts, first, rows) - _taken(places.starts, second, rows)
        gap += 0.5 * _taken(places.ways, first, rows)
        inside = turned_back(_taken(places.turns, self._box[second], rows), gap)
        lower[boxed] = point_box_distances(inside, self._sizes.half[:, second]) - self._sizes.bound[first]
        return lower

    def _measure(self, places: Places, rows: IntArray, pairs: IntArray) -> FloatArray:
        """Return the distances of pairs, `(n,)`, each at a time of its own."""
        boxes = self._boxes[pairs]
        distances: FloatArray = -self._radius[pairs]
        for count, measure in enumerate((self._segments, self._segment_and_box, self._two_boxes)):
            of_kind = np.flatnonzero(boxes == count)
            for begin in range(0, len(of_kind), _CHUNK):
                some = of_kind[begin : begin + _CHUNK]
                first, second = self._first[pairs[some]], self._second[pairs[some]]
                distances[some] += measure(places, rows[some], first, second)
        return distances

    def _segments(self, places: Places, rows: IntArray, first: IntArray, second: IntArray) -> FloatArray:
        p, u, q, v = (_taken(array, each, rows) for each in (first, second) for array in (places.starts, places.ways))
        return segment_distances(p, u, q, v)

    def _segment_and_box(self, places: Places, rows: IntArray, first: IntArray, second: IntArray) -> FloatArray:
        turns = _taken(places.turns, self._box[second], rows)
        start = _taken(places.starts, first, rows) - _taken(places.starts, second, rows)
        way = _taken(places.ways, first, rows)
        return segment_box_distances(turned_back(turns, start), turned_back(turns, way), self._sizes.half[:, second])

    def _two_boxes(self, places: Places, rows: IntArray, first: IntArray, second: IntArray) -> FloatArray:
        turns, own = (_taken(places.turns, self._box[shapes], rows) for shapes in (second, first))
        place = turned_back(turns, _taken(places.starts, first, rows) - _taken(places.starts, second, rows))
        between = np.stack([turned_back(turns, own[:, axis]) for axis in range(3)], axis=1)
        half = self._sizes.half
        return box_distances(place, between, half[:, first], half[:, second])


def _taken(array: FloatArray, shapes: IntArray, rows: IntArray) -> FloatArray:
    """Return `array[..., shapes, rows]`, several times faster than by these indices."""
    flat = array.reshape(*array.shape[:-2], -1)
    taken: FloatArray = flat.take(shapes * array.shape[-1] + rows, axis=-1)
    return taken
