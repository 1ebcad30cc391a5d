# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Orders as they are written on the command line, and the one Start that they stand for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from smart_cell.core.errors import SmartCellError
from smart_cell.nodes.views import CellView, Reply
from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Command, State

LARGEST_QUANTITY: Final = 100_000
PATIENCE: Final = 20.0
"""How long refusals of Reset and Start are taken for a cell that is not quite up yet [s, steady clock]."""
RETRY_PERIOD: Final = 0.3
"""Between two attempts of the same command [s, steady clock]."""


class OrderFormatError(SmartCellError):
    """An order is not written as VARIANT:QUANTITY, or the cell has no such variant."""


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """So many bodies of one variant."""

    variant: str
    quantity: int
    order: str = ""
    """Name of the order; empty before it has one."""


def parse_order(text: str) -> WantedOrder:
    """Read `VARIANT:QUANTITY`, or `VARIANT` for one body.

    Raises:
        OrderFormatError: The text is anything else.

    Example:
        >>> parse_order("sedan:3")
        WantedOrder(variant='sedan', quantity=3, order='')
    """
    match = re.fullmatch(r"([a-z][a-z0-9_]*)(?::([0-9]{1,6}))?", text)
    quantity = int(match[2] or 1) if match else 0
    if match is None or not 1 <= quantity <= LARGEST_QUANTITY:
        raise OrderFormatError(
            f"order {text!r}: write VARIANT:QUANTITY, such as sedan:3, with a quantity from 1 to {LARGEST_QUANTITY}"
        )
    return WantedOrder(match[1], quantity)


def name_orders(orders: Sequence[WantedOrder], variants: Collection[str], run: str) -> tuple[WantedOrder, ...]:
    """Give each order a name that no other run uses.

    Args:
        orders: As written.
        variants: That the cell has.
        run: What the names begin with.

    Raises:
        OrderFormatError: The cell does not have one of the variants.
    """
    for order in orders:
        if order.variant not in variants:
            raise OrderFormatError(f"order {order.variant!r}: the cell has the variants {', '.join(variants)}")
    return tuple(
        WantedOrder(order.variant, order.quantity, f"{run}-{number}") for number, order in enumerate(orders, start=1)
    )


class OrderDriver:
    """Brings written orders into production: queues them, then Reset and Start, once.

    After that one Start it sends nothing any more: whatever stops the cell, a person starts it again. It follows the
    orders in the state of the cell, so that a supervisor that dies and comes back is no matter.
    """

    def __init__(self, orders: Sequence[WantedOrder]) -> None:
        """Take the orders, with their names."""
        self._orders = tuple(orders)
        self._waiting = list(orders)
        self._began: float | None = None
        self._next_try = 0.0
        self.started = False
        """The Start was accepted."""
        self.failure = ""
        """Why the orders will not be done; empty while they may."""

    def next(self, cell: CellView | None, steady: float) -> WantedOrder | Command | None:
        """Return what to send now: an order for the queue, a command, or nothing.

        Args:
            cell: Newest state of the cell; None before there is any.
            steady: The steady clock [s].
        """
        if cell is None or self.started or self.failure or steady < self._next_try:
            return None
        if self._began is None:
            self._began = steady
        self._next_try = steady + RETRY_PERIOD
        if self._waiting:
            return self._waiting[0]
        if cell.state in (State.STOPPED, State.COMPLETE):
            return Command.RESET
        return Command.START if cell.state is State.IDLE else None

    def take(self, sent: WantedOrder | Command, reply: Reply, steady: float) -> None:
        """Note the answer to what was sent.

        Args:
            sent: What `next` returned.
            reply: The answer.
            steady: The steady clock [s].
        """
        if reply.accepted:
            self._began = steady
            if isinstance(sent, WantedOrder):
                self._waiting.remove(sent)
                self._next_try = steady
            elif sent is Command.START:
                self.started = True
        elif self._began is not None and steady - self._began > PATIENCE:
            what = f"order {sent.order}" if isinstance(sent, WantedOrder) else sent.title
            self.failure = f"{what} was not accepted within {PATIENCE:g} s: {reply.text}"

    def is_done(self, cell: CellView | None) -> bool:
        """Tell whether all orders are done; an order that was canceled makes them fail.

        Args:
            cell: Newest state of the cell.
        """
        if cell is None or not self.started:
            return False
        known = {order.order: order for order in cell.orders}
        canceled = [
            order.order
            for order in self._orders
            if order.order in known and known[order.order].status is OrderStatus.CANCELED
        ]
        if canceled:
            self.failure = f"order {', '.join(canceled)} was canceled"
        return all(order.order in known and known[order.order].status is OrderStatus.DONE for order in self._orders)

    def progress(self, cell: CellView | None) -> tuple[int, int]:
        """Return how many bodies of these orders are done, and how many there are to be."""
        done = {order.order: order.done for order in cell.orders} if cell is not None else {}
        return sum(done.get(order.order, 0) for order in self._orders), sum(order.quantity for order in self._orders)
