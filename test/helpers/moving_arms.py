# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Robots that move somehow, for tests of clearance and swept volumes."""

from __future__ import annotations

import math

import numpy as np

from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import Capsule, OrientedBox, Shape
from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.collision.clearance import MovingRobot
from smart_cell.motion.collision.shapes import RobotShapes, arm_shapes
from smart_cell.motion.trajectory import Trajectory

GUN: tuple[Shape, ...] = (
    OrientedBox("transformer", Pose((0.0, 0.0, 0.1)), (0.3, 0.3, 0.2)),
    Capsule("yoke", (0.0, 0.0, 0.15), (0.2, 0.0, 0.6), 0.035),
    Capsule("electrode", (0.2, 0.0, 0.6), (0.1, 0.0, 0.6), 0.012),
)

OBSTACLES: tuple[Shape, ...] = (
    OrientedBox("fixture frame", Pose.from_rpy((0.5, 0.3, 0.4), (0.0, 0.0, 0.4)), (2.0, 0.3, 0.5)),
    OrientedBox("body roof", Pose.from_rpy((0.2, -0.4, 1.6), (0.1, 0.2, 0.0)), (1.5, 1.0, 0.1)),
    Capsule("fixture post", (1.4, -0.3, 0.0), (1.5, -0.2, 1.2), 0.05),
)


def course(seed: int, points: int = 4, step: float = 0.5, speed: float = 0.8) -> Trajectory:
    """Return a smooth motion through random joint positions, which keeps no limits."""
    source = np.random.default_rng(seed)
    middle = np.array([0.0, -1.6, 1.6, 0.0, 0.6, 0.0])
    positions = middle + source.uniform(-0.9, 0.9, (points, 6))
    velocities = source.uniform(-speed, speed, (points, 6))
    velocities[[0, -1]] = 0.0
    accelerations = source.uniform(-1.0, 1.0, (points, 6))
    accelerations[[0, -1]] = 0.0
    times = step * np.arange(points)
    return Trajectory.from_points(times.tolist(), positions, velocities.tolist(), accelerations.tolist())


def robot(name: str, place: tuple[float, float], facing: float, gun: tuple[Shape, ...] = GUN) -> RobotShapes:
    """Return a KR 210 that stands at a place and faces a direction [rad]."""
    model = arm_model("kr210_r2700_2")
    base = Pose((*place, 0.0), (math.cos(0.5 * facing), 0.0, 0.0, math.sin(0.5 * facing)))
    return RobotShapes(name, model, base, arm_shapes(model), gun)


def four_robots(seed: int) -> list[MovingRobot]:
    """Return two robots on each side of a line, close enough to meet."""
    places = (("r1", (-0.9, -2.0), 0.5), ("r2", (0.9, -2.0), 0.5), ("r3", (-0.9, 2.0), -0.5), ("r4", (0.9, 2.0), -0.5))
    return [
        MovingRobot(robot(name, place, math.pi * facing), course(seed + number))
        for number, (name, place, facing) in enumerate(places)
    ]
