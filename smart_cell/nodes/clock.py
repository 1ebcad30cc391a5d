# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The clock of a process, and its way in and out of messages."""

from __future__ import annotations

import time

from builtin_interfaces.msg import Time

from smart_cell.core.clock import ClockOrigin, ScaledClock

_NANOSECONDS = 1_000_000_000


def origin_now() -> ClockOrigin:
    """Return the present instant as an origin: process time starts as system time."""
    return ClockOrigin(wall=time.time(), steady=time.monotonic())


class ProcessClock:
    """The only place in a process that reads time.

    `now` is the time in which the cell works and may run faster than the world; `steady` is the world's and belongs
    to watchdogs, heartbeats and deadlines of communication.
    """

    def __init__(self, scale: ScaledClock) -> None:
        """Take the scale that all processes of the cell share."""
        self._scale = scale

    @property
    def speed(self) -> float:
        """Seconds of process time in one second of the steady clock."""
        return self._scale.speed

    def steady(self) -> float:
        """Return the steady clock [s]."""
        return time.monotonic()

    def system(self) -> float:
        """Return the system time [s since 1970], in which people and other machines name deadlines; it may jump."""
        return time.time()

    def now(self) -> float:
        """Return the process time [s since 1970]."""
        return self._scale.at(time.monotonic())

    def steady_at(self, now: float) -> float:
        """Return the reading of the steady clock [s] at a process time [s since 1970]."""
        return self._scale.steady_at(now)


def stamp(now: float) -> Time:
    """Return a process time [s since 1970] as a message."""
    seconds, nanoseconds = divmod(round(now * _NANOSECONDS), _NANOSECONDS)
    return Time(sec=seconds, nanosec=nanoseconds)


def seconds(message: Time) -> float:
    """Return a message's time [s since 1970]; its resolution as a float is about 0.2 us."""
    return float(message.sec + message.nanosec / _NANOSECONDS)
