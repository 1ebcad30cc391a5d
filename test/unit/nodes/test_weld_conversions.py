# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What goes into a message comes out of it again."""

from __future__ import annotations

from array import array

import pytest
from gun_bench import EPOCH, SCHEDULE, GunBench

pytest.importorskip("smart_cell_msgs.msg")

from smart_cell.cell.model import Pulse, Schedule
from smart_cell.core.ids import SpotKey
from smart_cell.devices.weld_record import WeldOrder
from smart_cell.nodes import weld_conversions as convert
from smart_cell.welding.verdict import WeldResult
from smart_cell_msgs.action import Weld
from smart_cell_msgs.msg import GunState, WeldRecord, WeldSchedule


def test_a_schedule_there_and_back() -> None:
    schedule = Schedule("p12", 2300.0, 0.2, (Pulse(6000.0, 0.05, 0.03), Pulse(9000.0, 0.3)), 0.1)
    assert convert.schedule_from_msg(convert.schedule_to_msg(schedule)) == schedule


def test_a_schedule_whose_pulses_do_not_fit_is_refused() -> None:
    message = WeldSchedule(name="p12", pulse_current=array("d", [1.0, 2.0]), pulse_time=array("d", [1.0]))
    with pytest.raises(ValueError, match="2 pulse_current, 1 pulse_time, 0 pulse_cool"):
        convert.schedule_from_msg(message)


def test_a_record_there_and_back() -> None:
    record = GunBench().weld().record
    assert record is not None
    message = convert.record_to_msg(record)
    assert message.result == WeldRecord.RESULT_OK
    back = convert.record_from_msg(message)
    assert back.time == pytest.approx(record.time, abs=1e-6)
    assert {name: getattr(back, name) for name in record.__slots__ if name != "time"} == {
        name: getattr(record, name) for name in record.__slots__ if name != "time"
    }


def test_a_result_that_is_not_known_is_uncertain() -> None:
    assert convert.record_from_msg(WeldRecord(result=99)).result is WeldResult.UNCERTAIN


def test_an_order() -> None:
    goal = Weld.Goal(
        robot="r1",
        body="B1",
        spot="S1",
        attempt=2,
        epoch=EPOCH,
        thickness=0.002,
        schedule=convert.schedule_to_msg(SCHEDULE),
    )
    assert convert.order_from_goal(goal) == WeldOrder("r1", SpotKey("B1", "S1", 2), EPOCH, SCHEDULE, 0.002)


def test_a_state() -> None:
    bench = GunBench()
    bench.order()
    message = GunState()
    convert.fill_gun_state(message, bench.sequence.view())
    assert (message.state, message.spot, message.inhibited) == (GunState.STATE_CLOSING, "S001", False)
    bench.sequence.deactivate()
    convert.fill_gun_state(message, bench.sequence.view())
    assert message.state == GunState.STATE_INACTIVE
    assert message.inhibited_by == "the gun is not active"
