# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The limits of an arm's joints: from its URDF, then from a joint_limits.yaml, then stated assumptions.

URDF itself has position, velocity and effort; since version 1.2 also acceleration, deceleration and jerk. What else
there is to know, MoveIt and ros2_control keep in a YAML file, whose figures replace those of the URDF:

    joint_limits:
      joint_1: {has_acceleration_limits: true, max_acceleration: 3.2, has_jerk_limits: true, max_jerk: 40.0}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from pathlib import Path
from typing import Any, Final

from smart_cell.cell.document import Document, read_document
from smart_cell.cell.files import FileRefusedError, decode, read_bytes
from smart_cell.cell.wording import listed, shown
from smart_cell.core.errors import Problem
from smart_cell.motion.arm_model import JERK_TIME, JOINT_COUNT, Joints
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.document import UrdfJoint

FULL_SPEED_TIME: Final = 0.5
"""Time [s] from standstill to full speed that is assumed where no acceleration limit is known."""
CONTINUOUS_RANGE: Final = 2.0 * pi
"""How far [rad] to each side a joint without end may turn, as if its cables allowed no more."""
ENDLESS: Final = 4.0 * pi
"""A joint whose limits [rad] are beyond this counts as one without end."""

_MAX_FILE: Final = 1 << 20
_SECTION: Final = "joint_limits"
_ENTRIES: Final = (
    # our name, MoveIt's switch and figures
    ("lower", "has_position_limits", "min_position"),
    ("upper", "has_position_limits", "max_position"),
    ("velocity", "has_velocity_limits", "max_velocity"),
    ("acceleration", "has_acceleration_limits", "max_acceleration"),
    ("deceleration", "has_deceleration_limits", "max_deceleration"),
    ("jerk", "has_jerk_limits", "max_jerk"),
    ("effort", "has_effort_limits", "max_effort"),
)


@dataclass(frozen=True, slots=True)
class ArmLimits:
    """The limits of six joints, as `ArmModel` has them."""

    lower: Joints
    upper: Joints
    velocity: Joints
    acceleration: Joints
    jerk: Joints
    effort: Joints


def limits_file(urdf: Path) -> Path | None:
    """Return the joint_limits.yaml that belongs to a URDF or xacro file, None if there is none.

    Looked for is `<name>_joint_limits.yaml`, then `joint_limits.yaml`, beside the file and, where it is in a folder
    urdf/ as in ROS packages, in the folder config/ beside that one.
    """
    folders = [urdf.parent, *([urdf.parent.parent / "config"] if urdf.parent.name == "urdf" else [])]
    names = (f"{urdf.name.split('.')[0]}_{_SECTION}.yaml", f"{_SECTION}.yaml")
    return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def read_limits(path: Path) -> tuple[dict[str, dict[str, float]], bytes]:
    """Return the limits that a joint_limits.yaml states, by joint and our name of the limit, and its content.

    Raises:
        ArmFileError: It cannot be read, or a limit is no number.
    """
    file = str(path)
    try:
        content = read_bytes(path, _MAX_FILE)
        document, problems = read_document(decode(content), file)
    except FileRefusedError as error:
        raise ArmFileError([Problem(file, 0, "", "", str(error), error.allowed)]) from error
    if document is None or problems:
        raise ArmFileError(problems)
    entries = document.data.get(_SECTION) if isinstance(document.data, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ArmFileError([Problem(file, 1, _SECTION, "", "it has no limits by joint", f"{_SECTION}: <joint>: ...")])
    problems = list(_bad_figures(document, entries, file))
    if problems:
        raise ArmFileError(problems)
    return {name: dict(_figures(entry)) for name, entry in entries.items()}, content


def _figures(entry: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, switch, key in _ENTRIES:
        if entry.get(switch) is True and key in entry:
            yield name, float(entry[key])


def _bad_figures(document: Document, entries: Mapping[str, Any], file: str) -> Iterator[Problem]:
    for joint, entry in entries.items():
        for _, switch, key in _ENTRIES:
            value = entry.get(key, 0.0)
            if entry.get(switch) is True and (isinstance(value, bool) or not isinstance(value, int | float)):
                line = document.line((_SECTION, joint, key))
                message = f"{shown(value)} is not a number"
                yield Problem(file, line, f"{joint}.{key}", str(value)[:100], message, "a number")


def arm_limits(
    file: str, joints: Sequence[UrdfJoint], stated: Mapping[str, Mapping[str, float]], limits_name: str
) -> tuple[ArmLimits, list[str]]:
    """Return the limits of an arm's six joints, and notes about what is not in the files.

    Args:
        file: How problems name the URDF.
        joints: The joints that turn.
        stated: What a joint_limits.yaml says by joint; with or without the prefix that the URDF's joints have.
        limits_name: How notes name that file.

    Raises:
        ArmFileError: A range or speed is missing or not usable; it holds every reason.
    """
    problems: list[Problem] = []
    notes: list[str] = []
    rows = []
    without_acceleration, without_jerk, without_end = [], [], []
    for joint in joints:
        limits = {**joint.limits, **_stated(stated, joint.name)}
        problems += _bad_limits(file, joint, limits)
        if _is_endless(joint, limits):
            limits |= {"lower": -CONTINUOUS_RANGE, "upper": CONTINUOUS_RANGE}
            without_end.append(joint.name)
        velocity = limits.get("velocity", 0.0)
        slowest = min((limits[key] for key in ("acceleration", "deceleration") if key in limits), default=0.0)
        if slowest == 0.0:
            slowest = velocity / FULL_SPEED_TIME
            without_acceleration.append(joint.name)
        jerk = limits.get("jerk", 0.0)
        if jerk == 0.0:
            jerk = slowest / JERK_TIME
            without_jerk.append(joint.name)
        position = (limits.get("lower", 0.0), limits.get("upper", 0.0))
        rows.append((*position, velocity, slowest, jerk, limits.get("effort", 0.0)))
    if problems:
        raise ArmFileError(problems)
    if stated:
        used = [joint.name for joint in joints if _stated(stated, joint.name)]
        notes.append(f"limits of {_which(used) if used else 'none of the joints'} from {limits_name}")
    if without_end:
        notes.append(f"{_which(without_end)} without end: taken as +-360 deg")
    if without_acceleration:
        names = _which(without_acceleration)
        notes.append(f"no acceleration limit of {names}: assumed is full speed in {FULL_SPEED_TIME:g} s")
    if without_jerk:
        notes.append(f"no jerk limit of {_which(without_jerk)}: assumed is full acceleration in {JERK_TIME:g} s")
    return ArmLimits(*(_six(column) for column in zip(*rows, strict=True))), notes


def _stated(stated: Mapping[str, Mapping[str, float]], joint: str) -> Mapping[str, float]:
    return stated.get(joint) or next((limits for name, limits in stated.items() if _is_same(name, joint)), {})


def _is_endless(joint: UrdfJoint, limits: Mapping[str, float]) -> bool:
    """Tell whether a joint has no end that matters; some files write a huge limit instead of continuous."""
    if {"lower", "upper"} <= limits.keys():
        return limits["lower"] < -ENDLESS or limits["upper"] > ENDLESS
    return joint.type == "continuous"


def _is_same(name: str, joint: str) -> bool:
    return joint == name or joint.endswith(f"_{name}")


def _bad_limits(file: str, joint: UrdfJoint, limits: Mapping[str, float]) -> Iterator[Problem]:
    def problem(key: str, message: str, allowed: str) -> Problem:
        value = f"{limits[key]:g}" if key in limits else ""
        return Problem(file, joint.line, f"{joint.name} limit {key}", value, message, allowed)

    for key in ("lower", "upper"):
        if key not in limits and joint.type == "revolute":
            yield problem(key, f"its {key} limit is missing", f'<limit {key}="..."> [rad]')
    if {"lower", "upper"} <= limits.keys() and not limits["lower"] < limits["upper"]:
        message = f"its range is empty: {limits['lower']:g} to {limits['upper']:g} rad"
        yield problem("upper", message, f"more than lower ({limits['lower']:g}) [rad]")
    if limits.get("velocity", 0.0) <= 0.0:
        stated = f"is {limits['velocity']:g} rad/s" if "velocity" in limits else "is missing"
        yield problem("velocity", f"its speed limit {stated}: it could not move", "more than 0 [rad/s]")
    for key in ("acceleration", "deceleration", "jerk", "effort"):
        if limits.get(key, 0.0) < 0.0:
            allowed = "more than 0; leave it out if it is not known"
            yield problem(key, f"its {key} limit is negative: {limits[key]:g}", allowed)


def _which(names: Sequence[str]) -> str:
    return "all joints" if len(names) == JOINT_COUNT else listed(names)


def _six(values: Sequence[float]) -> Joints:
    a1, a2, a3, a4, a5, a6 = values
    return (a1, a2, a3, a4, a5, a6)
