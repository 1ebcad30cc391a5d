# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from smart_cell.cli import main
from smart_cell.commands.models import reach
from smart_cell.motion.arm_model import arm_models


def test_lists_every_arm(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["models"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in arm_models())


def test_json_has_the_figures_in_si(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == set(arm_models())
    assert listed["kr210_r2700_2"]["a1"] == 0.33


@pytest.mark.parametrize(
    ("name", "published"), [("kr210_r2700_2", 2.705), ("kr6_r700_sixx", 0.707), ("kr240_r2900_2", 2.905)]
)
def test_reach_is_the_published_one(name: str, published: float) -> None:
    assert reach(arm_models()[name]) == pytest.approx(published, abs=1e-3)
