# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The zones of one robot: what it wants, what it has, and where its arm may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class ZoneClaims:
    """Keeps a robot's side of the zone protocol.

    The wish that is sent names every zone of the robot, so that a lost message is made good by the next. A zone that
    was released is wanted again only after the supervisor has shown that it took it back: otherwise an old grant could
    be read as a new one.
    """

    def __init__(self, robot: str, zones: Iterable[str]) -> None:
        """Start as after a restart: the arm may be in any of `zones`."""
        self._robot = robot
        self._zones = tuple(zones)
        self._occupied = set(self._zones)
        self._wanted: set[str] = set()
        self._returning: set[str] = set()
        self._holders: Mapping[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All zones of this robot."""
        return self._zones

    @property
    def occupied(self) -> tuple[str, ...]:
        """Zones that the arm may be in."""
        return tuple(zone for zone in self._zones if zone in self._occupied)

    @property
    def wish(self) -> dict[str, bool]:
        """For every zone: whether the robot wants it or may be in it."""
        return {
            zone: zone in self._occupied or (zone in self._wanted and zone not in self._returning)
            for zone in self._zones
        }

    def read(self, holders: Mapping[str, str]) -> None:
        """Take note of who holds the zones, as the supervisor says."""
        self._holders = holders
        self._returning = {zone for zone in self._returning if holders.get(zone) == self._robot}

    def want(self, zones: Iterable[str]) -> None:
        """Ask for exactly these zones, besides those that the arm may be in."""
        self._wanted = set(zones)

    def missing(self) -> tuple[str, ...]:
        """Return what stands between the robot and the zones it wants, in words; empty when it has them."""
        return tuple(self._reason(zone) for zone in self._zones if zone in self._wanted and not self._has(zone))

    def enter(self) -> None:
        """Note that a move into the wanted zones begins."""
        self._occupied |= self._wanted

    def leave(self, keep: Iterable[str] = ()) -> None:
        """Note that the arm was measured outside all zones but `keep`."""
        left = self._occupied - set(keep)
        self._returning |= left
        self._occupied -= left

    def _has(self, zone: str) -> bool:
        return zone not in self._returning and self._holders.get(zone) == self._robot

    def _reason(self, zone: str) -> str:
        holder = self._holders.get(zone, "")
        return f"zone {zone}, held by {holder}" if holder not in ("", self._robot) else f"zone {zone}"
