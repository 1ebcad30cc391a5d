# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How long things take: a weld, the handling of a body, and programs that wait for each other's zones."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smart_cell.cell.model import Cell, Conveyor, Gun, Schedule, Station
from smart_cell.planning.errors import PlanningError

FORCE_RISE = 0.12
"""Time from the tips touching the sheets to the full electrode force [s]; usual for a servo gun."""


def weld_time(gun: Gun, schedule: Schedule) -> float:
    """Return how long a spot takes with the arm at rest: close, squeeze, weld, hold, open [s]."""
    travel = gun.stroke / gun.speed
    return travel + FORCE_RISE + schedule.squeeze + schedule.weld_time + schedule.hold + travel


def handling_time(cell: Cell, station: Station) -> float:
    """Return the time for moving a body in, closing its clamps and opening them again [s]."""
    conveyor = next(entry for entry in cell.conveyors.values() if station.name in entry.stations)
    clamps = max((cell.clamps[name].travel_time for name in station.clamps), default=0.0)
    return _transfer_time(conveyor, station.pitch) + 2.0 * clamps


def _transfer_time(conveyor: Conveyor, distance: float) -> float:
    ramp = conveyor.speed / conveyor.acceleration
    if distance < conveyor.speed * ramp:
        return 2.0 * math.sqrt(distance / conveyor.acceleration)
    return distance / conveyor.speed + ramp


@dataclass(frozen=True, slots=True)
class Step:
    """One spot of a program, as far as time matters."""

    move: float
    """Time of the move to it [s]."""
    weld: float
    """Time at the spot [s]."""
    zone: str | None
    """Zone to hold before the move starts; released on arrival at the first spot outside it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """How programs that start together run."""

    ends: Mapping[str, float]
    """When each robot is home again [s]."""
    waits: Mapping[str, float]
    """How long each robot waits for zones [s]."""

    @property
    def duration(self) -> float:
        """When the last robot is home again [s]."""
        return max(self.ends.values(), default=0.0)


def simulate(programs: Mapping[str, Sequence[Step]], home_moves: Mapping[str, float]) -> Timeline:
    """Return how programs run that start together and share zones.

    As in the cell, a robot asks for the zone of its next spot when it starts to weld, zones are given in the order of
    asking, and a zone is free again on arrival at a spot outside it.

    Args:
        programs: The steps of each robot.
        home_moves: Time of each robot's move from its last spot to home [s].

    Raises:
        PlanningError: The robots wait for each other for ever.
    """
    return _Run(programs, home_moves).run()


class _Run:
    """A small event simulation; `self.at` is the number of spots that a robot has done or is at."""

    def __init__(self, programs: Mapping[str, Sequence[Step]], home_moves: Mapping[str, float]) -> None:
        self.programs = programs
        self.home_moves = home_moves
        self.at = dict.fromkeys(programs, 0)
        self.held: dict[str, str | None] = dict.fromkeys(programs)
        self.queues: dict[str, deque[str]] = {}
        """Robots per zone: the holder, then those that wait."""
        self.waiting_since: dict[str, float] = {}
        self.waits = dict.fromkeys(programs, 0.0)
        self.ends: dict[str, float] = {}
        self.events: list[tuple[float, int, str, str]] = []
        self.count = 0

    def run(self) -> Timeline:
        for robot in sorted(self.programs):
            self._ask(robot)
            self._push(0.0, "ready", robot)
        while self.events:
            now, _, kind, robot = heapq.heappop(self.events)
            if kind == "ready":
                self._ready(robot, now)
            else:
                self._arrived(robot, now)
        if self.waiting_since:
            names = ", ".join(sorted(self.waiting_since))
            raise PlanningError([f"robots {names} wait for each other's zones for ever"])
        return Timeline(self.ends, self.waits)

    def _push(self, time: float, kind: str, robot: str) -> None:
        self.count += 1
        heapq.heappush(self.events, (time, self.count, kind, robot))

    def _next(self, robot: str) -> Step | None:
        steps = self.programs[robot]
        return steps[self.at[robot]] if self.at[robot] < len(steps) else None

    def _ask(self, robot: str) -> None:
        step = self._next(robot)
        if step is not None and step.zone is not None:
            queue = self.queues.setdefault(step.zone, deque())
            if robot not in queue:
                queue.append(robot)

    def _ready(self, robot: str, now: float) -> None:
        step = self._next(robot)
        if step is None:
            self._push(now + self.home_moves[robot], "arrived", robot)
        elif step.zone is None or self.queues[step.zone][0] == robot:
            self._push(now + step.move, "arrived", robot)
        else:
            self.waiting_since[robot] = now

    def _arrived(self, robot: str, now: float) -> None:
        step = self._next(robot)
        zone = None if step is None else step.zone
        left = self.held[robot]
        self.held[robot] = zone
        if left is not None and left != zone:
            self._release(left, now)
        if step is None:
            self.ends[robot] = now
            return
        self.at[robot] += 1
        self._ask(robot)
        self._push(now + step.weld, "ready", robot)

    def _release(self, zone: str, now: float) -> None:
        queue = self.queues[zone]
        queue.popleft()
        if queue and queue[0] in self.waiting_since:
            self.waits[queue[0]] += now - self.waiting_since.pop(queue[0])
            self._ready(queue[0], now)
