# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the loader of a cell file wants to know about a robot's arm, and asks those who understand arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smart_cell.cell.model import Robot
from smart_cell.cell.schema_check import Finding
from smart_cell.core.errors import Problem


@dataclass(frozen=True, slots=True)
class ArmCheck:
    """What there is to say about the arm of a robot."""

    contents: tuple[bytes, ...] = ()
    """Of all files that describe it, besides the one that the cell file names."""
    problems: tuple[Problem, ...] = ()
    """What is wrong in these files."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the robot's entry in the cell file; paths begin below it."""


ArmChecker = Callable[[Robot], ArmCheck]
"""Checks a robot whose `model` is a known name or the absolute path of a file."""
