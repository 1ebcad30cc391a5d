# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell check FILE`: says what a cell is made of, or everything that is wrong with its file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from smart_cell.cell.model import Cell, Clamp, Conveyor, Dresser, Gun, Robot, Sensor, SpotClass, Station, Timer, Zone
from smart_cell.core.errors import ConfigError
from smart_cell.motion.urdf.cell_arms import arm_notes, load_cell_with_arms
from smart_cell.welding.standards import check_cell

EXIT_GOOD: Final = 0
EXIT_BAD_INPUT: Final = 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "check",
        help="check a cell file and its weld lists",
        description="Check a cell file and its weld lists. Prints what the cell is made of, or every error at once "
        "with file, line, key, value and what is allowed.",
        epilog="Exit code: 0 the cell can be used, 2 it cannot.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="cell file, such as config/demo_cell.yaml")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    """Check the file and return the exit code."""
    try:
        cell = load(args.file)
    except ConfigError as error:
        if args.json:
            problems = [asdict(problem) for problem in error.problems]
            _print_json({"file": str(args.file), "valid": False, "problems": problems})
        else:
            print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    if args.json:
        _print_json(_as_json(cell, str(args.file)))
    else:
        print("\n".join(_as_text(cell)))
    return EXIT_GOOD


def load(path: Path) -> Cell:
    """Return the cell that a file describes, with its arm models checked too.

    Raises:
        ConfigError: The file, a weld list or the file of an arm is wrong.
    """
    return load_cell_with_arms(path)


def devices(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and a description of everything in a cell that has a name, robots first."""
    kinds: tuple[tuple[str, Mapping[str, Any], Callable[[Any], str]], ...] = (
        ("robot", cell.robots, _robot),
        ("gun", cell.guns, _gun),
        ("timer", cell.timers, _timer),
        ("dresser", cell.dressers, _dresser),
        ("conveyor", cell.conveyors, _conveyor),
        ("station", cell.stations, _station),
        ("clamp", cell.clamps, _clamp),
        ("sensor", cell.sensors, _sensor),
        ("zone", cell.zones, _zone),
    )
    for kind, entries, describe in kinds:
        for name, entry in entries.items():
            yield kind, name, describe(entry)


def _as_text(cell: Cell) -> Iterator[str]:
    yield f"cell {cell.name}: takt {cell.takt:g} s, digest {cell.digest[:12]}"
    rows = list(devices(cell))
    width = max(len(name) for _, name, _ in rows)
    for kind, name, description in rows:
        yield f"  {kind:<9} {name:<{width}}  {description}"
    for variant, spots, critical in _spot_counts(cell):
        yield f"  {'variant':<9} {variant:<{width}}  {spots} spots, {critical} of them critical"
    for robot, note in arm_notes(cell):
        yield f"note: arm of {robot}: {note}"
    for warning in check_cell(cell):
        yield f"warning: {warning}"


def _as_json(cell: Cell, file: str) -> dict[str, Any]:
    return {
        "file": file,
        "valid": True,
        "cell": cell.name,
        "takt": cell.takt,
        "digest": cell.digest,
        "devices": [{"kind": kind, "name": name, "description": text} for kind, name, text in devices(cell)],
        "variants": [
            {"name": name, "spots": spots, "critical": critical} for name, spots, critical in _spot_counts(cell)
        ],
        "notes": [{"robot": robot, "note": note} for robot, note in arm_notes(cell)],
        "warnings": [str(warning) for warning in check_cell(cell)],
    }


def _spot_counts(cell: Cell) -> Iterator[tuple[str, int, int]]:
    for variant in cell.variants.values():
        critical = sum(spot.spot_class is SpotClass.CRITICAL for spot in variant.spots)
        yield variant.name, len(variant.spots), critical


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


def _place(xyz: tuple[float, float, float]) -> str:
    return f"({', '.join(f'{value:g}' for value in xyz)}) m"


def _robot(robot: Robot) -> str:
    return f"{Path(robot.model).name} with gun {robot.gun}, base at {_place(robot.base.xyz)}"


def _gun(gun: Gun) -> str:
    dresser = f"dresser {gun.dresser}" if gun.dresser else "no dresser"
    return (
        f"{gun.type.value.upper()}-gun, up to {gun.max_force / 1e3:g} kN, opens {gun.stroke * 1e3:g} mm, "
        f"timer {gun.timer}, {dresser}"
    )


def _timer(timer: Timer) -> str:
    return f"weld timer, up to {timer.max_current / 1e3:g} kA"


def _dresser(dresser: Dresser) -> str:
    return f"tip dresser, every {dresser.interval} welds for {dresser.duration:g} s"


def _conveyor(conveyor: Conveyor) -> str:
    return f"{conveyor.type.value}, {conveyor.speed:g} m/s, through {', '.join(conveyor.stations)}"


def _station(station: Station) -> str:
    reader = f", body id from {station.id_reader}" if station.id_reader else ""
    clamps, sensors = (", ".join(names) or "none" for names in (station.clamps, station.part_present))
    return f"part at {_place(station.part.xyz)}, clamps {clamps}, part present {sensors}{reader}"


def _clamp(clamp: Clamp) -> str:
    return f"moves in {clamp.travel_time:g} s, fault after {clamp.timeout:g} s"


def _sensor(sensor: Sensor) -> str:
    return sensor.type.value.replace("_", " ")


def _zone(zone: Zone) -> str:
    place = f"box {_place(zone.box.lower)} to {_place(zone.box.upper)}" if zone.box else "found by the planner"
    return f"shared by {', '.join(zone.robots)}, {place}"
