# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How faults are written, and which process is meant."""

from __future__ import annotations

import pytest

from smart_cell.commands.inject import Injection, ProcessFault, find_process, parse_fault
from smart_cell.nodes.views import ProcessView

PROCESSES = (
    ProcessView("arms", 1, "here", 1, ("r1/joint_trajectory_controller",), (True,)),
    ProcessView("devices", 2, "here", 1, ("safety", "g1", "r1/robot"), (True, True, True)),
    ProcessView("supervisor", 3, "here", 1, ("supervisor",), (True,)),
)


@pytest.mark.parametrize(
    ("text", "injection"),
    [
        ("emergency_stop", Injection("safety", "emergency_stop")),
        ("emergency_stop:release", Injection("safety", "emergency_stop", "release")),
        ("reset", Injection("safety", "reset")),
        ("channel:a:open", Injection("safety", "channel", "a open")),
        ("kill:g1", Injection("g1", "kill", process_fault=ProcessFault.KILL)),
        ("hang:r1/robot", Injection("r1/robot", "hang", process_fault=ProcessFault.HANG)),
        ("g1:no_fire", Injection("g1", "no_fire")),
        ("c1:jam:0.5", Injection("c1", "jam", "0.5")),
        ("safety:guard:open", Injection("safety", "guard", "open")),
    ],
)
def test_faults_are_read(text: str, injection: Injection) -> None:
    assert parse_fault(text) == injection


@pytest.mark.parametrize("text", ["", "g1", "kill", "kill:", "kill:a:b", ":x", "g1:"])
def test_what_is_no_fault_is_refused(text: str) -> None:
    assert parse_fault(text) is None


@pytest.mark.parametrize(
    ("target", "process"),
    [("arms", "arms"), ("g1", "devices"), ("r1/robot", "devices"), ("r1", "arms"), ("supervisor", "supervisor")],
)
def test_process_is_found_by_its_name_a_node_or_a_device(target: str, process: str) -> None:
    found = find_process(target, PROCESSES)
    assert found is not None
    assert found.process == process


def test_nobody_has_an_unknown_name() -> None:
    assert find_process("g9", PROCESSES) is None
