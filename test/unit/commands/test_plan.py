# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell plan FILE`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from demo_plan import demo_plan

from smart_cell.commands import plan
from smart_cell.core.paths import share_dir

DEMO = share_dir() / "config" / "demo_cell.yaml"
STARTER = """\
schema: 1
cell: small
takt: {takt}
robots:
  r1: {{model: kr210_r2700_2, base: {{xyz: [0, -2.8, 0], rpy_deg: [0, 0, 90]}}, gun: g1}}
guns:
  g1: {{type: c, tcp: {{xyz: [0, 0, 0.62], rpy_deg: [0, 120, 0]}}, timer: t1}}
timers: {{t1: {{}}}}
conveyors: {{cv: {{type: indexing, stations: [s1]}}}}
stations: {{s1: {{pitch: 3, part: {{xyz: [0, 0, 0.5], rpy_deg: [0, 0, 0]}}, clamps: [], part_present: []}}}}
variants: {{box: {{spots: box.csv}}}}
schedules: {{p: {{force_kn: 2.3, squeeze_ms: 100, pulses: [{{current_ka: 8.5, time_ms: 180}}], hold_ms: 100}}}}
"""
SPOTS = """\
spot,x_mm,y_mm,z_mm,nx,ny,nz,stack,schedule,class
a1,0,-780,400,0,-1,0,DC04:0.9|DC04:0.9,p,regular
a2,{x},-780,400,0,-1,0,DC04:0.9|DC04:0.9,p,regular
"""


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    plan.add_parser(parser.add_subparsers())
    return plan.run(parser.parse_args(["plan", *words]))


def write(folder: Path, takt: float = 60.0, x: float = 50.0) -> str:
    (folder / "box.csv").write_text(SPOTS.format(x=x), encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(STARTER.format(takt=takt), encoding="utf-8")
    return str(path)


def test_tables_of_a_good_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "small: box" in out
    assert "2 spots; cycle" in out
    assert "takt 60 s: met" in out


def test_json_of_the_demo_cell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan_cell", lambda cell: demo_plan())
    assert run(str(DEMO), "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["planned"] is True
    assert [variant["name"] for variant in data["variants"]] == ["sedan", "wagon"]
    for variant in data["variants"]:
        assert variant["takt_met"] is True
        assert variant["cycle"] == pytest.approx(variant["handling"] + variant["welding"])
        assert sum(len(robot["spots"]) for robot in variant["robots"]) == 80


def test_a_missed_takt_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write(tmp_path, takt=5.0)) == 1
    assert "NOT MET" in capsys.readouterr().out


def test_an_unreachable_spot_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write(tmp_path, x=9000.0)) == 1
    assert "no robot can weld spot a2 (r1: too far by" in capsys.readouterr().err
    assert run(write(tmp_path, x=9000.0), "--json") == 1
    assert json.loads(capsys.readouterr().out)["planned"] is False


def test_a_bad_file_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("schema: 1\n", encoding="utf-8")
    assert run(str(path)) == 2
    assert "missing" in capsys.readouterr().err
