# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell models`: lists the arms that a cell file may name."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from smart_cell.motion.arm_model import ArmModel, arm_models

EXIT_GOOD: Final = 0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "models",
        help="list the arms that a cell file may name",
        description="List the KUKA six-axis arms that a cell file may name, with payload, reach and axis ranges.",
        epilog="The figures come from kroshu/kuka_robot_descriptions (Apache-2.0); config/kuka_arms.json has them all.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, SI units, instead of a table")


def run(args: argparse.Namespace) -> int:
    """Print the arms and return the exit code."""
    models = arm_models()
    if args.json:
        print(json.dumps({name: asdict(model) for name, model in models.items()}, indent=2))
        return EXIT_GOOD
    table = Table(title=f"{len(models)} arms")
    table.add_column("model", no_wrap=True)
    for heading in ("payload [kg]", "reach [m]", "A1 to A6 [deg]", "A1 to A6 [deg/s]"):
        table.add_column(escape(heading), justify="right")
    for name, model in models.items():
        table.add_row(name, f"{model.payload:g}", f"{reach(model):.3f}", _ranges(model), _speeds(model))
    Console(highlight=False).print(table)
    return EXIT_GOOD


def reach(model: ArmModel) -> float:
    """Return the largest distance of the wrist's centre from axis 1 [m], the figure in KUKA's model names."""
    return model.a1 + model.c2 + math.hypot(model.a2, model.c3)


def _ranges(model: ArmModel) -> str:
    pairs = zip(model.lower, model.upper, strict=True)
    return " ".join(f"{math.degrees(low):.0f}..{math.degrees(high):.0f}" for low, high in pairs)


def _speeds(model: ArmModel) -> str:
    return " ".join(f"{math.degrees(speed):.0f}" for speed in model.velocity)
