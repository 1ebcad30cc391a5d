# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What people and their stations ask for besides PackML commands: orders, decisions, and how to treat alarms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from smart_cell.supervision import events as ev
from smart_cell.supervision.alarms import LONGEST_SHELF, AlarmBook
from smart_cell.supervision.events import Announce, Code, Effect, Record, Reply
from smart_cell.supervision.orders import OrderQueue
from smart_cell.supervision.packml import State
from smart_cell.supervision.station import StationCycle

REMEMBERED_REQUESTS = 1000


class RequestDesk:
    """Answers requests, each once: the same request id gets the same answer and has one effect."""

    def __init__(self, variants: frozenset[str], orders: OrderQueue, alarms: AlarmBook, station: StationCycle) -> None:
        """Start without a request.

        Args:
            variants: The variants that can be ordered.
            orders: Takes the orders.
            alarms: Whose alarms are acknowledged and shelved.
            station: Has the body whose spots are decided about.
        """
        self._variants = variants
        self._orders = orders
        self._alarms = alarms
        self._station = station
        self._answers: OrderedDict[str, Reply] = OrderedDict()

    def known_answer(self, request_id: str) -> Reply | None:
        """Return the answer that a request has got already, or None."""
        return self._answers.get(request_id)

    def answer(self, request_id: str, code: Code, state: State, text: str) -> Reply:
        """Return an answer and remember it."""
        reply = self._answers[request_id] = Reply(request_id, code, state, text)
        while len(self._answers) > REMEMBERED_REQUESTS:
            self._answers.popitem(last=False)
        return reply

    def order(self, now: float, request: ev.OrderRequest, state: State) -> Iterator[Record | Effect]:
        """Queue an order; the order's own id makes this happen once."""
        if request.variant not in self._variants:
            known = ", ".join(sorted(self._variants))
            yield Reply(request.order, Code.INVALID, state, f"no variant {request.variant!r}; there are: {known}")
            return
        if request.quantity < 1:
            yield Reply(request.order, Code.INVALID, state, f"quantity {request.quantity} is not at least 1")
            return
        if not self._orders.add(request.order, request.variant, request.quantity, request.priority):
            yield Reply(request.order, Code.OK, state, f"order {request.order} is known already")
            return
        data = {"order": request.order, "variant": request.variant, "quantity": request.quantity}
        yield Record("order", {**data, "priority": request.priority, "user": request.user, "time": now})
        yield Announce("OrderQueued", "supervisor", data)
        yield Reply(request.order, Code.OK, state, f"{request.quantity} x {request.variant} queued")

    def cancel_order(self, now: float, request: ev.OrderCancelRequest) -> Iterator[Record | Effect]:
        """Bring in no more bodies of an order; a body that is being welded is finished."""
        if self._orders.cancel(request.order):
            yield Record("order_canceled", {"order": request.order, "time": now})
            yield Announce("OrderCanceled", "supervisor", {"order": request.order})

    def decide(self, now: float, request: ev.DecisionRequest, state: State) -> Iterator[Record | Effect]:
        """Apply a person's decision about a spot of the body in the station."""
        if (known := self.known_answer(request.request_id)) is not None:
            yield known
            return
        body = self._station.body
        if body is None or body.name != request.body:
            there = "there is none" if body is None else f"it is {body.name}"
            text = f"body {request.body} is not in the station: {there}"
            yield self.answer(request.request_id, Code.INVALID, state, text)
            return
        refusal = body.account.decide(request.spot, request.decision)
        if refusal is not None:
            yield self.answer(request.request_id, Code.INVALID, state, refusal)
            return
        data = {"body": request.body, "spot": request.spot, "decision": request.decision.value}
        yield Record("decision", {**data, "user": request.user, "reason": request.reason, "time": now})
        yield Announce("SpotDecided", "supervisor", data)
        for code in ("SPOT_UNCERTAIN", "WELD_NOT_OK"):
            self._alarms.clear(now, code, f"{request.body}/{request.spot}")
        yield self.answer(request.request_id, Code.OK, state, f"spot {request.spot}: {request.decision.value}")

    def acknowledge(self, now: float, request: ev.AcknowledgeRequest, state: State) -> Iterator[Record | Effect]:
        """Mark alarms as seen."""
        count = self._alarms.acknowledge(request.alarm)
        yield Record("acknowledged", {"alarm": request.alarm, "count": count, "user": request.user, "time": now})
        yield self.answer(request.request_id, Code.OK, state, f"{count} alarm(s) acknowledged")

    def shelve(self, now: float, steady: float, request: ev.ShelveRequest, state: State) -> Iterator[Record | Effect]:
        """Take an alarm out of sight for a time."""
        if not 0.0 < request.until - steady <= LONGEST_SHELF:
            text = f"shelve for more than 0 and at most {LONGEST_SHELF:g} s"
            yield self.answer(request.request_id, Code.INVALID, state, text)
        elif not self._alarms.shelve(request.alarm, request.until):
            yield self.answer(request.request_id, Code.INVALID, state, f"there is no alarm {request.alarm}")
        else:
            data = {"alarm": request.alarm, "user": request.user, "reason": request.reason, "time": now}
            yield Record("shelved", data)
            yield self.answer(request.request_id, Code.OK, state, f"alarm {request.alarm} shelved")
