# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which robot welds which spot: the closest one that reaches it, evened out over the robots by time."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from smart_cell.cell.model import Spot

MAX_DETOUR = 1.0
"""How much farther [m] a robot may be from a spot than the closest one that reaches it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A spot, how long it keeps a robot busy, and who may weld it."""

    spot: Spot
    time: float
    """Weld and the usual move to it [s]."""
    distances: Mapping[str, float]
    """Horizontal distance [m] from the base of each robot that may weld it; never empty."""


def allocate(choices: Sequence[Choice], robots: Collection[str]) -> dict[str, tuple[Spot, ...]]:
    """Return the spots of each robot, in the order of `choices`.

    First each spot goes to the closest robot. Then, as long as that lowers the load of the busiest robot it can be
    taken from, one spot at a time is handed over, directly or through robots in between, always the one for which the
    added distance is least. Each robot's share thus stays in one piece: it is a cell of a weighted Voronoi diagram.

    Args:
        choices: The spots of one variant; a spot with a fixed robot has only that one in `distances`.
        robots: All robots, also those that get nothing.
    """
    options = [_options(choice) for choice in choices]
    owner = [min(option, key=lambda robot: (option[robot], robot)) for option in options]
    load = dict.fromkeys(robots, 0.0)
    for choice, robot in zip(choices, owner, strict=True):
        load[robot] += choice.time
    # Every hand-over leaves all loads that it touches below the one it began with, so that this ends.
    while _hand_over(choices, options, owner, load):
        pass
    return {
        robot: tuple(choice.spot for choice, name in zip(choices, owner, strict=True) if name == robot)
        for robot in robots
    }


def _options(choice: Choice) -> dict[str, float]:
    closest = min(choice.distances.values())
    return {robot: distance for robot, distance in choice.distances.items() if distance <= closest + MAX_DETOUR}


def _hand_over(
    choices: Sequence[Choice], options: Sequence[Mapping[str, float]], owner: list[str], load: dict[str, float]
) -> bool:
    """Move one spot from a busy robot towards a less busy one; tell whether there was any to move."""
    for busiest in sorted(load, key=lambda robot: (-load[robot], robot)):
        ways = [
            (distance**2 - option[busiest] ** 2, [(index, taker)])
            for index, option in enumerate(options)
            if owner[index] == busiest
            for taker, distance in option.items()
            if taker != busiest
        ]
        for _, way in sorted(ways + _longer_ways(options, owner, busiest)):
            new_load = dict(load)
            giver = busiest
            for index, taker in way:
                new_load[giver] -= choices[index].time
                new_load[taker] += choices[index].time
                giver = taker
            if max(new_load[robot] for robot in (busiest, *(taker for _, taker in way))) < load[busiest] - 1e-9:
                load.update(new_load)
                for index, taker in way:
                    owner[index] = taker
                return True
    return False


def _longer_ways(
    options: Sequence[Mapping[str, float]], owner: Sequence[str], start: str
) -> list[tuple[float, list[tuple[int, str]]]]:
    """Return, per robot, the least added square of distance of handing spots on from `start` to it, and how."""
    edges: dict[tuple[str, str], tuple[float, int]] = {}
    for index, (option, giver) in enumerate(zip(options, owner, strict=True)):
        for taker, distance in option.items():
            added = (distance**2 - option[giver] ** 2, index)
            if taker != giver and added < edges.get((giver, taker), (math.inf, -1)):
                edges[giver, taker] = added
    ways: dict[str, tuple[float, list[tuple[int, str]]]] = {start: (0.0, [])}
    changed = True
    while changed:
        changed = False
        for (giver, taker), (extra, index) in sorted(edges.items()):
            if giver not in ways or taker == start or any(taker == name for _, name in ways[giver][1]):
                continue
            cost = ways[giver][0] + extra
            if cost < ways.get(taker, (math.inf, []))[0] - 1e-12:
                ways[taker] = (cost, [*ways[giver][1], (index, taker)])
                changed = True
    return [(cost, way) for cost, way in ways.values() if len(way) > 1]
