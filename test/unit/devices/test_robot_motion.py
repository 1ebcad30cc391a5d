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
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.pacing.pace import run_at
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


def test_stop_and_rest_follow_the_path_from_where_the_arm_is() -> None:
    motion = ProgramMotion(CELL, ROBOT)
    path = motion.to_spot(job(), 0, HOME)
    assert path is not None
    run = run_at(path, 0.8)
    time = 0.4 * run.duration
    stop = motion.stop(run, time).trajectory
    assert stop.sample(0.0).position == pytest.approx(run.trajectory.sample(time).position, abs=1e-6)
    assert stop.sample(0.0).velocity == pytest.approx(run.trajectory.sample(time).velocity, abs=1e-4)
    assert stop.velocities[-1] == pytest.approx(np.zeros(6))
    rest = motion.resume(path, motion.stop(run, time).end, 0.5).trajectory
    assert rest.positions[0] == pytest.approx(stop.positions[-1])
    assert rest.positions[-1] == pytest.approx(path.positions[-1])
    slower = motion.at_rate(run, time, 0.3)
    assert slower.rates[-1] == 0.3
    assert slower.trajectory.positions[-1] == pytest.approx(path.positions[-1])


def test_move_onto_a_path_is_short_and_starts_at_rest() -> None:
    motion = ProgramMotion(CELL, ROBOT)
    beside = (HOME[0] + 0.003, *HOME[1:])
    onto = motion.onto_path(beside, HOME)
    assert onto is not None
    assert end(onto.positions[:1]) == pytest.approx(beside)
    assert end(onto.positions) == pytest.approx(HOME)
    assert onto.duration < 0.5
    assert motion.onto_path(HOME, HOME) is None


def test_body_that_stands_out_of_reach_is_an_error_that_names_the_spot() -> None:
    motion, order = ProgramMotion(CELL, ROBOT), job(Pose((PART.xyz[0] + 9.0, PART.xyz[1], PART.xyz[2])))
    with pytest.raises(UnreachableError, match=order.spots[0].target.spot):
        motion.to_spot(order, 0, HOME)


def test_home_has_a_tolerance() -> None:
    motion = ProgramMotion(CELL, ROBOT)
    assert motion.is_home((HOME[0] + 0.009, *HOME[1:]))
    assert not motion.is_home((HOME[0] + 0.011, *HOME[1:]))
