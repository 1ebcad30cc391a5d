#!/usr/bin/env python3
# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Write the weld lists of the demo cell: `python tools/make_demo_spots.py` in the repository.

The lists lie along the flanges of a mid-size car's two body sides. Nothing here is a real car's data: the lengths are
those of a usual saloon (wheelbase 2.75 m, door opening 1.2 m high), the pitches and stacks are usual ones.

Frame of a car (the part frame): origin between the front wheels at the height of the sills' lower flange, x to the
rear, y to the right, z up. Both sides are equal, mirrored at y = 0.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "config" / "demo_cell"

HEADER = "spot,x_mm,y_mm,z_mm,nx,ny,nz,stack,schedule,class,robot,sequence"


@dataclass(frozen=True)
class Flange:
    """A row of spots with one stack and one schedule, on both sides of the car."""

    name: str
    """Two letters, the start of the spots' names."""
    place: str
    points: tuple[tuple[float, float], ...]
    """Corners (x, z) of the row [mm]; spots lie at equal distance along it, the first and last on its ends."""
    spots: int
    stack: str
    schedule: str
    critical: bool = False
    robots: tuple[str, str] = ("", "")
    """Robots that must weld it, left and right; empty: the planner chooses."""


HINGE_STACK = "DX56+Z:0.75|HC340LA:1.2"
PILLAR_STACK = "DX56+Z:0.75|HC340LA:1.2|HC340LA:1.5"
SILL_STACK = "DX56+Z:0.9|HC340LA:1.4"
B_PILLAR_STACK = "DX56+Z:0.75|22MnB5+AS:1.4|HC340LA:1.1"
ROOF_STACK = "DC04:0.75|DC04:0.9"
WHEEL_STACK = "DC04:0.9|DC04:1.0"
C_PILLAR_STACK = "DX56+Z:0.75|DX56+Z:0.9"


def arc(x: float, z: float, radius: float, start_deg: float, end_deg: float) -> tuple[tuple[float, float], ...]:
    """Return corners along a circle in the side view, every 5 degrees from `start_deg` (0: rearwards, 90: up)."""
    steps = max(1, round(abs(end_deg - start_deg) / 5.0))
    angles = (math.radians(start_deg + (end_deg - start_deg) * step / steps) for step in range(steps + 1))
    return tuple((x + radius * math.cos(angle), z + radius * math.sin(angle)) for angle in angles)


SEDAN = (
    Flange("ah", "A-pillar, hinge flange", ((560, 260), (560, 480)), 5, HINGE_STACK, "z07"),
    Flange("au", "A-pillar, windscreen flange", ((760, 800), (925, 925)), 5, PILLAR_STACK, "z12", True),
    Flange("sf", "sill, front door", ((740, 15), (990, 15)), 6, SILL_STACK, "z09"),
    Flange("bf", "B-pillar, front flange", ((1290, 330), (1330, 560)), 5, B_PILLAR_STACK, "b11", True),
    Flange("br", "B-pillar, rear flange", ((1430, 330), (1430, 530)), 5, B_PILLAR_STACK, "b11", True),
    Flange("sr", "sill, rear door", ((1640, 15), (1840, 15)), 5, SILL_STACK, "z09"),
    Flange("rr", "roof rail, rear door", ((1620, 1235), (1770, 1225)), 4, ROOF_STACK, "d07"),
    Flange("wh", "wheel house, front half", arc(2750, 260, 380, 165, 130), 5, WHEEL_STACK, "d09"),
)

WAGON = (
    Flange("ah", "A-pillar, hinge flange", ((560, 260), (560, 480)), 5, HINGE_STACK, "z07"),
    Flange("au", "A-pillar, windscreen flange", ((760, 800), (885, 895)), 4, PILLAR_STACK, "z12", True),
    Flange("sf", "sill, front door", ((740, 15), (980, 15)), 6, SILL_STACK, "z09"),
    Flange("bf", "B-pillar, front flange", ((1290, 330), (1330, 560)), 5, B_PILLAR_STACK, "b11", True),
    Flange("br", "B-pillar, rear flange", ((1430, 330), (1430, 530)), 5, B_PILLAR_STACK, "b11", True),
    Flange("sr", "sill, rear door", ((1640, 15), (1760, 15)), 4, SILL_STACK, "z09"),
    Flange("rr", "roof rail, rear door", ((1780, 1240), (1880, 1240)), 3, ROOF_STACK, "d07"),
    Flange("cp", "C-pillar, door flange", ((2080, 700), (2045, 835)), 4, C_PILLAR_STACK, "z07"),
    Flange("wh", "wheel house, front half", arc(2750, 260, 380, 165, 140), 4, WHEEL_STACK, "d09"),
)

VARIANTS = {"sedan": SEDAN, "wagon": WAGON}

SIDES = (("l", "left", -1.0), ("r", "right", 1.0))


def surface(z: float) -> tuple[float, float]:
    """Return how far the body side is from the middle of the car [mm], and how far it leans in [rad], at height z [mm].

    Upright below the belt line at 600 mm, leaning in by 18 degrees above it.
    """
    if z <= 600.0:
        return 780.0, 0.0
    lean = math.radians(18.0)
    return 780.0 - (z - 600.0) * math.tan(lean), lean


def along(points: tuple[tuple[float, float], ...], count: int) -> Iterator[tuple[float, float]]:
    """Yield `count` points at equal distance along a row of corners, both ends included."""
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(points)]
    total = sum(lengths)
    for index in range(count):
        left = total * index / (count - 1)
        for (start, end), length in zip(itertools.pairwise(points), lengths, strict=True):
            if left <= length + 1e-9:
                share = left / length
                yield (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
                break
            left -= length


def weld_list(variant: str, flanges: tuple[Flange, ...]) -> str:
    """Return the CSV text of one variant's weld list."""
    lines = [
        f"# Weld list of the {variant}: part frame, x to the rear, y to the right, z up [mm].",
        "# n is the electrode axis, from the fixed tip inside the car to the moving tip outside.",
        "# Written by tools/make_demo_spots.py, which says where the numbers come from.",
        HEADER,
    ]
    for side, side_name, sign in SIDES:
        for flange in flanges:
            lines.append(f"# {flange.place}, {side_name}")
            robot = flange.robots[0 if side == "l" else 1]
            spot_class = "critical" if flange.critical else "regular"
            for number, (x, z) in enumerate(along(flange.points, flange.spots), start=1):
                distance, lean = surface(z)
                normal = f"0,{sign * math.cos(lean):.5f},{math.sin(lean):.5f}"
                lines.append(
                    f"{flange.name}{side}{number:02d},{x:.1f},{sign * distance:.1f},{z:.1f},{normal},"
                    f"{flange.stack},{flange.schedule},{spot_class},{robot},"
                )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write all lists and tell where."""
    for variant, flanges in VARIANTS.items():
        path = FOLDER / f"{variant}_spots.csv"
        path.write_text(weld_list(variant, flanges), encoding="utf-8")
        print(f"{path}: {2 * sum(flange.spots for flange in flanges)} spots")
    return 0


if __name__ == "__main__":
    sys.exit(main())
