# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Writes what is derived from the schema: the JSON Schema for editors and the reference page of the cell file.

Run `python -m smart_cell.cell.reference` in a source tree after a change of the schema; a test compares the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from smart_cell.cell.document import MAX_DEPTH, MAX_VALUES
from smart_cell.cell.files import MAX_CELL_FILE, MAX_WELD_LIST
from smart_cell.cell.schema import CELL_SCHEMA, NAME, NAMED_SECTIONS, RESERVED_NAMES, SHAPE, Schema
from smart_cell.cell.schema_check import allowed_text
from smart_cell.cell.weld_list import (
    MAX_POSITION_MM,
    MAX_THICKNESS_MM,
    MIN_THICKNESS_MM,
    NORMAL_TOLERANCE,
    SHEETS,
)
from smart_cell.core.paths import share_dir

SCHEMA_FILE: Final = Path("config/cell.schema.json")
REFERENCE_FILE: Final = Path("docs/reference/cell_file.md")


def schema_json() -> str:
    """Return the text of the JSON Schema file."""
    return json.dumps(CELL_SCHEMA, indent=2, ensure_ascii=False) + "\n"


def reference_page() -> str:
    """Return the reference page of the cell file and its weld lists, in Markdown."""
    properties: Mapping[str, Schema] = CELL_SCHEMA["properties"]
    plain = {name: part for name, part in properties.items() if "additionalProperties" not in part}
    sections = {name: part for name, part in properties.items() if name not in plain}
    parts = [_INTRODUCTION, "## Top level\n", *_table(plain, CELL_SCHEMA["required"])]
    for name in [*(name for name in NAMED_SECTIONS if name in sections), "variants", "schedules"]:
        entry = sections[name]["additionalProperties"]
        presence = "At least one is needed." if sections[name]["minProperties"] else "The section may be left out."
        parts += [f"\n## {name}\n", f"{entry['title']}. {presence}\n"]
        parts += _table(entry["properties"], entry["required"])
    shapes = [_SHAPES, *_table(SHAPE["properties"], SHAPE["required"])]
    return "\n".join([*parts, *shapes, _CHECKS, _WELD_LIST])


def _table(properties: Mapping[str, Schema], required: list[str]) -> list[str]:
    rows = ["| key | allowed | default | meaning |", "|---|---|---|---|"]
    for key, schema, is_required in _rows(properties, required, ""):
        default = "needed" if is_required else f"`{json.dumps(schema['default'])}`" if "default" in schema else "none"
        reference = schema.get("x-refers-to")
        allowed = f"a name from {reference}" if reference else allowed_text(schema)
        rows.append(f"| `{key}` | {allowed} | {default} | {schema['title']} |")
    return rows


def _rows(properties: Mapping[str, Schema], required: list[str], prefix: str) -> Iterator[tuple[str, Schema, bool]]:
    """Yield each key with its schema and whether it is needed; a group of keys is followed by its keys."""
    for key, schema in properties.items():
        path = f"{prefix}{key}"
        inner: Any = schema.get("items") if schema.get("type") == "array" else schema
        yield path, schema, key in required
        if isinstance(inner, dict) and "properties" in inner:
            brackets = "[]" if inner is not schema else ""
            yield from _rows(inner["properties"], inner["required"], f"{path}{brackets}.")


def main() -> None:
    """Write both files into the source tree."""
    for path, text in ((SCHEMA_FILE, schema_json()), (REFERENCE_FILE, reference_page())):
        target = share_dir() / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


_INTRODUCTION: Final = f"""# The cell file

<!-- Written by `python -m smart_cell.cell.reference` from smart_cell/cell/schema.py. -->

One YAML file describes a cell; `smart_cell check FILE` checks it and its weld lists, `smart_cell new DIR` writes one to
start from. For completion and checks while you type, put this line first and `config/cell.schema.json` beside the file:

    # yaml-language-server: $schema=cell.schema.json

**Units** are SI (m, s, rad, m/s). Another unit is the ending of the key: `_mm`, `_deg`, `_ms`, `_kn` (kN), `_ka` (kA).

**Names** are {NAME["x-allowed"]}.
A name under {", ".join(NAMED_SECTIONS[:-1])} or
{NAMED_SECTIONS[-1]} becomes a ROS name: it is there once in the whole file, and it is none of
{", ".join(sorted(RESERVED_NAMES))}.

**YAML** is used in the part that every tool reads alike: mappings, lists, numbers and text. Refused are tags, anchors,
aliases, merge keys, several documents, keys that are there twice, `.inf` and `.nan`, and unquoted words and numbers
with two readings: `no`, `on`, `1_000`, `010`, `1:30`. A file has at most {MAX_CELL_FILE >> 20} MiB, {MAX_VALUES}
values and {MAX_DEPTH} levels.
"""

_SHAPES: Final = """
## Shapes

What `shape` of a gun, `fixture` of a station and `body` of a variant are made of: boxes and capsules by name, such as

    fixture:
      frame_left: {box: {xyz: [1.4, -0.9, -0.2], size: [2.6, 0.2, 0.3]}}
      pin_front: {capsule: {from: [0.6, -0.7, -0.3], to: [0.6, -0.7, 0.0], radius: 0.04}}

A shape has one of the keys `box` and `capsule`. Its name is what reports of clearance call it.
"""

_CHECKS: Final = """
## What else is checked

- Every name that is referred to is declared.
- Each gun is on one robot, each timer at one gun, each station on one conveyor, each clamp and sensor at one station;
  guns may share a dresser. What nothing uses is an error too.
- `part_present` names sensors of that type, `id_reader` one of the type body_id.
- A schedule's force and current are within what the guns and timers can do; for a spot whose robot is given, that
  robot's.
- A clamp's `timeout` is longer than its `travel_time`; a box's upper corner is above its lower one.
- `home_deg` is within the limits of the arm. An arm from a file has six joints that turn and a spherical wrist; see
  [use your own arm](../how-to/use-your-own-arm.md).
- A weld list, or the file of an arm, is in the folder of the cell file or below: no absolute path, no `..`, no link
  that leads out.
"""

_WELD_LIST: Final = f"""## Weld lists

A CSV file in UTF-8 of at most {MAX_WELD_LIST >> 20} MiB: commas between values, decimal points, one row per spot. The
columns may be in any order, `robot` and `sequence` may be left out. Lines that start with `#` and empty lines are
skipped. Positions and normals are in the part frame, which the station places in the cell.

| column | allowed | meaning |
|---|---|---|
| `spot` | letters, digits and `_ . -`, first a letter or digit, at most 40 | Name of the spot, once in the list |
| `x_mm` `y_mm` `z_mm` | numbers [mm] from {-MAX_POSITION_MM:g} to {MAX_POSITION_MM:g} | Position |
| `nx` `ny` `nz` | a unit vector, its length within {NORMAL_TOLERANCE:g} of 1 | Electrode axis, from the fixed to the \
moving tip |
| `stack` | {SHEETS[0]} to {SHEETS[1]} of `material:thickness_mm`, joined by `\\|`, each {MIN_THICKNESS_MM} to \
{MAX_THICKNESS_MM} mm | Sheets, such as `DC04:0.8\\|DX56+Z:1.2` |
| `schedule` | a name from schedules | How it is welded |
| `class` | regular or critical | A critical spot is never skipped or left to repair |
| `robot` | a name from robots, or empty | Who must weld it; otherwise the planner decides |
| `sequence` | a whole number from 1, or empty | Place in its robot's order; otherwise the planner decides |
"""

if __name__ == "__main__":
    main()
