# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a robot's arm takes orders of the cell, as its controller says."""

from __future__ import annotations

from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices.robot_events import ArmStatusRead


class ArmMode:
    """The newest that an arm's controller said about itself; real drivers may say nothing."""

    def __init__(self, robot: str) -> None:
        """Start without knowing anything.

        Args:
            robot: Name of the robot.
        """
        self._robot = robot
        self._status = ArmStatusRead(OperationMode.UNKNOWN)

    def read(self, status: ArmStatusRead) -> None:
        """Take note of what the controller says."""
        self._status = status

    @property
    def mode(self) -> OperationMode:
        """The operating mode."""
        return self._status.mode

    @property
    def problem(self) -> str:
        """Why the arm takes no orders of the cell, in words; empty where it does, or does not tell."""
        if self.mode in (OperationMode.UNKNOWN, OperationMode.EXT):
            return ""
        return f"{self._robot} is in mode {self.mode.name}: turn the key switch of {self._robot} to EXT"

    def explain(self, text: str) -> str:
        """Return what went wrong with a motion, with what the controller says to it."""
        return f"{text}; {self._robot} says: {self._status.text}" if self._status.text else text
