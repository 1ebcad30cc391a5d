# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How close arms and guns come to each other, to fixture and body and to themselves while they move.

Distances at samples are exact. Between two samples nothing moves further than `smart_cell.motion.collision.travel`
allows, so that a lower bound holds at all times: with distances `a` and `b` at two samples, between which both sides
together move at most `m`, they stay `(a + b - m) / 2` apart. The same bound spares most samples: those between two at
which the sides are far apart are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.shapes import Shape
from smart_cell.motion.collision.nearness import BoolArray, IntArray, Nearest, Pairs
from smart_cell.motion.collision.placing import FLANGE, PlacedRobot, Places, Sizes, placed_robot, sizes, still
from smart_cell.motion.collision.shapes import RobotShapes
from smart_cell.motion.collision.travel import travel
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.chain import FloatArray
from smart_cell.motion.trajectory import Trajectory

OWN_PARTS: Final = (
    (0, (3, 4, 5, 6, FLANGE)),
    (1, (3, 4, 5, 6, FLANGE)),
    (2, (4, 5, 6, FLANGE)),
    (3, (6, FLANGE)),
    (4, (FLANGE,)),
)
"""Which links of an arm can hit which others, and its gun (`FLANGE`). Neighbours are joined, and links 4 to 6 and the
gun are around the wrist."""

_COARSE: Final = 32
"""Least number of samples to begin with."""
_SPLIT: Final = 4
_CHUNK: Final = 400
"""Samples that are looked at together: their numbers stay in the processor's cache."""


class MovingRobot(NamedTuple):
    """A robot and what it does; it rests before and after that."""

    shapes: RobotShapes
    trajectory: Trajectory


@dataclass(frozen=True, slots=True)
class Clearance:
    """How close a robot comes to another one, to the obstacles or to itself."""

    robot: str
    other: str | None
    """The other robot, the same one, or None: the obstacles."""
    distance: float
    """Smallest distance at a sample [m]; not positive: they touch or overlap, by at most the thickness of a part."""
    guaranteed: float
    """Lower bound of the distance at all times [m]; the samples may be closer together where it is too low."""
    time: float
    """When they are closest [s]."""
    part: str
    """Which part of the robot is closest then, such as `link_4`."""
    other_part: str
    first_contact: float | None
    """First sample [s] at which they are not further apart than the margin; None: they never are at a sample."""


@dataclass(frozen=True, slots=True, eq=False)
class ClearanceReport:
    """How close everything comes to everything."""

    pairs: tuple[Clearance, ...]
    """One for each two robots, each robot and the obstacles, each robot and itself."""
    times: NDArray[np.float64]
    """The samples [s], `(n,)`."""
    profile: NDArray[np.float64] | None
    """Distance at each sample [m], `(n, pairs)`, if it was asked for."""

    @property
    def closest(self) -> Clearance:
        """The pair with the smallest distance."""
        return min(self.pairs, key=lambda pair: pair.distance)

    @property
    def guaranteed(self) -> float:
        """Lower bound of all distances at all times [m]."""
        return min(pair.guaranteed for pair in self.pairs)

    @property
    def first_contact(self) -> Clearance | None:
        """The pair that is within the margin first; None: none is at a sample."""
        touching = [pair for pair in self.pairs if pair.first_contact is not None]
        return min(touching, key=lambda pair: (pair.first_contact, pair.distance), default=None)


def clearance(
    robots: Sequence[MovingRobot],
    obstacles: Sequence[Shape] = (),
    *,
    period: float = 0.004,
    margin: float = 0.0,
    own_arm: bool = True,
    profile: bool = False,
) -> ClearanceReport:
    """Return how close robots come to each other, to obstacles and to themselves.

    Each robot is compared with each other one, all obstacles together, and its own arm: the gun and the outer links
    with the links that are not next to them.

    Args:
        robots: The robots with their motions, on one time axis and in one frame.
        obstacles: What stands still, in that frame, such as `cell_obstacles` of a cell.
        period: Largest time between two samples [s].
        margin: Distance [m] up to which two parts count as in contact for `first_contact`.
        own_arm: Whether to compare each robot with itself.
        profile: Whether to measure at every sample; slower, since most samples need not be looked at.

    Raises:
        MotionError: There is nothing to compare, or the period is not positive.
    """
    if not period > 0.0:
        raise MotionError(f"the period of the samples is {period} s, must be more than 0")
    if not robots or (len(robots) == 1 and not obstacles and not own_arm):
        raise MotionError("there is nothing to keep clear of; give a second robot, obstacles, or compare the own arm")
    start = min(robot.trajectory.start for robot in robots)
    end = max(robot.trajectory.duration for robot in robots)
    span = max(0.0, end - start)
    count = 1 + (max(1, math.ceil(span / period - 1e-9)) if span else 0)
    times = np.linspace(start, end, count, dtype=np.float64)
    search = _Search(_Scene(robots, obstacles, own_arm, times), times, margin)
    search.run(1 if profile else search.coarse())
    return ClearanceReport(search.results(), times, search.distance if profile else None)


class _Scene:
    """All shapes, and which of them are compared."""

    def __init__(
        self, robots: Sequence[MovingRobot], obstacles: Sequence[Shape], own_arm: bool, times: FloatArray
    ) -> None:
        self._robots = [placed_robot(robot.shapes) for robot in robots]
        trajectories = [robot.trajectory for robot in robots]
        placed = [
            robot.place(trajectory.sample_many(times).position)
            for robot, trajectory in zip(self._robots, trajectories, strict=True)
        ]
        self._ways = [
            travel(robot, trajectory, times, places)
            for robot, trajectory, places in zip(self._robots, trajectories, placed, strict=True)
        ]
        rest = [np.broadcast_to(array, (*array.shape[:-1], len(times))) for array in still(obstacles)]
        self._places = Places(*(np.concatenate(arrays, axis=-2) for arrays in zip(*placed, rest, strict=True)))
        parts = [*(robot.sizes for robot in self._robots), sizes(obstacles)]
        self.parts = [shape.name for robot in self._robots for shape in robot.shapes]
        self.parts += [shape.name for shape in obstacles]
        ends = np.cumsum([len(part.bound) for part in parts])
        spans = [range(end - len(part.bound), end) for end, part in zip(ends, parts, strict=True)]
        self.names: list[tuple[str, str | None]] = []
        self._movers: list[tuple[int, ...]] = []
        groups: list[IntArray] = []
        names = [robot.shapes.name for robot in robots]
        for one, other in combinations(range(len(robots)), 2):
            self._add((names[one], names[other]), (one, other))
            groups.append(_each_with_each(spans[one], spans[other]))
        for one in range(len(robots)):
            if obstacles:
                self._add((names[one], None), (one,))
                groups.append(_each_with_each(spans[one], spans[-1]))
            if own_arm:
                self._add((names[one], names[one]), (one,))
                groups.append(_own_pairs(self._robots[one]) + spans[one].start)
        joined = [np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)]
        is_still = np.arange(len(self.parts)) >= len(self.parts) - len(obstacles)
        self._pairs = Pairs(Sizes(*joined), is_still, groups)

    def _add(self, names: tuple[str, str | None], movers: tuple[int, ...]) -> None:
        self.names.append(names)
        self._movers.append(movers)

    def ways(self) -> FloatArray:
        """Return how far the two sides of each comparison can have moved together since the start [m], (n, groups)."""
        return np.stack([np.sum([self._ways[robot] for robot in movers], axis=0) for movers in self._movers], axis=1)

    def nearest(self, rows: IntArray, needed: BoolArray) -> Nearest:
        """Return the closest parts of the comparisons that are needed at each of some samples."""
        return self._pairs.nearest(Places(*(array.take(rows, axis=-1) for array in self._places)), needed)


class _Search:
    """The samples that have been looked at so far."""

    def __init__(self, scene: _Scene, times: FloatArray, margin: float) -> None:
        self._scene, self._times, self._margin = scene, times, margin
        self._ways = scene.ways()
        self.distance = np.full(self._ways.shape, np.inf)
        self._parts = np.zeros((2, *self._ways.shape), dtype=np.intp)
        self._guaranteed = np.full(len(scene.names), np.inf)

    def coarse(self) -> int:
        """Return how many samples to go on at first."""
        stride = 1
        while len(self._times) > _COARSE * stride * _SPLIT:
            stride *= _SPLIT
        return stride

    def run(self, stride: int) -> None:
        """Look at every `stride`-th sample and the last one, then at those in between as far as they matter."""
        rows = np.append(np.arange(0, len(self._times) - 1, stride), len(self._times) - 1)
        self._look(rows, np.ones((len(rows), len(self._scene.names)), dtype=bool))
        starts, ends = rows[:-1], rows[1:]
        while True:
            least = 0.5 * (self.distance[starts] + self.distance[ends] - self._ways[ends] + self._ways[starts])
            contact = self._first_contact()
            # the bound is infinite where an end was not looked at: what was settled before stays so
            matters = (least < self._closest()) | ((least <= self._margin) & (starts[:, np.newaxis] < contact))
            if stride == 1:
                open_bounds = np.where(matters, least, np.inf)
                self._guaranteed = np.minimum(open_bounds.min(axis=0, initial=np.inf), self._closest())
                return
            split = matters.any(axis=1)
            starts, ends, matters = starts[split], ends[split], matters[split]
            stride //= _SPLIT
            inner = starts[:, np.newaxis] + stride * np.arange(1, _SPLIT)
            inside = inner < ends[:, np.newaxis]
            self._look(inner[inside], np.repeat(matters, inside.sum(axis=1), axis=0))
            points = np.column_stack([starts, np.where(inside, inner, ends[:, np.newaxis]), ends])
            starts, ends = points[:, :-1].ravel(), points[:, 1:].ravel()
            starts, ends = starts[starts < ends], ends[starts < ends]

    def results(self) -> tuple[Clearance, ...]:
        """Return what was found."""
        rows = self.distance.argmin(axis=0)
        contacts = self._first_contact()
        found = []
        for number, (robot, other) in enumerate(self._scene.names):
            row, contact = int(rows[number]), int(contacts[number])
            part, other_part = (self._scene.parts[index] for index in self._parts[:, row, number])
            found.append(
                Clearance(
                    robot=robot,
                    other=other,
                    distance=float(self.distance[row, number]),
                    guaranteed=float(self._guaranteed[number]),
                    time=float(self._times[row]),
                    part=part,
                    other_part=other_part,
                    first_contact=float(self._times[contact]) if contact < len(self._times) else None,
                )
            )
        return tuple(found)

    def _look(self, rows: IntArray, needed: BoolArray) -> None:
        for begin in range(0, len(rows), _CHUNK):
            some, wanted = rows[begin : begin + _CHUNK], needed[begin : begin + _CHUNK]
            nearest = self._scene.nearest(some, wanted)
            self.distance[some] = nearest.distance
            self._parts[:, some] = nearest.first, nearest.second

    def _closest(self) -> FloatArray:
        smallest: FloatArray = self.distance.min(axis=0)
        return smallest

    def _first_contact(self) -> IntArray:
        """Return the first sample within the margin; the number of samples: none is."""
        close = self.distance <= self._margin
        return np.where(close.any(axis=0), close.argmax(axis=0), len(self._times))


def _each_with_each(some: range, others: range) -> IntArray:
    return np.stack([np.repeat(some, len(others)), np.tile(others, len(some))])


def _own_pairs(robot: PlacedRobot) -> IntArray:
    """Return which shapes of a robot can hit which others."""
    can_hit = np.zeros((FLANGE + 1, FLANGE + 1), dtype=bool)
    for inner, outer in OWN_PARTS:
        can_hit[inner, outer] = True
    return np.stack(np.nonzero(can_hit[robot.frame_of[:, np.newaxis], robot.frame_of]))
