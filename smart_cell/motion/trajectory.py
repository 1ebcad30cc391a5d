# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A motion of an arm over time, interpolated exactly as ros2_control's joint trajectory controller does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.motion.errors import MotionError
from smart_cell.motion.peaks import Peaks, peaks_of

FloatArray = NDArray[np.float64]

JOIN_TOLERANCE = 1e-6
"""How far [rad, rad/s] the end of a trajectory may be from the start of the one chained to it."""


@dataclass(frozen=True, slots=True)
class State:
    """Position [rad], velocity [rad/s] and acceleration [rad/s^2] of the joints at one or at n times.

    The arrays have the shape (6,) or (n, 6).
    """

    position: FloatArray
    velocity: FloatArray
    acceleration: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Points over time and the splines between them.

    Between two points runs a quintic spline where both give velocity and acceleration, a cubic one where both give
    velocity, else a straight line: the method `splines` of the joint trajectory controller. A row of NaN in
    `velocities` or `accelerations` says that the point does not give them; the planners of this package always do.
    Before the first point the trajectory rests at it, after the last point it rests there.
    """

    times: FloatArray
    """[s], strictly increasing, shape (n,)."""
    positions: FloatArray
    """[rad], shape (n, 6)."""
    velocities: FloatArray
    """[rad/s], shape (n, 6)."""
    accelerations: FloatArray
    """[rad/s^2], shape (n, 6)."""
    _coefficients: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the shapes and prepare the splines.

        Raises:
            MotionError: There is no point, shapes differ, times do not increase, or a position is not finite.
        """
        count = len(self.times)
        if count == 0:
            raise MotionError("a trajectory needs at least one point")
        shape = self.positions.shape
        if len(shape) != 2 or shape[0] != count or self.velocities.shape != shape or self.accelerations.shape != shape:
            raise MotionError(
                f"a trajectory of {count} times needs arrays of shape ({count}, joints); got positions {shape}, "
                f"velocities {self.velocities.shape}, accelerations {self.accelerations.shape}"
            )
        if not np.isfinite(self.times).all() or not np.isfinite(self.positions).all():
            raise MotionError("times and positions of a trajectory must be finite numbers")
        if not (np.diff(self.times) > 0.0).all():
            worst = int(np.argmin(np.diff(self.times)))
            raise MotionError(
                f"times of a trajectory must increase strictly; point {worst + 1} is at {self.times[worst + 1]:.6f} s "
                f"after {self.times[worst]:.6f} s"
            )
        object.__setattr__(
            self, "_coefficients", _splines(self.times, self.positions, self.velocities, self.accelerations)
        )

    @classmethod
    def from_points(
        cls,
        times: Sequence[float],
        positions: ArrayLike,
        velocities: Sequence[Sequence[float]] = (),
        accelerations: Sequence[Sequence[float]] = (),
    ) -> Trajectory:
        """Return the trajectory through points that may lack velocities or accelerations.

        Args:
            times: [s], strictly increasing.
            positions: [rad], shape (n, joints).
            velocities: One row [rad/s] per point, an empty row where a point gives none; empty if no point does.
            accelerations: The same for accelerations [rad/s^2].

        Raises:
            MotionError: See the class.
        """
        array = np.asarray(positions, dtype=float)
        if array.ndim != 2:
            raise MotionError(f"positions must have the shape (points, joints), got {array.shape}")
        return cls(
            np.asarray(times, dtype=float),
            array,
            _rows(velocities, array.shape),
            _rows(accelerations, array.shape),
        )

    @property
    def start(self) -> float:
        """Time of the first point [s]."""
        return float(self.times[0])

    @property
    def duration(self) -> float:
        """Time of the last point [s]."""
        return float(self.times[-1])

    def sample(self, time: float) -> State:
        """Return the state at `time` [s], arrays of shape (6,)."""
        if time >= self.times[-1]:
            return self._rest(-1)
        if time < self.times[0]:
            return self._rest(0)
        index = int(np.searchsorted(self.times, time, side="right")) - 1
        t = time - float(self.times[index])
        c0, c1, c2, c3, c4, c5 = self._coefficients[index]
        return State(
            c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5)))),
            c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5))),
            2.0 * c2 + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5)),
        )

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        if len(self.times) == 1:
            zero = np.zeros((len(wanted), self.positions.shape[1]))
            return State(np.repeat(self.positions, len(wanted), axis=0), zero, zero.copy())
        index = np.clip(np.searchsorted(self.times, wanted, side="right") - 1, 0, len(self.times) - 2)
        t = (np.clip(wanted, self.times[0], self.times[-1]) - self.times[index])[:, np.newaxis]
        c0, c1, c2, c3, c4, c5 = np.moveaxis(self._coefficients[index], 1, 0)
        moving = ((wanted >= self.times[0]) & (wanted < self.times[-1]))[:, np.newaxis]
        return State(
            c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5)))),
            np.where(moving, c1 + t * (2.0 * c2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5))), 0.0),
            np.where(moving, 2.0 * c2 + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5)), 0.0),
        )

    def jerk_many(self, times: ArrayLike) -> FloatArray:
        """Return the jerks [rad/s^3] at `times` [s], shape (n, 6); at a point those behind it."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        if len(self.times) == 1:
            return np.zeros((len(wanted), self.positions.shape[1]))
        index = np.clip(np.searchsorted(self.times, wanted, side="right") - 1, 0, len(self.times) - 2)
        t = (np.clip(wanted, self.times[0], self.times[-1]) - self.times[index])[:, np.newaxis]
        c3, c4, c5 = np.moveaxis(self._coefficients[index, 3:], 1, 0)
        moving = ((wanted >= self.times[0]) & (wanted < self.times[-1]))[:, np.newaxis]
        return np.where(moving, 6.0 * c3 + t * (24.0 * c4 + t * 60.0 * c5), 0.0)

    def sampled(self, period: float) -> Trajectory:
        """Return the points that a controller with this period [s] takes: multiples of it from the start, and the end.

        A multiple that is closer to the end than a tenth of the period is left out, so that times increase strictly
        and no two points are almost the same.

        Raises:
            MotionError: `period` is not above 0.
        """
        if not period > 0.0:
            raise MotionError(f"period {period} s is out of range, must be above 0")
        count = math.ceil((self.duration - self.start) / period - 0.1)
        times = np.append(self.start + period * np.arange(count), self.duration)
        state = self.sample_many(times)
        state.position[-1] = self.positions[-1]
        return Trajectory(times, state.position, state.velocity, state.acceleration)

    def peaks(self) -> Peaks:
        """Return the largest velocity, acceleration and jerk of each joint, at the points and between them."""
        return peaks_of(self._coefficients, np.diff(self.times))

    def shifted(self, offset: float) -> Trajectory:
        """Return the same motion `offset` [s] later."""
        return Trajectory(self.times + offset, self.positions, self.velocities, self.accelerations)

    def _rest(self, index: int) -> State:
        zero = np.zeros(self.positions.shape[1])
        return State(self.positions[index].copy(), zero, zero.copy())


def chain(trajectories: Iterable[Trajectory]) -> Trajectory:
    """Return one trajectory that runs the given ones after each other without a pause.

    Each starts when the one before it ends; a first point that repeats the last one is left out.

    Raises:
        MotionError: There is none, or one does not start where the one before it ends.
    """
    parts = list(trajectories)
    if not parts:
        raise MotionError("there is no trajectory to chain")
    times, positions = [parts[0].times], [parts[0].positions]
    velocities, accelerations = [parts[0].velocities], [parts[0].accelerations]
    end = parts[0].duration
    for number, (before, part) in enumerate(itertools.pairwise(parts), start=1):
        gap = np.abs(part.positions[0] - before.positions[-1])
        jump = np.nan_to_num(np.abs(part.velocities[0] - before.velocities[-1]))
        if gap.max() > JOIN_TOLERANCE or jump.max() > JOIN_TOLERANCE:
            joint = int(np.argmax(np.maximum(gap, jump))) + 1
            raise MotionError(
                f"trajectory {number} does not start where the one before it ends: joint_{joint} is off by "
                f"{gap[joint - 1]:.6f} rad and {jump[joint - 1]:.6f} rad/s, limit {JOIN_TOLERANCE:g}"
            )
        times.append(part.times[1:] - part.start + end)
        positions.append(part.positions[1:])
        velocities.append(part.velocities[1:])
        accelerations.append(part.accelerations[1:])
        end += part.duration - part.start
    return Trajectory(
        np.concatenate(times), np.concatenate(positions), np.concatenate(velocities), np.concatenate(accelerations)
    )


def _rows(rows: Sequence[Sequence[float]], shape: tuple[int, ...]) -> FloatArray:
    filled = np.full(shape, np.nan)
    if len(rows) not in (0, shape[0]):
        raise MotionError(f"{shape[0]} points but {len(rows)} rows of derivatives; give one row per point or none")
    for index, row in enumerate(rows):
        if len(row) not in (0, shape[1]):
            raise MotionError(f"point {index} has {shape[1]} positions but {len(row)} derivatives")
        if len(row):
            filled[index] = row
    return filled


def _splines(times: FloatArray, positions: FloatArray, velocities: FloatArray, accelerations: FloatArray) -> FloatArray:
    """Return the polynomial coefficients of each segment, lowest power first, shape (n - 1, 6, joints)."""
    t = np.diff(times)[:, np.newaxis]
    p0, way = positions[:-1], np.diff(positions, axis=0)
    v0, v1 = velocities[:-1], velocities[1:]
    a0, a1 = accelerations[:-1], accelerations[1:]
    zero = np.zeros_like(p0)
    quintic = np.stack(
        [
            p0,
            v0,
            0.5 * a0,
            (20.0 * way - (8.0 * v1 + 12.0 * v0) * t - (3.0 * a0 - a1) * t**2) / (2.0 * t**3),
            (-30.0 * way + (14.0 * v1 + 16.0 * v0) * t + (3.0 * a0 - 2.0 * a1) * t**2) / (2.0 * t**4),
            (12.0 * way - 6.0 * (v1 + v0) * t - (a0 - a1) * t**2) / (2.0 * t**5),
        ],
        axis=1,
    )
    if not np.isnan(quintic).any():
        return quintic
    cubic = np.stack(
        [p0, v0, (3.0 * way / t - 2.0 * v0 - v1) / t, (v0 + v1 - 2.0 * way / t) / t**2, zero, zero], axis=1
    )
    linear = np.stack([p0, way / t, zero, zero, zero, zero], axis=1)
    for candidate in (cubic, linear):
        missing = np.isnan(quintic).any(axis=(1, 2))
        quintic[missing] = candidate[missing]
    return quintic
