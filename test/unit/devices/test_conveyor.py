# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The conveyor's logic with its simulated drive."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from station_cell import CELL, RUN, STOP, Permit

from smart_cell.cell.model import ConveyorType
from smart_cell.devices.conveyor import (
    ConveyorSequence,
    ConveyorState,
    Direction,
    Transfer,
    TransferCode,
    TransferResult,
    UnsupportedConveyorError,
)
from smart_cell.simulation.conveyor import SimConveyor
from smart_cell.simulation.plant import Carrier, SimPlant
from smart_cell.simulation.storage import MemoryState

CONVEYOR = CELL.conveyors["cv"]
IN1 = Transfer("B1/in", Direction.IN, "s1", "B1", "", "sedan")
IN2 = Transfer("B2/in", Direction.IN, "s1", "B2", "B1", "wagon")
OUT1 = Transfer("B1/out", Direction.OUT, "s1", "B1", "", "sedan")
STEP_TIME = 6.0 / 1.0 + 1.0 / 0.8
"""Way by speed, and once the time to get up to speed [s]."""


@dataclass
class Line:
    """A conveyor that runs in virtual time."""

    memory: MemoryState = field(default_factory=MemoryState)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.permission = RUN
        self.power_up()

    def power_up(self) -> None:
        """Start the control and its hardware anew on the same memory."""
        self.plant = SimPlant(CELL, self.memory)
        self.drive = SimConveyor(self.plant, CONVEYOR)
        self.drive.connect(self.now)
        self.sequence = ConveyorSequence(CONVEYOR, {"s1": 6.0})

    def begin(self, order: Transfer) -> TransferResult | None:
        assert self.sequence.refusal(self.permission.epoch, self.permission) is None
        return self.sequence.begin(order, self.drive.read(self.now), self.now)

    def run(self, duration: float, step: float = 0.01) -> TransferResult | None:
        """Let time pass until a transfer ends, for at most `duration`."""
        end = self.now + duration
        while self.now < end:
            self.now += step
            command, result = self.sequence.step(self.now, self.drive.read(self.now), self.permission)
            self.drive.write(command, self.now)
            if result is not None:
                return result
        return None

    def carry_out(self, order: Transfer) -> TransferResult | None:
        return self.begin(order) or self.run(60.0)

    def state(self) -> ConveyorState:
        return self.sequence.status(self.drive.read(self.now)).state

    def body(self) -> str:
        return self.sequence.status(self.drive.read(self.now)).body


@pytest.fixture
def line() -> Line:
    return Line()


def test_body_comes_in_and_goes_out(line: Line) -> None:
    start = line.now
    assert line.carry_out(IN1) == TransferResult("B1/in", TransferCode.DONE)
    assert line.now - start == pytest.approx(STEP_TIME, abs=0.05)
    assert line.plant.body("s1") == Carrier("B1", "sedan")
    assert line.body() == "B1"
    assert line.carry_out(OUT1) == TransferResult("B1/out", TransferCode.DONE)
    assert line.plant.body("s1") is None
    assert line.body() == ""


def test_body_moves_on_by_the_step_that_brings_the_next(line: Line) -> None:
    line.carry_out(IN1)
    assert line.carry_out(IN2) == TransferResult("B2/in", TransferCode.DONE)
    assert line.plant.body("s1") == Carrier("B2", "wagon")


def test_body_on_its_way_is_known_but_not_in_the_station(line: Line) -> None:
    line.begin(IN1)
    line.run(2.0)
    assert line.state() is ConveyorState.MOVING
    assert line.body() == "B1"
    assert line.plant.body("s1") is None


def test_done_transfer_is_not_carried_out_again(line: Line) -> None:
    line.carry_out(IN1)
    line.carry_out(OUT1)
    for order in (OUT1, IN1):
        result = line.begin(order)
        assert result is not None
        assert result.code is TransferCode.DONE
    assert line.run(1.0) is None
    assert line.plant.body("s1") is None


def test_done_transfer_is_known_after_a_power_loss(line: Line) -> None:
    line.carry_out(IN1)
    line.power_up()
    result = line.begin(IN1)
    assert result is not None
    assert result.code is TransferCode.DONE
    assert line.body() == "B1"


def test_loss_of_permission_stops_with_deceleration_and_the_same_id_goes_on(line: Line) -> None:
    line.begin(IN1)
    line.run(3.0)
    speed = line.drive.read(line.now).speed
    assert speed == pytest.approx(1.0)
    line.permission = STOP
    stopped_at = line.now
    result = line.run(5.0)
    assert result == TransferResult("B1/in", TransferCode.INTERRUPTED, STOP.reason)
    assert line.now - stopped_at == pytest.approx(speed / 0.8, abs=0.05)
    assert line.state() is ConveyorState.INTERRUPTED
    position = line.drive.read(line.now).position
    line.permission = RUN
    assert line.run(1.0) is None, "it does not go on by itself"
    assert line.drive.read(line.now).position == position
    assert line.carry_out(IN1) == TransferResult("B1/in", TransferCode.DONE)


def test_interrupted_transfer_must_be_finished_before_another(line: Line) -> None:
    line.begin(IN1)
    line.run(3.0)
    line.sequence.cancel("canceled")
    line.run(5.0)
    result = line.begin(OUT1)
    assert result is not None
    assert result.code is TransferCode.REFUSED
    assert "B1/in has to be finished first" in result.text


def test_power_loss_on_the_way_leaves_the_transfer_interrupted_near_where_it_was(line: Line) -> None:
    line.begin(IN1)
    line.run(4.0)
    position = line.drive.read(line.now).position
    line.power_up()
    assert line.state() is ConveyorState.INTERRUPTED
    assert line.drive.read(line.now).position == pytest.approx(position, abs=0.26)
    assert line.carry_out(IN1) == TransferResult("B1/in", TransferCode.DONE)
    assert line.plant.body("s1") == Carrier("B1", "sedan")


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (replace(IN1, station="s9"), "'s9' is not a station"),
        (replace(IN1, name=""), "needs an id"),
        (replace(IN1, leaving="B7"), "holds no body, the transfer says B7"),
        (OUT1, "holds no body, the transfer says B1"),
    ],
)
def test_impossible_transfer_is_refused(line: Line, order: Transfer, text: str) -> None:
    result = line.begin(order)
    assert result is not None
    assert result.code is TransferCode.REFUSED
    assert text in result.text


def test_body_that_is_in_the_way_is_named(line: Line) -> None:
    line.carry_out(IN1)
    result = line.begin(replace(IN2, leaving=""))
    assert result is not None
    assert "holds B1" in result.text


def test_known_id_with_other_contents_is_refused(line: Line) -> None:
    line.carry_out(IN1)
    result = line.begin(replace(IN1, body="B9"))
    assert result is not None
    assert result.code is TransferCode.REFUSED


def test_second_transfer_at_a_time_is_refused_and_the_same_one_is_joined(line: Line) -> None:
    line.begin(IN1)
    line.run(1.0)
    assert line.begin(IN1) is None
    refused = line.begin(OUT1)
    assert refused is not None
    assert "under way" in refused.text


@pytest.mark.parametrize("permission", [STOP, Permit(epoch=8)])
def test_no_transfer_without_permission(line: Line, permission: Permit) -> None:
    assert line.sequence.refusal(7, permission) is not None


def test_stalled_drive_is_a_fault_that_says_how_far_it_got(line: Line) -> None:
    line.begin(IN1)
    line.run(3.0)
    line.drive.inject("stall", line.now)
    result = line.run(60.0)
    assert result is not None
    assert result.code is TransferCode.INTERRUPTED
    assert "m of 6.00 m" in result.text
    assert line.state() is ConveyorState.FAULT
    line.drive.inject("clear", line.now)
    assert line.carry_out(IN1) == TransferResult("B1/in", TransferCode.DONE)


def test_failure_of_the_drive_is_a_fault(line: Line) -> None:
    line.begin(IN1)
    line.run(3.0)
    line.drive.inject("drive", line.now)
    result = line.run(60.0)
    assert result is not None
    assert result.code is TransferCode.INTERRUPTED
    assert line.state() is ConveyorState.FAULT


def test_continuous_conveyor_is_not_supported() -> None:
    with pytest.raises(UnsupportedConveyorError, match="indexing"):
        ConveyorSequence(replace(CONVEYOR, type=ConveyorType.CONTINUOUS), {"s1": 6.0})


@given(st.lists(st.tuples(st.sampled_from(["stop", "cancel", "power"]), st.floats(0.0, 8.0)), max_size=6))
def test_body_arrives_exactly_once_whatever_interrupts_it(script: list[tuple[str, float]]) -> None:
    line = Line()
    for word, duration in script:
        result = line.begin(IN1)
        if result is not None:
            assert result.code is TransferCode.DONE
        line.run(duration, step=0.05)
        if word == "power":
            line.power_up()
        else:
            line.permission = STOP if word == "stop" else RUN
            line.sequence.cancel("canceled")
            line.run(3.0, step=0.05)
        line.permission = RUN
        assert line.plant.body("s1") in (None, Carrier("B1", "sedan"))
    result = line.carry_out(IN1)
    assert result is not None
    assert result.code is TransferCode.DONE
    assert line.plant.body("s1") == Carrier("B1", "sedan")
