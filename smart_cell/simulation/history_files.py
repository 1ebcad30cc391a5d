# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Read from the folder of a run what `check_history` needs, and nothing but the files."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from smart_cell.cell.model import Cell
from smart_cell.core.errors import SmartCellError
from smart_cell.simulation.history import GunFacts, HistoryFacts


class HistoryUnreadableError(SmartCellError):
    """A file of a run cannot be read, so that nothing can be said about its welds."""


def read_history(state_dir: Path, cell: Cell) -> HistoryFacts:
    """Return what a run wrote down about its welds.

    Args:
        state_dir: Folder of the run.
        cell: The cell that ran.

    Raises:
        HistoryUnreadableError: A file is damaged.
    """
    guns = tuple(
        GunFacts(
            name,
            _read_journal(state_dir / "guns" / f"{name}.db"),
            _read_timer(state_dir / "sim" / "timers" / f"{gun.timer}.jsonl"),
        )
        for name, gun in cell.guns.items()
    )
    supervisor = _read_journal(state_dir / "supervisor.db")
    variants = {entry["body"]: entry["variant"] for entry in supervisor if entry["kind"] == "body_begun"}
    spots = {name: frozenset(spot.name for spot in variant.spots) for name, variant in cell.variants.items()}
    required = {entry["body"]: spots[variants[entry["body"]]] for entry in supervisor if entry["kind"] == "body_left"}
    decisions = tuple(entry for entry in supervisor if entry["kind"] == "decision")
    return HistoryFacts(required, guns, decisions)


def _read_journal(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of a journal, each entry's data with its sequence and kind; empty if there is none."""
    if not path.exists():
        return ()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT sequence, kind, data FROM entry ORDER BY sequence").fetchall()
        return tuple({**json.loads(data), "sequence": sequence, "kind": kind} for sequence, kind, data in rows)
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise HistoryUnreadableError(
            f"{path}: {error}; keep the folder, its welds have to be checked by hand"
        ) from error


def _read_timer(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the lines of a timer's memory; one torn off at the end is left out, empty if there are none."""
    if not path.exists():
        return ()
    lines = path.read_bytes().split(b"\n")
    events = []
    for number, line in enumerate(lines[:-1], start=1):
        checksum, _, data = line.partition(b" ")
        if checksum != b"%08x" % zlib.crc32(data):
            raise HistoryUnreadableError(f"{path}:{number}: wrong checksum; the timer's memory is damaged")
        events.append(json.loads(data))
    return tuple(events)
