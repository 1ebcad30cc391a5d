# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever stands in a cell file, the loader answers with a cell or a ConfigError, and soon."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path

import pytest
from cell_files import CELL, HEADER, SPOTS, write_cell
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.cell.loader import load_cell
from smart_cell.core.errors import ConfigError

SNIPPETS = [
    "!!python/object:x ", "&a ", "*a ", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "{", "}", "[", "]", ",", ":", ": ",
    "- ", "? ", "\n", "\n  ", "'", '"', "#", "|", ">", "no", ".nan", "1e999", "1_0", "0x1", "~", "\t", "\x00", "\u2028",
    "\ufeff", "robots", "guns", "r1", "g1", "spots", "../x.csv", "force", "-5", "999999999999", "/dev/zero.csv",
]  # fmt: skip


def load(content: bytes, spots: str = SPOTS) -> float:
    """Load a cell file with this content; return the time it took [s]."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_cell(Path(folder), spots=spots)
        path.write_bytes(content)
        started = time.perf_counter()
        with contextlib.suppress(ConfigError):
            load_cell(path, models={"kr210_r2700_2"})
        return time.perf_counter() - started


@st.composite
def mutated_cells(draw: st.DrawFn) -> str:
    """Draw the good cell with some pieces cut out, doubled or replaced by snippets."""
    text = CELL
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.sampled_from(["", *SNIPPETS, text[start:end] * 2])) + text[end:]
    return text


@settings(deadline=None, max_examples=80)
@given(mutated_cells())
def test_mutated_cell_file(text: str) -> None:
    assert load(text.encode()) < 2.0


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_random_file(content: bytes) -> None:
    assert load(content) < 2.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([*SNIPPETS, "a", "schema", "cell", "takt", "1"]), max_size=40).map("".join))
def test_random_yaml(text: str) -> None:
    assert load(text.encode()) < 2.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([*SPOTS.replace("\n", ",\n,").split(","), *SNIPPETS]), max_size=60).map(",".join))
def test_random_weld_list(text: str) -> None:
    assert load(CELL.encode(), f"{HEADER}\n{text}") < 2.0


MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * MEGABYTE, id="nesting"),
        pytest.param("a: " * (MEGABYTE // 3), id="keys in one line"),
        pytest.param("".join(f"k{n}: 1\n" for n in range(40_000)), id="unknown keys"),
        pytest.param("robots:\n" + "".join(f"  r{n}: 1\n" for n in range(20_000)), id="wrong entries"),
        pytest.param("robots:\n" + "".join(f"  r{n}: {{}}\n" for n in range(20_000)), id="empty entries"),
        pytest.param(
            f"stations: {{s1: {{clamps: [{','.join(f'c{n},{n}' for n in range(20_000))}]}}}}", id="mixed list"
        ),
        pytest.param(f"cell: {'a_' * (MEGABYTE // 2 - 10)}", id="long name"),
        pytest.param(f"takt: {'1' * (MEGABYTE - 10)}", id="long number"),
        pytest.param(f"{'k' * (MEGABYTE - 10)}: 1", id="long key"),
        pytest.param("'" * MEGABYTE, id="quotes"),
        pytest.param("#" * MEGABYTE, id="comment"),
        pytest.param("\n" * MEGABYTE, id="empty lines"),
    ],
)
def test_large_file_is_answered_soon(text: str) -> None:
    assert load(text[:MEGABYTE].encode()) < 5.0
