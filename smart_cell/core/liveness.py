# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tell for how long a peer has been silent, without blaming it for our own sleep."""

from __future__ import annotations

import math


class Silence:
    """The time since a peer was last heard, counted only while the listener itself was awake.

    On a machine that stalls, the listener's clock jumps just as the peer's does, and messages wait in queues. Each
    call of `tick` therefore adds at most `longest_tick` to the silence: after a stall the peer gets the chance to be
    read before it is called lost.
    """

    def __init__(self, *, longest_tick: float) -> None:
        """Start with a peer that was never heard.

        Args:
            longest_tick: Most that one call of `tick` may add [s]; a little over the period of the calls.
        """
        self._longest_tick = longest_tick
        self._silence = math.inf
        self._last_tick: float | None = None

    @property
    def duration(self) -> float:
        """How long the peer has been silent [s]; infinite if it was never heard."""
        return self._silence

    def heard(self) -> None:
        """Note that the peer has just been heard."""
        self._silence = 0.0

    def tick(self, steady: float) -> float:
        """Let time pass and return the silence [s].

        Args:
            steady: The steady clock [s].
        """
        if self._last_tick is not None:
            self._silence += min(max(steady - self._last_tick, 0.0), self._longest_tick)
        self._last_tick = steady
        return self._silence
