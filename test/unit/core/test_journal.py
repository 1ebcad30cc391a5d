# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The journal keeps what it acknowledged, and says so when it cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import string
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.core.journal import (
    IN_MEMORY,
    Entry,
    Journal,
    JournalDamagedError,
    JournalError,
    JournalFailedError,
    Stored,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTRIES = st.builds(
    Entry,
    kind=st.text(string.ascii_lowercase, min_size=1, max_size=8),
    data=st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    time=st.floats(0, 4e9),
)


def _contents(stored: Sequence[Stored]) -> list[tuple[int, str, object, float]]:
    return [(item.sequence, item.kind, item.data, item.time) for item in stored]


def _expected(entries: Sequence[Entry]) -> list[tuple[int, str, object, float]]:
    return [(number, entry.kind, entry.data, entry.time) for number, entry in enumerate(entries, start=1)]


@settings(deadline=None, max_examples=15)
@given(batches=st.lists(st.lists(ENTRIES, min_size=1, max_size=4), max_size=4), reopen=st.booleans())
def test_what_was_appended_is_read_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Entry]], reopen: bool
) -> None:
    path = tmp_path_factory.mktemp("journal") / "gun.db"
    appended: list[Entry] = []
    journal = Journal(path, epoch=1)
    for epoch, batch in enumerate(batches, start=2):
        appended += batch
        assert journal.append(batch) == len(appended) == journal.newest
        if reopen:
            journal.close()
            journal = Journal(path, epoch=epoch)
    assert _contents(list(journal.read())) == _expected(appended)
    journal.close()
    with Journal(path) as again:
        assert again.newest == len(appended)
        assert _contents(list(again.read())) == _expected(appended)


def test_a_journal_in_memory_behaves_the_same() -> None:
    entries = [Entry("intent", {"spot": "S1"}, 1.5), Entry("record", {"result": "ok", "text": "üß\ud7ff"}, 2.5)]
    with Journal(IN_MEMORY, epoch=9) as journal:
        assert journal.newest == 0
        assert journal.append(entries) == 2
        assert _contents(list(journal.read())) == _expected(entries)
        assert {stored.epoch for stored in journal.read()} == {9}


def test_reading_pages_and_filters() -> None:
    with Journal(IN_MEMORY) as journal:
        journal.append([Entry("intent" if n % 2 else "record", {"n": n}) for n in range(1, 11)])
        assert [stored.sequence for stored in journal.read(after=4, most=3)] == [5, 6, 7]
        assert [stored.sequence for stored in journal.read(after=3, kinds=["record"])] == [4, 6, 8, 10]
        assert list(journal.read(after=10)) == []
        assert list(journal.read(kinds=["dressed"])) == []


def test_a_second_thread_reads_while_the_first_appends(tmp_path: Path) -> None:
    with Journal(tmp_path / "gun.db") as journal:
        writer = threading.Thread(target=lambda: [journal.append([Entry("record", {"n": n})]) for n in range(50)])
        writer.start()
        longest = 0
        while writer.is_alive():
            sequences = [stored.sequence for stored in journal.read()]
            assert sequences == list(range(1, len(sequences) + 1))
            assert len(sequences) >= longest
            longest = len(sequences)
        writer.join()
        assert len(list(journal.read())) == 50


@pytest.mark.parametrize("data", [{"value": float("nan")}, {"value": float("inf")}, {"text": "\udc80"}, {"x": {1, 2}}])
def test_an_entry_that_is_no_json_is_refused_and_nothing_latches(data: dict[str, object]) -> None:
    with Journal(IN_MEMORY) as journal:
        with pytest.raises((ValueError, TypeError)):
            journal.append([Entry("good", {}), Entry("bad", data)])
        assert journal.newest == 0
        assert journal.append([Entry("good", {})]) == 1


def test_a_time_that_is_not_finite_is_refused() -> None:
    with Journal(IN_MEMORY) as journal, pytest.raises(ValueError, match="finite"):
        journal.append([Entry("record", {}, float("nan"))])


def test_all_or_nothing_and_a_failed_write_latches(tmp_path: Path) -> None:
    path = tmp_path / "gun.db"
    with Journal(path) as journal:
        journal.append([Entry("record", {"n": 1})])
        with sqlite3.connect(path) as other:
            other.execute("CREATE TRIGGER full BEFORE INSERT ON entry WHEN NEW.kind = 'bad' "
                          "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")  # fmt: skip
        other.close()
        with pytest.raises(JournalFailedError, match="disk is full"):
            journal.append([Entry("good", {}), Entry("bad", {})])
        with pytest.raises(JournalFailedError, match="disk is full"):
            journal.append([Entry("good", {})])
        assert journal.failure is not None
        assert journal.newest == 1
    with Journal(path) as again:
        assert again.newest == 1


def test_two_writers_of_one_file_cannot_both_go_on(tmp_path: Path) -> None:
    with Journal(tmp_path / "gun.db", epoch=1) as first, Journal(tmp_path / "gun.db", epoch=2) as second:
        assert second.append([Entry("record", {"by": "second"})]) == 1
        with pytest.raises(JournalFailedError):
            first.append([Entry("record", {"by": "first"})])
        assert [stored.data["by"] for stored in second.read()] == ["second"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JournalFailedError, match="folder"):
        Journal(tmp_path / "nowhere" / "gun.db")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path / "gun.db").close()
    with sqlite3.connect(tmp_path / "gun.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalFailedError, match="schema version 99"):
        Journal(tmp_path / "gun.db")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("UPDATE entry SET data = '{\"n\":7}' WHERE sequence = 3", "entry 3 does not match"),
        ("UPDATE entry SET kind = 'intent' WHERE sequence = 2", "entry 2 does not match"),
        ("DELETE FROM entry WHERE sequence = 2", "entry 2 is missing"),
        ("DELETE FROM entry WHERE sequence = 5", "the last entry is 4, but 5 were written"),
    ],
)
def test_damage_names_the_entry_and_what_to_do(tmp_path: Path, statement: str, text: str) -> None:
    path = tmp_path / "gun.db"
    with Journal(path) as journal:
        journal.append([Entry("record", {"n": number}) for number in range(5)])
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(JournalDamagedError, match=text) as caught:
        Journal(path)
    assert "let a person decide" in str(caught.value)


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    program = (
        "import sys; from smart_cell.core.journal import Entry, Journal; journal = Journal(sys.argv[1])\n"
        "while True: print(journal.append([Entry('record', {'n': journal.newest})]), flush=True)"
    )
    root = str(Path(sys.modules["smart_cell"].__path__[0]).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", program, str(tmp_path / "gun.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        acknowledged = [int(next(child.stdout)) for _ in range(40)][-1]
        child.kill()
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout if line.endswith("\n"))])
    with Journal(tmp_path / "gun.db") as journal:
        assert acknowledged <= journal.newest <= acknowledged + 1
        assert [stored.data["n"] for stored in journal.read()] == list(range(journal.newest))


class _Crashed:
    """The files of a journal as a crash leaves them: some entries in the database, the rest in the log."""

    def __init__(self, folder: Path) -> None:
        self.entries = [Entry("record", {"n": number, "text": "x" * 150}) for number in range(60)]
        path = folder / "original.db"
        with Journal(path) as journal:
            journal.append(self.entries[:40])
        with Journal(path) as journal:
            for entry in self.entries[40:]:
                journal.append([entry])
            self.database = path.read_bytes()
            self.log = (folder / "original.db-wal").read_bytes()
        shutil.rmtree(folder)
        folder.mkdir()
        self._folder = folder

    def open(self, database: bytes, log: bytes) -> list[Stored] | None:
        """Return what a journal of these bytes holds, None if it says that it is damaged."""
        path = self._folder / "copy.db"
        (self._folder / "copy.db-shm").unlink(missing_ok=True)
        path.write_bytes(database)
        (self._folder / "copy.db-wal").write_bytes(log)
        try:
            with Journal(path) as journal:
                stored = list(journal.read())
                assert journal.append([Entry("more", {})]) == len(stored) + 1
        except JournalError:
            return None
        # A prefix of what was written, or a lie.
        assert _contents(stored) == _expected(self.entries)[: len(stored)]
        return stored


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> _Crashed:
    return _Crashed(tmp_path_factory.mktemp("crashed"))


def test_after_a_crash_everything_is_there(crashed: _Crashed) -> None:
    stored = crashed.open(crashed.database, crashed.log)
    assert stored is not None
    assert len(stored) == 60


def test_a_log_cut_anywhere_leaves_whole_entries(crashed: _Crashed) -> None:
    lengths = []
    for cut in [*range(0, len(crashed.log), 5003), len(crashed.log) - 1]:
        stored = crashed.open(crashed.database, crashed.log[:cut])
        assert stored is not None
        lengths.append(len(stored))
    assert lengths == sorted(lengths)
    assert lengths[0] == 40
    assert lengths[-1] == 59


def test_a_database_cut_anywhere_is_never_believed(crashed: _Crashed) -> None:
    for cut in range(0, len(crashed.database), 631):
        stored = crashed.open(crashed.database[:cut], b"")
        assert stored is None, f"cut at {cut} gave {len(stored)} entries"


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(deadline=None, max_examples=40)
@given(draw=st.data())
def test_a_flipped_bit_of_the_database_is_noticed_or_harmless(crashed: _Crashed, draw: st.DataObject) -> None:
    bit = draw.draw(st.integers(0, len(crashed.database) * 8 - 1))
    stored = crashed.open(_flip(crashed.database, bit), b"")
    assert stored is None or len(stored) == 40


@settings(deadline=None, max_examples=40)
@given(draw=st.data())
def test_a_flipped_bit_of_the_log_costs_at_most_its_end(crashed: _Crashed, draw: st.DataObject) -> None:
    bit = draw.draw(st.integers(0, len(crashed.log) * 8 - 1))
    stored = crashed.open(crashed.database, _flip(crashed.log, bit))
    # The mark of a transaction's end may be hit just before the last one: then these two look like one torn
    # one.
    assert stored is None or len(stored) >= 58


def test_files_that_cannot_have_come_from_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "gun.db"
    path.write_bytes(b"")
    with pytest.raises(JournalDamagedError, match="empty"):
        Journal(path)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(JournalDamagedError):
        Journal(path)
    path.unlink()
    (tmp_path / "gun.db-wal").write_bytes(b"x" * 5000)
    with pytest.raises(JournalDamagedError, match="missing"):
        Journal(path)


def test_a_crash_while_the_file_was_made_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "gun.db.new").write_bytes(b"half")
    (tmp_path / "gun.db.new-wal").write_bytes(b"half")
    with Journal(tmp_path / "gun.db") as journal:
        assert journal.newest == 0
    assert sorted(item.name for item in tmp_path.iterdir()) == ["gun.db"]
