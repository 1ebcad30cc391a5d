# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How the joints of a simulated arm follow what they are sent: a servo per joint, with a lag.

Each joint is a position loop with a model of its own inertia in front of it. What the model does not know of the
acceleration appears as an error that the loop takes away:

    e'' + 2 w e' + w^2 e = (1 - f) a         e = sent - measured, a = acceleration sent

with w = `BANDWIDTH` (critically damped) and f = `FEED_FORWARD`. While a joint accelerates evenly it is (1 - f) a / w^2
behind; at constant speed it is not. The equation is linear and its input between two cycles as good as straight, so
that each cycle is solved exactly. `BANDWIDTH` and `FEED_FORWARD` are assumptions: makers publish neither.

The state moves on in whole cycles that are counted from the last event, whoever looks at it and how often.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.trajectory import FloatArray, State

CYCLE: Final = 0.004
"""Time between two cycles of the servos [s], as in the fast mode of KUKA's sensor interface."""
BANDWIDTH: Final = 80.0
"""Natural frequency of the position loops [rad/s]."""
FEED_FORWARD: Final = 0.9
"""Share of the acceleration that the model in front of the loop knows."""
CATCH_UP: Final = 1.2
"""Largest speed of a joint as a multiple of its limit, also where what it is sent jumps."""

_LONGEST_TRACK: Final = 500
_SETTLED: Final = 1e-8
"""Distance [rad] and, divided by the bandwidth, speed at which a joint has arrived."""


class Reference(Protocol):
    """What the servos are sent."""

    @property
    def end(self) -> float:
        """When it comes to rest [s]."""

    def sample_many(self, times: FloatArray) -> State:
        """Return what the joints should do at `times` [s], arrays of shape (n, 6)."""


class Track(NamedTuple):
    """What happened in a row of cycles, arrays of shape (n,) and (n, 6)."""

    first: int
    """Number of the first cycle since the last event."""
    times: FloatArray
    """[s]"""
    reference: State
    measured: State


class ArmServo:
    """The six joints of an arm."""

    def __init__(self, model: ArmModel, position: FloatArray) -> None:
        """Put the arm at rest at `position` [rad], shape (6,)."""
        zero = np.zeros(JOINT_COUNT)
        self._measured = State(position.copy(), zero, zero)
        self._limit = np.array(model.velocity) * CATCH_UP
        self._anchor: float | None = None
        self._cycle = 0
        self._offsets: FloatArray = zero
        self._stuck: NDArray[np.bool_] = np.zeros(JOINT_COUNT, dtype=bool)
        self._locked_at = math.inf
        self._rests = False
        self._peek: tuple[float, State] = (-math.inf, self._measured)

    def disturb(self, offsets: tuple[float, ...], stuck: frozenset[int]) -> None:
        """Set how far joints stand from where they are sent [rad], and which (1 to 6) do not move."""
        self._offsets = np.array(offsets)
        self._stuck = np.array([number in stuck for number in range(1, JOINT_COUNT + 1)])
        self._rests = False
        self._peek = (-math.inf, self._measured)

    def lock(self, at: float) -> None:
        """Let no joint move from `at` [s] on: the brakes are applied; infinite releases them."""
        self._locked_at = at
        self._rests = False
        self._peek = (-math.inf, self._measured)

    def sent_for(self, position: FloatArray) -> FloatArray:
        """Return what has to be sent for the joints to be at `position` [rad], shape (6,)."""
        return position - self._offsets

    def restart(self, now: float, reference: Reference) -> None:
        """Count cycles from `now` [s] on, at which another reference or a disturbance begins.

        Args:
            now: Not before the last cycle.
            reference: What was followed until now.
        """
        if self._anchor is None or now > self.time:
            self._measured = self.at(now, reference)
            self._anchor, self._cycle = now, 0
        self._rests = False
        self._peek = (-math.inf, self._measured)

    def advance(self, now: float, reference: Reference, *, watched: bool) -> Track | None:
        """Do the cycles that are due by `now` [s], but not more than 2 s of them.

        Args:
            now: Time [s].
            reference: What is followed.
            watched: Somebody wants to see the cycles also where nothing moves; else they are skipped, which makes an
                arm at rest cost nothing.

        Returns:
            The cycles; None if there was none to see.
        """
        if self._anchor is None:
            self._anchor = now
        count = int((now - self._anchor) / CYCLE + 1e-6) - self._cycle
        if count <= 0:
            return None
        if self._rests and not watched:
            self._cycle += count
            return None
        count = min(count, _LONGEST_TRACK)
        borders = np.asarray(self._anchor + CYCLE * np.arange(self._cycle, self._cycle + count + 1), dtype=np.float64)
        # What is measured at `now` itself is most often asked for next.
        times = np.append(borders, now) if now > borders[-1] else borders
        sent = reference.sample_many(times)
        after = self._follow(times, sent)
        track = Track(self._cycle + 1, times[1 : count + 1], _rows(sent, 1, count + 1), _rows(after, 0, count))
        self._set(track, count - 1)
        self._rests = self.time >= reference.end and self._is_settled(track.reference)
        if len(after.position) > count:
            self._peek = (now, _row(after, count))
        return track

    def rewind(self, track: Track, index: int) -> None:
        """Go back to a cycle of the track that was returned last."""
        self._set(track, index)
        self._rests = False
        self._peek = (-math.inf, self._measured)

    @property
    def time(self) -> float:
        """When the last cycle was [s]; 0 before the first."""
        return 0.0 if self._anchor is None else self._anchor + CYCLE * self._cycle

    @property
    def rests(self) -> bool:
        """Whether nothing will move before something else is sent."""
        return self._rests

    @property
    def last(self) -> State:
        """The state at the last cycle."""
        return self._measured

    def at(self, now: float, reference: Reference) -> State:
        """Return the state at `now` [s], within a cycle of the last one, without moving on."""
        if self._anchor is None or self._rests or now <= self.time:
            return self._measured
        if self._peek[0] != now:
            times = np.array([self.time, now])
            self._peek = (now, _row(self._follow(times, reference.sample_many(times)), 0))
        return self._peek[1]

    def _set(self, track: Track, index: int) -> None:
        self._cycle = track.first + index
        self._measured = _row(track.measured, index)

    def _is_settled(self, sent: State) -> bool:
        """Tell whether the last cycle changed nothing; joints that arrived are put where they were sent exactly."""
        if self.time >= self._locked_at:
            return True
        position, velocity = self._measured.position, self._measured.velocity
        wanted = sent.position[-1] + self._offsets
        left = np.where(self._stuck, 0.0, wanted - position)
        if np.abs(left).max() > _SETTLED or np.abs(velocity).max() > _SETTLED * BANDWIDTH:
            return False
        zero = np.zeros(JOINT_COUNT)
        self._measured = State(np.where(self._stuck, position, wanted), zero, zero)
        return True

    def _follow(self, times: FloatArray, sent: State) -> State:
        """Return the states at all times [s] but the first, for what is sent at each, shapes (n, 6) of (n + 1, 6)."""
        spans = np.diff(times)
        wanted = sent.position + self._offsets
        unknown = (1.0 - FEED_FORWARD) * sent.acceleration
        slope = (unknown[1:] - unknown[:-1]) / spans[:, np.newaxis]
        # The error that a straight course of the unknown acceleration leads to, and its change.
        drift = slope / BANDWIDTH**2
        before = unknown[:-1] / BANDWIDTH**2 - 2.0 * slope / BANDWIDTH**3
        after = before + drift * spans[:, np.newaxis]
        known = sent.acceleration - unknown
        position, velocity = self._measured.position, self._measured.velocity
        error, change = wanted[0] - position, sent.velocity[0] - velocity
        positions, velocities, accelerations = (np.empty_like(after) for _ in range(3))
        any_stuck = bool(self._stuck.any())
        for row, span in enumerate(spans.tolist()):
            turn = BANDWIDTH * span
            decay = math.exp(-turn)
            x, y = error - before[row], change - drift[row]
            error = decay * ((1.0 + turn) * x + span * y) + after[row]
            change = decay * ((1.0 - turn) * y - BANDWIDTH * turn * x) + drift[row]
            moved = wanted[row + 1] - error
            speed = sent.velocity[row + 1] - change
            force = known[row + 1] + 2.0 * BANDWIDTH * change + BANDWIDTH**2 * error
            locked = times[row + 1] > self._locked_at
            step, reach = moved - position, self._limit * span
            if locked or any_stuck or (np.abs(step) > reach).any():
                held = self._stuck | locked
                step = np.where(held, 0.0, np.clip(step, -reach, reach))
                speed = np.where(held, 0.0, np.clip(speed, -self._limit, self._limit))
                force = np.where(held | (np.abs(step) >= reach), 0.0, force)
                moved = position + step
                error, change = wanted[row + 1] - moved, sent.velocity[row + 1] - speed
            position, velocity = moved, speed
            positions[row], velocities[row], accelerations[row] = position, velocity, force
        return State(positions, velocities, accelerations)


def _row(state: State, index: int) -> State:
    return State(state.position[index], state.velocity[index], state.acceleration[index])


def _rows(state: State, begin: int, end: int) -> State:
    return State(state.position[begin:end], state.velocity[begin:end], state.acceleration[begin:end])
