# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Loads a cell together with its arms: those of the arm data and those that are read from files."""

from __future__ import annotations

from collections.abc import Iterator
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING

from smart_cell.cell.arms import ArmCheck
from smart_cell.cell.files import is_arm_file
from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell, Robot
from smart_cell.cell.schema_check import Finding
from smart_cell.cell.wording import shown
from smart_cell.motion.arm_model import ArmModel, arm_models, robot_model
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.limits import LIMIT_TOLERANCE

if TYPE_CHECKING:
    from smart_cell.motion.urdf.urdf_arm import UrdfArm


def load_cell_with_arms(path: Path) -> Cell:
    """Return the cell that a file describes, with every arm in it checked too.

    Raises:
        ConfigError: The file, a weld list or the file of an arm is wrong, or an arm's home position is beyond its
            limits; it holds every problem.
    """
    return load_cell(path, arm_models(), check_arm)


def check_arm(robot: Robot) -> ArmCheck:
    """Return what there is to say about the arm of a robot."""
    contents: tuple[bytes, ...] = ()
    try:
        model = robot_model(robot)
        if is_arm_file(robot.model):
            files = _read(robot).contents
            contents = tuple(content for file, content in files.items() if file != Path(robot.model))
    except ArmFileError as error:
        message = f"{shown(Path(robot.model).name)} has no arm that can be used, see there"
        finding: Finding = (("model",), robot.model, message, "an arm with six joints and a spherical wrist")
        return ArmCheck(problems=error.problems, findings=(finding,))
    return ArmCheck(contents, findings=tuple(_home_beyond_limits(robot, model)))


def arm_notes(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield robot and text of everything that was assumed about arms that are read from files."""
    for robot in cell.robots.values():
        if is_arm_file(robot.model):
            for note in _read(robot).notes:
                yield robot.name, note


def _read(robot: Robot) -> UrdfArm:
    # not at the top, since only cells with such arms need what reads them
    from smart_cell.motion.urdf.urdf_arm import read_arm

    return read_arm(Path(robot.model), base_link=robot.base_link, tip_link=robot.tip_link)


def _home_beyond_limits(robot: Robot, model: ArmModel) -> Iterator[Finding]:
    for index, (low, angle, high) in enumerate(zip(model.lower, robot.home, model.upper, strict=True)):
        if not low - LIMIT_TOLERANCE <= angle <= high + LIMIT_TOLERANCE:
            message = f"{degrees(angle):g} deg is beyond the limits of joint {index + 1} of the arm"
            allowed = f"{degrees(low):.4g} to {degrees(high):.4g} [deg]"
            yield ("home_deg", index), f"{degrees(angle):g}", message, allowed
