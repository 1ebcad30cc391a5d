# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Synchronous point-to-point moves (KUKA: synchronous PTP): all joints start together and stop together.

How the joints share the time of a move: see `smart_cell.motion.moves.synchronous`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.jacobian import jacobian_many
from smart_cell.motion.limits import within_limits
from smart_cell.motion.moves.synchronous import NO_MOVE, merged, slowdown, synchronous_move
from smart_cell.motion.pacing.course import trajectory_of
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]

_LOOKS = 500
_BETWEEN_LOOKS = 1.0005
"""What the speed of a point of the arm may be higher between two looks than at them."""


def ptp_time(model: ArmModel, start: Sequence[float], end: Sequence[float], override: float = 1.0) -> float:
    """Return how long [s] a point-to-point move takes; limits of position are not looked at.

    Args:
        model: The arm.
        start: Joint angles [rad] at which the move starts from rest.
        end: Joint angles [rad] at which it comes to rest.
        override: Share of full speed, above 0 and up to 1.
    """
    longest = 0.0
    for first, last, v, a, j in zip(start, end, model.velocity, model.acceleration, model.jerk, strict=True):
        way = abs(last - first)
        if way >= NO_MOVE:
            longest = max(longest, _time(way, v, a, j))
    return longest / override


def ptp_times(model: ArmModel, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the times [s] of all moves from rest at one joint position to rest at another.

    Args:
        model: The arm.
        starts: Joint angles [rad], shape (n, 6).
        ends: Joint angles [rad], shape (m, 6).

    Returns:
        Shape (n, m).

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> model, places = arm_model("kr210_r2700_2"), np.array([HOME, (1.0, *HOME[1:])])
        >>> ptp_times(model, places, places).round(3).tolist()
        [[0.0, 1.521], [1.521, 0.0]]
    """
    return _times(model, (np.abs(a[:, np.newaxis] - b) for a, b in zip(starts.T, ends.T, strict=True)))


def ptp_times_paired(model: ArmModel, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the time [s] of the move from each start to the end in the same row, shapes (n, 6) and (n,)."""
    return _times(model, (np.abs(a - b) for a, b in zip(starts.T, ends.T, strict=True)))


def plan_ptp(
    model: ArmModel,
    start: Sequence[float],
    end: Sequence[float],
    *,
    override: float = 1.0,
    period: float | None = None,
    tool: Pose | None = None,
    tool_speed: float | None = None,
) -> Trajectory:
    """Return the fastest synchronous jerk-limited move from rest to rest.

    The points are the few at which the jerk of a joint changes; the splines between them are the move itself, so that
    more points would only make the message longer.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        start: Joint angles [rad].
        end: Joint angles [rad].
        override: Share of full speed, above 0 and up to 1; the move takes 1 / override as long.
        period: If given, there are further points at multiples of this time [s].
        tool: Pose of the tool in the flange frame, for `tool_speed`.
        tool_speed: Limit [m/s] of the speed of the tool point and of the flange, such as `T1_SPEED`. The whole move is
            slowed down to keep it, so that the path stays.

    Returns:
        A trajectory from time 0; a single point where start and end are the same.

    Raises:
        MotionError: A joint is outside its limits, or `override` or `tool_speed` is outside its range.
    """
    check_points(model, (start, end), override)
    if tool_speed is not None and not tool_speed > 0.0:
        raise MotionError(f"tool speed {tool_speed} m/s is out of range, must be above 0")
    move = synchronous_move(model, start, end)
    if move is None:
        zero = np.zeros((1, len(start)))
        return Trajectory(np.zeros(1), np.array([end], dtype=float), zero, zero.copy())
    at = move.knots()
    factor = 1.0
    if len(move.shapes) > 1 or tool_speed is not None:
        trajectory = trajectory_of(move, at, 1.0, end)
        # Where a knot was too close to another one to be kept, a spline may overshoot.
        factor = slowdown(model, trajectory)
        if tool_speed is not None:
            factor = max(factor, _point_speed(model, trajectory, tool) / tool_speed)
    factor /= override
    if period is not None:
        at = merged(at, np.arange(period / factor, move.duration, period / factor, dtype=np.float64))
    return trajectory_of(move, at, 1.0 / factor, end)


def check_points(model: ArmModel, points: Sequence[Sequence[float]], override: float) -> None:
    """Refuse what no move can be planned with.

    Raises:
        MotionError: A point is outside the joint limits, or `override` is out of range.
    """
    if not 0.0 < override <= 1.0:
        raise MotionError(f"override {override} is out of range, must be above 0 and at most 1")
    for number, point in enumerate(points):
        problem = within_limits(model, point)
        if problem is not None:
            where = "start" if number == 0 else "end" if number == len(points) - 1 else f"via point {number}"
            raise MotionError(f"{where} of the move is out of reach of {model.name}: {problem}")


def _time(way: float, velocity: float, acceleration: float, jerk: float) -> float:
    """Return the least time [s] of one joint from rest to rest: see `smart_cell.motion.moves.profile`."""
    ramp = acceleration / jerk
    if velocity <= acceleration * ramp:
        # Full acceleration is never reached.
        ramp = math.sqrt(velocity / jerk)
        if way >= 2.0 * velocity * ramp:
            return way / velocity + 2.0 * ramp
        return 4.0 * math.pow(0.5 * way / jerk, 1.0 / 3.0)
    if way < 2.0 * acceleration * ramp * ramp:
        return 4.0 * math.pow(0.5 * way / jerk, 1.0 / 3.0)
    if way > velocity * (velocity / acceleration + ramp):
        return way / velocity + velocity / acceleration + ramp
    return ramp + math.sqrt(ramp * ramp + 4.0 * way / acceleration)


def _times(model: ArmModel, ways: Iterable[FloatArray]) -> FloatArray:
    """Return the times [s] of synchronous moves from the ways [rad] of each joint: `_time` for arrays."""
    longest: FloatArray | None = None
    for way, velocity, acceleration, jerk in zip(ways, model.velocity, model.acceleration, model.jerk, strict=True):
        ramp = acceleration / jerk
        if velocity <= acceleration * ramp:
            rise = 2.0 * math.sqrt(velocity / jerk)
            times = way / velocity + rise
            short = way < velocity * rise
        else:
            times = ramp + np.sqrt(ramp * ramp + (4.0 / acceleration) * way)
            rise = velocity / acceleration + ramp
            long = way > velocity * rise
            times[long] = way[long] / velocity + rise
            short = way < 2.0 * acceleration * ramp * ramp
        times[short] = 4.0 * np.cbrt(0.5 / jerk * np.where(way[short] < NO_MOVE, 0.0, way[short]))
        longest = times if longest is None else np.maximum(longest, times, out=longest)
    assert longest is not None, "an arm has joints"
    return longest


def _point_speed(model: ArmModel, move: Trajectory, tool: Pose | None) -> float:
    """Return the largest speed [m/s] of the flange and of the tool point."""
    state = move.sample_many(np.linspace(0.0, move.duration, _LOOKS))
    rates = state.velocity[:, :, np.newaxis]
    fastest = 0.0
    for point in {None, tool}:
        speeds = np.linalg.norm((jacobian_many(model, state.position, point)[:, :3] @ rates)[:, :, 0], axis=1)
        fastest = max(fastest, float(speeds.max()))
    return _BETWEEN_LOOKS * fastest
