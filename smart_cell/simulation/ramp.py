# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The motion of a drive with constant acceleration: up to speed, along, and to rest at a point."""

from __future__ import annotations

import math


class Ramp:
    """Position and speed over time, from any state to rest."""

    def __init__(self, start: float, position: float, speed: float, pieces: tuple[tuple[float, float], ...]) -> None:
        """Take the motion apart; use `to_point` or `to_rest`.

        Args:
            start: When it begins [s].
            position: Where it begins [m].
            speed: How fast it begins [m/s].
            pieces: Durations [s] and accelerations [m/s^2], one after the other.
        """
        self._start = start
        self._position = position
        self._speed = speed
        self._pieces = pieces

    @classmethod
    def at_rest(cls, start: float, position: float) -> Ramp:
        """Return no motion at all."""
        return cls(start, position, 0.0, ())

    @classmethod
    def to_rest(cls, start: float, position: float, speed: float, acceleration: float) -> Ramp:
        """Return the shortest way to rest."""
        return cls(start, position, speed, ((speed / acceleration, -acceleration),))

    @classmethod
    def to_point(
        cls, start: float, position: float, speed: float, *, target: float, top: float, acceleration: float
    ) -> Ramp:
        """Return the fastest way to rest at `target` [m].

        The way must be long enough to stop in. At most `top` [m/s] fast, unless it begins faster.
        """
        way = target - position
        peak = min(top, math.sqrt(max(acceleration * way + 0.5 * speed * speed, 0.0)))
        peak = max(peak, speed)
        if peak <= 0.0:
            return cls.at_rest(start, position)
        ramps = (2.0 * peak * peak - speed * speed) / (2.0 * acceleration)
        cruise = max(way - ramps, 0.0) / peak
        pieces = (((peak - speed) / acceleration, acceleration), (cruise, 0.0), (peak / acceleration, -acceleration))
        return cls(start, position, speed, pieces)

    @property
    def end(self) -> float:
        """When it rests [s]."""
        return self._start + sum(duration for duration, _ in self._pieces)

    def at(self, time: float) -> tuple[float, float]:
        """Return position [m] and speed [m/s] at `time` [s]."""
        position, speed, left = self._position, self._speed, max(time - self._start, 0.0)
        for duration, acceleration in self._pieces:
            step = min(left, duration)
            position += speed * step + 0.5 * acceleration * step * step
            speed += acceleration * step
            left -= step
            if left <= 0.0:
                break
        return position, (0.0 if time >= self.end else max(speed, 0.0))
