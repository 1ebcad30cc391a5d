# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The mirror of the safety PLC: what it says, judged so that everything unknown or in doubt means stopped.

This is no safety function. The PLC stops the machines whether this software runs or not; the mirror lets the software
stop in order, refuse to start and tell why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smart_cell.devices.protocol import Snapshot

DISCREPANCY_TIME = 0.5
"""Longest time for which the two channels may differ [s, steady clock]."""


class SafetyState(str, Enum):
    """What the safety PLC says; the states of SafetyState.msg."""

    UNKNOWN = "unknown"
    SAFE = "safe"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySnapshot(Snapshot):
    """The signals of the safety PLC."""

    is_connected: bool
    """The PLC answers; False: the rest means nothing."""
    channel_a: bool
    """The emergency-stop circuit is closed, first channel."""
    channel_b: bool
    """The same, second channel."""
    guard_closed: bool
    light_curtain_clear: bool
    is_released: bool
    """The PLC has released the cell: nothing was wrong since the last reset at the cell."""
    resets: int
    """Counts the resets that were given at the cell."""


@dataclass(frozen=True, slots=True)
class SafetyStatus:
    """What there is to show; the fields of SafetyState.msg."""

    state: SafetyState
    channel_a: bool = False
    channel_b: bool = False
    guard_closed: bool = False
    light_curtain_clear: bool = False
    reset_required: bool = False
    cause: str = ""


class SafetyMonitor:
    """Judges the signals of the safety PLC.

    A stop is latched: when its cause is gone, a reset at the cell is needed before the state is SAFE again. Until then
    the first cause is told, unless the two channels turn out to contradict each other.
    """

    def __init__(self) -> None:
        """Start not knowing anything."""
        self._differ_since: float | None = None
        self._is_latched = False
        self._resets: int | None = None
        self._cause = ""

    def step(self, steady: float, snapshot: SafetySnapshot) -> SafetyStatus:
        """Judge what the PLC says and return the state that counts now.

        Args:
            steady: Steady clock [s].
            snapshot: The signals now.
        """
        cause = self._find_cause(steady, snapshot)
        if cause:
            self._latch(cause, snapshot)
        elif not snapshot.is_released and not self._is_latched:
            self._latch("the safety PLC has not released the cell", snapshot)
        elif self._is_latched and snapshot.is_released and snapshot.resets != self._resets:
            self._is_latched, self._cause = False, ""
        if not snapshot.is_connected:
            return SafetyStatus(SafetyState.UNKNOWN, cause=self._cause)
        return SafetyStatus(
            state=SafetyState.STOPPED if self._is_latched else SafetyState.SAFE,
            channel_a=snapshot.channel_a,
            channel_b=snapshot.channel_b,
            guard_closed=snapshot.guard_closed,
            light_curtain_clear=snapshot.light_curtain_clear,
            reset_required=self._is_latched and not cause,
            cause=self._cause,
        )

    def _latch(self, cause: str, snapshot: SafetySnapshot) -> None:
        if not self._is_latched or cause == _DISCREPANCY:
            self._cause = cause
        self._is_latched = True
        self._resets = snapshot.resets

    def _find_cause(self, steady: float, snapshot: SafetySnapshot) -> str:
        """Return what asks for a stop now, in words; empty for nothing."""
        if not snapshot.is_connected:
            return "the safety PLC does not answer"
        if snapshot.channel_a == snapshot.channel_b:
            self._differ_since = None
        elif self._differ_since is None:
            self._differ_since = steady
        if self._differ_since is not None and steady >= self._differ_since + DISCREPANCY_TIME:
            return _DISCREPANCY
        if not (snapshot.channel_a or snapshot.channel_b):
            return "emergency stop"
        if not (snapshot.channel_a and snapshot.channel_b):
            return f"emergency-stop channel {'b' if snapshot.channel_a else 'a'} open"
        if not snapshot.guard_closed:
            return "guard open"
        return "" if snapshot.light_curtain_clear else "light curtain interrupted"


_DISCREPANCY = f"the emergency-stop channels contradict each other for more than {DISCREPANCY_TIME * 1000:.0f} ms"
