# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""States of a cell as an operator's station sees them, made up for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smart_cell.nodes.views import AlarmView, CellView, OrderView, RobotView
from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Mode, State

CELL = CellView(
    cell="demo",
    epoch=1,
    sequence=1,
    state=State.STOPPED,
    mode=Mode.PRODUCTION,
    backend="sim",
    motion_enabled=False,
    weld_enabled=False,
    speed_override=100,
    order="",
    variant="",
    body="",
    waiting_for="",
    orders=(),
    robots=(RobotView("r1", 0, 0, ""),),
    bodies_done=0,
    bodies_ordered=0,
    welds_ok=0,
    welds_not_ok=0,
    welds_uncertain=0,
    cycle_times=(),
    body_time=0.0,
    alarms_active=0,
)

PRODUCING = replace(
    CELL,
    state=State.EXECUTE,
    motion_enabled=True,
    weld_enabled=True,
    order="run-1",
    variant="sedan",
    body="B000002",
    orders=(OrderView("run-1", "sedan", 3, 1, OrderStatus.RUNNING),),
    robots=(RobotView("r1", 5, 20, "spot S005"), RobotView("r2", 20, 20, "")),
    bodies_done=1,
    bodies_ordered=3,
    welds_ok=105,
    cycle_times=(48.2,),
    body_time=20.0,
)

ALARM = AlarmView(
    id=4,
    code="NODE_LOST",
    source="devices",
    priority=3,
    active=True,
    acknowledged=False,
    first_out=True,
    cause="no heartbeat",
    response="Clear, Reset and Start.",
)


def cell_view(**changes: Any) -> CellView:
    """Return a stopped cell with changes."""
    return replace(CELL, **changes)
