# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A cell with a name and nothing in it; `dataclasses.replace` adds what a test needs."""

from __future__ import annotations

from pathlib import Path

from smart_cell.cell.model import Cell


def empty_cell(name: str) -> Cell:
    """Return the cell."""
    return Cell(
        name=name,
        takt=60.0,
        robots={},
        guns={},
        timers={},
        dressers={},
        conveyors={},
        stations={},
        clamps={},
        sensors={},
        zones={},
        variants={},
        schedules={},
        source=Path(f"{name}.yaml"),
        digest="0" * 64,
    )
