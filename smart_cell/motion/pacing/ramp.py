# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How the rate along a path gets from what it is to another one, as fast as the joints' limits allow.

At rate r, changing by c = dr/dt, a joint on the path q(theta) has

    velocity q' r,  acceleration q'' r^2 + q' c,  jerk q''' r^3 + 3 q'' r c + q' dc/dt.

The ramp is built of short steps in which c is linear in time, so that path time is a cubic. Each step makes c as strong
as the limits leave room at the place, and no stronger than c can fade out before the rate is reached. Steps end where
the jerk of the path jumps.

Source of the idea, for accelerations only: Bobrow, Dubowsky, Gibson, Time-Optimal Control of Robotic Manipulators Along
Specified Paths, 1985.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]

STEP = 0.02
"""Usual length of a step [s]."""
SHORTEST_STEP = 5e-5
"""Steps shorter than this [s] are left out: the splines between their ends would be ill-conditioned."""
STRONGEST = 20.0
"""Largest change of the rate [1/s], which counts where the path hardly moves."""
SHARPEST = 400.0
"""Largest change of that [1/s^2]."""

_GRID = 0.002
_STRETCH = 200
_AHEAD = 100
_STILL = 1e-9
_ROUNDING = 1e-9
_HARD = 0.02
_LEAST_ROOM = 0.02
_LONGEST = 1.6
_TURN = 0.02
_AIM = 0.98
_MOST_STEPS = 2000
_FASTEST = 1.0 + 1e-9
_GUESSES = 6
_GOOD_GUESS = 0.05
DIGITS = 9
"""Times are whole nanoseconds, as messages have them, so that states and times fit together on the wire."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where on a path an arm is, and how fast it runs along it."""

    path_time: float
    """Time of the path [s]: where a run at rate 1 would be."""
    rate: float
    """Path time per time; 0 at rest, 1 as programmed."""
    change: float = 0.0
    """Change of the rate [1/s]."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Steps of a ramp: times from 0 [s], path times [s], rates and their changes [1/s]; all of the same length.

    In between the change is linear in time.
    """

    times: list[float]
    path_times: list[float]
    rates: list[float]
    changes: list[float]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to plan a ramp."""

    sign: float
    """1 to come to the rate from below, -1 from above."""
    strength: float
    fading: list[float]
    """How fast the change may fade out [1/s^2], on the grid of path times."""


class RampPlanner:
    """Plans ramps on the rest of one path, from one state to one rate."""

    def __init__(
        self, path: Trajectory, start: Progress, rate: float, acceleration: FloatArray, jerk: FloatArray
    ) -> None:
        """Look at the path once for all attempts.

        Args:
            path: What is run.
            start: The state in which the ramp begins.
            rate: The rate at which it ends, 0 to 1.
            acceleration: Limit of each joint [rad/s^2].
            jerk: Limit of each joint [rad/s^3].
        """
        self._path = path
        self._start = start
        self._goal = rate
        self._end = path.duration
        self._corners = corners(path, start.path_time, jerk)
        peaks = path.peaks()
        # A path that breaks a limit by itself may go on doing so.
        self.acceleration = np.maximum(acceleration, peaks.acceleration)
        """Limits of acceleration [rad/s^2] that count."""
        self.jerk = np.maximum(jerk, peaks.jerk)
        """Limits of jerk [rad/s^3] that count."""
        # The steps are looked at in three places each: a little is kept for what may be in between.
        aim = np.maximum(_AIM * acceleration, peaks.acceleration)
        self._jerk_aim = np.maximum(_AIM * jerk, peaks.jerk)
        self._limits: list[tuple[float, float]] = list(zip(aim.tolist(), self._jerk_aim.tolist(), strict=True))
        self._rows: list[list[list[float]]] = []
        self._worst: list[float] = []
        self._best: list[float] = []
        self._look()

    def _look(self) -> None:
        """Look at the next stretch of the path: speeds, accelerations and jerks of the joints, in their directions."""
        begin = self._start.path_time + _GRID * len(self._rows)
        thetas = np.minimum(begin + _GRID * np.arange(_STRETCH + _AHEAD), self._end)
        state = self._path.sample_many(thetas)
        third = self._path.jerk_many(thetas)
        speed = np.abs(state.velocity)
        room = np.maximum(self._jerk_aim - np.abs(third) * self._goal**3, _LEAST_ROOM * self._jerk_aim)
        fading = (room / np.maximum(speed, _STILL)).min(axis=1)
        windows = np.lib.stride_tricks.sliding_window_view(np.minimum(fading, SHARPEST), _AHEAD + 1)
        self._worst += windows[:, : _AHEAD // 2].min(axis=1).tolist()
        self._best += windows.max(axis=1).tolist()
        direction = np.where(state.velocity < 0.0, -1.0, 1.0)
        self._rows += np.stack([speed, state.acceleration * direction, third * direction], axis=2)[:_STRETCH].tolist()

    def plan(self, strength: float, *, rising: bool, cautious: bool) -> Ramp | None:
        """Return a ramp, or None if it does not come out at the rate.

        Args:
            strength: Share of the room within the limits that is used, above 0 and below 1.
            rising: Come to the rate from below, else from above.
            cautious: Count on the worst place ahead to let the change fade out, else on the best one.
        """
        sign, goal, end = 1.0 if rising else -1.0, self._goal, self._end
        attempt = _Attempt(sign, strength, self._worst if cautious else self._best)
        time, theta, rate, drive = 0.0, self._start.path_time, self._start.rate, sign * self._start.change
        slope = 0.0
        corner = 0
        ramp = Ramp([0.0], [theta], [rate], [self._start.change])
        while theta < end - _ROUNDING:
            if theta + 2.0 * STEP > self._start.path_time + _GRID * (len(self._rows) - 1):
                self._look()
            left = sign * (goal - rate)
            if abs(left) < _ROUNDING and abs(drive) < _ROUNDING:
                ramp.rates[-1], ramp.changes[-1] = goal, 0.0
                return ramp
            if (left < -_ROUNDING and drive >= 0.0) or len(ramp.times) > _MOST_STEPS:
                return None
            while corner < len(self._corners) and self._corners[corner] <= theta + rate * SHORTEST_STEP + _ROUNDING:
                corner += 1
            ahead = self._corners[corner] if corner < len(self._corners) else math.inf
            sharpest = self._worst[int((theta - self._start.path_time) / _GRID)]
            usual = min(STEP, math.sqrt(_TURN / sharpest))
            if drive > 0.0 and 2.0 * left <= 1.5 * usual * drive:
                self._finish(ramp, time, 2.0 * left / drive, corner)
                return ramp
            step = usual
            reach = _time_to(ahead - theta, rate, sign * drive, sign * slope, _LONGEST * 1.5 * usual)
            if reach is not None:
                step = reach if reach <= _LONGEST * usual else 0.5 * reach
            wanted = guess = drive + slope * step
            for _ in range(_GUESSES):
                wanted = self._drive(attempt, theta, rate, drive, guess, step)
                if abs(wanted - guess) < _GOOD_GUESS * sharpest * step:
                    break
                # What is wanted at the end of a step falls with what is guessed: half-way they meet.
                guess = 0.5 * (guess + wanted)
            if reach is not None and reach <= _LONGEST * usual:
                again = _time_to(ahead - theta, rate, sign * drive, sign * (wanted - drive) / step, 2.0 * step)
                step = step if again is None else again
            if rate == 0.0 and wanted <= 0.0:
                return None
            step = max(round(step, DIGITS), SHORTEST_STEP)
            theta, rate = _advance(theta, rate, sign * drive, sign * wanted, step)
            if not 0.0 <= rate <= _FASTEST:
                return None
            slope, drive = (wanted - drive) / step, wanted
            time = round(time + step, DIGITS)
            _append(ramp, time, theta, rate, sign * drive)
        # The path ends sooner than the ramp: there it rests, at whatever rate.
        ramp.path_times[-1] = end
        return ramp

    def _drive(self, attempt: _Attempt, theta: float, rate: float, drive: float, guess: float, step: float) -> float:
        """Return how strongly the rate may change at the end of a step, in the direction of the ramp [1/s].

        Args:
            attempt: What is tried.
            theta: Path time at the beginning of the step [s].
            rate: Rate there.
            drive: Change of the rate there, in the direction of the ramp [1/s].
            guess: What is about to be returned, to look at the right places.
            step: Length of the step [s].
        """
        most, rise, fall = STRONGEST, SHARPEST, -SHARPEST
        sign, strength = attempt.sign, attempt.strength
        for share in (0.0, 0.5, 1.0):
            here = drive + share * (guess - drive)
            gained = sign * share * step * 0.5 * (drive + here)
            r = max(rate + gained, 0.0)
            place = theta + share * step * (rate + 0.5 * gained)
            # at the ends of the step what holds inside of it, as they may be where the jerk of the path jumps
            row = self._rows[round((place - self._start.path_time) / _GRID + 0.5 - share)]
            square, cube, turning = sign * r * r, r * r * r, 3.0 * r
            room = STRONGEST
            for (speed, second, third), (acceleration, jerk) in zip(row, self._limits, strict=True):
                swing = sign * third * cube
                pull = turning * second
                if speed > _STILL:
                    free = acceleration - second * square
                    if free < room * speed:
                        room = free / speed
                    bend = swing + pull * here
                    if jerk - bend < rise * speed:
                        rise = (jerk - bend) / speed
                    if -jerk - bend > fall * speed:
                        fall = (-jerk - bend) / speed
                if pull > 0.0:
                    if jerk - swing < room * pull:
                        room = (jerk - swing) / pull
                elif jerk + swing < -room * pull:
                    room = (jerk + swing) / -pull
            if share > 0.0:
                room = strength * max(room, 0.0)
                most = min(most, drive + (room - drive) / share)
        rise = strength * rise if rise > 0.0 else max(rise, -SHARPEST)
        fall = strength * fall if fall < 0.0 else min(fall, SHARPEST)
        fading = min(strength * attempt.fading[int((theta - self._start.path_time) / _GRID)], -fall)
        wanted = min(most, drive + rise * step)
        left = sign * (self._goal - rate)
        if fading > 0.0:
            # so strong that fading out from the end of the step leads to the rate: wanted^2 / (2 fading) is left then
            half = fading * step
            inside = half * half + 4.0 * fading * (2.0 * left - drive * step)
            wanted = min(wanted, 0.5 * (math.sqrt(inside) - half) if inside > 0.0 else 0.0)
        else:
            wanted = min(wanted, 0.0)
        if drive >= 0.0:
            wanted = max(wanted, 0.0)
        return min(max(wanted, drive + fall * step), STRONGEST)

    def _finish(self, ramp: Ramp, time: float, length: float, corner: int) -> None:
        """Append the last step, in which the change fades out; it is cut where the jerk of the path jumps."""
        theta, rate, change = ramp.path_times[-1], ramp.rates[-1], ramp.changes[-1]
        length = max(round(length, DIGITS), SHORTEST_STEP)
        # rounding of the length goes into the change
        slope = -change / length
        done = 0.0
        for place in self._corners[corner:]:
            reach = _time_to(place - theta, rate, change, slope, length)
            if reach is None:
                break
            reach = round(reach, DIGITS)
            if reach - done < SHORTEST_STEP or length - reach < SHORTEST_STEP:
                continue
            there = change + slope * reach
            at, speed = _advance(theta, rate, change, there, reach)
            _append(ramp, round(time + reach, DIGITS), at, speed, there)
            if place >= self._end:
                ramp.path_times[-1] = self._end
                return
            done = reach
        at, _ = _advance(theta, rate, change, 0.0, length)
        _append(ramp, round(time + length, DIGITS), min(at, self._end), self._goal, 0.0)


def _append(ramp: Ramp, time: float, theta: float, rate: float, change: float) -> None:
    ramp.times.append(time)
    ramp.path_times.append(theta)
    ramp.rates.append(rate)
    ramp.changes.append(change)


def _advance(theta: float, rate: float, change: float, there: float, step: float) -> tuple[float, float]:
    """Return path time and rate after a step in which the change goes evenly to `there`."""
    return (
        theta + step * (rate + step * (2.0 * change + there) / 6.0),
        rate + 0.5 * step * (change + there),
    )


def _time_to(way: float, rate: float, change: float, slope: float, longest: float) -> float | None:
    """Return when path time has gone `way` [s], or None if not within `longest` [s]."""

    def gone(time: float) -> float:
        return time * (rate + time * (0.5 * change + time * slope / 6.0))

    if not gone(longest) >= way:
        return None
    low, high = 0.0, longest
    time = min(way / rate, longest) if rate > 0.0 else longest
    for _ in range(60):
        off = gone(time) - way
        if abs(off) < 1e-12:
            break
        if off > 0.0:
            high = time
        else:
            low = time
        speed = rate + time * (change + 0.5 * slope * time)
        time = time - off / speed if speed > 0.0 else low
        if not low < time < high:
            time = 0.5 * (low + high)
    return time


def corners(path: Trajectory, start: float, jerk: FloatArray) -> list[float]:
    """Return the path times [s] after `start` at which the jerk of the path jumps, and that of its end."""
    times = path.times
    if len(times) < 3:
        return [path.duration]
    after = path.jerk_many(times[1:-1])
    before = path.jerk_many(np.nextafter(times[1:-1], -np.inf))
    hard = (np.abs(after - before) > _HARD * jerk).any(axis=1)
    return [*(time for time in times[1:-1][hard].tolist() if time > start), path.duration]
