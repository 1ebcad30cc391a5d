# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The order queue: which body comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum


class OrderStatus(IntEnum):
    """Where an order stands; the numbers of `OrderState.msg`."""

    QUEUED = 0
    RUNNING = 1
    DONE = 2
    CANCELED = 3


@dataclass(frozen=True, slots=True)
class Order:
    """So many bodies of one variant."""

    order: str
    variant: str
    quantity: int
    priority: int
    status: OrderStatus = OrderStatus.QUEUED
    begun: int = 0
    """Bodies brought in."""
    done: int = 0
    """Bodies that left."""


class OrderQueue:
    """Orders in the sequence of priority, then arrival."""

    def __init__(self) -> None:
        """Start empty."""
        self._orders: dict[str, Order] = {}

    @property
    def orders(self) -> tuple[Order, ...]:
        """Every order, finished ones too, in the sequence of arrival."""
        return tuple(self._orders.values())

    def add(self, order: str, variant: str, quantity: int, priority: int) -> bool:
        """Queue an order; False when its id is known already."""
        if order in self._orders:
            return False
        self._orders[order] = Order(order, variant, quantity, priority)
        return True

    def cancel(self, order: str) -> bool:
        """Bring in no more bodies of an order; False when there is nothing left to cancel."""
        known = self._orders.get(order)
        if known is None or known.status in (OrderStatus.DONE, OrderStatus.CANCELED):
            return False
        self._orders[order] = replace(known, status=OrderStatus.CANCELED)
        return True

    def next(self) -> Order | None:
        """Return the order that the next body belongs to."""
        waiting = [
            order
            for order in self._orders.values()
            if order.status in (OrderStatus.QUEUED, OrderStatus.RUNNING) and order.begun < order.quantity
        ]
        return max(waiting, key=lambda order: order.priority) if waiting else None

    def begin_body(self, order: str) -> None:
        """Note that a body of an order is brought in."""
        known = self._orders[order]
        status = OrderStatus.RUNNING if known.status is OrderStatus.QUEUED else known.status
        self._orders[order] = replace(known, begun=known.begun + 1, status=status)

    def finish_body(self, order: str) -> None:
        """Note that a body of an order left."""
        known = self._orders[order]
        done = known.done + 1
        is_done = done >= known.quantity and known.status is OrderStatus.RUNNING
        self._orders[order] = replace(known, done=done, status=OrderStatus.DONE if is_done else known.status)

    @property
    def bodies_ordered(self) -> int:
        """Bodies of all orders; of a cancelled one only those that were begun."""
        return sum(o.begun if o.status is OrderStatus.CANCELED else o.quantity for o in self._orders.values())
