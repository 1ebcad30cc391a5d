# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where a run of a cell keeps its journals, its simulated hardware and its logs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

KEPT_RUNS: Final = 10
"""So many folders of earlier runs are kept beside that of the present one."""

_NAME_FORMAT: Final = "%Y%m%d-%H%M%S"


def state_home(environ: Mapping[str, str]) -> Path:
    """Return the user's folder for the state of all cells, by the XDG rules."""
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "smart_cell"


def plan_cache(environ: Mapping[str, str]) -> Path:
    """Return the user's folder for kept plans, by the XDG rules."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smart_cell" / "plans"


def new_state_folder(home: Path, cell: str, moment: datetime) -> Path:
    """Make the folder of a new run and delete those of runs long ago.

    Args:
        home: Folder of all cells.
        cell: Name of the cell.
        moment: The time of the start, which names the folder.

    Returns:
        The new, empty folder.
    """
    parent = home / cell
    parent.mkdir(parents=True, exist_ok=True)
    _delete_old(parent)
    name = moment.strftime(_NAME_FORMAT)
    for number in range(1, 1000):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{parent / name} and 998 folders beside it exist already")


def _delete_old(parent: Path) -> None:
    """Keep the newest runs; a folder whose name is no time is not ours and stays."""
    runs = sorted(folder for folder in parent.iterdir() if folder.is_dir() and _is_run(folder.name))
    for folder in runs[: max(len(runs) - KEPT_RUNS, 0)]:
        shutil.rmtree(folder, ignore_errors=True)


def _is_run(name: str) -> bool:
    try:
        datetime.strptime(name[:15], _NAME_FORMAT)
    except ValueError:
        return False
    return len(name) == 15 or (name[15] == "-" and name[16:].isdecimal())


def run_environment(environ: Mapping[str, str], state: Path) -> dict[str, str]:
    """Return the environment for the processes of a run: ROS logs go to the run's folder unless chosen otherwise."""
    return {"ROS_LOG_DIR": str(state / "log" / "ros"), **environ}
