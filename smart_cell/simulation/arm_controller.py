# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The trajectory controller of a simulated arm: runs one trajectory at a time, watches it, and says how it ended.

It does what ros2_control's joint trajectory controller does in each of its cycles. Whether a trajectory may run at all
is decided above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smart_cell.motion.arm_model import ArmModel
from smart_cell.motion.trajectory import State, Trajectory
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_course import Course, hard_stop
from smart_cell.simulation.arm_goal import ErrorCode, JointGoal
from smart_cell.simulation.arm_servo import CYCLE, ArmServo, Track
from smart_cell.simulation.arm_tolerances import Tolerances, resolve_tolerances

TOPIC = ""
"""Takes the place of a goal's name for what came by topic."""
PREEMPTED = "Current goal preempted by new incoming action."
REPLACED = "Current goal preempted by a new trajectory on the topic."
CANCELED = "Goal successfully cancelled!"
SUCCEEDED = "Goal successfully reached!"

HARD_FACTOR = 3.0
"""Deceleration of a joint that brakes by itself as hard as it can, as a multiple of its rated acceleration; an
assumption."""

_SAME_TIME = 1e-6
"""Times closer than this [s] are the same; seconds since 1970 are known to about 0.2 us."""
_LOWEST_RATE = 0.05
"""Least rate [of 1] whose speed a goal takes over that begins while the arm moves."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a goal, or of a trajectory that came by topic."""

    goal_id: str
    """`TOPIC` for a trajectory that came by topic."""
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
    """The point of the running trajectory that comes next; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class _Running:
    goal_id: str
    tolerances: Tolerances
    times: tuple[float, ...]
    """Of the points, on the path [s]."""


class ArmController:
    """Follows trajectories with the servos of one arm; holds where there is none."""

    def __init__(self, model: ArmModel, joint_names: Sequence[str], start: Sequence[float], config: ArmConfig) -> None:
        """Hold at `start` [rad].

        Args:
            model: The arm.
            joint_names: Names of the joints, A1 to A6.
            start: Joint angles [rad].
            config: Tolerances and margins.
        """
        position = np.array(start, dtype=float)
        self._model = model
        self._names = tuple(joint_names)
        self._config = config
        self._course = Course.rest(position, 0.0)
        self._interrupted = True
        self._running: _Running | None = None
        self._ended: list[Finished] = []
        timeout = config.cmd_timeout
        self._timeout = timeout if timeout > config.goal_time else math.inf
        self._hard = HARD_FACTOR * np.array(model.acceleration)
        self.servo = ArmServo(model, position)
        self.feedback_lost = False
        """The arm's position is not known: nothing can be called reached."""

    @property
    def running(self) -> str | None:
        """The goal that runs, or `TOPIC`."""
        return self._running.goal_id if self._running is not None else None

    @property
    def course(self) -> Course:
        """What is followed."""
        return self._course

    def advance(self, now: float) -> None:
        """Do all cycles that are due by `now` [s]."""
        while (track := self.servo.advance(now, self._course, watched=self._running is not None)) is not None:
            self._watch(track)

    def measured(self, now: float) -> State:
        """Return where the arm is, arrays of shape (6,); `advance` comes first."""
        return self.servo.at(now, self._course)

    def take_ended(self) -> list[Finished]:
        """Return what ended since this was called last."""
        ended, self._ended = self._ended, []
        return ended

    def arrive(self, now: float) -> None:
        """End the running goal if it is reached at `now` [s], between two cycles."""
        running = self._running
        if running is None or now < self._course.due - _SAME_TIME:
            return
        error = _difference(self._course.sample(now), self.measured(now))
        if self._ends_well(running, self._problem(running, error)):
            self._finish(ErrorCode.SUCCESSFUL, SUCCEEDED)

    def start_state(self, now: float, rate: float) -> State:
        """Return the state in which a trajectory begins that is run at `rate`, as its own time has it."""
        measured = self.measured(now)
        if self._config.interpolate_from_desired_state and not self._interrupted:
            measured = self._course.sample(now)
        # A pace of 0 stops the new path from the speed that the arm has.
        rate = max(rate, _LOWEST_RATE) if rate > 0.0 else 1.0
        return State(measured.position, measured.velocity / rate, measured.acceleration / rate**2)

    def follow(self, goal_id: str, goal: JointGoal, path: Trajectory, begin: float, now: float, rate: float) -> str:
        """Run a trajectory instead of what runs now, and return what of its tolerances is ignored, in words.

        Args:
            goal_id: Names its end; `TOPIC` for none.
            goal: As it came.
            path: As `join` made it.
            begin: When the arm begins to move [s], not before `now`.
            now: Time [s].
            rate: 0 to 1.
        """
        self._finish(ErrorCode.INVALID_GOAL, REPLACED if goal_id == TOPIC else PREEMPTED)
        tolerances, note = resolve_tolerances(goal, self._names, self._config)
        course = Course.steady(path, begin, rate if rate > 0.0 else 1.0)
        if rate == 0.0 and not self.measured(now).velocity.any():
            course = Course.at_once(path, path.start, 0.0, begin)
        elif rate == 0.0:
            course = course.at_rate(begin, 0.0, self._model)
        self._turn_to(course, now)
        self._running = _Running(goal_id, tolerances, tuple(point.time_from_start for point in goal.points))
        self._interrupted = False
        return note

    def change_rate(self, rate: float, now: float) -> None:
        """Run what runs at another rate, 0 to 1, from `now` [s] on."""
        if self._running is not None:
            self._turn_to(self._course.at_rate(now, rate, self._model), now)

    def cancel(self, goal_id: str, now: float) -> None:
        """Stop a goal on its path; nothing happens if another one runs or none."""
        if self.running == goal_id:
            self._finish(ErrorCode.SUCCESSFUL, CANCELED, canceled=True)
            self.stop(now)

    def abort(self, code: ErrorCode, text: str, now: float, *, hard: bool = False) -> None:
        """End what runs and stop: on the path, or as hard as it goes.

        Args:
            code: Of the goal that ends.
            text: Of the goal that ends.
            now: Time [s].
            hard: Each joint brakes by itself, which leaves the path.
        """
        running = self._running is not None
        self._finish(code, text)
        if hard:
            state = self.measured(now)
            state = State(self.servo.sent_for(state.position), state.velocity, state.acceleration)
            self._turn_to(hard_stop(state, now, self._hard), now)
        elif running:
            self.stop(now)
        self._interrupted = True

    def disturb(self, offsets: tuple[float, ...], stuck: frozenset[int], now: float) -> None:
        """Set from `now` [s] on how far joints stand from where they are sent [rad], and which (1 to 6) do not move."""
        self.servo.restart(now, self._course)
        self.servo.disturb(offsets, stuck)

    def stop(self, now: float) -> None:
        """Stop on the path."""
        self._turn_to(self._course.stopped(now, self._model), now)
        self._interrupted = True

    def hold(self, now: float) -> None:
        """Stay where the arm is measured."""
        self._turn_to(Course.rest(self.servo.sent_for(self.measured(now).position), now), now)
        self._interrupted = True

    def next_event(self, now: float) -> float | None:
        """Return when to look again [s]: at the end of what runs, then in each cycle; None if nothing is due."""
        if self._running is None or math.isinf(self._course.due):
            return None
        return max(self._course.due, now + CYCLE)

    def following(self, now: float) -> Following:
        """Return reference, feedback and error at `now` [s]."""
        reference = self._course.sample(now)
        feedback = self.measured(now)
        running = self._running
        time = max(self._course.progress(now).path_time, 0.0) if running is not None else 0.0
        index = int(np.searchsorted(running.times, time, side="right")) if running is not None else 0
        return Following(reference, feedback, _difference(reference, feedback), time, index)

    def _turn_to(self, course: Course, now: float) -> None:
        self.servo.restart(now, self._course)
        self._course = course

    def _watch(self, track: Track) -> None:
        """Look at each cycle of a track, and go back to the first one in which something happens."""
        running = self._running
        if running is None:
            return
        error = _difference(track.reference, track.measured)
        due = self._course.due
        moving = int(np.searchsorted(track.times, due - _SAME_TIME))
        if moving > 0 and not self.feedback_lost:
            way = State(error.position[:moving], error.velocity[:moving], error.acceleration[:moving])
            index = running.tolerances.first_path_violation(way)
            if index is not None:
                problem = running.tolerances.path_violation(_row(error, index), self._names)
                self._give_up(
                    track,
                    index,
                    ErrorCode.PATH_TOLERANCE_VIOLATED,
                    f"Aborted due to path tolerance violation: {problem}",
                )
                return
        for index in range(moving, len(track.times)):
            overdue = float(track.times[index]) - due
            problem = self._problem(running, _row(error, index))
            if self._ends_well(running, problem):
                self._finish(ErrorCode.SUCCESSFUL, SUCCEEDED)
                return
            if overdue > self._timeout:
                text = f"Aborted due to command timeout: no other command for {overdue:.3f} s after the end of this one"
                self._give_up(track, index, ErrorCode.GOAL_TOLERANCE_VIOLATED, text)
                return
            if problem and overdue > running.tolerances.goal_time:
                text = f"Aborted due to goal_time_tolerance exceeding by {overdue:.6f} seconds: {problem}"
                self._give_up(track, index, ErrorCode.GOAL_TOLERANCE_VIOLATED, text)
                return

    def _problem(self, running: _Running, error: State) -> str:
        """Return why what runs is not reached at its end, in words; empty if it is."""
        if self.feedback_lost:
            return "the arm reports no position"
        return running.tolerances.goal_violation(error, self._names)

    def _ends_well(self, running: _Running, problem: str) -> bool:
        """Tell whether what runs is done at its end; a command by topic that can time out stays until then."""
        return not problem and not (running.goal_id == TOPIC and self._timeout < math.inf)

    def _give_up(self, track: Track, index: int, code: ErrorCode, text: str) -> None:
        """End what runs in an earlier cycle: hold where it has been at its end, else stop."""
        self.servo.rewind(track, index)
        now = float(track.times[index])
        if now >= self._course.due:
            self._finish(code, text)
            self.hold(now)
        else:
            self.abort(code, text, now)

    def _finish(self, code: ErrorCode, text: str, *, canceled: bool = False) -> None:
        running, self._running = self._running, None
        if running is not None:
            self._ended.append(Finished(running.goal_id, code, text, canceled))


def _difference(a: State, b: State) -> State:
    return State(a.position - b.position, a.velocity - b.velocity, a.acceleration - b.acceleration)


def _row(state: State, index: int) -> State:
    return State(state.position[index], state.velocity[index], state.acceleration[index])
