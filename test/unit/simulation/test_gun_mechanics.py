# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The mechanics of the simulated gun, and its backend's faults and files."""

from __future__ import annotations

from pathlib import Path

import pytest
from gun_bench import DRESSER, GUN, START, TIMER
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.devices.gun_signals import GunCommand, GunDrive
from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.gun import FORCE_REACHED, FORCE_TIME_CONSTANT, GunFault, SimGun
from smart_cell.simulation.gun_backend import FAULTS, SimGunBackend
from smart_cell.simulation.storage import AppendLog, MemoryLog, MemoryState, StateFile

CLOSE = GunCommand(GunDrive.CLOSE, force=2300.0, thickness=0.002)
OPEN = GunCommand(GunDrive.OPEN)
STAY = GunCommand(GunDrive.STAY, force=2300.0, thickness=0.002)


def _run(gun: SimGun, now: float, until: float) -> list[float]:
    """Call the gun whenever it asks for it; return when that was, from START."""
    calls = []
    next_time = gun.update(now)
    while next_time is not None and next_time <= until:
        calls.append(round(next_time - START, 4))
        assert len(calls) < 100
        next_time = gun.update(next_time)
    gun.update(until)
    return calls


def test_closing_takes_the_way_over_the_speed_and_then_force_builds_up() -> None:
    gun = SimGun(GUN, DRESSER, is_closed=False)
    gun.write(CLOSE, START)
    assert _run(gun, START, START + 2.0) == [0.236, 0.236 + 0.1198]
    assert gun.is_closed
    assert gun.force(START + 2.0) == pytest.approx(2300.0)
    assert gun.force(START + 0.236 + FORCE_TIME_CONSTANT) == pytest.approx(2300.0 * 0.632, rel=0.001)
    gun.write(OPEN, START + 2.0)
    assert gun.force(START + 2.0) == 0.0
    assert _run(gun, START + 2.0, START + 4.0) == [2.236]
    assert gun.is_open


@given(pause=st.floats(0.0, 0.4), travel=st.floats(0.0, 0.3))
def test_staying_keeps_position_and_force(pause: float, travel: float) -> None:
    gun = SimGun(GUN, DRESSER, is_closed=False)
    gun.write(CLOSE, START)
    gun.write(STAY, START + travel)
    opening, force = gun.opening, gun.force(START + 10.0)
    _run(gun, START + travel, START + travel + pause)
    assert gun.opening == opening
    gun.write(CLOSE, START + travel + pause)
    _run(gun, START + travel + pause, START + 5.0)
    assert gun.is_closed
    assert gun.force(START + 10.0) >= force


@given(times=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_the_way_does_not_depend_on_when_it_is_looked_at(times: list[float]) -> None:
    gun = SimGun(GUN, DRESSER, is_closed=False)
    gun.write(CLOSE, START)
    for time in sorted(times):
        gun.update(START + time)
        expected = max(GUN.stroke - time * GUN.speed, CLOSE.thickness)
        assert gun.opening == pytest.approx(expected, abs=2e-6)
        reached = 0.236 + 0.11983
        if abs(time - reached) > 1e-3:
            assert gun.force_reached(START + time) is (time > reached)
            assert (gun.force(START + time) >= FORCE_REACHED * CLOSE.force) is (time > reached)


def test_faults_of_the_mechanics() -> None:
    gun = SimGun(GUN, DRESSER, is_closed=False)
    gun.faults.add(GunFault.STUCK_OPEN)
    gun.write(CLOSE, START)
    _run(gun, START, START + 2.0)
    assert gun.is_open
    gun.faults = {GunFault.FORCE_LOSS}
    _run(gun, START + 2.0, START + 4.0)
    assert gun.is_closed
    assert gun.force(START + 4.0) == pytest.approx(1150.0)
    assert not gun.force_reached(START + 4.0)
    gun.faults = {GunFault.STUCK_CLOSED}
    gun.write(OPEN, START + 4.0)
    _run(gun, START + 4.0, START + 6.0)
    assert gun.is_closed
    gun.faults = set()
    _run(gun, START + 6.0, START + 8.0)
    assert gun.is_open


def test_dressing_needs_an_open_gun_and_its_time() -> None:
    gun = SimGun(GUN, DRESSER, is_closed=True)
    gun.write(GunCommand(dress=True), START)
    assert gun.update(START + 10.0) is None
    gun = SimGun(GUN, DRESSER, is_closed=False)
    gun.write(GunCommand(dress=True), START)
    assert gun.update(START + 4.9) == START + 5.0
    gun.write(GunCommand(), START + 4.9)
    gun.update(START + 10.0)
    assert gun.dressings == 0
    gun.write(GunCommand(dress=True), START + 10.0)
    gun.update(START + 15.0)
    gun.update(START + 25.0)
    assert gun.dressings == 1


def test_unknown_faults_are_answered_with_what_exists() -> None:
    backend = SimGunBackend(GUN, TIMER, DRESSER, log=MemoryLog(), tips=MemoryState())
    with pytest.raises(UnknownFaultError, match="the gun has no fault 'explode'; allowed: ") as caught:
        backend.inject("explode")
    assert all(fault in str(caught.value) for fault in FAULTS)
    for value in ("-1", "0", "1.5", "many"):
        with pytest.raises(UnknownFaultError, match="number of welds"):
            backend.inject("low_current", value)
    assert "next 3" in backend.inject("low_current", "3")
    assert "clear" in backend.inject("stuck_open")
    assert "taken away" in backend.inject("clear")


def test_the_hardware_outlives_its_process(tmp_path: Path) -> None:
    def start() -> SimGunBackend:
        backend = SimGunBackend(
            GUN, TIMER, DRESSER, log=AppendLog(tmp_path / "t1.jsonl"), tips=StateFile(tmp_path / "g1.json")
        )
        backend.connect(START)
        return backend

    backend = start()
    snapshot = backend.read(START)
    assert snapshot.is_open
    assert (snapshot.timer_count, snapshot.dressings) == (0, 0)
    backend.write(GunCommand(dress=True), START)
    backend.read(START + 5.0)
    backend.close()
    snapshot = start().read(START)
    assert not snapshot.is_open, "nobody knows where the tips stand, so they are taken to touch"
    assert snapshot.dressings == 1
