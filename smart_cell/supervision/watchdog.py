# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Notice within half a second when a required process dies, hangs or is replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smart_cell.core.liveness import Silence

SILENCE_LIMIT = 0.5
"""Silence after which a process, or the work loop of a node, counts as lost [s, steady clock]."""
LONGEST_TICK = 0.15


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat of a process: its epoch, and for each node its work-loop counter and whether it is active."""

    process: str
    epoch: int
    pid: int
    nodes: Mapping[str, tuple[int, bool]]


@dataclass(frozen=True, slots=True)
class Loss:
    """A required process or some of its nodes are gone."""

    process: str
    nodes: tuple[str, ...]
    cause: str


@dataclass(slots=True)
class _Watched:
    nodes: tuple[str, ...]
    silence: Silence
    loops: dict[str, Silence]
    counters: dict[str, int]
    active: frozenset[str] = frozenset()
    epoch: int = 0
    pid: int = 0
    was_ready: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether every node is active and alive."""
        return not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """The nodes that are not active or not alive."""
        if self.silence.duration > SILENCE_LIMIT:
            return self.nodes
        return tuple(n for n in self.nodes if n not in self.active or self.loops[n].duration > SILENCE_LIMIT)


class Watchdog:
    """Watches the heartbeats of the required processes."""

    def __init__(self, required: Mapping[str, Sequence[str]]) -> None:
        """Start with nobody heard.

        Args:
            required: For each process the nodes whose loss stops the cell.
        """
        self._watched = {
            process: _Watched(
                tuple(nodes),
                Silence(longest_tick=LONGEST_TICK),
                {node: Silence(longest_tick=LONGEST_TICK) for node in nodes},
                {},
            )
            for process, nodes in required.items()
            if nodes
        }

    def hear(self, beat: Beat) -> Loss | None:
        """Take note of a heartbeat.

        Returns:
            A loss when the beat shows that the process is another one than before; it may have come back before its
            silence was noticed, but it has forgotten what it was doing.
        """
        watched = self._watched.get(beat.process)
        if watched is None or beat.epoch < watched.epoch:
            return None
        loss = None
        if beat.epoch > watched.epoch:
            if watched.was_ready:
                loss = Loss(beat.process, watched.nodes, f"process {beat.process} was replaced (was pid {watched.pid})")
            watched.epoch, watched.pid, watched.was_ready = beat.epoch, beat.pid, False
            watched.counters.clear()
        watched.silence.heard()
        watched.active = frozenset(node for node, (_, is_active) in beat.nodes.items() if is_active)
        for node, (counter, _) in beat.nodes.items():
            if node in watched.loops and watched.counters.get(node) != counter:
                watched.counters[node] = counter
                watched.loops[node].heard()
        watched.was_ready = watched.was_ready or watched.is_ready
        return loss

    def tick(self, steady: float) -> tuple[Loss, ...]:
        """Let time pass and return what was lost by it, each loss once.

        Args:
            steady: The steady clock [s].
        """
        losses = []
        for process, watched in self._watched.items():
            watched.silence.tick(steady)
            for loop in watched.loops.values():
                loop.tick(steady)
            if watched.was_ready and not watched.is_ready:
                watched.was_ready = False
                losses.append(Loss(process, watched.missing, self._cause(process, watched)))
        return tuple(losses)

    @property
    def missing(self) -> str:
        """Which required processes are not ready, in words; empty when all are."""
        parts = []
        for process, watched in self._watched.items():
            if not watched.is_ready:
                nodes = watched.missing
                what = "is not running" if watched.silence.duration > SILENCE_LIMIT else f"lacks {', '.join(nodes)}"
                parts.append(f"process {process} {what}")
        return "; ".join(parts)

    @staticmethod
    def _cause(process: str, watched: _Watched) -> str:
        if watched.silence.duration > SILENCE_LIMIT:
            return f"no heartbeat from process {process} (pid {watched.pid}) for {watched.silence.duration:.2f} s"
        hung = [node for node in watched.missing if node in watched.active]
        if hung:
            return f"the work loop of {', '.join(hung)} in process {process} (pid {watched.pid}) stands still"
        return f"{', '.join(watched.missing)} in process {process} (pid {watched.pid}) is no longer active"
