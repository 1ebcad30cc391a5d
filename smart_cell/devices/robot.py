# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The program executor of a robot: moves the arm from spot to spot and has its gun weld them.

Pure: `step` takes the time and one event and returns commands. A job goes through these phases:

    PREPARE -> MOVE -> WELD -> PREPARE ... -> MOVE (home) -> done
       |         |       |
     PAUSED <----+-------+      welds are not enabled: between two spots, or at a spot before its weld
       SETTLE                   a move or weld failed: was it a stop whose news is still on its way?
       STOP                     decelerating on the path; the job ends when the arm rests

While a weld is on, the next move is planned and its zones are asked for, so that the weld's result can be answered with
the next motion at once.
"""

from __future__ import annotations

from enum import Enum

from smart_cell.core.errors import SmartCellError
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot_arm import ArmDriver, Arrived, Failed
from smart_cell.devices.robot_events import Command, Event
from smart_cell.devices.robot_gun import GunDriver
from smart_cell.devices.robot_job import Job, JobCode, JobSpot, RobotState
from smart_cell.devices.robot_mode import ArmMode
from smart_cell.devices.robot_moves import Moves
from smart_cell.devices.robot_overhead import Overheads
from smart_cell.devices.robot_zones import ZoneClaims
from smart_cell.motion.arm_model import Joints

GUN_OPEN_LIMIT = 5.0
"""Longest wait for the gun to open [s]."""
STOP_LIMIT = 3.0
"""Longest time until the arm rests after a stop, and before a first move [s, steady clock]."""
SETTLE_TIME = 0.3
"""How long the cause of a failed move or weld may take to become known [s, steady clock]."""


class _Phase(str, Enum):
    IDLE = "idle"
    PREPARE = "prepare"
    MOVE = "move"
    WELD = "weld"
    PAUSED = "paused"
    SETTLE = "settle"
    STOP = "stop"


class ProgramExecutor:
    """Runs one job at a time on one robot."""

    def __init__(self, config: rj.RobotConfig, planner: rj.MotionPlanner) -> None:
        """Start without a job, without permission, and not knowing where the arm is."""
        self._config = config
        self._commands: list[Command] = []
        self._moves = Moves(planner)
        self._arm = ArmDriver(config, planner, self._commands)
        self._gun = GunDriver(config, self._commands)
        self.zones = ZoneClaims(config.robot, config.zones)
        """What the robot says about its zones."""
        self._now = 0.0
        self._steady = 0.0
        self._permission: rj.RobotPermission = rj.NoPermission()
        self._phase = _Phase.IDLE
        self._since = 0.0
        self._steady_since = 0.0
        self._job: Job | None = None
        self._index = 0
        self._is_at_spot = False
        self._leads_to_spot = True
        self._mode = ArmMode(config.robot)
        self._override = 100
        self._outcome: tuple[JobCode, str] = (JobCode.DONE, "")
        self._resting_state = RobotState.IDLE
        self._waiting_for = ""
        self._text = ""
        self._overheads = Overheads()

    # ------------------------------------------------------------------------------------------ outside

    def refusal(self, job: Job) -> str | None:
        """Return why a job cannot be taken now, or None. A paused job gives way to a new one."""
        permission = self._permission
        if not permission.motion:
            return f"motion is not permitted: {permission.reason}"
        if job.epoch != permission.epoch:
            return f"job {job.name} is of supervisor epoch {job.epoch}, now it is {permission.epoch}"
        if self._job is not None and self._phase is not _Phase.PAUSED:
            return f"job {self._job.name} is under way"
        if problem := self._mode.problem or self._arm.measured.silent:
            return problem
        unknown = sorted({zone for spot in job.spots for zone in spot.target.zones} - set(self.zones.names))
        if unknown:
            return f"zones {', '.join(unknown)} are not zones of {self._config.robot}"
        return None

    def refused(self, text: str) -> None:
        """Keep the reason of a refusal where everybody can read it: an action's rejection carries none."""
        self._text = text

    def step(self, now: float, steady: float, event: Event) -> tuple[Command, ...]:
        """Take note of an event and return what to do.

        Args:
            now: ROS time [s].
            steady: Steady clock [s].
            event: What happened; `Tick` when nothing did.

        Returns:
            Commands in the order in which to carry them out.
        """
        self._now, self._steady = now, steady
        self._arm.measured.tick(steady)
        self._gun.tick(steady)
        self._note(event)
        for _ in _Phase:
            before = self._phase
            self._act()
            if self._phase is before:
                break
        commands = tuple(self._commands)
        self._commands.clear()
        return commands

    @property
    def is_active(self) -> bool:
        """Whether there is a job, be it paused."""
        return self._job is not None

    @property
    def status(self) -> rj.RobotStatus:
        """What there is to show."""
        job, spot = self._job, self._spot
        state = self._resting_state
        if job is not None:
            state = RobotState.PAUSED if self._phase is _Phase.PAUSED else RobotState.RUNNING
        return rj.RobotStatus(
            state=state,
            body="" if job is None else job.body,
            spot="" if spot is None else spot.target.spot,
            spots_done=0 if job is None else self._index,
            spots_total=0 if job is None else len(job.spots),
            operation_mode=self._mode.mode,
            speed_override=self._override,
            at_home=self._arm.measured.is_home,
            zones=self.zones.occupied,
            waiting_for=self._waiting_for if job is not None else self._arm.measured.silent,
            text=self._text,
            move_overhead=self._overheads.move,
            weld_overhead=self._overheads.weld,
        )

    # ------------------------------------------------------------------------------------------ events

    def _note(self, event: Event) -> None:
        match event:
            case ev.Tick():
                pass
            case ev.OverrideChanged():
                self._override = event.percent
                self._arm.override(self._now, self._steady, event.percent / 100.0)
            case ev.ArmStatusRead():
                self._mode.read(event)
            case ev.JointsRead():
                self._arm.measured.read(event)
                if self._job is None and self._arm.measured.is_home:
                    self.zones.leave()
            case ev.GunRead():
                self._gun.read(event)
            case ev.ZonesRead():
                self.zones.read(event.holders)
            case ev.PermissionChanged():
                self._permit(event.permission)
            case ev.JobGiven():
                self._begin(event.job)
            case ev.CancelRequested():
                if self._job is not None:
                    self._end(JobCode.INTERRUPTED, event.reason)
            case ev.TrajectorySent() | ev.TrajectoryAccepted() | ev.TrajectoryRejected() | ev.TrajectoryFinished():
                self._note_motion(event)
            case ev.WeldSent() | ev.WeldAccepted() | ev.WeldFinished():
                if self._phase is _Phase.WELD and self._gun.concerns(event):
                    self._note_weld(event)

    def _permit(self, permission: rj.RobotPermission) -> None:
        self._permission = permission
        job = self._job
        if job is None:
            if self._resting_state is RobotState.STOPPED and permission.motion:
                self._resting_state = RobotState.IDLE
            return
        if not permission.weld:
            self._gun.withhold()
        if not permission.safe or not permission.master:
            self._end(JobCode.INTERRUPTED, permission.reason)
        elif permission.epoch != job.epoch:
            self._end(JobCode.INTERRUPTED, "the supervisor has been restarted")
        elif not permission.weld and self._phase is _Phase.PREPARE and self._spot is not None:
            self._enter(_Phase.PAUSED)
        elif not permission.motion and self._phase is not _Phase.PAUSED:
            self._end(JobCode.INTERRUPTED, permission.reason)

    def _begin(self, job: Job) -> None:
        if self._job is not None:
            self._end(JobCode.INTERRUPTED, f"job {job.name} takes its place")
            self._finish()
        self._job, self._index = job, 0
        self._text = ""
        self._enter(_Phase.PREPARE)
        self._report_progress(job)

    def _note_motion(self, event: ev.MotionEvent) -> None:
        news = self._arm.note(self._now, self._steady, event)
        if isinstance(event, ev.TrajectorySent):
            self._overheads.move_sent(self._steady)
        if self._phase is _Phase.STOP and isinstance(event, ev.TrajectoryAccepted):
            self._arm.brake(self._now, self._steady)
        if self._phase is not _Phase.MOVE or self._job is None:
            return
        if isinstance(news, Failed):
            self._fail(JobCode.MOTION_FAILED, self._mode.explain(f"the move {self._where} {news.text}"))
        elif isinstance(news, Arrived):
            if self._leads_to_spot:
                self._overheads.move_ended(news.at)
                self._arrive(self._job)
            else:
                self._enter(_Phase.PREPARE)

    def _arrive(self, job: Job) -> None:
        """Go on at the end of a move: weld, wait for the permission to, or be done at home."""
        spot = self._spot
        self.zones.leave(() if spot is None else spot.target.zones)
        if spot is None:
            self._outcome = (JobCode.DONE, "")
            self._finish()
            return
        self._is_at_spot = True
        if self._permission.weld:
            self._order_weld(job, spot)
        else:
            self._enter(_Phase.PAUSED)

    def _order_weld(self, job: Job, spot: JobSpot) -> None:
        self._gun.order(self._steady, job, spot)
        self._enter(_Phase.WELD)

    def _note_weld(self, event: ev.WeldEvent) -> None:
        job, spot = self._job, self._spot
        if job is None or spot is None:
            return
        match event:
            case ev.WeldSent():
                self._overheads.weld_sent(self._steady)
            case ev.WeldAccepted():
                self._prepare_next(job)
            case ev.WeldFinished():
                may_repeat = self._gun.finish(event)
                if event.is_ok:
                    self._index += 1
                    self._is_at_spot = False
                    self._overheads.weld_ended(self._steady)
                    self._enter(_Phase.PREPARE)
                    self._report_progress(job)
                elif may_repeat:
                    self._enter(_Phase.PAUSED)
                else:
                    self._fail(JobCode.WELD_FAILED, f"spot {spot.target.spot}: {event.text}")

    def _prepare_next(self, job: Job) -> None:
        """Plan the move after the weld that is on, and ask for its zones."""
        index = self._index + 1
        start = self._arm.commanded
        if start is None:
            return
        try:
            self._moves.prepare(job, index, start)
        except SmartCellError:
            # it is planned again, and the error told, when the weld is over and the move is due
            return
        self.zones.want(job.spots[index].target.zones if index < len(job.spots) else ())

    # ------------------------------------------------------------------------------------------ phases

    def _act(self) -> None:
        job = self._job
        if job is None:
            return
        self._waiting_for = ""
        if self._phase is not _Phase.STOP and (silent := self._arm.measured.silent or self._gun.silent):
            self._end(JobCode.MOTION_FAILED, silent)
        if self._phase in (_Phase.PREPARE, _Phase.MOVE, _Phase.SETTLE) and (problem := self._mode.problem):
            self._end(JobCode.INTERRUPTED, problem)
        match self._phase:
            case _Phase.PREPARE:
                self._prepare(job)
            case _Phase.MOVE:
                if late := self._arm.late(self._steady):
                    self._end(JobCode.MOTION_FAILED, f"the move {self._where} {late}")
            case _Phase.WELD:
                if self._gun.is_late(self._steady):
                    self._fail(JobCode.WELD_FAILED, f"no result of {self._gun.name} {self._where}")
            case _Phase.PAUSED:
                reason = self._permission.reason
                self._waiting_for = f"welds to be enabled: {reason}" if reason else "welds to be enabled"
                if self._permission.weld:
                    self._overheads.wait()
                    self._enter(_Phase.PREPARE)
            case _Phase.SETTLE:
                if self._steady - self._steady_since > SETTLE_TIME:
                    self._finish()
            case _Phase.STOP:
                self._waiting_for = f"{self._config.robot} to stop"
                is_late = self._steady - self._steady_since > STOP_LIMIT
                if is_late or (self._arm.measured.is_at_rest and not self._arm.is_busy):
                    self._finish()
            case _Phase.IDLE:
                pass

    def _prepare(self, job: Job) -> None:
        """Begin the next move, or the weld where the arm stands, as soon as nothing is missing."""
        spot = self._spot
        start = self._arm.rest_position
        if spot is not None and not self._permission.weld:
            self._enter(_Phase.PAUSED)
        elif start is None or not self._arm.measured.is_at_rest:
            self._wait(f"{self._config.robot} to rest", self._steady - self._steady_since, STOP_LIMIT)
        elif not self._gun.is_open:
            self._wait(f"{self._gun.name} to open", self._now - self._since, GUN_OPEN_LIMIT)
        elif self._is_at_spot and spot is not None and start == self._arm.commanded:
            self._order_weld(job, spot)
        else:
            self._is_at_spot = False
            self._go(job, spot, start)

    def _go(self, job: Job, spot: JobSpot | None, start: Joints) -> None:
        try:
            move = self._moves.next(job, self._index, start, self._arm.rate, self._arm.interruption)
        except SmartCellError as error:
            self._end(JobCode.INVALID, str(error))
            return
        self.zones.want(() if spot is None else spot.target.zones)
        if missing := self.zones.missing():
            self._waiting_for = ", ".join(missing)
            self._overheads.wait()
            return
        self._moves.forget()
        self.zones.enter()
        self._arm.move(self._steady, move)
        self._leads_to_spot = move.is_whole
        if move.pace is None:
            self._arm.stay(start)
            self._arrive(job)
        else:
            self._enter(_Phase.MOVE)

    def _wait(self, what: str, waited: float, limit: float) -> None:
        self._waiting_for = what
        if waited > limit:
            self._end(JobCode.MOTION_FAILED, f"waited {limit:g} s for {what}")

    # ------------------------------------------------------------------------------------------ ends

    def _fail(self, code: JobCode, text: str) -> None:
        """End the job soon, unless a stop turns out to be behind the failure."""
        self._outcome = (code, text)
        self._enter(_Phase.SETTLE)

    def _end(self, code: JobCode, text: str) -> None:
        """Stop the arm on its path and end the job when it rests; the first reason counts."""
        if self._phase is not _Phase.STOP:
            self._outcome = (code, text)
            self._enter(_Phase.STOP)
            self._arm.brake(self._now, self._steady)

    def _finish(self) -> None:
        job, (code, text) = self._job, self._outcome
        if job is None:
            return
        spot = self._spot
        name = "" if spot is None or code is JobCode.DONE else spot.target.spot
        self._commands.append(ev.Finish(job.name, code, name, self._index, text))
        self._resting_state = RobotState.FAULT if code is JobCode.MOTION_FAILED else RobotState.IDLE
        if code is JobCode.INTERRUPTED and not self._permission.motion:
            self._resting_state = RobotState.STOPPED
        if code is not JobCode.DONE:
            self._arm.forget()
        self._text = text
        self._gun.forget()
        self._moves.forget()
        self._job = None
        self._overheads.wait()
        self._is_at_spot = False
        self._waiting_for = ""
        self.zones.want(())
        self._enter(_Phase.IDLE)

    # ------------------------------------------------------------------------------------------ parts

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._since, self._steady_since = self._now, self._steady

    @property
    def _spot(self) -> JobSpot | None:
        """The spot on the way or being welded; None on the way home or without a job."""
        if self._job is None or self._index >= len(self._job.spots):
            return None
        return self._job.spots[self._index]

    @property
    def _where(self) -> str:
        return "home" if self._spot is None else f"to spot {self._spot.target.spot}"

    def _report_progress(self, job: Job) -> None:
        spot = self._spot
        self._commands.append(ev.Progress(job.name, self._index, "" if spot is None else spot.target.spot))
