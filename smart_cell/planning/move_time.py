# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Times of many point-to-point moves at once: `smart_cell.motion.ptp.ptp_time` for whole tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.ptp import NO_MOVE

FloatArray = NDArray[np.float64]


def move_times(model: ArmModel, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the times [s] of all moves from rest at one joint position to rest at another.

    Args:
        model: The arm.
        starts: Joint angles [rad], shape (n, 6).
        ends: Joint angles [rad], shape (m, 6).

    Returns:
        Shape (n, m).
    """
    return _durations(model, np.abs(starts[:, np.newaxis, :] - ends[np.newaxis, :, :]))


def paired_times(model: ArmModel, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the time [s] of the move from each start to the end in the same row, shapes (n, 6) and (n,)."""
    return _durations(model, np.abs(starts - ends))


def _durations(model: ArmModel, ways: FloatArray) -> FloatArray:
    """Return the durations [s] of synchronous moves by `ways` [rad] (..., 6): see `smart_cell.motion.profile`."""
    is_move = ways.max(axis=-1) >= NO_MOVE
    with np.errstate(divide="ignore", invalid="ignore"):
        velocity, acceleration, jerk = (
            (np.array(limit) / ways).min(axis=-1) for limit in (model.velocity, model.acceleration, model.jerk)
        )
        critical = acceleration**2 / jerk
        rise = np.where(
            velocity >= critical, velocity / acceleration + acceleration / jerk, 2.0 * np.sqrt(velocity / jerk)
        )
        cruise = 1.0 / velocity - rise
        level_peak = 0.5 * (np.sqrt(critical**2 + 4.0 * acceleration) - critical)
        short_peak = np.where(level_peak < critical, np.cbrt(0.25 * jerk), level_peak)
        peak = np.where(cruise > 0.0, velocity, short_peak)
        rise = np.where(peak <= critical, 2.0 * np.sqrt(peak / jerk), peak / acceleration + acceleration / jerk)
        return np.where(is_move, 2.0 * rise + np.maximum(cruise, 0.0), 0.0)
