# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The clamp's logic with its simulated cylinder."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from station_cell import CELL, RUN, STOP, Permit

from smart_cell.devices.clamp import ClampSequence, ClampState
from smart_cell.simulation.clamp import SimClamp
from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.plant import SimPlant
from smart_cell.simulation.storage import MemoryState

CLAMP = CELL.clamps["c1"]


@dataclass
class Stand:
    """A clamp that runs in virtual time."""

    memory: MemoryState = field(default_factory=MemoryState)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.permission = RUN
        self.power_up()

    def power_up(self) -> None:
        self.cylinder = SimClamp(SimPlant(CELL, self.memory), CLAMP)
        self.cylinder.connect(self.now)
        self.sequence = ClampSequence(CLAMP)

    def ask(self, *, close: bool) -> str | None:
        return self.sequence.request(close, self.permission.epoch, self.permission)

    def run(self, duration: float) -> None:
        end = self.now + duration
        while self.now < end:
            self.now += 0.01
            self.cylinder.write(self.sequence.step(self.now, self.cylinder.read(self.now), self.permission), self.now)

    def state(self) -> ClampState:
        return self.sequence.status(self.cylinder.read(self.now)).state

    def text(self) -> str:
        return self.sequence.status(self.cylinder.read(self.now)).text


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_closes_and_opens_in_its_travel_time(stand: Stand) -> None:
    assert stand.state() is ClampState.OPEN
    assert stand.ask(close=True) is None
    stand.run(0.4)
    assert stand.state() is ClampState.MOVING
    stand.run(0.2)
    assert stand.state() is ClampState.CLOSED
    stand.ask(close=False)
    stand.run(0.6)
    assert stand.state() is ClampState.OPEN


def test_asking_again_changes_nothing(stand: Stand) -> None:
    stand.ask(close=True)
    stand.run(0.3)
    for _ in range(3):
        assert stand.ask(close=True) is None
    stand.run(0.3)
    assert stand.state() is ClampState.CLOSED


def test_closed_clamp_stays_closed_through_stop_and_power_loss(stand: Stand) -> None:
    stand.ask(close=True)
    stand.run(1.0)
    stand.permission = STOP
    stand.run(1.0)
    assert stand.state() is ClampState.CLOSED
    stand.power_up()
    stand.run(1.0)
    assert stand.state() is ClampState.CLOSED
    stand.permission = RUN
    stand.run(1.0)
    assert stand.state() is ClampState.CLOSED


def test_travel_ends_where_it_is_when_motion_is_lost_and_goes_on_only_when_asked(stand: Stand) -> None:
    stand.ask(close=True)
    stand.run(0.2)
    stand.permission = STOP
    stand.run(1.0)
    stand.permission = RUN
    stand.run(1.0)
    assert stand.state() is ClampState.MOVING
    assert "stopped on its way" in stand.text()
    stand.ask(close=True)
    stand.run(0.4)
    assert stand.state() is ClampState.CLOSED


def test_power_loss_on_the_way_finds_it_between_its_ends(stand: Stand) -> None:
    stand.ask(close=True)
    stand.run(0.2)
    stand.power_up()
    assert stand.state() is ClampState.MOVING


@pytest.mark.parametrize("fault", ["jam", "switch"])
def test_end_position_that_is_not_reported_in_time_is_a_fault(stand: Stand, fault: str) -> None:
    stand.cylinder.inject(fault, stand.now)
    stand.ask(close=True)
    stand.run(CLAMP.timeout - 0.1)
    assert stand.state() is ClampState.MOVING
    stand.run(0.2)
    assert stand.state() is ClampState.FAULT
    assert stand.text() == "clamp c1 is not closed after 3 s"
    stand.cylinder.inject("clear", stand.now)
    stand.ask(close=True)
    stand.run(0.6)
    assert stand.state() is ClampState.CLOSED


def test_fault_is_forgotten_when_motion_is_disabled(stand: Stand) -> None:
    stand.cylinder.inject("jam", stand.now)
    stand.ask(close=True)
    stand.run(CLAMP.timeout + 0.1)
    stand.permission = STOP
    stand.run(0.1)
    assert stand.state() is not ClampState.FAULT


@pytest.mark.parametrize("permission", [STOP, Permit(epoch=8)])
def test_no_travel_without_permission(stand: Stand, permission: Permit) -> None:
    assert stand.sequence.request(True, 7, permission) is not None
    stand.run(1.0)
    assert stand.state() is ClampState.OPEN


def test_unknown_fault_lists_what_there_is(stand: Stand) -> None:
    with pytest.raises(UnknownFaultError, match="jam, switch, clear"):
        stand.cylinder.inject("explode", stand.now)
