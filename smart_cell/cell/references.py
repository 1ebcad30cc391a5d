# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the names of a cell file: unique, not reserved, declared where referred to, used as often as they may be.

It works on the raw data, so that a wrong value elsewhere hides none of these problems; what does not even have the
right shape is left to the schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from smart_cell.cell.files import is_arm_file
from smart_cell.cell.schema import CELL_SCHEMA, NAMED_SECTIONS, RESERVED_NAMES, Schema
from smart_cell.cell.schema_check import Finding
from smart_cell.cell.wording import KeyPath, closest, listed, path_text, shown

_OWNED: Final = {
    "guns": "robot",
    "timers": "gun",
    "stations": "conveyor",
    "clamps": "station",
    "sensors": "station",
}
"""Sections whose entries have exactly one owner, and the owner's kind."""
_SHARED: Final = {"dressers": "gun"}
"""Sections whose entries need at least one user."""
_SENSOR_TYPES: Final[Mapping[str | int, str]] = {"part_present": "part_present", "id_reader": "body_id"}
"""The keys of a station that name sensors, and the type that each needs."""


def reference_findings(data: Any, models: Collection[str] | None) -> Iterator[Finding]:
    """Yield everything that is wrong with the names in a cell file.

    Args:
        data: The data of the file.
        models: The arm models there are; None leaves models unchecked.
    """
    if not isinstance(data, dict):
        return
    yield from _names_twice(data)
    references = list(_references(data, CELL_SCHEMA, ()))
    yield from _listed_twice(references)
    yield from _undeclared(data, references)
    yield from _wrong_use(data, references)
    yield from _sensor_types(data, references)
    if models is not None:
        yield from _unknown_models(data, models)


def section(data: Any, name: str) -> dict[str, Any]:
    """Return a section of the cell file, empty if it is missing or no mapping."""
    entries = data.get(name) if isinstance(data, dict) else None
    return entries if isinstance(entries, dict) else {}


def _names_twice(data: dict[str, Any]) -> Iterator[Finding]:
    """Find names that two devices share, or that the cell itself needs: a device's name is its ROS node's name."""
    owners: dict[str, KeyPath] = {}
    for kind in NAMED_SECTIONS:
        for name in section(data, kind):
            path = (kind, name)
            if name in RESERVED_NAMES:
                yield path, name, f"the name {shown(name)} is reserved", f"any but {', '.join(sorted(RESERVED_NAMES))}"
            first = owners.setdefault(name, path)
            if first != path:
                message = f"the name {shown(name)} is already used by {path_text(first)}"
                yield path, name, message, "a name of its own, since it becomes the name of a ROS node"


def _references(data: Any, schema: Schema, path: KeyPath) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield the path, the section and the name of every reference, wherever the schema says there is one."""
    if isinstance(data, str) and "x-refers-to" in schema:
        yield path, schema["x-refers-to"], data
    elif isinstance(data, list) and "items" in schema:
        for index, item in enumerate(data):
            yield from _references(item, schema["items"], (*path, index))
    elif isinstance(data, dict):
        others = schema.get("additionalProperties")
        for key, value in data.items():
            part = schema.get("properties", {}).get(key, others)
            if isinstance(part, dict):
                yield from _references(value, part, (*path, key))


def _listed_twice(references: list[tuple[KeyPath, str, str]]) -> Iterator[Finding]:
    """Find names that one list has twice."""
    seen: set[tuple[KeyPath, str]] = set()
    for path, _, name in references:
        if isinstance(path[-1], int) and (path[:-1], name) in seen:
            yield path, name, f"{shown(name)} is in the list twice", "each name once"
        seen.add((path[:-1], name))


def _undeclared(data: dict[str, Any], references: list[tuple[KeyPath, str, str]]) -> Iterator[Finding]:
    for path, kind, name in references:
        declared = section(data, kind)
        if name in declared:
            continue
        elsewhere = [other for other in NAMED_SECTIONS if name in section(data, other)]
        close = closest(name, declared)
        hint = f", it is one of the {elsewhere[0]}" if elsewhere else f", perhaps {close}" if close else ""
        allowed = f"one of the {kind} ({listed(declared)})" if declared else f"a name declared under {kind}"
        yield path, name, f"there is no {kind[:-1]} {shown(name)}{hint}", allowed


def _wrong_use(data: dict[str, Any], references: list[tuple[KeyPath, str, str]]) -> Iterator[Finding]:
    """Find devices with two owners, and devices that nobody uses, which would stand idle without a word."""
    users: dict[tuple[str, str], KeyPath] = {}
    for path, kind, name in references:
        first = users.setdefault((kind, name), path)
        if first != path and kind in _OWNED and first[:-1] != path[:-1]:
            message = f"{shown(name)} already belongs to {path_text(first[:2])}"
            yield path, name, message, f"each of the {kind} at one {_OWNED[kind]} only"
    for kind, owner in {**_OWNED, **_SHARED}.items():
        for name in section(data, kind):
            if (kind, name) not in users:
                yield (kind, name), name, f"no {owner} uses it", f"name it at a {owner}, or remove it"


def _sensor_types(data: dict[str, Any], references: list[tuple[KeyPath, str, str]]) -> Iterator[Finding]:
    sensors = section(data, "sensors")
    for path, kind, name in references:
        sensor = sensors.get(name)
        if kind != "sensors" or not isinstance(sensor, dict):
            continue
        wanted, found = _SENSOR_TYPES[path[2]], sensor.get("type")
        if found in _SENSOR_TYPES.values() and found != wanted:
            yield path, name, f"{shown(name)} is a {found} sensor", f"a sensor of the type {wanted}"


def _unknown_models(data: dict[str, Any], models: Collection[str]) -> Iterator[Finding]:
    for name, robot in section(data, "robots").items():
        model = robot.get("model") if isinstance(robot, dict) else None
        if isinstance(model, str) and not is_arm_file(model) and model not in models:
            close = closest(model, sorted(models))
            hint = f", perhaps {close}" if close else ""
            message = f"there is no arm model {shown(model)}{hint}"
            allowed = "a model that `smart_cell models` lists, or a file name that ends in .urdf or .xacro"
            yield ("robots", name, "model"), model, message, allowed
