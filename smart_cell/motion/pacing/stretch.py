# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Stretches a course where much happens in little time, so that cells of equal length can tell what.

Next to a singularity a joint may turn half round in a millisecond of nominal time, or in a microsecond. The course is
run more slowly there, as slowly as its limits ask for. When it is looked at again in cells of the same length, these
are shorter in terms of the course, and so on until they are small everywhere.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from smart_cell.motion.errors import MotionError
from smart_cell.motion.pacing.course import PacedCourse
from smart_cell.motion.pacing.demand import Allowed, Look
from smart_cell.motion.pacing.fastest_pace import CELLS_PER_KNOT, cubic_basis
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]

CELL = 0.016
"""Length of the cells [s]."""

_SLOW = 0.15
_NEIGHBOURS = 4.0
_GAP = 0.02
"""Cells are small enough where no bound is below `_SLOW`, those of neighbours differ less than `_NEIGHBOURS` times, and
gaps are below `_GAP`."""
_BRAKING = 0.5
"""Share of the accelerations that may be taken for going over from one rate to another one."""
_STRONGEST = 20.0
"""Largest change of the rate [1/s], which counts where the joints hardly move."""
_TINY = 1e-9
_MOST = 50.0
"""How much a cell is stretched at once; what it needs may be far less once the cells are smaller."""
_ROUNDS = 8
_PARTS = 4
_LONGEST = 120.0
"""A course may come to take this [s] or `_MOST` times as long as it is."""


def look_closely(course: PacedCourse, look: Look, allowed: Allowed, knots: FloatArray) -> tuple[PacedCourse, Look]:
    """Return a course, stretched where it must be, and what it asks for in cells of about `CELL`.

    Args:
        course: The course.
        look: What it asks for in cells of about `CELL`.
        allowed: What it has to keep to.
        knots: Times of the course itself [s] at which its jerk may jump.

    Raises:
        MotionError: It leaves the limits of a joint, or stretching does not help: a joint jumps, or all but jumps.
    """
    longest = longest_of(course.duration)
    for _ in range(_ROUNDS):
        if _is_close(look):
            return course, look
        course = course.at_pace(_stretching(look))
        if course.duration > longest:
            break
        look = allowed.look_at(course, cells_of(course), knots)
    if _is_close(look):
        return course, look
    raise refusal(look, allowed)


def longest_of(duration: float) -> float:
    """Return the longest time [s] that a course may come to take; if it needs more, it all but stands still."""
    return max(_LONGEST, _MOST * duration)


def cells_of(course: PacedCourse) -> int:
    """Return the number of cells for a course, which `fastest_pace` takes."""
    return CELLS_PER_KNOT * math.ceil(course.duration / (CELLS_PER_KNOT * CELL))


def refusal(look: Look, allowed: Allowed) -> MotionError:
    """Return the error that says where on a course a joint is too fast."""
    model = allowed.model
    cell = int(np.argmin(look.bounds))
    first, last = look.positions[cell : cell + 2]
    joint = int(np.argmax(np.abs(last - first) / model.velocity))
    length = float(look.times[cell + 1] - look.times[cell])
    return MotionError(
        f"{model.name} cannot follow the motion at {look.times[cell]:.4f} s, where joint_{joint + 1} would turn from "
        f"{first[joint]:.4f} to {last[joint]:.4f} rad within {1e6 * length:.3g} us, as close to a singularity; lead "
        "the path differently"
    )


def _is_close(look: Look) -> bool:
    bounds = look.bounds
    contrast = np.maximum(bounds[1:] / bounds[:-1], bounds[:-1] / bounds[1:])
    is_even = float(bounds.min()) >= _SLOW and float(contrast.max(initial=1.0)) <= _NEIGHBOURS
    return is_even and float((look.gaps * bounds).max()) < _GAP


def _stretching(look: Look) -> Trajectory:
    """Return the pace at which a course is slow enough everywhere, and neighbouring cells about equally so.

    The time per path time is a cubic B-spline with a knot at each border of a cell. Its control points are the largest
    values in the cells that they have an influence on, so that the spline is nowhere below what is needed.
    """
    demand, count = look.demand, len(look.bounds)
    cell = demand.cell
    # The square of the rate may change along the path by twice what the rate may change by in time.
    change = _BRAKING / np.maximum((np.abs(demand.velocity) / demand.acceleration_limit).max(axis=1), _TINY)
    reached = np.cumsum(2.0 * cell * np.minimum(change, _STRONGEST))
    squares = np.maximum(look.bounds, 1.0 / _MOST) ** 2
    squares = np.minimum.accumulate(squares - reached) + reached
    squares = np.minimum.accumulate((squares + reached)[::-1])[::-1] - reached
    controls = sliding_window_view(np.pad(squares**-0.5, 3, mode="edge"), 4).max(axis=1)
    values, slopes, _ = cubic_basis(np.arange(2 * _PARTS) / (2 * _PARTS))
    windows = sliding_window_view(controls, 4)
    last = controls[-3:]
    stretch = np.append(windows @ values.T, (last[0] + 4.0 * last[1] + last[2]) / 6.0)
    slope = np.append(windows @ slopes.T, 0.5 * (last[2] - last[0]))[::2] / cell
    part = cell / _PARTS
    times = np.append(0.0, np.cumsum(part / 6.0 * (stretch[:-1:2] + 4.0 * stretch[1::2] + stretch[2::2])))
    stretch = stretch[::2]
    return Trajectory(
        times,
        np.linspace(0.0, cell * count, count * _PARTS + 1, dtype=np.float64)[:, np.newaxis],
        (1.0 / stretch)[:, np.newaxis],
        (-slope / stretch**3)[:, np.newaxis],
    )
