# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Plans of small cells: what is fixed stays fixed, and what cannot be planned is said at once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from demo_plan import cell_with, demo_cell, spot_of

from smart_cell.cell.model import Box, Cell, Spot, Zone
from smart_cell.planning import planner
from smart_cell.planning.errors import PlanningError
from smart_cell.planning.planner import load_or_plan, plan_cell
from smart_cell.planning.program import Plan

BF = tuple(spot_of("sedan", f"bfl{number:02d}") for number in range(1, 6))
SF = tuple(spot_of("sedan", f"sfl{number:02d}") for number in range(1, 7))
BR = tuple(spot_of("sedan", f"brl{number:02d}") for number in range(1, 6))


def order(plan: Plan, robot: str) -> list[str]:
    return [spot.spot for spot in plan.programs["few"][robot].spots]


def test_fixed_robots_are_kept() -> None:
    spots = [replace(spot, robot="r2") for spot in SF] + list(BF)
    plan = plan_cell(cell_with(*spots))
    assert set(order(plan, "r2")) >= {spot.name for spot in SF}
    assert sum(len(program.spots) for program in plan.programs["few"].values()) == len(spots)


def test_numbered_spots_come_first_and_in_order() -> None:
    first = {"sfl05": 1, "sfl01": 2, "sfl03": 7}
    spots = [replace(spot, robot="r1", sequence=first.get(spot.name)) for spot in SF]
    assert order(plan_cell(cell_with(*spots)), "r1")[:3] == ["sfl05", "sfl01", "sfl03"]


def test_a_robot_without_spots_has_an_empty_program() -> None:
    plan = plan_cell(cell_with(*SF))
    assert plan.programs["few"]["r3"].spots == ()
    assert plan.programs["few"]["r3"].forecast == 0.0


def test_all_unreachable_spots_are_listed_with_each_robots_reason() -> None:
    far = [replace(spot, name=f"far{n}", position=(9.0 + n, -0.8, 0.4)) for n, spot in enumerate(SF[:2])]
    fixed = replace(SF[3], robot="r4")
    with pytest.raises(PlanningError) as caught:
        plan_cell(cell_with(*far, SF[0], fixed))
    assert len(caught.value.problems) == 3
    assert caught.value.problems[0].startswith("few: no robot can weld spot far0 (r1: too far by ")
    assert all(robot in caught.value.problems[0] for robot in ("r1", "r2", "r3", "r4"))
    assert "sfl04 (r4: too far by" in caught.value.problems[2]


def test_the_same_cell_gets_the_same_plan() -> None:
    cell = cell_with(*SF, *BF, *BR)
    assert plan_cell(cell) == plan_cell(cell)


def test_forecast_is_moves_and_welds() -> None:
    cell = cell_with(*(replace(spot, robot="r1") for spot in SF))
    plan = plan_cell(cell)
    program = plan.programs["few"]["r1"]
    assert len(program.spots) * 0.9 < program.forecast < len(program.spots) * 3.0
    assert plan.cycles["few"].welding == pytest.approx(program.forecast)


def zones_of(plan: Plan, robot: str) -> list[tuple[str, ...]]:
    return [spot.zones for spot in plan.programs["few"][robot].spots]


def with_zones(spots: list[Spot], **zones: Zone) -> Plan:
    return plan_cell(replace(cell_with(*spots), zones=zones))


def test_robots_that_share_a_zone_come_at_different_times() -> None:
    spots = [replace(spot, robot="r1") for spot in (*SF, *BF)]
    rear = [spot_of("sedan", f"srl{number:02d}") for number in range(1, 6)]
    spots += [replace(spot, robot="r2") for spot in (*BR, *rear)]
    plan = with_zones(spots, z=demo_cell().zones["b_left"])
    first, second = zones_of(plan, "r1"), zones_of(plan, "r2")
    assert {first[0], second[0]} == {("b_left",), ()}
    assert {first[-1], second[-1]} == {("b_left",), ()}
    assert sum(plan.cycles["few"].waits.values()) < 2.0


def box(low: float, high: float) -> Box:
    return Box((low, -1.5, 0.0), (high, 0.0, 3.0))


def test_between_two_zones_there_is_a_free_spot() -> None:
    spots = [replace(spot, robot="r1") for spot in (*SF, *BF)]
    # Cell frame: the sill's spots lie at x = -0.66 to -0.41, the B-pillar's at -0.11 to -0.07.
    plan = with_zones(spots, y=Zone("y", ("r1", "r2"), box(-0.7, -0.5)), z=Zone("z", ("r1", "r2"), box(-0.2, 0.0)))
    seen = zones_of(plan, "r1")
    assert {("y",), ("z",), ()} == set(seen)
    assert all(not (a and b and a != b) for a, b in itertools.pairwise(seen))


def test_zones_without_a_free_spot_in_between_are_refused() -> None:
    spots = [replace(spot, robot="r1") for spot in (*SF, *BF)]
    with pytest.raises(PlanningError, match="r1 would have to hold two zones at once"):
        with_zones(spots, y=Zone("y", ("r1", "r2"), box(-0.9, -0.3)), z=Zone("z", ("r1", "r2"), box(-0.2, 0.0)))


def test_plans_are_kept_and_made_anew_when_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = cell_with(*SF)
    plan = load_or_plan(cell, tmp_path / "plans")
    files = list((tmp_path / "plans").iterdir())
    assert len(files) == 1
    calls: list[Cell] = []

    def plan_again(cell: Cell, progress: planner.Progress | None) -> Plan:
        calls.append(cell)
        return plan

    monkeypatch.setattr(planner, "plan_cell", plan_again)
    assert load_or_plan(cell, tmp_path / "plans") == plan
    assert not calls
    files[0].write_text(files[0].read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert load_or_plan(cell, tmp_path / "plans") == plan
    assert len(calls) == 1
    assert load_or_plan(replace(cell, digest="0" * 64), tmp_path / "plans") == plan
    assert len(calls) == 2


def test_progress_is_told_from_start_to_end() -> None:
    shares: list[float] = []
    plan_cell(cell_with(*SF), lambda text, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
