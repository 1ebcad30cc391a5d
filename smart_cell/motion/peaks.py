# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The largest velocity, acceleration and jerk of splines, between their points as well as at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_LOOKS = 160
"""In how many places is looked at least: segments of which there are few are looked at more often."""
_FEWEST_PARTS = 2
_MOST_PARTS = 16


@dataclass(frozen=True, slots=True)
class Peaks:
    """Largest absolute velocity [rad/s], acceleration [rad/s^2] and jerk [rad/s^3] of each joint, shape (6,) each."""

    velocity: FloatArray
    acceleration: FloatArray
    jerk: FloatArray


def peaks_of(coefficients: FloatArray, lengths: FloatArray) -> Peaks:
    """Return the largest absolute values of derivatives of quintic segments.

    Args:
        coefficients: Of the segments by time since their start, lowest power first, shape (n, 6, joints).
        lengths: Of the segments [s], shape (n,).
    """
    count, _, joints = coefficients.shape
    if count == 0:
        zero = np.zeros(joints)
        return Peaks(zero, zero.copy(), zero.copy())
    parts = min(max(math.ceil(_LOOKS / count), _FEWEST_PARTS), _MOST_PARTS)
    length = lengths[:, np.newaxis]
    powers = [np.ones_like(length)]
    for _ in range(5):
        powers.append(powers[-1] * length)
    # By the share of each segment, from 0 to 1.
    scaled = (coefficients * np.stack(powers, axis=1)).swapaxes(0, 1)
    looks = (_derivatives(parts) @ scaled.reshape(6, -1)).reshape(3, parts + 1, count, joints)
    velocity, acceleration, jerk = looks[0] / length, looks[1] / powers[2], looks[2] / powers[3]
    sharpest = np.abs(jerk).max(axis=(0, 1))
    # The jerk is a parabola, whose vertex may lie inside.
    bend, slope = 120.0 * scaled[5], 24.0 * scaled[4]
    segments, columns = np.nonzero((slope * bend < 0.0) & (np.abs(slope) < np.abs(bend)))
    vertex = 6.0 * scaled[3, segments, columns] - 0.5 * slope[segments, columns] ** 2 / bend[segments, columns]
    np.maximum.at(sharpest, columns, np.abs(vertex) / powers[3][segments, 0])
    step = length / parts
    return Peaks(_largest(velocity, acceleration, step), _largest(acceleration, jerk, step), sharpest)


@lru_cache(maxsize=16)
def _derivatives(parts: int) -> FloatArray:
    """Return what makes velocity, acceleration and jerk at x = 0, 1 / parts, ..., 1 of the coefficients of x."""
    rows = [
        [math.perm(power, order) * (look / parts) ** max(power - order, 0) for power in range(6)]
        for order in (1, 2, 3)
        for look in range(parts + 1)
    ]
    return np.array(rows)


def _largest(values: FloatArray, slopes: FloatArray, step: FloatArray) -> FloatArray:
    """Return the largest absolute value of each joint.

    Args:
        values: At places `step` apart, shape (places, segments, joints).
        slopes: Their derivatives; where one changes its sign there is an extreme in between, of the cubic through both.
        step: Shape (segments, 1).
    """
    largest: FloatArray = np.abs(values).max(axis=(0, 1))
    places = np.nonzero(slopes[:-1] * slopes[1:] < 0.0)
    first, last = values[:-1][places], values[1:][places]
    width = step[places[1], 0]
    rise, fall = width * slopes[:-1][places], width * slopes[1:][places]
    square, linear = 3.0 * (rise + fall - 2.0 * (last - first)), 6.0 * (last - first) - 4.0 * rise - 2.0 * fall
    root = np.sqrt(np.maximum(linear**2 - 4.0 * square * rise, 0.0))
    # One root lies inside, where the slope leaves the sign that it has at the start.
    with np.errstate(divide="ignore"):
        x = np.clip(2.0 * rise / (np.copysign(root, rise) - linear), 0.0, 1.0)
    np.maximum.at(largest, places[2], np.abs(first + x * (rise + x * (0.5 * linear + x * square / 3.0))))
    return largest
