# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from sim_arm import KR210, MOVE, START, moments

from smart_cell.motion.arm_model import HOME
from smart_cell.motion.trajectory import State, Trajectory
from smart_cell.simulation.arm_course import Course, hard_stop

DECELERATION = 3.0 * np.array(KR210.acceleration)


def distance_from_path(course: Course) -> float:
    """Return how far the course gets from the move's path [rad], which is straight in the joints."""
    times = moments(course.begin, course.end, (course.end - course.begin) / 500)
    way = np.array(MOVE.positions[-1] - MOVE.positions[0])
    off = course.sample_many(times).position - MOVE.positions[0]
    along = off @ way / (way @ way)
    return float(np.abs(off - along[:, np.newaxis] * way).max())


def test_a_steady_course_is_the_path_at_a_rate() -> None:
    course = Course.steady(MOVE, START, 0.5)
    assert course.due == course.end == pytest.approx(START + 2.0 * MOVE.duration)
    at, nominal = course.sample(START + 1.0), MOVE.sample(0.5)
    np.testing.assert_allclose(at.position, nominal.position, atol=1e-6)
    np.testing.assert_allclose(at.velocity, 0.5 * nominal.velocity, atol=1e-5)
    np.testing.assert_allclose(at.acceleration, 0.25 * nominal.acceleration, atol=1e-4)
    assert course.progress(START + 1.0).path_time == pytest.approx(0.5, abs=1e-6)


def test_straight_lines_between_points_stay_straight() -> None:
    path = Trajectory.from_points([0.0, 1.0, 2.0], [HOME, (0.2, *HOME[1:]), HOME])
    assert Course.steady(path, START, 0.5).sample(START + 1.0).position[0] == pytest.approx(0.1, abs=1e-6)


def test_a_stop_is_on_the_path_and_ends_before_it() -> None:
    course = Course.steady(MOVE, START).stopped(START + 0.7, KR210)
    assert course.due == math.inf
    assert START + 0.7 < course.end < START + MOVE.duration + 0.5
    assert distance_from_path(course) < 1e-6
    assert not course.sample(course.end + 1.0).velocity.any()


def test_a_pause_and_a_resume_lead_to_the_same_end() -> None:
    pause = Course.steady(MOVE, START).at_rate(START + 0.5, 0.0, KR210)
    assert pause.due == math.inf
    again = pause.at_rate(pause.end + 3.0, 0.7, KR210)
    assert again.begin == pause.end + 3.0
    assert math.isfinite(again.due)
    assert distance_from_path(again) < 1e-6
    np.testing.assert_allclose(again.sample(again.end).position, MOVE.positions[-1], atol=1e-9)


def test_a_course_that_has_ended_stays_as_it_is() -> None:
    course = Course.steady(MOVE, START)
    assert course.at_rate(course.end + 1.0, 0.5, KR210) is course


def test_a_hard_stop_brakes_each_joint_evenly_to_rest() -> None:
    state = MOVE.sample(0.7)
    course = hard_stop(state, START, DECELERATION)
    assert course.end - START == pytest.approx((np.abs(state.velocity) / DECELERATION).max(), abs=1e-5)
    first = course.sample(START + 0.01)
    np.testing.assert_allclose(
        first.velocity, state.velocity - np.sign(state.velocity) * DECELERATION * 0.01, atol=1e-5
    )
    end = course.sample(course.end + 1e-6)
    np.testing.assert_allclose(
        end.position, state.position + state.velocity * np.abs(state.velocity) / DECELERATION / 2.0, atol=1e-5
    )
    assert not end.velocity.any()


def test_a_hard_stop_of_an_arm_at_rest_is_rest() -> None:
    zero = np.zeros(6)
    course = hard_stop(State(np.array(HOME), zero, zero), START, DECELERATION)
    assert course.end == START
    assert course.sample(START + 1.0).position.tolist() == list(HOME)
