# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The program executor of a robot, with a planner that makes one-second moves in one joint."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot_bench import EMERGENCY, HELD, HOLD, HOME, MOVE_TIME, REST, RUN, Bench, FakePlanner, Permit, at, job, spot

from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot import GUN_OPEN_LIMIT, SETTLE_TIME, STOP_LIMIT, ProgramExecutor
from smart_cell.devices.robot_job import JobCode, RobotState


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_job_moves_welds_and_goes_home(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    for _ in range(2):
        bench.run_move()
        bench.run_weld()
    assert bench.trajectory.trajectory.positions[-1] == pytest.approx(HOME)
    bench.run_move()
    assert bench.finish == ev.Finish("job1", JobCode.DONE, "", 2, "")
    assert bench.kinds() == ["SendTrajectory", "SendWeld"] * 2 + ["SendTrajectory", "Finish"]
    assert bench.state() is RobotState.IDLE
    assert bench.executor.status.at_home
    progress = [(c.spots_done, c.spot) for c in bench.log if isinstance(c, ev.Progress)]
    assert progress == [(0, "S0"), (1, "S1"), (2, "")]


def test_weld_order_follows_the_arrival_and_next_motion_the_result_in_the_same_step(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    assert isinstance(bench.log[-1], ev.SendWeld)
    bench.start_weld()
    planned = len(bench.planner.planned)
    commands = bench.say(ev.WeldFinished(bench.weld.number, True, True))
    assert any(isinstance(command, ev.SendTrajectory) for command in commands)
    assert len(bench.planner.planned) == planned, "the next move is planned while the weld is on"


def test_job_without_spots_goes_home_without_permission_to_weld(bench: Bench) -> None:
    bench.joints = at(0.5)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.say(ev.PermissionChanged(HOLD))
    bench.give(job())
    bench.run_move()
    assert bench.finish is not None
    assert bench.finish.code is JobCode.DONE


def test_job_without_spots_at_home_is_done_at_once(bench: Bench) -> None:
    commands = bench.give(job())
    assert any(isinstance(command, ev.Finish) and command.code is JobCode.DONE for command in commands)


def test_spot_where_the_arm_stands_is_welded_without_a_move(bench: Bench) -> None:
    bench.joints = at(1.0)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.give(job(spot(0)))
    assert bench.kinds() == ["SendWeld"]


@pytest.mark.parametrize(
    ("permission", "reason"),
    [
        (EMERGENCY, "emergency stop"),
        (HELD, "Held"),
        (replace(RUN, epoch=8), "epoch"),
    ],
)
def test_job_is_refused_without_permission(bench: Bench, permission: Permit, reason: str) -> None:
    bench.say(ev.PermissionChanged(permission))
    assert reason in (bench.executor.refusal(job(spot(0))) or "")


def test_job_is_refused_while_another_runs(bench: Bench) -> None:
    bench.give(job(spot(0)))
    assert "job1 is under way" in (bench.executor.refusal(job(name="job2")) or "")


def test_job_with_a_foreign_zone_is_refused(bench: Bench) -> None:
    assert "z9" in (bench.executor.refusal(job(spot(0, "z9"))) or "")


def test_job_is_refused_without_joint_states(bench: Bench) -> None:
    bench.wait(1.0, joints=False)
    assert "joint_states" in (bench.executor.refusal(job(spot(0))) or "")


# ---------------------------------------------------------------------------------------------- stops


def test_loss_of_safety_stops_the_arm_on_its_path_and_interrupts_the_job(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    moving = bench.trajectory
    commands = bench.say(ev.PermissionChanged(EMERGENCY))
    assert len(commands) == 1
    stop = commands[0]
    assert isinstance(stop, ev.SendTrajectory)
    assert stop.start == pytest.approx(bench.time + 0.02)
    assert stop.trajectory.positions[0] == pytest.approx(moving.trajectory.sample(0.42).position)
    assert bench.finish is None
    bench.say(ev.TrajectoryFinished(moving.number, False, "preempted"))
    bench.run_move()
    assert bench.finish == ev.Finish("job1", JobCode.INTERRUPTED, "S0", 0, "safety: emergency stop")
    assert bench.state() is RobotState.STOPPED
    bench.say(ev.PermissionChanged(RUN))
    assert bench.state() is RobotState.IDLE


def test_move_that_is_accepted_after_the_stop_is_stopped_then(bench: Bench) -> None:
    bench.give(job(spot(0)))
    assert bench.say(ev.PermissionChanged(EMERGENCY)) == ()
    bench.time += 0.05
    commands = bench.say(ev.TrajectoryAccepted(bench.trajectory.number, 0.05))
    assert [type(command) for command in commands] == [ev.SendTrajectory]


def test_move_that_is_accepted_after_the_job_has_ended_is_cancelled(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.say(ev.PermissionChanged(EMERGENCY))
    bench.wait(STOP_LIMIT + 0.2)
    assert bench.finish is not None
    number = bench.trajectory.number
    assert bench.say(ev.TrajectoryAccepted(number, 3.2)) == (ev.CancelTrajectory(number),)


def test_rejected_stop_ends_in_a_hold(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    moving = bench.trajectory
    bench.say(ev.PermissionChanged(EMERGENCY))
    commands = bench.say(ev.TrajectoryRejected(bench.trajectory.number, "drives are off"))
    assert ev.CancelTrajectory(moving.number) in commands
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED


def test_first_move_after_an_interruption_starts_where_the_arm_is(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(0.4)
    bench.say(ev.PermissionChanged(EMERGENCY))
    bench.start_move()
    bench.joints = (0.437, 0.1, 0.0, 0.0, 0.0, 0.0)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, True))
    bench.say(ev.PermissionChanged(RUN))
    bench.give(job(spot(0), name="job2"))
    assert bench.planner.planned[-1] == ("S0", bench.joints)


@pytest.mark.parametrize("is_rejected", [True, False])
def test_failed_move_is_an_interruption_when_a_stop_is_behind_it(bench: Bench, is_rejected: bool) -> None:
    bench.give(job(spot(0)))
    if is_rejected:
        bench.say(ev.TrajectoryRejected(bench.trajectory.number, ""))
    else:
        bench.start_move()
        bench.say(ev.TrajectoryFinished(bench.trajectory.number, False, "stopped by its safety input"))
    bench.wait(SETTLE_TIME - 0.1)
    assert bench.finish is None
    bench.say(ev.PermissionChanged(EMERGENCY))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED


def test_failed_move_without_a_stop_is_a_fault_with_the_arms_words(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.say(ev.TrajectoryFinished(bench.trajectory.number, False, "joint_3 off by 0.2 rad"))
    bench.wait(SETTLE_TIME + 0.2)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "S0" in bench.finish.text
    assert "joint_3 off by 0.2 rad" in bench.finish.text
    assert bench.state() is RobotState.FAULT


def test_cancel_interrupts(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.say(ev.CancelRequested("canceled"))
    bench.start_move()
    bench.end_move()
    assert bench.finish == ev.Finish("job1", JobCode.INTERRUPTED, "S0", 0, "canceled")


def test_supervisors_restart_interrupts(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.say(ev.PermissionChanged(replace(RUN, epoch=8)))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED


# ---------------------------------------------------------------------------------------------- pauses


def test_hold_while_moving_pauses_at_the_spot_and_goes_on_with_its_weld(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.say(ev.PermissionChanged(HOLD))
    bench.wait(MOVE_TIME)
    bench.end_move()
    assert bench.state() is RobotState.PAUSED
    bench.say(ev.PermissionChanged(HELD))
    bench.wait(1.0)
    assert bench.state() is RobotState.PAUSED
    bench.say(ev.PermissionChanged(RUN))
    assert bench.kinds() == ["SendTrajectory", "SendWeld"]


def test_hold_while_welding_finishes_the_spot_and_pauses_there(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    bench.start_weld()
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld()
    assert bench.state() is RobotState.PAUSED
    assert bench.executor.status.spots_done == 1
    assert bench.kinds() == ["SendTrajectory", "SendWeld"]
    bench.say(ev.PermissionChanged(RUN))
    assert bench.kinds() == ["SendTrajectory", "SendWeld", "SendTrajectory"]


def test_weld_withheld_by_a_hold_is_ordered_again_with_the_same_attempt(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.start_weld()
    first = bench.weld
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld(is_ok=False, was_fired=False, text="welds are not enabled")
    assert bench.state() is RobotState.PAUSED
    bench.say(ev.PermissionChanged(RUN))
    assert bench.weld.number != first.number
    assert bench.weld.spot == first.spot


def test_arm_that_was_moved_during_a_pause_moves_back_before_the_weld(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.start_weld()
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld(is_ok=False, was_fired=False)
    bench.joints = at(0.9)
    bench.say(ev.JointsRead(bench.joints, REST))
    bench.say(ev.PermissionChanged(RUN))
    assert bench.kinds()[-1] == "SendTrajectory"
    assert bench.planner.planned[-1] == ("S0", at(0.9))


def test_paused_job_ends_with_the_safety_state(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld(is_ok=False, was_fired=False)
    bench.say(ev.PermissionChanged(EMERGENCY))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.INTERRUPTED


def test_paused_job_gives_way_to_a_new_one(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.say(ev.PermissionChanged(HOLD))
    bench.end_weld(is_ok=False, was_fired=False)
    bench.give(job(name="home"))
    assert bench.finish is not None
    assert (bench.finish.job, bench.finish.code) == ("job1", JobCode.INTERRUPTED)
    bench.run_move()
    assert (bench.finish.job, bench.finish.code) == ("home", JobCode.DONE)


def test_job_waits_paused_for_welds_to_be_enabled(bench: Bench) -> None:
    bench.say(ev.PermissionChanged(HOLD))
    bench.give(job(spot(0)))
    assert bench.state() is RobotState.PAUSED
    assert "welds" in bench.executor.status.waiting_for


# ---------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("was_fired", [True, False])
def test_failed_weld_ends_the_job_naming_the_spot(bench: Bench, was_fired: bool) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    bench.start_weld()
    bench.end_weld(is_ok=False, was_fired=was_fired, text="current too low")
    bench.wait(SETTLE_TIME + 0.2)
    assert bench.finish == ev.Finish("job1", JobCode.WELD_FAILED, "S0", 0, "spot S0: current too low")


def test_gun_that_stays_closed_fails_the_job_with_its_words(bench: Bench) -> None:
    bench.say(ev.GunRead(False, "electrodes stick"))
    bench.give(job(spot(0)))
    for _ in range(int(GUN_OPEN_LIMIT / 0.1) + 2):
        bench.time += 0.1
        bench.say(ev.JointsRead(HOME, REST))
        bench.say(ev.GunRead(False, "electrodes stick"))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "electrodes stick" in bench.finish.text
    assert "SendTrajectory" not in bench.kinds()


@pytest.mark.parametrize(("silent", "text"), [("joints", "joint_states of r1"), ("gun", "gun g1")])
def test_silence_of_arm_or_gun_ends_the_job(bench: Bench, silent: str, text: str) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.start_weld()
    bench.wait(8.0, joints=silent != "joints", gun=silent != "gun")
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert text in bench.finish.text


def test_a_stalled_process_does_not_blame_the_arm(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.time += 5.0
    bench.say(ev.JointsRead(at(1.0), REST))
    assert bench.executor.refusal(job()) == "job job1 is under way"


def test_unanswered_move_fails(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.wait(3.0)
    bench.wait(STOP_LIMIT + 0.2)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "not answered" in bench.finish.text


def test_move_that_never_ends_fails_and_is_stopped(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.wait(MOVE_TIME + 2.3)
    assert bench.trajectory.number == 1, "there is nothing left of the path to stop on"
    bench.wait(STOP_LIMIT + 0.2)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "late" in bench.finish.text


def test_weld_without_a_result_fails_and_names_the_gun(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.run_move()
    bench.start_weld()
    bench.wait(20.0)
    assert bench.finish is not None
    assert bench.finish.code is JobCode.WELD_FAILED
    assert "gun g1" in bench.finish.text


def test_arm_that_does_not_come_to_rest_fails_the_job(bench: Bench) -> None:
    bench.say(ev.JointsRead(HOME, at(0.5)))
    bench.give(job(spot(0)))
    for _ in range(70):
        bench.time += 0.1
        bench.say(ev.JointsRead(HOME, at(0.5)))
        bench.say(ev.GunRead(True))
    assert bench.finish is not None
    assert bench.finish.code is JobCode.MOTION_FAILED
    assert "to rest" in bench.finish.text


def test_stop_that_cannot_be_planned_becomes_a_hold(bench: Bench) -> None:
    bench.give(job(spot(0)))
    bench.start_move()
    bench.planner.has_stop = False
    assert bench.say(ev.PermissionChanged(EMERGENCY))[0] == ev.CancelTrajectory(bench.trajectory.number)


def test_refusal_is_kept_for_everybody_to_read(bench: Bench) -> None:
    bench.executor.refused("motion is not permitted")
    assert bench.executor.status.text == "motion is not permitted"


def test_robot_without_a_job_says_nothing(bench: Bench) -> None:
    assert bench.say(ev.CancelRequested("canceled")) == ()
    assert bench.say(ev.PermissionChanged(EMERGENCY)) == ()
    assert bench.say(ev.WeldFinished(1, True, True)) == ()


def test_unreachable_spot_makes_the_job_invalid(bench: Bench) -> None:
    bench.planner.unreachable.add("S1")
    bench.give(job(spot(0), spot(1)))
    bench.run_move()
    bench.run_weld()
    assert bench.finish == ev.Finish("job1", JobCode.INVALID, "S1", 1, "spot S1 is out of reach")


# ---------------------------------------------------------------------------------------------- zones


def test_no_move_into_a_zone_before_its_grant(bench: Bench) -> None:
    bench.give(job(spot(0, "z1")))
    assert "SendTrajectory" not in bench.kinds()
    assert bench.executor.zones.wish == {"z1": True, "z2": False}
    assert bench.executor.status.waiting_for == "zone z1"
    bench.say(ev.ZonesRead({"z1": "r2"}))
    assert bench.executor.status.waiting_for == "zone z1, held by r2"
    bench.say(ev.ZonesRead({"z1": "r1"}))
    assert bench.kinds() == ["SendTrajectory"]
    assert bench.zones() == ("z1",)


def test_zone_is_asked_for_during_the_weld_before_and_released_on_arrival_at_the_next(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1, "z1"), spot(2)))
    bench.run_move()
    bench.start_weld()
    assert bench.executor.zones.wish["z1"]
    bench.say(ev.ZonesRead({"z1": "r1"}))
    bench.end_weld()
    bench.run_move()
    bench.run_weld()
    bench.start_move()
    assert bench.zones() == ("z1",)
    bench.wait(MOVE_TIME)
    bench.end_move()
    assert bench.zones() == ()
    assert bench.executor.zones.wish == {"z1": False, "z2": False}


def test_zones_survive_an_interruption_until_the_arm_is_home(bench: Bench) -> None:
    bench.say(ev.ZonesRead({"z1": "r1"}))
    bench.give(job(spot(0, "z1")))
    bench.run_move()
    bench.say(ev.PermissionChanged(EMERGENCY))
    assert bench.zones() == ("z1",)
    bench.say(ev.PermissionChanged(RUN))
    bench.give(job(name="home"))
    bench.run_move()
    assert bench.zones() == ()


def test_after_a_restart_the_arm_may_be_in_every_zone_until_measured_at_home() -> None:
    executor = ProgramExecutor(rj.RobotConfig("r1", "g1", ("z1", "z2")), FakePlanner())
    assert executor.status.zones == ("z1", "z2")
    executor.step(0.0, 0.0, ev.JointsRead(at(0.5), REST))
    assert executor.zones.wish == {"z1": True, "z2": True}
    executor.step(0.1, 0.1, ev.JointsRead(HOME, REST))
    assert executor.zones.wish == {"z1": False, "z2": False}


def test_a_released_zone_is_not_taken_from_an_old_grant(bench: Bench) -> None:
    bench.say(ev.ZonesRead({"z1": "r1"}))
    bench.give(job(spot(0, "z1"), spot(1), spot(2, "z1")))
    for _ in range(2):
        bench.run_move()
        bench.run_weld()
    assert bench.executor.status.waiting_for == "zone z1"
    assert not bench.executor.zones.wish["z1"], "first the supervisor has to see the release"
    bench.say(ev.ZonesRead({"z1": ""}))
    assert bench.executor.zones.wish["z1"]
    bench.say(ev.ZonesRead({"z1": "r1"}))
    assert bench.kinds()[-1] == "SendTrajectory"


# ---------------------------------------------------------------------------------------------- overhead


def test_overheads_are_measured_on_the_steady_clock(bench: Bench) -> None:
    bench.give(job(spot(0), spot(1)))
    bench.start_move()
    bench.wait(MOVE_TIME)
    bench.time += 0.004
    bench.end_move()
    bench.time += 0.001
    bench.start_weld()
    bench.time += 0.5
    bench.end_weld()
    bench.time += 0.003
    bench.start_move()
    status = bench.executor.status
    assert status.weld_overhead == pytest.approx(0.005)
    assert status.move_overhead == pytest.approx(0.003)


# ---------------------------------------------------------------------------------------------- rules

WORDS = (
    "run hold held emergency accept reject arrive fail weld_ok weld_bad weld_withheld "
    "wait cancel zones no_zones closed open slow fast t1 ext"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=40))
def test_no_order_goes_out_that_is_not_permitted(script: list[str]) -> None:
    """Whatever happens: no move without motion, no weld without weld, no two orders at once, every job ends once."""
    bench = Bench()
    bench.say(ev.ZonesRead({"z1": "r1"}))
    bench.give(job(spot(0), spot(1, "z1"), spot(2)))
    permission = RUN
    for word in script:
        number = bench.trajectory.number if bench.last(ev.SendTrajectory) else 0
        weld = bench.weld.number if bench.last(ev.SendWeld) else 0
        before = len(bench.log)
        match word:
            case "run" | "hold" | "held" | "emergency":
                permission = {"run": RUN, "hold": HOLD, "held": HELD, "emergency": EMERGENCY}[word]
                bench.say(ev.PermissionChanged(permission))
            case "accept":
                bench.say(ev.TrajectoryAccepted(number, 0.0))
            case "reject":
                bench.say(ev.TrajectoryRejected(number, ""))
            case "arrive":
                if number:
                    bench.joints = tuple(bench.trajectory.trajectory.positions[-1])
                bench.say(ev.JointsRead(bench.joints, REST))
                bench.say(ev.TrajectoryFinished(number, True))
            case "fail":
                bench.say(ev.TrajectoryFinished(number, False, "failed"))
            case "weld_ok" | "weld_bad" | "weld_withheld":
                bench.say(ev.WeldFinished(weld, word == "weld_ok", word != "weld_withheld", word))
            case "wait":
                bench.wait(0.4)
            case "cancel":
                bench.say(ev.CancelRequested("canceled"))
            case "zones":
                bench.say(ev.ZonesRead({"z1": "r1"}))
            case "no_zones":
                bench.say(ev.ZonesRead({"z1": "r2"}))
            case "closed":
                bench.say(ev.GunRead(False))
            case "open":
                bench.say(ev.GunRead(True))
            case "slow" | "fast":
                bench.say(ev.OverrideChanged(10 if word == "slow" else 100))
            case "t1" | "ext":
                bench.say(ev.ArmStatusRead(OperationMode[word.upper()]))
        for command in bench.log[before:]:
            if isinstance(command, ev.SendTrajectory) and command.start is None:
                assert permission.motion
                assert word != "t1"
            if isinstance(command, ev.SendWeld):
                assert permission.weld
    finishes = [command for command in bench.log if isinstance(command, ev.Finish)]
    assert len(finishes) <= 1
    if finishes:
        assert not any(isinstance(c, ev.SendWeld) for c in bench.log[bench.log.index(finishes[0]) :])
    if permission is EMERGENCY:
        bench.wait(STOP_LIMIT + 0.2)
        assert any(isinstance(command, ev.Finish) for command in bench.log)
