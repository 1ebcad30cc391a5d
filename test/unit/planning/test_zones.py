# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which spots need which zone, and the order of zones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from demo_plan import demo_cell, spot_of
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.cell.model import Box, Zone
from smart_cell.planning.errors import PlanningError
from smart_cell.planning.zones import phase_orders, spot_zones, wants_two


def test_a_box_takes_the_spots_in_it_for_its_robots_only() -> None:
    cell = demo_cell()
    part = cell.stations["s1"].part
    shares = {
        "r1": (spot_of("sedan", "bfl01"), spot_of("sedan", "sfl01")),
        "r2": (spot_of("sedan", "brl01"),),
        "r3": (spot_of("sedan", "bfl02"),),
    }
    assert spot_zones(cell, part, shares) == {"bfl01": "b_left", "brl01": "b_left"}


def test_a_zone_without_a_box_is_where_its_robots_come_close() -> None:
    cell = replace(demo_cell(), zones={"z": Zone("z", ("r1", "r2"), None)})
    shares = {
        "r1": (spot_of("sedan", "bfl01"), spot_of("sedan", "ahl01")),
        "r2": (spot_of("sedan", "brl01"), spot_of("sedan", "whl01")),
        "r3": (spot_of("sedan", "ahl02"),),
    }
    assert spot_zones(cell, cell.stations["s1"].part, shares) == {"bfl01": "z", "brl01": "z"}


def test_a_spot_in_two_zones_of_its_robot_is_refused() -> None:
    cell = demo_cell()
    everywhere = Zone("all", ("r1", "r3"), Box((-9.0, -9.0, -9.0), (9.0, 9.0, 9.0)))
    cell = replace(cell, zones={**cell.zones, "all": everywhere})
    with pytest.raises(PlanningError, match="bfl01 of r1 lies in the zones b_left and all"):
        spot_zones(cell, cell.stations["s1"].part, {"r1": (spot_of("sedan", "bfl01"),)})


@given(st.lists(st.sampled_from("abcdefg"), unique=True))
def test_orders_have_all_zones_and_never_two_in_a_row(zones: list[str]) -> None:
    orders = phase_orders(zones)
    assert 1 <= len(orders) <= 24
    for order in orders:
        assert sorted(zone for zone in order if zone is not None) == sorted(zones)
        assert None in order
        assert not wants_two(order)


def test_two_zones_in_a_row_are_two_at_once() -> None:
    assert wants_two(["a", "b"])
    assert not wants_two(["a", "a", None, "b"])
