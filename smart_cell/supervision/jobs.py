# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Jobs: which robot welds which open spots of the body in the station, and what its gun has to say about it.

A job is given only when the supervisor has read the gun's journal to its end, so that no spot is welded twice for
want of news; and it is done only when the journal says so, not when the robot does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose
from smart_cell.planning.program import Plan
from smart_cell.supervision.accounting import BodyAccount, SpotStatus
from smart_cell.supervision.events import (
    CancelJob,
    DeviceState,
    Effect,
    JobFinished,
    JobRefused,
    JobSpot,
    PullRecords,
    RecordsPulled,
    RunJob,
)
from smart_cell.supervision.view import CellView, Problem, Reaction

PULL_PERIOD = 0.2
"""Pause before a gun whose journal is not read to the end is asked again [s, steady clock]."""
REFUSAL_PERIOD = 0.3
"""Pause before a refused job is given again [s, steady clock]."""
MOST_REFUSALS = 10
"""Refusals in a row before a person has to look."""
MOST_WELD_FAILURES = 3
"""Jobs in a row that may end at a failed weld, without any spot closed in between, before a person has to look."""
INTERRUPTION_GRACE = 0.7
"""Time in which the cause of an interrupted job must show itself before the robot is blamed [s, steady clock]."""


@dataclass(slots=True)
class _RobotJobs:
    job: str | None = None
    count: int = 0
    refusals: int = 0
    not_before: float = 0.0
    interrupted_at: float | None = None
    failure: str = ""
    refusal: str = ""
    weld_failures: int = 0
    weld_failure: str = ""
    closed: int = 0
    """Spots that were closed when the last job was given."""


class JobBoard:
    """The jobs of all robots and how far the guns' journals have been read."""

    def __init__(self, cell: Cell, plan: Plan, view: CellView, *, epoch: int) -> None:
        """Start without jobs and with unread journals.

        Args:
            cell: The cell.
            plan: The programs of all variants.
            view: What is known of the devices.
            epoch: Start of this supervisor; makes the names of its jobs unique.
        """
        self._cell = cell
        self._plan = plan
        self._view = view
        self._epoch = epoch
        self._robots = {robot: _RobotJobs() for robot in cell.robots}
        self._read = dict.fromkeys(cell.guns, 0)
        self._fresh: set[str] = set()
        self._asked: dict[str, float] = {}
        self._job_number = 0
        self.waiting_for = ""

    # ------------------------------------------------------------------------------------------ journals

    def restore_read(self, gun: str, sequence: int) -> None:
        """Note that the records of a gun up to `sequence` are in the supervisor's own journal."""
        self._read[gun] = max(self._read[gun], sequence)

    def records_pulled(self, event: RecordsPulled) -> None:
        """Take note of how far a gun's journal has been read."""
        self._asked.pop(event.gun, None)
        if event.facts:
            self._read[event.gun] = max(self._read[event.gun], event.facts[-1].sequence)
        if self._read[event.gun] >= event.newest and not event.is_pending:
            self._fresh.add(event.gun)

    def is_new(self, gun: str, sequence: int) -> bool:
        """Tell whether a gun's record has not been read yet."""
        return sequence > self._read[gun]

    def pull(self, steady: float, *, everything: bool = False) -> Iterator[Effect]:
        """Ask the guns that have news, or all that are not read to the end."""
        for gun, read in self._read.items():
            report = self._view.guns.get(gun)
            has_news = report is not None and report.record_sequence > read
            is_due = steady - self._asked.get(gun, -PULL_PERIOD) >= PULL_PERIOD
            if is_due and (has_news or (everything and gun not in self._fresh)):
                self._asked[gun] = steady
                yield PullRecords(gun, read)

    @property
    def is_read(self) -> bool:
        """Whether every gun's journal has been read to its end since the last interruption."""
        return len(self._fresh) == len(self._read)

    # ------------------------------------------------------------------------------------------ jobs

    @property
    def is_idle(self) -> bool:
        """Whether no robot has a job."""
        return all(state.job is None for state in self._robots.values())

    @property
    def running(self) -> tuple[str, ...]:
        """Robots that have a job."""
        return tuple(robot for robot, state in self._robots.items() if state.job is not None)

    def interrupt(self) -> None:
        """Forget every job and every certainty about the journals."""
        for state in self._robots.values():
            state.job = None
            state.interrupted_at = None
            state.failure = state.refusal = ""
            state.refusals = state.weld_failures = 0
            state.not_before = 0.0
        self._fresh.clear()
        self._asked.clear()

    def job_finished(self, steady: float, event: JobFinished) -> None:
        """Take note of how a job ended; whose job it was decides nothing about its welds."""
        state = self._robots[event.robot]
        if event.job != state.job:
            return
        state.job = None
        state.refusals = 0
        self._fresh.discard(self._cell.robots[event.robot].gun)
        if event.is_interrupted:
            state.interrupted_at = steady
            state.failure = event.text
        elif event.is_weld_failure:
            state.weld_failures += 1
            state.weld_failure = event.text
        elif not event.is_done:
            state.failure = event.text

    def job_refused(self, steady: float, event: JobRefused) -> None:
        """Take note that a job was not taken; it is given again after a pause."""
        state = self._robots[event.robot]
        if event.job == state.job:
            state.job = None
            state.refusals += 1
            state.refusal = event.text
            state.not_before = steady + REFUSAL_PERIOD

    def cancel_all(self) -> Iterator[Effect]:
        """End every job that still runs."""
        for robot, state in self._robots.items():
            if state.job is not None:
                yield CancelJob(robot, state.job)

    def advance(
        self, steady: float, body: str, variant: str, account: BodyAccount, part: Pose
    ) -> Iterator[Effect | Problem]:
        """Give every robot that has open spots its job, and complain about what needs a person."""
        yield from self.pull(steady, everything=True)
        waits: list[str] = []
        for robot, state in self._robots.items():
            gun = self._cell.robots[robot].gun
            if (problem := self._failure(steady, robot, state)) is not None:
                yield problem
                continue
            if state.job is not None or gun not in self._fresh:
                if account.spots(SpotStatus.OPEN, robot=robot) or state.job is not None:
                    waits.append(robot)
                continue
            problems = tuple(self._spot_problems(robot, account))
            if problems:
                yield from problems
                continue
            open_spots = account.spots(SpotStatus.OPEN, robot=robot)
            if (problem := self._weld_failure(robot, state, account)) is not None and open_spots:
                yield problem
                continue
            if open_spots and steady >= state.not_before:
                yield self._give(robot, state, body, variant, account, frozenset(open_spots), part)
            elif open_spots:
                waits.append(robot)
        self.waiting_for = f"{', '.join(waits)} to weld" if waits else "every robot to be at home"

    def home(self, steady: float) -> Iterator[Effect | Problem]:
        """Send the robots home one after another, so that none has to make way for two."""
        for robot, state in self._robots.items():
            if (problem := self._failure(steady, robot, state)) is not None:
                yield problem
                return
        if not self.is_idle:
            return
        for robot, state in self._robots.items():
            report = self._view.robots.get(robot)
            if report is None or not report.is_home or report.state is not DeviceState.READY:
                if steady >= state.not_before:
                    self.waiting_for = f"{robot} to reach its home position"
                    state.job = self._name("home", robot)
                    yield RunJob(robot, state.job, "", "", Pose((0.0, 0.0, 0.0)), ())
                return

    def _give(
        self,
        robot: str,
        state: _RobotJobs,
        body: str,
        variant: str,
        account: BodyAccount,
        open_spots: frozenset[str],
        part: Pose,
    ) -> RunJob:
        state.job = self._name(body, robot)
        program = self._plan.programs[variant][robot]
        spots = tuple(JobSpot(s, account.next_attempt(s.spot)) for s in program.spots if s.spot in open_spots)
        return RunJob(robot, state.job, body, variant, part, spots)

    def _name(self, purpose: str, robot: str) -> str:
        self._job_number += 1
        return f"{purpose}/{robot}/{self._epoch}.{self._job_number}"

    def _failure(self, steady: float, robot: str, state: _RobotJobs) -> Problem | None:
        """Return the problem of a robot that failed, was interrupted for no visible reason, or refuses its job."""
        if state.refusals > MOST_REFUSALS:
            state.refusals = 0
            return Problem(Reaction.HOLD, "JOB_REFUSED", robot, f"{robot} refuses its job: {state.refusal}")
        if not state.failure:
            return None
        if state.interrupted_at is not None and steady - state.interrupted_at < INTERRUPTION_GRACE:
            return None
        text, state.failure, state.interrupted_at = state.failure, "", None
        return Problem(Reaction.ABORT, "ROBOT_FAULT", robot, f"{robot}: {text}")

    @staticmethod
    def _weld_failure(robot: str, state: _RobotJobs, account: BodyAccount) -> Problem | None:
        """Return the problem of a robot whose welds fail again and again, so that it does not try for ever."""
        closed = account.done(robot)
        if closed != state.closed:
            state.closed, state.weld_failures = closed, min(state.weld_failures, 1)
        if state.weld_failures < MOST_WELD_FAILURES:
            return None
        state.weld_failures = 0
        return Problem(Reaction.HOLD, "WELD_FAILED", robot, f"{robot}: {state.weld_failure}")

    @staticmethod
    def _spot_problems(robot: str, account: BodyAccount) -> Iterator[Problem]:
        for status, code in ((SpotStatus.UNCERTAIN, "SPOT_UNCERTAIN"), (SpotStatus.NOT_OK, "WELD_NOT_OK")):
            for spot in account.spots(status, robot=robot):
                cause = f"spot {spot} of body {account.body}, welded by {robot}, is {status.value.replace('_', ' ')}"
                yield Problem(Reaction.HOLD, code, f"{account.body}/{spot}", cause)
