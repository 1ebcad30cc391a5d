# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark of motion runs and writes what it measured; how fast anything is, is no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "motion.py"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCH), *arguments], capture_output=True, text=True, check=False, timeout=100
    )


def test_case_is_measured_beside_its_peers(tmp_path: Path) -> None:
    pytest.importorskip("ruckig")
    figures = tmp_path / "figures.json"
    done = bench("--only", "80 x 80", "--rounds", "1", "--json", str(figures))
    # 1: a goal was missed, as on a busy machine
    assert done.returncode in (0, 1), done.stderr
    assert "times of 80 x 80 PTP" in done.stdout
    (result,) = json.loads(figures.read_text(encoding="utf-8"))
    assert result["name"] == "times of 80 x 80 PTP moves"
    assert result["smart_cell_us"] > 0.0
    assert result["peers_us"]["ruckig"] > 0.0
    assert result["goal_us"] == 5000.0
    assert result["is_held"] == (result["smart_cell_us"] <= 5000.0) == (done.returncode == 0)


@pytest.mark.parametrize("arguments", [("--only", "no such case"), ("--rounds", "0")])
def test_wrong_words_are_refused(arguments: tuple[str, ...]) -> None:
    done = bench(*arguments)
    assert done.returncode == 2
    assert "there are: forward" in done.stderr or "must be at least 1" in done.stderr
