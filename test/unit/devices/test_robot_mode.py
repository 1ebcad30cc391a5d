# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the key switch of an arm means to the executor of its robot."""

from __future__ import annotations

import pytest
from robot_bench import RUN, Bench, at, job, spot

from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices import robot_events as ev
from smart_cell.devices.robot import SETTLE_TIME
from smart_cell.devices.robot_job import JobCode, RobotState

TO_DO = "turn the key switch of r1 to EXT"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def turn(bench: Bench, mode: OperationMode, text: str = "") -> tuple[ev.Command, ...]:
    return bench.say(ev.ArmStatusRead(mode, text))


@pytest.mark.parametrize("mode", [OperationMode.T1, OperationMode.T2, OperationMode.AUT])
def test_job_is_refused_with_what_to_do(bench: Bench, mode: OperationMode) -> None:
    turn(bench, mode)
    refusal = bench.executor.refusal(job(spot(0))) or ""
    assert TO_DO in refusal
    assert mode.name in refusal
    assert bench.executor.status.operation_mode is mode


@pytest.mark.parametrize("mode", [OperationMode.UNKNOWN, OperationMode.EXT])
def test_job_is_taken_in_ext_and_where_the_arm_does_not_tell(bench: Bench, mode: OperationMode) -> None:
    turn(bench, mode)
    assert bench.executor.refusal(job(spot(0))) is None


def test_change_while_moving_interrupts_the_job_and_stops_the_arm(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    commands = turn(bench, OperationMode.T1)
    assert [type(command) for command in commands] == [ev.SendTrajectory]
    bench.say(ev.TrajectoryRejected(bench.trajectory.number, "mode T1"))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED
    assert TO_DO in bench.finish.text
    assert bench.state() is RobotState.IDLE


def test_goal_that_fails_before_the_change_is_known_is_an_interruption(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, False, "stopped: mode T1"))
    bench.wait(SETTLE_TIME - 0.1)
    turn(bench, OperationMode.T1)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED
    assert TO_DO in bench.finish.text


def test_interrupted_move_goes_on_when_the_switch_is_back(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, False, "stopped: mode T1"))
    turn(bench, OperationMode.T1)
    bench.joints = at(0.45)
    bench.wait(0.2)
    turn(bench, OperationMode.EXT)
    planned = len(bench.planner.planned)
    bench.give(job(spot(0), name="job2"))
    assert len(bench.planner.planned) == planned


def test_weld_is_finished_and_then_the_job_ends(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    bench.start_weld()
    turn(bench, OperationMode.T1)
    assert bench.finish is None
    bench.end_weld()
    assert bench.finish is not None
    assert (bench.finish.code, bench.finish.spots_done) == (JobCode.INTERRUPTED, 1)


def test_pause_is_not_ended_by_a_turn_of_the_switch(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.start_weld()
    bench.say(ev.PermissionChanged(RUN.__class__(weld=False)))
    bench.end_weld(is_ok=False, was_fired=False)
    turn(bench, OperationMode.T1)
    bench.wait(1.0)
    assert bench.state() is RobotState.PAUSED
    turn(bench, OperationMode.EXT)
    bench.say(ev.PermissionChanged(RUN))
    assert bench.kinds()[-1] == "SendWeld"


def test_failed_move_is_told_with_what_the_arm_says(bench: Bench) -> None:
    turn(bench, OperationMode.EXT, "drives tripped")
    bench.give(job(spot(0)))
    bench.say(ev.TrajectoryRejected(bench.trajectory.number, "no"))
    bench.wait(SETTLE_TIME + 0.2)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "r1 says: drives tripped" in bench.finish.text
