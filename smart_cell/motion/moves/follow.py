# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The joint motion that makes the tool follow legs, from joint angle to joint angle without a jump.

The arm is held in one way (KUKA Status) from start to end, with one exception: where the path leads exactly through
the wrist singularity (A5 = 0), as every path in the plane of the arm may, A5 changes its sign and A4 stays, instead of
A4 and A6 turning half round at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.batch import inverse_branch
from smart_cell.motion.kinematics.rates import joint_motion
from smart_cell.motion.kinematics.singularity import singularity_distances
from smart_cell.motion.kinematics.status import STATUS_WRIST, status_of
from smart_cell.motion.limits import LIMIT_TOLERANCE, within_limits
from smart_cell.motion.moves.leg import FlangeMotion, Leg, flange_motion
from smart_cell.motion.trajectory import State, Trajectory

FloatArray = NDArray[np.float64]

SLOWEST = 100.0
"""How many times slower than programmed a leg may become close to a singularity; if more is needed, it is refused."""

_STEP = 0.004
"""Longest time [s] between two joint positions that are told apart from each other's turns."""
_JUMP = 0.3
"""Larger changes of a joint angle [rad] within `_STEP` are jumps; no arm is as fast."""
_SINGULAR = 1e-7
"""Sine of A5 below which A4 is taken from its surroundings."""
_SUBSTITUTE = 1e-6
"""Sine of A5 with which rates are computed there."""
_CROSSING = 2e-7
"""A path that comes this close to A5 = 0 [rad] leads through it: the tool turns that much to do so."""
_ROUNDING = 1e-13
_GAP = 0.02
"""Sine of A5 up to which A4 is taken from the surroundings where the crossing is farther off than `_ROUNDING`: outside
of it the distance hardly shows in A4."""
_TINY = 1e-60
_PARTS = 18
_ZOOMS = 3
_REFINEMENTS = 3
_START_TOLERANCE = 1e-3
_TURN = 2.0 * math.pi
_A4, _A5, _A6 = 3, 4, 5


class Follower:
    """A motion of the joints over nominal time, as `retime` takes it."""

    def __init__(self, model: ArmModel, start: Joints, legs: Sequence[Leg], tool: Pose, times: FloatArray) -> None:
        """Find the joint angles along the legs.

        Args:
            model: The arm.
            start: Joint angles [rad] at the start of the first leg.
            legs: The first one begins at time 0.
            tool: Pose of the tool in the flange frame.
            times: Where samples will be wanted [s], from 0 to the end of the last leg. They are computed now and given
                back at once when they are asked for.

        Raises:
            MotionError: The path leaves the reach of the arm or the limits of a joint, or comes too close to a
                singularity; the text says where on the path.
        """
        self._model = model
        self._legs = legs
        self._tool = tool
        self._zero5 = model.signs[_A5] * model.offsets[_A5]
        self._status = status_of(model, start) & ~STATUS_WRIST
        if math.sin(start[_A5] - self._zero5) < -_SINGULAR:
            self._status |= STATUS_WRIST
        self.duration = legs[-1].end
        """When the last leg ends [s]."""
        self._times = times
        self._flips: FloatArray = np.empty(0)
        self._gaps: list[tuple[float, float]] = []
        grid = times
        if float(np.diff(times).max()) > _STEP * (1.0 + 1e-9):
            grid = np.linspace(0.0, self.duration, math.ceil(self.duration / _STEP) + 1, dtype=np.float64)
        motion, joints = self._solve(grid)
        self._refuse_out_of_reach(grid, joints)
        regular = np.abs(self._sine5(joints)) > _SINGULAR
        if regular.all() and float(np.abs(np.diff(joints, axis=0)).max()) <= _JUMP:
            joints += _TURN * np.rint((start - joints[0]) / _TURN)
            joints[0] = start
        else:
            finer = self._finer(grid, joints)
            if len(finer) > len(grid):
                grid = finer
                motion, joints = self._solve(grid)
                regular = np.abs(self._sine5(joints)) > _SINGULAR
            self._join(grid, joints, regular, np.array(start, dtype=float))
            for begin, end in self._gaps:
                regular &= (grid <= begin) | (grid >= end)
        rates, accelerations = self._derivatives(joints, motion, ~regular)
        for ends in (rates, accelerations):
            ends[[0, -1]] = 0.0
        self._table_times = grid
        self._table = State(joints, rates, accelerations)
        self._known = regular
        self._known[0] = True
        self._a4: Trajectory | None = None
        if not regular.all():
            self._mend(grid, joints, rates, accelerations, ~regular)
            joints[1:] -= _TURN * np.cumsum(np.rint(np.diff(joints, axis=0) / _TURN), axis=0)
        self._refuse_limits()
        self._refuse_fast()

    @property
    def knots(self) -> FloatArray:
        """Times [s] at which the jerk of a leg changes."""
        return np.sort(np.concatenate([leg.begin + leg.profile.knots() for leg in self._legs]))

    @property
    def end(self) -> Joints:
        """Joint angles [rad] at the end."""
        a1, a2, a3, a4, a5, a6 = self._table.position[-1].tolist()
        return (a1, a2, a3, a4, a5, a6)

    def keeps_limits(self, share: float = 1.0) -> bool:
        """Tell whether the joints can follow with a `share` of their limits, as far as the samples show."""
        model, state = self._model, self._table
        jerk = np.abs(np.diff(state.acceleration, axis=0)).max(axis=0)
        shortest = float(np.diff(self._table_times).min())
        return bool(
            (np.abs(state.velocity).max(axis=0) <= np.multiply(model.velocity, share)).all()
            and (np.abs(state.acceleration).max(axis=0) <= np.multiply(model.acceleration, share)).all()
            and (jerk <= np.multiply(model.jerk, share * shortest)).all()
        )

    def sample_many(self, times: ArrayLike) -> State:
        """Return the states at `times` [s], arrays of shape (n, 6)."""
        wanted = np.atleast_1d(np.asarray(times, dtype=float))
        if self._table_times is self._times and np.array_equal(wanted, self._times):
            return self._table
        if float(wanted.min(initial=self.duration)) >= self.duration:
            still = np.zeros((len(wanted), len(self._table.position[-1])))
            return State(np.tile(self._table.position[-1], (len(wanted), 1)), still, still.copy())
        clipped = np.clip(wanted, 0.0, self.duration)
        motion, joints = self._solve(clipped)
        if len(self._flips):
            self._flip(joints, np.searchsorted(self._flips, clipped) % 2 == 1)
        singular = np.abs(self._sine5(joints)) <= _SINGULAR
        for begin, end in self._gaps:
            singular |= (clipped > begin) & (clipped < end)
        rates, accelerations = self._derivatives(joints, motion, singular)
        if singular.any():
            self._mend(clipped, joints, rates, accelerations, singular)
        table = self._table.position
        joints += _TURN * np.rint((table[np.searchsorted(self._table_times[1:-1], clipped)] - joints) / _TURN)
        for end, rows in ((0, clipped <= 0.0), (-1, clipped >= self.duration)):
            joints[rows], rates[rows], accelerations[rows] = table[end], 0.0, 0.0
        return State(joints, rates, accelerations)

    def _solve(self, times: FloatArray) -> tuple[FlangeMotion, FloatArray]:
        """Return the motion of the flange and joint angles at `times` [s], the latter up to whole turns."""
        motion = flange_motion(self._legs, self._tool, times)
        return motion, inverse_branch(self._model, motion.positions, motion.rotations, self._status)

    def _finer(self, times: FloatArray, joints: FloatArray) -> FloatArray:
        """Return times between which no joint turns far, but where the path leads through the wrist singularity."""
        for _ in range(_REFINEMENTS):
            far = np.flatnonzero(np.abs(_wrapped(np.diff(joints, axis=0))).max(axis=1) > _JUMP)
            sine = np.abs(self._sine5(joints))
            far = far[np.minimum(sine[far], sine[far + 1]) > _SINGULAR]
            gaps = [(times[row], times[row + 1]) for row in far.tolist()]
            gaps = [gap for gap in gaps if self._closest_pass(*gap)[1] > _CROSSING]
            if not gaps:
                break
            between = [np.linspace(*gap, _PARTS, dtype=np.float64)[1:-1] for gap in gaps]
            times = np.sort(np.concatenate([times, *between]))
            _, joints = self._solve(times)
        return times

    def _sine5(self, joints: FloatArray) -> FloatArray:
        sine: FloatArray = np.sin(joints[:, _A5] - self._zero5)
        return sine

    def _flip(self, joints: FloatArray, rows: NDArray[np.bool_]) -> None:
        """Hold the wrist the other way in some rows: the same pose with A4 and A6 half round and A5 mirrored."""
        joints[rows, _A4] += math.pi
        joints[rows, _A5] = 2.0 * self._zero5 - joints[rows, _A5]
        joints[rows, _A6] += math.pi

    def _derivatives(
        self, joints: FloatArray, motion: FlangeMotion, singular: NDArray[np.bool_]
    ) -> tuple[FloatArray, FloatArray]:
        """Return rates and accelerations; in `singular` rows only the sum of A4's and A6's means something."""
        if singular.any():
            joints = joints.copy()
            joints[singular & (np.abs(self._sine5(joints)) < _SUBSTITUTE), _A5] = self._zero5 + _SUBSTITUTE
        return joint_motion(
            self._model,
            joints,
            (motion.linear, motion.angular),
            (motion.linear_acceleration, motion.angular_acceleration),
        )

    def _mend(
        self,
        times: FloatArray,
        joints: FloatArray,
        rates: FloatArray,
        accelerations: FloatArray,
        rows: NDArray[np.bool_],
    ) -> None:
        """Take A4 from its surroundings where the wrist is singular, and let A6 make up for it."""
        if self._a4 is None:
            table, known = self._table, self._known
            self._a4 = Trajectory(
                self._table_times[known],
                *(part[known, _A4:_A5] for part in (table.position, table.velocity, table.acceleration)),
            )
        bridge = self._a4.sample_many(times[rows])
        # A4 and A6 turn about the same line there, against each other where A5 is folded back.
        sense = np.sign(np.cos(joints[rows, _A5] - self._zero5)) * self._model.signs[_A4] * self._model.signs[_A6]
        for values, wanted in (
            (joints, bridge.position),
            (rates, bridge.velocity),
            (accelerations, bridge.acceleration),
        ):
            values[rows, _A6] += sense * (values[rows, _A4] - wanted[:, 0])
            values[rows, _A4] = wanted[:, 0]

    def _join(self, times: FloatArray, joints: FloatArray, regular: NDArray[np.bool_], start: FloatArray) -> None:
        """Make joint angles continuous from `start` on, in place; rows that are not `regular` follow later.

        Raises:
            MotionError: Somewhere a joint would have to jump.
        """
        joints[0] = start
        rows = np.flatnonzero(regular)
        first = -1
        if not regular[0]:
            # how A4 is held there is up to the start; the path goes on from it at the first regular row
            first = int(rows[0]) if len(rows) else -1
            rows = np.concatenate([[0], rows])
        steps = _wrapped(np.diff(joints[rows], axis=0))
        if float(np.abs(steps).max(initial=0.0)) > _JUMP:
            turned = np.flatnonzero(np.abs(steps[:, _A4]) > 0.5 * math.pi)
            self._flips = np.array(
                [0.0 if rows[k + 1] == first else self._crossing(times, joints, rows[k], rows[k + 1]) for k in turned]
            )
            later = joints[1:]
            self._flip(later, np.searchsorted(self._flips, times[1:]) % 2 == 1)
            steps = _wrapped(np.diff(joints[rows], axis=0))
            if first < 0 or abs(steps[0, _A4]) <= _JUMP:
                self._refuse_jumps(times, rows, steps)
        if first >= 0 and abs(steps[0, _A4]) > _START_TOLERANCE:
            self._refuse_start(joints[0, _A4], steps[0, _A4])
        joints[rows] = start + np.concatenate([np.zeros((1, len(start))), np.cumsum(steps, axis=0)])

    def _crossing(self, times: FloatArray, joints: FloatArray, before: int, after: int) -> float:
        """Return when the path leads through the wrist singularity, where A4 would turn half round at once.

        Raises:
            MotionError: The path only comes close to it.
        """
        time, offset = self._closest_pass(float(times[before]), float(times[after]))
        if offset > _CROSSING:
            raise self._too_fast(time)
        inside = np.abs(self._sine5(joints)) < (_GAP if offset > _ROUNDING else _SINGULAR)
        while before > 0 and inside[before]:
            before -= 1
        while after < len(times) - 1 and inside[after]:
            after += 1
        self._gaps.append((float(times[before]), float(times[after])))
        return time

    def _closest_pass(self, start: float, end: float) -> tuple[float, float]:
        """Return when between two times [s] the path is closest to the wrist singularity, and the sine of A5 there."""
        for _ in range(_ZOOMS):
            times = np.linspace(start, end, _PARTS, dtype=np.float64)
            _, joints = self._solve(times)
            # how far axis 6 is tilted against axis 4, seen along that one
            tilt = self._sine5(joints) * np.exp(1j * joints[:, _A4])
            way = np.diff(tilt)
            share = np.clip(-(tilt[:-1] * way.conj()).real / np.maximum(np.abs(way) ** 2, _TINY), 0.0, 1.0)
            distance = np.abs(tilt[:-1] + share * way)
            row = int(np.argmin(distance))
            start, end = float(times[row]), float(times[row + 1])
        return start + float(share[row]) * (end - start), float(distance[row])

    def _refuse_out_of_reach(self, times: FloatArray, joints: FloatArray) -> None:
        missing = np.isnan(joints[:, 0])
        if missing.any():
            raise MotionError(
                f"{self._where(times[int(np.argmax(missing))])} is out of reach of {self._model.name}; bring the "
                "path closer to the arm or hold the tool differently"
            )

    def _refuse_start(self, a4: float, step: float) -> None:
        raise MotionError(
            f"{self._where(0.0)} begins in the wrist singularity (A5 = 0), where joint_4 would have to turn from "
            f"{a4:.4f} to {a4 + step:.4f} rad at once; bring it there before, or begin with A5 away from 0"
        )

    def _refuse_jumps(self, times: FloatArray, rows: NDArray[np.intp], steps: FloatArray) -> None:
        jumps = np.abs(steps).max(axis=1) > _JUMP
        if jumps.any():
            first = int(np.argmax(jumps))
            raise self._too_fast(0.5 * float(times[rows[first]] + times[rows[first + 1]]))

    def _refuse_limits(self) -> None:
        model, joints = self._model, self._table.position
        outside = (joints < np.array(model.lower) - LIMIT_TOLERANCE) | (
            joints > np.array(model.upper) + LIMIT_TOLERANCE
        )
        if outside.any():
            row = int(np.argmax(outside.any(axis=1)))
            raise MotionError(
                f"{self._where(self._table_times[row])}: {within_limits(model, joints[row])}; lead the path "
                "differently or begin it with another configuration of the arm"
            )

    def _refuse_fast(self) -> None:
        """Refuse what would have to be slowed too much."""
        model, speed, change = self._model, np.abs(self._table.velocity), np.abs(self._table.acceleration)
        if (speed.max(axis=0) <= np.multiply(model.velocity, SLOWEST)).all() and (
            change.max(axis=0) <= np.multiply(model.acceleration, SLOWEST**2)
        ).all():
            return
        worst = np.maximum(speed / model.velocity, np.sqrt(change / model.acceleration)).max(axis=1)
        raise self._too_fast(float(self._table_times[int(np.argmax(worst))]))

    def _too_fast(self, time: float) -> MotionError:
        """Return the error of a path that comes too close to a singularity about `time` [s]."""
        model = self._model
        width = _STEP
        for _ in range(_ZOOMS):
            times = np.clip(time + width * np.linspace(-1.0, 1.0, 2 * _PARTS), 0.0, self.duration)
            motion, joints = self._solve(times)
            rates, accelerations = self._derivatives(joints, motion, np.zeros(len(times), dtype=bool))
            speed, change = np.abs(rates) / model.velocity, np.sqrt(np.abs(accelerations) / model.acceleration)
            is_fast = bool(speed.max() > 1.0)
            row, joint = divmod(int(np.argmax(speed if is_fast else change)), joints.shape[1])
            time, width = float(times[row]), width / _PARTS
        if is_fast:
            need, limit, unit = abs(rates[row, joint]), model.velocity[joint], "rad/s"
        else:
            need, limit, unit = abs(accelerations[row, joint]), model.acceleration[joint], "rad/s^2"
        return MotionError(
            f"{self._where(time)} passes {singularity_distances(model, joints[row])}, where joint_{joint + 1} would "
            f"need {need:.3g} {unit}, limit {limit:.3g} {unit}, more than slowing down allows; lead the path "
            "around it, turn the tool or use a PTP"
        )

    def _where(self, time: float) -> str:
        """Say where on the path the tool is at `time` [s]."""
        running = [leg for leg in self._legs if leg.begin <= time]
        return (running[-1] if running else self._legs[0]).where(time)


def _wrapped(angles: FloatArray) -> FloatArray:
    """Return angles without whole turns, -pi to pi [rad]."""
    wrapped: FloatArray = angles - _TURN * np.rint(angles / _TURN)
    return wrapped
