# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One jerk-limited profile for a whole leg that the joints can follow.

Where joints are slower than the tool may be, this is mostly faster than slowing down a profile that only fits the tool:
a lower acceleration, for example, leaves the speed as it is. With the derivatives q', q'', q''' of the joint angles by
the path parameter s the joints need

    q' ds,    q' dds + q'' ds^2,    q' ddds + 3 q'' ds dds + q''' ds^3
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.moves.leg import profile_on_grid, times_on_grid
from smart_cell.motion.moves.profile import SCurve, rest_to_rest
from smart_cell.motion.pacing.retime import Course

FloatArray = NDArray[np.float64]

_MOVING = 0.02
"""Share of the largest speed above which derivatives by the path parameter are well known."""
_SAMPLES = 64
_MARGIN = 1.0005
"""What makes up for the finite number of samples."""
_STEPS = (0.7, 0.85, 0.95)
_LONGEST_SEARCH = 12


class _Need(NamedTuple):
    """Share of the joint limits that one unit of the path parameter's derivatives needs, along the path."""

    s: FloatArray
    """Path parameter, (n,)."""
    first: FloatArray
    """Speed, acceleration and jerk that its first, second and third derivative need, (n, 3, 6)."""
    bend: FloatArray
    """Acceleration by the square of the speed and jerk by speed times acceleration, (n, 2, 6)."""
    twist: FloatArray
    """Jerk by the cube of the speed, (n, 6)."""


def even_profile(model: ArmModel, course: Course, profile: SCurve, grid: float) -> SCurve:
    """Return a profile that the joints can follow.

    Args:
        model: The arm, whose limits of velocity, acceleration and jerk are kept up to what happens between samples.
        course: The joint motion with `profile`.
        profile: The fastest profile for the tool.
        grid: Its segments last multiples of this time [s], and so do those of the result.

    Returns:
        A profile that takes at least as long as `profile`.
    """
    need = _need(model, course, profile, grid)
    limits: FloatArray = np.array(
        (
            profile.jerk * profile.jerk_time * (profile.jerk_time + profile.acceleration_time),
            profile.jerk * profile.jerk_time,
            profile.jerk,
        )
    )
    best: FloatArray = np.ones(3)
    duration = _duration(need, limits)
    for step in _STEPS:
        for _ in range(_LONGEST_SEARCH):
            candidates = [np.where(np.arange(3) == index, step, 1.0) * best for index in range(3)]
            durations = [_duration(need, limits * shares) for shares in candidates]
            index = int(np.argmin(durations))
            if durations[index] >= duration:
                break
            best, duration = candidates[index], durations[index]
    limits *= best
    slower = _MARGIN * _slowdown(need, rest_to_rest(*limits.tolist()))
    velocity, acceleration, jerk = (limits / slower ** np.arange(1.0, 4.0)).tolist()
    return profile_on_grid(velocity, acceleration, jerk, grid)


def _need(model: ArmModel, course: Course, profile: SCurve, grid: float) -> _Need:
    times = times_on_grid(profile.duration, grid)
    state = course.sample_many(times)
    s, ds, dds = profile.sample(times)
    moving = ds > _MOVING * ds.max()
    rate = ds[moving, np.newaxis]
    first = state.velocity[moving] / rate
    bend = (state.acceleration[moving] - first * dds[moving, np.newaxis]) / rate**2
    path = s[moving]
    twist = np.gradient(bend, path, axis=0) if len(path) > 1 else np.zeros_like(bend)
    return _Need(
        path,
        first[:, np.newaxis] / np.array((model.velocity, model.acceleration, model.jerk)),
        bend[:, np.newaxis] / np.array((model.acceleration, np.divide(model.jerk, 3.0))),
        twist / model.jerk,
    )


def _duration(need: _Need, limits: FloatArray) -> float:
    """Return how long [s] a profile takes once it is so slow that the joints can follow it."""
    profile = rest_to_rest(*limits.tolist())
    return profile.duration * _slowdown(need, profile)


def _slowdown(need: _Need, profile: SCurve) -> float:
    """Return how many times slower a profile must be run; at least 1."""
    # the jerk is looked at on both sides of where it changes
    times = np.sort(np.concatenate([profile.knots(), np.linspace(0.0, profile.duration, _SAMPLES)]))
    s, ds, dds = profile.sample(times)
    row = np.minimum(np.searchsorted(need.s, s), len(need.s) - 1)
    ds, dds = ds[:, np.newaxis], dds[:, np.newaxis]
    first, bend = need.first[row], need.bend[row]
    velocity = np.abs(first[:, 0] * ds).max()
    acceleration = np.abs(first[:, 1] * dds + bend[:, 0] * ds**2).max()
    jerk = (np.abs(first[:, 2]) * profile.jerk + np.abs(bend[:, 1] * ds * dds + need.twist[row] * ds**3)).max()
    return max(1.0, float(velocity), float(np.sqrt(acceleration)), float(np.cbrt(jerk)))
