# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Turns the data of a cell file, once it has passed the schema, into the frozen model in SI units."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from smart_cell.cell.model import (
    Box,
    Clamp,
    Conveyor,
    ConveyorType,
    Dresser,
    Gun,
    GunType,
    Pulse,
    Robot,
    Schedule,
    Sensor,
    SensorType,
    Station,
    Timer,
    Zone,
)
from smart_cell.cell.schema import SHAPE, entry_schema, with_defaults
from smart_cell.core.geometry import Pose, Vector
from smart_cell.core.shapes import Capsule, OrientedBox, Shape
from smart_cell.core.units import to_si

Entry = Mapping[str, Any]


def build_section(section: str, entries: Mapping[str, Any], skip: Collection[object]) -> Mapping[str, Any]:
    """Return the objects of one section of the cell file by name.

    Args:
        section: Name of the section, such as `guns`.
        entries: What the file says, as the schema allows it.
        skip: Names to leave out, because their entries are not as the schema allows.
    """
    schema, build = entry_schema(section), _BUILDERS[section]
    good = {name: entry for name, entry in entries.items() if name not in skip}
    return MappingProxyType({name: build(name, with_defaults(schema, entry)) for name, entry in good.items()})


def build_shapes(entries: Mapping[str, Entry]) -> tuple[Shape, ...]:
    """Return boxes and capsules that the file gives by name, as the schema allows them."""
    return tuple(_shape(name, entry) for name, entry in entries.items())


def _shape(name: str, entry: Entry) -> Shape:
    if "capsule" in entry:
        capsule = entry["capsule"]
        return Capsule(name, _vector(capsule["from"]), _vector(capsule["to"]), _si(capsule, "radius"))
    box = with_defaults(SHAPE["properties"]["box"], entry["box"])
    return OrientedBox(name, _pose(box), _vector(box["size"]))


def _si(entry: Entry, key: str) -> float:
    return to_si(key, entry[key])


def _vector(values: Iterable[float]) -> Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)


def _pose(entry: Entry) -> Pose:
    return Pose.from_rpy(_vector(entry["xyz"]), _vector(to_si("rpy_deg", angle) for angle in entry["rpy_deg"]))


def _robot(name: str, entry: Entry) -> Robot:
    a1, a2, a3, a4, a5, a6 = (to_si("home_deg", angle) for angle in entry["home_deg"])
    return Robot(
        name=name,
        model=entry["model"],
        base=_pose(entry["base"]),
        gun=entry["gun"],
        home=(a1, a2, a3, a4, a5, a6),
        base_link=entry.get("base_link"),
        tip_link=entry.get("tip_link"),
        jerk_time=_si(entry, "jerk_time_ms") if "jerk_time_ms" in entry else None,
    )


def _gun(name: str, entry: Entry) -> Gun:
    return Gun(
        name=name,
        type=GunType(entry["type"]),
        tcp=_pose(entry["tcp"]),
        timer=entry["timer"],
        dresser=entry.get("dresser"),
        stroke=_si(entry, "stroke_mm"),
        speed=_si(entry, "speed"),
        max_force=_si(entry, "max_force_kn"),
        shape=build_shapes(entry.get("shape", {})),
    )


def _timer(name: str, entry: Entry) -> Timer:
    return Timer(name, _si(entry, "max_current_ka"))


def _dresser(name: str, entry: Entry) -> Dresser:
    return Dresser(name, int(entry["interval"]), _si(entry, "duration"))


def _conveyor(name: str, entry: Entry) -> Conveyor:
    kind, stations = ConveyorType(entry["type"]), tuple(entry["stations"])
    return Conveyor(name, kind, stations, _si(entry, "speed"), _si(entry, "acceleration"))


def _station(name: str, entry: Entry) -> Station:
    return Station(
        name=name,
        pitch=_si(entry, "pitch"),
        part=_pose(entry["part"]),
        clamps=tuple(entry["clamps"]),
        part_present=tuple(entry["part_present"]),
        id_reader=entry.get("id_reader"),
        fixture=build_shapes(entry.get("fixture", {})),
    )


def _clamp(name: str, entry: Entry) -> Clamp:
    return Clamp(name, _si(entry, "travel_time"), _si(entry, "timeout"))


def _sensor(name: str, entry: Entry) -> Sensor:
    return Sensor(name, SensorType(entry["type"]))


def _zone(name: str, entry: Entry) -> Zone:
    box = entry.get("box")
    return Zone(name, tuple(entry["robots"]), Box(_vector(box["lower"]), _vector(box["upper"])) if box else None)


def _schedule(name: str, entry: Entry) -> Schedule:
    pulse_schema = entry_schema("schedules")["properties"]["pulses"]["items"]
    pulses = (with_defaults(pulse_schema, pulse) for pulse in entry["pulses"])
    return Schedule(
        name=name,
        force=_si(entry, "force_kn"),
        squeeze=_si(entry, "squeeze_ms"),
        pulses=tuple(Pulse(_si(pulse, "current_ka"), _si(pulse, "time_ms"), _si(pulse, "cool_ms")) for pulse in pulses),
        hold=_si(entry, "hold_ms"),
    )


_BUILDERS: Final[Mapping[str, Callable[[str, Entry], Any]]] = {
    "robots": _robot,
    "guns": _gun,
    "timers": _timer,
    "dressers": _dresser,
    "conveyors": _conveyor,
    "stations": _station,
    "clamps": _clamp,
    "sensors": _sensor,
    "zones": _zone,
    "schedules": _schedule,
}

BUILT_SECTIONS: Final = tuple(_BUILDERS)
"""Sections that `build_section` turns into objects; variants come from their weld lists."""
