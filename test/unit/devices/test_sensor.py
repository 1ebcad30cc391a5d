# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Debouncing and judging raw signals."""

from __future__ import annotations

import pytest
from station_cell import CELL

from smart_cell.devices.sensor import DEBOUNCE, SensorFilter, SensorSnapshot, SensorStatus

ON = SensorSnapshot(stamp=0.0, is_working=True, is_active=True)
OFF = SensorSnapshot(stamp=0.0, is_working=True, is_active=False)
BROKEN = SensorSnapshot(stamp=0.0, is_working=False, is_active=True)


def reader(value: str, variant: str) -> SensorSnapshot:
    return SensorSnapshot(stamp=0.0, is_working=True, is_active=True, value=value, variant=variant)


@pytest.fixture
def present() -> SensorFilter:
    return SensorFilter(CELL.sensors["pp1"], CELL.variants)


@pytest.fixture
def rfid() -> SensorFilter:
    return SensorFilter(CELL.sensors["rfid1"], CELL.variants)


def test_nothing_is_valid_before_the_first_steady_signal(present: SensorFilter) -> None:
    assert not present.status.is_valid
    assert present.step(10.0, ON) == pytest.approx(10.0 + DEBOUNCE)
    assert not present.status.is_valid
    assert present.step(10.0 + DEBOUNCE, ON) is None
    assert present.status == SensorStatus(True, True)


def test_bouncing_signal_does_not_count(present: SensorFilter) -> None:
    present.step(0.0, OFF)
    present.step(1.0, OFF)
    for number in range(20):
        present.step(2.0 + 0.015 * number, ON if number % 2 else OFF)
    assert present.status == SensorStatus(True, False)


def test_broken_sensor_is_invalid_at_once(present: SensorFilter) -> None:
    present.step(0.0, ON)
    present.step(1.0, ON)
    present.step(1.001, BROKEN)
    assert not present.status.is_valid
    assert "pp1 is broken" in present.status.text


def test_reader_gives_body_and_variant(rfid: SensorFilter) -> None:
    rfid.step(0.0, reader("B1", "sedan"))
    rfid.step(1.0, reader("B1", "sedan"))
    assert rfid.status == SensorStatus(True, True, "B1", "sedan")


@pytest.mark.parametrize(("value", "variant", "text"), [("", "sedan", "without an id"), ("B1", "truck", "'truck'")])
def test_carrier_that_makes_no_sense_is_invalid(rfid: SensorFilter, value: str, variant: str, text: str) -> None:
    rfid.step(0.0, reader(value, variant))
    assert not rfid.status.is_valid
    assert text in rfid.status.text
