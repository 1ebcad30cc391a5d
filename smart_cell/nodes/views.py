# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What an operator's station knows of a running cell, as plain values: screens and commands need no ROS for them."""

from __future__ import annotations

from dataclasses import dataclass

from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Mode, State


@dataclass(frozen=True, slots=True)
class RobotView:
    """How far one robot is with the body in the station."""

    robot: str
    spots_done: int
    spots_total: int
    doing: str
    """In words: the spot, or what it waits for."""


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order."""

    order: str
    variant: str
    quantity: int
    done: int
    status: OrderStatus


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm that is active or not acknowledged."""

    id: int
    code: str
    source: str
    priority: int
    """1 low to 3 high."""
    active: bool
    acknowledged: bool
    first_out: bool
    cause: str
    response: str
    """What the operator should do."""


@dataclass(frozen=True, slots=True)
class CellView:
    """The state of the cell as its supervisor says it."""

    cell: str
    epoch: int
    """Of the supervisor."""
    sequence: int
    state: State
    mode: Mode
    backend: str
    motion_enabled: bool
    weld_enabled: bool
    speed_override: int
    """Of the robots [%]."""
    order: str
    variant: str
    body: str
    """In the station; empty: none."""
    waiting_for: str
    orders: tuple[OrderView, ...]
    robots: tuple[RobotView, ...]
    bodies_done: int
    bodies_ordered: int
    welds_ok: int
    welds_not_ok: int
    welds_uncertain: int
    cycle_times: tuple[float, ...]
    """Of the bodies done, oldest first [s]."""
    body_time: float
    """Since the body in the station arrived [s]."""
    alarms_active: int


@dataclass(frozen=True, slots=True)
class ProcessView:
    """One process of the cell, from its newest heartbeat."""

    process: str
    pid: int
    host: str
    epoch: int
    """Its start [ns since 1970]."""
    nodes: tuple[str, ...]
    active: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command of an operator."""

    accepted: bool
    text: str
    """In words; never empty."""
    state: State | None = None
    """Of the cell after a PackML command."""
    answered: bool = True
    """False: nobody answered, and the command may or may not have had its effect."""
