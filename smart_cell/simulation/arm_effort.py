# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the joints of a simulated arm report as their torque: an estimate, good for a plausible signal and no more.

It adds three shares: of the acceleration in relation to the rated one, of the friction, and of the weight of the rated
load at the flange. Makers publish neither the masses of an arm's links nor its friction: the links count as balanced,
and the shares of the largest torque are assumptions. The arm stands upright.
"""

from __future__ import annotations

from math import cos, sin
from typing import Final

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.trajectory import FloatArray, State

ACCELERATION_SHARE: Final = 0.6
"""Share of the largest torque that the rated acceleration takes."""
COULOMB_SHARE: Final = 0.04
"""Share of the largest torque that friction takes at any speed."""
VISCOUS_SHARE: Final = 0.08
"""Share of the largest torque that friction takes beyond that at the largest speed."""
GRAVITY: Final = 9.81
"""[m/s^2]"""

_CREEP: Final = 0.01
"""Speed [rad/s] from which on friction works in full."""


class EffortEstimate:
    """Torques of one arm's joints."""

    def __init__(self, model: ArmModel) -> None:
        """Take an arm with its rated load; an arm without published torques reports zeros."""
        self._model = model
        largest = np.array(model.effort)
        self._largest = largest
        self._inertia = ACCELERATION_SHARE * largest / np.array(model.acceleration)
        self._coulomb = COULOMB_SHARE * largest
        self._viscous = VISCOUS_SHARE * largest / np.array(model.velocity)

    def at(self, state: State) -> FloatArray:
        """Return the torques [N m] at a state, shape (6,), within the largest ones."""
        speed = state.velocity
        effort: FloatArray = (
            self._inertia * state.acceleration
            + self._coulomb * np.clip(speed / _CREEP, -1.0, 1.0)
            + self._viscous * speed
            + load_torques(self._model, state.position.tolist())
        )
        limited: FloatArray = np.minimum(np.maximum(effort, -self._largest), self._largest)
        return limited


def load_torques(model: ArmModel, joints: list[float]) -> FloatArray:
    """Return the torques [N m] that hold the rated load at the flange, shape (6,).

    They are the derivatives of the load's potential energy, whose height over the base is

        c1 + c2 cos q2 + c3 cos(q2 + q3) - a2 sin(q2 + q3)
           + c4 (cos(q2 + q3) cos q5 - sin(q2 + q3) cos q4 sin q5)

    Args:
        model: The arm, upright.
        joints: Joint angles [rad], A1 to A6.
    """
    angles = [sign * joint - off for sign, joint, off in zip(model.signs, joints, model.offsets, strict=True)]
    _, q2, q3, q4, q5, _ = angles
    s, c = sin(q2 + q3), cos(q2 + q3)
    s4, c4, s5, c5 = sin(q4), cos(q4), sin(q5), cos(q5)
    forearm = -model.c3 * s - model.a2 * c - model.c4 * (s * c5 + c * c4 * s5)
    slopes = (
        0.0,
        forearm - model.c2 * sin(q2),
        forearm,
        model.c4 * s * s4 * s5,
        -model.c4 * (c * s5 + s * c4 * c5),
        0.0,
    )
    weight = model.payload * GRAVITY
    return np.array([weight * sign * slope for sign, slope in zip(model.signs, slopes, strict=True)])
