# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How far any part of a moving robot can get between two times: what makes checks at samples hold in between.

Of a capsule its line counts, of a box all of it. Two bounds hold at all times, the smaller one counts:

- A joint that turns by an angle moves a point by at most that angle times the point's distance from the axis, and that
  distance is bounded by the lengths of the arm.
- A point goes from one sample to the next no faster than its straight way divided by the time, plus half of that time
  times its largest acceleration, which follows from the speeds and accelerations of the joints:
  the derivative of a point by two joints is no longer than its distance from the axis of the outer one.

Speeds and accelerations of joints are bounded by the control points of their Bezier form, which enclose a polynomial.
Source: Farouki, The Bernstein polynomial basis: a centennial retrospective, 2012.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from math import comb, hypot
from typing import Final, NamedTuple

import numpy as np

from smart_cell.core.geometry import Pose, Vector
from smart_cell.motion.arm_model import JOINT_COUNT
from smart_cell.motion.collision.placing import FLANGE, PlacedRobot, Places
from smart_cell.motion.kinematics.chain import FloatArray
from smart_cell.motion.trajectory import Trajectory

_PIECES: Final = 64
"""Least number of pieces in which a trajectory is looked at: fewer bound it less tightly."""
_NODES: Final = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""Shares of a piece at which its speed is sampled: five, since it is a polynomial of degree four."""
_CONTROL: Final = np.linalg.inv([[comb(4, k) * x**k * (1.0 - x) ** (4 - k) for k in range(5)] for x in _NODES])
"""From the speeds there to the control points of the polynomial through them."""
_CORNERS: Final = np.array(list(product((-1.0, 1.0), repeat=3))).T
"""The corners of a box in half sizes."""
_JUMP: Final = 1e-6
"""Largest step of a joint's speed [rad/s] that is rounding."""
_ROUNDING: Final = 1.0 + 1e-6


def travel(robot: PlacedRobot, trajectory: Trajectory, times: FloatArray, places: Places) -> FloatArray:
    """Return how far any part of a robot can have moved since the first of some times [m], `(n,)`.

    Nothing moves further from one time to another than the ways there differ; between the times the way is a straight
    line.

    Args:
        robot: The robot.
        trajectory: Its motion; it rests before and after.
        times: [s], `(n,)`, increasing.
        places: Where the robot's shapes are at these times.
    """
    steps = np.diff(times)
    bounds = _bounds(robot, trajectory)
    # Which pieces each step touches: the largest bound of these holds for the step.
    first = np.searchsorted(bounds.edges, times[:-1], side="left")
    last = np.searchsorted(bounds.edges, times[1:], side="right")
    spans = np.stack([first, last + 1], axis=1).ravel()
    speed, acceleration = (
        np.maximum.reduceat(np.append(values, 0.0), spans)[::2] for values in (bounds.speed, bounds.acceleration)
    )
    with np.errstate(invalid="ignore"):
        curved = _straight_ways(robot, places) + 0.5 * acceleration * steps * steps
    ways = np.fmin(speed * steps, curved) * _ROUNDING
    return np.concatenate([[0.0], np.cumsum(ways)])


class _Bounds(NamedTuple):
    """What bounds the motion on each piece of a trajectory, and before and after it."""

    edges: FloatArray
    """Times between the pieces [s], `(k + 1,)`."""
    speed: FloatArray
    """Of any point [m/s], `(k + 2,)`."""
    acceleration: FloatArray
    """Of any point [m/s^2], `(k + 2,)`; infinite beside a step of the speed."""


def _bounds(robot: PlacedRobot, trajectory: Trajectory) -> _Bounds:
    levers = lever_arms(robot)
    knots = trajectory.times
    parts = -(-_PIECES // max(1, len(knots) - 1))
    steps = np.diff(knots)[:, np.newaxis]
    edges = np.append((knots[:-1, np.newaxis] + steps * (np.arange(parts) / parts)).ravel(), knots[-1])
    lengths = np.diff(edges)[:, np.newaxis]
    nodes = edges[:-1, np.newaxis] + lengths * _NODES
    speeds = trajectory.sample_many(nodes.ravel()).velocity.reshape(len(lengths), len(_NODES), JOINT_COUNT)
    control = _CONTROL @ speeds
    turning = np.abs(control).max(axis=1, initial=0.0)
    changing = 4.0 * np.abs(np.diff(control, axis=1)).max(axis=1, initial=0.0) / lengths
    outer = levers[np.maximum.outer(np.arange(JOINT_COUNT), np.arange(JOINT_COUNT))]
    acceleration = changing @ levers + np.einsum("pi,ij,pj->p", turning, outer, turning)
    rest = np.zeros((1, JOINT_COUNT))
    ends, starts = np.concatenate([rest, control[:, -1]]), np.concatenate([control[:, 0], rest])
    jumps = np.flatnonzero(np.abs(starts - ends).max(axis=1) > _JUMP)
    acceleration = np.concatenate([[0.0], acceleration, [0.0]])
    acceleration[jumps] = acceleration[jumps + 1] = np.inf
    return _Bounds(edges, np.concatenate([[0.0], turning @ levers, [0.0]]), acceleration)


def _straight_ways(robot: PlacedRobot, places: Places) -> FloatArray:
    """Return the longest straight way of any part of the robot from each time to the next [m], `(n - 1,)`."""
    start = np.diff(places.starts, axis=2)
    end = start + np.diff(places.ways, axis=2)
    longest = np.maximum(np.einsum("isn,isn->sn", start, start), np.einsum("isn,isn->sn", end, end))
    ways: FloatArray = np.sqrt(longest.max(axis=0))
    boxes = np.flatnonzero(robot.sizes.is_box)
    if len(boxes):
        corners = _CORNERS[:, :, np.newaxis] * robot.sizes.half[:, np.newaxis, boxes]
        corner = start[:, boxes][:, np.newaxis] + np.einsum("ijbn,jcb->icbn", np.diff(places.turns, axis=3), corners)
        ways = np.maximum(ways, np.sqrt(np.einsum("icbn,icbn->cbn", corner, corner).max(axis=(0, 1))))
    return ways


@lru_cache(maxsize=64)
def lever_arms(robot: PlacedRobot) -> FloatArray:
    """Return for each axis how far from it the farthest part of the robot can be in any posture [m], `(6,)`."""
    model = robot.robot.model
    hand = (Pose((0.0, 0.0, model.c4)) @ model.flange).inverse()
    wrist = max(_extent(robot, (5, 6)), _extent(robot, (4,), (0.0, 0.0, model.c3)), _extent(robot, (FLANGE,), hand.xyz))
    elbow = max(hypot(model.a2, model.c3) + wrist, _extent(robot, (3,)))
    shoulder = max(model.c2 + elbow, _extent(robot, (2,)))
    column = max(hypot(model.a1, model.b) + shoulder, _extent(robot, (1,)))
    return np.array([column, shoulder, elbow, wrist, wrist, wrist])


def _extent(robot: PlacedRobot, frames: tuple[int, ...], point: Vector = (0.0, 0.0, 0.0)) -> float:
    """Return the largest distance of the shapes on frames from a point of each frame [m]; 0 without shapes."""
    starts, ways = robot.local.starts[..., 0].T, robot.local.ways[..., 0].T
    thick = np.where(robot.sizes.is_box, robot.sizes.bound, 0.0)
    farthest = 0.0
    for frame, start, way, more in zip(robot.frame_of, starts, ways, thick, strict=True):
        if frame in frames:
            ends = (start.tolist(), (start + way).tolist())
            farthest = max(farthest, *(math.dist(end, point) + float(more) for end in ends))
    return farthest
