# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The demo cell and its plan, made once for all tests that look at them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell, Spot, Variant
from smart_cell.core.paths import share_dir
from smart_cell.planning.planner import plan_cell
from smart_cell.planning.program import Plan


@cache
def demo_cell() -> Cell:
    return load_cell(share_dir() / "config" / "demo_cell.yaml")


@cache
def demo_plan() -> Plan:
    return plan_cell(demo_cell())


def spot_of(variant: str, name: str) -> Spot:
    return next(spot for spot in demo_cell().variants[variant].spots if spot.name == name)


def cell_with(*spots: Spot) -> Cell:
    """Return the demo cell with a single variant `few` that has only these spots."""
    return replace(demo_cell(), variants={"few": Variant("few", spots)})
