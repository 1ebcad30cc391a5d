# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Slows a motion down just where it would break a limit; its path stays.

A course says how a motion would run if the joints had no limits: angles over nominal time. Where a limit is broken it
gets a pace (see `smart_cell.motion.pacing.fastest_pace`) that is nowhere faster than the nominal one. By what the
splines between the points of the result still exceed a limit, mostly a few per mille, the whole motion is slowed down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.profile import MIN_SEGMENT
from smart_cell.motion.pacing.course import Course, PacedCourse, run_again, trajectory_of
from smart_cell.motion.pacing.demand import Allowed, Look
from smart_cell.motion.pacing.fastest_pace import fastest_pace
from smart_cell.motion.pacing.stretch import CELL, cells_of, longest_of, look_closely, refusal
from smart_cell.motion.trajectory import Trajectory

__all__ = ["PERIOD", "Course", "retime"]

FloatArray = NDArray[np.float64]

PERIOD = 0.025
"""Usual time between the points of a motion [s]: few enough for a message, close enough for splines."""

_AT_ONCE = 1.004
"""If slowing the whole course by this is enough, nothing else is tried."""
_MARGIN = 1e-4
_ROUNDING = 4e-6
_ATTEMPTS = 4
_MUCH_SLOWER = 0.6
_MUCH = 1.03
_CLOSER = 4
_ROUNDS = 5
_CLOSE = 0.1


def retime(
    course: Course,
    model: ArmModel,
    *,
    override: float = 1.0,
    tool: Pose | None = None,
    tool_limits: CartesianLimits | None = None,
    tool_speed: float | None = None,
    period: float = PERIOD,
    knots: Sequence[float] | FloatArray = (),
) -> Trajectory:
    """Return a course as a trajectory that keeps all limits, as fast as it can but nowhere faster than the course.

    Args:
        course: From rest to rest. It says the path and the largest speed at each place of it.
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        override: Share of full speed, above 0 and up to 1; the motion takes 1 / override as long.
        tool: Pose of the tool in the flange frame; None for the flange itself.
        tool_limits: Further limits of the tool's motion.
        tool_speed: Further limit [m/s] of the speed of the tool point and of the flange, such as `T1_SPEED`.
        period: Time between the points [s].
        knots: Times of the course [s] at which its jerk jumps. They become points of the trajectory, since a spline
            across a jump overshoots.

    Returns:
        A trajectory from time 0, at rest at both ends, with points at multiples of the period. Where there are `knots`,
        these are points, too, and the others may be some per mille farther apart.

    Raises:
        MotionError: The course leaves the joint limits, or is not smooth enough to be run at any speed, as in a
            singularity; the text says where. Or an argument is out of range.
    """
    _check(course, override, tool_speed, period)
    if course.duration == 0.0:
        zero = np.zeros((1, len(model.lower)))
        return Trajectory(np.zeros(1), course.sample_many([0.0]).position, zero, zero.copy())
    allowed = Allowed(model, tool, tool_limits, tool_speed)
    corners = _apart(np.sort(np.asarray(knots, dtype=float)), MIN_SEGMENT)
    end = course.sample_many([course.duration]).position[0]
    paced = PacedCourse(course)
    step = period * override
    slower, look = 1.0, None
    if step <= CELL and not allowed.limits_tool:
        # Points as close as this tell all that a look would.
        at = _places(paced, step, 1.0, corners)
        trajectory = trajectory_of(paced, at, 1.0, end)
        slower = allowed.excess(trajectory)
        if slower == 1.0:
            return trajectory if override == 1.0 else trajectory_of(paced, at, override, end)
    if slower > _AT_ONCE or step > CELL or allowed.limits_tool:
        look = allowed.look_at(paced, cells_of(paced), corners)
        slower = max(1.0 / float(look.bounds.min()), 1.0)
        if slower > _AT_ONCE:
            paced, slower = _slowed(*look_closely(paced, look, allowed, corners), allowed, corners)
            if not paced.duration * slower <= longest_of(course.duration):
                raise refusal(look, allowed)
    for _ in range(_ROUNDS):
        at = _places(paced, step, slower, corners)
        state = paced.sample_many(at)
        trajectory = run_again(at, state, 1.0 / slower, end)
        excess = allowed.excess(trajectory)
        if excess == 1.0:
            break
        slower *= excess * (1.0 + _ROUNDING)
        if len(corners):
            break
        # Points at multiples of the period come to lie elsewhere on the path.
        slower *= 1.0 + _MARGIN
    if look is not None and paced.duration * slower > longest_of(course.duration):
        raise refusal(look, allowed)
    return trajectory if excess == override == 1.0 else run_again(at, state, override / slower, end)


def _slowed(course: PacedCourse, look: Look, allowed: Allowed, knots: FloatArray) -> tuple[PacedCourse, float]:
    """Return the course at the fastest pace, and how many times slower that must still be run as far as a look tells.

    The cells of the course at that pace are better ones to find the pace for, where it is much slower than the course
    was; then it is found again.
    """
    best, slower, least = course, math.inf, math.inf
    for _ in range(_ATTEMPTS):
        pace = fastest_pace(look.demand)
        borders: FloatArray = np.linspace(0.0, course.duration, len(pace.times), dtype=np.float64)
        rows = (row[:, np.newaxis] for row in (borders, pace.rates, pace.changes))
        course = course.at_pace(Trajectory(pace.times, *rows))
        is_rough = float(pace.rates.min()) < _MUCH_SLOWER
        if len(course.paces) == 1 and not is_rough and not allowed.limits_tool:
            return course, 1.0
        look = allowed.look_at(course, cells_of(course), knots)
        closer = look
        if allowed.limits_tool:
            # Points of the result are checked for the joints only.
            closer = allowed.look_at(course, _CLOSER * cells_of(course), knots)
        excess = max(1.0 / float(closer.bounds.min()), 1.0)
        if course.duration * excess < least:
            best, slower, least = course, excess, course.duration * excess
        if not is_rough and excess < _MUCH:
            break
    return best, slower


def _places(course: PacedCourse, step: float, slower: float, knots: FloatArray) -> FloatArray:
    """Return where a course that is run `slower` times slower gets points: each `step` [s], at knots and at the end."""
    step /= slower
    regular: FloatArray = step * np.arange(max(math.ceil(course.duration / step - _CLOSE), 1), dtype=np.float64)
    if len(knots):
        gap = MIN_SEGMENT / slower
        inner = _apart(course.times_of(knots), gap)
        inner = inner[(inner > gap) & (inner < course.duration - gap)]
        apart = np.abs(regular[1:, np.newaxis] - inner).min(axis=1, initial=math.inf) >= _CLOSE * step
        regular = np.sort(np.concatenate([regular[:1], regular[1:][apart], inner]))
    return np.append(regular, course.duration)


def _apart(times: FloatArray, gap: float) -> FloatArray:
    """Return times that increase, without those closer than `gap` to the one before."""
    apart: FloatArray = times[np.diff(times, prepend=-math.inf) >= gap]
    return apart


def _check(course: Course, override: float, tool_speed: float | None, period: float) -> None:
    if not 0.0 < override <= 1.0:
        raise MotionError(f"override {override} is out of range, must be above 0 and at most 1")
    if tool_speed is not None and not tool_speed > 0.0:
        raise MotionError(f"tool speed {tool_speed} m/s is out of range, must be above 0")
    if not period > 0.0:
        raise MotionError(f"period {period} s is out of range, must be above 0")
    if not (course.duration >= 0.0 and math.isfinite(course.duration)):
        raise MotionError(f"a motion cannot take {course.duration} s")
