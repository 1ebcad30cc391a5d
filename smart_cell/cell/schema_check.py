# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the data of a cell file against the schema, in words that say what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator

from smart_cell.cell.document import Document
from smart_cell.cell.schema import CELL_SCHEMA, Schema
from smart_cell.cell.wording import KeyPath, closest, shown
from smart_cell.core.units import UNITS, split_unit

Finding = tuple[KeyPath, str, str, str]
"""Where, the offending text, what is wrong, and what is allowed."""

_VALIDATOR: Final = Draft202012Validator(CELL_SCHEMA)
_TYPES: Final = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "array": "a list",
    "object": "a section",
}
_FOREIGN_UNITS: Final = frozenset({"s", "m", "rad", "n", "a", "kg", "cm", "us", "min", "mps"})
"""Endings that people write for units which no key has."""
_MAX_MISSPELT: Final = 100

_CONSEQUENCES: Final = frozenset({"type", "required", "minProperties", "minItems", "const", "enum"})
"""Keywords that fail where a value was refused while reading and is therefore not there."""


def schema_findings(document: Document) -> Iterator[Finding]:
    """Yield everything about the document that the schema does not allow, in the order of the schema."""
    seen: set[tuple[KeyPath, str]] = set()
    for error in _VALIDATOR.iter_errors(document.data):
        path: KeyPath = tuple(error.absolute_path)
        if path in document.refused and error.validator in _CONSEQUENCES:
            continue
        if "propertyNames" in error.absolute_schema_path:
            path = (*path, str(error.instance))
        for finding in _REWORDERS[error.validator](error.instance, error.schema, path):
            # jsonschema reports one missing key after the other, and both the pattern and the length of a name.
            if (finding[0], finding[2]) not in seen:
                seen.add((finding[0], finding[2]))
                yield finding


def allowed_text(schema: Mapping[str, Any]) -> str:
    """Return in words what a part of the schema accepts, with the unit.

    Example:
        >>> allowed_text({"type": "number", "x-unit": "m/s", "exclusiveMinimum": 0, "maximum": 2})
        'a number [m/s] more than 0, at most 2'
    """
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "x-allowed" in schema:
        return str(schema["x-allowed"])
    kind = schema["type"]
    if kind == "array":
        return _list_text(schema)
    if kind == "object":
        keys = ", ".join(schema.get("properties", ()))
        return f"a section with {keys}" if keys else "a section of named entries"
    unit = f" [{schema['x-unit']}]" if "x-unit" in schema else ""
    return f"{_TYPES[kind]}{unit}{range_text(schema)}"


def range_text(schema: Mapping[str, Any]) -> str:
    """Return the range of a number in words, such as ` from 0 to 10`; empty if there is none.

    Example:
        >>> range_text({"exclusiveMinimum": 0, "maximum": 2})
        ' more than 0, at most 2'
    """
    if "minimum" in schema and "maximum" in schema:
        return f" from {schema['minimum']} to {schema['maximum']}"
    words = {"minimum": " at least", "exclusiveMinimum": " more than", "maximum": " at most"}
    return ",".join(f"{word} {schema[key]}" for key, word in words.items() if key in schema)


def _list_text(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    count = f"{least} " if least == most else f"{least} or more " if least else ""
    items = schema["items"]
    if "x-refers-to" in items:
        return f"a list of {count}names from {items['x-refers-to']}"
    if items["type"] == "number":
        return f"a list of {count}numbers [{items['x-unit']}]{range_text(items)}"
    return f"a list of {count}entries, each {allowed_text(items)}"


def _wrong_type(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    wanted = _TYPES[schema["type"]]
    message = f"{shown(value)} is not {wanted}"
    allowed = allowed_text(schema)
    if value is None:
        message = "is empty"
        if schema["type"] == "object" and not schema.get("required") and not schema.get("minProperties"):
            allowed += "; write {} if it has nothing"
    elif isinstance(value, str) and wanted.endswith("number") and any(letter.isdigit() for letter in value):
        allowed += "; write the number alone with a decimal point, without quotes or unit"
    yield path, _text(value), message, allowed


def _missing(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    """Report the missing keys, except one whose misspelling is reported as unknown."""
    properties = schema["properties"]
    unknown = (key for key in value if key not in properties)
    misspelt = {_meant(key, properties) for key in islice(unknown, _MAX_MISSPELT)}
    for key in schema["required"]:
        if key not in value and key not in misspelt:
            yield path, "", f"the key '{key}' is missing", f"{key}: {allowed_text(properties[key])}"


def _unknown(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    properties = schema["properties"]
    for key in value:
        if key in properties:
            continue
        meant = _meant(key, properties)
        message = f"unknown key {shown(key)}"
        allowed = ", ".join(properties) or "no keys: write {}"
        if meant:
            quantity, unit = split_unit(meant)
            if unit and key == quantity:
                message = f"unit missing: write {meant} [{unit.symbol}]"
                allowed = allowed_text(properties[meant])
            elif _quantity(key) == quantity and _unit(properties[meant]):
                message = f"not the unit used here: write {meant} [{_unit(properties[meant])}]"
                allowed = allowed_text(properties[meant])
            else:
                message += f", perhaps {meant}"
        yield (*path, key), key, message, allowed


def _meant(key: str, properties: Mapping[str, Schema]) -> str | None:
    """Return the key that was probably meant: one of the same quantity, else the closest spelling."""
    for candidate in properties:
        if _quantity(key) == split_unit(candidate)[0]:
            return candidate
    return closest(key, properties)


def _quantity(key: str) -> str:
    quantity, _, ending = key.rpartition("_")
    return _quantity(quantity) if quantity and (ending in UNITS or ending in _FOREIGN_UNITS) else key


def _unit(schema: Mapping[str, Any]) -> str | None:
    """Return the unit of a number or of the numbers in a list."""
    unit: str | None = schema.get("x-unit") or schema.get("items", {}).get("x-unit")
    return unit


def _not_allowed(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    yield path, _text(value), f"{shown(value)} is not allowed", allowed_text(schema)


def _wrong_count(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    count = "1 entry" if len(value) == 1 else f"{len(value)} entries"
    yield path, "", f"has {count}", allowed_text(schema)


def _too_few_entries(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    yield path, "", "is empty", schema.get("x-allowed", "at least one entry")


def _too_many_entries(value: Any, schema: Any, path: KeyPath) -> Iterator[Finding]:
    most = schema["maxProperties"]
    yield path, "", f"has {len(value)} entries", schema["x-allowed"] if most == 1 else f"at most {most}"


_REWORDERS: Final[Mapping[object, Callable[[Any, Any, KeyPath], Iterator[Finding]]]] = {
    "type": _wrong_type,
    "required": _missing,
    "additionalProperties": _unknown,
    "pattern": _not_allowed,
    "maxLength": _not_allowed,
    "enum": _not_allowed,
    "const": _not_allowed,
    "minimum": _not_allowed,
    "exclusiveMinimum": _not_allowed,
    "maximum": _not_allowed,
    "minItems": _wrong_count,
    "maxItems": _wrong_count,
    "minProperties": _too_few_entries,
    "maxProperties": _too_many_entries,
}
"""What to say for each keyword that the schema uses."""


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else shown(value)
