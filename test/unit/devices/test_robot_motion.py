# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The moves of the demo cell's robots, as their executors plan them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from demo_plan import demo_cell, demo_plan

from smart_cell.core.geometry import Pose
from smart_cell.devices.robot_job import Job, JobSpot
from smart_cell.devices.robot_motion import ProgramMotion
from smart_cell.motion.arm_model import Joints, arm_model
from smart_cell.motion.kinematics import forward
from smart_cell.planning.errors import UnreachableError

ROBOT = "r1"
CELL = demo_cell()
PART = CELL.stations["s1"].part
HOME = CELL.robots[ROBOT].home


def job(part: Pose = PART, count: int = 8) -> Job:
    spots = demo_plan().programs["sedan"][ROBOT].spots[:count]
    return Job("job", "B000001", "sedan", 1, part, tuple(JobSpot(s, 1, CELL.schedules[s.schedule]) for s in spots))


def end(positions: npt.NDArray[np.float64]) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in positions[-1])
    return (a1, a2, a3, a4, a5, a6)


def tcp(joints: Joints) -> Pose:
    robot = CELL.robots[ROBOT]
    return robot.base @ forward(arm_model(robot.model), joints) @ CELL.guns[robot.gun].tcp


@pytest.mark.parametrize("shift", [0.0, 0.015])
def test_every_move_starts_where_the_last_ended_and_brings_the_gun_to_the_spot(shift: float) -> None:
    motion = ProgramMotion(CELL, ROBOT)
    order = job(Pose((PART.xyz[0] + shift, PART.xyz[1], PART.xyz[2]), PART.quat))
    where = HOME
    for index, spot in enumerate(order.spots):
        trajectory = motion.to_spot(order, index, where)
        assert trajectory is not None
        assert end(trajectory.positions[:1]) == pytest.approx(where)
        where = end(trajectory.positions)
        assert tcp(where).xyz == pytest.approx((order.part @ spot.target.pose).xyz, abs=1e-6)
    home = motion.to_home(where)
    assert home is not None
    assert motion.is_home(end(home.positions))


def test_no_move_where_the_arm_is_already() -> None:
    motion, order = ProgramMotion(CELL, ROBOT), job()
    trajectory = motion.to_spot(order, 0, HOME)
    assert trajectory is not None
    assert motion.to_spot(order, 0, end(trajectory.positions)) is None
    assert motion.to_home(HOME) is None


def test_stop_begins_on_the_path_and_ends_at_rest() -> None:
    motion = ProgramMotion(CELL, ROBOT)
    trajectory = motion.to_spot(job(), 0, HOME)
    assert trajectory is not None
    time = 0.4 * trajectory.duration
    stop = motion.stop(trajectory, time)
    assert stop.sample(0.0).position == pytest.approx(trajectory.sample(time).position)
    assert stop.sample(0.0).velocity == pytest.approx(trajectory.sample(time).velocity, abs=1e-6)
    assert stop.sample(stop.duration).velocity == pytest.approx(np.zeros(6), abs=1e-6)


def test_body_that_stands_out_of_reach_is_an_error_that_names_the_spot() -> None:
    motion, order = ProgramMotion(CELL, ROBOT), job(Pose((PART.xyz[0] + 9.0, PART.xyz[1], PART.xyz[2])))
    with pytest.raises(UnreachableError, match=order.spots[0].target.spot):
        motion.to_spot(order, 0, HOME)


def test_home_has_a_tolerance() -> None:
    motion = ProgramMotion(CELL, ROBOT)
    assert motion.is_home((HOME[0] + 0.009, *HOME[1:]))
    assert not motion.is_home((HOME[0] + 0.011, *HOME[1:]))
