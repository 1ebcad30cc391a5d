# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Small files: after a crash there is what was acknowledged, and damage is noticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.simulation.storage import (
    AppendLog,
    StateFile,
    StorageDamagedError,
    StorageFailedError,
    read_log,
    write_now,
)

ITEMS = [{"event": "started", "count": number, "text": "ü\n"} for number in range(12)]


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(1, 3), max_size=5), torn=st.integers(0, 60))
def test_a_torn_end_is_cut_and_everything_else_stays(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], torn: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "deep" / "t1.jsonl"
    log = AppendLog(path)
    assert log.found == ()
    written = 0
    for size in sizes:
        log.append(ITEMS[written : written + size])
        written += size
    log.close()
    complete = path.read_bytes()
    path.write_bytes(complete + b'0badc0de {"event":"started","count":99,"text":"torn by a power cut"}\n'[:torn])
    assert read_log(path) == tuple(ITEMS[:written])
    again = AppendLog(path)
    assert again.found == tuple(ITEMS[:written])
    assert path.read_bytes() == complete
    again.append(ITEMS[:1])
    again.close()
    assert read_log(path) == (*ITEMS[:written], ITEMS[0])


def test_a_log_cut_anywhere_leaves_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "t1.jsonl"
    log = AppendLog(path)
    log.append(ITEMS)
    log.close()
    content = path.read_bytes()
    for cut in range(0, len(content), 7):
        path.write_bytes(content[:cut])
        found = read_log(path)
        assert found == tuple(ITEMS[: content[:cut].count(b"\n")])


def test_damage_before_the_end_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t1.jsonl"
    log = AppendLog(path)
    log.append(ITEMS)
    log.close()
    content = path.read_bytes()
    last_line = content[:-1].rfind(b"\n") + 1
    for place in range(0, last_line - 1, 5):
        changed = bytearray(content)
        changed[place] ^= 0x10
        path.write_bytes(bytes(changed))
        with pytest.raises(StorageDamagedError, match="wrong checksum"):
            AppendLog(path)


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_log(tmp_path / "nothing.jsonl") == ()


def test_a_full_disk_latches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AppendLog(tmp_path / "t1.jsonl")
    state = StateFile(tmp_path / "g1.json")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(StorageFailedError, match="No space left"):
        log.append(ITEMS[:1])
    with pytest.raises(StorageFailedError, match="No space left"):
        state.save({})
    monkeypatch.undo()
    with pytest.raises(StorageFailedError, match="No space left"):
        log.append(ITEMS[:1])
    with pytest.raises(StorageFailedError, match="No space left"):
        state.save({})


def test_a_state_file_holds_the_last_object(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "g1.json"
    assert StateFile(path).load() is None
    StateFile(path).save({"dressings": 1})
    StateFile(path).save({"dressings": 2})
    assert StateFile(path).load() == {"dressings": 2}
    (tmp_path / "deep" / "g1.json.new").write_bytes(b"half")
    assert StateFile(path).load() == {"dressings": 2}
    content = path.read_bytes()
    for changed in (b"", content[:-3], content + content, content.replace(b"2", b"3")):
        path.write_bytes(changed)
        with pytest.raises(StorageDamagedError, match="not a whole object"):
            StateFile(path).load()


def test_write_now_hands_results_and_errors_on() -> None:
    outcomes: list[object] = []
    write_now(lambda: 42, outcomes.append)
    write_now(lambda: 1 // 0, outcomes.append)
    assert outcomes[0] == 42
    assert isinstance(outcomes[1], ZeroDivisionError)
