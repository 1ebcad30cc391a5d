# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Any arm with six joints that turn and a spherical wrist, read from its URDF or xacro file."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import degrees
from pathlib import Path
from typing import Final

import numpy as np

from smart_cell.cell.files import FileRefusedError, read_bytes
from smart_cell.core.errors import Problem
from smart_cell.core.geometry import Pose, angle_between
from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.urdf.arm_fit import ANGLE_TOLERANCE, fit_arm, misfits
from smart_cell.motion.urdf.document import read_urdf
from smart_cell.motion.urdf.safe_xml import MAX_XML
from smart_cell.motion.urdf.urdf_chain import ArmChain, find_arm
from smart_cell.motion.urdf.urdf_limits import arm_limits, limits_file, read_limits

MAX_POSITION_RESIDUAL: Final = 1e-3
"""How far [m] the flange of the arm found may be from that of the file."""
MAX_ANGLE_RESIDUAL: Final = 1e-3
"""[rad]"""
_SAMPLES: Final = 50
_EXACT: Final = 1e-8


@dataclass(frozen=True, slots=True)
class UrdfArm:
    """An arm, and how it was found in a file."""

    model: ArmModel
    base_link: str
    """Link whose frame is the arm's base frame."""
    tip_link: str
    """Link whose frame is the arm's flange frame."""
    joints: tuple[str, ...]
    """Names of the six joints."""
    position_residual: float
    """How far [m] the flange of the model is from that of the file at most, over random joint angles."""
    angle_residual: float
    """[rad]"""
    notes: tuple[str, ...]
    """What was assumed or rounded, in words."""
    contents: Mapping[Path, bytes]
    """Every file that was read."""


_CACHE: Final[dict[tuple[Path, str | None, str | None, Path | None], UrdfArm]] = {}


def read_arm(
    path: Path,
    *,
    base_link: str | None = None,
    tip_link: str | None = None,
    joint_limits: Path | None = None,
) -> UrdfArm:
    """Return the arm that a file describes. As long as no file changes, it is read once.

    Args:
        path: A URDF or xacro file.
        base_link: Link whose frame is the arm's base frame; None finds it, as `find_arm` says.
        tip_link: Link whose frame is the arm's flange frame; None finds it.
        joint_limits: A joint_limits.yaml; None takes the one beside the file, as `limits_file` says, if there is one.

    Raises:
        ArmFileError: The file cannot be read, or there is no arm in it that can be used; it holds every reason.
    """
    joint_limits = joint_limits or limits_file(path)
    key = (path.absolute(), base_link, tip_link, joint_limits)
    kept = _CACHE.get(key)
    if kept is None or not _is_current(kept):
        kept = _CACHE[key] = _read(path, base_link, tip_link, joint_limits)
    return kept


def _is_current(arm: UrdfArm) -> bool:
    try:
        return all(read_bytes(path, MAX_XML) == content for path, content in arm.contents.items())
    except FileRefusedError:
        return False


def _read(path: Path, base_link: str | None, tip_link: str | None, joint_limits: Path | None) -> UrdfArm:
    file = str(path)
    urdf = read_urdf(path)
    chain = find_arm(urdf, base_link, tip_link)
    names = tuple(joint.name for joint in chain.moving)
    lines = {joint.name: joint.line for joint in chain.moving}
    axes, tip = chain.axes_and_tip((0.0,) * JOINT_COUNT)
    reasons = [Problem(file, lines[name], name, "", text, allowed) for name, text, allowed in misfits(axes, names)]
    contents = dict(urdf.contents)
    stated: Mapping[str, Mapping[str, float]] = {}
    try:
        if joint_limits is not None:
            stated, contents[joint_limits] = read_limits(joint_limits)
        limits, notes = arm_limits(file, chain.moving, stated, joint_limits.name if joint_limits else "")
    except ArmFileError as error:
        raise ArmFileError([*reasons, *error.problems]) from error
    if reasons:
        raise ArmFileError(reasons)
    found = fit_arm(axes, tip)
    model = ArmModel(
        name=urdf.name,
        a1=found.a1,
        a2=found.a2,
        b=found.b,
        c1=found.c1,
        c2=found.c2,
        c3=found.c3,
        c4=found.c4,
        signs=found.signs,
        offsets=found.offsets,
        lower=limits.lower,
        upper=limits.upper,
        velocity=limits.velocity,
        acceleration=limits.acceleration,
        jerk=limits.jerk,
        effort=limits.effort,
        payload=0.0,
        base=found.base,
        flange=found.flange,
    )
    position, angle = residuals(model, chain)
    if position > MAX_POSITION_RESIDUAL or angle > MAX_ANGLE_RESIDUAL:
        message = f"the arm found is {position:.1e} m and {angle:.1e} rad away from the file's"
        allowed = f"at most {MAX_POSITION_RESIDUAL:g} m and {MAX_ANGLE_RESIDUAL:g} rad: more digits in the file"
        raise ArmFileError([Problem(file, 0, "", "", message, allowed)])
    notes = [*_tip_note(model, chain.tip_link), *notes]
    if max(position, angle) > _EXACT:
        notes.append(f"rounded in the file: up to {position:.1e} m and {degrees(angle):.1e} deg of the flange")
    return UrdfArm(model, chain.base_link, chain.tip_link, names, position, angle, tuple(notes), contents)


def residuals(model: ArmModel, chain: ArmChain) -> tuple[float, float]:
    """Return how far the flange of a model is from that of a chain at most [m], [rad], over random joint angles."""
    source = random.Random(0)
    position = angle = 0.0
    for _ in range(_SAMPLES):
        joints = [source.uniform(low, high) for low, high in zip(model.lower, model.upper, strict=True)]
        pose = forward(model, joints)
        expected = Pose.from_matrix(chain.axes_and_tip(joints)[1])
        position = max(position, float(np.linalg.norm(np.subtract(pose.xyz, expected.xyz))))
        angle = max(angle, angle_between(pose.quat, expected.quat))
    return position, angle


def _tip_note(model: ArmModel, tip_link: str) -> list[str]:
    """Return a note where the flange frame is not as guns and tools expect it."""
    if model.flange.rotate((0.0, 0.0, 1.0))[2] > 1.0 - ANGLE_TOLERANCE:
        return []
    return [
        f"z of {tip_link} does not point out of the flange along axis 6, as that of tool0 does: place tools in it so"
    ]
