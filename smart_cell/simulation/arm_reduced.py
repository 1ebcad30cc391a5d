# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reduced speed of the operating mode T1: how much slower a path must be run for the tool to be slow enough."""

from __future__ import annotations

from typing import Final

import numpy as np

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.kinematics.batch import forward_many
from smart_cell.motion.trajectory import FloatArray, Trajectory

T1_SPEED: Final = 0.25
"""Largest speed of the tool point and of the flange in T1 [m/s] (ISO 10218-1)."""

_SAMPLES_PER_SEGMENT = 8
_LONGEST_SAMPLE: Final = 0.01
_MARGIN: Final = 0.99
"""Share of the speed that is used, for what lies between two samples and for the lag of the servos."""


def reduced_rate(model: ArmModel, tool: Pose, path: Trajectory, limit: float = T1_SPEED) -> float:
    """Return the rate (above 0, at most 1) at which neither tool point nor flange is faster than `limit`.

    Args:
        model: The arm.
        tool: Tool point in the flange frame.
        path: What is to be run.
        limit: [m/s]
    """
    fastest = float(cartesian_speeds(model, tool, path).max(initial=0.0))
    return min(1.0, _MARGIN * limit / fastest) if fastest > 0.0 else 1.0


def cartesian_speeds(model: ArmModel, tool: Pose, path: Trajectory) -> FloatArray:
    """Return the speed [m/s] of the faster one of tool point and flange at times spread over the path, shape (n,)."""
    spans = np.diff(path.times)
    counts = np.maximum(_SAMPLES_PER_SEGMENT, np.ceil(spans / _LONGEST_SAMPLE)).astype(int)
    parts = [start + span * np.arange(n) / n for start, span, n in zip(path.times, spans, counts, strict=False)]
    times = np.concatenate([*parts, path.times[-1:]])
    state = path.sample_many(times)
    # A central difference over a turn so small that its error is far below the margin.
    step = 1e-6 / np.maximum(np.abs(state.velocity).max(axis=1, keepdims=True), 1e-12)
    ends = [forward_many(model, state.position + sign * step * state.velocity) for sign in (1.0, -1.0)]
    offset = np.array(tool.xyz)
    flange = ends[0][0] - ends[1][0]
    point = flange + (ends[0][1] - ends[1][1]) @ offset
    fastest = np.maximum(np.linalg.norm(flange, axis=1), np.linalg.norm(point, axis=1))
    speeds: FloatArray = fastest / (2.0 * step[:, 0])
    return speeds
