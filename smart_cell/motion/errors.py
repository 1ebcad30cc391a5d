# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong when a motion is planned."""

from __future__ import annotations

from smart_cell.core.errors import ConfigError, SmartCellError


class MotionError(SmartCellError):
    """A motion cannot be planned as asked; the text names the joint, the value and the limit."""


class UnknownArmModelError(SmartCellError):
    """A robot names an arm that is not in the arm data.

    Attributes:
        name: The name that was asked for.
        closest: Names of the arm data that look like it.
    """

    def __init__(self, name: str, closest: tuple[str, ...]) -> None:
        """Say what was asked for and what is there."""
        hint = f"did you mean {' or '.join(closest)}?" if closest else "list the names with `smart_cell models`"
        super().__init__(f"unknown arm model '{name}'; {hint}")
        self.name = name
        self.closest = closest


class ArmFileError(ConfigError):
    """A URDF or xacro file cannot be read, or the arm in it is none that can be used; it holds every reason."""
