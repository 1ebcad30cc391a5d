# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which spots need which zone, and in which order a robot may visit its zones.

A robot never wants two zones at once: between two zones there is a spot outside both. A robot that waits for a zone
thus holds none, so that no circle of robots that wait for each other can come about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise, permutations

from smart_cell.cell.model import Cell, Spot, Zone
from smart_cell.core.geometry import Pose
from smart_cell.planning.errors import PlanningError

CLEARANCE = 0.4
"""A zone without a box has the spots that are closer [m] than this to a spot of another of its robots."""
MAX_ORDERS = 24
"""Largest number of orders of a robot's zones that are tried; all of them up to four zones."""


def spot_zones(cell: Cell, part: Pose, shares: Mapping[str, Sequence[Spot]]) -> dict[str, str]:
    """Return the zone of each spot that needs one.

    Args:
        cell: The cell with its zones.
        part: Part frame in the cell frame.
        shares: The spots of each robot.

    Raises:
        PlanningError: A spot lies in two zones of its robot.
    """
    places = {robot: [(spot, part.apply(spot.position)) for spot in spots] for robot, spots in shares.items()}
    found: dict[str, str] = {}
    problems = []
    for robot, spots in places.items():
        for zone in cell.zones.values():
            if robot not in zone.robots:
                continue
            others = [place for other in zone.robots if other != robot for _, place in places.get(other, [])]
            for spot, place in spots:
                if not _is_in(zone, place, others):
                    continue
                if spot.name in found:
                    problems.append(
                        f"spot {spot.name} of {robot} lies in the zones {found[spot.name]} and {zone.name}; a robot may"
                        " hold one zone at a time: make the boxes disjoint"
                    )
                found[spot.name] = zone.name
    if problems:
        raise PlanningError(problems)
    return found


def _is_in(zone: Zone, place: tuple[float, float, float], others: Sequence[tuple[float, float, float]]) -> bool:
    if zone.box is not None:
        return zone.box.contains(place)
    return any(math.dist(place, other) < CLEARANCE for other in others)


def phase_orders(zones: Sequence[str]) -> list[tuple[str | None, ...]]:
    """Return the orders in which a robot may visit its zones; None stands for the spots outside of them.

    With one zone it comes first or last, so that two robots that share it can be there at different times. With more,
    there are free spots between any two of them.

    Example:
        >>> phase_orders(["z"])
        [('z', None), (None, 'z')]
        >>> phase_orders(["a", "b"])
        [('a', None, 'b'), ('b', None, 'a')]
    """
    if not zones:
        return [(None,)]
    if len(zones) == 1:
        return [(zones[0], None), (None, zones[0])]
    orders: list[tuple[str | None, ...]] = []
    for order in islice(permutations(zones), MAX_ORDERS):
        with_gaps: list[str | None] = [order[0]]
        for zone in order[1:]:
            with_gaps += [None, zone]
        orders.append(tuple(with_gaps))
    return orders


def wants_two(zones: Sequence[str | None]) -> bool:
    """Tell whether a robot that visits spots with these zones, in this order, ever wants one while it holds another."""
    return any(a is not None and b is not None and a != b for a, b in pairwise(zones))
