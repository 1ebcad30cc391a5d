# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Rebuild the supervisor's knowledge from its journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smart_cell.supervision.accounting import Decision, Result, WeldFact
from smart_cell.supervision.events import Record
from smart_cell.supervision.jobs import JobBoard
from smart_cell.supervision.orders import OrderQueue
from smart_cell.supervision.permissives import FULL_SPEED
from smart_cell.supervision.station import Body, Phase, StationCycle

ORDERLY_END = "supervisor_stopped"
"""Kind of the record that an orderly stop leaves as the last one."""


@dataclass(slots=True)
class History:
    """Totals over the journal, kept up to date while the supervisor runs."""

    is_crash: bool = False
    """Whether the supervisor before this one ended without an orderly stop."""
    last_state: str = ""
    speed_override: int = FULL_SPEED
    """Of the robots [%], as a person set it last."""
    welds_ok: int = 0
    welds_not_ok: int = 0
    cycle_times: list[float] = field(default_factory=list)
    """Of all bodies that were released [s]."""

    def count(self, record: Record) -> None:
        """Take a record into the totals."""
        if record.kind == "weld":
            is_ok = record.data["result"] == Result.OK.value
            self.welds_ok += is_ok
            self.welds_not_ok += not is_ok
        elif record.kind == "speed_override":
            self.speed_override = int(_number(record.data["percent"]))
        elif record.kind == "body_released":
            self.cycle_times.append(_number(record.data["cycle_time"]))


def restore(records: Sequence[Record], orders: OrderQueue, jobs: JobBoard, station: StationCycle) -> History:
    """Replay a journal into empty parts and return its totals.

    Args:
        records: All records, oldest first.
        orders: Gets the orders and how far they are.
        jobs: Gets how far the guns' journals have been read.
        station: Gets the body in the station, what is known of its spots, and its place in the sequence.
    """
    history = History(is_crash=bool(records) and records[-1].kind != ORDERLY_END)
    bodies: dict[str, Body] = {}
    current: Body | None = None
    released: Body | None = None
    phase = Phase.EMPTY
    for record in records:
        history.count(record)
        data: Mapping[str, Any] = record.data
        match record.kind:
            case "state":
                history.last_state = str(data["to"])
            case "supervisor_started":
                history.last_state = str(data["state"])
            case "order":
                orders.add(data["order"], data["variant"], data["quantity"], data["priority"])
            case "order_canceled":
                orders.cancel(data["order"])
            case "body_begun":
                orders.begin_body(data["order"])
                account = station.open_account(data["body"], data["variant"])
                body = Body(data["body"], data["variant"], data["order"], account, data["time"], data["leaving"])
                bodies[body.name] = current = body
                phase = Phase.ARRIVING
                station.next_body_number = int(body.name[1:]) + 1
            case "body_arrived":
                phase = Phase.CHECKING
            case "weld":
                fact = _fact(data)
                jobs.restore_read(fact.gun, fact.sequence)
                if fact.body in bodies:
                    bodies[fact.body].account.apply(fact)
            case "decision":
                bodies[data["body"]].account.decide(data["spot"], Decision(data["decision"]))
            case "body_released":
                released = bodies[data["body"]]
                phase = Phase.UNCLAMPING
            case "body_left":
                orders.finish_body(data["order"])
                released = None
                if current is not None and current.name == data["body"]:
                    current, phase = None, Phase.EMPTY
    station.restore(current, phase, released)
    return history


def _fact(data: Mapping[str, Any]) -> WeldFact:
    return WeldFact(
        data["gun"],
        data["sequence"],
        data["body"],
        data["spot"],
        data["attempt"],
        Result(data["result"]),
        data["reason"],
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
