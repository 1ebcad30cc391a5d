# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which robot can weld which spot, and in which positions of its arm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from smart_cell.cell.model import Cell, Spot, Station
from smart_cell.core.geometry import Pose, Vector
from smart_cell.motion.arm_model import ArmModel, Joints, robot_model
from smart_cell.motion.kinematics.scalar import Solution, inverse, nearest, with_turns
from smart_cell.motion.limits import limit_margin
from smart_cell.planning.gun_pose import back_out, tcp_poses

MARGIN = math.radians(5.0)
"""Least distance [rad] from every joint limit and of A5 from the wrist singularity, at a spot and drawn back from it.
A body never stands exactly where it should, so that a plan needs some room."""
FLOOR_CLEARANCE = 0.2
"""Least height of the arm's flange above the floor, which is z = 0 of the cell frame [m]."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way of an arm to weld a spot."""

    pose: Pose
    """TCP in the part frame."""
    solution: Solution
    approach: Joints
    """Joint angles [rad] with the gun drawn back, held the same way."""
    margin: float
    """Distance [rad] to the closest joint limit or to the wrist singularity, here and drawn back."""


@dataclass(slots=True)
class _Tally:
    """Why poses were refused, to tell the user about the closest one."""

    excess: float = math.inf
    low: int = 0
    limits: int = 0
    margin: float = -math.inf
    stuck: int = 0


class Reach:
    """Finds candidates and keeps them, as variants share many spots."""

    def __init__(self, cell: Cell, station: Station) -> None:
        """Start for the robots of `cell` around a body in `station`."""
        self._cell = cell
        self._part = station.part
        self._known: dict[tuple[str, Vector, Vector], tuple[Candidate, ...]] = {}

    def candidates(self, robot: str, spot: Spot) -> tuple[Candidate, ...]:
        """Return the ways of a robot to weld a spot, at most one per turn of the gun and KUKA Status."""
        key = (robot, spot.position, spot.normal)
        if key not in self._known:
            self._known[key] = tuple(self._search(robot, spot, _Tally()))
        return self._known[key]

    def why_not(self, robot: str, spot: Spot) -> str:
        """Return in words why a robot cannot weld a spot."""
        tally = _Tally()
        if any(True for _ in self._search(robot, spot, tally)):
            return "it can"
        if tally.stuck:
            return "the gun can get there but not be drawn back"
        if tally.margin > -math.inf:
            return (
                f"only {math.degrees(tally.margin):.1f} deg from a joint limit or the wrist singularity,"
                f" {math.degrees(MARGIN):.0f} deg are needed"
            )
        if tally.limits:
            return "joint limits"
        if tally.excess < math.inf:
            return f"too far by {tally.excess * 1e3:.0f} mm"
        return f"the flange would be less than {FLOOR_CLEARANCE * 1e3:.0f} mm above the floor"

    def _search(self, robot_name: str, spot: Spot, tally: _Tally) -> Iterator[Candidate]:
        robot = self._cell.robots[robot_name]
        model = robot_model(robot)
        gun = self._cell.guns[robot.gun]
        to_base = robot.base.inverse() @ self._part
        tcp_to_flange = gun.tcp.inverse()
        back_to_flange = back_out(gun) @ tcp_to_flange
        for pose in tcp_poses(spot, gun):
            flange_in_part = pose @ tcp_to_flange
            back_in_part = pose @ back_to_flange
            if min(self._part.apply(flange_in_part.xyz)[2], self._part.apply(back_in_part.xyz)[2]) < FLOOR_CLEARANCE:
                tally.low += 1
                continue
            flange = to_base @ flange_in_part
            solutions = inverse(model, flange)
            if not solutions:
                excess = _excess(model, flange)
                tally.limits += excess <= 0.0
                tally.excess = min(tally.excess, excess) if excess > 0.0 else tally.excess
                continue
            turns = with_turns(model, solutions)
            back_turns = with_turns(model, inverse(model, to_base @ back_in_part))
            for status in sorted(solution.status for solution in solutions):
                solution = nearest(turns, robot.home, model, status=status)
                assert solution is not None, "the status is one of a solution"
                margin = _margin(model, solution.joints)
                if margin < MARGIN:
                    tally.margin = max(tally.margin, margin)
                    continue
                back = nearest(back_turns, solution.joints, model, status=status)
                if back is None or _margin(model, back.joints) < MARGIN:
                    tally.stuck += 1
                    continue
                yield Candidate(pose, solution, back.joints, min(margin, _margin(model, back.joints)))


def _margin(model: ArmModel, joints: Joints) -> float:
    from_line = math.remainder(model.signs[4] * joints[4] - model.offsets[4], math.pi)
    return min(limit_margin(model, joints), abs(from_line))


def _excess(model: ArmModel, flange: Pose) -> float:
    """Return by how much [m] the wrist centre is farther from axis 2 than the stretched arm, negative within reach."""
    x, y, z = (model.base.inverse() @ flange @ model.flange.inverse()).apply((0.0, 0.0, -model.c4))
    radial = math.sqrt(max(0.0, x * x + y * y - model.b * model.b)) - model.a1
    return math.hypot(radial, z - model.c1) - model.c2 - math.hypot(model.a2, model.c3)
