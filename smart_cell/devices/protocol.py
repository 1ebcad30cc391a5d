# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The one contract between a device's logic and whatever stands behind it: simulation now, a PLC later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What every backend says with every reading, whatever else it measures."""

    stamp: float
    """When the values were true [s]."""
    next_change: float | None = None
    """When to read again because something will have changed [s]; None: the backend wakes its reader, or
    nothing changes until the next command."""


SnapshotT_co = TypeVar("SnapshotT_co", bound=Snapshot, covariant=True)
CommandT_contra = TypeVar("CommandT_contra", contravariant=True)


class Backend(Protocol[SnapshotT_co, CommandT_contra]):
    """A device as its logic sees it. No call blocks; commands are levels, so writing one twice changes nothing."""

    def connect(self, now: float) -> None:
        """Start to exchange values; what was commanded before the connection means nothing any more."""
        ...

    def read(self, now: float) -> SnapshotT_co:
        """Return the newest values that are known at `now` [s]."""
        ...

    def write(self, command: CommandT_contra, now: float) -> None:
        """Command the device from `now` [s] on, until the next command."""
        ...

    def close(self) -> None:
        """Stop to exchange values and give everything back."""
        ...


class Permission(Protocol):
    """What the cell lets its devices do at the moment."""

    @property
    def motion(self) -> bool:
        """Whether machines may move: the safety PLC says safe, the supervisor is alive and has enabled motion."""
        ...

    @property
    def weld(self) -> bool:
        """Whether welds may start; never true without `motion`."""
        ...

    @property
    def epoch(self) -> int:
        """Epoch of the supervisor that gives the permission."""
        ...

    @property
    def reason(self) -> str:
        """Why nothing may move, in words; empty when it may."""
        ...
