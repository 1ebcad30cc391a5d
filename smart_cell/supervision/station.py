# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The sequence of the station: a body comes in, is checked, clamped, welded, released and leaves.

Pure. `advance` looks at what is known and returns the next effects; calling it again without news does nothing.
Only facts change the phase, so that the same code goes on after a stop and after a restart.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from smart_cell.cell.model import Cell, SensorType, Station
from smart_cell.planning.program import Plan
from smart_cell.supervision.accounting import BodyAccount
from smart_cell.supervision.events import (
    Announce,
    DeviceState,
    Effect,
    MoveClamp,
    Record,
    Transfer,
    TransferFinished,
)
from smart_cell.supervision.jobs import JobBoard
from smart_cell.supervision.orders import OrderQueue
from smart_cell.supervision.view import CellView, Problem, Reaction

CHECK_TIME = 5.0
"""Longest time for the sensors to confirm a body that has arrived [s]."""
TRANSFER_TIME = 60.0
"""Longest time for one transfer [s]."""
RETRY_PERIOD = 0.3
"""Pause before a refused or unanswered command is sent again [s, steady clock]."""
MOST_REFUSALS = 10
"""Refusals in a row before a transfer counts as failed."""


class Phase(str, Enum):
    """Where the station is with its body."""

    EMPTY = "empty"
    ARRIVING = "arriving"
    CHECKING = "checking"
    CLAMPING = "clamping"
    WELDING = "welding"
    UNCLAMPING = "unclamping"
    LEAVING = "leaving"


@dataclass(slots=True)
class Body:
    """A body and its place in the sequence."""

    name: str
    variant: str
    order: str
    account: BodyAccount
    started: float
    """ROS time at which its transfer in was ordered [s]."""
    leaving: str = ""
    """Body that leaves the station by this body's transfer in."""


class StationCycle:
    """The body in the station and what has to happen to it next."""

    def __init__(self, cell: Cell, plan: Plan, view: CellView, orders: OrderQueue, jobs: JobBoard) -> None:
        """Start with an empty station."""
        self._cell = cell
        self._plan = plan
        self._view = view
        self._orders = orders
        self._jobs = jobs
        self.station: Station = next(iter(cell.stations.values()))
        self.phase = Phase.EMPTY
        self.body: Body | None = None
        self.next_body_number = 1
        self.waiting_for = ""
        self._released: Body | None = None
        self._phase_since: float | None = None
        self._transfer: str | None = None
        self._transfer_problem = ""
        self._refusals = 0
        self._sent: dict[str, float] = {}

    # ------------------------------------------------------------------------------------------ facts

    def open_account(self, body: str, variant: str) -> BodyAccount:
        """Return an account with every spot of `variant` open."""
        robots = {spot.spot: r for r, program in self._plan.programs[variant].items() for spot in program.spots}
        return BodyAccount(body, robots, most_rewelds=self._view.most_rewelds)

    def restore(self, body: Body | None, phase: Phase, released: Body | None) -> None:
        """Continue with what the journal knows: the body in the station or on its way, and one that may leave."""
        self.body, self.phase, self._released = body, phase, released

    def interrupt(self) -> None:
        """Forget what was ordered but not confirmed; `advance` will order it again."""
        self._phase_since = None
        self._transfer = None
        self._transfer_problem = ""
        self._refusals = 0
        self._sent.clear()
        if self.phase in (Phase.CLAMPING, Phase.WELDING):
            self._enter(Phase.CHECKING)

    def retry(self) -> None:
        """Begin the waits of the phase anew, as after a person has repaired something."""
        self._phase_since = None
        self._sent.clear()

    def transfer_finished(self, now: float, event: TransferFinished) -> Iterator[Record | Effect]:
        """Take note of how a transfer ended."""
        if event.transfer != self._transfer:
            return
        if not event.is_done:
            self._transfer = None
            self._refusals += 1
            self._transfer_problem = event.text
            return
        self._transfer, self._transfer_problem, self._refusals = None, "", 0
        if self.phase is Phase.ARRIVING and self.body is not None:
            if self.body.leaving:
                yield from self._left(now, self.body.leaving)
            yield Record("body_arrived", {"body": self.body.name, "time": now})
            yield Announce("BodyArrived", self.station.name, {"body": self.body.name, "variant": self.body.variant})
            self._enter(Phase.CHECKING)
        elif self.phase is Phase.LEAVING and self.body is not None:
            yield from self._left(now, self.body.name)
            self.body = None
            self._enter(Phase.EMPTY)

    # ------------------------------------------------------------------------------------------ sequence

    def advance(self, now: float, steady: float, *, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        """Do what the phase asks for.

        Args:
            now: ROS time [s].
            steady: Steady clock [s], for the pauses between repeated commands.
            may_begin: Whether a new body may be brought in.

        Yields:
            Records and effects in their order, and problems that need a person.
        """
        for _ in Phase:
            before = self.phase
            yield from getattr(self, f"_{before.value}")(now, steady, may_begin)
            if self.phase is before:
                return
            self._phase_since = now

    @property
    def is_finished(self) -> bool:
        """Whether there is no body and no order waits for one."""
        return self.phase is Phase.EMPTY and self._orders.next() is None

    def _empty(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del steady
        self.waiting_for = ""
        if may_begin:
            yield from self._begin_body(now, leaving="")

    def _begin_body(self, now: float, leaving: str) -> Iterator[Record | Effect | Problem]:
        order = self._orders.next()
        if order is None:
            return
        name = f"B{self.next_body_number:06d}"
        self.next_body_number += 1
        self._orders.begin_body(order.order)
        account = self.open_account(name, order.variant)
        self.body = Body(name, order.variant, order.order, account, now, leaving)
        yield Record(
            "body_begun",
            {"body": name, "variant": order.variant, "order": order.order, "leaving": leaving, "time": now},
        )
        self._enter(Phase.ARRIVING)

    def _arriving(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del may_begin
        body = self._current
        self.waiting_for = f"body {body.name} to arrive"
        move = Transfer(f"{body.name}/in", True, self.station.name, body.name, body.variant, body.leaving)
        yield from self._transfer_once(now, steady, move)

    def _checking(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del steady, may_begin
        body = self._current
        missing = self._missing(body)
        if missing is None:
            self._enter(Phase.CLAMPING)
            return
        self.waiting_for = missing.cause
        if self._overdue(now, CHECK_TIME):
            self._phase_since = None
            yield missing

    def _missing(self, body: Body) -> Problem | None:
        """Return what the sensors of the station have against this body, or None."""
        conveyor = self._view.conveyor
        if conveyor.body != body.name:
            return Problem(
                Reaction.HOLD,
                "BODY_MISMATCH",
                self.station.name,
                f"the conveyor says {conveyor.body or 'no body'}, the records say {body.name}",
            )
        for name in self.station.part_present:
            sensor = self._view.sensors.get(name)
            if sensor is None or not sensor.is_valid or not sensor.is_active:
                what = "is broken" if sensor is not None and not sensor.is_valid else "sees no part"
                return Problem(Reaction.HOLD, "PART_MISSING", name, f"sensor {name} {what}")
        reader = self.station.id_reader
        if reader is not None and self._cell.sensors[reader].type is SensorType.BODY_ID:
            sensor = self._view.sensors.get(reader)
            if sensor is None or not sensor.is_valid or not sensor.is_active:
                return Problem(Reaction.HOLD, "PART_MISSING", reader, f"reader {reader} reads no body")
            if (sensor.value, sensor.variant) != (body.name, body.variant):
                return Problem(
                    Reaction.HOLD,
                    "BODY_MISMATCH",
                    reader,
                    f"{reader} reads {sensor.value} ({sensor.variant}), the records say {body.name} ({body.variant})",
                )
        return None

    def _clamping(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del may_begin
        if (yield from self._clamps(now, steady, close=True)):
            self._enter(Phase.WELDING)

    def _welding(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del may_begin
        body = self._current
        yield from self._jobs.advance(steady, body.name, body.variant, body.account, self.station.part)
        self.waiting_for = self._jobs.waiting_for
        if body.account.is_complete and self._jobs.is_idle and self._view.all_robots_home:
            counts: Mapping[str, int] = body.account.summary()
            cycle_time = now - body.started
            yield Record("body_released", {"body": body.name, "spots": counts, "cycle_time": cycle_time, "time": now})
            yield Announce("BodyReleased", self.station.name, {"body": body.name, "cycle_time": round(cycle_time, 3)})
            self._released = body
            self._enter(Phase.UNCLAMPING)

    def _unclamping(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        if not self._view.all_robots_home:
            self.waiting_for = "every robot to be at home"
            return
        if (yield from self._clamps(now, steady, close=False)):
            if may_begin and self._orders.next() is not None:
                yield from self._begin_body(now, leaving=self._current.name)
            else:
                self._enter(Phase.LEAVING)

    def _leaving(self, now: float, steady: float, may_begin: bool) -> Iterator[Record | Effect | Problem]:
        del may_begin
        body = self._current
        self.waiting_for = f"body {body.name} to leave"
        move = Transfer(f"{body.name}/out", False, self.station.name, body.name, body.variant)
        yield from self._transfer_once(now, steady, move)

    # ------------------------------------------------------------------------------------------ parts

    @property
    def _current(self) -> Body:
        if self.body is None:
            raise RuntimeError(f"phase {self.phase.value} without a body")
        return self.body

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._phase_since = None
        self._sent.clear()

    def _overdue(self, now: float, limit: float) -> bool:
        if self._phase_since is None:
            self._phase_since = now
        return now - self._phase_since > limit

    def _left(self, now: float, body: str) -> Iterator[Record | Effect]:
        released, self._released = self._released, None
        if released is None or released.name != body:
            raise RuntimeError(f"body {body} left without having been released")
        self._orders.finish_body(released.order)
        yield Record("body_left", {"body": body, "order": released.order, "time": now})
        yield Announce("BodyLeft", self.station.name, {"body": body})

    def _due(self, steady: float, key: str) -> bool:
        """Tell whether a repeatable command is to be sent (again) now."""
        if steady - self._sent.get(key, -RETRY_PERIOD) < RETRY_PERIOD:
            return False
        self._sent[key] = steady
        return True

    def _transfer_once(self, now: float, steady: float, move: Transfer) -> Iterator[Record | Effect | Problem]:
        if self._refusals > MOST_REFUSALS:
            self._refusals = 0
            yield Problem(Reaction.ABORT, "CONVEYOR_FAULT", self._view.conveyor_name, self._transfer_problem)
            return
        if self._overdue(now, TRANSFER_TIME):
            self._phase_since = None
            yield Problem(
                Reaction.ABORT,
                "CONVEYOR_FAULT",
                self._view.conveyor_name,
                f"transfer {move.transfer} did not end within {TRANSFER_TIME:g} s",
            )
            return
        if self._transfer is None and self._due(steady, move.transfer):
            self._transfer = move.transfer
            yield move

    def _clamps(self, now: float, steady: float, *, close: bool) -> Generator[Effect | Problem, None, bool]:
        """Move every clamp; the generator's value tells whether all are there."""
        wanted = "closed" if close else "open"
        late = [
            name
            for name in self.station.clamps
            if (clamp := self._view.clamps.get(name)) is None
            or clamp.is_closed != close
            or clamp.state is not DeviceState.READY
        ]
        if not late:
            return True
        self.waiting_for = f"clamp {', '.join(late)} to be {wanted}"
        limit = max(self._cell.clamps[name].timeout for name in self.station.clamps) + 1.0
        broken = [
            name for name in late if name in self._view.clamps and self._view.clamps[name].state is DeviceState.FAULT
        ]
        if broken or self._overdue(now, limit):
            self._phase_since = None
            self._sent.clear()
            for name in broken or late:
                clamp = self._view.clamps.get(name)
                why = clamp.text if clamp is not None and clamp.text else f"not {wanted} after {limit:g} s"
                yield Problem(Reaction.HOLD, "CLAMP_FAULT", name, f"clamp {name}: {why}")
            return False
        for name in late:
            if self._due(steady, name):
                yield MoveClamp(name, close)
        return False
