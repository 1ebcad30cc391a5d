# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from demo_plan import demo_cell

pytest.importorskip("smart_cell_msgs.msg")

from diagnostic_msgs.msg import DiagnosticStatus

from smart_cell.nodes.bringup import SCENE, SUPERVISOR, RunSettings, bringup_plan
from smart_cell.nodes.scene_diagnostics import PERIOD, HealthBoard
from smart_cell_msgs.msg import Alarm, AlarmList, CellState, Heartbeat

PLAN = bringup_plan(demo_cell(), RunSettings(Path("state")))
OK, WARN, ERROR, STALE = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)


class Health:
    """A board, and processes that beat ten times a second until they are silenced."""

    def __init__(self) -> None:
        self.board = HealthBoard(PLAN)
        self.steady = 100.0
        self.counter = 0
        self.silent: set[str] = set()
        self.hung: set[str] = set()
        self.inactive: set[str] = set()

    def report(self) -> dict[str, Any]:
        """One period later."""
        self.counter += 10
        self.steady += PERIOD
        for process in PLAN.processes:
            nodes = [node.name for node in process.nodes]
            if process.name not in self.silent:
                self.board.hear_beat(
                    Heartbeat(
                        process=process.name,
                        pid=4711,
                        host="cellpc",
                        epoch=1,
                        nodes=nodes,
                        counters=[7 if node in self.hung else self.counter for node in nodes],
                        active=[node not in self.inactive for node in nodes],
                        required=[node.required for node in process.nodes],
                    )
                )
        statuses = self.board.report(self.steady)
        found = {status.name: status for status in statuses}
        assert len(found) == len(statuses)
        return found


@pytest.fixture
def health() -> Health:
    return Health()


def test_before_anything_is_heard_everything_is_stale() -> None:
    statuses = HealthBoard(PLAN).report(0.0)
    assert {status.level for status in statuses} == {STALE}
    expected = {"body_side/state", "body_side/alarms"}
    expected |= {f"body_side/process/{process.name}" for process in PLAN.processes}
    expected |= {f"body_side/node/{node.name}" for process in PLAN.processes for node in process.nodes}
    assert {status.name for status in statuses} == expected


def test_living_processes_and_nodes_are_ok(health: Health) -> None:
    for _ in range(3):
        found = health.report()
    levels = {name: status.level for name, status in found.items() if "/process/" in name or "/node/" in name}
    assert set(levels.values()) == {OK}
    assert found["body_side/process/arms"].hardware_id == "cellpc"
    assert {value.key: value.value for value in found["body_side/process/arms"].values}["pid"] == "4711"


@pytest.mark.parametrize(("process", "level"), [(SUPERVISOR, ERROR), (SCENE, WARN)])
def test_silent_process_is_lost_with_its_nodes(health: Health, process: str, level: bytes) -> None:
    health.report()
    health.silent.add(process)
    health.report()
    found = health.report()
    for name in (f"process/{process}", f"node/{PLAN.process(process).nodes[0].name}"):
        assert found[f"body_side/{name}"].level == level
        assert "silent for 2.0 s" in found[f"body_side/{name}"].message
    assert found["body_side/process/arms"].level == OK
    health.silent.clear()
    health.report()
    assert health.report()[f"body_side/process/{process}"].level == OK


def test_own_sleep_blames_nobody(health: Health) -> None:
    health.report()
    health.steady += 30.0
    assert health.report()["body_side/process/arms"].level == OK


def test_node_that_stands_still_or_is_not_active_is_named(health: Health) -> None:
    health.hung.add("g1")
    health.inactive.add("c1")
    health.report()
    found = health.report()
    assert (found["body_side/node/g1"].level, found["body_side/node/g1"].message) == (
        ERROR,
        "its work loop stands still",
    )
    assert (found["body_side/node/c1"].level, found["body_side/node/c1"].message) == (WARN, "not active")
    assert found["body_side/node/g2"].level == OK


@pytest.mark.parametrize(
    ("state", "level", "text"),
    [
        (CellState.STATE_EXECUTE, OK, "Execute"),
        (CellState.STATE_STOPPED, OK, "Stopped"),
        (CellState.STATE_HELD, WARN, "Held"),
        (CellState.STATE_ABORTED, ERROR, "Aborted"),
    ],
)
def test_state_of_the_cell(health: Health, state: int, level: bytes, text: str) -> None:
    health.board.hear_cell(CellState(state=state, mode=CellState.MODE_PRODUCTION, body="B1", welds_ok=12))
    status = health.report()["body_side/state"]
    assert (status.level, status.message) == (level, text)
    values = {value.key: value.value for value in status.values}
    assert (values["mode"], values["body"], values["welds ok"]) == ("production", "B1", "12")


def test_alarms_count_while_active_and_not_shelved(health: Health) -> None:
    board = health.board
    low = Alarm(code="TIP_WEAR", source="g1", priority=Alarm.PRIORITY_LOW, active=True, cause="tips are worn")
    high = Alarm(code="NODE_LOST", source="g2", priority=Alarm.PRIORITY_HIGH, active=True, cause="g2 is lost")
    past = Alarm(code="OLD", source="g3", priority=Alarm.PRIORITY_HIGH, active=False, cause="was there")
    shelved = Alarm(code="NOISE", source="g4", priority=Alarm.PRIORITY_HIGH, active=True, shelved=True, cause="known")
    for alarms, level, text in (
        ([past, shelved], OK, "none active"),
        ([low, past], WARN, "1 active: tips are worn"),
        ([high, low], ERROR, "2 active: g2 is lost"),
    ):
        board.hear_alarms(AlarmList(alarms=alarms))
        status = health.report()["body_side/alarms"]
        assert (status.level, status.message) == (level, text)
    assert {value.key: value.value for value in status.values} == {
        "NODE_LOST g2": "g2 is lost",
        "TIP_WEAR g1": "tips are worn",
    }
