# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of cells on this machine as the kernel knows them: one that hangs gives no sign of life to find it by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smart_cell.cell.loader import load_cell
from smart_cell.core.errors import ConfigError
from smart_cell.nodes.bringup import PROCESS_MODULE, NotInPlanError, RunSettings, bringup_plan


@dataclass(frozen=True, slots=True)
class LocalProcess:
    """One process of a cell."""

    process: str
    pid: int
    cell_file: Path


def local_processes(domain: int, proc: Path = Path("/proc")) -> Iterator[LocalProcess]:
    """Yield the processes of cells that run on a ROS domain of this machine and may be looked at by this user.

    Args:
        domain: The ROS domain.
        proc: Where the kernel shows its processes.
    """
    for folder in sorted(proc.glob("[0-9]*")):
        try:
            words = _strings(folder / "cmdline")
            environ = dict(word.split("=", 1) for word in _strings(folder / "environ") if "=" in word)
        except OSError:
            continue
        if PROCESS_MODULE in words and "--cell" in words and (environ.get("ROS_DOMAIN_ID") or "0") == str(domain):
            name = words[words.index(PROCESS_MODULE) + 1]
            yield LocalProcess(name, int(folder.name), Path(words[words.index("--cell") + 1]))


def find_local(target: str, domain: int) -> LocalProcess | None:
    """Return the process that is called `target` or runs a node or a device of that name; None if none does."""
    return next((process for process in local_processes(domain) if target in _names(process)), None)


def _names(process: LocalProcess) -> set[str]:
    """Return everything that a process may be called by."""
    names = {process.process}
    try:
        plan = bringup_plan(load_cell(process.cell_file), RunSettings(Path()))
        nodes = plan.process(process.process).nodes
    except (ConfigError, NotInPlanError):
        return names
    return names | {node.name for node in nodes} | {node.device for node in nodes}


def _strings(path: Path) -> list[str]:
    return [word.decode(errors="replace") for word in path.read_bytes().split(b"\0") if word]
