# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the supervisor is told (events) and what it answers (effects): plain values, no ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from smart_cell.core.geometry import Pose
from smart_cell.core.operation_mode import OperationMode
from smart_cell.planning.program import ProgramSpot
from smart_cell.supervision.accounting import Decision, WeldFact
from smart_cell.supervision.packml import Command, Mode, State


class Code(IntEnum):
    """Answers to a request; the numbers of `CellCommand.srv`."""

    OK = 0
    WRONG_STATE = 1
    REFUSED = 2
    STALE_EPOCH = 3
    EXPIRED = 4
    INVALID = 5


class DeviceState(str, Enum):
    """What the supervisor has to know of any device."""

    UNKNOWN = "unknown"
    READY = "ready"
    """At rest and usable: robot idle, gun open, conveyor stopped, clamp at its end position."""
    BUSY = "busy"
    PAUSED = "paused"
    """A robot between two spots that goes on when welds are enabled again."""
    INTERRUPTED = "interrupted"
    FAULT = "fault"


# ---------------------------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened; time passed."""


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A person's PackML command, change of mode or change of the speed override."""

    request_id: str
    command: Command
    mode: Mode = Mode.INVALID
    """Mode to change to; INVALID leaves it."""
    speed_override: int = 0
    """Of the robots, 1 to 100 % of the programmed speed; 0 leaves it."""
    user: str = ""
    station: str = ""
    epoch: int = 0
    """Epoch of the supervisor that this is meant for; 0 for whichever."""
    is_expired: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """Put an order into the queue."""

    order: str
    variant: str
    quantity: int
    priority: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True)
class OrderCancelRequest:
    """Take an order out of the queue; a body that is being welded is finished."""

    order: str


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """A person's decision about a spot."""

    request_id: str
    body: str
    spot: str
    decision: Decision
    user: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AcknowledgeRequest:
    """A person has seen an alarm (0: all)."""

    request_id: str
    alarm: int
    user: str = ""


@dataclass(frozen=True, slots=True)
class ShelveRequest:
    """A person takes an alarm out of sight until a steady time [s]."""

    request_id: str
    alarm: int
    until: float
    user: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """What the safety PLC says."""

    is_safe: bool
    cause: str


@dataclass(frozen=True, slots=True)
class NodesLost:
    """Required nodes are no longer alive."""

    process: str
    nodes: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True)
class NodesReady:
    """All required nodes are alive and active, or not any more."""

    is_ready: bool
    missing: str


@dataclass(frozen=True, slots=True)
class RobotReport:
    """State of a robot node."""

    robot: str
    state: DeviceState
    is_home: bool
    spots_done: int
    doing: str
    text: str = ""
    operation_mode: OperationMode = OperationMode.UNKNOWN
    """Of the arm's controller."""


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A robot's job ended. `is_done`: every spot was welded OK and the robot is home."""

    robot: str
    job: str
    is_done: bool
    is_interrupted: bool
    is_weld_failure: bool
    text: str


@dataclass(frozen=True, slots=True)
class JobRefused:
    """A robot did not take a job."""

    robot: str
    job: str
    text: str


@dataclass(frozen=True, slots=True)
class GunReport:
    """State of a gun node."""

    gun: str
    state: DeviceState
    record_sequence: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordsPulled:
    """Entries of a gun's journal, in order and without gaps."""

    gun: str
    facts: tuple[WeldFact, ...]
    newest: int
    is_pending: bool


@dataclass(frozen=True, slots=True)
class ConveyorReport:
    """State of the conveyor."""

    state: DeviceState
    body: str
    """In the station or on its way there; empty for none."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class TransferFinished:
    """A transfer ended."""

    transfer: str
    is_done: bool
    is_interrupted: bool
    text: str


@dataclass(frozen=True, slots=True)
class ClampReport:
    """State of a clamp."""

    clamp: str
    state: DeviceState
    is_closed: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class SensorReport:
    """State of a sensor."""

    sensor: str
    is_valid: bool
    is_active: bool
    value: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class ZoneWish:
    """Everything one robot says about its zones: True wants it or may be in it, False neither."""

    robot: str
    epoch: int
    zones: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """The supervisor's journal could not be written."""

    text: str


Event = (
    Tick
    | CommandRequest
    | OrderRequest
    | OrderCancelRequest
    | DecisionRequest
    | AcknowledgeRequest
    | ShelveRequest
    | SafetyReport
    | NodesLost
    | NodesReady
    | RobotReport
    | JobFinished
    | JobRefused
    | GunReport
    | RecordsPulled
    | ConveyorReport
    | TransferFinished
    | ClampReport
    | SensorReport
    | ZoneWish
    | JournalFailed
)

# ---------------------------------------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class JobSpot:
    """One spot of a job: the planned spot and which attempt this is."""

    program: ProgramSpot
    attempt: int


@dataclass(frozen=True, slots=True)
class RunJob:
    """Give a robot a job; without spots it goes home."""

    robot: str
    job: str
    body: str
    variant: str
    part: Pose
    spots: tuple[JobSpot, ...]


@dataclass(frozen=True, slots=True)
class CancelJob:
    """End a robot's job at the next safe point."""

    robot: str
    job: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move bodies by one step: `body` comes in (and `leaving` moves on), or goes out."""

    transfer: str
    is_in: bool
    station: str
    body: str
    variant: str
    leaving: str = ""


@dataclass(frozen=True, slots=True)
class MoveClamp:
    """Open or close a clamp."""

    clamp: str
    close: bool


@dataclass(frozen=True, slots=True)
class PullRecords:
    """Ask a gun for its records after a sequence number."""

    gun: str
    after: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    request_id: str
    code: Code
    state: State
    text: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Something worth telling: an event for history and screens."""

    name: str
    source: str
    data: Mapping[str, object] = field(default_factory=dict)


Effect = RunJob | CancelJob | Transfer | MoveClamp | PullRecords | Reply | Announce


@dataclass(frozen=True, slots=True)
class Record:
    """An entry for the supervisor's journal. Effects that follow it in a step wait until it is durable."""

    kind: str
    data: Mapping[str, object]
