# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The order of stops that takes the least time: nearest neighbour, then 2-opt and Or-opt."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

HOME = 0
"""Index of the home position in a table of move times; the stops have 1, 2, ..."""

_GAIN = 1e-9


def tour_time(times: Sequence[Sequence[float]], order: Sequence[int]) -> float:
    """Return the time [s] of the moves from home through `order` and back."""
    stops = [HOME, *order, HOME]
    return sum(times[a][b] for a, b in itertools.pairwise(stops))


def best_order(times: Sequence[Sequence[float]], blocks: Sequence[Sequence[int]]) -> list[int]:
    """Return an order of all stops that is short and keeps the blocks.

    Args:
        times: Time of the move from each stop to each other [s], symmetric, shape (n + 1, n + 1); 0 is home.
        blocks: The stops, in blocks that are visited one after another; within a block the order is free.

    Returns:
        The stops in order, the first block's first. No exchange of two moves within a block, and no other place for up
        to three neighbours within their block, would make it shorter.
    """
    order = _nearest_neighbours(times, blocks)
    while _two_opt(times, order, blocks) or _or_opt(times, order, blocks):
        pass
    return order


def _nearest_neighbours(times: Sequence[Sequence[float]], blocks: Sequence[Sequence[int]]) -> list[int]:
    order: list[int] = []
    last = HOME
    for block in blocks:
        left = list(block)
        while left:
            row = times[last]
            last = min(left, key=lambda stop: (row[stop], stop))
            left.remove(last)
            order.append(last)
    return order


def _ranges(blocks: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return where each block begins and ends in the order, the end excluded."""
    found = []
    begin = 0
    for block in blocks:
        found.append((begin, begin + len(block)))
        begin += len(block)
    return found


def _two_opt(times: Sequence[Sequence[float]], order: list[int], blocks: Sequence[Sequence[int]]) -> bool:
    """Turn round a part of a block if that is faster; tell whether there was one."""
    stops = [HOME, *order, HOME]
    for begin, end in _ranges(blocks):
        for i in range(begin, end - 1):
            before, first = stops[i], stops[i + 1]
            for j in range(i + 1, end):
                last, after = stops[j + 1], stops[j + 2]
                gain = times[before][first] + times[last][after] - times[before][last] - times[first][after]
                if gain > _GAIN:
                    order[i : j + 1] = order[i : j + 1][::-1]
                    return True
    return False


def _or_opt(times: Sequence[Sequence[float]], order: list[int], blocks: Sequence[Sequence[int]]) -> bool:
    """Move up to three neighbours elsewhere in their block if that is faster; tell whether there were any."""
    for begin, end in _ranges(blocks):
        for length in (1, 2, 3):
            for i in range(begin, end - length + 1):
                part = order[i : i + length]
                rest = order[:i] + order[i + length :]
                stops = [HOME, *rest, HOME]
                removed = times[stops[i]][part[0]] + times[part[-1]][stops[i + 1]] - times[stops[i]][stops[i + 1]]
                for j in range(begin, end - length + 1):
                    if j == i:
                        continue
                    before, after = stops[j], stops[j + 1]
                    for way in (part, part[::-1]):
                        added = times[before][way[0]] + times[way[-1]][after] - times[before][after]
                        if removed - added > _GAIN:
                            order[:] = [*rest[:j], *way, *rest[j:]]
                            return True
    return False
