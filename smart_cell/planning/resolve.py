# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""From the poses of a program to joint angles, for the body that is really there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints, robot_model
from smart_cell.motion.kinematics.scalar import Solution, forward, inverse, nearest, with_turns
from smart_cell.planning.errors import UnreachableError
from smart_cell.planning.gun_pose import back_out, is_direct
from smart_cell.planning.program import ProgramSpot


@dataclass(frozen=True, slots=True)
class JointTargets:
    """Where the arm goes for one spot: joint angles [rad] to pass on the way, and those at the spot."""

    approach: tuple[Joints, ...]
    spot: Joints


def joint_targets(cell: Cell, robot: str, spot: ProgramSpot, part: Pose, reference: Sequence[float]) -> JointTargets:
    """Return the joint angles for a spot of a program on a body whose part frame is `part` in the cell frame.

    The arm is held as the program's Status and Turn say. On a body that stands a little elsewhere a joint may have
    crossed zero, which is another Turn; then it is the closest position with the same Status. The way follows the
    program, with two exceptions: a direct move that would start far away, as after an interruption, gets the drawn-back
    gun as a point on the way; and a drawn-back pose of the spot before is left out where the arm does not come from it.

    Args:
        cell: The cell.
        robot: Name of the robot.
        spot: The spot of its program.
        part: Part frame of this body in the cell frame.
        reference: Joint angles [rad] at which the arm is.

    Raises:
        UnreachableError: The arm does not get there within its limits.
    """
    arm = _Arm(cell, robot, part)
    target = arm.solve(spot.pose, f"spot {spot.spot}", reference, spot.status, spot.turn)
    poses = spot.approach
    now = arm.tcp(reference)
    if not poses and not is_direct(now, spot.pose):
        poses = (spot.pose @ arm.back_out,)
    joints: list[Joints] = []
    before: Sequence[float] = reference
    for number, pose in enumerate(poses):
        is_last = number == len(poses) - 1
        if not is_last and not is_direct(now, pose @ arm.back_out.inverse()):
            continue
        what = f"way point {number + 1} to spot {spot.spot}"
        if is_last:
            before = arm.solve(pose, what, target.joints, target.status).joints
        else:
            before = arm.solve(pose, what, before).joints
        joints.append(before)
    return JointTargets(tuple(joints), target.joints)


def home_targets(cell: Cell, robot: str, reference: Sequence[float]) -> JointTargets:
    """Return the way home: from `reference` [rad] the gun is drawn back first, where the limits allow it."""
    home = cell.robots[robot].home
    model = robot_model(cell.robots[robot])
    arm = _Arm(cell, robot, Pose((0.0, 0.0, 0.0)))
    if is_direct(arm.tcp(reference), arm.tcp(home)):
        return JointTargets((), home)
    drawn_back = arm.flange(arm.tcp(reference) @ arm.back_out)
    back = nearest(with_turns(model, inverse(model, drawn_back)), reference, model)
    return JointTargets(() if back is None else (back.joints,), home)


class _Arm:
    """A robot with its gun, seen from a part frame."""

    def __init__(self, cell: Cell, robot: str, part: Pose) -> None:
        entry = cell.robots[robot]
        gun = cell.guns[entry.gun]
        self._name = robot
        self._model: ArmModel = robot_model(entry)
        self._to_base = entry.base.inverse() @ part
        self._tcp = gun.tcp
        self._flange = gun.tcp.inverse()
        self.back_out = back_out(gun)

    def flange(self, tcp: Pose) -> Pose:
        """Return the flange in the robot's base frame for a TCP in the part frame."""
        return self._to_base @ tcp @ self._flange

    def tcp(self, joints: Sequence[float]) -> Pose:
        """Return the TCP in the part frame."""
        return self._to_base.inverse() @ forward(self._model, joints) @ self._tcp

    def solve(
        self, tcp: Pose, what: str, reference: Sequence[float], status: int | None = None, turn: int | None = None
    ) -> Solution:
        """Return the joint position for a TCP pose: with this Status and Turn, else Status, else the closest."""
        solutions = with_turns(self._model, inverse(self._model, self.flange(tcp)))
        for wanted_status, wanted_turn in ((status, turn), (status, None), (None, None)):
            found = nearest(solutions, reference, self._model, status=wanted_status, turn=wanted_turn)
            if found is not None:
                return found
        x, y, z = self.flange(tcp).xyz
        raise UnreachableError(
            f"{self._name} cannot reach {what}: no position of {self._model.name} within its joint limits brings its"
            f" flange to ({x:.3f}, {y:.3f}, {z:.3f}) m in its base frame; check where the body stands"
        )
