# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from fake_cell import FakeCell

from smart_cell.supervision import events as ev
from smart_cell.supervision.alarms import AlarmBook
from smart_cell.supervision.events import Code
from smart_cell.supervision.packml import State


def test_one_alarm_per_cause_and_the_first_out_is_marked() -> None:
    book = AlarmBook()
    first = book.raise_(1.0, "NODE_LOST", "arms", "gone")
    assert first is not None
    assert first.first_out
    assert book.raise_(2.0, "NODE_LOST", "arms", "gone again") is None
    second = book.raise_(3.0, "SAFETY_STOP", "safety", "stop")
    assert second is not None
    assert not second.first_out


def test_an_alarm_stays_until_it_is_both_gone_and_acknowledged() -> None:
    book = AlarmBook()
    book.raise_(1.0, "NODE_LOST", "arms", "gone")
    book.raise_(1.0, "CLAMP_FAULT", "c1", "jammed")
    book.acknowledge(1)
    assert len(book.alarms) == 2, "acknowledging is not resetting"
    book.clear_all(2.0)
    assert [alarm.code for alarm in book.alarms] == ["CLAMP_FAULT"]
    assert not book.active
    book.acknowledge(0)
    assert not book.alarms


def test_acknowledging_does_not_start_anything() -> None:
    cell = FakeCell()
    cell.order(1)
    cell.start()
    cell.run(10.0)
    cell.tell(ev.SafetyReport(False, "emergency stop"))
    cell.stop_devices()
    cell.reach(State.ABORTED)
    cell.tell(ev.AcknowledgeRequest("a1", 0, "tester"))
    assert not cell.run(10.0, lambda: cell.supervisor.state is not State.ABORTED)
    assert [alarm.acknowledged for alarm in cell.supervisor.alarms.active] == [True]


def test_shelving_ends_by_itself() -> None:
    cell = FakeCell()
    cell.tell(ev.SafetyReport(False, "emergency stop"))
    cell.tell(ev.ShelveRequest("s1", 1, cell.now + 5.0, "tester", "known"))
    assert cell.replies[-1].code is Code.OK
    assert cell.supervisor.alarms.alarms[0].shelved_until is not None
    cell.run(6.0)
    assert cell.supervisor.alarms.alarms[0].shelved_until is None
    assert "AlarmsUnshelved" in [announced.name for announced in cell.announced]


def test_shelving_for_too_long_or_an_unknown_alarm_is_refused() -> None:
    cell = FakeCell()
    cell.tell(ev.ShelveRequest("s1", 1, cell.now + 9 * 3600.0))
    assert cell.replies[-1].code is Code.INVALID
    cell.tell(ev.ShelveRequest("s2", 7, cell.now + 60.0))
    assert "no alarm 7" in cell.replies[-1].text
