# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What LIN and CIRC have in common: from a path of the tool to a trajectory that keeps all limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.errors import MotionError
from smart_cell.motion.limits import CartesianLimits, within_limits
from smart_cell.motion.moves.even_profile import even_profile
from smart_cell.motion.moves.follow import Follower
from smart_cell.motion.moves.leg import Leg, leg_profile, times_on_grid
from smart_cell.motion.moves.profile import SCurve
from smart_cell.motion.moves.tool_path import NO_WAY, Curve, Turn
from smart_cell.motion.pacing.retime import retime
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]

PERIOD = 0.004
"""Time [s] between the points of a cartesian move: the cycle of KUKA's controllers and of their sensor interface."""

_CLOSE_POINTS = 0.005
_FREE = 0.97
"""Share of the joint limits up to which points as close as `_CLOSE_POINTS` [s] leave no doubt about what is between."""
_CLOSE_ENOUGH = 1.5
"""Up to this times the duration without limits of the joints, slowing down just where it is needed is not tried."""


def check_move(model: ArmModel, start: Joints, override: float, period: float) -> None:
    """Refuse what no move can be planned with.

    Raises:
        MotionError: `start` is outside the joint limits, or `override` or `period` is out of range.
    """
    if not 0.0 < override <= 1.0:
        raise MotionError(f"override {override} is out of range, must be above 0 and at most 1")
    if not 0.0 < period <= 0.1:
        raise MotionError(f"period {period} s is out of range, must be above 0 and at most 0.1 s")
    problem = within_limits(model, start)
    if problem is not None:
        raise MotionError(f"start of the move is outside the limits of {model.name}: {problem}")


def plan_leg(
    model: ArmModel,
    start: Joints,
    here: Pose,
    curve: Curve,
    turn: Turn,
    *,
    name: str,
    tool: Pose,
    limits: CartesianLimits,
    override: float,
    period: float,
    tool_speed: float | None,
) -> Trajectory:
    """Return the trajectory of one leg that begins with the flange `here`; see `plan_lin` for the other arguments."""
    rotation = here.matrix()[:3, :3]
    # What is planned runs at `override` of its speed, on points that the controller's period then hits.
    grid = period * override
    nominal_speed = None if tool_speed is None else tool_speed / override
    profile = leg_profile(curve, turn, rotation @ tool.xyz, limits, grid=grid, tool_speed=nominal_speed)
    if profile is None:
        return stand_still(start)

    def follow(profile: SCurve) -> Follower:
        leg = Leg(curve, turn, rotation, profile, name=name)
        return Follower(model, start, [leg], tool, times_on_grid(profile.duration, grid))

    fastest = follow(profile)
    if period <= _CLOSE_POINTS and fastest.keeps_limits(_FREE):
        times = times_on_grid(profile.duration, grid)
        state = fastest.sample_many(times)
        return Trajectory(times / override, state.position, state.velocity * override, state.acceleration * override**2)
    course = fastest if fastest.keeps_limits() else follow(even_profile(model, fastest, profile, grid))
    even = retime(course, model, override=override, period=period)
    if even.duration * override <= _CLOSE_ENOUGH * profile.duration:
        return even
    try:
        slowed = retime(
            fastest,
            model,
            override=override,
            tool=tool,
            tool_limits=_per_axis(limits, curve, turn),
            tool_speed=tool_speed,
            period=period,
            knots=fastest.knots,
        )
    except MotionError:
        # Too close to a singularity for one speed far from it and another one there.
        return even
    return min(even, slowed, key=lambda trajectory: trajectory.duration)


def _per_axis(limits: CartesianLimits, curve: Curve, turn: Turn) -> CartesianLimits:
    """Return limits that keep the given ones as a whole where `retime` keeps them for each axis of the base frame."""
    steepest = 1.0 / math.sqrt(3.0)
    if not curve.curvature and curve.length > NO_WAY:
        steepest = float(np.abs(curve.at(np.zeros(1))[1]).max()) / curve.length
    around = max(abs(value) for value in turn.axis)
    return replace(
        limits,
        acceleration=steepest * limits.acceleration,
        jerk=steepest * limits.jerk,
        angular_acceleration=around * limits.angular_acceleration,
        angular_jerk=around * limits.angular_jerk,
    )


def stand_still(joints: Joints) -> Trajectory:
    """Return the trajectory of a move that is none: a single point."""
    rest = np.zeros((1, len(joints)))
    return Trajectory(np.zeros(1), np.array([joints], dtype=float), rest, rest.copy())
