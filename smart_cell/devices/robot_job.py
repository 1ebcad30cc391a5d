# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's program executor works on: its robot, its job, what it may do, and what there is to show of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from smart_cell.cell.model import Schedule
from smart_cell.core.geometry import Pose
from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices.protocol import Permission
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.pacing.pace import Pace
from smart_cell.motion.trajectory import Trajectory
from smart_cell.planning.program import ProgramSpot

LONGEST_TICK = 0.25
"""Longest pause between two steps that counts as silence of the others [s, steady clock]."""


@dataclass(frozen=True, slots=True)
class RobotConfig:
    """What an executor has to know of its robot."""

    robot: str
    gun: str
    zones: tuple[str, ...]
    speed: float = 1.0
    """How fast ROS time runs against the steady clock."""
    stop_lead: float = 0.02
    """Time for a stop to reach the arm, in which it runs on as before [s, steady clock]."""


class JobCode(str, Enum):
    """How a job ended; the codes of ExecuteProgram."""

    DONE = "done"
    INTERRUPTED = "interrupted"
    """Stopped by safety, by loss of the supervisor or by a cancel; nothing is wrong with the robot."""
    WELD_FAILED = "weld_failed"
    MOTION_FAILED = "motion_failed"
    INVALID = "invalid"


class RobotState(str, Enum):
    """What a robot is doing; the states of RobotState.msg but INACTIVE, which is the node's."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    """Between two spots, and welds are not enabled."""
    STOPPED = "stopped"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class JobSpot:
    """One spot of a job: where it is, which attempt at it this is, and what the timer has to do."""

    target: ProgramSpot
    attempt: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Job:
    """Weld these spots of one body in this order, then go home; without spots: just go home."""

    name: str
    body: str
    variant: str
    epoch: int
    """Of the supervisor that gives the job."""
    part: Pose
    """The part frame in the cell frame."""
    spots: tuple[JobSpot, ...]


class RobotPermission(Permission, Protocol):
    """What the cell permits, and the two facts behind it that end a job even where nothing moves."""

    @property
    def safe(self) -> bool:
        """Whether the safety PLC says safe, and has said so lately."""
        ...

    @property
    def master(self) -> bool:
        """Whether the supervisor is alive."""
        ...


@dataclass(frozen=True, slots=True)
class NoPermission:
    """What is permitted before anybody has said anything: nothing."""

    safe: bool = False
    master: bool = False
    motion: bool = False
    weld: bool = False
    epoch: int = 0
    reason: str = "nothing heard of the supervisor yet"


class MotionPlanner(Protocol):
    """Plans the motions of one robot. Every method raises a `SmartCellError` where there is no such motion."""

    def to_spot(self, job: Job, index: int, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to a spot of the job; None if the arm is there already."""
        ...

    def to_home(self, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to the home position; None if the arm is there already."""
        ...

    def onto_path(self, start: Joints, end: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to a place close by, `end` [rad]; None if that is the same."""
        ...

    def stop(self, pace: Pace, time: float) -> Pace:
        """Return the stop along the path of a running pace, from its state at `time` [s] on."""
        ...

    def at_rate(self, pace: Pace, time: float, rate: float) -> Pace:
        """Return the rest of a running pace at another rate (above 0, up to 1), from its state at `time` [s] on."""
        ...

    def resume(self, path: Trajectory, path_time: float, rate: float) -> Pace:
        """Return the rest of a path from rest at `path_time` [s], at a rate above 0 and up to 1."""
        ...

    def is_home(self, joints: Joints) -> bool:
        """Tell whether `joints` [rad] are the home position."""
        ...


@dataclass(frozen=True, slots=True)
class RobotStatus:
    """What there is to show of a robot; the fields of RobotState.msg."""

    state: RobotState
    body: str
    spot: str
    spots_done: int
    spots_total: int
    operation_mode: OperationMode
    """Of the arm's controller."""
    speed_override: int
    """Of the motion, 1 to 100 % of the programmed speed."""
    at_home: bool
    zones: tuple[str, ...]
    """Zones that the arm may be in."""
    waiting_for: str
    text: str
    move_overhead: float
    """Last weld result to the next motion command, without waits for zones or permissions [s, steady clock]."""
    weld_overhead: float
    """End of the last move to the weld command [s, steady clock]."""
