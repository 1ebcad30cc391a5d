# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Arms, joint positions and comparisons that the tests of the kinematics share."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose, angle_between
from smart_cell.motion.arm_model import ArmModel, Joints, arm_model, arm_models

ALL = list(arm_models().values())
KR210 = arm_model("kr210_r2700_2")


def six(values: Iterable[float]) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in values)
    return (a1, a2, a3, a4, a5, a6)


def joints_at(model: ArmModel, shares: Sequence[float]) -> Joints:
    """The position at these shares of each joint's range."""
    ranges = zip(model.lower, model.upper, shares, strict=True)
    return six(low + share * (high - low) for low, high, share in ranges)


def anywhere(model: ArmModel, source: random.Random) -> Joints:
    """A position within the limits."""
    return joints_at(model, [source.random() for _ in range(6)])


def pose_error(a: Pose, b: Pose) -> float:
    """The larger one of the distance [m] and the angle [rad] between two poses."""
    return max(math.dist(a.xyz, b.xyz), angle_between(a.quat, b.quat))


def turned_apart(a: Sequence[float], b: Sequence[float]) -> float:
    """The largest difference [rad] of a joint, whole turns aside."""
    return max(abs(math.remainder(p - q, math.tau)) for p, q in zip(a, b, strict=True))


def random_pose(source: random.Random, size: float) -> Pose:
    place = [source.uniform(-size, size) for _ in range(3)]
    return Pose.from_rpy(place, [source.uniform(-math.pi, math.pi) for _ in range(3)])


def foreign_arm(seed: int) -> ArmModel:
    """An arm of another maker: any signs, offsets, limits, a sideways offset, a base and a flange of its own."""
    source = random.Random(seed)
    lower = [source.uniform(-6.5, -1.0) for _ in range(6)]
    return replace(
        KR210,
        name=f"foreign_{seed}",
        a1=source.choice((0.0, 0.3, source.uniform(0.0, 0.8))),
        a2=source.choice((0.0, source.uniform(-0.3, 0.3))),
        b=source.choice((0.0, source.uniform(-0.3, 0.3))),
        c1=source.uniform(0.0, 0.8),
        c2=source.uniform(0.3, 1.5),
        c3=source.uniform(0.3, 1.5) * source.choice((1.0, 1.0, -1.0)),
        c4=source.uniform(0.0, 0.4),
        signs=six(source.choice((-1.0, 1.0)) for _ in range(6)),
        offsets=six(source.choice((0.0, math.pi / 2, -math.pi / 2, math.pi, source.uniform(-4, 4))) for _ in range(6)),
        lower=six(lower),
        upper=six(low + source.uniform(2.0, 13.0) for low in lower),
        base=random_pose(source, 1.0),
        flange=random_pose(source, 0.3),
    )


shares = st.tuples(*[st.floats(0.0, 1.0)] * 6)
kuka_arms = st.sampled_from(ALL)
foreign_arms = st.integers(0, 10_000).map(foreign_arm)
arms = st.one_of(kuka_arms, foreign_arms)


def chain_frames(model: ArmModel, joints: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Multiply out an arm's chain for positions `(n, 6)` [rad], turn by turn, without what the package computes with.

    Returns:
        The flange in the arm's base frame, `(n, 4, 4)`, and the line that each joint turns about in its positive
        direction, `(n, 6, 2, 3)`: a point and a direction.
    """
    angles = joints * model.signs - np.array(model.offsets)
    steps = (
        ((0.0, 0.0, model.c1), "z"),
        ((model.a1, model.b, 0.0), "y"),
        ((0.0, 0.0, model.c2), "y"),
        ((model.a2, 0.0, model.c3), "z"),
        ((0.0, 0.0, 0.0), "y"),
        ((0.0, 0.0, 0.0), "z"),
    )
    frame = np.broadcast_to(model.base.matrix(), (len(joints), 4, 4))
    lines = np.empty((len(joints), 6, 2, 3))
    for number, ((x, y, z), axis) in enumerate(steps):
        cosine, sine = np.cos(angles[:, number]), np.sin(angles[:, number])
        step = np.tile(np.eye(4), (len(joints), 1, 1))
        step[:, :3, 3] = (x, y, z)
        first, second = (0, 1) if axis == "z" else (2, 0)
        step[:, first, first] = step[:, second, second] = cosine
        step[:, first, second], step[:, second, first] = -sine, sine
        frame = frame @ step
        lines[:, number, 0] = frame[:, :3, 3]
        lines[:, number, 1] = model.signs[number] * frame[:, :3, 2 if axis == "z" else 1]
    return frame @ Pose((0.0, 0.0, model.c4)).matrix() @ model.flange.matrix(), lines
