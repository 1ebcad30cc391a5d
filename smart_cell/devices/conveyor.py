# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""An indexing conveyor: carries one transfer out at a time, goes on with one that was interrupted, and never twice.

Pure logic over a backend whose control keeps what was last to be done and how far it is, as the retentive data of a
PLC do. So a transfer that a crash interrupted is known after it, and is finished under the same id.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from smart_cell.cell.model import Conveyor, ConveyorType
from smart_cell.core.errors import SmartCellError
from smart_cell.devices.protocol import Permission, Snapshot

SLACK = 2.0
"""How much longer than calculated a transfer may take, beside half of that time again [s]."""
REMEMBERED = 1000
"""Transfers that are known to be done."""


class UnsupportedConveyorError(SmartCellError):
    """The cell file asks for a kind of conveyor that there is no control for."""


class Direction(str, Enum):
    """Where a transfer leads."""

    IN = "in"
    OUT = "out"


class ConveyorState(str, Enum):
    """What a conveyor is doing; the states of ConveyorState.msg but INACTIVE, which is the node's."""

    STOPPED = "stopped"
    MOVING = "moving"
    INTERRUPTED = "interrupted"
    """Stopped between two places: a transfer has to be finished."""
    FAULT = "fault"


class TransferCode(str, Enum):
    """How a transfer ended; the codes of Transfer.action."""

    DONE = "done"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One step: `body` comes into the station, and `leaving` moves on; or `body` goes out."""

    name: str
    """Id; a transfer is carried out once."""
    direction: Direction
    station: str
    body: str
    leaving: str = ""
    """IN only: the body that stands in the station; empty for none."""
    variant: str = ""
    """Written on the data carrier of a body that comes in."""


@dataclass(frozen=True, slots=True)
class TransferResult:
    """The end of a transfer."""

    transfer: str
    code: TransferCode
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConveyorCommand:
    """What the conveyor is told: carry this transfer out or on; None: stand still."""

    transfer: Transfer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConveyorSnapshot(Snapshot):
    """What the conveyor's control says."""

    transfer: Transfer | None
    """The transfer that runs or was the last to run; None for a new conveyor."""
    is_done: bool
    """The transfer has been carried out to its end."""
    position: float
    """Way that the transfer has covered [m]."""
    speed: float
    """[m/s]"""
    bodies: Mapping[str, str]
    """The body that stands in each occupied station, by the control's own tracking."""
    fault: str = ""
    """What the drive complains about, in words."""


@dataclass(frozen=True, slots=True)
class ConveyorStatus:
    """What there is to show; the fields of ConveyorState.msg."""

    state: ConveyorState
    transfer: str
    station: str
    body: str
    position: float
    speed: float
    text: str


class ConveyorSequence:
    """Decides what the conveyor of a cell does."""

    def __init__(self, conveyor: Conveyor, pitches: Mapping[str, float]) -> None:
        """Start without a transfer.

        Args:
            conveyor: Its part of the cell.
            pitches: Way of one step into each of its stations [m].

        Raises:
            UnsupportedConveyorError: It is not an indexing conveyor.
        """
        if conveyor.type is not ConveyorType.INDEXING:
            raise UnsupportedConveyorError(
                f"conveyor {conveyor.name}: type {conveyor.type.value} is not supported yet; use indexing"
            )
        self._conveyor = conveyor
        self._pitches = dict(pitches)
        self._active: Transfer | None = None
        self._stop_reason = ""
        self._deadline = 0.0
        self._fault = ""
        self._text = ""
        self._done: OrderedDict[str, None] = OrderedDict()

    def refusal(self, epoch: int, permission: Permission) -> str | None:
        """Return why no transfer can begin now, or None; for the answer to a goal."""
        if not permission.motion:
            return f"motion is not permitted: {permission.reason}"
        if epoch != permission.epoch:
            return f"the transfer is of supervisor epoch {epoch}, now it is {permission.epoch}"
        return None

    def begin(self, order: Transfer, snapshot: ConveyorSnapshot, now: float) -> TransferResult | None:
        """Begin a transfer, or go on with it.

        Args:
            order: What to do.
            snapshot: What the control says now.
            now: [s]

        Returns:
            The result, if there is nothing left to do; else it comes from `step`.
        """
        text = self._objection(order, snapshot)
        if text is not None:
            self._text = text
            return TransferResult(order.name, TransferCode.REFUSED, text)
        if order.name in self._done or (snapshot.is_done and snapshot.transfer == order):
            return TransferResult(order.name, TransferCode.DONE, "was carried out before")
        if self._active is None:
            self._active = order
            self._stop_reason = self._fault = self._text = ""
            way = self._pitches[order.station]
            if snapshot.transfer == order:
                way -= snapshot.position
            duration = way / self._conveyor.speed + self._conveyor.speed / self._conveyor.acceleration
            self._deadline = now + 1.5 * duration + SLACK
        return None

    def step(
        self, now: float, snapshot: ConveyorSnapshot, permission: Permission
    ) -> tuple[ConveyorCommand, TransferResult | None]:
        """Return what to command now, and the result of a transfer that has just ended.

        Args:
            now: [s]
            snapshot: What the control says now.
            permission: What the cell permits.
        """
        active = self._active
        if active is None:
            return ConveyorCommand(), None
        if snapshot.is_done and snapshot.transfer == active:
            self._active = None
            self._remember(active.name)
            return ConveyorCommand(), TransferResult(active.name, TransferCode.DONE)
        if not self._stop_reason:
            self._stop_reason = self._reason_to_stop(now, active, snapshot, permission)
        if not self._stop_reason:
            return ConveyorCommand(active), None
        if snapshot.speed > 0.0:
            return ConveyorCommand(), None
        self._active = None
        self._text = self._stop_reason
        return ConveyorCommand(), TransferResult(active.name, TransferCode.INTERRUPTED, self._stop_reason)

    def cancel(self, reason: str) -> None:
        """Let the conveyor come to rest and end the transfer."""
        if self._active is not None and not self._stop_reason:
            self._stop_reason = reason

    @property
    def is_active(self) -> bool:
        """Whether a transfer is under way."""
        return self._active is not None

    @property
    def active(self) -> str:
        """Id of the transfer under way; empty for none."""
        return "" if self._active is None else self._active.name

    def status(self, snapshot: ConveyorSnapshot) -> ConveyorStatus:
        """Return what there is to show."""
        transfer = snapshot.transfer
        is_between = transfer is not None and not snapshot.is_done
        if self._fault or snapshot.fault:
            state = ConveyorState.FAULT
        elif snapshot.speed > 0.0 or self._active is not None:
            state = ConveyorState.MOVING
        else:
            state = ConveyorState.INTERRUPTED if is_between else ConveyorState.STOPPED
        station = transfer.station if transfer is not None else ""
        body = transfer.body if is_between and transfer is not None else snapshot.bodies.get(station, "")
        return ConveyorStatus(
            state=state,
            transfer="" if transfer is None else transfer.name,
            station=station,
            body=body,
            position=snapshot.position,
            speed=snapshot.speed,
            text=self._fault or snapshot.fault or self._text,
        )

    def _objection(self, order: Transfer, snapshot: ConveyorSnapshot) -> str | None:
        """Return what stands against an order, in words."""
        if order.station not in self._pitches:
            return f"{order.station!r} is not a station of {self._conveyor.name}; there are {', '.join(self._pitches)}"
        if not order.name or not order.body:
            return "a transfer needs an id and a body"
        if self._active is not None:
            return None if order == self._active else f"transfer {self._active.name} is under way"
        known = snapshot.transfer
        if known is not None and known.name == order.name:
            return None if known == order else f"transfer {order.name} is known with other contents"
        if order.name in self._done:
            return None
        if known is not None and not snapshot.is_done:
            return f"transfer {known.name} has to be finished first"
        there = snapshot.bodies.get(order.station, "")
        wanted = order.leaving if order.direction is Direction.IN else order.body
        if there != wanted:
            return f"station {order.station} holds {there or 'no body'}, the transfer says {wanted or 'no body'}"
        return None

    def _reason_to_stop(self, now: float, active: Transfer, snapshot: ConveyorSnapshot, permission: Permission) -> str:
        if not permission.motion:
            return permission.reason or "motion is not permitted"
        if snapshot.fault:
            self._fault = snapshot.fault
        elif now > self._deadline:
            way = self._pitches[active.station]
            self._fault = f"transfer {active.name} is late: {snapshot.position:.2f} m of {way:.2f} m done"
        return self._fault

    def _remember(self, transfer: str) -> None:
        self._done[transfer] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
