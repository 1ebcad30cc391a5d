# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of cells as the kernel shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from smart_cell.commands.local_processes import LocalProcess, local_processes

MODULE = "smart_cell.nodes.process"


def process(proc: Path, pid: int, words: list[str], environ: dict[str, str]) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in words))
    (folder / "environ").write_bytes(b"".join(f"{name}={value}".encode() + b"\0" for name, value in environ.items()))


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    arguments = ["--cell", "/cells/my cell.yaml", "--speed", "1"]
    process(tmp_path, 10, ["python", "-m", MODULE, "devices", *arguments], {"ROS_DOMAIN_ID": "5"})
    process(tmp_path, 11, ["python", "-m", MODULE, "arms", *arguments], {"ROS_DOMAIN_ID": "6"})
    process(tmp_path, 12, ["python", "-m", MODULE, "supervisor", *arguments], {})
    process(tmp_path, 13, ["python", "-m", "another.module", "devices", *arguments], {"ROS_DOMAIN_ID": "5"})
    (tmp_path / "14").mkdir()
    (tmp_path / "self").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("domain", "found"),
    [(5, [("devices", 10)]), (6, [("arms", 11)]), (0, [("supervisor", 12)]), (7, [])],
)
def test_processes_of_a_domain_are_found(proc: Path, domain: int, found: list[tuple[str, int]]) -> None:
    expected = [LocalProcess(name, pid, Path("/cells/my cell.yaml")) for name, pid in found]
    assert list(local_processes(domain, proc)) == expected
