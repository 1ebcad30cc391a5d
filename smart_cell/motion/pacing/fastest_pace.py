# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The fastest pace along a given course within limits of velocity, acceleration and jerk.

A course is run at the rate r(theta) = d theta / dt. With z = r^2 and derivatives by theta, what moves along it has

    velocity       q' sqrt(z)
    acceleration   q'' z + q' z' / 2
    jerk           sqrt(z) (q''' z + 3/2 q'' z' + q' z'' / 2)

so that the limits of acceleration are linear in z, those of jerk almost so, and the time, the integral of 1 / sqrt(z),
is convex. z is a cubic B-spline, which makes rate and change of rate continuous, and its control points are found by
Newton's method with a logarithmic barrier at every limit.

Sources: Verscheure et al., Time-Optimal Path Tracking for Robots: A Convex Optimization Approach, 2009; Boyd,
Vandenberghe, Convex Optimization, 2004, chapter 11.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CELLS_PER_KNOT = 4
"""Cells between two knots of the spline; the number of cells is a multiple of it."""

_MOST_STEPS = 15
_FIRST_WEIGHT = 0.03
_NEXT_WEIGHT = 0.4
_LAST_WEIGHT = 0.01
_SMALL_GAIN = 0.005
_LONG_STEP = 0.2
_TO_BORDER = 0.95
_SHORTER = 0.7
_SHORTENINGS = 25
_INSIDE = 0.9
_TINY = 1e-12
_BLOCK = 64
_JOINTS = 6


@dataclass(frozen=True, slots=True)
class Demand:
    """What running a course at rate 1 asks for, in the middle of n cells of equal length.

    The columns are six joints, then possibly three of the tool's linear and three of its angular motion. Limits hold
    for each joint, and for the length of each triple.
    """

    cell: float
    """Length of a cell [s]."""
    highest: FloatArray
    """Largest rate that is allowed whatever the rest says, shape (n,)."""
    velocity: FloatArray
    """First derivative by path time, shape (n, columns)."""
    acceleration: FloatArray
    """Second derivative."""
    jerk: FloatArray
    """Third derivative."""
    acceleration_limit: FloatArray
    """Shape (columns,)."""
    jerk_limit: FloatArray
    """Shape (columns,)."""

    def bounds(self) -> FloatArray:
        """Return the largest rate at each cell that keeps the limits as long as it does not change, shape (n,)."""
        strongest = _largest(self.acceleration / self.acceleration_limit)
        sharpest = _largest(self.jerk / self.jerk_limit)
        slowness = np.sqrt(np.maximum(np.maximum(strongest, np.cbrt(sharpest) ** 2), _TINY))
        bounds: FloatArray = np.minimum(self.highest, 1.0 / slowness)
        return bounds


@dataclass(frozen=True, slots=True)
class Pace:
    """Rates at the n + 1 borders of cells."""

    times: FloatArray
    """When each border is passed [s]."""
    rates: FloatArray
    """Path time per time."""
    changes: FloatArray
    """Change of the rate [1/s]."""


def fastest_pace(demand: Demand) -> Pace:
    """Return about the fastest pace that keeps all limits in the middle of each cell.

    The number of cells must be a multiple of `CELLS_PER_KNOT`. The time is within about a percent of the best one that
    the spline allows.
    """
    problem = _Problem(demand)
    squares = problem.optimum()
    return problem.pace(squares)


def _largest(values: FloatArray) -> FloatArray:
    """Return the largest absolute value of the joints and length of the triples in each row."""
    largest: FloatArray = np.abs(values[:, :_JOINTS]).max(axis=1)
    for first in range(_JOINTS, values.shape[1], 3):
        largest = np.maximum(largest, np.sqrt((values[:, first : first + 3] ** 2).sum(axis=1)))
    return largest


def cubic_basis(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the four pieces of the uniform cubic B-spline at 0 <= u <= 1 and two derivatives, shape (n, 4) each."""
    values = np.stack([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3], axis=1) / 6.0
    first = np.stack([-((1 - u) ** 2), 3 * u**2 - 4 * u, -3 * u**2 + 2 * u + 1, u**2], axis=1) / 2.0
    second = np.stack([1 - u, 3 * u - 2, 1 - 3 * u, u], axis=1)
    return values, first, second


_BORDERS = cubic_basis(np.arange(CELLS_PER_KNOT) / CELLS_PER_KNOT)
_END = np.array([1.0, 4.0, 1.0]) / 6.0
"""The spline at its end from the last three control points."""
_HALVES = cubic_basis(np.arange(2 * CELLS_PER_KNOT) / (2 * CELLS_PER_KNOT))


def _windows(controls: FloatArray) -> FloatArray:
    """Return the four control points of each piece, shape (pieces, 1, 4)."""
    return controls[_four(len(controls) - 3)]


@lru_cache(maxsize=32)
def _four(pieces: int) -> NDArray[np.intp]:
    return (np.arange(pieces)[:, np.newaxis] + np.arange(4))[:, np.newaxis]


class _Problem:
    """A barrier problem in the control points of z.

    Rows are limits: of acceleration and jerk (kinds), for each column of the demand, in each cell of a piece.
    """

    def __init__(self, demand: Demand) -> None:
        cells = CELLS_PER_KNOT
        count, columns = demand.velocity.shape
        pieces = count // cells
        self._demand = demand
        self._pieces, self._columns = pieces, columns
        self._knot = cells * demand.cell
        values, first, second = (basis.T for basis in _BORDERS)
        self._values = np.ascontiguousarray(values)
        first, second = first / self._knot, second / self._knot**2

        def piecewise(derivative: FloatArray, limit: FloatArray) -> FloatArray:
            return (derivative / limit).reshape(pieces, cells, columns).transpose(0, 2, 1)[:, np.newaxis]

        values, first, second = values[:, np.newaxis], first[:, np.newaxis], second[:, np.newaxis]
        rows = np.empty((pieces, 4, 2, columns, cells))
        limit = demand.acceleration_limit
        rows[:, :, 0] = piecewise(demand.acceleration, limit) * values
        rows[:, :, 0] += piecewise(demand.velocity, 2.0 * limit) * first
        limit = demand.jerk_limit
        rows[:, :, 1] = piecewise(demand.jerk, limit) * values
        rows[:, :, 1] += piecewise(demand.acceleration, limit / 1.5) * first
        rows[:, :, 1] += piecewise(demand.velocity, 2.0 * limit) * second
        self._rows = rows
        """What z and its derivatives contribute to each row by control point: (pieces, 4, kinds, columns, cells)."""
        self._gradients = rows.copy()
        self._highest = demand.highest.reshape(pieces, cells) ** 2
        self._bounds = demand.bounds()
        self._highest_end = float(self._bounds[-1]) ** 2

    def optimum(self) -> FloatArray:
        """Return the control points of the fastest pace."""
        controls = self._start()
        z, shares = self._shares(controls)
        weight, time = _FIRST_WEIGHT, math.inf
        for _ in range(_MOST_STEPS):
            direction, length = self._direction(controls, z, shares, weight)
            for _ in range(_SHORTENINGS):
                there = controls + length * direction
                new_z, new_shares = self._shares(there)
                if there.min() > 0.0 and _END @ there[-3:] < self._highest_end and self._is_inside(new_z, new_shares):
                    controls, z, shares = there, new_z, new_shares
                    break
                length *= _SHORTER
            before, time = time, float((z**-0.5).sum())
            if length > _LONG_STEP:
                weight *= _NEXT_WEIGHT
            if weight < _LAST_WEIGHT and time > (1.0 - _SMALL_GAIN) * before:
                break
        return controls

    def pace(self, controls: FloatArray) -> Pace:
        """Return the pace of control points."""
        windows = _windows(controls)[:, 0]
        last = controls[-3:]
        z = np.append(windows @ _HALVES[0].T, _END @ last)
        slope = np.append(windows @ _HALVES[1].T, 0.5 * (last[2] - last[0])) / self._knot
        slowness = 1.0 / np.sqrt(np.maximum(z, _TINY))
        steps = self._demand.cell / 6.0 * (slowness[:-1:2] + 4.0 * slowness[1::2] + slowness[2::2])
        return Pace(np.concatenate([[0.0], np.cumsum(steps)]), 1.0 / slowness[::2], 0.5 * slope[::2])

    def _start(self) -> FloatArray:
        """Return control points well within all limits: as fast as each piece allows, or even all along."""
        squares = (self._bounds**2).reshape(self._pieces, -1).min(axis=1)
        lowest = float(squares.min())
        ends = np.full(3, np.inf)
        uneven = sliding_window_view(np.concatenate([ends, squares, ends]), 4).min(axis=1)
        z, shares = self._shares(uneven)
        lengths = np.abs(self._lengths(shares))
        excess = max(float(lengths[:, 0].max()), float(lengths[:, 1].max()) ** (2.0 / 3.0), 1.0)
        even: FloatArray = np.full(self._pieces + 3, _INSIDE * lowest)
        return uneven * (_INSIDE / excess) if float((z**-0.5).mean()) * excess**0.5 < lowest**-0.5 else even

    def _shares(self, controls: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return z, shape (pieces, cells), and the shares of the limits, shape (pieces, kinds, columns, cells)."""
        windows = _windows(controls)
        z: FloatArray = (windows @ self._values)[:, 0]
        products: FloatArray = windows @ self._rows.reshape(self._pieces, 4, -1)
        shares = products.reshape(self._pieces, 2, self._columns, -1)
        shares[:, 1] *= np.sqrt(np.maximum(z, 0.0))[:, np.newaxis]
        return z, shares

    def _lengths(self, shares: FloatArray) -> FloatArray:
        """Return what the limits hold for: shares of joints with their signs, and the lengths of triples."""
        if self._columns == _JOINTS:
            return shares
        triples = shares[:, :, _JOINTS:].reshape(self._pieces, 2, -1, 3, CELLS_PER_KNOT)
        lengths: FloatArray = np.concatenate([shares[:, :, :_JOINTS], np.sqrt((triples**2).sum(axis=3))], axis=2)
        return lengths

    def _is_inside(self, z: FloatArray, shares: FloatArray) -> bool:
        return bool((z < self._highest).all() and np.abs(self._lengths(shares)).max() < 1.0)

    def _length_gradients(self, z: FloatArray, shares: FloatArray) -> FloatArray:
        """Return the gradients of `_lengths` by the four control points of the piece, shape (pieces, 4, rows)."""
        gradients = self._gradients
        jerk = gradients[:, :, 1]
        np.multiply(self._rows[:, :, 1], np.sqrt(z)[:, np.newaxis, np.newaxis], out=jerk)
        jerk += (shares[:, 1] * (0.5 / z)[:, np.newaxis])[:, np.newaxis] * self._values[:, np.newaxis]
        if self._columns > _JOINTS:
            triples = shares[:, :, _JOINTS:].reshape(self._pieces, 2, -1, 3, CELLS_PER_KNOT)
            units = triples / np.maximum(np.sqrt((triples**2).sum(axis=3, keepdims=True)), _TINY)
            parts = gradients[:, :, :, _JOINTS:].reshape(self._pieces, 4, *triples.shape[1:])
            along = (units[:, np.newaxis] * parts).sum(axis=4)
            gradients = np.concatenate([gradients[:, :, :, :_JOINTS], along], axis=3)
        rows: FloatArray = gradients.reshape(self._pieces, 4, -1)
        return rows

    def _direction(
        self, controls: FloatArray, z: FloatArray, shares: FloatArray, weight: float
    ) -> tuple[FloatArray, float]:
        """Return the Newton step, and how much of it stays inside all limits as far as they are linear.

        The function to be made small is the sum of z^(-1/2) - weight log(1 - share^2) - weight log(highest - z) over
        the cells, and of -weight log(control) over the control points, which keeps z above 0 everywhere. At the end of
        the course, where it is at rest, only the steady bound of the last cell counts.
        """
        lengths = self._lengths(shares).reshape(self._pieces, -1)
        rows = self._length_gradients(z, shares)
        room = 1.0 / (1.0 - lengths * lengths)
        push = lengths * room
        above = 1.0 / (self._highest - z)
        time_slope = -0.5 / (z * np.sqrt(z))
        gradient = 2.0 * weight * (rows @ push[:, :, np.newaxis])[:, :, 0]
        gradient += (time_slope + weight * above) @ self._values.T
        bend = 2.0 * weight * (room + 2.0 * push * push)
        hessian = (rows * bend[:, np.newaxis]) @ rows.transpose(0, 2, 1)
        hessian += (self._values * (weight * above * above - 1.5 * time_slope / z)[:, np.newaxis]) @ self._values.T
        end = 1.0 / (self._highest_end - float(_END @ controls[-3:]))
        gradient[-1, 1:] += weight * end * _END
        hessian[-1, 1:, 1:] += weight * end * end * np.outer(_END, _END)
        inverse = 1.0 / controls
        gradient[:, 0] -= weight * inverse[:-3]
        gradient[-1, 1:] -= weight * inverse[-3:]
        hessian[:, 0, 0] += weight * inverse[:-3] ** 2
        hessian[-1, [1, 2, 3], [1, 2, 3]] += weight * inverse[-3:] ** 2
        direction = -_solve_banded(hessian, gradient)
        windows = _windows(direction)
        change = (windows @ rows)[:, 0]
        dz = (windows @ self._values)[:, 0]
        # Shares run to 1 or to -1, z to its largest value, control points to 0.
        fastest = max(
            float((change / (np.copysign(1.0, change) - lengths)).max()),
            float((dz * above).max()),
            float((-direction * inverse).max()),
            float(_END @ direction[-3:]) * end,
        )
        return direction, min(1.0, _TO_BORDER / fastest) if fastest > 0.0 else 1.0


@lru_cache(maxsize=32)
def _band(pieces: int) -> tuple[int, int, NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return where the entries of overlapping systems go in blocks of rows.

    Returns:
        The number of blocks and of rows in each, the rows of the vectors' entries, where those of the matrices go, and
        which of the latter are needed: a row keeps columns from the start of its block to 3 past its end.
    """
    size = pieces + 3
    blocks = -(-size // _BLOCK)
    width = -(-size // blocks)
    row = _four(pieces)[:, 0]
    column = row[:, np.newaxis, :] - (row // width * width)[:, :, np.newaxis]
    entries = (row[:, :, np.newaxis] * (width + 3) + column).ravel()
    kept = np.flatnonzero(column.ravel() >= 0)
    return blocks, width, row.ravel(), entries[kept], kept


def _solve_banded(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Return the solution of the sum of overlapping systems: piece k has the unknowns k to k + 3.

    Block elimination, since numpy has no solver for banded systems.

    Args:
        matrices: Shape (pieces, 4, 4), symmetric.
        vectors: Shape (pieces, 4).
    """
    size = len(vectors) + 3
    blocks, width, rows, entries, kept = _band(len(vectors))
    right = np.bincount(rows, vectors.ravel(), blocks * width).reshape(blocks, width)
    band = np.bincount(entries, matrices.ravel()[kept], blocks * width * (width + 3)).reshape(blocks, width, width + 3)
    for spare in range(size, blocks * width):
        band[-1, spare % width, spare % width] = 1.0
    if blocks == 1:
        return np.linalg.solve(band[0, :, :width], right[0])[:size]
    solved: list[FloatArray] = []
    for index in range(blocks):
        diagonal, coupling, rest = band[index, :, :width], band[index, :, width:], right[index]
        if index:
            before: FloatArray = band[index - 1, :, width:].T @ solved[-1]
            diagonal[:3, :3] = diagonal[:3, :3] - before[:, :3]
            rest[:3] = rest[:3] - before[:, 3]
        solved.append(np.linalg.solve(diagonal, np.column_stack([coupling, rest])))
    result = np.empty((blocks, width))
    after: FloatArray = np.zeros(3)
    for index in range(blocks - 1, -1, -1):
        result[index] = solved[index][:, 3] - solved[index][:, :3] @ after
        after = result[index, :3]
    return result.ravel()[:size]
