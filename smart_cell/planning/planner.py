# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the plan of a cell: who welds what, in which order, by which way, and how long it takes.

The same cell always gets the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from smart_cell.cell.model import Cell, Gun, Spot, Station, Variant
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import robot_model
from smart_cell.motion.moves.via import plan_via
from smart_cell.planning.allocate import Choice, allocate
from smart_cell.planning.errors import PlanningError
from smart_cell.planning.gun_pose import back_out, is_direct
from smart_cell.planning.program import (
    CycleForecast,
    Plan,
    PlanFormatError,
    Program,
    ProgramSpot,
    make_plan,
    plan_from_json,
    plan_to_json,
)
from smart_cell.planning.reach import Candidate, Reach
from smart_cell.planning.resolve import home_targets, joint_targets
from smart_cell.planning.takt import Step, Timeline, handling_time, simulate, weld_time
from smart_cell.planning.tour import Tour, TourPlanner
from smart_cell.planning.zones import phase_orders, spot_zones, wants_two

VERSION = 1
"""Grows when the same cell gets another plan than before, so that kept plans are made anew."""
USUAL_MOVE = 0.8
"""Time of a move [s] that evens out the robots' shares, before there is a sequence to measure it on."""

Progress = Callable[[str, float], None]
"""Told what is being done and which share of the planning is done."""


class Route(NamedTuple):
    """A robot's program with what the forecast of the cycle needs of it."""

    program: Program
    steps: tuple[Step, ...]
    home_move: float
    """Time of the move from the last spot to home [s]."""


def plan_cell(cell: Cell, progress: Progress | None = None) -> Plan:
    """Return the programs of every robot for every variant.

    Bodies are planned for the first station of the cell file.

    Args:
        cell: The cell.
        progress: Told about each step, if given.

    Raises:
        PlanningError: Spots cannot be reached, or zones cannot be kept; it lists all reasons.
    """
    station = next(iter(cell.stations.values()))
    reach = Reach(cell, station)
    tell = progress or (lambda text, share: None)
    problems: list[str] = []
    shares: dict[str, dict[str, tuple[Spot, ...]]] = {}
    for number, variant in enumerate(cell.variants.values()):
        tell(f"reach of {variant.name}", 0.5 * number / len(cell.variants))
        choices, unreachable = _choices(cell, reach, station, variant)
        problems += unreachable
        shares[variant.name] = allocate(choices, cell.robots)
    if problems:
        raise PlanningError(problems)
    programs: dict[str, dict[str, Program]] = {}
    cycles: dict[str, CycleForecast] = {}
    handling = handling_time(cell, station)
    for number, variant in enumerate(cell.variants.values()):
        tell(f"programs of {variant.name}", 0.5 + 0.5 * number / len(cell.variants))
        routes, timeline = _routes(cell, reach, station.part, variant.name, shares[variant.name])
        programs[variant.name] = {robot: route.program for robot, route in routes.items()}
        cycles[variant.name] = CycleForecast(handling, timeline.duration, dict(timeline.waits))
    tell("done", 1.0)
    return make_plan(cell.name, programs, cycles)


def load_or_plan(cell: Cell, folder: Path, progress: Progress | None = None) -> Plan:
    """Return the plan of a cell, kept in `folder` from one start to the next.

    A kept plan that is damaged or of another cell file is made anew.

    Raises:
        PlanningError: As `plan_cell`.
    """
    path = folder / f"{cell.digest[:32]}-v{VERSION}.json"
    try:
        return plan_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PlanFormatError):
        plan = plan_cell(cell, progress)
    folder.mkdir(parents=True, exist_ok=True)
    # Replaced in one step, so that nobody ever reads a part of it.
    unfinished = path.with_suffix(".part")
    unfinished.write_text(plan_to_json(plan), encoding="utf-8")
    unfinished.replace(path)
    return plan


def _choices(cell: Cell, reach: Reach, station: Station, variant: Variant) -> tuple[list[Choice], list[str]]:
    """Return who may weld each spot, and a text for each spot that nobody can."""
    choices = []
    problems = []
    for spot in variant.spots:
        asked = list(cell.robots) if spot.robot is None else [spot.robot]
        able = [robot for robot in asked if reach.candidates(robot, spot)]
        if not able:
            reasons = "; ".join(f"{robot}: {reach.why_not(robot, spot)}" for robot in asked)
            problems.append(f"{variant.name}: no robot can weld spot {spot.name} ({reasons})")
            continue
        x, y, _ = station.part.apply(spot.position)
        distances = {robot: math.dist((x, y), cell.robots[robot].base.xyz[:2]) for robot in able}
        time = max(weld_time(_gun(cell, robot), cell.schedules[spot.schedule]) for robot in able) + USUAL_MOVE
        choices.append(Choice(spot, time, distances))
    return choices, problems


def _gun(cell: Cell, robot: str) -> Gun:
    return cell.guns[cell.robots[robot].gun]


def _routes(
    cell: Cell, reach: Reach, part: Pose, variant: str, shares: Mapping[str, Sequence[Spot]]
) -> tuple[dict[str, Route], Timeline]:
    """Return the routes of all robots with which the body is done earliest, and how they run together.

    Each robot has a few routes, one per order of its zones. One robot after the other takes the route with which the
    whole cycle is shortest, until none wants to change.
    """
    zones = spot_zones(cell, part, shares)
    options = {
        robot: _options(cell, reach, part, variant, robot, spots, zones) for robot, spots in sorted(shares.items())
    }
    chosen = {robot: routes[0] for robot, routes in options.items()}
    best = _timeline(chosen)
    improved = True
    while improved:
        improved = False
        for robot, routes in options.items():
            for route in routes:
                trial = {**chosen, robot: route}
                timeline = _timeline(trial)
                if _rank(timeline) < _rank(best):
                    chosen, best, improved = trial, timeline, True
    return {robot: chosen[robot] for robot in cell.robots}, best


def _timeline(routes: Mapping[str, Route]) -> Timeline:
    return simulate(
        {robot: route.steps for robot, route in routes.items()},
        {robot: route.home_move for robot, route in routes.items()},
    )


def _rank(timeline: Timeline) -> tuple[float, float]:
    """Return what is to be small: first the cycle, then everybody's time. Rounded, so that ties stay ties."""
    return round(timeline.duration, 6), round(sum(timeline.ends.values()), 6)


def _options(
    cell: Cell,
    reach: Reach,
    part: Pose,
    variant: str,
    robot: str,
    spots: Sequence[Spot],
    zones: Mapping[str, str],
) -> list[Route]:
    """Return one route per order in which the robot may visit its zones."""
    if not spots:
        return [Route(Program(robot, variant, (), 0.0), (), 0.0)]
    entry = cell.robots[robot]
    planner = TourPlanner(robot_model(entry), entry.home, [reach.candidates(robot, spot) for spot in spots])
    routes = []
    for blocks in _block_orders(spots, zones):
        tour = planner.solve(blocks)
        names = [spots[index].name for index in tour.order]
        if not wants_two([zones.get(name) for name in names]):
            routes.append(_route(cell, part, variant, robot, [spots[index] for index in tour.order], tour, zones))
    if not routes:
        raise PlanningError(
            [
                f"{variant}: {robot} would have to hold two zones at once, as it has no spot outside its zones to weld"
                " in between; make the boxes smaller or give it fewer zones"
            ]
        )
    return routes


def _block_orders(spots: Sequence[Spot], zones: Mapping[str, str]) -> list[list[list[int]]]:
    """Return the orders of blocks of spots (indices) to choose from.

    Spots with a sequence number come first, by number. Then come the zones' spots and the free ones. Where a robot has
    several zones, the free spots go between the first two, but for one that separates each further pair.
    """
    numbered = sorted((spot.sequence, index) for index, spot in enumerate(spots) if spot.sequence is not None)
    first = [[index] for _, index in numbered]
    left = [index for index, spot in enumerate(spots) if spot.sequence is None]
    by_zone: dict[str, list[int]] = {}
    free: list[int] = []
    for index in left:
        zone = zones.get(spots[index].name)
        (free if zone is None else by_zone.setdefault(zone, [])).append(index)
    orders = []
    for phases in phase_orders(sorted(by_zone)):
        separators = max(0, sum(phase is None for phase in phases) - 1)
        gaps = [free[: len(free) - separators], *([index] for index in free[len(free) - separators :])]
        filling = iter(gaps)
        blocks = [by_zone[phase] if phase is not None else next(filling, []) for phase in phases]
        orders.append([block for block in (*first, *blocks) if block])
    return orders


def _route(
    cell: Cell,
    part: Pose,
    variant: str,
    robot: str,
    spots: Sequence[Spot],
    tour: Tour,
    zones: Mapping[str, str],
) -> Route:
    """Return the program of a tour, with the times of the moves as the robot will make them."""
    gun = _gun(cell, robot)
    model = robot_model(cell.robots[robot])
    out = back_out(gun)
    program_spots: list[ProgramSpot] = []
    steps: list[Step] = []
    joints = cell.robots[robot].home
    before: Candidate | None = None
    for spot, pick in zip(spots, tour.picks, strict=True):
        approach: tuple[Pose, ...]
        if before is None:
            approach = (pick.pose @ out,)
        elif is_direct(before.pose, pick.pose):
            approach = ()
        else:
            approach = (before.pose @ out, pick.pose @ out)
        zone = zones.get(spot.name)
        program_spot = ProgramSpot(
            spot=spot.name,
            pose=pick.pose,
            status=pick.solution.status,
            turn=pick.solution.turn,
            approach=approach,
            zones=() if zone is None else (zone,),
            schedule=spot.schedule,
            thickness=sum(sheet.thickness for sheet in spot.stack),
        )
        targets = joint_targets(cell, robot, program_spot, part, joints)
        move = plan_via(model, [joints, *targets.approach, targets.spot]).duration
        steps.append(Step(move, weld_time(gun, cell.schedules[spot.schedule]), zone))
        program_spots.append(program_spot)
        joints, before = targets.spot, pick
    home = home_targets(cell, robot, joints)
    home_move = plan_via(model, [joints, *home.approach, home.spot]).duration
    forecast = sum(step.move + step.weld for step in steps) + home_move
    return Route(Program(robot, variant, tuple(program_spots), forecast), tuple(steps), home_move)
