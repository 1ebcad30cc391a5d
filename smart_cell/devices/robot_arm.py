# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The arm as a robot's program executor sees it: where it is, what it runs, and how that is slowed or stopped.

The arm's controller knows trajectories only. To stop it on its path, or to change its pace, the running trajectory is
replaced by another one along the same path, which begins a moment later in the state that the arm will have then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smart_cell.core.errors import SmartCellError
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot_measured import MeasuredArm
from smart_cell.devices.robot_moves import SAME_PLACE, Interruption, Move, Purpose
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.pacing.pace import Pace

ANSWER_LIMIT = 2.0
"""Longest time until the arm takes a trajectory, and that a move may last too long [s, steady clock]."""
LEAST_REST = 0.1
"""A move that ends sooner than this [s] keeps its pace."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The arm is at the end of its trajectory."""

    at: float
    """When the trajectory ended [s, steady clock]."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The arm did not take its trajectory, or did not get to its end."""

    text: str


@dataclass(slots=True)
class _Motion:
    number: int
    pace: Pace
    purpose: Purpose | None
    """What the move leads to; None where it leads onto a path only."""
    rate: float
    """The speed override that it follows."""
    sent: float
    """[s, steady clock]"""
    start: float | None = None
    """ROS time of the trajectory's time 0 [s]; None: not accepted yet."""
    steady_start: float = 0.0
    is_stop: bool = False
    is_accepted: bool = False
    before: _Motion | None = None
    """What runs until this one is accepted."""
    ending: ev.TrajectoryFinished | None = None
    """How it ended, while it is not known whether the arm takes what was to replace it."""


class ArmDriver:
    """Follows one move at a time from the order to the end."""

    def __init__(self, config: rj.RobotConfig, planner: rj.MotionPlanner, commands: list[ev.Command]) -> None:
        """Start without knowing where the arm is.

        Args:
            config: The robot.
            planner: Plans stops and changes of the pace.
            commands: Where commands for the arm are put.
        """
        self._config = config
        self._planner = planner
        self._commands = commands
        self.measured = MeasuredArm(config.robot, planner)
        """Where the arm is."""
        self._motion: _Motion | None = None
        self._number = 0
        self._commanded: Joints | None = None
        self._interruption: Interruption | None = None
        self._rate = 1.0

    @property
    def rest_position(self) -> Joints | None:
        """Where the next move starts [rad]: where the last one was to end, or where the arm is if that is elsewhere."""
        measured, commanded = self.measured.position, self._commanded
        return commanded if measured and commanded and _is_near(measured, commanded) else measured

    @property
    def commanded(self) -> Joints | None:
        """Where the last move was to end [rad]; None after an interruption."""
        return self._commanded

    @property
    def interruption(self) -> Interruption | None:
        """The last move, if it did not come to its end and none but one back onto its path came after it."""
        return self._interruption

    # ------------------------------------------------------------------------------------------ what it does

    @property
    def is_busy(self) -> bool:
        """Whether the arm has been given a trajectory whose end is not known."""
        return self._motion is not None

    @property
    def rate(self) -> float:
        """The speed override: share of the programmed speed."""
        return self._rate

    def move(self, steady: float, move: Move) -> None:
        """Order a move; one without a pace is over already."""
        if move.is_whole:
            self._interruption = None
        if move.pace is None:
            return
        self._commanded = _end(move.pace)
        self._send(_Motion(self._next(), move.pace, move.purpose if move.is_whole else None, self._rate, steady))

    def stay(self, place: Joints) -> None:
        """Take the arm as arrived where it stands."""
        self._commanded = place

    def forget(self) -> None:
        """Give up what runs and what was commanded; the next move starts where the arm is measured."""
        self._motion = None
        self._commanded = None

    def override(self, now: float, steady: float, rate: float) -> None:
        """Let this and all further moves run at a share of the programmed speed, above 0 and up to 1."""
        self._rate = rate
        self._adapt(now, steady)

    def brake(self, now: float, steady: float) -> None:
        """Stop the arm on its path, now or as soon as it has taken the move that is on its way."""
        motion = self._motion
        self._commanded = None
        if motion is None or motion.start is None or motion.is_stop:
            return
        begin = self._begin(now, motion.start)
        if begin - motion.start >= motion.pace.duration:
            return
        try:
            stop = self._planner.stop(motion.pace, begin - motion.start)
        except SmartCellError:
            self._interrupt(motion, now)
            self._motion = None
            self._cancel(motion)
            return
        if motion.purpose is not None:
            self._interruption = Interruption(motion.purpose, motion.pace.path, stop.end)
        self._send(_Motion(self._next(), stop, None, 0.0, steady, begin, is_stop=True, before=motion))

    def late(self, steady: float) -> str:
        """Return what the arm should have done by now, in words; empty when it is in time."""
        motion = self._motion
        if motion is None:
            return ""
        if not motion.is_accepted:
            return f"was not answered in {ANSWER_LIMIT:g} s" if steady - motion.sent > ANSWER_LIMIT else ""
        overdue = steady - motion.steady_start - motion.pace.duration / self._config.speed
        return f"is {overdue:.1f} s late" if overdue > ANSWER_LIMIT else ""

    # ------------------------------------------------------------------------------------------ what became of it

    def note(self, now: float, steady: float, event: ev.MotionEvent) -> Arrived | Failed | None:
        """Take note of what became of a trajectory, and return it if a move is over."""
        motion = self._motion
        if motion is None or motion.number != event.number:
            self._note_other(event)
            return None
        match event:
            case ev.TrajectorySent():
                motion.sent = steady
            case ev.TrajectoryAccepted():
                self._accept(motion, now, steady, event.age)
            case ev.TrajectoryRejected():
                return self._reject(motion, now, event.text)
            case ev.TrajectoryFinished():
                self._motion = None
                if not motion.is_stop:
                    return self._finish(motion, now, event)
        return None

    def _note_other(self, event: ev.MotionEvent) -> None:
        """Take note of what became of a trajectory that is not the newest one."""
        before = None if self._motion is None else self._motion.before
        while before is not None and before.number != event.number:
            before = before.before
        if before is not None:
            if isinstance(event, ev.TrajectoryFinished):
                before.ending = event
        elif isinstance(event, ev.TrajectoryAccepted):
            # a move that was given up before the arm took it must not run without an owner
            self._commands.append(ev.CancelTrajectory(event.number))

    def _accept(self, motion: _Motion, now: float, steady: float, age: float) -> None:
        speed = self._config.speed
        motion.is_accepted = True
        if motion.start is None:
            motion.start = now - age * speed
        motion.steady_start = steady - (now - motion.start) / speed
        if not motion.is_stop:
            motion.before = None
            self._adapt(now, steady)

    def _reject(self, motion: _Motion, now: float, text: str) -> Failed | Arrived | None:
        before = motion.before
        if motion.is_stop:
            # the arm stops by itself where its own safety input asks for it; where not, it must hold at least
            self._motion = None
            if before is not None:
                self._cancel(before)
            return None
        if before is None:
            self._motion = None
            return Failed(f"was rejected: {text}")
        # the arm goes on with what it runs, which has the old pace
        before.rate = motion.rate
        self._motion = before
        if before.ending is None:
            return None
        self._motion = None
        return self._finish(before, now, before.ending)

    def _finish(self, motion: _Motion, now: float, event: ev.TrajectoryFinished) -> Arrived | Failed:
        if event.is_done:
            return Arrived(motion.steady_start + motion.pace.duration / self._config.speed)
        self._interrupt(motion, now)
        return Failed(f"failed: {event.text}")

    def _interrupt(self, motion: _Motion, now: float) -> None:
        """Keep what a move was to do that ends before its end."""
        if motion.purpose is not None and motion.start is not None:
            path_time = motion.pace.at(now - motion.start).path_time
            self._interruption = Interruption(motion.purpose, motion.pace.path, path_time)

    # ------------------------------------------------------------------------------------------ parts

    def _adapt(self, now: float, steady: float) -> None:
        """Give the running move the pace that is wanted, as soon as the arm has taken it and while it is worth while.

        One change at a time: the next one waits until the arm has answered.
        """
        motion = self._motion
        if motion is None or motion.is_stop or not motion.is_accepted or motion.start is None:
            return
        if motion.rate == self._rate:
            return
        begin = self._begin(now, motion.start)
        if motion.start + motion.pace.duration - begin < LEAST_REST * self._config.speed:
            return
        try:
            pace = self._planner.at_rate(motion.pace, begin - motion.start, self._rate)
        except SmartCellError:
            motion.rate = self._rate
            return
        self._send(_Motion(self._next(), pace, motion.purpose, self._rate, steady, begin, before=motion))

    def _begin(self, now: float, start: float) -> float:
        """Return when a trajectory that is sent now may replace one that starts at `start` [s of ROS time]."""
        return max(now + self._config.stop_lead * self._config.speed, start)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _send(self, motion: _Motion) -> None:
        self._motion = motion
        self._commands.append(ev.SendTrajectory(motion.number, motion.pace.trajectory, motion.start))

    def _cancel(self, motion: _Motion) -> None:
        """Let the arm hold, whichever of these trajectories it runs."""
        running: _Motion | None = motion
        while running is not None:
            self._commands.append(ev.CancelTrajectory(running.number))
            running = running.before


def _end(pace: Pace) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in pace.trajectory.positions[-1])
    return (a1, a2, a3, a4, a5, a6)


def _is_near(a: Iterable[float], b: Iterable[float]) -> bool:
    return all(abs(p - q) < SAME_PLACE for p, q in zip(a, b, strict=True))
