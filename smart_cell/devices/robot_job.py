# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's program executor is told (events), what it answers (commands), and how a job looks to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from smart_cell.cell.model import Schedule
from smart_cell.core.geometry import Pose
from smart_cell.devices.protocol import Permission
from smart_cell.motion.arm_model import Joints
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
    """Plans the moves of one robot. Every method raises a `SmartCellError` where there is no such move."""

    def to_spot(self, job: Job, index: int, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to a spot of the job; None if the arm is there already."""
        ...

    def to_home(self, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to the home position; None if the arm is there already."""
        ...

    def stop(self, trajectory: Trajectory, time: float) -> Trajectory:
        """Return the stop along a running trajectory, from its state at `time` [s] on."""
        ...

    def is_home(self, joints: Joints) -> bool:
        """Tell whether `joints` [rad] are the home position."""
        ...


# ---------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened; time passed."""


@dataclass(frozen=True, slots=True)
class JobGiven:
    """A job that `ProgramExecutor.refusal` had nothing against."""

    job: Job


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """Somebody wants the job to end."""

    reason: str


@dataclass(frozen=True, slots=True)
class PermissionChanged:
    """The cell permits something else than before."""

    permission: RobotPermission


@dataclass(frozen=True, slots=True)
class JointsRead:
    """Measured state of the arm [rad], [rad/s]."""

    position: Joints
    velocity: Joints


@dataclass(frozen=True, slots=True)
class GunRead:
    """State of the robot's gun."""

    is_open: bool
    text: str = ""
    """What the gun does or what is wrong with it, in words."""


@dataclass(frozen=True, slots=True)
class ZonesRead:
    """Who holds the zones, by name; an empty text says nobody."""

    holders: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrajectorySent:
    """A trajectory has left for the arm."""

    number: int


@dataclass(frozen=True, slots=True)
class TrajectoryAccepted:
    """The arm runs a trajectory."""

    number: int
    age: float
    """How long ago it began [s, steady clock]."""


@dataclass(frozen=True, slots=True)
class TrajectoryRejected:
    """The arm does not run a trajectory."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class TrajectoryFinished:
    """A trajectory is over: the arm is at its end, or `text` says why not."""

    number: int
    is_done: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class WeldSent:
    """A weld order has left for the gun."""

    number: int


@dataclass(frozen=True, slots=True)
class WeldAccepted:
    """The gun has begun with a weld."""

    number: int


@dataclass(frozen=True, slots=True)
class WeldFinished:
    """A weld is over, or was refused."""

    number: int
    is_ok: bool
    was_fired: bool
    """False: the timer was not told to weld, so that the same attempt may be ordered again."""
    text: str = ""


MotionEvent = TrajectorySent | TrajectoryAccepted | TrajectoryRejected | TrajectoryFinished
WeldEvent = WeldSent | WeldAccepted | WeldFinished
Event = (
    Tick | JobGiven | CancelRequested | PermissionChanged | JointsRead | GunRead | ZonesRead | MotionEvent | WeldEvent
)

# ---------------------------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class SendTrajectory:
    """Run a trajectory on the arm, in place of the one that runs."""

    number: int
    trajectory: Trajectory
    start: float | None = None
    """ROS time of the trajectory's time 0 [s]; None: when the arm accepts it."""


@dataclass(frozen=True, slots=True)
class CancelTrajectory:
    """Let the arm hold where it is; only where a stop on the path is not to be had."""

    number: int


@dataclass(frozen=True, slots=True)
class SendWeld:
    """Order one weld from the gun."""

    number: int
    body: str
    spot: JobSpot
    epoch: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is."""

    job: str
    spots_done: int
    spot: str
    """On the way or being welded; empty on the way home."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The job is over."""

    job: str
    code: JobCode
    spot: str
    """Where it ended; empty when done."""
    spots_done: int
    text: str


Command = SendTrajectory | CancelTrajectory | SendWeld | Progress | Finish


@dataclass(frozen=True, slots=True)
class RobotStatus:
    """What there is to show of a robot; the fields of RobotState.msg."""

    state: RobotState
    body: str
    spot: str
    spots_done: int
    spots_total: int
    at_home: bool
    zones: tuple[str, ...]
    """Zones that the arm may be in."""
    waiting_for: str
    text: str
    move_overhead: float
    """Last weld result to the next motion command, without waits for zones or permissions [s, steady clock]."""
    weld_overhead: float
    """End of the last move to the weld command [s, steady clock]."""
