# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema (draft 2020-12) of the cell file: every key with its meaning, unit, range and default.

It is the one source of the checks, the defaults, the shipped `config/cell.schema.json` for editors and the reference
page `docs/reference/cell_file.md`. Three annotations are our own: `x-unit` is the unit of a number, `x-allowed` says in
words what a pattern accepts, and `x-refers-to` is the section in which a name must be declared.
"""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

RESERVED_NAMES: Final = frozenset(
    {
        "supervisor",
        "safety",
        "heartbeats",
        "scene",
        "robot_description",
        "markers",
        "arms",
        "devices",
        "bringup",
        "operator",
    }
)
"""Names that no device may have, because the cell's own nodes, processes and topics have them."""

NAMED_SECTIONS: Final = ("robots", "guns", "timers", "dressers", "conveyors", "stations", "clamps", "sensors", "zones")
"""Sections whose names become ROS names, in the order in which people think of them."""

# Python's `$` also matches before a last line break; `(?!\n)` forbids that and changes nothing in ECMA regular
# expressions, which editors use.
NAME: Final[Schema] = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9]*(_[a-z0-9]+)*$(?!\\n)",
    "maxLength": 40,
    "x-allowed": "small letters, digits and single underscores, first a letter, at most 40 characters",
}


def _number(
    title: str,
    unit: str,
    *,
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
    default: float | None = None,
) -> Schema:
    limits = {"minimum": low, "exclusiveMinimum": above, "maximum": high, "default": default}
    return {
        "title": title,
        "type": "number",
        "x-unit": unit,
        **{key: value for key, value in limits.items() if value is not None},
    }


def _text(title: str, refers_to: str | None = None) -> Schema:
    return {"title": title, **NAME, **({"x-refers-to": refers_to} if refers_to else {})}


def _choice(title: str, *values: str) -> Schema:
    return {"title": title, "type": "string", "enum": list(values)}


def _list(title: str, items: Schema, least: int = 0, most: int | None = None) -> Schema:
    most_items = {} if most is None else {"maxItems": most}
    return {"title": title, "type": "array", "items": items, "minItems": least, **most_items}


def _names(title: str, refers_to: str, least: int = 0) -> Schema:
    return _list(title, {**NAME, "x-refers-to": refers_to}, least)


def _object(title: str, required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "title": title,
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _section(title: str, entry: Schema, least: int = 0, most: int = 1000) -> Schema:
    return {
        "title": title,
        "type": "object",
        "propertyNames": NAME,
        "additionalProperties": entry,
        "minProperties": least,
        "maxProperties": most,
    }


def _vector(title: str, reach: float) -> Schema:
    item = {"type": "number", "x-unit": "m", "minimum": -reach, "maximum": reach}
    return _list(title, item, 3, 3)


def _turn(title: str) -> Schema:
    return _list(title, {"type": "number", "x-unit": "deg", "minimum": -360, "maximum": 360}, 3, 3)


def _pose(title: str, reach: float) -> Schema:
    turn = _turn("Roll, pitch and yaw about the fixed axes x, y, z, as in URDF")
    return _object(title, {"xyz": _vector("Position", reach), "rpy_deg": turn})


_BOX: Final = _object(
    "A box",
    {
        "xyz": _vector("Middle of the box", 100),
        "size": _list(
            "Lengths along x, y, z", {"type": "number", "x-unit": "m", "exclusiveMinimum": 0, "maximum": 50}, 3, 3
        ),
    },
    {"rpy_deg": {**_turn("Roll, pitch and yaw of the box about its middle"), "default": [0, 0, 0]}},
)

_CAPSULE: Final = _object(
    "A rod with round ends",
    {
        "from": _vector("Middle of one end's ball", 100),
        "to": _vector("Middle of the other end's ball", 100),
        "radius": _number("Radius of the rod and its ends", "m", above=0, high=10),
    },
)


SHAPE: Final[Schema] = {
    **_object("A shape: either a box or a capsule", {}, {"box": _BOX, "capsule": _CAPSULE}),
    "minProperties": 1,
    "maxProperties": 1,
    "x-allowed": "either a box or a capsule",
}


def _shapes(title: str) -> Schema:
    return {**_section(title, SHAPE, most=200), "x-allowed": "a section of named shapes"}


def _link(title: str) -> Schema:
    return {
        "title": title,
        "type": "string",
        "pattern": r"^[^\u0000-\u0020]+$(?!\n)",
        "maxLength": 100,
        "x-allowed": "the name of a link",
    }


_HOME_ANGLE: Final[Schema] = {"type": "number", "x-unit": "deg", "minimum": -360, "maximum": 360}

_ROBOT: Final = _object(
    "A six-axis arm, where it stands, and the gun it carries",
    {
        "model": {
            "title": "Arm model, or the URDF or xacro file of any other arm with a spherical wrist",
            "type": "string",
            "pattern": r"^([a-z][a-z0-9]*(_[a-z0-9]+)*|[^\u0000-\u001f]+\.(urdf|xacro))$(?!\n)",
            "maxLength": 200,
            "x-allowed": "a model that `smart_cell models` lists, or a file name that ends in .urdf or .xacro",
        },
        "base": _pose("Base frame of the arm in the cell frame", 100),
        "gun": _text("Gun on its flange", "guns"),
    },
    {
        "home_deg": {
            **_list("Joint angles of the safe position, A1 to A6", _HOME_ANGLE, 6, 6),
            "default": [0, -90, 90, 0, 0, 0],
        },
        "jerk_time_ms": _number(
            "Time from no to full acceleration; left out: 100, or what the file of the arm says",
            "ms",
            low=10,
            high=2000,
        ),
        "base_link": _link("Link of the arm's file that `base` places; else found: base_link, or the link of joint 1"),
        "tip_link": _link("Link of the arm's file that is its flange; else found: tool0, flange or the last one"),
    },
)

_GUN: Final = _object(
    "A weld gun as mounted on its robot's flange",
    {
        "type": _choice("Electrodes move in line (c) or on a pivot (x)", "c", "x"),
        "tcp": _pose("Fixed tip in the flange frame, +z towards the moving tip", 5),
        "timer": _text("Weld timer that fires it; each gun has its own", "timers"),
    },
    {
        "dresser": _text("Tip dresser that it is sent to; guns may share one", "dressers"),
        "stroke_mm": _number("Opening between the tips when the gun is open", "mm", above=0, high=500, default=120),
        "speed": _number("Closing speed of the moving tip", "m/s", above=0, high=2, default=0.5),
        "max_force_kn": _number("Largest electrode force", "kN", above=0, high=20, default=5.0),
        "shape": _shapes("Its shape in the flange frame; left out: the usual shape of its type, from tcp and stroke"),
    },
)

_TIMER: Final = _object(
    "A weld timer (weld controller)",
    {},
    {"max_current_ka": _number("Largest current it can drive", "kA", above=0, high=50, default=16)},
)

_DRESSER: Final = _object(
    "A tip dresser and when the guns that use it are sent there",
    {},
    {
        "interval": {
            "title": "Welds between two dressings",
            "type": "integer",
            "minimum": 1,
            "maximum": 100000,
            "default": 250,
        },
        "duration": _number("Time of one dressing", "s", above=0, high=600, default=5.0),
    },
)

_CONVEYOR: Final = _object(
    "What carries the bodies through the stations",
    {
        "type": _choice("Step by step with a stop in the station, or without stopping", "indexing", "continuous"),
        "stations": _names("Stations in the order in which a body passes them", "stations", 1),
    },
    {
        "speed": _number("Travel speed", "m/s", above=0, high=5, default=1.0),
        "acceleration": _number("Acceleration and deceleration", "m/s^2", above=0, high=10, default=0.8),
    },
)

_STATION: Final = _object(
    "The place where a body stands while it is welded",
    {
        "pitch": _number("Distance that a body travels to get here from the place before", "m", above=0, high=50),
        "part": _pose("Part frame of the body in the cell frame", 100),
        "clamps": _names("Clamps that hold the body", "clamps"),
        "part_present": _names("Sensors that must all see a part", "sensors"),
    },
    {
        "id_reader": _text("Sensor of the type body_id that reads which body this is", "sensors"),
        "fixture": _shapes("What arms and guns must stay clear of with or without a body, in the part frame"),
    },
)

_CLAMP: Final = _object(
    "A clamp of a station",
    {},
    {
        "travel_time": _number("Time from open to closed", "s", above=0, high=30, default=0.5),
        "timeout": _number("Longest time a travel may take before it is a fault", "s", above=0, high=60, default=3.0),
    },
)

_SENSOR: Final = _object(
    "A binary or identifying sensor of a station",
    {"type": _choice("What it tells: a part lies in its seat, or which body this is", "part_present", "body_id")},
)

_ZONE: Final = _object(
    "Space that only one of its robots may be in at a time",
    {"robots": _names("Robots that share it", "robots", 2)},
    {
        "box": _object(
            "Where it is, as an axis-aligned box in the cell frame; otherwise the planner finds it",
            {"lower": _vector("Lowest corner", 100), "upper": _vector("Highest corner", 100)},
        )
    },
)

_VARIANT: Final = _object(
    "A kind of body and everything that is welded on it",
    {
        "spots": {
            "title": "Weld list, a CSV file in the folder of the cell file or below",
            "type": "string",
            "pattern": r"^[^\u0000-\u001f]+\.csv$(?!\n)",
            "maxLength": 200,
            "x-allowed": "a file name that ends in .csv",
        }
    },
    {"body": _shapes("The body in the part frame, without the flanges, since guns close on those")},
)

_PULSE: Final = _object(
    "One current pulse",
    {
        "current_ka": _number("Current", "kA", above=0, high=50),
        "time_ms": _number("Time with current", "ms", above=0, high=2000),
    },
    {"cool_ms": _number("Pause without current after the pulse", "ms", low=0, high=2000, default=0)},
)

_SCHEDULE: Final = _object(
    "A weld schedule as the weld timer holds it",
    {
        "force_kn": _number("Electrode force", "kN", above=0, high=20),
        "squeeze_ms": _number("Time from force reached to first current", "ms", low=0, high=5000),
        "pulses": _list("Current pulses, in order", _PULSE, 1, 10),
        "hold_ms": _number("Time under force after the last current", "ms", low=0, high=5000),
    },
)

CELL_SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        "smart_cell cell file",
        {
            "schema": {"title": "Version of this file format", "const": 1},
            "cell": _text("Name of the cell, which is the ROS namespace of all that belongs to it"),
            "takt": _number("Time in which one body must be done", "s", above=0, high=3600),
            "robots": _section("The arms, by name", _ROBOT, 1),
            "guns": _section("The weld guns, by name", _GUN, 1),
            "timers": _section("The weld timers, by name", _TIMER, 1),
            "conveyors": _section("The conveyors, by name", _CONVEYOR, 1),
            "stations": _section("The stations, by name", _STATION, 1),
            "variants": _section("The kinds of body, by name", _VARIANT, 1, 100),
            "schedules": _section("The weld schedules, by name", _SCHEDULE, 1),
        },
        {
            "dressers": _section("The tip dressers, by name", _DRESSER),
            "clamps": _section("The clamps, by name", _CLAMP),
            "sensors": _section("The sensors, by name", _SENSOR),
            "zones": _section("Spaces that robots share, by name", _ZONE),
        },
    ),
    "description": "SI units, unless a key ends in its unit: _mm, _deg, _ms, _ka (kA), _kn (kN).",
}


def entry_schema(section: str) -> Schema:
    """Return the schema of one entry of a section, such as of one gun."""
    entry: Schema = CELL_SCHEMA["properties"][section]["additionalProperties"]
    return entry


def with_defaults(schema: Schema, entry: dict[str, Any]) -> dict[str, Any]:
    """Return `entry` with the schema's defaults for the keys that it leaves out."""
    defaults = {key: part["default"] for key, part in schema["properties"].items() if "default" in part}
    return {**defaults, **entry}
