# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""May the machines of this process move, and may welds start? Decided in one place, from signals that must be fresh."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from smart_cell.core.liveness import Silence

SAFETY_LIMIT: Final = 0.5
"""Longest silence of the safety state [s, steady clock]."""
MASTER_LIMIT: Final = 0.5
"""Longest silence of the supervisor's state, and of its heartbeat [s, steady clock]."""
LONGEST_TICK: Final = 0.15
"""What one evaluation may add to a silence [s]; evaluations come at least every 0.1 s."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What the machines of this process may do now."""

    safe: bool
    """The safety state is known, fresh and safe."""
    master: bool
    """The supervisor is there and its work loop goes on."""
    motion: bool
    """Machines may move."""
    weld: bool
    """Welds may start."""
    epoch: int
    """Of the supervisor whose commands count; 0 before the first was heard."""
    reason: str
    """Why nothing may move, in words; empty when it may."""


NO_PERMISSION: Final = Permission(
    safe=False, master=False, motion=False, weld=False, epoch=0, reason="the supervisor has not been heard yet"
)
"""What every process starts with."""


class PermissionMonitor:
    """Keeps what was last heard from the safety node and the supervisor, and judges it.

    Silence counts only while this process itself was awake (see `Silence`), so that a machine that stalled as a
    whole does not blame its peers. Of two supervisors the one that started later counts, and nothing that the other
    says is heard.
    """

    def __init__(self) -> None:
        """Start with nothing known: nothing is permitted."""
        self._safety = Silence(longest_tick=LONGEST_TICK)
        self._state = Silence(longest_tick=LONGEST_TICK)
        self._beat = Silence(longest_tick=LONGEST_TICK)
        self._safe = False
        self._cause = ""
        self._epoch = 0
        self._motion_enabled = False
        self._weld_enabled = False
        self._cell_state = ""
        self._beat_identity = (0, 0)

    def hear_safety(self, steady: float, *, safe: bool, cause: str) -> None:
        """Note a message of the safety node.

        Args:
            steady: The steady clock [s].
            safe: Its state is SAFE.
            cause: Why not, in words.
        """
        self._tick(steady)
        self._safety.heard()
        self._safe = safe
        self._cause = cause

    def hear_cell(self, steady: float, *, epoch: int, motion_enabled: bool, weld_enabled: bool, state: str) -> None:
        """Note a cell state of a supervisor.

        Args:
            steady: The steady clock [s].
            epoch: Of the supervisor; an older one than was heard before is ignored.
            motion_enabled: It lets machines move.
            weld_enabled: It lets welds start.
            state: The state of the cell in words.
        """
        if epoch < self._epoch:
            return
        self._tick(steady)
        self._state.heard()
        self._epoch = epoch
        self._motion_enabled = motion_enabled
        self._weld_enabled = weld_enabled
        self._cell_state = state

    def hear_beat(self, steady: float, *, epoch: int, counter: int, active: bool) -> None:
        """Note a heartbeat of the supervisor's process.

        Args:
            steady: The steady clock [s].
            epoch: Of the process.
            counter: Of the supervisor's work loop; the beat of a loop that stands still does not count.
            active: The supervisor's node is active.
        """
        identity = (epoch, counter)
        if active and identity > self._beat_identity:
            self._beat_identity = identity
            self._tick(steady)
            self._beat.heard()

    def step(self, steady: float) -> Permission:
        """Let time pass and return what is permitted now.

        Args:
            steady: The steady clock [s].
        """
        self._tick(steady)
        safe = self._safe and self._safety.duration <= SAFETY_LIMIT
        master = self._state.duration <= MASTER_LIMIT and self._beat.duration <= MASTER_LIMIT
        motion = safe and master and self._motion_enabled
        return Permission(
            safe=safe,
            master=master,
            motion=motion,
            weld=motion and self._weld_enabled,
            epoch=self._epoch,
            reason="" if motion else self._reason(safe, master),
        )

    def time_to_expiry(self) -> float:
        """Return how long what was heard stays good without being heard again [s]; infinite if it is stale now."""
        left = (
            SAFETY_LIMIT - self._safety.duration,
            MASTER_LIMIT - self._state.duration,
            MASTER_LIMIT - self._beat.duration,
        )
        return min((time for time in left if time >= 0.0), default=math.inf)

    def _tick(self, steady: float) -> None:
        """Let time pass; always before something counts as heard, or its silence would begin in the past."""
        for silence in (self._safety, self._state, self._beat):
            silence.tick(steady)

    def _reason(self, safe: bool, master: bool) -> str:
        """Name the first thing that is missing.

        The length of a silence is left out: the reason would change with every look, and with it the permission.
        """
        if not safe:
            if math.isinf(self._safety.duration):
                return "the safety state is not known"
            if self._safe:
                return f"the safety node has been silent for more than {SAFETY_LIMIT * 1000:.0f} ms"
            return f"safety: {self._cause or 'stopped'}"
        if not master:
            if math.isinf(self._state.duration) or math.isinf(self._beat.duration):
                return NO_PERMISSION.reason
            return f"the supervisor has been silent for more than {MASTER_LIMIT * 1000:.0f} ms"
        return f"the cell is in {self._cell_state}, where nothing may move"
