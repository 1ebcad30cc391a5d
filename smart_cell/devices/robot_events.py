# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's program executor is told (events) and what it answers (commands)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices.robot_job import Job, JobCode, JobSpot, RobotPermission
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.trajectory import Trajectory


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
class OverrideChanged:
    """The arm is to move at another pace."""

    percent: int
    """1 to 100 % of the programmed speed."""


@dataclass(frozen=True, slots=True)
class ArmStatusRead:
    """What the arm's controller says about itself."""

    mode: OperationMode
    text: str = ""
    """What is wrong with it, in words; empty: nothing."""


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
    Tick
    | JobGiven
    | CancelRequested
    | PermissionChanged
    | OverrideChanged
    | ArmStatusRead
    | JointsRead
    | GunRead
    | ZonesRead
    | MotionEvent
    | WeldEvent
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
