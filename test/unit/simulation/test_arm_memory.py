# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from smart_cell.simulation.arm_memory import ArmMemory, ArmMemoryError

FIRST = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SECOND = (1.1, 1.2, 1.3, 1.4, 1.5, 1.6)


def test_new_file_holds_nothing(tmp_path: Path) -> None:
    assert ArmMemory(tmp_path / "sim" / "r1").joints is None


def test_what_was_kept_last_is_there_after_a_kill(tmp_path: Path) -> None:
    memory = ArmMemory(tmp_path / "r1")
    memory.keep(FIRST)
    memory.keep(SECOND)
    assert memory.joints == SECOND
    assert ArmMemory(tmp_path / "r1").joints == SECOND


def test_torn_record_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "r1"
    memory = ArmMemory(path)
    memory.keep(FIRST)
    memory.keep(SECOND)
    memory.close()
    whole = path.read_bytes()
    for offset in range(len(whole) // 2):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 0xFF]) + whole[offset + 1 :])
        assert ArmMemory(path).joints == FIRST


def test_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r1"
    memory = ArmMemory(path)
    memory.keep(FIRST)
    memory.close()
    path.write_bytes(bytes([value ^ 0x5A for value in path.read_bytes()]))
    with pytest.raises(ArmMemoryError, match="damaged"):
        ArmMemory(path)
    path.write_bytes(b"something else")
    with pytest.raises(ArmMemoryError, match="14 bytes"):
        ArmMemory(path)


def test_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArmMemoryError, match="cannot keep"):
        ArmMemory(tmp_path / "file" / "r1")
