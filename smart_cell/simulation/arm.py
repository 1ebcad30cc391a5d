# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated arm with its trajectory controller: goals in, joint readings and results out.

It behaves like ros2_control's joint trajectory controller on a position-controlled arm, with a safety input and drives
that a person switches on again. Time is an argument; call `step` as often as the motion shall be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.limits import within_limits
from smart_cell.motion.stop import plan_stop
from smart_cell.motion.trajectory import FloatArray, State, Trajectory
from smart_cell.simulation.arm_faults import ArmFaults
from smart_cell.simulation.arm_goal import (
    ArmConfig,
    ErrorCode,
    JointGoal,
    Rejection,
    Tolerances,
    check_form,
    check_limits,
    join,
    resolve_tolerances,
)

PREEMPTED = "Current goal preempted by new incoming action."
DEACTIVATED = "Current goal cancelled during deactivate transition."
CANCELED = "Goal successfully cancelled!"
SUCCEEDED = "Goal successfully reached!"

_ROUNDING = 1e-9
_SAME_TIME = 1e-6
"""Times closer than this [s] are the same; seconds since 1970 are known to about 0.2 us."""
_CATCH_UP = 1.2
"""Largest speed at which the arm follows its reference, as a multiple of the speed limit."""


@dataclass(frozen=True, slots=True)
class JointReading:
    """What the arm reports, one value per joint, A1 to A6."""

    position: tuple[float, ...]
    """[rad]"""
    velocity: tuple[float, ...]
    """[rad/s]"""
    effort: tuple[float, ...]
    """Torque estimate [N m]: the share of the rated acceleration times the largest torque; no gravity."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a goal."""

    goal_id: str
    error_code: ErrorCode
    error_string: str
    canceled: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the goal was reached."""
        return self.error_code is ErrorCode.SUCCESSFUL and not self.canceled


@dataclass(frozen=True, slots=True)
class Following:
    """Where the arm should be and where it is, for the controller's state and the feedback of the action."""

    reference: State
    feedback: State
    error: State
    """Reference minus feedback."""
    time: float
    """Time on the running trajectory [s]; 0 where there is none."""
    index: int
    """The trajectory's point that was passed last; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class _Running:
    goal_id: str
    tolerances: Tolerances


class SimArm:
    """A simulated arm. It starts inactive, at rest, and with its drives on."""

    def __init__(
        self,
        model: ArmModel,
        joint_names: Sequence[str],
        start_joints: Sequence[float],
        config: ArmConfig | None = None,
    ) -> None:
        """Put the arm where it stands.

        Args:
            model: Geometry and limits.
            joint_names: Names of the joints, A1 to A6.
            start_joints: Joint angles [rad].
            config: Tolerances and margins.

        Raises:
            ValueError: The number of names is not six, or the arm cannot stand there.
        """
        if len(joint_names) != JOINT_COUNT:
            raise ValueError(f"{model.name} has {JOINT_COUNT} joints, got {len(joint_names)} names")
        config = config if config is not None else ArmConfig()
        problem = within_limits(model, start_joints, tolerance=config.position_margin)
        if problem is not None:
            raise ValueError(f"{model.name} cannot start at {tuple(start_joints)}: {problem}")
        self._model = model
        self._names = tuple(joint_names)
        self._config = config
        self._faults = ArmFaults()
        self._active = False
        self._safe = True
        self._drives = True
        self._disabled = ""
        self._running: _Running | None = None
        self._note = ""
        self._trajectory = _hold(np.array(start_joints, dtype=float))
        self._origin = 0.0
        self._limit = np.array(model.velocity) * _CATCH_UP
        self._acceleration = np.array(model.acceleration)
        self._effort = np.array(model.effort)
        self._measured = self._trajectory.sample(0.0)
        self._measured_at: float | None = None
        self._reading = self._read()
        self._rests = False

    @property
    def active(self) -> bool:
        """Whether the controller takes goals."""
        return self._active

    @property
    def drives(self) -> bool:
        """Whether the drives are on."""
        return self._drives

    @property
    def enabled(self) -> bool:
        """Whether motion is enabled."""
        return not self._disabled

    @property
    def position(self) -> tuple[float, ...]:
        """Where the joints were at the last look [rad], whether the arm reports it or not."""
        return self._reading.position

    @property
    def faults(self) -> ArmFaults:
        """What is broken."""
        return self._faults

    @property
    def running(self) -> str | None:
        """The goal that runs."""
        return self._running.goal_id if self._running is not None else None

    @property
    def note(self) -> str:
        """What of the tolerances of the last accepted goal was ignored, in words; empty if nothing."""
        return self._note

    def activate(self, now: float) -> None:
        """Take goals from now on; the arm holds where it is measured."""
        self._follow(now)
        self._hold(now)
        self._active = True

    def deactivate(self, now: float) -> list[Finished]:
        """Take no more goals and stop on the path."""
        self._follow(now)
        self._active = False
        return self._abort(now, ErrorCode.INVALID_GOAL, DEACTIVATED)

    def set_safe(self, ok: bool, now: float, cause: str = "safety input") -> list[Finished]:
        """Tell the state of the safety input.

        When it goes, the arm stops on its path, its goal is aborted and its drives switch off once it stands (stop
        category 1). When it comes back nothing moves: `set_drives` must be called first.

        Args:
            ok: Whether motion is allowed.
            now: Time [s].
            cause: Why not, for the texts.
        """
        self._follow(now)
        if self._safe and not ok:
            self._drives = False
        self._safe = ok
        return [] if ok else self._abort(now, ErrorCode.INVALID_GOAL, f"stopped on the path by {cause}")

    def set_drives(self, on: bool, now: float) -> list[Finished]:
        """Switch the drives on or off; switching on works only while the safety input allows it, see `drives`."""
        self._follow(now)
        if not on:
            self._drives = False
            return self._abort(now, ErrorCode.INVALID_GOAL, "drives switched off")
        if self._safe and not self._drives:
            self._hold(now)
            self._drives = True
        return []

    def set_enabled(self, ok: bool, now: float, cause: str = "motion is not enabled") -> list[Finished]:
        """Tell the motion enable, which the cell's controller gives.

        Without it the arm stops on its path and its goal is aborted; the drives stay on (stop category 2), so that
        goals are taken again as soon as it is back.

        Args:
            ok: Whether motion is wanted.
            now: Time [s].
            cause: Why not, for the texts.
        """
        self._follow(now)
        self._disabled = "" if ok else cause
        return [] if ok else self._abort(now, ErrorCode.INVALID_GOAL, f"stopped on the path: {cause}")

    def set_faults(self, faults: ArmFaults, now: float) -> None:
        """Break or repair the arm."""
        self._follow(now)
        self._faults = faults
        self._rests = False

    def check(self, goal: JointGoal, now: float) -> Rejection | None:
        """Return why a goal would be rejected, or None if `accept` may be called with it."""
        if not self._active:
            return Rejection(ErrorCode.INVALID_GOAL, "the controller is not active")
        if not self._safe:
            return Rejection(ErrorCode.INVALID_GOAL, "the safety input does not allow motion")
        if not self._drives:
            return Rejection(ErrorCode.INVALID_GOAL, "the drives are off; switch them on after the stop is reset")
        if self._disabled:
            return Rejection(ErrorCode.INVALID_GOAL, self._disabled)
        problem = check_form(goal, self._names, now)
        if problem is not None:
            return problem
        self._follow(now)
        trajectory, _ = join(goal, self._names, self._measured, now)
        return check_limits(trajectory, self._measured, self._model, self._config)

    def accept(self, goal_id: str, goal: JointGoal, now: float) -> list[Finished]:
        """Start a goal that `check` did not reject, and return the end of the one it preempts."""
        self._follow(now)
        trajectory, origin = join(goal, self._names, self._measured, now)
        tolerances, self._note = resolve_tolerances(goal, self._names, self._config)
        finished = self._finish(ErrorCode.INVALID_GOAL, PREEMPTED)
        self._run(trajectory, origin)
        self._running = _Running(goal_id, tolerances)
        return finished

    def cancel(self, goal_id: str, now: float) -> list[Finished]:
        """Cancel a goal: the arm stops on the path. Nothing happens if another goal or none runs."""
        self._follow(now)
        if self._running is None or self._running.goal_id != goal_id:
            return []
        self._running = None
        self._stop(now)
        return [Finished(goal_id, ErrorCode.SUCCESSFUL, CANCELED, canceled=True)]

    def step(self, now: float) -> list[Finished]:
        """Move on to `now` and return the goal that ended, if one did."""
        self._follow(now)
        running = self._running
        if running is None:
            return []
        overdue = now - self._origin - self._trajectory.duration
        tolerances = running.tolerances
        if self._faults.feedback_lost:
            problem = "the arm reports no position"
        elif overdue < -_SAME_TIME:
            error = self._error(now)
            problem = self._violation(error, tolerances.path_position, tolerances.path_velocity)
            if problem:
                return self._abort(now, ErrorCode.PATH_TOLERANCE_VIOLATED, f"path tolerance violated: {problem}")
        else:
            error = self._error(now)
            problem = self._violation(error, tolerances.goal_position, tolerances.goal_velocity)
            if not problem:
                return self._finish(ErrorCode.SUCCESSFUL, SUCCEEDED)
        if overdue > tolerances.goal_time:
            text = f"Aborted due to goal_time_tolerance exceeding by {overdue - tolerances.goal_time:.3f} seconds"
            return self._abort(now, ErrorCode.GOAL_TOLERANCE_VIOLATED, f"{text}: {problem}")
        return []

    def next_event(self, now: float) -> float | None:
        """Return when the running goal is due to end [s], not before `now`; None if none runs."""
        return None if self._running is None else max(self._origin + self._trajectory.duration, now)

    def state(self, now: float) -> JointReading | None:
        """Return what the arm reports at `now`, or None if it reports nothing."""
        self._follow(now)
        return None if self._faults.feedback_lost else self._reading

    def following(self, now: float) -> Following:
        """Return reference, feedback and error at `now`."""
        self._follow(now)
        time = now - self._origin
        index = max(int(np.searchsorted(self._trajectory.times, time, side="right")) - 1, 0)
        running = self._running is not None
        return Following(
            self._trajectory.sample(time),
            self._measured,
            self._error(now),
            max(time, 0.0) if running else 0.0,
            index if running else 0,
        )

    def _follow(self, now: float) -> None:
        """Bring the measured state to `now`; the one place that says how the arm tracks its reference."""
        then = self._measured_at
        self._measured_at = now if then is None else max(now, then)
        if then is None or now <= then or self._rests:
            return
        span = now - then
        reference = self._trajectory.sample(now - self._origin)
        before = self._measured.position
        wanted = reference.position + self._faults.offsets
        velocity, acceleration = reference.velocity, reference.acceleration
        # Jumps of the reference and of faults are followed no faster than the drives can turn.
        reach = self._limit * span
        position = before + np.clip(wanted - before, -reach, reach)
        for joint in self._faults.stuck:
            position[joint - 1] = before[joint - 1]
        late = np.abs(position - wanted) > _ROUNDING
        if late.any():
            velocity = np.where(late, (position - before) / span, velocity)
            acceleration = np.where(late, 0.0, acceleration)
        self._measured = State(position, velocity, acceleration)
        self._reading = self._read()
        # What has come to rest stays there until something changes, which saves most of an idle arm's computing.
        self._rests = now - self._origin >= self._trajectory.duration and not np.any(position != before)

    def _read(self) -> JointReading:
        measured = self._measured
        effort = np.clip(measured.acceleration / self._acceleration, -1.0, 1.0) * self._effort
        return JointReading(
            tuple(measured.position.tolist()), tuple(measured.velocity.tolist()), tuple(effort.tolist())
        )

    def _error(self, now: float) -> State:
        reference = self._trajectory.sample(now - self._origin)
        return State(
            reference.position - self._measured.position,
            reference.velocity - self._measured.velocity,
            reference.acceleration - self._measured.acceleration,
        )

    def _violation(self, error: State, position: FloatArray, velocity: FloatArray) -> str:
        """Return which joint is off by more than its tolerance, in words; empty if none is."""
        for off, limit, unit in ((error.position, position, "rad"), (error.velocity, velocity, "rad/s")):
            over = np.abs(off) > limit
            if over.any():
                joint = int(np.argmax(over))
                return f"{self._names[joint]} is off by {abs(off[joint]):.4f} {unit}, limit {limit[joint]:g} {unit}"
        return ""

    def _finish(self, code: ErrorCode, text: str) -> list[Finished]:
        running, self._running = self._running, None
        return [] if running is None else [Finished(running.goal_id, code, text)]

    def _abort(self, now: float, code: ErrorCode, text: str) -> list[Finished]:
        finished = self._finish(code, text)
        if finished:
            self._stop(now)
        return finished

    def _stop(self, now: float) -> None:
        stop = plan_stop(self._trajectory, now - self._origin, self._model)
        self._run(stop.trajectory, now)

    def _hold(self, now: float) -> None:
        self._run(_hold(self._measured.position), now)

    def _run(self, trajectory: Trajectory, origin: float) -> None:
        self._trajectory, self._origin = trajectory, origin
        self._rests = False


def _hold(position: FloatArray) -> Trajectory:
    zero = np.zeros((1, len(position)))
    return Trajectory(np.zeros(1), position[np.newaxis].copy(), zero, zero.copy())
