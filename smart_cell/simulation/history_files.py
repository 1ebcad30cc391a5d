# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Read from the folder of a run what `check_history` needs, and nothing but the files."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smart_cell.cell.model import Cell
from smart_cell.core.errors import SmartCellError


@dataclass(frozen=True, slots=True)
class GunFacts:
    """What one gun and its timer wrote down."""

    gun: str
    entries: tuple[Mapping[str, Any], ...]
    """The gun's journal, in order: each entry's data with its `sequence` and `kind`."""
    events: tuple[Mapping[str, Any], ...]
    """The timer's memory, in order."""


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """Everything that was written down about welds."""

    required: Mapping[str, frozenset[str]]
    """For each body that left, the spots that had to be welded."""
    guns: tuple[GunFacts, ...]
    decisions: tuple[Mapping[str, Any], ...]
    """People's decisions: `body`, `spot`, `decision` (accept, reweld or repair)."""


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
    left = [entry["body"] for entry in supervisor if entry["kind"] == "body_left"]
    unknown = [body for body in left if variants.get(body) not in spots]
    if unknown:
        raise HistoryUnreadableError(
            f"{state_dir}: body {unknown[0]} is a '{variants.get(unknown[0])}', which {cell.source} does not have; "
            "use the cell file of that run"
        )
    required = {body: spots[variants[body]] for body in left}
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
