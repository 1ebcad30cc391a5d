# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the closed form finds every solution: against a numerical search that knows the chain only."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from arm_poses import ALL, anywhere, chain_frames, foreign_arm
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.kinematics.wrist import closest_turn

FloatArray = NDArray[np.float64]
SEEDS = 120
STEPS = 40


def search(model: ArmModel, target: FloatArray, seeds: FloatArray) -> list[FloatArray]:
    """Return the different joint positions that damped least squares finds, whole turns aside, limits unseen."""
    joints = seeds
    for _ in range(STEPS):
        frames, lines = chain_frames(model, joints)
        error = difference(frames, target)
        levers = frames[:, np.newaxis, :3, 3] - lines[:, :, 0]
        linear = np.cross(lines[:, :, 1], levers)
        jacobian = np.concatenate([linear, lines[:, :, 1]], axis=2).transpose(0, 2, 1)
        transposed = jacobian.transpose(0, 2, 1)
        size = np.einsum("ni,ni->n", error, error)
        damping = np.minimum(1e-2, size)[:, np.newaxis, np.newaxis] * np.eye(6)
        step = np.linalg.solve(transposed @ jacobian + damping, transposed @ error[:, :, np.newaxis])[:, :, 0]
        joints = joints + step * np.minimum(1.0, 0.6 / np.maximum(np.abs(step).max(axis=1), 1e-12))[:, np.newaxis]
    reached = np.abs(difference(chain_frames(model, joints)[0], target)).max(axis=1) < 1e-9
    found: list[FloatArray] = []
    for solution in joints[reached]:
        if all(apart(solution, other) > 1e-4 for other in found):
            found.append(solution)
    return found


def difference(frames: FloatArray, target: FloatArray) -> FloatArray:
    """Return the twists that lead from frames `(n, 4, 4)` to the target, `(n, 6)`."""
    turn = target[:3, :3] @ frames[:, :3, :3].transpose(0, 2, 1)
    axis = 0.5 * np.stack(
        [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], axis=1
    )
    sine = np.linalg.norm(axis, axis=1)
    angle = np.arctan2(sine, 0.5 * (np.trace(turn, axis1=1, axis2=2) - 1.0))
    scale = np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 1.0)
    return np.concatenate([target[:3, 3] - frames[:, :3, 3], axis * scale[:, np.newaxis]], axis=1)


def apart(a: FloatArray, b: FloatArray) -> float:
    """Return the largest difference [rad] of a joint, whole turns aside."""
    return float(np.abs(np.remainder(a - b + math.pi, math.tau) - math.pi).max())


def allowed(model: ArmModel, joints: FloatArray) -> bool:
    ranges = zip(joints, model.lower, model.upper, strict=True)
    return all(closest_turn(float(joint), low, high) is not None for joint, low, high in ranges)


def regular_pose(model: ArmModel, source: random.Random) -> FloatArray:
    """A pose of the arm, not close to a singularity, where neighbours would be hard to tell apart."""
    while True:
        joints = anywhere(model, source)
        pose = forward(model, joints)
        solutions = inverse(model, pose)
        spread = [apart(np.array(a.joints), np.array(b.joints)) for a in solutions for b in solutions if a is not b]
        if abs(math.sin(joints[4] - model.signs[4] * model.offsets[4])) > 0.05 and min(spread, default=1.0) > 0.05:
            return pose.matrix()


@pytest.mark.parametrize("model", [*ALL, *(foreign_arm(seed) for seed in range(8))], ids=lambda model: model.name)
def test_search_from_many_seeds_finds_the_same_solutions(model: ArmModel) -> None:
    source = random.Random(model.name)
    target = regular_pose(model, source)
    seeds = np.array([[source.uniform(-math.pi, math.pi) for _ in range(6)] for _ in range(SEEDS)])
    found = [joints for joints in search(model, target, seeds) if allowed(model, joints)]
    solutions = [np.array(solution.joints) for solution in inverse(model, Pose.from_matrix(target))]
    for joints in found:
        assert any(apart(joints, solution) < 1e-6 for solution in solutions), f"{joints} is not among the solutions"
    assert len(found) == len(solutions) >= 1
