# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Speed override and operating modes of the arms while the demo cell produces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from running_cell import RunningCell

from smart_cell_msgs.msg import ArmStatus, CellState, RobotState
from smart_cell_msgs.srv import CellCommand

pytestmark = [pytest.mark.ros, pytest.mark.timeout(240)]


@pytest.fixture
def run_cell(ros_domain: int, tmp_path: Path) -> Iterator[Callable[..., RunningCell]]:
    """Return a function that starts the demo cell; it is stopped after the test."""
    cells: list[RunningCell] = []

    def run(*arguments: str) -> RunningCell:
        cells.append(RunningCell(tmp_path, "--speed", "5", *arguments))
        return cells[-1]

    yield run
    for cell in cells:
        cell.close()


def assert_all_welded(cell: RunningCell, limit: float = 120.0) -> None:
    summary = cell.finish(limit)
    assert cell.process.returncode == 0, cell.report()
    assert (summary["lost"], summary["double"], summary["unexplained"]) == (0, 0, 0), summary
    assert summary["welds"]["ok"] == 80


def test_override_is_changed_while_robots_move(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--order", "sedan:1", "--override", "60")
    cell.wait_welds(4)
    assert {robot.speed_override for robot in cell.robots.values()} == {60}
    for percent in (25, 100, 40, 90, 10, 100):
        cell.override(percent)
        assert cell.state is not None
        cell.wait_welds(cell.state.welds_ok + 4)
    assert_all_welded(cell)
    assert not any(state == CellState.STATE_ABORTING for _, state in cell.history), cell.report()


def test_arm_that_is_taken_out_of_ext_stops_and_waits_for_a_person(run_cell: Callable[..., RunningCell]) -> None:
    cell = run_cell("--order", "sedan:1")
    cell.wait_welds(12)
    cell.inject("r1", "operation_mode", "T1")
    cell.wait(lambda: cell.robots["r1"].operation_mode == ArmStatus.OPERATION_MODE_T1, "r1 in T1", 5.0)
    cell.wait(lambda: cell.robots["r1"].state != RobotState.STATE_RUNNING, "r1 to stop", 10.0)
    cell.wait(lambda: cell.is_in(CellState.STATE_HELD, CellState.STATE_ABORTED), "a stop of production", 30.0)
    held = cell.is_in(CellState.STATE_HELD)
    wish = CellCommand.Request.COMMAND_UNHOLD if held else CellCommand.Request.COMMAND_RESET
    if not held:
        cell.command(CellCommand.Request.COMMAND_CLEAR)
        cell.wait(lambda: cell.is_in(CellState.STATE_STOPPED), "Stopped")
    answer = cell.command(wish)
    assert answer.code == answer.CODE_REFUSED, answer.text
    assert "r1 is in T1: turn its key switch to EXT" in answer.text
    cell.inject("r1", "operation_mode", "EXT")
    cell.wait(lambda: cell.robots["r1"].operation_mode == ArmStatus.OPERATION_MODE_EXT, "r1 in EXT", 5.0)
    if held:
        answer = cell.command(wish)
        assert answer.code == answer.CODE_OK, answer.text
    else:
        cell.command_reset_and_start()
    assert_all_welded(cell)
