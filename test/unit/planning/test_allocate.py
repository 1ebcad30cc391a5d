# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Sharing out spots."""

from __future__ import annotations

import itertools
from dataclasses import replace

from demo_plan import spot_of
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.planning.allocate import MAX_DETOUR, Choice, allocate

ROBOTS = ("a", "b", "c")
PLACES = {"a": 0.0, "b": 2.0, "c": 4.0}


def choice(number: int, x: float, able: tuple[str, ...] = ROBOTS, time: float = 1.0) -> Choice:
    spot = replace(spot_of("sedan", "sfl01"), name=f"s{number:03d}", position=(x, 0.0, 0.0))
    return Choice(spot, time, {robot: abs(PLACES[robot] - x) for robot in able})


CHOICES = st.lists(
    st.tuples(
        st.floats(-1.0, 5.0),
        st.sets(st.sampled_from(ROBOTS), min_size=1).map(lambda able: tuple(sorted(able))),
        st.floats(0.5, 3.0),
    ),
    max_size=30,
).map(lambda rows: [choice(number, *row) for number, row in enumerate(rows)])


def loads(choices: list[Choice]) -> dict[str, float]:
    times = {choice.spot.name: choice.time for choice in choices}
    return {robot: sum(times[spot.name] for spot in spots) for robot, spots in allocate(choices, ROBOTS).items()}


@given(CHOICES)
def test_every_spot_once_and_only_by_who_can(choices: list[Choice]) -> None:
    shares = allocate(choices, ROBOTS)
    assert sorted(spot.name for spots in shares.values() for spot in spots) == [c.spot.name for c in choices]
    able = {choice.spot.name: choice.distances for choice in choices}
    for robot, spots in shares.items():
        for spot in spots:
            assert robot in able[spot.name]
            assert able[spot.name][robot] <= min(able[spot.name].values()) + MAX_DETOUR


@given(CHOICES)
def test_no_hand_over_would_even_it_out_further(choices: list[Choice]) -> None:
    shares = allocate(choices, ROBOTS)
    load = loads(choices)
    by_name = {choice.spot.name: choice for choice in choices}
    for robot, spots in shares.items():
        for spot in spots:
            own = by_name[spot.name]
            for other, distance in own.distances.items():
                if other != robot and distance <= min(own.distances.values()) + MAX_DETOUR:
                    assert load[other] + own.time >= load[robot] - 1e-6


@given(st.lists(st.floats(1.01, 2.99), min_size=1, max_size=30, unique=True))
def test_shares_stay_in_one_piece(places: list[float]) -> None:
    shares = allocate([choice(number, x, ("a", "b", "c")) for number, x in enumerate(places)], ROBOTS)
    ends = [[spot.position[0] for spot in shares[robot]] for robot in ROBOTS]
    spans = [(min(xs), max(xs)) for xs in ends if xs]
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


def test_spots_are_handed_on_through_a_robot_in_between() -> None:
    # a has six spots that only a and b can weld; b's own can also be welded by c, which has nothing to do.
    choices = [choice(n, 0.9 + 0.01 * n, ("a", "b")) for n in range(6)]
    choices += [choice(10 + n, 2.9 + 0.01 * n, ("b", "c")) for n in range(3)]
    assert loads(choices) == {"a": 3.0, "b": 3.0, "c": 3.0}


def test_a_far_robot_does_not_help() -> None:
    assert loads([choice(n, 0.1, ("a", "c")) for n in range(5)]) == {"a": 5.0, "b": 0.0, "c": 0.0}
