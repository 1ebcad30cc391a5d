# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Orders on the command line, and the one Start they stand for."""

from __future__ import annotations

import pytest
from cell_views import cell_view
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.commands.orders import (
    LARGEST_QUANTITY,
    PATIENCE,
    OrderDriver,
    OrderFormatError,
    WantedOrder,
    name_orders,
    parse_order,
)
from smart_cell.nodes.views import CellView, OrderView, Reply
from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Command, State

ORDERS = (WantedOrder("sedan", 2, "run-1"), WantedOrder("wagon", 1, "run-2"))
YES = Reply(True, "done")
NO = Reply(False, "refused: not yet")


@given(st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True), st.integers(1, LARGEST_QUANTITY))
def test_variant_and_quantity_are_read(variant: str, quantity: int) -> None:
    assert parse_order(f"{variant}:{quantity}") == WantedOrder(variant, quantity)
    assert parse_order(variant) == WantedOrder(variant, 1)


@given(st.text(max_size=12))
def test_any_text_is_an_order_or_a_format_error(text: str) -> None:
    try:
        order = parse_order(text)
    except OrderFormatError:
        with pytest.raises(OrderFormatError, match="VARIANT:QUANTITY"):
            parse_order(text)
    else:
        assert order.quantity >= 1


@pytest.mark.parametrize(
    "text", ["", "sedan:", "sedan:0", "sedan:-1", "sedan:1.5", "Sedan:1", "sedan:1:2", "sedan:999999"]
)
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(OrderFormatError):
        parse_order(text)


def test_unknown_variant_names_those_there_are() -> None:
    with pytest.raises(OrderFormatError, match="sedan, wagon"):
        name_orders([WantedOrder("coupe", 1)], ["sedan", "wagon"], "run")


def test_orders_get_names_of_their_own() -> None:
    named = name_orders([WantedOrder("sedan", 2), WantedOrder("sedan", 1)], ["sedan"], "20260101-000000")
    assert [order.order for order in named] == ["20260101-000000-1", "20260101-000000-2"]


def follow(driver: OrderDriver, cell: CellView, steady: float, reply: Reply = YES) -> WantedOrder | Command | None:
    """Do one round as the session does."""
    sent = driver.next(cell, steady)
    if sent is not None:
        driver.take(sent, reply, steady)
    return sent


def test_orders_are_queued_then_reset_and_start_once() -> None:
    driver = OrderDriver(ORDERS)
    stopped, idle, execute = (cell_view(state=state) for state in (State.STOPPED, State.IDLE, State.EXECUTE))
    assert driver.next(None, 0.0) is None
    assert follow(driver, stopped, 1.0) == ORDERS[0]
    assert follow(driver, stopped, 2.0) == ORDERS[1]
    assert follow(driver, stopped, 3.0) is Command.RESET
    assert follow(driver, cell_view(state=State.RESETTING), 4.0) is None
    assert follow(driver, idle, 5.0) is Command.START
    assert driver.started
    for state in State:
        assert follow(driver, cell_view(state=state), 100.0 + state) is None
    assert follow(driver, execute, 200.0) is None


@pytest.mark.parametrize("state", [State.ABORTED, State.HELD, State.SUSPENDED])
def test_stopped_by_anything_else_it_waits_for_a_person(state: State) -> None:
    driver = OrderDriver(())
    assert follow(driver, cell_view(state=state), 1.0) is None
    assert not driver.started


def test_refusal_is_tried_again_for_a_while_and_then_reported() -> None:
    driver = OrderDriver(())
    stopped = cell_view(state=State.STOPPED)
    steady = 0.0
    while not driver.failure and steady < 2 * PATIENCE:
        follow(driver, stopped, steady, NO)
        steady += 0.1
    assert PATIENCE < steady < PATIENCE + 1.0
    assert driver.failure == f"Reset was not accepted within {PATIENCE:g} s: refused: not yet"
    assert driver.next(stopped, steady + 1.0) is None


def orders(first: OrderStatus, second: OrderStatus) -> tuple[OrderView, ...]:
    return (
        OrderView("earlier", "sedan", 9, 3, OrderStatus.RUNNING),
        OrderView("run-1", "sedan", 2, 2 if first is OrderStatus.DONE else 1, first),
        OrderView("run-2", "wagon", 1, 1 if second is OrderStatus.DONE else 0, second),
    )


def started() -> OrderDriver:
    driver = OrderDriver(ORDERS)
    for steady, state in enumerate((State.STOPPED, State.STOPPED, State.IDLE)):
        follow(driver, cell_view(state=state), float(steady))
    assert driver.started
    return driver


def test_done_when_all_own_orders_are_done() -> None:
    driver = started()
    running = cell_view(orders=orders(OrderStatus.DONE, OrderStatus.RUNNING))
    assert not driver.is_done(running)
    assert driver.progress(running) == (2, 3)
    done = cell_view(orders=orders(OrderStatus.DONE, OrderStatus.DONE))
    assert driver.is_done(done)
    assert driver.progress(done) == (3, 3)
    assert not driver.is_done(cell_view())
    assert not driver.is_done(None)


def test_canceled_order_is_a_failure() -> None:
    driver = started()
    assert not driver.is_done(cell_view(orders=orders(OrderStatus.CANCELED, OrderStatus.DONE)))
    assert driver.failure == "order run-1 was canceled"
