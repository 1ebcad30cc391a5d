# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell models`: lists the arms that a cell file may name, or says what it finds in a URDF or xacro file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from math import degrees
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from smart_cell.cell.files import is_arm_file
from smart_cell.core.errors import ConfigError
from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import JERK_TIME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import UnknownArmModelError
from smart_cell.motion.urdf.description import arm_urdf
from smart_cell.motion.urdf.urdf_arm import UrdfArm, read_arm
from smart_cell.motion.urdf.urdf_limits import FULL_SPEED_TIME

EXIT_GOOD: Final = 0
EXIT_BAD_INPUT: Final = 2

_EPILOG: Final = f"""\
A file that ends in .urdf or .xacro may describe any arm with six joints that turn and a spherical wrist: the axes 4, 5
and 6 meet in one point. Its lengths, signs, offsets and frames are found from the lines of its axes. In a cell file,
name it relative to that file:

  r1: {{model: arms/my_arm.urdf, base: ..., gun: g1}}

The base is the link base_link, with any prefix, on which joint 1 stands, else the link of that joint; the flange is the
link tool0 or flange behind joint 6, else the link that this joint moves. --base-link and --tip-link name others; in the
cell file base_link and tip_link do.

URDF before 1.2 has no acceleration and jerk. They are read from <name>_joint_limits.yaml or joint_limits.yaml (MoveIt,
ros2_control) beside the file, or in config/ where the file is in urdf/; else full speed in {FULL_SPEED_TIME:g} s and \
full acceleration
in {JERK_TIME:g} s are assumed. What is assumed is printed.

examples:
  smart_cell models                               the arms that are built in
  smart_cell models arms/my_arm.urdf.xacro        what is found in a file, or every reason why it does not fit
  smart_cell models kr210_r2700_2 --urdf          the URDF that the cell publishes for an arm

Files are read as trusted local ones: xacro evaluates expressions and reads what it is told to include.
Exit code: 0 the arm can be used, 2 it cannot.
The built-in figures come from kroshu/kuka_robot_descriptions (Apache-2.0); config/kuka_arms.json has them all."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "models",
        help="list the arms that a cell file may name, or check the URDF of another one",
        description="List the KUKA six-axis arms that a cell file may name, with payload, reach and axis ranges;\n"
        "or print what is found in the URDF or xacro file of another arm.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("arm", nargs="?", metavar="ARM", help="a .urdf or .xacro file, or a name (default: list all)")
    parser.add_argument("--base-link", metavar="LINK", help="link of the file that the arm stands on")
    parser.add_argument("--tip-link", metavar="LINK", help="link of the file that is the arm's flange")
    parser.add_argument("--joint-limits", type=Path, metavar="FILE", help="joint_limits.yaml with more limits")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print one JSON object, SI units, instead of a table")
    output.add_argument("--urdf", action="store_true", help="print the URDF that the cell would publish for ARM")


def run(args: argparse.Namespace) -> int:
    """Print the arms and return the exit code."""
    options = {name: getattr(args, name) for name in ("base_link", "tip_link", "joint_limits")}
    is_file = args.arm is not None and is_arm_file(args.arm)
    if not is_file and any(option is not None for option in options.values()):
        print("smart_cell models: links and limits can be named for a .urdf or .xacro file only", file=sys.stderr)
        return EXIT_BAD_INPUT
    if args.arm is None and not args.urdf:
        _list_all(as_json=args.json)
        return EXIT_GOOD
    if args.arm is None:
        print("smart_cell models: --urdf needs an arm", file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        found = read_arm(Path(args.arm), **options) if is_file else None
        model = arm_model(args.arm) if found is None else found.model
    except ConfigError as error:
        if args.json:
            problems = [asdict(problem) for problem in error.problems]
            print(json.dumps({"file": args.arm, "valid": False, "problems": problems}, indent=2, ensure_ascii=False))
        else:
            print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except UnknownArmModelError as error:
        print(f"smart_cell models: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    if args.urdf:
        print(arm_urdf(model))
    elif args.json:
        print(json.dumps(_as_json(model, found, args.arm), indent=2, ensure_ascii=False))
    else:
        _show(model, found)
    return EXIT_GOOD


def _list_all(*, as_json: bool) -> None:
    """Print the arms of the arm data."""
    models = arm_models()
    if as_json:
        print(json.dumps({name: asdict(model) for name, model in models.items()}, indent=2))
        return
    table = Table(title=f"{len(models)} arms")
    table.add_column("model", no_wrap=True)
    for heading in ("payload [kg]", "reach [m]", "A1 to A6 [deg]", "A1 to A6 [deg/s]"):
        table.add_column(escape(heading), justify="right")
    for name, model in models.items():
        table.add_row(name, f"{model.payload:g}", f"{model.reach:.3f}", _ranges(model), _speeds(model))
    Console(highlight=False).print(table)


def _as_json(model: ArmModel, found: UrdfArm | None, arm: str) -> dict[str, Any]:
    if found is None:
        return asdict(model)
    return {
        "file": arm,
        "valid": True,
        "base_link": found.base_link,
        "tip_link": found.tip_link,
        "joints": found.joints,
        "position_residual": found.position_residual,
        "angle_residual": found.angle_residual,
        "reach": model.reach,
        "notes": found.notes,
        "files": [str(path) for path in found.contents],
        "model": asdict(model),
    }


def _show(model: ArmModel, found: UrdfArm | None) -> None:
    """Print one arm: what it is, then a row for each joint, then notes."""
    console = Console(highlight=False, soft_wrap=True)
    for name, text in _facts(model, found):
        console.print(f"{name:<10} {escape(text)}")
    table = Table()
    table.add_column("joint", overflow="fold")
    quantities = ("lower", "upper", "speed", "accel.", "jerk", "sign", "offset")
    units = ("deg", "deg", "deg/s", "deg/s^2", "deg/s^3", "", "deg")
    for quantity, unit in zip(quantities, units, strict=True):
        table.add_column(f"{quantity}\n{unit}", justify="right", no_wrap=True)
    names = found.joints if found else tuple(f"A{number}" for number in range(1, 7))
    for index, name in enumerate(names):
        speeds = (model.velocity[index], model.acceleration[index], model.jerk[index])
        table.add_row(
            escape(name),
            f"{degrees(model.lower[index]):.1f}",
            f"{degrees(model.upper[index]):.1f}",
            *(f"{degrees(value):.0f}" for value in speeds),
            f"{model.signs[index]:+.0f}",
            f"{degrees(model.offsets[index]):.4g}",
        )
    console.print(table)
    for note in found.notes if found else ():
        console.print(f"note: {escape(note)}")


def _facts(model: ArmModel, found: UrdfArm | None) -> Iterator[tuple[str, str]]:
    yield "arm", f"{model.name}: six axes, spherical wrist, reach {model.reach:.3f} m"
    if found is not None:
        yield "links", f"from {found.base_link} to {found.tip_link}"
    lengths = (f"{name} {getattr(model, name) * 1000.0:.6g}" for name in ("a1", "a2", "b", "c1", "c2", "c3", "c4"))
    yield "lengths", f"{', '.join(lengths)} mm"
    for name, pose in (("base", model.base), ("flange", model.flange)):
        if pose != IDENTITY:
            yield name, _place(pose)
    if found is not None:
        yield "residual", f"{found.position_residual:.1e} m, {found.angle_residual:.1e} rad from the file's chain"


def _place(pose: Pose) -> str:
    x, y, z = (f"{value * 1000.0 + 0.0:.6g}" for value in pose.xyz)
    numbers = ", ".join(f"{value:.6f}" for value in pose.quat)
    return f"({x}, {y}, {z}) mm, quaternion w x y z ({numbers})"


def _ranges(model: ArmModel) -> str:
    pairs = zip(model.lower, model.upper, strict=True)
    return " ".join(f"{degrees(low):.0f}..{degrees(high):.0f}" for low, high in pairs)


def _speeds(model: ArmModel) -> str:
    return " ".join(f"{degrees(speed):.0f}" for speed in model.velocity)
