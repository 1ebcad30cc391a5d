# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated arm with a move to run, for tests without ROS."""

from __future__ import annotations

import numpy as np

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import HOME, arm_model
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.trajectory import FloatArray, Trajectory
from smart_cell.simulation.arm import SimArm
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_controller import Finished
from smart_cell.simulation.arm_goal import GoalPoint, JointGoal

KR210 = arm_model("kr210_r2700_2")
NAMES = tuple(f"r1_joint_{number}" for number in range(1, 7))
START = 1_760_000_000.0
END = (1.0, -1.3, 1.7, 0.5, 0.4, -0.8)
MOVE = plan_ptp(KR210, HOME, END)


def goal_of(trajectory: Trajectory, stamp: float = 0.0) -> JointGoal:
    """Return the goal of a planned motion."""
    return JointGoal(
        NAMES,
        tuple(
            GoalPoint(time, tuple(p), tuple(v), tuple(a))
            for time, p, v, a in zip(
                trajectory.times.tolist(),
                trajectory.positions.tolist(),
                trajectory.velocities.tolist(),
                trajectory.accelerations.tolist(),
                strict=True,
            )
        ),
        stamp,
    )


GOAL = goal_of(MOVE)


def make_arm(config: ArmConfig | None = None, tool: Pose = IDENTITY) -> SimArm:
    """Return an arm at home that takes goals."""
    arm = SimArm(KR210, NAMES, HOME, config, tool)
    arm.activate(START)
    return arm


def run(arm: SimArm, begin: float, end: float, period: float = 0.01) -> list[tuple[float, Finished]]:
    """Step the arm and return what ended, and when after START."""
    finished = []
    for now in np.arange(begin, end, period):
        finished += [(float(now) - START, result) for result in arm.step(float(now))]
    return finished


def moments(begin: float, end: float, period: float = 0.004) -> FloatArray:
    """Return the times [s] from `begin` to before `end`."""
    return np.asarray(np.arange(begin, end, period), dtype=np.float64)


def speed(arm: SimArm, now: float) -> float:
    """Return the speed of the fastest joint [rad/s]."""
    reading = arm.state(now)
    assert reading is not None
    return max(map(abs, reading.velocity))


def position(arm: SimArm, now: float) -> tuple[float, ...]:
    """Return the joint angles [rad]."""
    reading = arm.state(now)
    assert reading is not None
    return reading.position


def start(arm: SimArm, goal_id: str = "g1", goal: JointGoal = GOAL, now: float = START) -> list[Finished]:
    """Start a goal and return the end of the one it replaces."""
    assert arm.check(goal, now) is None
    return arm.accept(goal_id, goal, now)
