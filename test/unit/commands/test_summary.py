# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The summary as JSON and as words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.commands.summary import (
    ExitReason,
    Findings,
    RaisedAlarm,
    Summary,
    VariantCount,
    as_json,
    as_text,
    overhead,
)

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "reference" / "summary.schema.json").read_text())

SUMMARY = Summary(
    cell="demo",
    cell_digest="a" * 64,
    plan_digest="b" * 64,
    backend="sim",
    speed=5.0,
    state_dir="/state",
    exit_reason=ExitReason.DONE,
    exit_text="all orders are done, 3 bodies",
    variants={"sedan": VariantCount(2, 2), "wagon": VariantCount(1, 1)},
    findings=Findings({"ok": 240, "not_ok": 1}, (), (), ()),
    cycle_times=(48.1, 47.9, 49.0),
    forecast={"sedan": 46.1, "wagon": 46.2},
    takt=60.0,
    wall_time=34.5,
    ready_time=4.2,
    move_overhead=overhead([0.001, 0.002]),
    weld_overhead=overhead([]),
    alarms=(RaisedAlarm("NODE_LOST", "devices", "killed"),),
    respawns={"devices": 1},
)


@pytest.mark.parametrize(
    "summary",
    [
        SUMMARY,
        replace(SUMMARY, findings=Findings({}, (), (), (), error="journal damaged"), exit_reason=ExitReason.FAILED),
        replace(SUMMARY, variants={}, cycle_times=(), forecast={}, ready_time=None, alarms=(), respawns={}),
        replace(SUMMARY, findings=Findings({"ok": 1}, ("a",), ("b",), ("c", "d"))),
    ],
)
def test_json_is_what_the_documented_schema_says(summary: Summary) -> None:
    content = json.loads(json.dumps(as_json(summary)))
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    assert set(content) == set(SCHEMA["required"]) == set(SCHEMA["properties"])


def test_counts_are_the_sums() -> None:
    content = as_json(SUMMARY)
    assert content["bodies"]["ordered"] == content["bodies"]["done"] == 3
    assert content["welds"] == {"ok": 240, "not_ok": 1, "not_welded": 0, "interrupted": 0, "uncertain": 0}
    assert (content["lost"], content["double"], content["unexplained"]) == (0, 0, 0)


def test_journal_that_cannot_be_read_is_unknown_and_not_zero() -> None:
    summary = replace(SUMMARY, findings=Findings({}, (), (), (), error="journal damaged"))
    content = as_json(summary)
    assert content["welds"] is content["lost"] is content["double"] is content["unexplained"] is None
    assert content["findings"] == ["journal damaged"]
    assert not summary.findings.is_clean
    assert "unknown: journal damaged" in as_text(summary)


def test_text_names_what_was_found() -> None:
    text = as_text(replace(SUMMARY, findings=Findings({"ok": 1}, ("B1/S1: left",), (), ("B1/S2#1: fired",))))
    assert "1 lost, 0 double, 1 unexplained" in text
    assert "B1/S1: left" in text
    assert "B1/S2#1: fired" in text
    assert "sedan 2 of 2, wagon 1 of 1" in as_text(SUMMARY)
    assert "p50 1.0 ms" in as_text(SUMMARY)


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=50))
def test_quantiles_are_samples_in_order(samples: list[float]) -> None:
    values = overhead(samples)
    assert values.p50 is not None
    assert values.p95 is not None
    assert min(samples) <= values.p50 <= values.p95 <= max(samples) == values.longest
    assert {values.p50, values.p95} <= set(samples)
