# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of runs: a new one each time, old ones deleted, nothing else touched."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from smart_cell.commands.state_folder import KEPT_RUNS, new_state_folder, plan_cache, run_environment, state_home

NOON = datetime(2026, 1, 2, 12, 0, 0)


def test_each_run_gets_an_empty_folder_of_its_own(tmp_path: Path) -> None:
    folders = [new_state_folder(tmp_path, "demo", NOON) for _ in range(3)]
    assert [folder.name for folder in folders] == ["20260102-120000", "20260102-120000-2", "20260102-120000-3"]
    assert all(folder.is_dir() and not list(folder.iterdir()) for folder in folders)


def test_newest_runs_are_kept_and_strange_folders_too(tmp_path: Path) -> None:
    strange = tmp_path / "demo" / "my_notes"
    strange.mkdir(parents=True)
    runs = [new_state_folder(tmp_path, "demo", NOON + timedelta(hours=hour)) for hour in range(KEPT_RUNS + 4)]
    kept = sorted(folder for folder in (tmp_path / "demo").iterdir() if folder != strange)
    assert kept == runs[-KEPT_RUNS - 1 :]
    assert strange.is_dir()


def test_folders_follow_the_users_environment() -> None:
    chosen = {"XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c"}
    assert state_home(chosen) == Path("/s/smart_cell")
    assert plan_cache(chosen) == Path("/c/smart_cell/plans")
    assert state_home({}) == Path.home() / ".local" / "state" / "smart_cell"
    assert plan_cache({}) == Path.home() / ".cache" / "smart_cell" / "plans"


def test_logs_of_ros_go_to_the_run_unless_chosen_otherwise() -> None:
    assert run_environment({"A": "1"}, Path("/run")) == {"A": "1", "ROS_LOG_DIR": "/run/log/ros"}
    assert run_environment({"ROS_LOG_DIR": "/mine"}, Path("/run")) == {"ROS_LOG_DIR": "/mine"}
