# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The jerk-limited speed profile of a move from rest to rest.

The profile has seven segments of constant jerk: jerk up, constant acceleration, jerk down, cruise, and the same
mirrored. Source: Biagiotti, Melchiorri, Trajectory Planning for Automatic Machines and Robots, 2008, section 3.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MIN_SEGMENT = 5e-4
"""Shortest segment [s]. Shorter ones are lengthened: splines between points that are closer in time would turn the
rounding of positions into jerk that counts."""


@dataclass(frozen=True, slots=True)
class SCurve:
    """A profile s(t) from 0 to 1; the path parameter s has no unit."""

    jerk: float
    """[1/s^3]"""
    jerk_time: float
    """Length of each of the four jerk segments [s]."""
    acceleration_time: float
    """Length of each of the two segments of constant acceleration [s]."""
    cruise_time: float
    """Length of the segment of constant speed [s]."""

    @property
    def duration(self) -> float:
        """Time from rest to rest [s]."""
        return 4.0 * self.jerk_time + 2.0 * self.acceleration_time + self.cruise_time

    @property
    def speed(self) -> float:
        """Largest ds/dt [1/s]."""
        return self.jerk * self.jerk_time * (self.jerk_time + self.acceleration_time)

    @property
    def acceleration(self) -> float:
        """Largest second derivative [1/s^2]."""
        return self.jerk * self.jerk_time

    def lasting(self, duration: float) -> SCurve:
        """Return the same profile run so fast that it takes `duration` [s]."""
        factor = duration / self.duration
        return SCurve(
            self.jerk / factor**3,
            self.jerk_time * factor,
            self.acceleration_time * factor,
            self.cruise_time * factor,
        )

    def knots(self) -> FloatArray:
        """Return the strictly increasing times [s] at which the jerk changes, first 0 and last `duration`."""
        jerk, level, cruise = self.jerk_time, self.acceleration_time, self.cruise_time
        lengths = [0.0, jerk, level, jerk, cruise, jerk, level, jerk]
        return np.cumsum([0.0] + [length for length in lengths if length > 0.0])

    def position(self, time: float) -> float:
        """Return s at one `time` [s] of the first half, without the arrays of `sample`."""
        ramp, level = self.jerk_time, self.acceleration_time
        if time <= ramp:
            return self.jerk * time**3 / 6.0
        if time <= ramp + level:
            along = time - ramp
            return self.acceleration * (ramp * ramp / 6.0 + 0.5 * ramp * along + 0.5 * along * along)
        rise = 2.0 * ramp + level
        left = max(rise - time, 0.0)
        return self.speed * (time - 0.5 * rise) + self.jerk * left**3 / 6.0

    def sample(self, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return s, its first [1/s] and its second derivative [1/s^2] at `times` [s], shape (n,) each.

        Before the start the profile is 0, after the end it is 1.
        """
        ramp, level, speed = self.jerk_time, self.acceleration_time, self.speed
        peak, half, total = self.acceleration, 0.5 * self.duration, self.duration
        clipped = np.clip(times, 0.0, total)
        # The second half mirrors the first one.
        late = clipped > half
        t = np.where(late, total - clipped, clipped)
        ramped = 0.5 * peak * ramp
        rise = 2.0 * ramp + level
        ramped_way = ramped * ramp / 3.0
        level_way = (ramped + 0.5 * peak * level) * level
        # By segment: where it starts, then s and its derivatives there.
        table = np.array(
            [
                (0.0, 0.0, 0.0, 0.0, self.jerk),
                (ramp, ramped_way, ramped, peak, 0.0),
                (ramp + level, ramped_way + level_way, speed - ramped, peak, -self.jerk),
                (rise, 0.5 * speed * rise, speed, 0.0, 0.0),
            ]
        )
        start, s, ds, dds, ddds = table[np.searchsorted(table[1:, 0], t, side="right")].T
        t = t - start
        s = s + t * (ds + t * (0.5 * dds + t * ddds / 6.0))
        ds = ds + t * (dds + 0.5 * t * ddds)
        dds = dds + t * ddds
        return np.where(late, 1.0 - s, s), ds, np.where(late, -dds, dds)


def rest_to_rest(velocity: float, acceleration: float, jerk: float) -> SCurve:
    """Return the fastest profile from s = 0 to s = 1 within the limits; see `MIN_SEGMENT` for the one exception.

    Args:
        velocity: Largest ds/dt [1/s].
        acceleration: Largest second derivative [1/s^2].
        jerk: Largest third derivative [1/s^3].
    """
    ramp, level, cruise = _segments(velocity, acceleration, jerk)
    ramp = max(ramp, MIN_SEGMENT)
    level = max(level, MIN_SEGMENT) if level > 0.0 else 0.0
    cruise = max(cruise, MIN_SEGMENT) if cruise > 0.0 else 0.0
    # The way is jerk * ramp * (ramp + level) * (2 ramp + level + cruise); it must be 1. Where a segment was
    # lengthened above, this lowers the jerk, and speed and acceleration fall with it.
    return SCurve(1.0 / (ramp * (ramp + level) * (2.0 * ramp + level + cruise)), ramp, level, cruise)


def _segments(velocity: float, acceleration: float, jerk: float) -> tuple[float, float, float]:
    """Return the lengths [s] of the jerk, constant acceleration and cruise segments."""
    critical = acceleration * acceleration / jerk
    rise = velocity / acceleration + acceleration / jerk if velocity >= critical else 2.0 * math.sqrt(velocity / jerk)
    cruise = 1.0 / velocity - rise
    peak = velocity
    if cruise <= 0.0:
        cruise = 0.0
        peak = 0.5 * (math.sqrt(critical * critical + 4.0 * acceleration) - critical)
        if peak < critical:
            peak = (0.25 * jerk) ** (1.0 / 3.0)
    if peak <= critical:
        return math.sqrt(peak / jerk), 0.0, cruise
    ramp = acceleration / jerk
    return ramp, peak / acceleration - ramp, cruise
