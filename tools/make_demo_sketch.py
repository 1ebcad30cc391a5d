#!/usr/bin/env python3
# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Draw the demo cell for its page in docs/: `.venv/bin/python tools/make_demo_sketch.py` in the repository.

The sketch shows what the cell file and the weld lists say: the left body side with the spots of each variant, and the
cell from above with robots, zones and spots.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell, Spot

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "demo_cell.svg"

WIDTH = 900
SIDE_SCALE = 240.0
"""Pixels per metre of the side views."""
TOP_SCALE = 110.0
"""Pixels per metre of the view from above."""
COLOURS = {"sedan": "#1f6fb2", "wagon": "#c2571a"}
LABELS = {
    "ah": "A-pillar, hinge",
    "au": "A-pillar, windscreen",
    "sf": "sill, front",
    "bf": "B-pillar, front",
    "br": "B-pillar, rear",
    "sr": "sill, rear",
    "rr": "roof rail",
    "cp": "C-pillar",
    "wh": "wheel house",
}


def sketch(cell: Cell) -> str:
    """Return the sketch as SVG text."""
    parts: list[str] = []
    top = 10.0
    for variant in cell.variants.values():
        left = [spot for spot in variant.spots if spot.position[1] < 0.0]
        parts += _side(variant.name, left, top)
        top += 400.0
    parts += _from_above(cell, top)
    height = top + 740.0
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif"'
        ' font-size="13">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>', *parts, "</svg>"]) + "\n"


def _side(name: str, spots: list[Spot], top: float) -> Iterator[str]:
    """Yield the left body side, seen from outside with the front to the left."""

    def at(x: float, z: float) -> tuple[float, float]:
        return 90.0 + SIDE_SCALE * x, top + 370.0 - SIDE_SCALE * z

    yield f'<text x="10" y="{top + 14:.0f}" font-weight="bold">{name}: left side, {len(spots)} spots</text>'
    for wheel in (0.0, 2.75):
        x, y = at(wheel, 0.26)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.33 * SIDE_SCALE:.1f}" fill="none" stroke="#bbb"/>'
    rows: dict[str, list[tuple[float, float]]] = {}
    for spot in spots:
        point = at(spot.position[0], spot.position[2])
        rows.setdefault(spot.name[:2], []).append(point)
        yield f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="4" fill="{COLOURS[name]}"/>'
    for row, points in rows.items():
        y = sum(point[1] for point in points) / len(points) - 9.0
        # The two rows of the B-pillar are so close that one label has to be on the other side.
        if row == "bf":
            place = f'x="{min(point[0] for point in points) - 9.0:.1f}" text-anchor="end"'
        else:
            place = f'x="{max(point[0] for point in points) + 9.0:.1f}"'
        yield f'<text {place} y="{y:.1f}">{row}l: {LABELS[row]}, {len(points)}</text>'


def _from_above(cell: Cell, top: float) -> Iterator[str]:
    """Yield the cell from above: x to the right, y upwards."""

    def at(x: float, y: float) -> tuple[float, float]:
        return 0.5 * WIDTH + TOP_SCALE * x, top + 370.0 - TOP_SCALE * y

    yield f'<text x="10" y="{top + 14:.0f}" font-weight="bold">from above (x to the right, y up, 1 m grid)</text>'
    for number in range(-3, 4):
        (x, _), (_, y) = at(number, 0.0), at(0.0, number)
        yield f'<path d="M{x:.0f} {top + 30:.0f}V{top + 710:.0f}M100 {y:.0f}H800" stroke="#eee"/>'
    for zone in cell.zones.values():
        if zone.box is not None:
            (x, y), (right, bottom) = at(zone.box.lower[0], zone.box.upper[1]), at(zone.box.upper[0], zone.box.lower[1])
            size = f'width="{right - x:.1f}" height="{bottom - y:.1f}"'
            yield f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="#f4d35e" fill-opacity="0.5"/>'
            yield f'<text x="{x:.1f}" y="{y - 5.0:.1f}">{zone.name}</text>'
    part = next(iter(cell.stations.values())).part
    for variant in cell.variants.values():
        for spot in variant.spots:
            place = part.apply(spot.position)
            x, y = at(place[0], place[1])
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{COLOURS[variant.name]}"/>'
    for robot in cell.robots.values():
        x, y = at(*robot.base.xyz[:2])
        facing = robot.base.apply((0.6, 0.0, 0.0))
        tip = at(facing[0], facing[1])
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{0.35 * TOP_SCALE:.1f}" fill="#eb8b3a" fill-opacity="0.7"/>'
        yield f'<path d="M{x:.1f} {y:.1f}L{tip[0]:.1f} {tip[1]:.1f}" stroke="#444" stroke-width="3"/>'
        yield f'<text x="{x + 48:.1f}" y="{y + 4:.1f}">{robot.name}, {robot.gun}</text>'


def main() -> int:
    """Write the sketch and tell where."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(sketch(load_cell(ROOT / "config" / "demo_cell.yaml")), encoding="utf-8")
    print(TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
