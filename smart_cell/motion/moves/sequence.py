# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Sequences of PTP, LIN and CIRC that pass from one move to the next without a stop.

Where a move gives a blend radius, the next one begins while it still brakes: the displacements of both add up, in space
between LIN and CIRC (so that a constant orientation stays constant), in joint angles where a PTP takes part. The
overlap is as long as keeps the tool point within the radius about the programmed point. Outside of it the tool is
exactly on the programmed paths.

The path comes from the moves at full speed; override and `tool_speed` only change how fast it is run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward, inverse, nearest, with_turns
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.blend import Corner, check_radii
from smart_cell.motion.moves.cartesian import PERIOD, check_move, stand_still
from smart_cell.motion.moves.circ import arc_through
from smart_cell.motion.moves.joined import Unit, join
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.moves.tool_path import Arc, Line
from smart_cell.motion.moves.tool_run import GRID, Stretch, plan_run
from smart_cell.motion.pacing.retime import retime
from smart_cell.motion.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Ptp:
    """Move all joints to a target, as fast as they can."""

    target: Joints | Pose
    """Joint angles [rad], or the pose of the tool in the arm's base frame."""
    blend: float = 0.0
    """How far about the target the next move may begin [m]; 0 stops there."""
    status: int | None = None
    """KUKA Status (S) in which a pose is reached; None for the one reached soonest."""
    turn: int | None = None
    """KUKA Turn (T) in which a pose is reached; None for the one reached soonest."""


@dataclass(frozen=True, slots=True)
class Lin:
    """Move the tool on a straight line; see `plan_lin`."""

    target: Pose
    """Pose of the tool in the arm's base frame."""
    blend: float = 0.0
    """How far about the target the next move may begin [m]; 0 stops there."""
    speed: float | None = None
    """Largest speed of the tool point [m/s]; None for that of the cartesian limits."""


@dataclass(frozen=True, slots=True)
class Circ:
    """Move the tool on an arc; see `plan_circ`."""

    via: Pose
    """A pose on the arc, of which only the point counts."""
    target: Pose
    """Pose of the tool in the arm's base frame."""
    blend: float = 0.0
    """How far about the end the next move may begin [m]; 0 stops there."""
    speed: float | None = None
    """Largest speed of the tool point [m/s]; None for that of the cartesian limits."""
    angle: float | None = None
    """How far the arc leads [rad]; None ends at `target`."""


Move = Ptp | Lin | Circ
"""One move of a sequence."""


def plan_sequence(
    model: ArmModel,
    start: Joints,
    moves: Sequence[Move],
    *,
    tool: Pose = IDENTITY,
    limits: CartesianLimits | None = None,
    override: float = 1.0,
    period: float = PERIOD,
    tool_speed: float | None = None,
) -> Trajectory:
    """Return one trajectory for moves after each other, from rest to rest.

    Where LIN and CIRC overlap, the limits of the tool's acceleration and jerk hold for each axis of the base frame.

    Args:
        model: The arm, whose limits of position, velocity, acceleration and jerk are kept.
        start: Joint angles [rad] at the start.
        moves: What to do. `blend` of a move is how far from its target the tool may leave its path; the radii at both
            ends of a move must together not exceed the distance that the tool point moves, and the last one is 0.
        tool: Pose of the tool in the flange frame [m].
        limits: Limits of the tool in LIN and CIRC; None stands for `CartesianLimits()`.
        override: Share of full speed, above 0 and up to 1; takes 1 / override as long on the same path.
        period: Time between the points [s].
        tool_speed: Further limit [m/s] of the speed of the tool point and of the flange, such as `T1_SPEED`.

    Returns:
        A trajectory from time 0; a single point where there is nothing to move.

    Raises:
        MotionError: A move cannot be planned or a radius is too large; the text begins with the number of the move.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> from smart_cell.motion.kinematics.scalar import forward
        >>> model = arm_model("kr210_r2700_2")
        >>> x, y, z = forward(model, HOME).xyz
        >>> down, aside = (Pose(point, forward(model, HOME).quat) for point in ((x, y, z - 0.4), (x - 0.3, y, z - 0.4)))
        >>> stopping = plan_sequence(model, HOME, [Lin(down), Lin(aside)])
        >>> rounded = plan_sequence(model, HOME, [Lin(down, blend=0.05), Lin(aside)])
        >>> rounded.duration < stopping.duration
        True
    """
    check_move(model, start, override, period)
    limits = limits or CartesianLimits()
    units = _units(model, start, _steps(model, start, moves, tool, limits), tool)
    if not units:
        return stand_still(start)
    if len(units) == 1:
        unit = units[0]
        return retime(
            unit.course,
            model,
            override=override,
            tool=tool,
            tool_limits=None if unit.keeps_limits else limits,
            tool_speed=tool_speed,
            period=period,
            knots=unit.knots,
        )
    # The limits of the tool hold for LIN and CIRC, not for PTP: they are kept before these are joined.
    units = [unit if unit.keeps_limits else _within_limits(model, unit, tool, limits) for unit in units]
    course = join(model, start, units, tool)
    return retime(course, model, override=override, tool=tool, tool_speed=tool_speed, period=period, knots=course.knots)


def _within_limits(model: ArmModel, unit: Unit, tool: Pose, limits: CartesianLimits) -> Unit:
    course = retime(unit.course, model, tool=tool, tool_limits=limits, period=GRID, knots=unit.knots)
    return replace(unit, course=course, knots=np.empty(0), keeps_limits=True)


def _steps(
    model: ArmModel, start: Joints, moves: Sequence[Move], tool: Pose, limits: CartesianLimits
) -> list[Ptp | Stretch]:
    """Return PTP moves as they are and the others with the paths of the tool that they ask for.

    Raises:
        MotionError: A path, a radius or a speed is none.
    """
    steps: list[Ptp | Stretch] = []
    corners = []
    pose = forward(model, start) @ tool
    for number, move in enumerate(moves, start=1):
        name = _name(number, move)
        if isinstance(move, Ptp):
            end = move.target if isinstance(move.target, Pose) else forward(model, move.target) @ tool
            corners.append(Corner(name, math.dist(pose.xyz, end.xyz), move.blend))
            steps.append(move)
        else:
            curve, end, distance = _path(move, pose, name)
            corners.append(Corner(name, distance, move.blend))
            steps.append(Stretch(name, pose, end, curve, move.blend, _limits(move, limits, name)))
        pose = end
    check_radii(corners)
    return steps


def _name(number: int, move: Move) -> str:
    """Return how errors call a move."""
    return f"move {number} ({type(move).__name__.upper()})"


def _path(move: Lin | Circ, start: Pose, name: str) -> tuple[Line | Arc, Pose, float]:
    """Return the way of the tool point, the pose of the tool at its end, and its length as radii count it [m]."""
    if isinstance(move, Lin):
        line = Line(start.xyz, move.target.xyz)
        return line, move.target, line.length
    try:
        arc = arc_through(start.xyz, move.via.xyz, move.target.xyz, angle=move.angle)
    except MotionError as error:
        raise MotionError(f"{name}: {error}") from None
    return arc, Pose(arc.end, move.target.quat), arc.span


def _limits(move: Lin | Circ, limits: CartesianLimits, name: str) -> CartesianLimits:
    if move.speed is None:
        return limits
    if not 0.0 < move.speed < math.inf:
        raise MotionError(f"{name}: speed {move.speed} m/s must be a finite number above 0")
    return replace(limits, velocity=min(limits.velocity, move.speed))


def _units(model: ArmModel, start: Joints, steps: Sequence[Ptp | Stretch], tool: Pose) -> list[Unit]:
    """Return each PTP as a unit of its own, LIN and CIRC that follow each other as one; leave out what stands still."""
    units: list[Unit] = []
    run: list[Stretch] = []

    def here() -> Joints:
        return units[-1].end if units else start

    def end_run() -> None:
        unit = plan_run(model, here(), run, tool)
        if unit is not None:
            units.append(unit)
        run.clear()

    for number, step in enumerate(steps, start=1):
        if isinstance(step, Stretch):
            run.append(step)
            continue
        end_run()
        unit = _ptp_unit(model, here(), step, _name(number, step), tool)
        if unit is not None:
            units.append(unit)
    end_run()
    return units


def _ptp_unit(model: ArmModel, joints: Joints, move: Ptp, name: str, tool: Pose) -> Unit | None:
    target = _ptp_target(model, joints, move, name, tool)
    try:
        course = plan_ptp(model, joints, target)
    except MotionError as error:
        raise MotionError(f"{name}: {error}") from None
    half = 0.5 * course.duration
    if not half:
        return None
    return Unit(course, target, move.blend, half, half, knots=course.times, keeps_limits=True)


def _ptp_target(model: ArmModel, joints: Joints, move: Ptp, name: str, tool: Pose) -> Joints:
    if not isinstance(move.target, Pose):
        return move.target
    solutions = with_turns(model, inverse(model, move.target @ tool.inverse()))
    solution = nearest(solutions, joints, model, status=move.status, turn=move.turn)
    if solution is None:
        wanted = ", ".join(
            f"{letter} {value}" for letter, value in (("S", move.status), ("T", move.turn)) if value is not None
        )
        found = ", ".join(f"S {other.status} T {other.turn}" for other in solutions)
        raise MotionError(
            f"{name}: {model.name} cannot reach the pose within its limits"
            + (f" with {wanted}; it can with {found}" if found else "; bring it closer or turn the tool")
        )
    return solution.joints
