# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.cell.document."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smart_cell.cell.document import MAX_DEPTH, MAX_VALUES, read_document
from smart_cell.core.errors import Problem


def good(text: str) -> Any:
    document, problems = read_document(text, "f")
    assert problems == []
    assert document is not None
    return document.data


def bad(text: str) -> Problem:
    _, problems = read_document(text, "f")
    assert len(problems) == 1, problems
    return problems[0]


def test_mappings_lists_numbers_and_text_are_read() -> None:
    text = """
        a: {b: [1, -2.5, 1.0e+3, .5, 5.], "quoted": "12"}
        c: text with spaces
        d:
        e: ~
        f: true
        g: {}
        """
    assert good(text) == {
        "a": {"b": [1, -2.5, 1000.0, 0.5, 5.0], "quoted": "12"},
        "c": "text with spaces",
        "d": None,
        "e": None,
        "f": True,
        "g": {},
    }


def test_whole_numbers_stay_whole() -> None:
    assert isinstance(good("1"), int)
    assert isinstance(good("1.0"), float)


def test_lines_of_keys_and_items_are_known() -> None:
    document, _ = read_document("a:\n  b: 1\n  c: [2,\n    {d: 3}]\n", "f")
    assert document is not None
    assert document.line(("a",)) == 1
    assert document.line(("a", "b")) == 2
    assert document.line(("a", "c", 1)) == 4
    assert document.line(("a", "c", 1, "d")) == 4


def test_line_of_a_missing_key_is_that_of_the_section_around_it() -> None:
    document, _ = read_document("a: 1\nb:\n  c: 2\n", "f")
    assert document is not None
    assert document.line(("b", "missing", "too")) == 2
    assert document.line(("missing",)) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!str x", "is a tag"),
        ("a: !custom {b: 1}", "is a tag"),
        ("a: !!python/object/apply:os.system [x]", "is a tag"),
        ("!!map {a: 1}", "is a tag"),
        ("a: &anchor 1", "is an anchor"),
        ("a: &anchor [1]", "is an anchor"),
        ("{<<: {b: 1}}", "is a merge key"),
        ("a: 1\n---\nb: 2", "second document"),
        ("{[1]: 2}", "a key is a list or a section"),
        ("{{a: 1}: 2}", "a key is a list or a section"),
        ("{1: 2}", "the key 1 is not text"),
        ("{~: 2}", "is not text"),
        ("{true: 2}", "is not text"),
    ],
)
def test_yaml_beyond_mappings_lists_numbers_and_text_is_refused(text: str, message: str) -> None:
    assert message in bad(text).message


def test_alias_is_refused_beside_its_anchor() -> None:
    _, problems = read_document("a: &x 1\nb: *x\n", "f")
    assert [(problem.line, problem.key, problem.value) for problem in problems] == [(1, "a", "&x"), (2, "b", "*x")]


def test_alias_bomb_is_refused_at_once() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    started = time.perf_counter()
    _, problems = read_document("\n".join(["l0: &l0 x", *levels]), "f")
    assert time.perf_counter() - started < 1.0
    assert len(problems) == 12 + 11 * 10


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "No",
        "on",
        "OFF",
        "1_000",
        "0x10",
        "010",
        "0o7",
        "0b1",
        "1e3",
        "-.5",
        "n",
        "1:30",
        "20:30:40",
        ".inf",
        "-.INF",
        ".nan",
    ],
)
def test_words_and_numbers_with_two_readings_are_refused_as_values_and_as_keys(word: str) -> None:
    assert bad(f"a: {word}").value == word
    assert bad(f"a: {word}").key == "a"
    assert bad(f"{word}: 1").value == word
    assert good(f"a: '{word}'") == {"a": word}


@pytest.mark.parametrize("number", ["1.0e+400", "-1.0e+999", "1" * 40])
def test_numbers_that_no_float_holds_are_refused(number: str) -> None:
    assert bad(f"a: {number}").key == "a"


def test_date_is_refused() -> None:
    assert "date" in bad("a: 2026-01-31").message


def test_key_that_is_there_twice_names_both_lines() -> None:
    problem = bad("a: 1\nb: 2\na: {c: 3}\n")
    assert (problem.line, problem.key) == (3, "a")
    assert "line 1" in problem.message


def test_first_of_two_equal_keys_counts() -> None:
    document, _ = read_document("{a: 1, a: 2}", "f")
    assert document is not None
    assert document.data == {"a": 1}


@pytest.mark.parametrize("text", ["a: [1", "a: 'x", "a: 1\n b: 2", "\ta: 1", "a: b: c", "- 1\nb: 2", "@a"])
def test_syntax_error_has_a_line_and_no_document(text: str) -> None:
    document, problems = read_document(f"ok: 1\n{text}\n", "f")
    assert document is None
    assert problems[-1].line >= 2
    assert problems[-1].message.startswith("not YAML")


def test_control_character_is_refused_with_its_line() -> None:
    assert bad("a: 1\nb: \x07").line == 2


def test_deep_nesting_is_refused_without_recursion() -> None:
    assert "too deep" in bad("[" * 100_000).message
    assert good("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


def test_endless_lists_are_refused() -> None:
    assert "too long" in bad(f"[{'a,' * (MAX_VALUES + 1)}]").message


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e6, 1e6).map(lambda value: round(value, 4)).filter(lambda value: "e" not in str(value))
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text("abcdef", min_size=2), children, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(st.text("0123456789+-._eEyYnNoOxf:Tt~", min_size=1, max_size=10))
def test_word_that_is_accepted_means_the_same_to_pyyaml(word: str) -> None:
    document, problems = read_document(f"[{word}]", "f")
    assume(not problems and document is not None)
    assert document is not None
    assert document.data == yaml.safe_load(f"[{word}]")


@given(json_values)
def test_json_means_the_same_as_in_json(value: Any) -> None:
    assert good(json.dumps({"value": value}, ensure_ascii=False)) == {"value": value}
