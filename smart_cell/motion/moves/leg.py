# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Timed moves of the tool and how they join: what the flange does while the tool follows them.

The path parameter s of a leg drives the way of the tool point and the turn of the tool together, so that both begin
and end at the same time.

Where the next leg begins before the one before it has ended, their displacements add up and their turns follow each
other. What is left of the first leg shrinks there while what is done of the second one grows, so that on straight
legs the tool is never farther from the via point than where the overlap begins or ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.profile import SCurve, rest_to_rest
from smart_cell.motion.moves.tool_path import NO_WAY, Curve, Turn

FloatArray = NDArray[np.float64]

_CENTRIPETAL_SHARE = 0.7
"""Share of the acceleration that going round an arc may take; what is left over changes the speed."""
_SAMPLES = 65
_BETWEEN_SAMPLES = 1.001
"""What a speed may be higher between two of the samples than at them."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One move of the tool: where it leads and how fast."""

    curve: Curve
    turn: Turn
    start_rotation: FloatArray
    """Rotation matrix (3, 3) of the flange in the arm's base frame at the start."""
    profile: SCurve
    begin: float = 0.0
    """When it starts [s]."""
    name: str = ""
    """How errors call it, such as `move 2 (LIN)`."""

    @property
    def end(self) -> float:
        """When it ends [s]."""
        return self.begin + self.profile.duration

    def where(self, time: float) -> str:
        """Return how far along the leg the tool is at `time` [s], such as `at 312.0 mm of 600.0 mm (52 %)`."""
        share = float(self.profile.sample(np.array([time - self.begin]))[0][0])
        length = 1000.0 * self.curve.length
        way = f"at {share * length:.1f} mm of {length:.1f} mm ({100.0 * share:.0f} %)"
        return f"{self.name} {way if length > 1e3 * NO_WAY else f'at {100.0 * share:.0f} % of its turn'}"


def leg_profile(
    curve: Curve,
    turn: Turn,
    lever: FloatArray,
    limits: CartesianLimits,
    *,
    grid: float,
    tool_speed: float | None = None,
) -> SCurve | None:
    """Return the fastest profile of a leg within cartesian limits.

    Args:
        curve: Way of the tool point.
        turn: Turn of the tool.
        lever: From the flange to the tool point in the arm's base frame at the start of the leg [m], shape (3,).
        limits: What the tool keeps to.
        grid: The jerk changes only at multiples of this time [s], so that splines between points on this grid are
            the motion itself.
        tool_speed: Further limit [m/s] of the speed of the tool point and of the flange.

    Returns:
        The profile, or None where the leg is neither a way nor a turn.
    """
    length, angle = curve.length, turn.angle
    if length < NO_WAY and angle < NO_WAY:
        return None
    length, angle = max(length, 1e-3 * NO_WAY), max(angle, 1e-3 * NO_WAY)
    velocity = min(limits.velocity / length, limits.angular_velocity / angle)
    if curve.curvature:
        velocity = min(velocity, math.sqrt(_CENTRIPETAL_SHARE * limits.acceleration / curve.curvature) / length)
    if tool_speed is not None:
        velocity = min(velocity, tool_speed / _fastest_point(curve, turn, lever))
    acceleration = min(limits.acceleration / length, limits.angular_acceleration / angle)
    jerk = min(limits.jerk / length, limits.angular_jerk / angle)
    profile = profile_on_grid(velocity, acceleration, jerk, grid)
    slower = 1.0
    while (excess := _excess(curve, profile, limits)) > 1.0:
        slower *= excess * _BETWEEN_SAMPLES
        profile = profile_on_grid(velocity / slower, acceleration / slower**2, jerk / slower**3, grid)
    return profile


def profile_on_grid(velocity: float, acceleration: float, jerk: float, grid: float) -> SCurve:
    """Return the fastest profile within the limits whose segments last multiples of `grid` [s]."""

    def up(time: float) -> float:
        return grid * math.ceil(time / grid - 1e-9)

    profile = rest_to_rest(velocity, acceleration, jerk)
    # Longer segments on the same way make speed, acceleration and jerk smaller.
    ramp, level = up(profile.jerk_time), up(profile.acceleration_time)
    cruise = up(max(1.0 / velocity - 2.0 * ramp - level, 0.0))
    return SCurve(1.0 / (ramp * (ramp + level) * (2.0 * ramp + level + cruise)), ramp, level, cruise)


def times_on_grid(duration: float, grid: float) -> FloatArray:
    """Return the multiples of `grid` [s] up to `duration`, which is one of them."""
    times: FloatArray = np.multiply(grid, np.arange(round(duration / grid) + 1), dtype=np.float64)
    times[-1] = duration
    return times


def _excess(curve: Curve, profile: SCurve, limits: CartesianLimits) -> float:
    """Return how many times slower a profile must be, since going round adds to acceleration and jerk; at least 1."""
    bend, length = curve.curvature, curve.length
    if not bend:
        return 1.0
    _, ds, dds = profile.sample(np.linspace(0.0, profile.duration, _SAMPLES, dtype=np.float64))
    speed, change = length * ds, length * dds
    acceleration = np.hypot(change, bend * speed**2).max()
    jerk = np.hypot(length * profile.jerk + bend**2 * speed**3, 3.0 * bend * speed * change).max()
    return max(1.0, math.sqrt(acceleration / limits.acceleration), float(np.cbrt(jerk / limits.jerk)))


def _fastest_point(curve: Curve, turn: Turn, lever: FloatArray) -> float:
    """Return the largest way of the tool point or the flange [m] per unit of the path parameter."""
    s = np.linspace(0.0, 1.0, _SAMPLES, dtype=np.float64)
    _, tool, _ = curve.at(s)
    spin = np.multiply(turn.axis, turn.angle)
    flange = tool - np.cross(spin, turn.at(s) @ lever)
    return _BETWEEN_SAMPLES * float(np.sqrt(max((tool**2).sum(axis=1).max(), (flange**2).sum(axis=1).max())))


class FlangeMotion(NamedTuple):
    """Motion of the flange in the arm's base frame at n times."""

    positions: FloatArray
    """[m], shape (n, 3)."""
    rotations: FloatArray
    """Rotation matrices, shape (n, 3, 3)."""
    linear: FloatArray
    """Velocity [m/s], shape (n, 3)."""
    angular: FloatArray
    """[rad/s], shape (n, 3)."""
    linear_acceleration: FloatArray
    """[m/s^2], shape (n, 3)."""
    angular_acceleration: FloatArray
    """[rad/s^2], shape (n, 3)."""


def flange_motion(legs: Sequence[Leg], tool: Pose, times: FloatArray) -> FlangeMotion:
    """Return how the flange moves while the tool follows legs.

    Args:
        legs: In the order in which they begin; at most two of them run at a time.
        tool: Pose of the tool in the flange frame.
        times: [s], any order; before the first leg and after the last one the tool rests.
    """
    if len(legs) == 1:
        return _alone(legs[0], tool, times)
    count = len(times)
    motion = FlangeMotion(np.empty((count, 3)), np.empty((count, 3, 3)), *(np.empty((count, 3)) for _ in range(4)))
    latest = np.searchsorted([leg.begin for leg in legs[1:]], times, side="right")
    for index, leg in enumerate(legs):
        rows = latest == index
        part = times[rows]
        if index and bool((part < legs[index - 1].end).any()):
            found = _together(legs[index - 1], leg, tool, part)
        else:
            found = _alone(leg, tool, part)
        for whole, values in zip(motion, found, strict=True):
            whole[rows] = values
    return motion


def _alone(leg: Leg, tool: Pose, times: FloatArray) -> FlangeMotion:
    """Return the motion of the flange in one leg."""
    s, ds, dds = leg.profile.sample(times - leg.begin)
    points, velocity, acceleration = _point(leg.curve, s, ds, dds)
    rotations = leg.turn.carry(s, leg.start_rotation)
    lever = leg.turn.carry(s, leg.start_rotation @ tool.xyz)
    if leg.turn.angle == 0.0:
        still = np.zeros_like(points)
        return FlangeMotion(points - lever, rotations, velocity, still, acceleration, still)
    angular, angular_acceleration = _angular(leg.turn, ds, dds)
    spin = leg.turn.angle * leg.turn.cross().T
    sweep = lever @ spin
    velocity = velocity - ds[:, np.newaxis] * sweep
    acceleration = acceleration - dds[:, np.newaxis] * sweep - (ds**2)[:, np.newaxis] * (sweep @ spin)
    return FlangeMotion(points - lever, rotations, velocity, angular, acceleration, angular_acceleration)


def _together(before: Leg, leg: Leg, tool: Pose, times: FloatArray) -> FlangeMotion:
    """Return the motion of the flange in one leg while the one `before` it is ending."""
    first, second = _alone(before, IDENTITY, times), _alone(leg, IDENTITY, times)
    # The second turn carries the first one along, with its axis.
    carried = leg.turn.at(leg.profile.sample(times - leg.begin)[0])
    spin = np.einsum("nij,nj->ni", carried, first.angular)
    angular = second.angular + spin
    angular_acceleration = (
        second.angular_acceleration
        + np.einsum("nij,nj->ni", carried, first.angular_acceleration)
        + _cross(second.angular, spin)
    )
    rotations = carried @ first.rotations
    lever = rotations @ np.asarray(tool.xyz)
    sweep = _cross(angular, lever)
    return FlangeMotion(
        second.positions + first.positions - before.curve.at(np.ones(1))[0] - lever,
        rotations,
        second.linear + first.linear - sweep,
        angular,
        second.linear_acceleration
        + first.linear_acceleration
        - _cross(angular_acceleration, lever)
        - _cross(angular, sweep),
        angular_acceleration,
    )


def _point(curve: Curve, s: FloatArray, ds: FloatArray, dds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return position, velocity and acceleration of the tool point."""
    points, first, second = curve.at(s)
    rate = ds[:, np.newaxis]
    acceleration = first * dds[:, np.newaxis]
    if curve.curvature:
        acceleration += second * rate**2
    return points, first * rate, acceleration


def _angular(turn: Turn, ds: FloatArray, dds: FloatArray) -> tuple[FloatArray, FloatArray]:
    vector = np.multiply(turn.axis, turn.angle)
    return np.multiply.outer(ds, vector), np.multiply.outer(dds, vector)


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the cross products of the rows; np.cross takes three times as long."""
    x, y, z = a.T
    u, v, w = b.T
    return np.stack([y * w - z * v, z * u - x * w, x * v - y * u], axis=1)
