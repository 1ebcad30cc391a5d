# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell plan FILE`: says which robot welds what, how long it takes, and whether the takt is met."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from smart_cell.cell.model import Cell
from smart_cell.commands.check import load
from smart_cell.core.errors import ConfigError
from smart_cell.planning.errors import PlanningError
from smart_cell.planning.planner import plan_cell
from smart_cell.planning.program import Plan, Program

EXIT_GOOD: Final = 0
EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "plan",
        help="plan a cell: who welds what, and how long it takes",
        description="Plan a cell: share out the spots, put them in order, forecast the cycle and compare it with the "
        "takt. Lists every spot that no robot can weld, with the reason for each robot.",
        epilog="Exit code: 0 the takt is met, 1 it is not or there is no plan, 2 the cell file is wrong.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="cell file, such as config/demo_cell.yaml")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")


def run(args: argparse.Namespace) -> int:
    """Plan the cell and return the exit code."""
    try:
        cell = load(args.file)
    except ConfigError as error:
        return _fail(args, [str(problem) for problem in error.problems], str(error), EXIT_BAD_INPUT)
    try:
        plan = plan_cell(cell)
    except PlanningError as error:
        return _fail(args, list(error.problems), str(error), EXIT_FAILED)
    if args.json:
        print(json.dumps(_as_json(cell, plan), indent=2, ensure_ascii=False))
    else:
        _print_tables(cell, plan, Console(highlight=False))
    return EXIT_GOOD if all(meets_takt(cell, plan, variant) for variant in plan.programs) else EXIT_FAILED


def meets_takt(cell: Cell, plan: Plan, variant: str) -> bool:
    """Tell whether the forecast of a variant's cycle is within the takt."""
    return plan.cycles[variant].total <= cell.takt


def _fail(args: argparse.Namespace, problems: list[str], text: str, code: int) -> int:
    if args.json:
        print(json.dumps({"file": str(args.file), "planned": False, "problems": problems}, indent=2))
    else:
        print(text, file=sys.stderr)
    return code


def _print_tables(cell: Cell, plan: Plan, console: Console) -> None:
    for variant, programs in plan.programs.items():
        cycle = plan.cycles[variant]
        table = Table(title=f"{cell.name}: {variant}", title_justify="left")
        table.add_column("robot")
        for heading in ("spots", "forecast [s]", "of takt", "zone wait [s]"):
            table.add_column(heading, justify="right")
        table.add_column("zones")
        for robot, program in programs.items():
            table.add_row(
                robot,
                str(len(program.spots)),
                f"{program.forecast:.1f}",
                f"{program.forecast / cell.takt:.0%}",
                f"{cycle.waits.get(robot, 0.0):.1f}",
                ", ".join(_zones(program)) or "-",
            )
        console.print(table)
        verdict = "met" if meets_takt(cell, plan, variant) else f"NOT MET, {cycle.total - cell.takt:.1f} s too long"
        spots = sum(len(program.spots) for program in programs.values())
        console.print(
            f"{spots} spots; cycle {cycle.total:.1f} s = handling {cycle.handling:.1f} s + welding"
            f" {cycle.welding:.1f} s; takt {cell.takt:g} s: {verdict}\n",
            soft_wrap=True,
        )


def _as_json(cell: Cell, plan: Plan) -> dict[str, Any]:
    return {
        "cell": cell.name,
        "planned": True,
        "plan": plan.digest,
        "takt": cell.takt,
        "variants": [
            {
                "name": variant,
                "cycle": cycle.total,
                "handling": cycle.handling,
                "welding": cycle.welding,
                "takt_met": meets_takt(cell, plan, variant),
                "robots": [
                    {
                        "name": robot,
                        "forecast": program.forecast,
                        "zone_wait": cycle.waits.get(robot, 0.0),
                        "zones": _zones(program),
                        "spots": [spot.spot for spot in program.spots],
                    }
                    for robot, program in plan.programs[variant].items()
                ],
            }
            for variant, cycle in plan.cycles.items()
        ],
    }


def _zones(program: Program) -> list[str]:
    return sorted({zone for spot in program.spots for zone in spot.zones})
