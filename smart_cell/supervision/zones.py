# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Who may be in which zone: at most one robot, in the order of asking.

A zone is free only once its robot has said that it left; a restarted robot says so when it is measured at home. A
robot that stops talking keeps its zones: where it may be, nobody else may go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ZoneView:
    """The state of one zone: robots in it or possibly in it, robots waiting, and a count of grants."""

    zone: str
    occupants: tuple[str, ...]
    waiting: tuple[str, ...]
    grant: int
    since: float
    """ROS time of the last change of the occupants [s]."""


class ZoneTable:
    """Grants zones to robots, one at a time each."""

    def __init__(self, zones: Mapping[str, Iterable[str]]) -> None:
        """Start with every zone free.

        Args:
            zones: The robots that may ask for each zone.
        """
        self._robots = {zone: frozenset(robots) for zone, robots in zones.items()}
        self._occupants: dict[str, set[str]] = {zone: set() for zone in self._robots}
        self._waiting: dict[str, list[str]] = {zone: [] for zone in self._robots}
        self._grants = dict.fromkeys(self._robots, 0)
        self._since = dict.fromkeys(self._robots, 0.0)

    def request(self, now: float, robot: str, zone: str) -> bool:
        """Ask for a zone and tell whether the robot has it now.

        Raises:
            KeyError: There is no such zone, or it is not one of this robot's.
        """
        self._check(robot, zone)
        if robot in self._occupants[zone]:
            return len(self._occupants[zone]) == 1
        if robot not in self._waiting[zone]:
            self._waiting[zone].append(robot)
        self._grant(now, zone)
        return self._occupants[zone] == {robot}

    def release(self, now: float, robot: str, zone: str) -> None:
        """Note that the robot is out of the zone, or no longer wants it.

        Raises:
            KeyError: There is no such zone, or it is not one of this robot's.
        """
        self._check(robot, zone)
        if robot in self._waiting[zone]:
            self._waiting[zone].remove(robot)
        if robot in self._occupants[zone]:
            self._occupants[zone].remove(robot)
            self._since[zone] = now
        self._grant(now, zone)

    def occupy(self, now: float, robot: str, zones: Iterable[str]) -> None:
        """Note that a robot may be in these zones without having asked, as after a restart."""
        for zone in zones:
            self._check(robot, zone)
            if robot not in self._occupants[zone]:
                self._occupants[zone].add(robot)
                self._since[zone] = now

    def view(self) -> tuple[ZoneView, ...]:
        """Return the state of every zone, in the order of the cell file."""
        return tuple(
            ZoneView(
                zone,
                tuple(sorted(self._occupants[zone])),
                tuple(self._waiting[zone]),
                self._grants[zone],
                self._since[zone],
            )
            for zone in self._robots
        )

    def _grant(self, now: float, zone: str) -> None:
        if self._waiting[zone] and not self._occupants[zone]:
            self._occupants[zone].add(self._waiting[zone].pop(0))
            self._grants[zone] += 1
            self._since[zone] = now

    def _check(self, robot: str, zone: str) -> None:
        if robot not in self._robots[zone]:
            raise KeyError(f"{robot} is not a robot of zone {zone}")
