# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The moves of one robot, from the poses of its program to trajectories of its arm."""

from __future__ import annotations

from collections.abc import Sequence

from smart_cell.cell.model import Cell
from smart_cell.devices.robot_job import Job
from smart_cell.motion.arm_model import Joints, robot_model
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.moves.via import plan_via
from smart_cell.motion.pacing.pace import Pace, plan_rate, plan_resume, plan_stop
from smart_cell.motion.trajectory import Trajectory
from smart_cell.planning.resolve import home_targets, joint_targets

HOME_TOLERANCE = 0.01
"""How far any joint of an arm at home may be from the home position [rad]."""
NO_MOVE = 0.001
"""Closer than this [rad] in every joint, no move is worth while; less than 3 mm at the end of the longest arm."""


class ProgramMotion:
    """Plans the moves of one robot of a cell; implements `MotionPlanner`."""

    def __init__(self, cell: Cell, robot: str) -> None:
        """Plan for one robot.

        Args:
            cell: The cell.
            robot: Name of the robot.

        Raises:
            UnknownArmModelError: There is no data of its arm.
        """
        self._cell = cell
        self._robot = robot
        self._home: Joints = cell.robots[robot].home
        self._model = robot_model(cell.robots[robot])

    def to_spot(self, job: Job, index: int, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to a spot of the job; None if the arm is there already.

        Raises:
            UnreachableError: The arm does not get there within its limits.
            MotionError: `start` is outside the limits.
        """
        targets = joint_targets(self._cell, self._robot, job.spots[index].target, job.part, start)
        if _is_near(start, targets.spot, NO_MOVE):
            return None
        return plan_via(self._model, (start, *targets.approach, targets.spot))

    def to_home(self, start: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to the home position; None if the arm is there already.

        Raises:
            MotionError: `start` is outside the limits.
        """
        if _is_near(start, self._home, NO_MOVE):
            return None
        targets = home_targets(self._cell, self._robot, start)
        return plan_via(self._model, (start, *targets.approach, targets.spot))

    def onto_path(self, start: Joints, end: Joints) -> Trajectory | None:
        """Return the move from rest at `start` [rad] to a place close by, `end` [rad]; None if that is the same.

        Raises:
            MotionError: One of them is outside the limits.
        """
        trajectory = plan_ptp(self._model, start, end)
        return trajectory if trajectory.duration > 0.0 else None

    def stop(self, pace: Pace, time: float) -> Pace:
        """Return the stop along the path of a running pace, from its state at `time` [s] on.

        Raises:
            MotionError: The arm cannot stop on this path.
        """
        return plan_stop(pace, time, self._model)

    def at_rate(self, pace: Pace, time: float, rate: float) -> Pace:
        """Return the rest of a running pace at another rate (above 0, up to 1), from its state at `time` [s] on.

        Raises:
            MotionError: The rate is out of range.
        """
        return plan_rate(pace, time, rate, self._model)

    def resume(self, path: Trajectory, path_time: float, rate: float) -> Pace:
        """Return the rest of a path from rest at `path_time` [s], at a rate above 0 and up to 1.

        Raises:
            MotionError: The path cannot be run from there.
        """
        return plan_resume(path, path_time, rate, self._model)

    def is_home(self, joints: Joints) -> bool:
        """Tell whether `joints` [rad] are the home position, to within `HOME_TOLERANCE`."""
        return _is_near(joints, self._home, HOME_TOLERANCE)


def _is_near(a: Sequence[float], b: Sequence[float], tolerance: float) -> bool:
    return all(abs(p - q) < tolerance for p, q in zip(a, b, strict=True))
