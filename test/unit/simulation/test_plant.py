# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the simulated plant keeps, and what its sensors see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from station_cell import CELL

from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.plant import Carrier, SimPlant
from smart_cell.simulation.sensor import SensorWithoutStationError, SimSensor
from smart_cell.simulation.storage import MemoryState, StateFile

BODY = Carrier("B1", "sedan")


class SlowWriter:
    """Keeps jobs until it is told to do one."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []

    def __call__(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.jobs.append((job, then))

    def do_one(self) -> None:
        job, then = self.jobs.pop(0)
        then(job())


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    plant = SimPlant(CELL, StateFile(tmp_path / "plant.json"))
    plant.put("s1", BODY)
    plant.remember("c1", {"position": 1.0})
    again = SimPlant(CELL, StateFile(tmp_path / "plant.json"))
    assert again.body("s1") == BODY
    assert again.recall("c1") == {"position": 1.0}
    assert again.recall("c2") == {}


def test_changes_while_the_disk_is_busy_are_written_in_one_go() -> None:
    writer, memory = SlowWriter(), MemoryState()
    plant = SimPlant(CELL, memory, writer=writer)
    for number in range(10):
        plant.remember("c1", {"position": number})
    assert len(writer.jobs) == 1
    writer.do_one()
    writer.do_one()
    assert not writer.jobs
    assert SimPlant(CELL, memory).recall("c1") == {"position": 9}


def test_nothing_is_written_when_nothing_changes() -> None:
    writer = SlowWriter()
    plant = SimPlant(CELL, MemoryState(), writer=writer)
    plant.put("s1", None)
    plant.remember("c1", {"position": 0.0})
    writer.do_one()
    plant.remember("c1", {"position": 0.0})
    assert not writer.jobs


def test_disk_that_fails_is_told() -> None:
    class BrokenState(MemoryState):
        def save(self, data: object) -> None:
            raise OSError("no space left on device")

    plant = SimPlant(CELL, BrokenState())
    plant.put("s1", BODY)
    assert "no space left" in plant.failure


def test_sensors_are_woken_by_changes() -> None:
    plant, calls = SimPlant(CELL, MemoryState()), []
    listener = lambda: calls.append(plant.body("s1"))  # noqa: E731
    plant.listen(listener)
    plant.put("s1", BODY)
    plant.put("s1", BODY)
    plant.ignore(listener)
    plant.put("s1", None)
    assert calls == [BODY]


def test_sensors_see_the_body_and_the_reader_its_carrier() -> None:
    plant = SimPlant(CELL, MemoryState())
    present, rfid = SimSensor(plant, CELL.sensors["pp1"]), SimSensor(plant, CELL.sensors["rfid1"])
    assert not present.read(0.0).is_active
    plant.put("s1", BODY)
    assert present.read(0.0).is_active
    assert present.read(0.0).value == ""
    seen = rfid.read(0.0)
    assert (seen.is_active, seen.value, seen.variant) == (True, "B1", "sedan")


@pytest.mark.parametrize(
    ("fault", "is_working", "is_active"),
    [("broken", False, True), ("stuck_on", True, True), ("stuck_off", True, False), ("clear", True, True)],
)
def test_faults_of_a_sensor(fault: str, is_working: bool, is_active: bool) -> None:
    plant = SimPlant(CELL, MemoryState())
    plant.put("s1", BODY)
    sensor = SimSensor(plant, CELL.sensors["pp1"])
    sensor.inject(fault)
    seen = sensor.read(0.0)
    assert (seen.is_working, seen.is_active) == (is_working, is_active)


def test_reader_stuck_on_reads_the_last_body_for_ever() -> None:
    plant = SimPlant(CELL, MemoryState())
    sensor = SimSensor(plant, CELL.sensors["rfid1"])
    plant.put("s1", BODY)
    sensor.read(0.0)
    sensor.inject("stuck_on")
    plant.put("s1", None)
    assert sensor.read(0.0).value == "B1"


def test_swapped_body_is_really_another_one() -> None:
    plant = SimPlant(CELL, MemoryState())
    sensor = SimSensor(plant, CELL.sensors["rfid1"])
    with pytest.raises(UnknownFaultError, match="no body"):
        sensor.inject("swap", "B9")
    plant.put("s1", BODY)
    with pytest.raises(UnknownFaultError, match="ID:VARIANT"):
        sensor.inject("swap")
    sensor.inject("swap", "B9:wagon")
    assert plant.body("s1") == Carrier("B9", "wagon")


def test_part_present_sensor_has_no_swap() -> None:
    sensor = SimSensor(SimPlant(CELL, MemoryState()), CELL.sensors["pp1"])
    with pytest.raises(UnknownFaultError, match="broken, stuck_on, stuck_off, clear"):
        sensor.inject("swap", "B9")


def test_sensor_that_no_station_names_is_an_error() -> None:
    with pytest.raises(SensorWithoutStationError, match="pp7"):
        SimSensor(SimPlant(CELL, MemoryState()), replace(CELL.sensors["pp1"], name="pp7"))
