# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The whole demo cell in real processes: produce, be stopped, be killed, recover, lose nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from running_cell import RunningCell

from smart_cell_msgs.msg import CellState, RobotState
from smart_cell_msgs.srv import CellCommand

pytestmark = [pytest.mark.ros, pytest.mark.timeout(240)]

STOPPED_WITHIN = 0.6 + 0.4
"""The goal [s], and what hearing of it may take on a machine that does other work besides."""
SPEED = "5"


@pytest.fixture
def run_cell(ros_domain: int, tmp_path: Path) -> Iterator[Callable[..., RunningCell]]:
    """Return a function that starts the demo cell; it is stopped after the test."""
    cells: list[RunningCell] = []

    def run(*arguments: str) -> RunningCell:
        cells.append(RunningCell(tmp_path, *arguments))
        return cells[-1]

    yield run
    for cell in cells:
        cell.close()


def is_stopping(cell: RunningCell) -> bool:
    return cell.is_in(CellState.STATE_ABORTING, CellState.STATE_ABORTED)


def is_stopping_robot(robot: RobotState) -> bool:
    return robot.state != RobotState.STATE_RUNNING or "to stop" in robot.waiting_for


def assert_all_accounted(summary: dict[str, object], bodies: int) -> None:
    assert summary["bodies"]["done"] == bodies  # type: ignore[index]
    assert (summary["lost"], summary["double"], summary["unexplained"]) == (0, 0, 0), summary


def assert_stays_aborted(cell: RunningCell, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert cell.is_in(CellState.STATE_ABORTED), f"left Aborted by itself\n{cell.report()}"
        time.sleep(0.02)


def test_order_runs_to_its_end(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--order", "wagon:1", "--speed", SPEED)
    summary = cell.finish()
    assert cell.process.returncode == 0, cell.report()
    assert_all_accounted(summary, 1)
    assert summary["welds"]["ok"] == 80
    assert not cell.alarms


@pytest.mark.parametrize("process", ["arms", "devices", "supervisor"])
def test_killed_process(run_cell: Callable[..., RunningCell], process: str) -> None:
    cell = run_cell("--order", "sedan:1", "--speed", SPEED)
    cell.wait_welds(20)
    killed = cell.kill(process)
    if process == "supervisor":
        # nobody is left to say Aborted: what counts is that the robots stop by themselves
        cell.wait(lambda: all(is_stopping_robot(robot) for robot in cell.robots.values()), "robots stop", 5.0)
    else:
        cell.wait(lambda: is_stopping(cell), "Aborting", 5.0)
    assert time.monotonic() - killed <= STOPPED_WITHIN
    cell.wait(lambda: is_stopping(cell) and process in cell.pids and all(cell.active.values()), "respawn", 20.0)
    cell.wait(lambda: cell.is_in(CellState.STATE_ABORTED), "Aborted", 10.0)
    expected = {"supervisor": ("SUPERVISOR_RESTARTED", "supervisor")}.get(process, ("NODE_LOST", process))
    assert expected in [(alarm.code, alarm.source) for alarm in cell.alarms], cell.report()
    assert_stays_aborted(cell, 2.0)
    cell.recover()
    summary = cell.finish()
    assert cell.process.returncode == 0, cell.report()
    assert_all_accounted(summary, 1)


def test_death_of_the_scene_stops_nothing(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--order", "sedan:1", "--speed", SPEED)
    cell.wait_welds(10)
    cell.wait(lambda: "scene" in cell.pids, "the scene")
    os.kill(cell.pids["scene"], signal.SIGKILL)
    summary = cell.finish()
    assert cell.process.returncode == 0, cell.report()
    assert_all_accounted(summary, 1)
    assert not any(state == CellState.STATE_ABORTING for _, state in cell.history)


def test_emergency_stop(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--order", "sedan:1", "--speed", SPEED)
    cell.wait_welds(15)
    cell.inject("safety", "emergency_stop")
    cell.wait(lambda: cell.is_in(CellState.STATE_ABORTED), "Aborted", 5.0)
    welds = cell.state.welds_ok if cell.state is not None else 0
    assert cell.alarms[0].code == "SAFETY_STOP"
    refused = cell.command(CellCommand.Request.COMMAND_CLEAR)
    assert refused.code == refused.CODE_REFUSED, refused.text
    cell.inject("safety", "emergency_stop", "release")
    refused = cell.command(CellCommand.Request.COMMAND_CLEAR)
    assert refused.code == refused.CODE_REFUSED, "pulling the button out is not the reset"
    cell.inject("safety", "reset")
    assert_stays_aborted(cell, 2.0)
    assert cell.state is not None
    assert cell.state.welds_ok <= welds + 4, "a weld was started after the stop"
    cell.recover()
    summary = cell.finish()
    assert cell.process.returncode == 0, cell.report()
    assert_all_accounted(summary, 1)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_stops_in_order(run_cell: Callable[..., RunningCell], sent: signal.Signals, code: int) -> None:
    cell = run_cell("--order", "sedan:1", "--speed", SPEED)
    cell.wait_welds(5)
    pids = list(cell.pids.values())
    cell.process.send_signal(sent)
    cell.process.wait(5.0)
    assert cell.process.returncode == code, cell.report()
    assert "Traceback" not in cell.output_file.read_text(), cell.report()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_run_killed_leaves_no_orphans(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--speed", SPEED)
    cell.wait_ready()
    pids = list(cell.pids.values())
    cell.process.kill()
    cell.process.wait(5.0)
    deadline = time.monotonic() + 6.0
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline, "children live on without their parent"
        time.sleep(0.05)
