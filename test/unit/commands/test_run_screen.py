# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The live screen and the plain lines of a run, and the status of a cell."""

from __future__ import annotations

import argparse
import io
import json
from dataclasses import replace

import pytest
from cell_views import ALARM, CELL, PRODUCING, cell_view
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from smart_cell.commands.command import percent
from smart_cell.commands.run_lines import ChangeLog
from smart_cell.commands.run_table import Screen, bar, render
from smart_cell.commands.status import status_json, status_text
from smart_cell.nodes.views import ProcessView
from smart_cell.supervision.packml import State

SCREEN = Screen(
    title="demo  SIM  x5",
    cell=PRODUCING,
    alarms=(),
    takt=60.0,
    forecast={"sedan": 46.1},
    bodies=(1, 3),
    elapsed=12.0,
    notice="",
)


def drawn(screen: Screen) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(render(screen))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_screen_shows_state_body_robots_welds_and_order() -> None:
    text = drawn(SCREEN)
    for part in ("demo  SIM  x5", "Execute", "B000002 (sedan)", "r1", "5/20", "spot S005", "105 OK", "1 of 3 bodies"):
        assert part in text
    assert "last cycle 48.2 s of 60 s takt" in text


def test_screen_shows_alarms_with_what_to_do() -> None:
    text = drawn(replace(SCREEN, alarms=(ALARM,)))
    assert "NODE_LOST devices  no heartbeat" in text
    assert "Clear, Reset and Start." in text


def test_screen_of_a_cell_that_is_not_there_yet() -> None:
    text = drawn(replace(SCREEN, cell=None, notice="bring-up 10%: waiting for process arms"))
    assert "starting" in text
    assert "waiting for process arms" in text


@given(st.floats(-1.0, 2.0), st.integers(1, 60))
def test_bar_is_as_long_as_it_should_be(share: float, width: int) -> None:
    assert len(bar(share, width)) == width
    assert bar(0.0, width) == "─" * width
    assert bar(1.0, width) == "━" * width


def test_lines_tell_each_change_once() -> None:
    log = ChangeLog()
    assert log.tell(CELL, ()) == ["cell is Stopped"]
    assert log.tell(CELL, ()) == []
    told = log.tell(PRODUCING, ())
    assert told[0] == "cell is Execute"
    assert told[1] == "body B000002 (sedan) for order run-1"
    assert told[2] == "1 of 3 bodies done, 105 welds OK, cycle 48.2 s"
    assert log.tell(PRODUCING, ()) == []


def test_lines_tell_of_an_alarm_when_it_comes_and_when_its_cause_goes() -> None:
    log = ChangeLog()
    log.tell(CELL, ())
    assert log.tell(CELL, (ALARM,))[0] == "ALARM NODE_LOST devices: no heartbeat"
    assert log.tell(CELL, (ALARM,)) == []
    gone = replace(ALARM, active=False)
    assert log.tell(CELL, (gone,)) == ["alarm NODE_LOST devices: the cause is gone"]
    assert log.tell(CELL, ()) == []
    assert log.tell(CELL, (replace(ALARM, id=5),))[0].startswith("ALARM")
    assert log.tell(CELL, ()) == ["alarm NODE_LOST devices: the cause is gone"]


def test_lines_tell_what_the_cell_waits_for() -> None:
    log = ChangeLog()
    waiting = cell_view(state=State.HELD, waiting_for="a decision about S1")
    assert log.tell(waiting, ()) == ["cell is Held, waiting for a decision about S1"]
    assert log.tell(replace(waiting, waiting_for="Unhold"), ()) == ["waiting for Unhold"]


PROCESS = ProcessView("devices", 4711, "here", 1, ("g1", "safety"), (True, False))


def test_status_says_everything_a_person_needs() -> None:
    text = status_text(PRODUCING, (ALARM,), (PROCESS,))
    for part in ("demo (SIM): Execute", "1 of 3 sedan, running", "NODE_LOST", "pid 4711: 1 of 2 nodes active"):
        assert part in text


def test_a_reduced_speed_cannot_be_overlooked() -> None:
    slow = replace(PRODUCING, speed_override=30)
    assert "override 30 %" in drawn(replace(SCREEN, cell=slow))
    assert "override     30 % of the robots' programmed speed" in status_text(slow, (), ())
    assert "override" not in drawn(SCREEN) + status_text(PRODUCING, (), ())


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("30%", 30), (" 100 ", 100)])
def test_an_override_is_read_in_percent(text: str, value: int) -> None:
    assert percent(text) == value


@pytest.mark.parametrize("text", ["0", "101", "-5", "0.5", "fast", ""])
def test_an_override_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 to 100"):
        percent(text)


def test_status_as_json_has_words_for_numbers() -> None:
    content = json.loads(json.dumps(status_json(PRODUCING, (ALARM,), (PROCESS,))))
    assert (content["state"], content["mode"]) == ("Execute", "Production")
    assert content["orders"][0]["status"] == "running"
    assert content["alarms"][0]["code"] == "NODE_LOST"
    assert content["processes"][0]["pid"] == 4711
