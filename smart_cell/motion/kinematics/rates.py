# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Joint rates and accelerations that a motion of the flange needs, for many samples, without solving linear systems.

A spherical wrist separates the two halves of the arm: the velocity of the wrist centre gives A1 to A3, and what
angular velocity is then left gives A4 to A6. Each half divides only by what vanishes at its singularity: the distance
of the wrist centre from axis 1, the sine of the elbow's bend, the sine of A5. Close to a singularity results are
therefore huge or infinite, without a warning; a flange at rest needs no motion anywhere.

Two coordinates of a vector are one complex number here, so that turning it is one multiplication: `x + iy` for turns
about z, `z + ix` for turns about y.

Source of the decoupling: Siciliano, Sciavicco, Villani, Oriolo, Robotics: Modelling, Planning and Control, 2009,
sections 2.12.2 and 3.3; written out here for the chain of `smart_cell.motion.arm_model`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.kinematics.chain import FloatArray, chain_angles, placement

ComplexArray = NDArray[np.complex128]

_NOT_ZERO = 1e-60
"""Added to divisors: changes nothing but a zero, and the square of a rate that follows from it is still finite."""


def joint_rates(model: ArmModel, joints: ArrayLike, linear: ArrayLike, angular: ArrayLike) -> FloatArray:
    """Return the joint rates [rad/s], `(n, 6)`, at which the flange moves as asked.

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad], `(n, 6)`.
        linear: Velocities of the flange's origin in the arm's base frame [m/s], `(n, 3)`.
        angular: Angular velocities of the flange in the arm's base frame [rad/s], `(n, 3)`.

    Returns:
        The rates; the module says what they are close to singularities.

    Raises:
        ValueError: A shape is wrong.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _rates(model, _arm(model, joints), linear, angular)


def joint_accelerations(
    model: ArmModel, joints: ArrayLike, rates: ArrayLike, linear: ArrayLike, angular: ArrayLike
) -> FloatArray:
    """Return the joint accelerations [rad/s^2], `(n, 6)`, at which the flange accelerates as asked.

    This is `J^-1 (a - dJ/dt rates)` with the Jacobian `J` of the flange.

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad], `(n, 6)`.
        rates: Joint rates [rad/s], `(n, 6)`.
        linear: Accelerations of the flange's origin in the arm's base frame [m/s^2], `(n, 3)`.
        angular: Angular accelerations of the flange in the arm's base frame [rad/s^2], `(n, 3)`.

    Returns:
        The accelerations; the module says what they are close to singularities.

    Raises:
        ValueError: A shape is wrong.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _accelerations(model, _arm(model, joints), rates, linear, angular)


def joint_motion(
    model: ArmModel,
    joints: ArrayLike,
    velocity: tuple[ArrayLike, ArrayLike],
    acceleration: tuple[ArrayLike, ArrayLike],
) -> tuple[FloatArray, FloatArray]:
    """Return the joint rates and accelerations of a motion of the flange, faster than one after the other.

    Args:
        model: The arm; its limits are not looked at.
        joints: Joint angles [rad], `(n, 6)`.
        velocity: Linear [m/s] and angular [rad/s] velocities as for `joint_rates`.
        acceleration: Linear [m/s^2] and angular [rad/s^2] accelerations as for `joint_accelerations`.

    Raises:
        ValueError: A shape is wrong.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        arm = _arm(model, joints)
        rates = _rates(model, arm, *velocity)
        return rates, _accelerations(model, arm, rates, *acceleration)


def _rates(model: ArmModel, arm: _Arm, linear: ArrayLike, angular: ArrayLike) -> FloatArray:
    velocity, spin = _upright(model, arm, linear), _upright(model, arm, angular)
    swing = _cross(spin, arm.lever)
    out, up = velocity.xy - swing.xy, velocity.z - swing.z
    v1 = out.imag / arm.shoulder
    v2, elbow = arm.plane_rates(_complex(up, out.real + model.b * v1 if model.b else out.real))
    along, across = arm.to_wrist(spin.xy - 1j * elbow, spin.z - v1)
    v6 = across.real / arm.wrist
    v4 = along - arm.turns[4].real * v6
    return _as_joints(model, (v1, v2, elbow - v2, v4, across.imag, v6))


def _accelerations(model: ArmModel, arm: _Arm, rates: ArrayLike, linear: ArrayLike, angular: ArrayLike) -> FloatArray:
    v1, v2, v3, v4, v5, v6 = _rows(rates, arm.radial.shape[0], JOINT_COUNT).T * np.array(model.signs)[:, np.newaxis]
    elbow = v2 + v3
    turn, turn4, turn5 = arm.turns[2:5]
    s5v6, c5v6 = turn5.imag * v6, turn5.real * v6

    # The flange turns against the forearm as its wrist does, and the forearm as A1 and the elbow do.
    wrist = _turned_about_y(turn, turn4 * _complex(s5v6, v5), v4 + c5v6)
    spin = _Vectors(wrist.xy + 1j * elbow, wrist.z + v1)
    acceleration, spin_up = _upright(model, arm, linear), _upright(model, arm, angular)
    swing, pull = _cross(spin_up, arm.lever), _cross(spin, _cross(spin, arm.lever))
    out, up = acceleration.xy - swing.xy - pull.xy, acceleration.z - swing.z - pull.z

    # The wrist centre in the frame that turns with axis 1, then in the plane of the arm.
    v1v1 = v1 * v1
    sideways, outwards = out.imag, out.real + arm.radial * v1v1
    if model.b:
        sideways += model.b * v1v1
    a1 = (sideways - 2.0 * v1 * (arm.upper.real * v2 + arm.forearm.real * elbow)) / arm.shoulder
    if model.b:
        outwards += model.b * a1
    bent = arm.upper * (v2 * v2) + arm.forearm * (elbow * elbow)
    a2, elbow_up = arm.plane_rates(_complex(up, outwards) + bent)

    # What is left for the wrist: less what the forearm does itself, and less how it turns the wrist's rates.
    left = _complex(elbow * (v1 - wrist.z), -elbow_up) - 1j * v1 * wrist.xy
    along, across = arm.to_wrist(spin_up.xy + left, spin_up.z + elbow * wrist.xy.real - a1)
    a6 = (across.real + v5 * (v4 - c5v6)) / arm.wrist
    a5 = across.imag - v4 * s5v6
    a4 = along + v5 * s5v6 - turn5.real * a6
    return _as_joints(model, (a1, a2, elbow_up - a2, a4, a5, a6))


class _Vectors(NamedTuple):
    """Vectors at n samples."""

    xy: ComplexArray
    z: FloatArray


class _Arm(NamedTuple):
    """An arm at n joint positions, in its upright frame: turned with axis 1, x outwards and z up."""

    turns: tuple[ComplexArray, ...]
    """By q1, q2, q2 + q3, q4, q5 and, where the model has a flange pose, q6: `exp(iq)`."""
    upper: ComplexArray
    """From axis 2 to axis 3, z + ix."""
    forearm: ComplexArray
    """From axis 3 to the wrist centre, z + ix."""
    lever: _Vectors
    """From the wrist centre to the flange."""
    radial: FloatArray
    """x of the wrist centre."""
    shoulder: FloatArray
    """The same as a divisor."""
    elbow: FloatArray
    """Area spanned by upper arm and forearm, as a divisor."""
    wrist: FloatArray
    """Sine of A5, as a divisor."""

    def plane_rates(self, motion: ComplexArray) -> tuple[FloatArray, FloatArray]:
        """Return rates of q2 and of q2 + q3 that move the wrist centre in the arm's plane, z + ix."""
        back = motion.conj()
        return -(back * self.forearm).real / self.elbow, (back * self.upper).real / self.elbow

    def to_wrist(self, xy: ComplexArray, z: FloatArray) -> tuple[FloatArray, ComplexArray]:
        """Return a vector of the upright frame along axis 4, and across it turned with axis 4."""
        plane = _complex(z, xy.real) * self.turns[2].conj()
        return plane.real, _complex(plane.imag, xy.imag) * self.turns[3].conj()


def _arm(model: ArmModel, joints: ArrayLike) -> _Arm:
    flange = placement(model.flange)
    angles = chain_angles(model, joints)
    if flange is None:
        angles = angles[:5]
    turns = np.empty(angles.shape, dtype=complex)
    np.cos(angles, out=turns.real)
    np.sin(angles, out=turns.imag)
    _, turn2, turn, turn4, turn5 = turns[:5]
    upper, forearm = model.c2 * turn2, complex(model.c3, model.a2) * turn
    radial = upper.imag + forearm.imag + model.a1
    if flange is None:
        lever = _turned_about_y(turn, turn4 * (model.c4 * turn5.imag), model.c4 * turn5.real)
    else:
        x, y, z = flange.origin
        across = complex(x, y) * turns[5]
        bent = _turned_about_y(turn5, across, np.full(across.shape, model.c4 + z))
        lever = _turned_about_y(turn, turn4 * bent.xy, bent.z)
    elbow = (upper * forearm.conj()).imag
    return _Arm(
        tuple(turns), upper, forearm, lever, radial, radial + _NOT_ZERO, elbow + _NOT_ZERO, turn5.imag + _NOT_ZERO
    )


def _upright(model: ArmModel, arm: _Arm, vectors: ArrayLike) -> _Vectors:
    """Return vectors of the arm's base frame, (n, 3), in the upright frame."""
    rows = _rows(vectors, arm.radial.shape[0], 3)
    if base := placement(model.base):
        rows = rows @ base.rotation
    return _Vectors(_complex(rows[:, 0], rows[:, 1]) * arm.turns[0].conj(), rows[:, 2])


def _turned_about_y(turn: ComplexArray, xy: ComplexArray, z: FloatArray) -> _Vectors:
    """Return vectors turned about y: by q2 + q3, from the forearm frame to the upright one."""
    plane = _complex(z, xy.real) * turn
    return _Vectors(_complex(plane.imag, xy.imag), plane.real)


def _cross(a: _Vectors, b: _Vectors) -> _Vectors:
    """Return the vector products."""
    return _Vectors(1j * (a.z * b.xy - b.z * a.xy), (a.xy.conj() * b.xy).imag)


def _complex(real: FloatArray, imaginary: FloatArray) -> ComplexArray:
    out = np.empty(real.shape, dtype=complex)
    out.real = real
    out.imag = imaginary
    return out


def _rows(values: ArrayLike, count: int, width: int) -> FloatArray:
    rows = np.asarray(values, dtype=float)
    if rows.shape != (count, width):
        raise ValueError(f"an array of shape {rows.shape} goes with {count} joint positions, must be {(count, width)}")
    return rows


def _as_joints(model: ArmModel, rates: tuple[FloatArray, ...]) -> FloatArray:
    joints: FloatArray = np.array(rates).T * np.array(model.signs)
    return joints
