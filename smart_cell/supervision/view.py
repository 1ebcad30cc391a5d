# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the supervisor knows of its devices: the newest report of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from smart_cell.cell.model import Cell
from smart_cell.core.operation_mode import OperationMode
from smart_cell.supervision.events import (
    ClampReport,
    ConveyorReport,
    DeviceState,
    GunReport,
    RobotReport,
    SensorReport,
)


class Reaction(str, Enum):
    """What a problem does to the cell."""

    HOLD = "hold"
    """An inner cause; a person helps and unholds."""
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that production cannot go on with."""

    reaction: Reaction
    code: str
    """An alarm code of `alarms.CATALOGUE`."""
    source: str
    cause: str


@dataclass(slots=True)
class CellView:
    """The newest report of every device, and the facts that are not tied to one."""

    cell: Cell
    most_rewelds: int = 2
    robots: dict[str, RobotReport] = field(default_factory=dict)
    guns: dict[str, GunReport] = field(default_factory=dict)
    clamps: dict[str, ClampReport] = field(default_factory=dict)
    sensors: dict[str, SensorReport] = field(default_factory=dict)
    conveyor: ConveyorReport = field(default_factory=lambda: ConveyorReport(DeviceState.UNKNOWN, ""))
    is_safe: bool | None = None
    """What the safety node says; None before its first word."""
    safety_cause: str = "the safety node has not been heard yet"
    are_nodes_ready: bool = False
    missing_nodes: str = "the nodes have not been heard yet"
    journal_failure: str = ""

    @property
    def conveyor_name(self) -> str:
        """Name of the cell's conveyor."""
        return next(iter(self.cell.conveyors))

    def robot_state(self, robot: str) -> DeviceState:
        """State of a robot; unknown before its first report."""
        report = self.robots.get(robot)
        return report.state if report is not None else DeviceState.UNKNOWN

    @property
    def all_robots_home(self) -> bool:
        """Whether every robot stands at home with nothing to do."""
        return all(
            (report := self.robots.get(robot)) is not None and report.is_home and report.state is DeviceState.READY
            for robot in self.cell.robots
        )

    @property
    def busy(self) -> tuple[str, ...]:
        """Names of robots, guns and conveyor that are still doing something."""
        names = [name for name, report in self.robots.items() if report.state is DeviceState.BUSY]
        names += [name for name, report in self.guns.items() if report.state is DeviceState.BUSY]
        if self.conveyor.state is DeviceState.BUSY:
            names.append(self.conveyor_name)
        return tuple(names)

    @property
    def not_external(self) -> list[str]:
        """What to do about each arm that is known not to take its orders from the cell; empty if there is none."""
        fine = (OperationMode.EXT, OperationMode.UNKNOWN)
        return [
            f"{robot} is in {report.operation_mode.name}: turn its key switch to EXT"
            for robot, report in self.robots.items()
            if report.operation_mode not in fine
        ]

    @property
    def not_permitted(self) -> str:
        """What forbids motion at all, in words; empty when nothing does."""
        reasons = []
        if not self.are_nodes_ready:
            reasons.append(self.missing_nodes)
        if not self.is_safe:
            reasons.append(self.safety_cause)
        if self.journal_failure:
            reasons.append(self.journal_failure)
        return "; ".join(reasons)
