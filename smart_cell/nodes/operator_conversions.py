# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Between messages and what an operator's station shows and sends."""

from __future__ import annotations

from typing import Any, Final

from smart_cell.nodes.views import AlarmView, CellView, OrderView, ProcessView, Reply, RobotView
from smart_cell.supervision.accounting import Decision
from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Mode, State
from smart_cell_msgs.msg import AlarmList, CellState, Heartbeat
from smart_cell_msgs.srv import CellCommand, DecideSpot

DECISIONS: Final = {
    Decision.ACCEPT: DecideSpot.Request.DECISION_ACCEPT,
    Decision.REWELD: DecideSpot.Request.DECISION_REWELD,
    Decision.REPAIR: DecideSpot.Request.DECISION_REPAIR,
}

_CODES: Final = {
    CellCommand.Response.CODE_OK: "done",
    CellCommand.Response.CODE_WRONG_STATE: "not allowed in this state",
    CellCommand.Response.CODE_REFUSED: "refused",
    CellCommand.Response.CODE_STALE_EPOCH: "meant for an earlier supervisor",
    CellCommand.Response.CODE_EXPIRED: "came after its deadline",
    CellCommand.Response.CODE_INVALID: "invalid",
}


def cell_view(message: CellState) -> CellView:
    """Return the state of the cell."""
    return CellView(
        cell=message.cell,
        epoch=message.epoch,
        sequence=message.sequence,
        state=State(message.state),
        mode=Mode(message.mode),
        backend=message.backend,
        motion_enabled=message.motion_enabled,
        weld_enabled=message.weld_enabled,
        speed_override=message.speed_override,
        order=message.order,
        variant=message.variant,
        body=message.body,
        waiting_for=message.waiting_for,
        orders=tuple(
            OrderView(order.order, order.variant, order.quantity, order.done, OrderStatus(order.state))
            for order in message.orders
        ),
        robots=tuple(
            RobotView(robot.robot, robot.spots_done, robot.spots_total, robot.doing) for robot in message.robots
        ),
        bodies_done=message.bodies_done,
        bodies_ordered=message.bodies_ordered,
        welds_ok=message.welds_ok,
        welds_not_ok=message.welds_not_ok,
        welds_uncertain=message.welds_uncertain,
        cycle_times=tuple(message.cycle_times),
        body_time=message.body_time,
        alarms_active=message.alarms_active,
    )


def alarm_views(message: AlarmList) -> tuple[AlarmView, ...]:
    """Return the alarms that are active or not acknowledged."""
    return tuple(
        AlarmView(
            id=alarm.id,
            code=alarm.code,
            source=alarm.source,
            priority=alarm.priority,
            active=alarm.active,
            acknowledged=alarm.acknowledged,
            first_out=alarm.first_out,
            cause=alarm.cause,
            response=alarm.response,
        )
        for alarm in message.alarms
    )


def process_view(message: Heartbeat) -> ProcessView:
    """Return what a heartbeat says of its process."""
    return ProcessView(
        process=message.process,
        pid=message.pid,
        host=message.host,
        epoch=message.epoch,
        nodes=tuple(message.nodes),
        active=tuple(message.active),
    )


def reply(response: Any, problem: str) -> Reply:
    """Return the answer to a command.

    Args:
        response: Of any service with `code` and `text`; None without an answer.
        problem: Why there is no answer.
    """
    if response is None:
        return Reply(False, problem, answered=False)
    state = State(response.state) if hasattr(response, "state") else None
    accepted = response.code == CellCommand.Response.CODE_OK
    # the text says it all; the code's word is for servers that give none
    return Reply(accepted, response.text or _CODES.get(response.code, f"code {response.code}"), state)
