# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a cell does, on one screen or as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from smart_cell.nodes.views import AlarmView, CellView, ProcessView
from smart_cell.supervision.permissives import FULL_SPEED


def status_text(cell: CellView, alarms: Sequence[AlarmView], processes: Sequence[ProcessView]) -> str:
    """Return the state of a cell in lines for people."""
    lines = [f"{cell.cell} ({cell.backend.upper()}): {cell.state.title}, mode {cell.mode.title}"]
    if cell.waiting_for:
        lines.append(f"  waiting for  {cell.waiting_for}")
    lines.append(f"  may move     {'yes' if cell.motion_enabled else 'no'}")
    lines.append(f"  may weld     {'yes' if cell.weld_enabled else 'no'}")
    if cell.speed_override != FULL_SPEED:
        lines.append(f"  override     {cell.speed_override} % of the robots' programmed speed")
    if cell.body:
        lines.append(f"  body         {cell.body} ({cell.variant}), {cell.body_time:.0f} s in the cell")
    lines += [
        f"  {robot.robot:<12} {robot.spots_done} of {robot.spots_total} spots  {robot.doing}".rstrip()
        for robot in cell.robots
    ]
    for order in cell.orders:
        progress = f"{order.done} of {order.quantity} {order.variant}, {order.status.name.lower()}"
        lines.append(f"  order        {order.order}: {progress}")
    lines.append(f"  welds        {cell.welds_ok} OK, {cell.welds_not_ok} not OK, {cell.welds_uncertain} uncertain")
    for alarm in alarms:
        state = "active" if alarm.active else "gone, not acknowledged"
        lines.append(f"  alarm {alarm.id:<6} {alarm.code} {alarm.source} ({state}): {alarm.cause}")
        lines.append(f"               {alarm.response}")
    for process in processes:
        count = sum(process.active)
        lines.append(
            f"  process      {process.process}, pid {process.pid}: {count} of {len(process.nodes)} nodes active"
        )
    return "\n".join(lines)


def status_json(cell: CellView, alarms: Sequence[AlarmView], processes: Sequence[ProcessView]) -> dict[str, Any]:
    """Return the state of a cell as an object for JSON; states are written in words."""
    return {
        **asdict(cell),
        "state": cell.state.title,
        "mode": cell.mode.title,
        "orders": [{**asdict(order), "status": order.status.name.lower()} for order in cell.orders],
        "alarms": [asdict(alarm) for alarm in alarms],
        "processes": [asdict(process) for process in processes],
    }
