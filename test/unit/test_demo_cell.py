# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The demo cell: what issue and documentation promise about it."""

from __future__ import annotations

import math
import runpy
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from demo_plan import demo_cell, demo_plan

from smart_cell.core.paths import share_dir
from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import limit_margin
from smart_cell.planning.resolve import joint_targets
from smart_cell.welding.standards import check_cell

VARIANTS = ("sedan", "wagon")
ROBOTS = ("r1", "r2", "r3", "r4")
PROGRAMS = [(variant, robot) for variant in VARIANTS for robot in ROBOTS]
GENERATOR = Path(__file__).resolve().parents[2] / "tools" / "make_demo_spots.py"
MARGIN = math.radians(5.0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_weld_lists_are_the_generators(variant: str) -> None:
    generator = runpy.run_path(str(GENERATOR))
    committed = share_dir() / "config" / "demo_cell" / f"{variant}_spots.csv"
    assert committed.read_text(encoding="utf-8") == generator["weld_list"](variant, generator["VARIANTS"][variant])


@pytest.mark.parametrize("variant", VARIANTS)
def test_80_spots_in_rows_of_30_to_60_mm(variant: str) -> None:
    spots = demo_cell().variants[variant].spots
    assert len(spots) == 80
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for spot in spots:
        rows.setdefault(spot.name[:3], []).append(spot.position)
    # A-pillar, sill, B-pillar, roof rail and wheel house on both sides
    assert {"ah", "au", "sf", "bf", "br", "sr", "rr", "wh"} <= {name[:2] for name in rows}
    assert {name[2] for name in rows} == {"l", "r"}
    for row in rows.values():
        pitches = [math.dist(a, b) for a, b in pairwise(row)]
        assert all(0.030 <= pitch <= 0.060 for pitch in pitches)


def test_schedules_are_those_of_the_tables() -> None:
    assert [str(warning) for warning in check_cell(demo_cell())] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_spot_is_welded_once(variant: str) -> None:
    programs = demo_plan().programs[variant]
    welded = [spot.spot for program in programs.values() for spot in program.spots]
    assert sorted(welded) == sorted(spot.name for spot in demo_cell().variants[variant].spots)


@pytest.mark.parametrize(("variant", "robot"), PROGRAMS)
def test_every_spot_is_reached_with_room_to_spare(variant: str, robot: str) -> None:
    cell = demo_cell()
    entry = cell.robots[robot]
    model = arm_model(entry.model)
    part = cell.stations["s1"].part
    positions = {spot.name: spot for spot in cell.variants[variant].spots}
    joints = entry.home
    for spot in demo_plan().programs[variant][robot].spots:
        targets = joint_targets(cell, robot, spot, part, joints)
        for point in (*targets.approach, targets.spot):
            assert limit_margin(model, point) >= MARGIN
            assert abs(point[4]) >= MARGIN
        tips = entry.base @ forward(model, targets.spot) @ cell.guns[entry.gun].tcp
        listed = positions[spot.spot]
        assert math.dist(tips.xyz, part.apply(listed.position)) < 1e-9
        assert math.dist(tips.rotate((0.0, 0.0, 1.0)), part.rotate(listed.normal)) < 1e-4
        joints = targets.spot


@pytest.mark.parametrize(("variant", "robot"), PROGRAMS)
def test_every_robot_has_about_20_spots(variant: str, robot: str) -> None:
    assert 17 <= len(demo_plan().programs[variant][robot].spots) <= 23


@pytest.mark.parametrize(("variant", "robot"), PROGRAMS)
def test_no_robot_wants_two_zones_at_once(variant: str, robot: str) -> None:
    zones = [spot.zones for spot in demo_plan().programs[variant][robot].spots]
    assert max(map(len, zones)) == 1
    assert all(not (a and b and a != b) for a, b in pairwise(zones))


@pytest.mark.parametrize("variant", VARIANTS)
def test_tips_of_two_robots_come_close_in_a_shared_zone_only(variant: str) -> None:
    programs = demo_plan().programs[variant]
    for a, b in combinations(programs.values(), 2):
        for one in a.spots:
            for other in b.spots:
                if not set(one.zones) & set(other.zones):
                    assert math.dist(one.pose.xyz, other.pose.xyz) > 0.35, (one.spot, other.spot)


@pytest.mark.parametrize("variant", VARIANTS)
def test_cycle_is_that_of_a_fast_line(variant: str) -> None:
    cycle = demo_plan().cycles[variant]
    assert 40.0 <= cycle.total <= 58.0
    assert 2.0 <= cycle.total / 20.0 <= 3.0
    assert sum(cycle.waits.values()) <= 0.05 * cycle.total


@pytest.mark.parametrize("robot", ROBOTS)
def test_home_is_clear_of_the_body(robot: str) -> None:
    cell = demo_cell()
    entry = cell.robots[robot]
    flange = entry.base @ forward(arm_model(entry.model), entry.home)
    tips = flange @ cell.guns[entry.gun].tcp
    # The body is 0.78 m wide to each side; a gun is about 0.2 m thick around its tips.
    assert abs(tips.xyz[1]) > 0.78 + 0.2
    assert abs(flange.xyz[1]) > 0.78 + 0.2
    assert math.copysign(1.0, tips.xyz[1]) == math.copysign(1.0, entry.base.xyz[1])


def test_the_sketch_shows_what_the_files_say() -> None:
    root = GENERATOR.parents[1]
    generator = runpy.run_path(str(root / "tools" / "make_demo_sketch.py"))
    committed = (root / "docs" / "reference" / "demo_cell.svg").read_text(encoding="utf-8")
    assert committed == generator["sketch"](demo_cell())
