# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A cell with one station and everything that belongs to it, without robots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smart_cell.cell.model import (
    Cell,
    Clamp,
    Conveyor,
    ConveyorType,
    Sensor,
    SensorType,
    Station,
    Variant,
)
from smart_cell.core.geometry import Pose

CELL = Cell(
    name="station_cell",
    takt=60.0,
    robots={},
    guns={},
    timers={},
    dressers={},
    conveyors={"cv": Conveyor("cv", ConveyorType.INDEXING, ("s1",), speed=1.0, acceleration=0.8)},
    stations={"s1": Station("s1", 6.0, Pose((0.0, 0.0, 0.0)), ("c1",), ("pp1",), "rfid1")},
    clamps={"c1": Clamp("c1", travel_time=0.5, timeout=3.0)},
    sensors={"pp1": Sensor("pp1", SensorType.PART_PRESENT), "rfid1": Sensor("rfid1", SensorType.BODY_ID)},
    zones={},
    variants={"sedan": Variant("sedan", ()), "wagon": Variant("wagon", ())},
    schedules={},
    source=Path("station_cell.yaml"),
    digest="0" * 64,
)


@dataclass(frozen=True)
class Permit:
    """What the cell permits."""

    motion: bool = True
    weld: bool = True
    epoch: int = 7
    reason: str = ""


RUN = Permit()
STOP = Permit(motion=False, weld=False, reason="safety: emergency stop")
