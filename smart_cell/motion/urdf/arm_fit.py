# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the seven lengths, the signs and the offsets of an arm from the lines of its six axes, or why it has none.

The lines are those at joint angles of zero, in the arm's base frame; nothing is assumed about how the frames between
them were chosen. What an arm needs: axis 2 perpendicular to axis 1 and parallel to axis 3, axis 4 perpendicular to
axis 3, and the axes 4, 5 and 6 meeting in one point, each perpendicular to the next. Source of the geometry: see
`smart_cell.motion.arm_model`.

Where the same arm can be written down in several ways, the one is taken in which the arm reaches forward: a1, c2, c3
and c4 are not negative, and offsets are small. KUKA's arms so get the numbers that they are published with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import atan2, copysign, cos, degrees, hypot, pi, remainder, sin
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import Joints

FloatArray = NDArray[np.float64]

ANGLE_TOLERANCE: Final = 1e-4
"""How far from parallel or perpendicular [rad] two axes may be: files are rounded."""
DISTANCE_TOLERANCE: Final = 1e-4
"""How far from one point [m] axes that must meet may pass."""

_NOISE: Final = 1e-11
"""What is closer [m, rad] to a round number than this is rounding of the arithmetic."""

_UP: Final[FloatArray] = np.array([0.0, 0.0, 1.0])


class Line(NamedTuple):
    """The axis of a joint that turns: a point on it [m] and its direction, both (3,)."""

    point: FloatArray
    direction: FloatArray


@dataclass(frozen=True, slots=True)
class ArmGeometry:
    """The geometry of `ArmModel`, whose fields these are."""

    a1: float
    a2: float
    b: float
    c1: float
    c2: float
    c3: float
    c4: float
    signs: Joints
    offsets: Joints
    base: Pose
    flange: Pose = IDENTITY

    def zero_pose(self) -> FloatArray:
        """Return the flange of the geometry in its base at joint angles of zero, (4, 4)."""
        q1, q2, q3, q4, q5, q6 = (-offset for offset in self.offsets)
        shoulder = _turned("z", q1) @ _moved(self.a1, self.b, self.c1) @ _turned("y", q2)
        elbow = _moved(0.0, 0.0, self.c2) @ _turned("y", q3) @ _moved(self.a2, 0.0, self.c3)
        wrist = _turned("z", q4) @ _turned("y", q5) @ _turned("z", q6) @ _moved(0.0, 0.0, self.c4)
        frame: FloatArray = shoulder @ elbow @ wrist
        return frame


def misfits(axes: Sequence[Line], names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield every reason why six axes are not those of an arm with a spherical wrist.

    Args:
        axes: The axes from the base to the flange.
        names: Of their joints, for the texts.

    Yields:
        The joint that is most to blame, what is wrong, and what an arm needs.
    """
    yield from _not_perpendicular(axes, names, 0, 1)
    angle = _angle(axes[1], axes[2])
    if angle > ANGLE_TOLERANCE:
        message = f"{names[1]} and {names[2]} are {round(degrees(angle), 4):g} deg from parallel"
        yield names[2], message, "an upper arm: axes 2 and 3 parallel"
    elif _distance(axes[1], axes[2]) < 10.0 * DISTANCE_TOLERANCE:
        message = f"{names[1]} and {names[2]} turn about the same line: there is no upper arm"
        yield names[2], message, "an upper arm: axes 2 and 3 apart"
    for first in (2, 3, 4):
        yield from _not_perpendicular(axes, names, first, first + 1)
    if min(_angle(axes[3], axes[4]), _angle(axes[4], axes[5])) < ANGLE_TOLERANCE:
        return  # without a point to meet in, which is said above
    spread = _spread(axes[3:])
    if spread > DISTANCE_TOLERANCE:
        message = (
            f"{names[3]}, {names[4]} and {names[5]} do not meet in one point: they pass {_metres(spread)} apart; "
            "this arm has no spherical wrist"
        )
        if _angle(axes[2], axes[3]) < ANGLE_TOLERANCE:
            message += f" ({names[1]}, {names[2]} and {names[3]} are parallel, as those of a UR)"
        yield names[5], message, f"axes 4, 5 and 6 that meet within {DISTANCE_TOLERANCE:g} m"
    elif _point_distance(_meeting_point(axes[3:]), axes[2]) < 10.0 * DISTANCE_TOLERANCE:
        message = f"the wrist lies on the axis of {names[2]}: there is no forearm"
        yield names[3], message, "a forearm: a wrist away from axis 3"


def fit_arm(axes: Sequence[Line], tip: FloatArray) -> ArmGeometry:
    """Return the geometry of an arm in which `misfits` finds nothing.

    Args:
        axes: The six axes in the arm's base frame at joint angles of zero.
        tip: The flange frame there, (4, 4).
    """
    base = _base_frame(axes)
    back = np.linalg.inv(base)
    lines = [Line(back[:3, :3] @ line.point + back[:3, 3], back[:3, :3] @ line.direction) for line in axes]
    tip = back @ tip
    centre = _meeting_point(lines[3:])

    # The plane in which the arm moves: `ahead` and `up`, `aside` from it. Then along the arm, each sign where it
    # makes a length positive.
    sign2, ahead, aside = _arm_plane(lines[1])
    upper = lines[2].point - lines[1].point
    fore = centre - lines[2].point
    q2 = atan2(upper @ ahead, upper @ _UP)
    sign4, elbow = _forearm(lines[3].direction, fore, ahead, q2)
    along, across = sin(elbow) * ahead + cos(elbow) * _UP, cos(elbow) * ahead - sin(elbow) * _UP
    sign5, q4 = _first_wrist_angle(lines[4].direction, across, aside)
    turned, aside5 = cos(q4) * across + sin(q4) * aside, cos(q4) * aside - sin(q4) * across
    reach = tip[:3, 3] - centre
    sign6, outwards = _towards_tip(lines[5].direction, reach, tip)
    q5 = atan2(outwards @ turned, outwards @ along)
    q6 = 0.0
    if hypot(*_cross(tip[:3, 2], outwards)) < ANGLE_TOLERANCE:
        # tool0 looks along axis 6, as usual: with this angle the flange pose is the identity
        q6 = atan2(tip[:3, 0] @ aside5, tip[:3, 0] @ (cos(q5) * turned - sin(q5) * along))

    sign1, sign3 = (copysign(1.0, value) for value in (lines[0].direction @ _UP, lines[2].direction @ aside))
    o1, o2, o3, o4, o5, o6 = (_offset(angle) for angle in (atan2(ahead[1], ahead[0]), q2, elbow - q2, q4, q5, q6))
    geometry = ArmGeometry(
        a1=_clean(lines[1].point @ ahead),
        a2=_clean(fore @ across),
        b=_clean(centre @ aside),
        c1=_clean(lines[1].point @ _UP),
        c2=_clean(hypot(upper @ ahead, upper @ _UP)),
        c3=_clean(fore @ along),
        c4=_clean(reach @ outwards),
        signs=(sign1, sign2, sign3, sign4, sign5, sign6),
        offsets=(o1, o2, o3, o4, o5, o6),
        base=_pose(base),
    )
    return replace(geometry, flange=_pose(np.linalg.inv(geometry.zero_pose()) @ tip))


def _base_frame(axes: Sequence[Line]) -> FloatArray:
    """Return the frame on axis 1 that is closest to the arm's base frame: z along the axis, upwards, (4, 4)."""
    axis = axes[0]
    origin = axis.point - (axis.point @ axis.direction) * axis.direction
    up = axis.direction * copysign(1.0, axis.direction @ _UP)
    if abs(up @ _UP) < 0.5:
        # The axis lies on its side: up is where the arm is.
        up = axis.direction * copysign(1.0, (axes[1].point - origin) @ axis.direction)
    reference = np.array([1.0, 0.0, 0.0]) if abs(up[0]) < 0.9 else np.array([0.0, 0.0, -copysign(1.0, up[0])])
    ahead = _unit(reference - (reference @ up) * up)
    frame = np.eye(4)
    frame[:3, :3] = np.column_stack([ahead, _cross(up, ahead), up])
    frame[:3, 3] = origin
    return frame


def _arm_plane(axis2: Line) -> tuple[float, FloatArray, FloatArray]:
    """Return the sign of joint 2, and the directions ahead and aside of the plane in which the arm moves."""
    aside = _unit(axis2.direction * (1.0, 1.0, 0.0))
    ahead = _cross(aside, _UP)
    a1 = float(axis2.point @ ahead)
    if abs(a1) <= DISTANCE_TOLERANCE:
        # Axis 2 crosses axis 1: ahead is where the base frame's x points, else its y.
        a1 = float(ahead[0] if abs(ahead[0]) > _NOISE else ahead[1])
    return (1.0, ahead, aside) if a1 >= 0.0 else (-1.0, -ahead, -aside)


def _forearm(axis4: FloatArray, fore: FloatArray, ahead: FloatArray, q2: float) -> tuple[float, float]:
    """Return the sign of joint 4, and the angle of the forearm from upright [rad]."""
    angle = atan2(axis4 @ ahead, axis4 @ _UP)
    length = float(fore @ (sin(angle) * ahead + cos(angle) * _UP))
    if abs(length) <= DISTANCE_TOLERANCE:
        # The wrist is beside axis 3: the way in which the elbow is bent less.
        length = 0.5 * pi + _NOISE - abs(remainder(angle - q2, 2.0 * pi))
    return (1.0, angle) if length >= 0.0 else (-1.0, angle + pi)


def _first_wrist_angle(axis5: FloatArray, across: FloatArray, aside: FloatArray) -> tuple[float, float]:
    """Return the sign of joint 5, and the angle of axis 4 [rad] at which axis 5 is where it is, the smaller of two."""
    angle = atan2(-(axis5 @ across), axis5 @ aside)
    return (1.0, angle) if abs(angle) <= 0.5 * pi + _NOISE else (-1.0, angle - copysign(pi, angle))


def _towards_tip(axis6: FloatArray, reach: FloatArray, tip: FloatArray) -> tuple[float, FloatArray]:
    """Return the sign of joint 6, and the direction of its axis from the wrist to the flange."""
    length = float(reach @ axis6)
    if abs(length) <= DISTANCE_TOLERANCE:
        length = float(tip[:3, 2] @ axis6)
    sign = copysign(1.0, length)
    return sign, sign * axis6


def _not_perpendicular(axes: Sequence[Line], names: Sequence[str], a: int, b: int) -> Iterator[tuple[str, str, str]]:
    angle = _angle(axes[a], axes[b])
    if abs(0.5 * pi - angle) > ANGLE_TOLERANCE:
        message = f"{names[a]} and {names[b]} are {round(degrees(angle), 4):g} deg apart"
        yield names[b], message, f"axes {a + 1} and {b + 1} at right angles"


def _angle(first: Line, second: Line) -> float:
    """Return the angle between two lines without regard to their sense, 0 to pi/2 [rad]."""
    cross = _cross(first.direction, second.direction)
    return atan2(hypot(*cross), abs(first.direction @ second.direction))


def _distance(first: Line, second: Line) -> float:
    """Return the shortest distance between two lines [m]."""
    between = second.point - first.point
    cross = _cross(first.direction, second.direction)
    length = hypot(*cross)
    if length < ANGLE_TOLERANCE:
        return hypot(*_cross(between, first.direction))
    return abs(float(between @ cross)) / length


def _point_distance(point: FloatArray, line: Line) -> float:
    return hypot(*_cross(point - line.point, line.direction))


def _closest(line: Line, other: Line) -> FloatArray:
    """Return the point of a line that is closest to another, not parallel one."""
    cross = _cross(line.direction, other.direction)
    along = _cross(other.point - line.point, other.direction) @ cross / (cross @ cross)
    return line.point + float(along) * line.direction


def _spread(wrist: Sequence[Line]) -> float:
    """Return how far the three axes of a wrist are from meeting in one point [m], whatever the joint angles are."""
    fourth, fifth, sixth = wrist
    shift = hypot(*(_closest(fifth, fourth) - _closest(fifth, sixth)))
    return max(_distance(fourth, fifth), _distance(fifth, sixth), shift)


def _meeting_point(wrist: Sequence[Line]) -> FloatArray:
    """Return the point [m] that is closest to all lines in the sense of least squares, (3,)."""
    across = [np.eye(3) - np.outer(line.direction, line.direction) for line in wrist]
    matrix = np.sum(across, axis=0)
    vector = np.sum([part @ line.point for part, line in zip(across, wrist, strict=True)], axis=0)
    point: FloatArray = np.linalg.solve(matrix, vector)
    return point


def _turned(axis: str, angle: float) -> FloatArray:
    c, s = cos(angle), sin(angle)
    first, second = (2, 0) if axis == "y" else (0, 1)
    frame = np.eye(4)
    frame[[first, second], [first, second]] = c
    frame[first, second], frame[second, first] = -s, s
    return frame


def _moved(x: float, y: float, z: float) -> FloatArray:
    frame = np.eye(4)
    frame[:3, 3] = x, y, z
    return frame


def _cross(first: FloatArray, second: FloatArray) -> FloatArray:
    product: FloatArray = np.asarray(np.cross(first, second), dtype=np.float64)
    return product


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / hypot(*vector)
    return unit


def _offset(angle: float) -> float:
    """Return the offset [rad] of a joint whose angle in the geometry is `angle` at joint angle zero."""
    angle = -remainder(angle, 2.0 * pi)
    quarters = round(angle / (0.5 * pi))
    angle = 0.5 * pi * quarters if abs(angle - 0.5 * pi * quarters) < _NOISE else angle
    return pi if angle == -pi else angle + 0.0


def _clean(length: float | FloatArray) -> float:
    """Return a length [m] without the rounding of the arithmetic."""
    return round(float(length), 12) + 0.0


def _pose(frame: FloatArray) -> Pose:
    if np.abs(frame - np.eye(4)).max() < _NOISE:
        return IDENTITY
    # Products of many rotations are no longer exactly one.
    left, _, right = np.linalg.svd(frame[:3, :3])
    return Pose.from_matrix(np.block([[left @ right, frame[:3, 3:]], [np.array([0.0, 0.0, 0.0, 1.0])]]))


def _metres(length: float) -> str:
    return f"{length:.3f} m" if length >= 1e-3 else f"{length:.1e} m"
