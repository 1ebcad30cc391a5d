# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The cell as the rest of the software sees it: frozen, checked and in SI units.

`smart_cell.cell.loader.load_cell` is the only place that builds these objects from a file. Lengths are [m],
angles [rad], times [s], forces [N], currents [A]; the cell file itself may use other units where the key says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from smart_cell.core.geometry import Pose, Vector
from smart_cell.core.shapes import Shape


class GunType(str, Enum):
    """The two families of weld gun: electrodes that move in line (C) or on a pivot (X)."""

    C = "c"
    X = "x"


class ConveyorType(str, Enum):
    """How bodies move: step by step with a stop in the station, or without stopping."""

    INDEXING = "indexing"
    CONTINUOUS = "continuous"


class SensorType(str, Enum):
    """What a sensor tells: a part lies in its seat, or which body this is."""

    PART_PRESENT = "part_present"
    BODY_ID = "body_id"


class SpotClass(str, Enum):
    """How much a spot matters: a critical spot is never skipped or left to repair."""

    REGULAR = "regular"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Robot:
    """A six-axis arm, where it stands, and the gun it carries."""

    name: str
    model: str
    """Name in the arm data, such as `kr210_r2700_2`, or the absolute path of a URDF or xacro file."""
    base: Pose
    """Base frame of the arm in the cell frame."""
    gun: str
    home: tuple[float, float, float, float, float, float]
    """Joint angles [rad] of the safe position, A1 to A6."""
    base_link: str | None = None
    """Link of the arm's file whose frame is its base frame; None leaves it to the reader of the file."""
    tip_link: str | None = None
    """Link of the arm's file whose frame is its flange frame; None leaves it to the reader of the file."""
    jerk_time: float | None = None
    """Time from no to full acceleration [s]; None leaves it to the arm."""


@dataclass(frozen=True, slots=True)
class Gun:
    """A weld gun as mounted on its robot's flange."""

    name: str
    type: GunType
    tcp: Pose
    """The fixed tip in the flange frame, +z towards the moving tip."""
    timer: str
    dresser: str | None
    stroke: float
    """Opening between the tips when the gun is open [m]."""
    speed: float
    """Closing speed of the moving tip [m/s]."""
    max_force: float
    """Largest electrode force [N]."""
    shape: tuple[Shape, ...] = ()
    """What stands for it in clearance checks, in the flange frame; empty: the usual shape of its type."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A weld timer (weld controller) and the largest current [A] it can drive."""

    name: str
    max_current: float


@dataclass(frozen=True, slots=True)
class Dresser:
    """A tip dresser and when the guns that use it are sent there."""

    name: str
    interval: int
    """Welds between two dressings."""
    duration: float
    """Time of one dressing [s]."""


@dataclass(frozen=True, slots=True)
class Clamp:
    """A clamp of a station."""

    name: str
    travel_time: float
    """Time from open to closed [s]."""
    timeout: float
    """Longest time a travel may take before it is a fault [s]."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """A binary or identifying sensor of a station."""

    name: str
    type: SensorType


@dataclass(frozen=True, slots=True)
class Station:
    """The place where a body stands while it is welded."""

    name: str
    pitch: float
    """Distance that a body travels to get here from the place before [m]."""
    part: Pose
    """The part frame of the body in the cell frame."""
    clamps: tuple[str, ...]
    part_present: tuple[str, ...]
    id_reader: str | None
    fixture: tuple[Shape, ...] = ()
    """What arms and guns must stay clear of with or without a body, in the part frame."""


@dataclass(frozen=True, slots=True)
class Conveyor:
    """What carries the bodies through the stations."""

    name: str
    type: ConveyorType
    stations: tuple[str, ...]
    speed: float
    """Travel speed [m/s]."""
    acceleration: float
    """[m/s^2]"""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box in the cell frame [m]."""

    lower: Vector
    upper: Vector

    def contains(self, point: Vector) -> bool:
        """Tell whether `point` [m, cell frame] lies in the box or on its border."""
        return all(low <= value <= high for low, value, high in zip(self.lower, point, self.upper, strict=True))


@dataclass(frozen=True, slots=True)
class Zone:
    """Space that only one of its robots may be in at a time."""

    name: str
    robots: tuple[str, ...]
    box: Box | None
    """Where the zone is; None leaves it to the planner."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One current pulse of a weld schedule."""

    current: float
    """[A]"""
    time: float
    """[s]"""
    cool: float = 0.0
    """Pause without current after the pulse [s]."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weld schedule as the weld timer holds it."""

    name: str
    force: float
    """Electrode force [N]."""
    squeeze: float
    """Time from force reached to first current [s]."""
    pulses: tuple[Pulse, ...]
    hold: float
    """Time under force after the last current [s]."""

    @property
    def weld_time(self) -> float:
        """Time from the first to the last current [s]."""
        return sum(pulse.time + pulse.cool for pulse in self.pulses) - self.pulses[-1].cool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a stack."""

    material: str
    thickness: float
    """[m]"""


@dataclass(frozen=True, slots=True)
class Spot:
    """One weld spot of a variant's weld list, in the part frame."""

    name: str
    position: Vector
    """[m]"""
    normal: Vector
    """Electrode axis as a unit vector, from the fixed to the moving tip."""
    stack: tuple[Sheet, ...]
    schedule: str
    spot_class: SpotClass
    robot: str | None
    """The robot that must weld it; None leaves it to the planner."""
    sequence: int | None
    """Place in the robot's order; None leaves it to the planner."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of body and everything that is welded on it."""

    name: str
    spots: tuple[Spot, ...]
    body: tuple[Shape, ...] = ()
    """What arms and guns must stay clear of on this body, in the part frame; not the flanges, which guns close on."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything that the cell file says, checked and cross-referenced."""

    name: str
    takt: float
    """Time in which one body must be done [s]."""
    robots: Mapping[str, Robot]
    guns: Mapping[str, Gun]
    timers: Mapping[str, Timer]
    dressers: Mapping[str, Dresser]
    conveyors: Mapping[str, Conveyor]
    stations: Mapping[str, Station]
    clamps: Mapping[str, Clamp]
    sensors: Mapping[str, Sensor]
    zones: Mapping[str, Zone]
    variants: Mapping[str, Variant]
    schedules: Mapping[str, Schedule]
    source: Path
    """The file this was read from."""
    digest: str
    """SHA-256 over the cell file and its weld lists, so that records can name what they were made with."""
