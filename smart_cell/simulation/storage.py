# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Small files in which simulated hardware keeps what real hardware would keep through a power loss.

Both kinds block until the disk has what they were given, so they are written from a writer thread only. A
write that failed latches: from then on the file says no.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from smart_cell.core.errors import SmartCellError

T = TypeVar("T")


class Writer(Protocol):
    """Runs what blocks somewhere else, one after the other."""

    def __call__(self, job: Callable[[], T], then: Callable[[T | BaseException], None]) -> None:
        """Run `job`; its result or what it raised goes to `then`, in the caller's thread."""
        ...


def write_now(job: Callable[[], T], then: Callable[[T | BaseException], None]) -> None:
    """Run `job` at once: a `Writer` for virtual time, where waiting for the disk costs nothing."""
    try:
        result = job()
    except Exception as error:
        then(error)
    else:
        then(result)


class StorageError(SmartCellError):
    """A file of simulated hardware cannot be used."""


class StorageDamagedError(StorageError):
    """What is in the file is not what was written."""


class StorageFailedError(StorageError):
    """The disk did not take what was to be written."""


class Log(Protocol):
    """What `AppendLog` offers, for whoever does not care where it is kept."""

    @property
    def found(self) -> tuple[Mapping[str, Any], ...]:
        """What was there at the start, oldest first."""
        ...

    def append(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Add objects to the end; they are durable on return."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class State(Protocol):
    """What `StateFile` offers, for whoever does not care where it is kept."""

    def load(self) -> dict[str, Any] | None:
        """Return what was saved last, None if nothing was."""
        ...

    def save(self, data: Mapping[str, Any]) -> None:
        """Replace the content; it is durable on return."""
        ...


class MemoryLog:
    """A log for virtual time, as durable as its object."""

    def __init__(self) -> None:
        """Start empty."""
        self.items: list[Mapping[str, Any]] = []
        """Everything that was appended, oldest first."""

    @property
    def found(self) -> tuple[Mapping[str, Any], ...]:
        """What is there, oldest first."""
        return tuple(self.items)

    def append(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Add objects to the end."""
        self.items.extend(items)

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""


class MemoryState:
    """A state file for virtual time, as durable as its object."""

    def __init__(self) -> None:
        """Start with nothing saved."""
        self._data: dict[str, Any] | None = None

    def load(self) -> dict[str, Any] | None:
        """Return what was saved last, None if nothing was."""
        return None if self._data is None else dict(self._data)

    def save(self, data: Mapping[str, Any]) -> None:
        """Replace the content."""
        self._data = dict(data)


class AppendLog:
    """A file of JSON objects, one a line with its CRC-32, that only grows.

    A line that a power cut tore off is cut when the file is opened; any other damage is an error.
    """

    def __init__(self, path: Path) -> None:
        """Open the log or make an empty one.

        Raises:
            StorageDamagedError: A line before the last one is not what was written.
            StorageFailedError: The file cannot be opened or made.
        """
        self.path = path
        self._failure: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists()
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            if is_new:
                _sync_folder(path.parent)
            content = path.read_bytes()
        except OSError as error:
            raise StorageFailedError(f"{path}: {error}; check that the folder is writable and has room") from error
        self._found, good = _parse_lines(path, content)
        if good < len(content):
            os.ftruncate(self._file, good)
            os.fdatasync(self._file)

    @property
    def found(self) -> tuple[Mapping[str, Any], ...]:
        """What was in the file when it was opened, oldest first."""
        return self._found

    def append(self, items: Sequence[Mapping[str, Any]]) -> None:
        """Write objects to the end; they are durable on return.

        Raises:
            StorageFailedError: The disk did not take them, now or at an earlier call.
        """
        if self._failure is not None:
            raise StorageFailedError(self._failure)
        lines = b"".join(_line(item) for item in items)
        try:
            written = os.write(self._file, lines)
            if written < len(lines):
                raise OSError(f"{written} of {len(lines)} bytes were written")
            os.fdatasync(self._file)
        except OSError as error:
            self._failure = f"{self.path}: {error}; make room or repair the disk, then start the process again"
            raise StorageFailedError(self._failure) from error

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


class StateFile:
    """A file that holds one JSON object and is replaced as a whole: after a crash the old or the new one is there."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is read or made yet."""
        self.path = path
        self._failure: str | None = None

    def load(self) -> dict[str, Any] | None:
        """Return what was saved last, None if nothing was.

        Raises:
            StorageDamagedError: The content is not what was written.
            StorageFailedError: The file cannot be read.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageFailedError(f"{self.path}: {error}") from error
        items, good = _parse_lines(self.path, content)
        if len(items) != 1 or good != len(content):
            raise StorageDamagedError(f"{self.path}: not a whole object; {_WHAT_TO_DO}")
        return dict(items[0])

    def save(self, data: Mapping[str, Any]) -> None:
        """Replace the content; it is durable on return.

        Raises:
            StorageFailedError: The disk did not take it, now or at an earlier call.
        """
        if self._failure is not None:
            raise StorageFailedError(self._failure)
        unfinished = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(_line(data))
                file.flush()
                os.fdatasync(file.fileno())
            os.replace(unfinished, self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            self._failure = f"{self.path}: {error}; make room or repair the disk, then start the process again"
            raise StorageFailedError(self._failure) from error


_WHAT_TO_DO = "simulated hardware lost its memory: move the file away to start with a fresh one"


def read_log(path: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the objects of a log without opening it for writing; a torn last line is left out.

    Raises:
        StorageDamagedError: A line before the last one is not what was written.
    """
    try:
        return _parse_lines(path, path.read_bytes())[0]
    except FileNotFoundError:
        return ()


def _line(item: Mapping[str, Any]) -> bytes:
    data = json.dumps(item, separators=(",", ":"), allow_nan=False).encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _parse_lines(path: Path, content: bytes) -> tuple[tuple[Mapping[str, Any], ...], int]:
    """Return the objects and the number of bytes that are good."""
    items: list[Mapping[str, Any]] = []
    good = 0
    while good < len(content):
        end = content.find(b"\n", good)
        line = content[good:end]
        if end < 0 or line[:9] != b"%08x " % zlib.crc32(line[9:]):
            if end >= 0 and end + 1 < len(content):
                raise StorageDamagedError(f"{path}:{len(items) + 1}: wrong checksum; {_WHAT_TO_DO}")
            break
        items.append(json.loads(line[9:]))
        good = end + 1
    return tuple(items), good


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
