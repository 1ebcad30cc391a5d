# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.cell.schema, of what is generated from it, and of the wording of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from smart_cell.cell.build import BUILT_SECTIONS
from smart_cell.cell.reference import REFERENCE_FILE, SCHEMA_FILE, reference_page, schema_json
from smart_cell.cell.schema import CELL_SCHEMA, NAMED_SECTIONS, entry_schema, with_defaults
from smart_cell.cell.schema_check import _REWORDERS, allowed_text
from smart_cell.core.paths import share_dir
from smart_cell.core.units import split_unit


def parts(schema: Any, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every part of a schema with the key that it is for."""
    if isinstance(schema, dict):
        yield key, schema
        for name, part in schema.get("properties", {}).items():
            yield from parts(part, name)
        for keyword in ("items", "additionalProperties", "propertyNames"):
            yield from parts(schema.get(keyword), key)


PARTS = list(parts(CELL_SCHEMA))
ANNOTATIONS = {"$schema", "title", "description", "default", "properties", "propertyNames", "items"}


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(CELL_SCHEMA)


def test_every_keyword_of_the_schema_has_its_words() -> None:
    keywords = {keyword for _, part in PARTS for keyword in part if not keyword.startswith("x-")} - ANNOTATIONS
    assert keywords == set(_REWORDERS)


def test_every_key_has_a_title() -> None:
    properties = [name for _, part in PARTS for name, of in part.get("properties", {}).items() if "title" not in of]
    assert properties == []


def test_every_number_has_a_unit_and_limits() -> None:
    for key, part in PARTS:
        if part.get("type") == "number":
            assert part["x-unit"], key
            assert {"minimum", "exclusiveMinimum"} & part.keys(), key
            assert "maximum" in part, key


def test_unit_of_a_number_is_the_one_its_key_ends_in() -> None:
    for key, part in PARTS:
        if part.get("type") == "number":
            unit = split_unit(key)[1]
            if unit is not None:
                assert part["x-unit"] == unit.symbol, key
            else:
                assert part["x-unit"] in ("m", "s", "m/s", "m/s^2"), key


def test_defaults_are_allowed() -> None:
    for key, part in PARTS:
        if "default" in part:
            assert list(Draft202012Validator(part).iter_errors(part["default"])) == [], key


def test_every_section_is_named_built_or_a_list_of_variants() -> None:
    sections = {name for name, part in CELL_SCHEMA["properties"].items() if "propertyNames" in part}
    assert sections == {*NAMED_SECTIONS, "variants", "schedules"} == {*BUILT_SECTIONS, "variants"}


def test_references_lead_to_sections() -> None:
    targets = {part["x-refers-to"] for _, part in PARTS if "x-refers-to" in part}
    assert targets < set(NAMED_SECTIONS)


def test_defaults_fill_what_an_entry_leaves_out() -> None:
    assert with_defaults(entry_schema("clamps"), {"timeout": 4}) == {"travel_time": 0.5, "timeout": 4}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"enum": ["c", "x"]}, "c or x"),
        ({"const": 1}, "1"),
        ({"type": "integer", "minimum": 1}, "a whole number at least 1"),
        ({"type": "number", "x-unit": "m", "minimum": -5, "maximum": 5}, "a number [m] from -5 to 5"),
        ({"type": "object", "properties": {"a": {}, "b": {}}}, "a section with a, b"),
        ({"type": "object"}, "a section of named entries"),
        ({"type": "array", "items": {"type": "string", "x-refers-to": "guns"}}, "a list of names from guns"),
    ],
)
def test_allowed_values_are_put_in_words(schema: dict[str, Any], text: str) -> None:
    assert allowed_text(schema) == text


@pytest.mark.parametrize(("path", "text"), [(SCHEMA_FILE, schema_json()), (REFERENCE_FILE, reference_page())])
def test_generated_file_is_current(path: Any, text: str) -> None:
    file = share_dir() / path
    if not file.parent.is_dir():
        pytest.skip(f"{path.parent} is not installed")
    assert file.read_text(encoding="utf-8") == text, "run: python -m smart_cell.cell.reference"


def test_reference_page_explains_every_key() -> None:
    page = reference_page()
    names = [name for _, part in PARTS for name in part.get("properties", {})]
    assert [name for name in names if f"{name}`" not in page and f"## {name}" not in page] == []
