# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What allows a simulated arm to move and how it stops, as its client sees it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sim_arm import END, GOAL, KR210, MOVE, START, goal_of, make_arm, moments, position, run, speed, start

from smart_cell.core.geometry import Pose
from smart_cell.core.operation_mode import OperationMode
from smart_cell.motion.arm_model import HOME
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.simulation.arm import SimArm
from smart_cell.simulation.arm_controller import Finished
from smart_cell.simulation.arm_faults import ArmFaultError
from smart_cell.simulation.arm_goal import ErrorCode
from smart_cell.simulation.arm_power import BRAKE_TIME

MIDDLE = START + MOVE.duration / 2
WAY = np.array(END) - HOME
TOOL = Pose((0.0, 0.1, 0.7))


def moving(mode: OperationMode = OperationMode.EXT) -> SimArm:
    """Return an arm in the middle of its move, whatever the mode."""
    arm = make_arm()
    start(arm)
    run(arm, START, MIDDLE)
    arm._locks.mode = mode
    return arm


def off_path(arm: SimArm, begin: float, end: float) -> float:
    """Return how far the arm gets from its path [rad], which is straight in the joints."""
    places = np.array([position(arm, now) for now in moments(begin, end).tolist()]) - HOME
    along = places @ WAY / (WAY @ WAY)
    return float(np.abs(places - along[:, np.newaxis] * WAY).max())


def time_to_rest(arm: SimArm, begin: float) -> float:
    """Return how long the arm takes to stand [s]."""
    return next(float(t) for t in np.arange(0.0, 5.0, 0.004) if speed(arm, begin + float(t)) < 1e-3)


def refusal(arm: SimArm, now: float) -> str:
    """Return why the arm takes no goal; empty if it does."""
    rejection = arm.check(goal_of(plan_ptp(KR210, position(arm, now), HOME)), now)
    return rejection.text if rejection is not None else ""


def reaches_home(arm: SimArm, now: float) -> bool:
    """Tell whether a goal from where the arm is measured is executed."""
    motion = plan_ptp(KR210, position(arm, now), HOME)
    start(arm, "home", goal_of(motion), now)
    ended = arm.step(now + motion.duration + 2.0)
    return [finished.goal_id for finished in ended if finished.succeeded] == ["home"]


# ------------------------------------------------------------------------------------------ stops


@pytest.mark.parametrize("mode", [OperationMode.AUT, OperationMode.EXT])
def test_emergency_stop_in_automatic_is_on_the_path_and_then_without_power(mode: OperationMode) -> None:
    arm = moving(mode)
    [end] = arm.set_safe(False, MIDDLE, "emergency stop")
    assert (end.error_code, end.error_string) == (ErrorCode.INVALID_GOAL, "stopped on the path by emergency stop")
    assert arm.status(MIDDLE + 0.1).drives_powered, "the drives brake"
    assert off_path(arm, MIDDLE, MIDDLE + 1.0) < 2e-4
    status = arm.status(MIDDLE + 1.5)
    assert (status.drives_powered, status.brakes_released, status.emergency_stop) == (False, False, True)


@pytest.mark.parametrize("mode", [OperationMode.T1, OperationMode.T2])
def test_emergency_stop_in_manual_is_at_once_and_leaves_the_path_a_little(mode: OperationMode) -> None:
    arm = moving(mode)
    [end] = arm.set_safe(False, MIDDLE, "emergency stop")
    assert end.error_string == "stopped with the brakes by emergency stop"
    assert not arm.status(MIDDLE).drives_powered
    slow = moving()
    slow.set_safe(False, MIDDLE)
    assert time_to_rest(arm, MIDDLE) < 0.7 * time_to_rest(slow, MIDDLE)
    arm = moving(mode)
    arm.set_safe(False, MIDDLE)
    assert 1e-3 < off_path(arm, MIDDLE, MIDDLE + 1.0) < 0.2
    stood = position(arm, MIDDLE + 1.0)
    assert position(arm, MIDDLE + 9.0) == stood


def test_changing_the_mode_stops_on_the_path_and_leaves_the_power_on() -> None:
    arm = moving()
    [end] = arm.set_mode(OperationMode.T1, MIDDLE)
    assert end.error_string == "stopped on the path: the operating mode was changed to T1"
    assert off_path(arm, MIDDLE, MIDDLE + 1.0) < 2e-4
    status = arm.status(MIDDLE + 1.5)
    assert (status.operation_mode, status.drives_powered, status.brakes_released) == (OperationMode.T1, True, True)
    assert status.motion_possible
    assert arm.set_mode(OperationMode.T1, MIDDLE + 1.5) == []


def test_changing_the_mode_of_an_arm_at_rest_ends_nothing() -> None:
    arm = make_arm()
    assert arm.set_mode(OperationMode.AUT, START) == []
    assert arm.mode is OperationMode.AUT


Interrupt = Callable[[SimArm, float], list[Finished]]
INTERRUPTIONS: dict[str, tuple[Interrupt, Interrupt]] = {
    "safety": (lambda arm, now: arm.set_safe(False, now), lambda arm, now: arm.set_safe(True, now)),
    "enable": (lambda arm, now: arm.set_enabled(False, now), lambda arm, now: arm.set_enabled(True, now)),
    "mode": (lambda arm, now: arm.set_mode(OperationMode.AUT, now), lambda arm, now: []),
    "drives": (lambda arm, now: arm.inject("drives", "off", now), lambda arm, now: arm.inject("drives", "on", now)),
    "collision": (lambda arm, now: arm.inject("collision", "", now), lambda arm, now: arm.inject("repair", "", now)),
    "trip": (lambda arm, now: arm.inject("drives_trip", "A2", now), lambda arm, now: arm.inject("repair", "", now)),
    "deactivation": (lambda arm, now: arm.deactivate(now), lambda arm, now: arm.activate(now)),
    "cancel": (lambda arm, now: arm.cancel("g1", now), lambda arm, now: []),
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_after_an_interruption_the_next_command_starts_where_the_arm_is_measured(name: str) -> None:
    interrupt, mend = INTERRUPTIONS[name]
    arm = moving()
    assert [end.goal_id for end in interrupt(arm, MIDDLE)] == ["g1"]
    later = MIDDLE + 3.0
    assert speed(arm, later) == 0.0
    stood = position(arm, later)
    mend(arm, later)
    arm.set_drives(True, later)
    assert position(arm, later + 1.0) == pytest.approx(stood, abs=1e-9), "nothing moves by itself"
    assert arm.following(later + 1.0).reference.position == pytest.approx(stood, abs=2e-4)
    assert reaches_home(arm, later + 1.0)


# ------------------------------------------------------------------------------------------ drives and brakes


def test_brakes_release_before_the_arm_moves() -> None:
    arm = make_arm()
    arm.set_safe(False, START)
    arm.set_safe(True, START + 1.0)
    arm.set_drives(True, START + 1.0)
    status = arm.status(START + 1.0)
    assert (status.drives_powered, status.brakes_released) == (True, False)
    start(arm, "g1", GOAL, START + 1.0)
    assert position(arm, START + 1.0 + 0.9 * BRAKE_TIME) == tuple(HOME)
    assert arm.status(START + 1.0 + 1.1 * BRAKE_TIME).brakes_released
    [end] = arm.step(START + 1.0 + BRAKE_TIME + MOVE.duration + 0.1)
    assert end.succeeded


def test_drives_that_come_back_while_the_arm_still_brakes_do_not_make_it_jump() -> None:
    arm = moving()
    arm.set_safe(False, MIDDLE)
    arm.set_safe(True, MIDDLE + 0.1)
    arm.set_drives(True, MIDDLE + 0.1)
    assert off_path(arm, MIDDLE, MIDDLE + 2.0) < 2e-4
    status = arm.status(MIDDLE + 2.0)
    assert (status.drives_powered, status.brakes_released, status.motion_possible) == (True, True, True)


def test_drives_that_were_switched_off_at_the_panel_stay_off_for_the_cell() -> None:
    arm = make_arm()
    arm.inject("drives", "off", START)
    arm.set_drives(True, START + 1.0)
    assert not arm.status(START + 1.0).drives_powered
    assert "at the arm's panel" in refusal(arm, START + 1.0)
    arm.inject("drives", "on", START + 2.0)
    assert refusal(arm, START + 3.0) == ""


# ------------------------------------------------------------------------------------------ T1


@pytest.mark.parametrize("tool", [Pose((0.0, 0.0, 0.0)), TOOL])
def test_t1_runs_the_same_path_with_tool_and_flange_below_250_mm_per_second(tool: Pose) -> None:
    arm = make_arm(tool=tool)
    arm.set_mode(OperationMode.T1, START)
    start(arm)
    slow = arm.status(START + 0.1).speed_scaling
    assert 0.0 < slow < 0.5
    assert arm.following(START + 0.1).time == pytest.approx(0.1 * slow, rel=0.01)
    duration = MOVE.duration / slow
    times = START + np.arange(0.0, duration, 0.01)
    places = np.array([position(arm, now) for now in times.tolist()])
    assert off_path(arm, START + duration, START + duration + 0.1) < 2e-4
    poses = [forward(KR210, joints) for joints in places.tolist()]
    for points in ([pose.xyz for pose in poses], [(pose @ tool).xyz for pose in poses]):
        speeds = np.linalg.norm(np.diff(np.array(points), axis=0), axis=1) / 0.01
        assert speeds.max() <= 0.25
    [end] = arm.step(START + duration + 0.2)
    assert end.succeeded
    assert arm.status(START + duration + 0.2).speed_scaling == 1.0
    assert speeds.max() > 0.2, "no slower than needed"


def test_t1_leaves_a_slow_goal_as_it_is() -> None:
    arm = make_arm(tool=TOOL)
    arm.set_mode(OperationMode.T1, START)
    start(arm, "g1", goal_of(plan_ptp(KR210, HOME, (0.05, *HOME[1:]), override=0.1)))
    assert arm.status(START + 0.1).speed_scaling == 1.0


# ------------------------------------------------------------------------------------------ faults


@pytest.mark.parametrize(
    ("fault", "value", "text"),
    [("collision", "", "collision detected"), ("drives_trip", "A2 too hot", "drives tripped: A2 too hot")],
)
def test_a_fault_that_takes_the_power_stops_hard_and_needs_repair_and_drives(fault: str, value: str, text: str) -> None:
    arm = moving()
    [end] = arm.inject(fault, value, MIDDLE)
    assert (end.error_code, end.error_string) == (ErrorCode.INVALID_GOAL, text)
    status = arm.status(MIDDLE)
    assert not status.drives_powered
    assert status.text.startswith(text)
    assert time_to_rest(arm, MIDDLE) < 0.5
    arm.set_drives(True, MIDDLE + 1.0)
    assert not arm.drives, "not before it is repaired"
    assert refusal(arm, MIDDLE + 1.0).startswith(text)
    arm.inject("repair", "", MIDDLE + 2.0)
    assert "drives are off" in refusal(arm, MIDDLE + 2.0)
    arm.set_drives(True, MIDDLE + 3.0)
    assert refusal(arm, MIDDLE + 3.0) == ""


def test_status_tells_what_is_broken_although_goals_are_taken() -> None:
    arm = make_arm()
    arm.inject("joint_stuck", "4", START)
    arm.inject("joint_offset", "2=0.1", START)
    status = arm.status(START)
    assert status.motion_possible
    assert status.text == "joint 2 is off by 0.1 rad; joint 4 is stuck"
    arm.inject("repair", "", START)
    assert arm.status(START + 1.0).text == ""


def test_an_arm_with_an_offset_stays_where_it_was_stopped() -> None:
    arm = make_arm()
    arm.inject("joint_offset", "3=0.01", START)
    run(arm, START, START + 1.0)
    stood = position(arm, START + 1.0)
    for number in range(3):
        arm.deactivate(START + 1.0 + number)
        arm.activate(START + 1.5 + number)
    assert position(arm, START + 9.0) == pytest.approx(stood, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "value"), [("operation_mode", "T3"), ("operation_mode", "unknown"), ("drives", "maybe"), ("drives", "")]
)
def test_what_the_panel_has_not_is_refused(name: str, value: str) -> None:
    with pytest.raises(ArmFaultError, match=name):
        make_arm().inject(name, value, START)


def test_in_motion_is_told() -> None:
    arm = moving()
    assert arm.status(MIDDLE).in_motion
    assert not make_arm().status(START).in_motion
