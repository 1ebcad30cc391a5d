# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which processes and nodes a cell consists of: the one list behind `smart_cell run` and the launch file.

Pure: nothing here needs ROS.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from smart_cell.cell.model import Cell
from smart_cell.core.clock import ClockOrigin
from smart_cell.core.errors import SmartCellError
from smart_cell.nodes import names

BACKENDS: Final = ("sim",)
"""What can be behind the devices."""

ARMS: Final = "arms"
DEVICES: Final = "devices"
SUPERVISOR: Final = "supervisor"
SCENE: Final = "scene"
BRINGUP: Final = "bringup"
"""Names of the processes."""

PROCESS_MODULE: Final = "smart_cell.nodes.process"
"""What each process runs: `python -m` this."""


class NotInPlanError(SmartCellError):
    """The cell has no process or node of this name."""


class NodeKind(str, Enum):
    """What a node does, and so which class it is."""

    ARM = "arm"
    SAFETY = "safety"
    SENSOR = "sensor"
    CLAMP = "clamp"
    CONVEYOR = "conveyor"
    GUN = "gun"
    ROBOT = "robot"
    SUPERVISOR = "supervisor"
    SCENE = "scene"
    LIFECYCLE_MANAGER = "lifecycle_manager"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node of the graph."""

    name: str
    """Relative to the cell, such as `r1/robot`."""
    kind: NodeKind
    device: str
    """What it stands for, by its name in the cell file."""
    required: bool = True
    """Its loss stops the cell."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process of the cell."""

    name: str
    arguments: tuple[str, ...]
    """Of the process module."""
    nodes: tuple[NodeSpec, ...]
    required: bool = True
    """It is started again when it ends."""


@dataclass(frozen=True, slots=True)
class BringUpPlan:
    """All processes of a cell, in the order in which they start."""

    cell: str
    processes: tuple[ProcessSpec, ...]

    @property
    def nodes(self) -> tuple[NodeSpec, ...]:
        """The nodes that are configured and then activated, in this order.

        Those that are not required bring themselves up, so that the cell never waits for them.
        """
        return tuple(node for process in self.processes for node in process.nodes if node.required)

    def process(self, name: str) -> ProcessSpec:
        """Return a process by its name.

        Raises:
            NotInPlanError: There is none of that name.
        """
        for process in self.processes:
            if process.name == name:
                return process
        raise NotInPlanError(f"process {name!r}: there are {', '.join(process.name for process in self.processes)}")

    def process_of(self, node: str) -> ProcessSpec:
        """Return the process that a node lives in.

        Raises:
            NotInPlanError: There is no such node.
        """
        for process in self.processes:
            if any(spec.name == node for spec in process.nodes):
                return process
        raise NotInPlanError(f"node {node!r}: the cell has {', '.join(spec.name for spec in self.nodes)}")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the user chooses for one run of a cell."""

    state_dir: Path
    backend: str = "sim"
    speed: float = 1.0
    origin: ClockOrigin | None = None
    """Where process time starts; None leaves each process at system time, which goes with speed 1 only."""
    log_level: str = "info"
    executor: str = "auto"
    plans: Path | None = None
    """Folder of the robots' programs; None for `plans` in the state folder."""
    attached: bool = False
    """The processes end when their standard input does: the one that started them is gone."""

    def arguments(self, process: str, cell_file: Path) -> tuple[str, ...]:
        """Return the arguments of the process module for one process."""
        arguments = [process, "--cell", str(cell_file), "--backend", self.backend, "--state", str(self.state_dir)]
        arguments += ["--speed", f"{self.speed:g}", "--log-level", self.log_level, "--executor", self.executor]
        if self.origin is not None:
            arguments += ["--clock-origin", str(self.origin)]
        if self.plans is not None:
            arguments += ["--plans", str(self.plans)]
        if self.attached:
            arguments.append("--attached")
        return tuple(arguments)


def bringup_plan(cell: Cell, settings: RunSettings, *, manager: bool = False) -> BringUpPlan:
    """Return the processes and nodes of a cell.

    The simulated arms have a process of their own: they stand for external controllers. All other devices share
    one, and the supervisor with its journal has one. So has the scene, which only watches: its loss stops nothing.

    Args:
        cell: The cell.
        settings: Of this run.
        manager: Give the lifecycle manager a process of its own, for a launch file; `smart_cell run` has it inside.
    """
    arms = tuple(NodeSpec(names.arm_node(robot), NodeKind.ARM, robot) for robot in cell.robots)
    devices = (
        NodeSpec(names.SAFETY, NodeKind.SAFETY, names.SAFETY),
        *(NodeSpec(sensor, NodeKind.SENSOR, sensor) for sensor in cell.sensors),
        *(NodeSpec(clamp, NodeKind.CLAMP, clamp) for clamp in cell.clamps),
        *(NodeSpec(conveyor, NodeKind.CONVEYOR, conveyor) for conveyor in cell.conveyors),
        *(NodeSpec(gun, NodeKind.GUN, gun) for gun in cell.guns),
        *(NodeSpec(names.robot_node(robot), NodeKind.ROBOT, robot) for robot in cell.robots),
    )
    supervisor = (NodeSpec(names.SUPERVISOR, NodeKind.SUPERVISOR, names.SUPERVISOR),)
    scene = (NodeSpec(names.SCENE, NodeKind.SCENE, names.SCENE, required=False),)
    contents = {ARMS: arms, DEVICES: devices, SUPERVISOR: supervisor, SCENE: scene}
    if manager:
        contents[BRINGUP] = (NodeSpec(BRINGUP, NodeKind.LIFECYCLE_MANAGER, BRINGUP, required=False),)
    return BringUpPlan(
        cell=cell.name,
        processes=tuple(
            ProcessSpec(name, settings.arguments(name, cell.source), nodes, required=name not in (SCENE, BRINGUP))
            for name, nodes in contents.items()
        ),
    )
