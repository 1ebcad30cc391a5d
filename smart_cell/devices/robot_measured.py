# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where a robot's arm is measured to be, and whether that is fresh enough to be trusted."""

from __future__ import annotations

from smart_cell.core.liveness import Silence
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot_events import JointsRead
from smart_cell.motion.arm_model import Joints

AT_REST = 0.01
"""Slower than this [rad/s] in every joint, the arm rests."""
SILENCE_LIMIT = 0.5
"""Longest time without joint states [s, steady clock]."""


class MeasuredArm:
    """The newest joint states of an arm."""

    def __init__(self, robot: str, planner: rj.MotionPlanner) -> None:
        """Start without knowing where the arm is.

        Args:
            robot: Name of the robot.
            planner: Knows where home is.
        """
        self._robot = robot
        self._planner = planner
        self._joints: JointsRead | None = None
        self._silence = Silence(longest_tick=rj.LONGEST_TICK)

    def tick(self, steady: float) -> None:
        """Let time pass [s, steady clock]."""
        self._silence.tick(steady)

    def read(self, joints: JointsRead) -> None:
        """Take note of a measured state."""
        self._joints = joints
        self._silence.heard()

    @property
    def silent(self) -> str:
        """Why the measured state must not be trusted, in words; empty when it is fresh."""
        if self._silence.duration <= SILENCE_LIMIT:
            return ""
        since = "yet" if self._joints is None else f"for more than {SILENCE_LIMIT:g} s"
        return f"no joint_states of {self._robot} {since}"

    @property
    def position(self) -> Joints | None:
        """Where the arm was measured last [rad]; None before the first time."""
        return None if self._joints is None else self._joints.position

    @property
    def is_home(self) -> bool:
        """Whether the arm is measured at its home position."""
        return self._joints is not None and self._planner.is_home(self._joints.position)

    @property
    def is_at_rest(self) -> bool:
        """Whether the arm is measured at rest."""
        return self._joints is not None and max(map(abs, self._joints.velocity)) < AT_REST
