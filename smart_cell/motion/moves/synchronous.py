# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How the joints share the time of a point-to-point move.

The move takes as long as the joint that needs the longest takes from rest to rest within its limits of velocity,
acceleration and jerk; this is the shortest time in which all joints can start together and stop together (KUKA:
synchronous PTP). The other joints follow the profile of the leading one, so that the move is a straight line in joint
space, where that keeps their limits. A joint that cannot, for it needs more time to reach its speed than the leading
one, has its own profile, stretched to the common time: to keep to the line the whole move would have to take longer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.moves.profile import MIN_SEGMENT, SCurve, rest_to_rest
from smart_cell.motion.trajectory import State, Trajectory

FloatArray = NDArray[np.float64]

NO_MOVE = 1e-9
"""Moves shorter than this [rad] in every joint are none."""

_ROUNDING = 1e-9
_ALMOST = 3e-7
"""Less than this is no reason to slow down; the jerk of splines is known no better than to three times as much."""


@dataclass(frozen=True, slots=True)
class SynchronousMove:
    """A move of all joints from rest to rest; a course."""

    start: FloatArray
    """Joint angles [rad], shape (6,)."""
    end: FloatArray
    """Joint angles [rad], shape (6,)."""
    shapes: tuple[tuple[SCurve, FloatArray], ...]
    """Profiles that all last as long as the move, and how far each moves the joints [rad]; the first one leads."""

    @property
    def duration(self) -> float:
        """How long it takes [s]."""
        return self.shapes[0][0].duration

    def knots(self) -> FloatArray:
        """Return the times [s] at which the jerk of a joint changes, but for those too close to other ones."""
        knots = self.shapes[0][0].knots()
        for shape, _ in self.shapes[1:]:
            knots = merged(knots, shape.knots())
        return knots

    def farthest(self, time: float) -> float:
        """Return how far [rad] the joints are from the start, or from the end this time [s] before it, at most.

        Args:
            time: Up to half of the duration.
        """
        return max(shape.position(time) * float(np.abs(way).max()) for shape, way in self.shapes)

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        position = np.tile(self.start, (len(wanted), 1))
        velocity = np.zeros_like(position)
        acceleration = np.zeros_like(position)
        for shape, way in self.shapes:
            s, ds, dds = (column[:, np.newaxis] for column in shape.sample(wanted))
            position += s * way
            velocity += ds * way
            acceleration += dds * way
        position[wanted >= self.duration] = self.end
        return State(position, velocity, acceleration)


def synchronous_move(model: ArmModel, start: Sequence[float], end: Sequence[float]) -> SynchronousMove | None:
    """Return the fastest synchronous move, or None where no joint moves; limits of position are not looked at."""
    origin, target = np.array(start, dtype=float), np.array(end, dtype=float)
    way = target - origin
    lengths: list[float] = np.abs(way).tolist()
    if max(lengths) < NO_MOVE:
        return None
    own = []
    for joint, length in enumerate(lengths):
        if length >= NO_MOVE:
            limits = model.velocity[joint] / length, model.acceleration[joint] / length, model.jerk[joint] / length
            own.append((rest_to_rest(*limits), joint))
    own.sort(key=lambda entry: -entry[0].duration)
    duration = own[0][0].duration
    shapes: list[tuple[SCurve, FloatArray]] = []
    for profile, joint in own:
        length = lengths[joint] * (1.0 - _ROUNDING)
        velocity, acceleration, jerk = model.velocity[joint], model.acceleration[joint], model.jerk[joint]
        for shape, moved in shapes:
            if (
                length * shape.speed <= velocity
                and length * shape.acceleration <= acceleration
                and length * shape.jerk <= jerk
            ):
                moved[joint] = way[joint]
                break
        else:
            moved = np.zeros_like(way)
            moved[joint] = way[joint]
            shapes.append((profile.lasting(duration) if shapes else profile, moved))
    # A joint that hardly moves could not break a limit; a profile of its own might be too fast for numbers.
    leading = shapes[0][1]
    for joint, length in enumerate(lengths):
        if length < NO_MOVE:
            leading[joint] = way[joint]
    return SynchronousMove(origin, target, tuple(shapes))


def merged(knots: FloatArray, others: FloatArray) -> FloatArray:
    """Return all of `knots` [s], and of the others those that are not too close to any other one for a spline."""
    others = others[np.diff(others, prepend=-math.inf) >= MIN_SEGMENT]
    apart = np.abs(others[:, np.newaxis] - knots).min(axis=1, initial=math.inf) >= MIN_SEGMENT
    return np.sort(np.concatenate([knots, others[apart]]))


def slowdown(model: ArmModel, trajectory: Trajectory) -> float:
    """Return how many times as long a trajectory must take for all joints to keep their limits; 1 if they do."""
    peaks = trajectory.peaks()
    factor = max(
        float((peaks.velocity / model.velocity).max()),
        float((peaks.acceleration / model.acceleration).max()) ** (1.0 / 2.0),
        float((peaks.jerk / model.jerk).max()) ** (1.0 / 3.0),
    )
    return factor if factor > 1.0 + _ALMOST else 1.0
