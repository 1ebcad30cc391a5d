# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The arm as a robot's program executor sees it: where it is, what it runs, and how it is stopped on its path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smart_cell.core.errors import SmartCellError
from smart_cell.core.liveness import Silence
from smart_cell.devices import robot_job as rj
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.trajectory import Trajectory

AT_REST = 0.01
"""Slower than this [rad/s] in every joint, the arm rests."""
SAME_PLACE = 0.005
"""Closer than this [rad] in every joint, the arm is where it was commanded to be."""
SILENCE_LIMIT = 0.5
"""Longest time without joint states [s, steady clock]."""
ANSWER_LIMIT = 2.0
"""Longest time until the arm takes a trajectory, and that a move may last too long [s, steady clock]."""


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
    trajectory: Trajectory
    sent: float
    """[s, steady clock]"""
    replaces: int | None = None
    """Number of the trajectory that this one stops; None for a move."""
    start: float | None = None
    """ROS time at which it began [s]; None: not accepted yet."""
    steady_start: float = 0.0


class ArmDriver:
    """Follows one trajectory at a time from the order to the end."""

    def __init__(self, config: rj.RobotConfig, planner: rj.MotionPlanner, commands: list[rj.Command]) -> None:
        """Start without knowing where the arm is.

        Args:
            config: The robot.
            planner: Plans the stops.
            commands: Where commands for the arm are put.
        """
        self._config = config
        self._planner = planner
        self._commands = commands
        self._joints: rj.JointsRead | None = None
        self._silence = Silence(longest_tick=rj.LONGEST_TICK)
        self._motion: _Motion | None = None
        self._number = 0
        self._commanded: Joints | None = None

    # ------------------------------------------------------------------------------------------ where it is

    def tick(self, steady: float) -> None:
        """Let time pass [s, steady clock]."""
        self._silence.tick(steady)

    def read(self, joints: rj.JointsRead) -> None:
        """Take note of a measured state."""
        self._joints = joints
        self._silence.heard()

    @property
    def silent(self) -> str:
        """Why the measured state must not be trusted, in words; empty when it is fresh."""
        if self._silence.duration <= SILENCE_LIMIT:
            return ""
        since = "yet" if self._joints is None else f"for more than {SILENCE_LIMIT:g} s"
        return f"no joint_states of {self._config.robot} {since}"

    @property
    def is_home(self) -> bool:
        """Whether the arm is measured at its home position."""
        return self._joints is not None and self._planner.is_home(self._joints.position)

    @property
    def is_at_rest(self) -> bool:
        """Whether the arm is measured at rest."""
        return self._joints is not None and max(map(abs, self._joints.velocity)) < AT_REST

    @property
    def rest_position(self) -> Joints | None:
        """Where the next move starts [rad]: where the last one was to end, or where the arm is if that is elsewhere."""
        if self._joints is None:
            return None
        measured = self._joints.position
        return self._commanded if self._commanded is not None and _is_near(measured, self._commanded) else measured

    @property
    def commanded(self) -> Joints | None:
        """Where the last move was to end [rad]; None after an interruption."""
        return self._commanded

    # ------------------------------------------------------------------------------------------ what it does

    @property
    def is_busy(self) -> bool:
        """Whether the arm has been given a trajectory whose end is not known."""
        return self._motion is not None

    def move(self, steady: float, trajectory: Trajectory) -> None:
        """Order a move."""
        self._send(steady, trajectory, None, None)
        self._commanded = _end(trajectory)

    def stay(self, place: Joints) -> None:
        """Take the arm as arrived where it stands."""
        self._commanded = place

    def forget(self) -> None:
        """Give up what runs and what was commanded; the next move starts where the arm is measured."""
        self._motion = None
        self._commanded = None

    def brake(self, now: float, steady: float) -> None:
        """Stop the arm on its path, now or as soon as it has taken the move that is on its way."""
        motion = self._motion
        self._commanded = None
        if motion is None or motion.start is None or motion.replaces is not None:
            return
        begin = now + self._config.stop_lead * self._config.speed
        if begin - motion.start >= motion.trajectory.duration:
            return
        try:
            stop = self._planner.stop(motion.trajectory, begin - motion.start)
        except SmartCellError:
            self._motion = None
            self._commands.append(rj.CancelTrajectory(motion.number))
            return
        self._send(steady, stop, begin, motion.number)

    def late(self, steady: float) -> str:
        """Return what the arm should have done by now, in words; empty when it is in time."""
        motion = self._motion
        if motion is None:
            return ""
        if motion.start is None:
            return f"was not answered in {ANSWER_LIMIT:g} s" if steady - motion.sent > ANSWER_LIMIT else ""
        overdue = steady - motion.steady_start - motion.trajectory.duration / self._config.speed
        return f"is {overdue:.1f} s late" if overdue > ANSWER_LIMIT else ""

    def note(self, now: float, steady: float, event: rj.MotionEvent) -> Arrived | Failed | None:
        """Take note of what became of a trajectory, and return it if a move is over."""
        motion = self._motion
        if motion is None or motion.number != event.number:
            if isinstance(event, rj.TrajectoryAccepted):
                # a move that was given up before the arm took it must not run without an owner
                self._commands.append(rj.CancelTrajectory(event.number))
            return None
        match event:
            case rj.TrajectorySent():
                motion.sent = steady
            case rj.TrajectoryAccepted():
                motion.steady_start = steady - event.age
                if motion.replaces is None:
                    motion.start = now - event.age * self._config.speed
            case rj.TrajectoryRejected():
                self._motion = None
                if motion.replaces is None:
                    return Failed(f"was rejected: {event.text}")
                # the arm stops by itself where its own safety input asks for it; where not, it must hold at least
                self._commands.append(rj.CancelTrajectory(motion.replaces))
            case rj.TrajectoryFinished():
                self._motion = None
                if motion.replaces is None:
                    end = motion.steady_start + motion.trajectory.duration / self._config.speed
                    return Arrived(end) if event.is_done else Failed(f"failed: {event.text}")
        return None

    def _send(self, steady: float, trajectory: Trajectory, start: float | None, replaces: int | None) -> None:
        self._number += 1
        self._motion = _Motion(self._number, trajectory, steady, replaces, start)
        self._commands.append(rj.SendTrajectory(self._number, trajectory, start))


def _end(trajectory: Trajectory) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in trajectory.positions[-1])
    return (a1, a2, a3, a4, a5, a6)


def _is_near(a: Iterable[float], b: Iterable[float]) -> bool:
    return all(abs(p - q) < SAME_PLACE for p, q in zip(a, b, strict=True))
