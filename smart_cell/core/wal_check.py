# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tell a torn end of an SQLite write-ahead log from damage in its middle.

SQLite stops reading a log at the first frame whose checksum is wrong and drops everything after it in
silence. Where each transaction is synced, a power cut can tear the last one only; a bad frame with whole
transactions behind it means that durable entries would vanish. Format: sqlite.org/fileformat2.html, section
4.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER_SIZE = 32
_FRAME_HEADER_SIZE = 24
_MAGIC_LITTLE_ENDIAN = 0x377F0682
_MAGIC_BIG_ENDIAN = 0x377F0683
_MASK = 0xFFFFFFFF


def find_wal_damage(path: Path) -> str | None:
    """Return what is wrong with the middle of a log; None if at most its last transaction is torn.

    Args:
        path: The log (`<database>-wal`); a missing one is a good one.
    """
    try:
        log = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(log) <= _HEADER_SIZE:
        return None
    magic, _version, page_size, _checkpoint = struct.unpack_from(">4I", log)
    if magic not in (_MAGIC_LITTLE_ENDIAN, _MAGIC_BIG_ENDIAN):
        return "the header of the write-ahead log is not one of SQLite"
    order = "<" if magic == _MAGIC_LITTLE_ENDIAN else ">"
    checksum = _checksum(log[:24], order, (0, 0))
    if checksum != struct.unpack_from(">2I", log, 24):
        return "the header of the write-ahead log has a wrong checksum"
    salt = log[16:24]
    frame_size = _FRAME_HEADER_SIZE + page_size
    first_bad: int | None = None
    committed_after_bad = False
    for number, start in enumerate(range(_HEADER_SIZE, len(log) - frame_size + 1, frame_size), start=1):
        has_salt = log[start + 8 : start + 16] == salt
        if first_bad is None:
            checksum = _checksum(log[start : start + 8], order, checksum)
            checksum = _checksum(log[start + _FRAME_HEADER_SIZE : start + frame_size], order, checksum)
            if has_salt and checksum == struct.unpack_from(">2I", log, start + 16):
                continue
            first_bad = number
        if not has_salt:
            continue  # a frame left over from before the log was last started anew, or the bad frame itself
        if committed_after_bad:
            return f"frame {first_bad} of the write-ahead log is damaged, and whole transactions follow it"
        committed_after_bad = struct.unpack_from(">I", log, start + 4)[0] != 0
    return None


def _checksum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    first, second = start
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
