# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Looks at every trajectory between its points as well as at them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.kinematics.batch import forward_many
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]
PER_INTERVAL = 8
ROUNDING = 1.0 + 1e-6
POSITION_ROUNDING = 1e-14
"""What inverse kinematics rounds joint angles by [rad]."""


def dense_times(trajectory: Trajectory, per_interval: int = PER_INTERVAL) -> FloatArray:
    """Return the times of the points and `per_interval - 1` between each two of them."""
    if len(trajectory.times) == 1:
        return trajectory.times
    shares = np.arange(per_interval) / per_interval
    steps = np.diff(trajectory.times)
    inner = (trajectory.times[:-1, np.newaxis] + np.outer(steps, shares)).ravel()
    return np.append(inner, trajectory.times[-1])


def tool_points(model: ArmModel, joints: FloatArray, tool: Pose = IDENTITY) -> FloatArray:
    """Return the tool points [m] at joint angles, shape (n, 3)."""
    positions, rotations = forward_many(model, joints)
    points: FloatArray = positions + rotations @ np.array(tool.xyz)
    return points


def speed_of(points: FloatArray, times: FloatArray) -> FloatArray:
    """Return the speed [m/s] between points."""
    speed: FloatArray = np.linalg.norm(np.diff(points, axis=0), axis=1) / np.diff(times)
    return speed


def assert_keeps_limits(model: ArmModel, trajectory: Trajectory, override: float = 1.0) -> None:
    """Look at position, velocity, acceleration and jerk of every joint eight times between two points."""
    times = dense_times(trajectory)
    state = trajectory.sample_many(times)
    assert (state.position >= np.array(model.lower) - 1e-8).all()
    assert (state.position <= np.array(model.upper) + 1e-8).all()
    for values, limit in (
        (np.abs(state.velocity), np.array(model.velocity) * override),
        (np.abs(state.acceleration), np.array(model.acceleration) * override**2),
        (jerks(trajectory), np.array(model.jerk) * override**3),
    ):
        worst = (values / limit).max(axis=0, initial=0.0)
        assert (worst <= ROUNDING).all(), worst


def jerks(trajectory: Trajectory) -> FloatArray:
    """Return the absolute jerk [rad/s^3] of the splines between the points, several times in each.

    What rounding of the positions may add, which counts between points that are close together, is taken off.
    """
    if len(trajectory.times) == 1:
        return np.zeros((1, trajectory.positions.shape[1]))
    steps = np.diff(trajectory.times)[:, np.newaxis]
    way = np.diff(trajectory.positions, axis=0)
    v0, v1 = trajectory.velocities[:-1], trajectory.velocities[1:]
    a0, a1 = trajectory.accelerations[:-1], trajectory.accelerations[1:]
    # third derivative of the quintic Hermite spline at the share x of its length
    c3 = (10.0 * way - (6.0 * v0 + 4.0 * v1) * steps - (1.5 * a0 - 0.5 * a1) * steps**2) / steps**3
    c4 = (-15.0 * way + (8.0 * v0 + 7.0 * v1) * steps + (1.5 * a0 - a1) * steps**2) / steps**3
    c5 = (6.0 * way - 3.0 * (v0 + v1) * steps - 0.5 * (a0 - a1) * steps**2) / steps**3
    rounding = 60.0 * POSITION_ROUNDING / steps**3
    shares = np.linspace(0.0, 1.0, PER_INTERVAL + 1)
    third: FloatArray = np.concatenate([np.abs(6.0 * c3 + 24.0 * c4 * x + 60.0 * c5 * x**2) - rounding for x in shares])
    return third


def line_deviation(points: FloatArray, start: FloatArray, end: FloatArray) -> float:
    """Return the largest distance [m] of points from the straight line through two others."""
    along = (end - start) / np.linalg.norm(end - start)
    offset = points - start
    return float(np.linalg.norm(offset - np.outer(offset @ along, along), axis=1).max())


def joints_within(model: ArmModel, shares: tuple[float, ...]) -> Joints:
    """Return joint angles at `shares` (0 to 1) of the way from the lower to the upper limits."""
    a1, a2, a3, a4, a5, a6 = (
        low + share * (high - low) for low, high, share in zip(model.lower, model.upper, shares, strict=True)
    )
    return (a1, a2, a3, a4, a5, a6)
