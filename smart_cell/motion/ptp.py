# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Synchronous point-to-point moves: all joints start and stop together, on a straight line in joint space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.limits import within_limits
from smart_cell.motion.profile import MIN_SEGMENT, SCurve, rest_to_rest
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]

NO_MOVE = 1e-9
"""Moves shorter than this [rad] in every joint are none."""
BLEND = 0.1
"""How far from a via point [rad] the next move may begin; see `plan_via`."""

_MIN_GAP = 1e-5
_BISECTIONS = 6
_NEAR_BISECTIONS = 12
_ROUNDING = 1e-6


def ptp_time(model: ArmModel, start: Sequence[float], end: Sequence[float], override: float = 1.0) -> float:
    """Return how long [s] a point-to-point move takes; limits of position are not looked at.

    Args:
        model: The arm.
        start: Joint angles [rad] at which the move starts from rest.
        end: Joint angles [rad] at which it comes to rest.
        override: Share of full speed, above 0 and up to 1.
    """
    limits = _path_limits(model, start, end)
    return 0.0 if limits is None else rest_to_rest(*_overridden(limits, override)).duration


def plan_ptp(
    model: ArmModel,
    start: Sequence[float],
    end: Sequence[float],
    *,
    override: float = 1.0,
    period: float | None = None,
) -> Trajectory:
    """Return the fastest synchronous jerk-limited move from rest to rest.

    The joint that needs the longest sets the pace. The points are the few at which the jerk changes; the splines
    between them are the move itself, so that more points would only make the message longer.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        start: Joint angles [rad].
        end: Joint angles [rad].
        override: Share of full speed, above 0 and up to 1; the move takes 1 / override as long.
        period: If given, there are further points at multiples of this time [s].

    Returns:
        A trajectory from time 0; a single point where start and end are the same.

    Raises:
        MotionError: A joint is outside its limits, or `override` is outside its range.
    """
    _check(model, (start, end), override)
    limits = _path_limits(model, start, end)
    if limits is None:
        zero = np.zeros((1, len(start)))
        return Trajectory(np.zeros(1), np.array([end], dtype=float), zero, zero.copy())
    profile = rest_to_rest(*_overridden(limits, override))
    times = _with_period(profile.knots(), period)
    origin = np.asarray(start, dtype=float)
    way = np.asarray(end, dtype=float) - origin
    s, ds, dds = (column[:, np.newaxis] for column in profile.sample(times))
    positions = origin + s * way
    positions[-1] = end
    return _at_rest(times, positions, ds * way, dds * way)


def plan_via(
    model: ArmModel,
    points: Sequence[Sequence[float]],
    *,
    override: float = 1.0,
    period: float | None = None,
    blend: float = BLEND,
) -> Trajectory:
    """Return a move through via points that does not stop at them.

    Each stretch between two points is a point-to-point move; the next one starts while the one before it still brakes,
    as early as velocity and acceleration of the sum stay within the limits. The arm thus cuts the corner: it leaves
    the straight line at most `blend` before the via point and is back on the next line at most `blend` behind it, in
    every joint. In between it stays in the box of joint space that these two points span with the via point. The jerk
    of two moves may add up there; every other limit is kept.

    Args:
        model: The arm.
        points: Joint angles [rad]: the start, the via points, the end.
        override: Share of full speed, above 0 and up to 1.
        period: If given, there are further points at multiples of this time [s].
        blend: Size of the corner [rad]; 0 stops at each via point.

    Returns:
        A trajectory from time 0, at rest at both ends.

    Raises:
        MotionError: There are fewer than two points, a joint is outside its limits, or `override` is out of range.
    """
    if len(points) < 2:
        raise MotionError(f"a move through via points needs at least a start and an end, got {len(points)} points")
    _check(model, points, override)
    legs: list[_Leg] = []
    for start, end in itertools.pairwise(points):
        limits = _path_limits(model, start, end)
        if limits is None:
            continue
        profile = rest_to_rest(*_overridden(limits, override))
        way = np.asarray(end, dtype=float) - np.asarray(start, dtype=float)
        begin = 0.0
        if legs:
            before = legs[-1]
            begin = before.begin + before.profile.duration - _overlap(model, before, profile, way, override, blend)
        legs.append(_Leg(profile, way, begin))
    if not legs:
        return plan_ptp(model, points[0], points[-1])
    knots = np.sort(np.concatenate([leg.begin + leg.profile.knots() for leg in legs]))
    # Knots of two legs may fall together, but the splines need some way between them; the last one must stay.
    keep = np.append(np.diff(knots) >= _MIN_GAP, True)
    times = _with_period(knots[keep] - knots[0], period)
    return _sum(legs, np.asarray(points[0], dtype=float), times)


@dataclass(frozen=True, slots=True)
class _Leg:
    """A point-to-point move as a part of a longer one."""

    profile: SCurve
    way: FloatArray
    """Change of the joint angles [rad]."""
    begin: float
    """When it starts [s]."""


def _sum(legs: Sequence[_Leg], origin: FloatArray, times: FloatArray) -> Trajectory:
    """Return the trajectory of all legs together, with points at `times`."""
    positions = np.tile(origin, (len(times), 1))
    velocities = np.zeros_like(positions)
    accelerations = np.zeros_like(positions)
    for leg in legs:
        s, ds, dds = leg.profile.sample(times - leg.begin)
        positions += np.outer(s, leg.way)
        velocities += np.outer(ds, leg.way)
        accelerations += np.outer(dds, leg.way)
    return _at_rest(times, positions, velocities, accelerations)


def _overlap(model: ArmModel, before: _Leg, profile: SCurve, way: FloatArray, override: float, blend: float) -> float:
    """Return for how long [s] a leg may run while the one before it ends."""
    duration = before.profile.duration
    # Half of each leg at most, so that never more than two legs run at a time.
    high = min(0.5 * duration, 0.5 * profile.duration)
    first = _Leg(before.profile, before.way, 0.0)

    longest_before, longest = float(np.abs(before.way).max()), float(np.abs(way).max())

    def is_near(overlap: float) -> bool:
        # both profiles are mirrored in time, so that what is left at the end is what is done at the start
        left = before.profile.position(overlap) * longest_before
        return max(left, profile.position(overlap) * longest) <= blend

    def is_within(overlap: float) -> bool:
        second = _Leg(profile, way, duration - overlap)
        knots = np.concatenate([first.profile.knots(), second.begin + profile.knots()])
        return _within(model, [first, second], knots[(knots >= second.begin) & (knots <= duration)], override)

    # the corner first: it costs next to nothing to test and mostly decides
    high = _largest(is_near, high, _NEAR_BISECTIONS)
    return _largest(is_within, high, _BISECTIONS)


def _largest(is_allowed: Callable[[float], bool], high: float, bisections: int) -> float:
    """Return about the largest value up to `high` that is allowed; everything below an allowed value is."""
    if is_allowed(high):
        return high
    low = 0.0
    for _ in range(bisections):
        middle = 0.5 * (low + high)
        if is_allowed(middle):
            low = middle
        else:
            high = middle
    return low


def _within(model: ArmModel, legs: Sequence[_Leg], knots: FloatArray, override: float) -> bool:
    """Tell whether the sum of legs keeps velocity and acceleration between the first and the last knot.

    The acceleration is linear between knots, so that it is largest at one; the velocity is largest at a knot or where
    the acceleration crosses zero.
    """
    times = np.unique(knots)
    velocities = np.zeros((len(times), len(legs[0].way)))
    accelerations = np.zeros_like(velocities)
    for leg in legs:
        _, ds, dds = leg.profile.sample(times - leg.begin)
        velocities += np.outer(ds, leg.way)
        accelerations += np.outer(dds, leg.way)
    a0, a1 = accelerations[:-1], accelerations[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.where(a0 * a1 < 0.0, a0 / (a0 - a1), 0.0) * np.diff(times)[:, np.newaxis]
    peaks = np.abs(velocities[:-1] + 0.5 * a0 * crossing)
    fastest = np.maximum(np.abs(velocities).max(axis=0), peaks.max(axis=0, initial=0.0))
    strongest = np.abs(accelerations).max(axis=0)
    scale = 1.0 + _ROUNDING
    return bool(
        (fastest <= np.array(model.velocity) * override * scale).all()
        and (strongest <= np.array(model.acceleration) * override**2 * scale).all()
    )


def _at_rest(times: FloatArray, positions: FloatArray, velocities: FloatArray, accelerations: FloatArray) -> Trajectory:
    """Return the trajectory, at rest at both ends to the last bit: controllers refuse a goal that ends in motion."""
    velocities[[0, -1]] = 0.0
    accelerations[[0, -1]] = 0.0
    return Trajectory(times, positions, velocities, accelerations)


def _check(model: ArmModel, points: Sequence[Sequence[float]], override: float) -> None:
    if not 0.0 < override <= 1.0:
        raise MotionError(f"override {override} is out of range, must be above 0 and at most 1")
    for number, point in enumerate(points):
        problem = within_limits(model, point)
        if problem is not None:
            where = "start" if number == 0 else "end" if number == len(points) - 1 else f"via point {number}"
            raise MotionError(f"{where} of the move is out of reach of {model.name}: {problem}")


def _path_limits(model: ArmModel, start: Sequence[float], end: Sequence[float]) -> tuple[float, float, float] | None:
    """Return velocity, acceleration and jerk of the path parameter from 0 to 1; None if nothing moves."""
    velocity = acceleration = jerk = math.inf
    longest = 0.0
    for first, last, v, a, j in zip(start, end, model.velocity, model.acceleration, model.jerk, strict=True):
        way = abs(last - first)
        if way > longest:
            longest = way
        if way > 0.0:
            velocity = min(velocity, v / way)
            acceleration = min(acceleration, a / way)
            jerk = min(jerk, j / way)
    return None if longest < NO_MOVE else (velocity, acceleration, jerk)


def _overridden(limits: tuple[float, float, float], override: float) -> tuple[float, float, float]:
    velocity, acceleration, jerk = limits
    return velocity * override, acceleration * override**2, jerk * override**3


def _with_period(knots: FloatArray, period: float | None) -> FloatArray:
    if period is None:
        return knots
    regular = np.arange(period, float(knots[-1]), period)
    apart = np.abs(regular[:, np.newaxis] - knots).min(axis=1, initial=math.inf) >= MIN_SEGMENT
    return np.sort(np.concatenate([knots, regular[apart]]))
