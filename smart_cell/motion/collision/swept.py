# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The space that a robot passes through, as cubes of a lattice: where two robots may need the same space.

Conservative: every point that any part of arm or gun is at, at any time, lies in a cube of the volume. Points are taken
along the shapes at times between which nothing moves further than a cube; each fills its cube, and then all cubes
within the radius of its shape are filled, measured from cube to cube, so that it does not matter where in its cube a
point is. No cube is filled that is further than five edges from the space that the robot really passes through.

The second step is a distance transform with weights, one axis after the other; source: Felzenszwalb and Huttenlocher,
Distance Transforms of Sampled Functions, 2012, here over the few cubes that a radius covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.cell.model import Box
from smart_cell.motion.collision.placing import PlacedRobot, Places, placed_robot
from smart_cell.motion.collision.shapes import RobotShapes
from smart_cell.motion.collision.travel import travel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.chain import FloatArray
from smart_cell.motion.trajectory import Trajectory

SMALLEST_CUBE: Final = 0.005
"""Smallest edge of a cube [m]; a volume of smaller ones would fill the memory."""

_PERIOD: Final = 0.01
"""Of the samples [s] from which the way of the robot is bounded."""
_OFFSET: Final = 1 << 20
_BITS: Final = 21
_MASK: Final = (1 << _BITS) - 1
_ROUNDING: Final = 1e-3
"""By how much squared distances in cubes are taken smaller, more than single precision can make them wrong."""

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SweptVolume:
    """Cubes of a lattice with a corner in the origin of the frame; `a & b` and `a | b` are those of both and of either.

    Volumes with the same size share one lattice.
    """

    size: float
    """Edge of a cube [m]."""
    keys: Keys
    """The cubes, `(n,)`, sorted; see `corners`."""

    @property
    def volume(self) -> float:
        """How much space the cubes fill [m^3]."""
        return len(self.keys) * self.size**3

    @property
    def bounds(self) -> Box | None:
        """The box around all cubes; None where there is none."""
        return _box(_cubes(self.keys), self.size) if len(self.keys) else None

    def corners(self) -> FloatArray:
        """Return the lowest corners of the cubes [m], `(n, 3)`."""
        return np.asarray(_cubes(self.keys) * self.size, dtype=np.float64)

    def overlaps(self, other: SweptVolume) -> bool:
        """Tell whether both have a cube in common: only then can two robots be in one place."""
        return len((self & other).keys) > 0

    def boxes(self) -> tuple[Box, ...]:
        """Return a box around each part of the volume that hangs together, the largest part first."""
        parts = sorted(_connected(_cubes(self.keys)), key=len, reverse=True)
        return tuple(_box(part, self.size) for part in parts)

    def __and__(self, other: SweptVolume) -> SweptVolume:
        self._check(other)
        return SweptVolume(self.size, np.intersect1d(self.keys, other.keys, assume_unique=True))

    def __or__(self, other: SweptVolume) -> SweptVolume:
        self._check(other)
        return SweptVolume(self.size, np.union1d(self.keys, other.keys))

    def _check(self, other: SweptVolume) -> None:
        if self.size != other.size:
            raise MotionError(f"volumes with cubes of {self.size} m and {other.size} m differ; give both one size")


def swept_volume(robot: RobotShapes, trajectories: Iterable[Trajectory], size: float = 0.05) -> SweptVolume:
    """Return the space that arm and gun pass through on trajectories, in the frame that the robot stands in.

    Args:
        robot: The robot.
        trajectories: Its motions, in any order.
        size: Edge of the cubes [m].

    Raises:
        MotionError: The size is smaller than `SMALLEST_CUBE`, or the robot is too far from the origin for it.
    """
    if not size >= SMALLEST_CUBE:
        raise MotionError(f"cubes of {size} m are too small, at least {SMALLEST_CUBE} m")
    placed = placed_robot(robot)
    volume = SweptVolume(size, np.empty(0, dtype=np.int64))
    for trajectory in trajectories:
        volume |= SweptVolume(size, _filled(placed, trajectory, size))
    return volume


class _Points(NamedTuple):
    """Points along shapes, and how far around each the robot reaches."""

    place: FloatArray
    """[m], (3, n)"""
    radius: FloatArray
    """[m], (n,)"""


def _filled(robot: PlacedRobot, trajectory: Trajectory, size: float) -> Keys:
    span = trajectory.duration - trajectory.start
    count = 1 + ceil(span / _PERIOD)
    samples = np.linspace(trajectory.start, trajectory.duration, count, dtype=np.float64)
    ways = travel(robot, trajectory, samples, robot.place(trajectory.sample_many(samples).position))
    times = np.interp(np.linspace(0.0, ways[-1], 1 + ceil(ways[-1] / size)), ways, samples)
    # Every time is within half a step of one that is looked at.
    step = float(np.diff(np.interp(times, samples, ways)).max(initial=0.0))
    places = robot.place(trajectory.sample_many(times).position)
    parts = list(_points(robot, places, size, 0.5 * step))
    # the larger radius wins where two points fill one cube
    parts.sort(key=lambda part: float(part.radius[0]))
    cubes = [np.floor(part.place / size).astype(np.int64) for part in parts]
    reach = ceil(max(float(part.radius[0]) for part in parts) / size) + 1
    low = np.min([part.min(axis=1) for part in cubes], axis=0) - reach
    high = np.max([part.max(axis=1) for part in cubes], axis=0) + reach
    if max(-low.min(), high.max()) >= _OFFSET:
        raise MotionError(f"cubes of {size} m do not reach where {robot.robot.name} stands; take larger ones")
    field = np.full(high - low + 1, np.inf, dtype=np.float32)
    for part, cube in zip(parts, cubes, strict=True):
        x, y, z = cube - low[:, np.newaxis]
        field[x, y, z] = -np.square(part.radius / size)
    for axis in range(3):
        field = _spread(field, axis, reach)
    return _keys(np.argwhere(field <= _ROUNDING) + low)


def _points(robot: PlacedRobot, places: Places, size: float, slack: float) -> Iterator[_Points]:
    """Yield points of each shape at all times; every point of the robot is within the radius of one of them."""
    box = -1
    for number, shape_size in enumerate(robot.sizes.half.T):
        start, way = places.starts[:, number], places.ways[:, number]
        if robot.sizes.is_box[number]:
            box += 1
            counts = np.ceil(2.0 * shape_size / size).astype(int)
            steps = 2.0 * shape_size / counts
            grid = np.stack(np.meshgrid(*(np.arange(k) for k in counts), indexing="ij")).reshape(3, -1)
            local = (grid + 0.5) * steps[:, np.newaxis] - shape_size[:, np.newaxis]
            place = np.einsum("ijn,jk->ikn", places.turns[:, :, box], local) + start[:, np.newaxis]
            radius = 0.5 * float(np.linalg.norm(steps))
        else:
            length = float(np.linalg.norm(robot.local.ways[:, number, 0]))
            count = max(1, ceil(length / size))
            shares = (np.arange(count) + 0.5) / count
            place = start[:, np.newaxis] + shares[:, np.newaxis] * way[:, np.newaxis]
            radius = float(robot.sizes.radius[number]) + 0.5 * length / count
        flat = place.reshape(3, -1)
        yield _Points(flat, np.full(flat.shape[1], radius + slack))


def _spread(field: NDArray[np.float32], axis: int, reach: int) -> NDArray[np.float32]:
    """Return the least of each cube and its neighbours along an axis, plus their squared distance in cubes."""
    turned = np.moveaxis(field, axis, 0)
    spread = turned.copy()
    for shift in range(1, reach + 1):
        apart = np.float32((shift - 1) ** 2)
        np.minimum(spread[shift:], turned[:-shift] + apart, out=spread[shift:])
        np.minimum(spread[:-shift], turned[shift:] + apart, out=spread[:-shift])
    return np.moveaxis(spread, 0, axis)


def _keys(cubes: NDArray[np.int64]) -> Keys:
    x, y, z = (cubes + _OFFSET).T
    return np.sort((x << 2 * _BITS) | (y << _BITS) | z)


def _cubes(keys: Keys) -> NDArray[np.int64]:
    return np.stack([keys >> 2 * _BITS, keys >> _BITS & _MASK, keys & _MASK], axis=1) - _OFFSET


def _box(cubes: NDArray[np.int64], size: float) -> Box:
    low, high = cubes.min(axis=0) * size, (cubes.max(axis=0) + 1) * size
    return Box((float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2])))


def _connected(cubes: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the cubes of each part in which all hang together by faces, edges or corners."""
    left = set(map(tuple, cubes.tolist()))
    near = [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)]
    while left:
        part = [left.pop()]
        for x, y, z in part:
            for dx, dy, dz in near:
                if (neighbour := (x + dx, y + dy, z + dz)) in left:
                    left.remove(neighbour)
                    part.append(neighbour)
        yield np.array(part)
