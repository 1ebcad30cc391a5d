# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Moves of the joints through via points, without a stop at them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.moves.ptp import check_points, plan_ptp
from smart_cell.motion.moves.synchronous import NO_MOVE, SynchronousMove, merged, slowdown, synchronous_move
from smart_cell.motion.pacing.course import trajectory_of
from smart_cell.motion.pacing.retime import retime
from smart_cell.motion.trajectory import State, Trajectory

FloatArray = NDArray[np.float64]

BLEND = 0.1
"""How far from a via point [rad] the next move may begin; see `plan_via`."""
PERIOD = 0.05
"""Time [s] between the points of a move that had to be slowed down at its corners."""

_BISECTIONS = 14


def plan_via(
    model: ArmModel,
    points: Sequence[Sequence[float]],
    *,
    override: float = 1.0,
    period: float | None = None,
    blend: float = BLEND,
) -> Trajectory:
    """Return a move through via points that does not stop at them.

    Each stretch between two points is a point-to-point move; the next one begins while the one before it still brakes.
    The arm thus cuts the corner: it leaves the way of the first move at most `blend` before the via point and is back
    on the way of the next one at most `blend` behind it, in every joint. In between it stays in the box of joint space
    that these two points span with the via point. Where the sum of two moves would exceed a limit, the arm runs the
    same path more slowly; see `smart_cell.motion.pacing.retime`.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        points: Joint angles [rad]: the start, the via points, the end.
        override: Share of full speed, above 0 and up to 1; the move takes 1 / override as long on the same path.
        period: If given, there are points at most this time [s] apart; otherwise there are few.
        blend: Size of the corner [rad]; 0 stops at each via point.

    Returns:
        A trajectory from time 0, at rest at both ends.

    Raises:
        MotionError: There are fewer than two points, a joint is outside its limits, or `override` is out of range.
    """
    if len(points) < 2:
        raise MotionError(f"a move through via points needs at least a start and an end, got {len(points)} points")
    check_points(model, points, override)
    legs: list[SynchronousMove] = []
    # Via points that are the end already are left out, so that the end is met to the last bit.
    last = len(points) - 1
    while last > 1 and math.dist(points[last - 1], points[-1]) < NO_MOVE:
        last -= 1
    for point in [*points[1:last], points[-1]]:
        leg = synchronous_move(model, legs[-1].end.tolist() if legs else points[0], point)
        if leg is not None:
            legs.append(leg)
    if len(legs) < 2:
        return plan_ptp(model, points[0], points[-1], override=override, period=period)
    begins = [0.0]
    for before, after in itertools.pairwise(legs):
        begins.append(begins[-1] + before.duration - _overlap(before, after, blend))
    course = _Overlapping(tuple(legs), tuple(begins))
    stopping = sum(leg.duration for leg in legs)
    if course.duration < stopping:
        blended = retime(course, model, override=override, period=period or PERIOD / override, knots=course.knots())
        if blended.duration * override <= stopping:
            return blended
        # Turning round in a corner without a stop may take longer than stopping there.
        course = _Overlapping(
            tuple(legs), tuple(itertools.accumulate((leg.duration for leg in legs[:-1]), initial=0.0))
        )
    knots = course.knots()
    if period is not None:
        knots = merged(knots, np.arange(period * override, course.duration, period * override, dtype=np.float64))
    factor = slowdown(model, trajectory_of(course, knots, 1.0, points[-1]))
    return trajectory_of(course, knots, override / factor, points[-1])


@dataclass(frozen=True, slots=True)
class _Overlapping:
    """Moves that begin before the ones before them have ended; their displacements add up."""

    legs: tuple[SynchronousMove, ...]
    begins: tuple[float, ...]

    @property
    def duration(self) -> float:
        """When the last move ends [s]."""
        return self.begins[-1] + self.legs[-1].duration

    def knots(self) -> FloatArray:
        """Return the times [s] at which the jerk of a joint changes, the first 0 and the last the duration."""
        knots = [begin + leg.knots() for begin, leg in zip(self.begins, self.legs, strict=True)]
        return merged(np.array([0.0, self.duration]), np.sort(np.concatenate(knots)))

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        state = self.legs[0].sample_many(wanted)
        for leg, begin in zip(self.legs[1:], self.begins[1:], strict=True):
            rows = wanted > begin
            added = leg.sample_many(wanted[rows] - begin)
            state.position[rows] += added.position - leg.start
            state.velocity[rows] += added.velocity
            state.acceleration[rows] += added.acceleration
        state.position[wanted >= self.duration] = self.legs[-1].end
        return state


def _overlap(before: SynchronousMove, after: SynchronousMove, blend: float) -> float:
    """Return for how long [s] a move may run while the one before it ends.

    Half of each move at most, so that never more than two run at a time. Profiles are mirrored in time, so that what is
    left at the end of the first move is what it does at the start.
    """
    low, high = 0.0, 0.5 * min(before.duration, after.duration)
    if max(before.farthest(high), after.farthest(high)) <= blend:
        return high
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if max(before.farthest(middle), after.farthest(middle)) <= blend:
            low = middle
        else:
            high = middle
    return low
