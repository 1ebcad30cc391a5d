# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_arm import END, KR210, MOVE, START, moments

from smart_cell.motion.arm_model import HOME, arm_models
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.trajectory import FloatArray, State
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_course import Course
from smart_cell.simulation.arm_servo import BANDWIDTH, CATCH_UP, CYCLE, FEED_FORWARD, ArmServo

COURSE = Course.steady(MOVE, START)
DURATION = MOVE.duration


def follow(servo: ArmServo, course: Course, times: FloatArray) -> State:
    """Return what is measured at each of the times."""
    states = []
    for now in times.tolist():
        while servo.advance(now, course, watched=False) is not None:
            pass
        states.append(servo.at(now, course))
    return State(*(np.array([getattr(s, name) for s in states]) for name in ("position", "velocity", "acceleration")))


def made() -> ArmServo:
    servo = ArmServo(KR210, np.array(HOME))
    servo.restart(START, Course.rest(np.array(HOME), START))
    return servo


def test_arm_lags_by_what_the_equation_says_and_settles_at_the_end() -> None:
    times = moments(START, START + DURATION + 0.5, 0.002)
    measured = follow(made(), COURSE, times)
    sent = COURSE.sample_many(times)
    error = np.abs(sent.position - measured.position)
    bound = (1.0 - FEED_FORWARD) * np.array(KR210.acceleration) / BANDWIDTH**2
    assert (error.max(axis=0) <= 1.05 * bound).all()
    assert (error.max(axis=0) > 0.9 * bound).any(), "one joint takes all of its acceleration"
    assert measured.position[-1].tolist() == list(END)
    assert not measured.velocity[-1].any()


def test_measured_speed_and_acceleration_are_the_derivatives() -> None:
    times = moments(START, START + DURATION, 0.001)
    measured = follow(made(), COURSE, times)
    speed = np.gradient(measured.position, 0.001, axis=0)
    np.testing.assert_allclose(speed[2:-2], measured.velocity[2:-2], atol=2e-3)
    acceleration = np.gradient(measured.velocity, 0.001, axis=0)
    np.testing.assert_allclose(acceleration[2:-2], measured.acceleration[2:-2], atol=0.25)


def test_even_speed_has_no_lag() -> None:
    long = plan_ptp(KR210, HOME, (-3.0, *HOME[1:]))
    course = Course.steady(long, START)
    middle = START + np.array([long.duration / 2])
    measured = follow(made(), course, middle)
    np.testing.assert_allclose(measured.position, course.sample_many(middle).position, atol=1e-6)


@given(st.lists(st.floats(0.0002, 0.3), min_size=5, max_size=40))
@settings(max_examples=25)
def test_the_state_does_not_depend_on_how_often_it_is_looked_at(pauses: list[float]) -> None:
    times = START + np.cumsum(pauses)
    looked_at = follow(made(), COURSE, times)
    once = follow(made(), COURSE, times[-1:])
    np.testing.assert_allclose(looked_at.position[-1], once.position[0], atol=2e-8)
    np.testing.assert_allclose(looked_at.velocity[-1], once.velocity[0], atol=2e-6)


@pytest.mark.parametrize("name", sorted(arm_models()))
def test_every_arm_follows_its_fastest_move_within_the_default_tolerances(name: str) -> None:
    model = arm_models()[name]
    middle = 0.5 * (np.array(model.lower) + np.array(model.upper))
    end = np.clip(middle + 0.6, model.lower, model.upper)
    course = Course.steady(plan_ptp(model, middle.tolist(), end.tolist()), START)
    servo = ArmServo(model, middle)
    servo.restart(START, Course.rest(middle, START))
    tracks = []
    while (track := servo.advance(course.end + 0.2, course, watched=True)) is not None:
        tracks.append(track)
    times = np.concatenate([track.times for track in tracks])
    sent = np.concatenate([track.reference.position for track in tracks])
    measured = np.concatenate([track.measured.position for track in tracks])
    speed = np.concatenate([track.measured.velocity for track in tracks])
    config = ArmConfig()
    assert (np.abs(sent - measured).max(axis=0) < np.array(config.path_tolerance) / 5).all()
    arrived = (np.abs(measured - end) < config.goal_tolerance[0]).all(axis=1)
    arrived &= (np.abs(speed) < config.stopped_velocity_tolerance).all(axis=1)
    assert times[np.flatnonzero(~arrived)[-1]] < course.end + 0.1


def test_a_jump_is_followed_no_faster_than_the_drives_can() -> None:
    servo = made()
    servo.disturb((0.5, 0.0, 0.0, 0.0, 0.0, 0.0), frozenset())
    rest = Course.rest(np.array(HOME), START)
    measured = follow(servo, rest, moments(START, START + 1.0, CYCLE))
    assert np.abs(np.diff(measured.position[:, 0])).max() <= CATCH_UP * KR210.velocity[0] * CYCLE + 1e-6
    assert measured.position[-1, 0] == pytest.approx(HOME[0] + 0.5)
    assert servo.sent_for(measured.position[-1]).tolist() == pytest.approx(HOME)


def test_a_stuck_joint_and_an_arm_with_its_brakes_applied_do_not_move() -> None:
    servo = made()
    servo.disturb((0.0,) * 6, frozenset({3}))
    measured = follow(servo, COURSE, moments(START, START + DURATION + 0.2, 0.01))
    assert np.ptp(measured.position, axis=0)[2] == 0.0
    assert measured.position[-1, 0] == pytest.approx(END[0])
    servo = made()
    servo.lock(START + 0.5)
    measured = follow(servo, COURSE, moments(START + 0.5, START + DURATION, 0.01))
    assert np.abs(measured.position - measured.position[0]).max() < 0.01
    assert np.ptp(measured.position[2:], axis=0).max() == 0.0
    servo.lock(math.inf)


def test_at_rest_nothing_is_computed() -> None:
    servo = made()
    follow(servo, COURSE, START + np.array([DURATION + 0.5]))
    assert servo.rests
    state = servo.at(START + 100.0, COURSE)
    assert servo.advance(START + 100.0, COURSE, watched=False) is None
    assert servo.at(START + 100.0, COURSE) is state
