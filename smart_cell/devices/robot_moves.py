# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The next move of a job: planned ahead, planned now, or the rest of one that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass

from smart_cell.core.errors import SmartCellError
from smart_cell.core.geometry import Pose
from smart_cell.devices.robot_job import Job, MotionPlanner
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.pacing.on_path import nearest_on_path
from smart_cell.motion.pacing.pace import Pace, run_at
from smart_cell.motion.trajectory import Trajectory
from smart_cell.planning.program import ProgramSpot

SAME_PLACE = 0.005
"""Closer than this [rad] in every joint, the arm is where it was commanded to be, or on a path."""
ON_PATH = 1e-6
"""Closer than this [rad] in every joint, a move along a path may start at once; else the arm first moves onto it."""
STOP_REACH = 1.0
"""How far before and after the place where it was to stop [s of the path] an arm is looked for: its own safety input
may have stopped it sooner or later than its executor would have."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a move leads to. Two moves with the same purpose may follow the same path."""

    body: str = ""
    variant: str = ""
    part: Pose | None = None
    """The part frame in the cell frame."""
    target: ProgramSpot | None = None
    """None: the home position, whatever the body."""


@dataclass(frozen=True, slots=True, eq=False)
class Interruption:
    """A move that did not come to its end."""

    purpose: Purpose
    path: Trajectory
    """As programmed."""
    path_time: float
    """About where it was stopped [s]."""


@dataclass(frozen=True, slots=True)
class Move:
    """What the arm is to run next."""

    purpose: Purpose
    pace: Pace | None
    """None: the arm is there already."""
    is_whole: bool = True
    """It leads to the purpose; False: only onto the path of a move that was interrupted."""


def purpose_of(job: Job, index: int) -> Purpose:
    """Return what the move to a spot of a job, or home after the last one, leads to."""
    if index >= len(job.spots):
        return Purpose()
    return Purpose(job.body, job.variant, job.part, job.spots[index].target)


class Moves:
    """Plans the moves of one robot's jobs."""

    def __init__(self, planner: MotionPlanner) -> None:
        """Start with nothing planned.

        Args:
            planner: Plans paths.
        """
        self._planner = planner
        self._prepared: tuple[Purpose, Joints, Trajectory | None] | None = None
        self._next: tuple[tuple[Purpose, Joints, float, Interruption | None], Move] | None = None

    def prepare(self, job: Job, index: int, start: Joints) -> None:
        """Plan a move ahead, from rest at `start` [rad].

        Raises:
            SmartCellError: There is no such move.
        """
        self._whole(job, index, start)

    def next(self, job: Job, index: int, start: Joints, rate: float, interruption: Interruption | None) -> Move:
        """Return the next move.

        Args:
            job: What is being done.
            index: Of the spot to go to; the number of spots for home.
            start: Where the arm rests [rad].
            rate: Share of the programmed speed, above 0 and up to 1.
            interruption: The move before, if it did not come to its end. Where it had the same purpose and the arm
                stands on its path, the rest of that path is what comes next.

        Raises:
            SmartCellError: There is no such move.
        """
        purpose = purpose_of(job, index)
        asked = (purpose, start, rate, interruption)
        if self._next is not None and self._next[0] == asked:
            return self._next[1]
        move = None
        if interruption is not None and interruption.purpose == purpose:
            move = self._rest(interruption, start, rate)
        if move is None:
            path = self._whole(job, index, start)
            move = Move(purpose, None if path is None else run_at(path, rate))
        self._next = (asked, move)
        return move

    def forget(self) -> None:
        """Drop what was planned."""
        self._prepared = None
        self._next = None

    def _whole(self, job: Job, index: int, start: Joints) -> Trajectory | None:
        """Return a path, the one that was planned ahead if it is that."""
        purpose = purpose_of(job, index)
        if self._prepared is None or self._prepared[:2] != (purpose, start):
            self._prepared = (purpose, start, self._plan(job, index, start))
        return self._prepared[2]

    def _plan(self, job: Job, index: int, start: Joints) -> Trajectory | None:
        if index < len(job.spots):
            return self._planner.to_spot(job, index, start)
        return self._planner.to_home(start)

    def _rest(self, before: Interruption, start: Joints, rate: float) -> Move | None:
        """Return how to go on along the path of an interrupted move; None if the arm does not stand on it."""
        path_time, off = nearest_on_path(before.path, start, before.path_time, STOP_REACH)
        if off > SAME_PLACE:
            return None
        try:
            if off > ON_PATH:
                onto = self._planner.onto_path(start, _joints_at(before.path, path_time))
                if onto is not None:
                    return Move(before.purpose, run_at(onto, rate), is_whole=False)
            pace = self._planner.resume(before.path, path_time, rate)
        except SmartCellError:
            return None
        return Move(before.purpose, pace if pace.duration > 0.0 else None)


def _joints_at(path: Trajectory, time: float) -> Joints:
    a1, a2, a3, a4, a5, a6 = path.sample(time).position.tolist()
    return (a1, a2, a3, a4, a5, a6)
