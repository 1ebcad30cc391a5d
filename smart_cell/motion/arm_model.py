# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The six-axis arms that this package knows: geometry, limits and payload.

Every arm is an ortho-parallel arm with a spherical wrist, so seven lengths describe it. Source of the convention:
Brandstoetter, Angerer, Hofbaur, An Analytical Solution of the Inverse Kinematics Problem of Industrial Serial
Manipulators with an Ortho-parallel Basis and a Spherical Wrist, 2014.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from smart_cell.cell.files import is_arm_file
from smart_cell.cell.model import Robot
from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.core.paths import share_dir
from smart_cell.motion.errors import UnknownArmModelError

Joints = tuple[float, float, float, float, float, float]
"""Joint angles [rad] or another value per joint, A1 to A6."""

JOINT_COUNT = 6

HOME: Joints = (0.0, -math.pi / 2, math.pi / 2, 0.0, 0.0, 0.0)
"""Joint angles [rad] that KUKA's arm descriptions call home: upper arm upright, forearm level."""

JERK_TIME = 0.1
"""Time [s] from no to full acceleration that every arm is given. Makers publish no jerk limit; `with_jerk_time` sets
another one."""


@dataclass(frozen=True, slots=True)
class ArmModel:
    """Geometry and limits of one arm; a tuple holds one value per joint, A1 to A6.

    Angles of the geometry follow from joint angles by `q = signs * joint - offsets`.
    """

    name: str
    a1: float
    """Distance from axis 1 to axis 2 [m]."""
    a2: float
    """Offset of axis 4 from axis 3 [m], negative where axis 4 is above axis 3 on a stretched arm."""
    b: float
    """Sideways offset of the arm's plane from axis 1 [m]."""
    c1: float
    """Height of axis 2 above the base [m]."""
    c2: float
    """Distance from axis 2 to axis 3 [m]."""
    c3: float
    """Distance from axis 3 to the wrist centre along axis 4 [m]."""
    c4: float
    """Distance from the wrist centre to the flange [m]."""
    signs: Joints
    offsets: Joints
    """[rad]"""
    lower: Joints
    """Smallest joint angle [rad]."""
    upper: Joints
    """Largest joint angle [rad]."""
    velocity: Joints
    """Largest speed [rad/s]."""
    acceleration: Joints
    """Largest acceleration [rad/s^2] with rated load in the worst pose."""
    jerk: Joints
    """Largest jerk [rad/s^3]; see `JERK_TIME`."""
    effort: Joints
    """Largest torque [N m]; 0 where the source of the data states none."""
    payload: float
    """Rated load at the flange [kg], as the name says; 0 where it is not known."""
    base: Pose = IDENTITY
    """Frame of the geometry above in the arm's base frame: its z is axis 1, its origin lies on it. All KUKA arms have
    the identity here; an arm read from a URDF may not."""
    flange: Pose = IDENTITY
    """The arm's flange frame (tool0) in the flange of the geometry above."""

    @property
    def reach(self) -> float:
        """Distance from axis 1 to the wrist centre of the stretched arm [m], the number in KUKA's names."""
        return self.a1 + self.c2 + math.hypot(self.a2, self.c3)

    def with_jerk_time(self, jerk_time: float) -> ArmModel:
        """Return the same arm with jerk limits that reach full acceleration in `jerk_time` [s]."""
        return replace(self, jerk=_six(value / jerk_time for value in self.acceleration))


def arm_models() -> Mapping[str, ArmModel]:
    """Return all arms of the arm data by name."""
    return _load()


def arm_model(name: str, *, base_link: str | None = None, tip_link: str | None = None) -> ArmModel:
    """Return an arm.

    Args:
        name: Its name in the arm data, such as `kr210_r2700_2`, or the path of a URDF or xacro file.
        base_link: Link of the file whose frame is the arm's base frame; None finds it.
        tip_link: Link of the file whose frame is the arm's flange frame; None finds it.

    Raises:
        UnknownArmModelError: The arm data has no such arm.
        ArmFileError: The file cannot be read, or there is no arm in it that can be used; it holds every reason.
    """
    if is_arm_file(name):
        # not at the top: what reads files builds on this module, and most cells do not need it
        from smart_cell.motion.urdf.urdf_arm import read_arm

        return read_arm(Path(name), base_link=base_link, tip_link=tip_link).model
    models = _load()
    try:
        return models[name]
    except KeyError:
        longer = [known for known in sorted(models) if name and known.startswith(name)]
        closest = longer[:3] or difflib.get_close_matches(name, models, n=3, cutoff=0.5)
        raise UnknownArmModelError(name, tuple(closest)) from None


def robot_model(robot: Robot) -> ArmModel:
    """Return the arm of a cell's robot, with the jerk limits that the cell file gives it.

    Raises:
        UnknownArmModelError: The arm data has no such arm.
        ArmFileError: The arm cannot be read from its file.
    """
    model = arm_model(robot.model, base_link=robot.base_link, tip_link=robot.tip_link)
    return model if robot.jerk_time is None else _with_jerk_time(model, robot.jerk_time)


@lru_cache
def _with_jerk_time(model: ArmModel, jerk_time: float) -> ArmModel:
    return model.with_jerk_time(jerk_time)


@lru_cache(maxsize=1)
def _load() -> Mapping[str, ArmModel]:
    path = share_dir() / "config" / "kuka_arms.json"
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["arms"]
    models = [_from_entry(entry) for entry in entries]
    return MappingProxyType({model.name: model for model in models})


def _from_entry(entry: Mapping[str, Any]) -> ArmModel:
    name = str(entry["name"])
    acceleration = _radians(entry["acceleration_deg_per_s2"])
    payload = re.search(r"\d+", name)
    if payload is None:
        raise ValueError(f"arm '{name}' has no payload number in its name")
    return ArmModel(
        name=name,
        a1=entry["a1_mm"] / 1000.0,
        a2=entry["a2_mm"] / 1000.0,
        b=entry["b_mm"] / 1000.0,
        c1=entry["c1_mm"] / 1000.0,
        c2=entry["c2_mm"] / 1000.0,
        c3=entry["c3_mm"] / 1000.0,
        c4=entry["c4_mm"] / 1000.0,
        signs=_six(entry["signs"]),
        offsets=_radians(entry["offsets_deg"]),
        lower=_radians(entry["lower_deg"]),
        upper=_radians(entry["upper_deg"]),
        velocity=_radians(entry["velocity_deg_per_s"]),
        acceleration=acceleration,
        jerk=_six(value / JERK_TIME for value in acceleration),
        effort=_six(entry["effort"]),
        payload=float(payload.group()),
    )


def _radians(values: Iterable[float]) -> Joints:
    return _six(math.radians(value) for value in values)


def _six(values: Iterable[float]) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in values)
    return (a1, a2, a3, a4, a5, a6)
