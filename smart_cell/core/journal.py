# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A journal: an append-only list of entries that are on the disk when `append` returns.

SQLite with a write-ahead log and `synchronous=FULL`; each entry carries its own CRC-32, sequence numbers have
no gaps and are never reused. What a power cut tears off is cut; damage anywhere else is an error that names
the place.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from smart_cell.core.errors import SmartCellError
from smart_cell.core.wal_check import find_wal_damage

IN_MEMORY: Final = ":memory:"
"""Path of a journal that lives as long as its object, for virtual time."""

_MIGRATIONS: Final = (
    # AUTOINCREMENT keeps the highest sequence in a table of its own, which exposes a lost end of the entry
    # table.
    """
    CREATE TABLE entry (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        epoch INTEGER NOT NULL,
        time REAL NOT NULL,
        kind TEXT NOT NULL,
        data TEXT NOT NULL,
        crc INTEGER NOT NULL
    )
    """,
)
"""Statement number n leads from schema version n to n + 1; shipped ones never change."""

_COLUMNS: Final = "sequence, epoch, time, kind, data, crc"
_BUSY_TIMEOUT = 1.0
_WHAT_TO_DO = "move the file and its -wal file away, keep them, and let a person decide about open welds"


class JournalError(SmartCellError):
    """A journal cannot be used."""


class JournalDamagedError(JournalError):
    """What is in the file is not what was written."""


class JournalFailedError(JournalError):
    """The file could not be opened, read or written; after a failed write nothing is appended any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to write down."""

    kind: str
    data: Mapping[str, Any]
    """A JSON object."""
    time: float = 0.0
    """When it happened [s]."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry that is in the journal."""

    sequence: int
    """Position in the journal, 1 for the first."""
    epoch: int
    """Epoch of the journal object that wrote it."""
    time: float
    """When it happened [s]."""
    kind: str
    data: Mapping[str, Any]


class Journal:
    """A journal file and the numbers of its entries.

    Appending is for one thread at a time and reading for one thread at a time; the two need not be the same,
    because they use connections of their own. A second process that appends to the same file makes the slower
    of the two fail: sequence numbers are fences.

    Example:
        >>> journal = Journal(IN_MEMORY, epoch=7)
        >>> journal.append([Entry("intent", {"spot": "S001"}), Entry("record", {"result": "ok"})])
        2
        >>> [(stored.sequence, stored.kind) for stored in journal.read(after=1)]
        [(2, 'record')]
    """

    def __init__(self, path: Path | str, *, epoch: int = 0) -> None:
        """Open the journal, make it if there is none, and check every entry.

        Args:
            path: The file, or `IN_MEMORY`.
            epoch: Written with every entry, so that runs can be told apart.

        Raises:
            JournalDamagedError: An entry or the file is not what was written.
            JournalFailedError: The file cannot be opened, made or read.
        """
        self.path = str(path)
        self.epoch = epoch
        self.failure: str | None = None
        """Why nothing can be appended any more; None while it can."""
        self._newest = 0
        if self.path == IN_MEMORY:
            self._writer = self._reader = sqlite3.connect(IN_MEMORY, isolation_level=None, check_same_thread=False)
            _migrate(self._writer)
            return
        with _translated(self.path):
            _prepare_file(Path(self.path))
            self._writer = _connect(self.path)
            try:
                self._check_file()
                self._reader = _connect(self.path)
            except BaseException:
                self._writer.close()
                raise

    @property
    def newest(self) -> int:
        """Sequence of the newest entry; 0 while there is none."""
        return self._newest

    def append(self, entries: Sequence[Entry]) -> int:
        """Write entries, all or none, and return the sequence of the last one. They are durable on return.

        Blocks until the disk has them: 0.5 ms as a rule, 10 ms at times.

        Raises:
            JournalFailedError: The disk did not take them, now or at an earlier call: a failed write latches.
            ValueError: An entry is not a JSON object with finite numbers; nothing was written and nothing
            latches.
        """
        if self.failure is not None:
            raise JournalFailedError(self.failure)
        rows = [
            _row(Stored(sequence, self.epoch, entry.time, entry.kind, entry.data))
            for sequence, entry in enumerate(entries, start=self._newest + 1)
        ]
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            self._writer.executemany(f"INSERT INTO entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._writer.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            # A write that failed may be on the disk in part: trying again could report success that is none.
            self.failure = (
                f"{self.path}: writing entry {self._newest + 1} failed: {error}; make room or repair the disk, "
                "then start the process again"
            )
            raise JournalFailedError(self.failure) from error
        self._newest += len(rows)
        return self._newest

    def read(self, after: int = 0, most: int | None = None, kinds: Sequence[str] = ()) -> Iterator[Stored]:
        """Yield entries in order.

        Args:
            after: Sequence of the last entry the caller has.
            most: Largest number of entries; None for no limit.
            kinds: Kinds that are wanted; empty for all.

        Raises:
            JournalDamagedError: An entry is not what was written.
            JournalFailedError: The file cannot be read.
        """
        wanted = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        with _translated(self.path):
            rows = self._reader.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE sequence > ? {wanted} ORDER BY sequence LIMIT ?",
                (after, *kinds, -1 if most is None else most),
            )
            for row in rows:
                yield _stored(self.path, row)

    def close(self) -> None:
        """Give the file back; closing twice does nothing."""
        self._reader.close()
        self._writer.close()

    def __enter__(self) -> Journal:
        """Return the journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the journal."""
        self.close()

    def _check_file(self) -> None:
        verdict = self._writer.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged(self.path, f"SQLite finds: {verdict}")
        _migrate(self._writer)
        for row in self._writer.execute(f"SELECT {_COLUMNS} FROM entry ORDER BY sequence"):
            stored = _stored(self.path, row)
            if stored.sequence != self._newest + 1:
                raise _damaged(self.path, f"entry {self._newest + 1} is missing, entry {stored.sequence} follows")
            self._newest = stored.sequence
        highest = self._writer.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence").fetchone()[0]
        if highest != self._newest:
            raise _damaged(self.path, f"the last entry is {self._newest}, but {highest} were written")


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Turn what SQLite and the operating system raise into the errors of this module."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        # OperationalError says that the file could not be used, its base class that it makes no sense.
        raise JournalFailedError(f"{path}: {error}; check that the folder exists, is writable and has room") from error
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error


def _prepare_file(path: Path) -> None:
    """Check the file as far as it goes without SQLite, or make it whole in one step.

    A new file gets its name only when it is complete; so an empty or half one is always damage.
    """
    log = path.with_name(path.name + "-wal")
    if path.exists():
        if path.stat().st_size == 0:
            raise _damaged(str(path), "the file is empty")
        problem = find_wal_damage(log)
        if problem is not None:
            raise _damaged(str(path), problem)
        return
    if log.exists() and log.stat().st_size > 0:
        raise _damaged(str(path), "the file is missing, but its write-ahead log is there")
    unfinished = path.with_name(path.name + ".new")
    for leftover in (unfinished, path.with_name(unfinished.name + "-wal"), path.with_name(unfinished.name + "-shm")):
        leftover.unlink(missing_ok=True)
    connection = _connect(str(unfinished))
    try:
        _migrate(connection)
    finally:
        connection.close()
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_MIGRATIONS):
        raise JournalFailedError(
            f"the journal has schema version {version}, this software knows up to {len(_MIGRATIONS)}; "
            "use the version that wrote it or a newer one"
        )
    for number, statement in enumerate(_MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")


def _row(stored: Stored) -> tuple[int, int, float, str, str, int]:
    if not math.isfinite(stored.time):
        raise ValueError(f"time of a {stored.kind} entry is {stored.time}, must be a finite number of seconds")
    data = json.dumps(stored.data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    crc = _crc(stored.sequence, stored.epoch, stored.time, stored.kind, data)
    return (stored.sequence, stored.epoch, stored.time, stored.kind, data, crc)


def _stored(path: str, row: tuple[Any, ...]) -> Stored:
    sequence, epoch, time, kind, data, crc = row
    if not isinstance(data, str) or crc != _crc(sequence, epoch, time, kind, data):
        raise _damaged(path, f"entry {sequence} does not match its checksum")
    return Stored(sequence, epoch, time, kind, json.loads(data))


def _crc(sequence: int, epoch: int, time: float, kind: str, data: str) -> int:
    return zlib.crc32(f"{sequence}|{epoch}|{float(time)!r}|{kind}|{data}".encode())


def _damaged(path: str, what: str) -> JournalDamagedError:
    return JournalDamagedError(f"{path}: {what}; {_WHAT_TO_DO}")
