# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The speed override of a robot's executor, and how it goes on after an interruption."""

from __future__ import annotations

from dataclasses import replace

import pytest
from robot_bench import EMERGENCY, HOLD, HOME, MOVE_TIME, REST, RUN, Bench, at, job, spot

from smart_cell.core.geometry import Pose
from smart_cell.devices import robot_events as ev
from smart_cell.devices.robot import SETTLE_TIME, STOP_LIMIT
from smart_cell.devices.robot_job import JobCode, RobotState

LEAD = 0.02


@pytest.fixture
def bench() -> Bench:
    return Bench()


def overridden(bench: Bench, percent: int) -> tuple[ev.Command, ...]:
    return bench.say(ev.OverrideChanged(percent))


def stop_at(bench: Bench, place: float) -> None:
    """Interrupt the move by an emergency stop that ends at `place`, and make the cell safe again."""
    bench.say(ev.PermissionChanged(EMERGENCY))
    bench.start_move()
    measure(bench, place)
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, True))
    bench.say(ev.PermissionChanged(RUN))


def measure(bench: Bench, place: float) -> None:
    bench.joints = at(place)
    bench.say(ev.JointsRead(bench.joints, REST))


# ---------------------------------------------------------------------------------------------- override


def test_moves_are_run_at_the_override(bench: Bench) -> None:
    overridden(bench, 50)
    bench.give(job(spot(0)))
    assert bench.trajectory.trajectory.duration == pytest.approx(2.0 * MOVE_TIME)
    assert bench.executor.status.speed_override == 50


def test_override_of_a_robot_at_rest_is_only_kept(bench: Bench) -> None:
    assert overridden(bench, 30) == ()
    assert bench.executor.status.speed_override == 30


def test_change_while_moving_replaces_the_rest_of_the_move_along_the_same_path(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    moving = bench.trajectory
    commands = overridden(bench, 50)
    assert len(commands) == 1
    slower = commands[0]
    assert isinstance(slower, ev.SendTrajectory)
    assert slower.start == pytest.approx(bench.time + LEAD)
    assert slower.trajectory.positions[0] == pytest.approx(moving.trajectory.sample(0.4 + LEAD).position)
    assert slower.trajectory.positions[-1] == pytest.approx(moving.trajectory.positions[-1])
    assert slower.trajectory.duration == pytest.approx((0.6 - LEAD) / 0.5)
    bench.say(ev.TrajectoryFinished(moving.number, False, "preempted"))
    bench.start_move()
    bench.wait(1.2)
    bench.end_move()
    assert bench.kinds() == ["SendTrajectory", "SendTrajectory", "SendWeld"]
    bench.start_weld()
    assert bench.executor.status.weld_overhead == pytest.approx(0.02, abs=0.03)


def test_the_preempted_move_may_end_before_the_new_one_is_accepted(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    moving = bench.trajectory
    overridden(bench, 50)
    bench.say(ev.TrajectoryFinished(moving.number, False, "preempted"))
    bench.start_move()
    bench.wait(1.2)
    assert bench.finish is None
    bench.end_move()
    assert bench.kinds()[-1] == "SendWeld"


def test_change_before_the_move_is_accepted_follows_its_acceptance(bench: Bench) -> None:
    bench.give(job(spot(0)))
    assert overridden(bench, 50) == ()
    bench.say(ev.TrajectorySent(bench.trajectory.number))
    commands = bench.say(ev.TrajectoryAccepted(bench.trajectory.number, 0.0))
    assert [type(command) for command in commands] == [ev.SendTrajectory]


def test_change_while_another_is_on_its_way_waits_for_the_answer(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.2)
    overridden(bench, 50)
    assert overridden(bench, 25) == ()
    commands = bench.say(ev.TrajectoryAccepted(bench.trajectory.number, 0.0))
    assert [type(command) for command in commands] == [ev.SendTrajectory]
    assert bench.trajectory.trajectory.duration == pytest.approx((0.8 - LEAD) / 0.25, abs=0.1)


def test_rejected_change_lets_the_move_run_on(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    moving = bench.trajectory
    overridden(bench, 50)
    assert bench.say(ev.TrajectoryRejected(bench.trajectory.number, "busy")) == ()
    bench.wait(0.6)
    bench.joints = tuple(moving.trajectory.positions[-1])
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.say(ev.TrajectoryFinished(moving.number, True))
    assert bench.kinds() == ["SendTrajectory", "SendTrajectory", "SendWeld"]


@pytest.mark.parametrize("is_done", [True, False])
def test_move_that_ends_before_its_change_is_rejected_has_ended(bench: Bench, is_done: bool) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    moving = bench.trajectory
    overridden(bench, 50)
    if is_done:
        measure(bench, 1.0)
    bench.say(ev.TrajectoryFinished(moving.number, is_done, "joint_3 off by 0.2 rad"))
    assert bench.kinds()[-1] == "SendTrajectory"
    bench.say(ev.TrajectoryRejected(bench.trajectory.number, "too late"))
    if is_done:
        assert bench.kinds()[-1] == "SendWeld"
    else:
        bench.wait(SETTLE_TIME + 0.2)
        assert bench.finish is not None
        assert "joint_3 off" in bench.finish.text


def test_change_near_the_end_is_not_worth_while(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(MOVE_TIME - 0.1)
    assert overridden(bench, 50) == ()


def test_change_during_a_stop_is_for_later_moves(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    bench.say(ev.PermissionChanged(EMERGENCY))
    assert overridden(bench, 50) == ()
    bench.start_move()
    assert bench.kinds() == ["SendTrajectory", "SendTrajectory"]


@pytest.mark.parametrize("is_answered", [True, False])
def test_stop_during_a_change_stops_what_runs_then(bench: Bench, is_answered: bool) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    overridden(bench, 50)
    change = bench.trajectory
    bench.time += 0.1
    if is_answered:
        bench.say(ev.TrajectoryAccepted(change.number, 0.0))
    commands = bench.say(ev.PermissionChanged(EMERGENCY))
    stop = commands[0]
    assert isinstance(stop, ev.SendTrajectory)
    assert stop.start == pytest.approx(bench.time + LEAD)
    assert stop.trajectory.positions[0] == pytest.approx(change.trajectory.sample(0.1).position)
    if not is_answered:
        late = bench.say(ev.TrajectoryAccepted(change.number, 0.0))
        assert late == (), "a cancel would take the arm off its stop"
    bench.run_move()
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED


def test_rejected_stop_during_a_change_holds_whatever_runs(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    first = bench.trajectory
    bench.wait(0.4)
    overridden(bench, 50)
    second = bench.trajectory
    bench.say(ev.PermissionChanged(EMERGENCY))
    commands = bench.say(ev.TrajectoryRejected(bench.trajectory.number, "drives are off"))
    assert {ev.CancelTrajectory(first.number), ev.CancelTrajectory(second.number)} <= set(commands)


def test_slowed_move_is_not_late(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    overridden(bench, 10)
    bench.start_move()
    bench.wait(9.0)
    assert bench.state() is RobotState.RUNNING
    bench.wait(4.0)
    bench.wait(STOP_LIMIT + 0.2)
    assert bench.finish is not None
    assert "late" in bench.finish.text


# ---------------------------------------------------------------------------------------------- going on


def test_same_move_goes_on_along_its_path_after_an_interruption(bench: Bench) -> None:
    bench.give(job(spot(0)))
    path = bench.trajectory.trajectory
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    planned = len(bench.planner.planned)
    bench.give(job(spot(0), name="job2"))
    assert len(bench.planner.planned) == planned, "the path is known"
    assert bench.trajectory.trajectory.positions[0] == pytest.approx(at(0.42), abs=1e-6)
    assert bench.trajectory.trajectory.positions[-1] == pytest.approx(path.positions[-1])
    assert bench.trajectory.start is None
    bench.run_move()
    assert bench.kinds()[-1] == "SendWeld"


def go_on_beside_the_path(bench: Bench) -> None:
    """Stop a move, push the arm off its path, and give the job again."""
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    bench.joints = (0.42, 0.002, 0.0, 0.0, 0.0, 0.0)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.give(job(spot(0), name="job2"))


def test_arm_beside_its_path_moves_onto_it_first(bench: Bench) -> None:
    go_on_beside_the_path(bench)
    onto = bench.trajectory.trajectory
    assert onto.positions[0] == pytest.approx(bench.joints), "the first command is what is measured"
    assert onto.positions[-1] == pytest.approx(at(0.42), abs=1e-6)
    bench.run_move()
    assert bench.kinds()[-1] == "SendTrajectory"
    assert bench.trajectory.trajectory.positions[0] == pytest.approx(at(0.42), abs=1e-6)
    bench.run_move()
    assert bench.kinds()[-1] == "SendWeld"


def test_interruption_on_the_way_onto_the_path_is_gone_on_from_too(bench: Bench) -> None:
    go_on_beside_the_path(bench)
    bench.start_move()
    stop_at(bench, 0.42)
    planned = len(bench.planner.planned)
    bench.give(job(spot(0), name="job3"))
    assert len(bench.planner.planned) == planned
    assert bench.trajectory.trajectory.positions[-1] == pytest.approx(at(1.0))


@pytest.mark.parametrize("place", [0.38, 0.5])
def test_arm_that_stopped_by_itself_elsewhere_on_the_path_goes_on_from_there(bench: Bench, place: float) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, False, "stopped by its safety input"))
    bench.say(ev.PermissionChanged(EMERGENCY))
    measure(bench, place)
    bench.say(ev.PermissionChanged(RUN))
    planned = len(bench.planner.planned)
    bench.give(job(spot(0), name="job2"))
    assert len(bench.planner.planned) == planned
    assert bench.trajectory.trajectory.positions[0] == pytest.approx(at(place), abs=1e-6)


def test_way_home_goes_on_whatever_the_body(bench: Bench) -> None:
    measure(bench, 1.0)
    bench.give(job())
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.58)
    planned = len(bench.planner.planned)
    bench.give(replace(job(name="job2"), body="B000002"))
    assert len(bench.planner.planned) == planned


@pytest.mark.parametrize("other", ["spot", "body", "part", "variant", "home"])
def test_another_move_is_planned_from_where_the_arm_is(bench: Bench, other: str) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    following = {
        "spot": job(spot(1), name="job2"),
        "body": replace(job(spot(0), name="job2"), body="B000002"),
        "part": replace(job(spot(0), name="job2"), part=Pose((0.001, 0.0, 0.0))),
        "variant": replace(job(spot(0), name="job2"), variant="estate"),
        "home": job(name="job2"),
    }[other]
    bench.give(following)
    assert bench.planner.planned[-1][1] == at(0.42)


def test_arm_that_was_moved_away_plans_anew(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    bench.joints = (0.42, 0.1, 0.0, 0.0, 0.0, 0.0)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.give(job(spot(0), name="job2"))
    assert bench.planner.planned[-1] == ("S0", bench.joints)


def test_interruption_counts_no_more_after_another_move(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    bench.give(job(name="home"))
    bench.run_move()
    bench.give(job(spot(0), name="job2"))
    assert bench.planner.planned[-1] == ("S0", HOME)


def test_going_on_follows_the_override(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    overridden(bench, 50)
    bench.start_move()
    bench.wait(0.4)
    place = float(bench.trajectory.trajectory.sample(0.4).position[0])
    stop_at(bench, place)
    overridden(bench, 20)
    bench.give(job(spot(0), name="job2"))
    assert bench.trajectory.trajectory.duration == pytest.approx((1.0 - place) / 0.2)


def test_going_on_waits_for_its_zones_like_any_move(bench: Bench) -> None:
    bench.say(ev.ZonesRead({"z1": "r1"}))
    bench.give(job(spot(0, "z1")))
    bench.start_move()
    bench.wait(0.4)
    stop_at(bench, 0.42)
    bench.say(ev.ZonesRead({"z1": ""}))
    sent = len([command for command in bench.log if isinstance(command, ev.SendTrajectory)])
    bench.give(job(spot(0, "z1"), name="job2"))
    assert bench.executor.status.waiting_for == "zone z1"
    assert len([command for command in bench.log if isinstance(command, ev.SendTrajectory)]) == sent
    bench.say(ev.ZonesRead({"z1": "r1"}))
    assert bench.trajectory.trajectory.positions[0] == pytest.approx(at(0.42), abs=1e-6)


def test_pause_between_spots_is_no_interruption(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    bench.start_weld()
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld()
    bench.say(ev.PermissionChanged(RUN))
    assert bench.planner.planned[-1] == ("S1", at(1.0))
