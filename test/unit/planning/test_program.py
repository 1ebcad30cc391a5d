# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Plans as JSON text."""

from __future__ import annotations

import json
from functools import cache

import pytest
from demo_plan import demo_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.planning.program import PlanFormatError, plan_from_json, plan_to_json


@cache
def demo_text() -> str:
    return plan_to_json(demo_plan())


def test_json_keeps_everything() -> None:
    assert plan_from_json(demo_text()) == demo_plan()


def test_digest_depends_on_the_programs() -> None:
    data = json.loads(demo_text())
    data["programs"]["sedan"]["r1"]["spots"][0]["turn"] ^= 1
    with pytest.raises(PlanFormatError, match="digest"):
        plan_from_json(json.dumps(data))


def test_another_version_is_refused() -> None:
    data = json.loads(demo_text())
    data["format"] = 99
    with pytest.raises(PlanFormatError, match="99"):
        plan_from_json(json.dumps(data))


@given(st.one_of(st.text(max_size=40), st.recursive(st.none() | st.integers(), st.lists).map(json.dumps)))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(PlanFormatError):
        plan_from_json(text)


@settings(max_examples=30)
@given(st.floats(0.0, 1.0))
def test_a_plan_cut_off_anywhere_is_refused(share: float) -> None:
    text = demo_text()
    with pytest.raises(PlanFormatError):
        plan_from_json(text[: int(share * (len(text) - 3))])
