# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The one list of processes and nodes, and what reads it: the process module and the launch file."""

from __future__ import annotations

import runpy
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from smart_cell.cell.loader import load_cell
from smart_cell.core.clock import ClockOrigin
from smart_cell.nodes.bringup import BRINGUP, PROCESS_MODULE, NodeKind, RunSettings, bringup_plan

ROOT = Path(__file__).resolve().parents[3]
CELL = load_cell(ROOT / "config" / "demo_cell.yaml")
SETTINGS = RunSettings(
    state_dir=Path("/state with space"),
    speed=2.5,
    origin=ClockOrigin(1.5, 0.25),
    plans=Path("/plans"),
    attached=True,
)


def test_every_device_of_the_cell_has_its_node() -> None:
    plan = bringup_plan(CELL, SETTINGS)
    names = [node.name for process in plan.processes for node in process.nodes]
    assert len(names) == len(set(names))
    for robot in CELL.robots:
        assert {f"{robot}/joint_trajectory_controller", f"{robot}/robot"} <= set(names)
    devices = [*CELL.guns, *CELL.clamps, *CELL.sensors, *CELL.conveyors]
    assert {*devices, "safety", "supervisor"} <= set(names)


def test_supervisor_comes_after_all_that_it_needs() -> None:
    assert bringup_plan(CELL, SETTINGS).nodes[-1].kind is NodeKind.SUPERVISOR
    assert all(node.required for node in bringup_plan(CELL, SETTINGS).nodes)


def test_only_a_launch_file_gives_the_manager_a_process() -> None:
    with_manager = bringup_plan(CELL, SETTINGS, manager=True)
    assert [process.name for process in with_manager.processes][-1] == BRINGUP
    assert with_manager.processes[:-1] == bringup_plan(CELL, SETTINGS).processes
    assert with_manager.nodes == bringup_plan(CELL, SETTINGS).nodes


def test_process_module_reads_the_arguments_of_the_plan_back() -> None:
    pytest.importorskip("rclpy")
    from smart_cell.nodes import process

    for spec in bringup_plan(CELL, SETTINGS, manager=True).processes:
        options = process._parser().parse_args(spec.arguments)
        settings = process._settings(options)
        assert options.process == spec.name
        assert (settings.state_dir, settings.speed, settings.origin) == (SETTINGS.state_dir, 2.5, SETTINGS.origin)
        assert (options.plans, options.attached, options.cell) == (Path("/plans"), True, CELL.source)
    assert process.__name__ == PROCESS_MODULE


def test_process_module_leaves_the_arguments_for_ros_alone() -> None:
    pytest.importorskip("rclpy")
    from smart_cell.nodes import process

    words = ["arms", "--ros-args", "-r", "a:=b", "--", "--cell", "f", "--ros-args"]
    assert process._own_arguments(words) == ["arms", "--cell", "f"]


def test_every_kind_of_node_has_its_class() -> None:
    pytest.importorskip("rclpy")
    from smart_cell.nodes import process

    assert set(process.NODE_CLASSES) == set(NodeKind) - {NodeKind.LIFECYCLE_MANAGER}


class Recorded:
    """Stands for a class of the launch packages, which are not installed everywhere: keeps what it was given."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.arguments = arguments
        self.keywords = keywords

    def perform(self, context: dict[str, str]) -> str:
        return context[str(self.arguments[0])]


@pytest.fixture
def launch_file(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The launch file as a module, with stand-ins for launch and launch_ros."""
    contents = {
        "launch": ("LaunchContext", "LaunchDescription"),
        "launch.actions": ("DeclareLaunchArgument", "OpaqueFunction", "SetEnvironmentVariable"),
        "launch.substitutions": ("LaunchConfiguration",),
        "launch_ros": (),
        "launch_ros.actions": ("Node",),
    }
    for name, classes in contents.items():
        module = types.ModuleType(name)
        for class_name in classes:
            setattr(module, class_name, type(class_name, (Recorded,), {}))
        monkeypatch.setitem(sys.modules, name, module)
    return runpy.run_path(str(ROOT / "launch" / "cell.launch.py"))


def test_every_launch_argument_is_described_and_closed_sets_are_choices(launch_file: dict[str, Any]) -> None:
    actions = launch_file["generate_launch_description"]().arguments[0]
    declared = {action.arguments[0]: action.keywords for action in actions[:-1]}
    assert set(declared) == {"cell", "mode", "speed", "state", "log_level"}
    assert all(keywords["description"] and "default_value" in keywords for keywords in declared.values())
    assert declared["mode"]["choices"] == ["sim"]
    assert "info" in declared["log_level"]["choices"]
    assert Path(declared["cell"]["default_value"]).is_file()


def test_launch_file_starts_the_processes_of_the_plan(
    launch_file: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rclpy")
    monkeypatch.delenv("ROS_AUTOMATIC_DISCOVERY_RANGE", raising=False)
    chosen = {
        "cell": str(CELL.source),
        "mode": "sim",
        "speed": "2.0",
        "state": str(tmp_path),
        "log_level": "warn",
    }
    actions = launch_file["start_processes"](chosen)
    variables = dict(action.arguments for action in actions if type(action).__name__ == "SetEnvironmentVariable")
    assert variables["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"
    nodes = [action.keywords for action in actions if type(action).__name__ == "Node"]
    plan = bringup_plan(CELL, RunSettings(tmp_path), manager=True)
    assert [node["arguments"][1] for node in nodes] == [process.name for process in plan.processes]
    for node in nodes:
        assert (node["package"], node["executable"], node["arguments"][0]) == ("smart_cell", "smart_cell", "process")
        assert node["respawn"] is True
        assert not {"name", "namespace"} & set(node), "they would rename every node of the process"
        assert "--attached" not in node["arguments"]
    origins = {node["arguments"][node["arguments"].index("--clock-origin") + 1] for node in nodes}
    assert len(origins) == 1
