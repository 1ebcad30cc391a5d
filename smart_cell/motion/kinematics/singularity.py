# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How far an arm is from the positions in which its flange cannot move in every direction.

An arm with a spherical wrist has three kinds of them, and its manipulability says so: with the geometry of `ArmModel`,

    |det J| = shoulder * c2 * hypot(a2, c3) * sin(elbow) * sin(wrist)

Source: Siciliano, Sciavicco, Villani, Oriolo, Robotics: Modelling, Planning and Control, 2009, sections 3.3 and 3.9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from smart_cell.motion.arm_model import ArmModel


class SingularityKind(str, Enum):
    """Which part of the arm is singular."""

    SHOULDER = "shoulder"
    """The wrist centre is above or below axis 1: sideways it can move only as A1 spins."""
    ELBOW = "elbow"
    """The arm is stretched or folded: the wrist centre cannot move along it."""
    WRIST = "wrist"
    """Axes 4 and 6 are in line (A5 = 0): A4 and A6 do the same."""


@dataclass(frozen=True, slots=True)
class Singularity:
    """Distances of a joint position from the three kinds of singularity, 0 where it is singular."""

    shoulder: float
    """From the wrist centre to axis 1 [m]. Of an arm whose plane is beside axis 1 (`b`): to the plane through axis 1
    that is square to it."""
    elbow: float
    """From A3 to the stretched or the folded arm, whichever is closer [rad], at most pi / 2."""
    wrist: float
    """From A5 to the wrist with axes 4 and 6 in line, 0 or pi [rad], at most pi / 2."""
    manipulability: float
    """Absolute determinant of the flange's Jacobian [m^3]; 0 in every singularity."""
    closest: SingularityKind
    """The kind that lowers the manipulability most, compared with the best position for that part of the arm."""

    def __str__(self) -> str:
        """Return the distance to the closest kind, like `0.57 deg from the wrist singularity`."""
        if self.closest is SingularityKind.SHOULDER:
            distance = f"{self.shoulder * 1000.0:.3g} mm"
        else:
            distance = f"{math.degrees(self.elbow if self.closest is SingularityKind.ELBOW else self.wrist):.3g} deg"
        return f"{distance} from the {self.closest.value} singularity"


def singularity_distances(model: ArmModel, joints: Sequence[float]) -> Singularity:
    """Return how far joint angles [rad], A1 to A6, are from the singularities of an arm.

    Example:
        >>> from smart_cell.motion.arm_model import HOME, arm_model
        >>> print(singularity_distances(arm_model("kr210_r2700_2"), (*HOME[:4], 0.01, 0.0)))
        0.573 deg from the wrist singularity
    """
    _, q2, q3, _, q5, _ = (
        sign * joint - offset for sign, joint, offset in zip(model.signs, joints, model.offsets, strict=True)
    )
    forearm, psi = math.hypot(model.a2, model.c3), math.atan2(model.a2, model.c3)
    shoulder = abs(model.a1 + model.c2 * math.sin(q2) + forearm * math.sin(q2 + q3 + psi))
    # the remainder of pi is the signed distance to its closest multiple
    elbow, wrist = abs(math.remainder(q3 + psi, math.pi)), abs(math.remainder(q5, math.pi))
    shares = {
        SingularityKind.SHOULDER: shoulder / model.reach,
        SingularityKind.ELBOW: math.sin(elbow),
        SingularityKind.WRIST: math.sin(wrist),
    }
    return Singularity(
        shoulder=shoulder,
        elbow=elbow,
        wrist=wrist,
        manipulability=shoulder * model.c2 * forearm * math.sin(elbow) * math.sin(wrist),
        closest=min(shares, key=lambda kind: shares[kind]),
    )
