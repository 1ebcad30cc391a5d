# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smart_cell.supervision.zones import ZoneTable

ZONES = {"z1": ("r1", "r2", "r3"), "z2": ("r2", "r3")}
PAIRS = [(robot, zone) for zone, robots in ZONES.items() for robot in robots]


class ZonesMachine(RuleBasedStateMachine):
    """Robots ask, leave and, after a restart, say where they may be."""

    def __init__(self) -> None:
        super().__init__()
        self.table = ZoneTable(ZONES)
        self.now = 0.0
        self.possible: dict[str, set[str]] = {zone: set() for zone in ZONES}
        self.granted: dict[str, str] = {}

    @rule(pair=st.sampled_from(PAIRS))
    def ask(self, pair: tuple[str, str]) -> None:
        robot, zone = pair
        self.now += 1.0
        if self.table.request(self.now, robot, zone):
            assert self.possible[zone] <= {robot}, "granted while another robot may be inside"

    @rule(pair=st.sampled_from(PAIRS))
    def leave(self, pair: tuple[str, str]) -> None:
        robot, zone = pair
        self.now += 1.0
        self.table.release(self.now, robot, zone)
        self.possible[zone].discard(robot)

    @rule(pair=st.sampled_from(PAIRS))
    def restart_inside(self, pair: tuple[str, str]) -> None:
        robot, zone = pair
        self.table.occupy(self.now, robot, (zone,))
        self.possible[zone].add(robot)

    @invariant()
    def occupants_are_known_and_a_free_zone_has_nobody_waiting(self) -> None:
        for view in self.table.view():
            holders = set(view.occupants)
            assert self.possible[view.zone] <= holders, "a zone was given up for a robot that may be inside"
            assert len(holders - self.possible[view.zone]) <= 1
            assert holders or not view.waiting
            if len(holders) == 1:
                self.possible[view.zone] |= holders


TestZones = ZonesMachine.TestCase


def test_first_come_first_served() -> None:
    table = ZoneTable({"z1": ("r1", "r2", "r3")})
    assert table.request(0.0, "r2", "z1")
    assert not table.request(1.0, "r3", "z1")
    assert not table.request(2.0, "r1", "z1")
    table.release(3.0, "r2", "z1")
    assert table.view()[0].occupants == ("r3",)
    assert table.view()[0].waiting == ("r1",)


def test_a_foreign_robot_is_refused() -> None:
    table = ZoneTable({"z1": ("r1", "r2")})
    with pytest.raises(KeyError, match="r9 is not a robot of zone z1"):
        table.request(0.0, "r9", "z1")
