# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where a simulated arm stands, kept in a file as a real arm keeps it in its mechanics.

The file is mapped into memory and holds two records that are written in turn, so that a process that is killed while
it writes leaves the record before. Nothing is synced: the file outlives the process, not the machine.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from smart_cell.core.errors import SmartCellError
from smart_cell.motion.arm_model import JOINT_COUNT, Joints

_BODY = struct.Struct(f"<Q{JOINT_COUNT}d")
_CHECK = struct.Struct("<I")
_RECORD = _BODY.size + _CHECK.size


class ArmMemoryError(SmartCellError):
    """The file that says where an arm stands cannot be used; the text says which and what to do."""


class ArmMemory:
    """Joint angles of one simulated arm that outlive its process."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it together with its folder.

        Raises:
            ArmMemoryError: The file cannot be opened, or is none of ours.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                size = os.fstat(descriptor).st_size
                if size not in (0, 2 * _RECORD):
                    raise ArmMemoryError(f"{path} has {size} bytes, must have {2 * _RECORD}; remove the file")
                os.ftruncate(descriptor, 2 * _RECORD)
                self._map = mmap.mmap(descriptor, 2 * _RECORD)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise ArmMemoryError(f"cannot keep the arm's position in {path}: {error}") from error
        records = [record for slot in (0, 1) if (record := self._read(slot)) is not None]
        empty: tuple[int, Joints | None] = (0, None)
        self._newest = max(records, default=empty, key=lambda record: record[0])
        if not records and any(self._map[:]):
            self.close()
            raise ArmMemoryError(f"{path} is damaged; remove the file, and the arm starts at home")

    @property
    def joints(self) -> Joints | None:
        """Joint angles that were kept last [rad], A1 to A6; None in a new file."""
        return self._newest[1]

    def keep(self, joints: Sequence[float]) -> None:
        """Keep joint angles [rad], A1 to A6."""
        a1, a2, a3, a4, a5, a6 = joints
        number = self._newest[0] + 1
        body = _BODY.pack(number, a1, a2, a3, a4, a5, a6)
        begin = number % 2 * _RECORD
        self._map[begin : begin + _RECORD] = body + _CHECK.pack(zlib.crc32(body))
        self._newest = (number, (a1, a2, a3, a4, a5, a6))

    def close(self) -> None:
        """Give the file back; what was kept stays."""
        self._map.close()

    def _read(self, slot: int) -> tuple[int, Joints] | None:
        record = self._map[slot * _RECORD : (slot + 1) * _RECORD]
        number, a1, a2, a3, a4, a5, a6 = _BODY.unpack_from(record)
        if number == 0 or _CHECK.unpack_from(record, _BODY.size)[0] != zlib.crc32(record[: _BODY.size]):
            return None
        return number, (a1, a2, a3, a4, a5, a6)
