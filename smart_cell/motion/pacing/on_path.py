# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where on a path an arm stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smart_cell.motion.trajectory import Trajectory

_GRID = 0.002
_REFINEMENTS = 4
_STILL = 1e-9


def nearest_on_path(path: Trajectory, joints: Sequence[float], around: float, reach: float) -> tuple[float, float]:
    """Return the path time [s] closest to some joint angles, and how far off the path they are.

    Args:
        path: The programmed motion.
        joints: [rad], A1 to A6.
        around: Where on the path to look [s].
        reach: How far before and after that to look [s]; a path may pass the same place twice.

    Returns:
        The path time, and the distance [rad] of the joint that is off most.
    """
    wanted = np.asarray(joints, dtype=float)
    low = min(max(around - reach, path.start), path.duration)
    high = min(max(around + reach, path.start), path.duration)
    times = np.linspace(low, high, max(int((high - low) / _GRID), 1) + 1)
    off = np.square(path.sample_many(times).position - wanted).sum(axis=1)
    best = float(times[int(np.argmin(off))])
    for _ in range(_REFINEMENTS):
        state = path.sample(best)
        square = float(state.velocity @ state.velocity)
        if square < _STILL:
            break
        best += float(state.velocity @ (wanted - state.position)) / square
        best = min(max(best, low), high)
    return best, float(np.abs(path.sample(best).position - wanted).max())
