# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A small good cell file, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

from smart_cell.cell.loader import load_cell
from smart_cell.core.errors import ConfigError, Problem

CELL = """\
schema: 1
cell: demo
takt: 60
robots:
  r1: {model: kr210_r2700_2, base: {xyz: [0, -2.2, 0], rpy_deg: [0, 0, 90]}, gun: g1}
  r2: {model: kr210_r2700_2, base: {xyz: [0, 2.2, 0], rpy_deg: [0, 0, -90]}, gun: g2}
guns:
  g1: {type: c, tcp: {xyz: [0, 0, 0.62], rpy_deg: [0, 0, 0]}, timer: t1, dresser: d1}
  g2: {type: x, tcp: {xyz: [0, 0, 0.62], rpy_deg: [0, 0, 0]}, timer: t2, dresser: d1, max_force_kn: 3.5}
timers:
  t1: {}
  t2: {max_current_ka: 12}
dressers:
  d1: {}
conveyors:
  cv1: {type: indexing, stations: [s1]}
stations:
  s1: {pitch: 6.0, part: {xyz: [0, 0, 0.8], rpy_deg: [0, 0, 0]}, clamps: [c1], part_present: [pp1], id_reader: id1}
clamps:
  c1: {}
sensors:
  pp1: {type: part_present}
  id1: {type: body_id}
zones:
  z1: {robots: [r1, r2], box: {lower: [0, -1, 0], upper: [1, 1, 2]}}
variants:
  sedan: {spots: sedan.csv}
schedules:
  p11: {force_kn: 2.3, squeeze_ms: 200, pulses: [{current_ka: 8.5, time_ms: 180}], hold_ms: 100}
  p12: {force_kn: 4, squeeze_ms: 200, pulses: [{current_ka: 9, time_ms: 80, cool_ms: 40}, {current_ka: 9, time_ms: 80}], hold_ms: 60}
"""  # noqa: E501

HEADER = "spot,x_mm,y_mm,z_mm,nx,ny,nz,stack,schedule,class,robot,sequence"

SPOTS = f"""\
{HEADER}
S001,100.5,0,20,0,0,1,DC04:0.8|DX56+Z:1.2,p11,regular,,
S002,150.5,-30,20,0,-0.6,0.8,DC04:0.8|DX56+Z:1.2|DC04:1.0,p12,critical,r1,3
"""


def write_cell(folder: Path, cell: str = CELL, spots: str = SPOTS) -> Path:
    """Write a cell file and its weld list; return the cell file."""
    (folder / "sedan.csv").write_text(spots, encoding="utf-8")
    path = folder / "demo.yaml"
    path.write_text(cell, encoding="utf-8")
    return path


def changed(old: str, new: str, text: str = CELL) -> str:
    """Return `text` with its only `old` replaced."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def problems_of(folder: Path, cell: str = CELL, spots: str = SPOTS) -> tuple[Problem, ...]:
    """Return what the loader says about a cell; nothing if it is good."""
    try:
        load_cell(write_cell(folder, cell, spots), models={"kr210_r2700_2", "kr240_r2900_2"})
    except ConfigError as error:
        return error.problems
    return ()
