# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The weld gun's sequence: close, squeeze, weld, hold, open, with every weld accounted for.

    IDLE -> CLOSING -> FORCE -> WELDING -> OPENING -> IDLE      one weld
              |          |         v          ^
              |          |      STOPPING -----+                 called off, or current cut
              +----------+---------+----> PARKED -> OPENING     machines must not move: stays as it is

The intent is written while the gun closes and is durable before the timer is told to weld; the record is
written while the gun opens and is durable before the order is answered. What happened is always the timer's
word: where it does not give one, the weld is UNCERTAIN and a person decides.
"""

from __future__ import annotations

import math
from dataclasses import replace

from smart_cell.cell.model import Dresser, Gun, Timer
from smart_cell.devices.gun_job import Phase, WeldJob
from smart_cell.devices.gun_ledger import GunLedger
from smart_cell.devices.gun_memory import GunMemory, verdict_of
from smart_cell.devices.gun_order import find_order_problem
from smart_cell.devices.gun_signals import (
    TIMER_RESTS,
    GunCommand,
    GunDrive,
    GunSnapshot,
    TimerOutcome,
    TimerPhase,
    TimerRecord,
    WeldProgram,
)
from smart_cell.devices.gun_types import (
    DressFinished,
    GunLimits,
    GunState,
    GunStep,
    GunView,
    WeldFinished,
)
from smart_cell.devices.protocol import Permission
from smart_cell.devices.weld_record import Intent, WeldOrder, WeldOrigin, dressed_entry, withdrawn_entry
from smart_cell.welding.verdict import Verdict, WeldResult

_NOT_ACTIVE = "the gun is not active"


class GunSequence:
    """The logic of one gun: orders, signals and permission in; commands, journal entries and answers out."""

    def __init__(
        self,
        gun: Gun,
        timer: Timer,
        dresser: Dresser | None,
        memory: GunMemory,
        limits: GunLimits | None = None,
    ) -> None:
        """Start inactive.

        Args:
            gun: The gun's part of the cell.
            timer: The timer's part of the cell.
            dresser: What dresses the tips, if anything does.
            memory: What the journal says; an open intent is answered before anything else.
            limits: How long to wait for what.
        """
        self._gun = gun
        self._timer = timer
        self._dresser = dresser
        self._limits = limits or GunLimits()
        self._ledger = GunLedger(memory)
        self._memory = memory
        self._is_active = False
        self._stopped_by = self._withheld_by = _NOT_ACTIVE
        self._epoch = 0
        self._phase = Phase.PARKED
        self._deadline = math.inf
        self._snapshot: GunSnapshot | None = None
        self._command = GunCommand()
        self._job: WeldJob | None = None
        self._finished: list[WeldFinished | DressFinished] = []
        self._dressings_before = 0
        self._dress_stop = ""
        self._is_dressed = False
        self._fault = ""
        self._was_stopped = False
        self._text = ""

    # -------------------------------------------------------------------------------------- requests

    def activate(self) -> None:
        """Begin to act: what is closed opens as soon as machines may move."""
        self._is_active = True

    def deactivate(self) -> None:
        """Stop as if nothing were permitted any more; `step` still accounts for what is under way."""
        self._is_active = False

    def refuse_weld(self, order: WeldOrder, permission: Permission) -> str | None:
        """Return why an order cannot be taken now, in words; None if it can."""
        refusal = (
            self._refuse(order.epoch, permission)
            or _withheld_by(permission)
            or find_order_problem(order, self._gun, self._timer)
            or self._memory.refusal(order.key)
        )
        if refusal:
            self._text = f"weld of {order.key} refused: {refusal}"
        return refusal or None

    def weld(self, order: WeldOrder, now: float) -> None:
        """Take an order that `refuse_weld` has nothing against; `step` answers it."""
        count = 0 if self._snapshot is None else self._snapshot.timer_count
        job = self._job = WeldJob(order, Intent(order.robot, order.key, order.schedule, count, now))
        self._text = ""
        self._ledger.write(job.intent.entry(), job.confirm_intent)
        self._enter(Phase.CLOSING, now + self._limits.closing)

    def cancel_weld(self) -> bool:
        """Call the weld under way off; return whether there is one. What has current goes on to its end."""
        if self._job is not None:
            self._job.is_canceled = True
        return self._job is not None

    def refuse_dressing(self, epoch: int, permission: Permission) -> str | None:
        """Return why the tips cannot be dressed now, in words; None if they can."""
        refusal = self._refuse(epoch, permission) or ("" if self._dresser else "this gun has no dresser")
        if refusal:
            self._text = f"dressing refused: {refusal}"
        return refusal or None

    def dress(self, now: float) -> None:
        """Dress the tips, which `refuse_dressing` has nothing against; `step` answers it."""
        duration = self._dresser.duration if self._dresser else 0.0
        self._dressings_before = self._snapshot.dressings if self._snapshot else 0
        self._dress_stop = ""
        self._is_dressed = False
        self._enter(Phase.DRESSING, now + duration + self._limits.dressing)

    def cancel_dressing(self) -> bool:
        """Break a dressing off; return whether there is one."""
        self._dress_stop = "canceled"
        return self._phase is Phase.DRESSING

    def durable(self, sequence: int) -> None:
        """Note that the oldest journal entry not yet confirmed is in the journal at `sequence`."""
        self._ledger.durable(sequence)

    def journal_failed(self, reason: str) -> None:
        """Note that an entry could not be written: no weld starts until the process is started again."""
        self._ledger.fail(reason)
        self._text = reason

    # -------------------------------------------------------------------------------------- one step

    def step(self, now: float, snapshot: GunSnapshot, permission: Permission) -> GunStep:
        """Go on as far as possible and return what is wanted of backend, journal and robot.

        Args:
            now: The time [s].
            snapshot: What gun and timer say now.
            permission: What the cell permits now.
        """
        self._snapshot = snapshot
        self._epoch = permission.epoch
        self._stopped_by = _stopped_by(permission) if self._is_active else _NOT_ACTIVE
        self._withheld_by = self._stopped_by or _withheld_by(permission)
        self._ledger.recover(snapshot, now)
        phase = None
        while phase is not self._phase:
            phase = self._phase
            self._do_phase(phase, snapshot, now)
        self._answer()
        finished, self._finished = tuple(self._finished), []
        deadline = None if math.isinf(self._deadline) else self._deadline
        return GunStep(self._command, self._ledger.take(), finished, deadline)

    def _do_phase(self, phase: Phase, snapshot: GunSnapshot, now: float) -> None:
        job = self._job
        if job is not None and phase in (Phase.CLOSING, Phase.FORCE, Phase.INTENT):
            self._close(job, snapshot, now)
        elif job is not None and phase is Phase.WELDING:
            self._weld(job, snapshot, now)
        elif job is not None and phase is Phase.STOPPING:
            self._stop(job, snapshot, now)
        elif phase is Phase.DRESSING:
            self._dress(snapshot, now)
        elif phase is Phase.OPENING:
            self._open(snapshot, now)
        else:
            self._rest(snapshot, now)

    def _close(self, job: WeldJob, snapshot: GunSnapshot, now: float) -> None:
        """Close and build up force; then, with the intent in the journal, have the timer weld."""
        schedule, limits = job.order.schedule, self._limits
        self._command = GunCommand(GunDrive.CLOSE, schedule.force, job.order.thickness)
        is_late = now >= self._deadline
        if self._is_called_off(job):
            self._conclude(job, None, now)
        elif self._phase is Phase.CLOSING:
            if snapshot.is_closed:
                self._enter(Phase.FORCE, now + limits.force)
            elif is_late:
                job.cause = f"the gun did not close within {limits.closing:g} s"
                self._conclude(job, None, now)
        elif not snapshot.force_reached:
            if is_late:
                reached = f"{snapshot.force / 1e3:.2f} of {schedule.force / 1e3:.2f} kN"
                job.cause = f"the force was {reached} after {limits.force:g} s"
                self._conclude(job, None, now)
        elif job.is_durable:
            longest = schedule.squeeze + schedule.weld_time + schedule.hold
            self._command = replace(self._command, program=WeldProgram(job.order.key, schedule))
            self._enter(Phase.WELDING, now + longest + limits.answer)
        elif self._phase is Phase.FORCE:
            self._enter(Phase.INTENT, now + limits.journal)
        elif is_late:
            self.journal_failed(f"the journal did not take an intent within {limits.journal:g} s")
            job.cause = self._ledger.failure
            self._conclude(job, None, now)

    def _weld(self, job: WeldJob, snapshot: GunSnapshot, now: float) -> None:
        """Wait for the timer's word; call the weld off or cut its current when it must not go on."""
        found = job.find_ended(snapshot)
        has_started = snapshot.timer_phase in (TimerPhase.WELD, TimerPhase.HOLD)
        if found is not None:
            job.cause = job.cause or "the timer called it off"
            self._conclude(job, found, now)
        elif self._is_called_off(job) and not (job.is_soft and has_started):
            self._enter_stopping(job, now, cut=not job.is_soft)
        elif now >= self._deadline or snapshot.timer_phase is TimerPhase.FAULT:
            job.cause = self._fault = snapshot.fault or "the weld timer does not answer"
            self._enter_stopping(job, now, cut=True)

    def _enter_stopping(self, job: WeldJob, now: float, *, cut: bool) -> None:
        self._command = replace(self._command, drive=GunDrive.STAY, program=None, cut=cut)
        longest = 0.0 if cut else job.order.schedule.weld_time + job.order.schedule.hold
        self._enter(Phase.STOPPING, now + longest + self._limits.answer)

    def _stop(self, job: WeldJob, snapshot: GunSnapshot, now: float) -> None:
        """Wait for the timer's word on a weld that was called off or cut."""
        if not self._command.cut and self._is_called_off(job) and not job.is_soft:
            self._enter_stopping(job, now, cut=True)
        found = job.find_ended(snapshot)
        never_started = snapshot.timer_phase in TIMER_RESTS and job.find(snapshot) is None
        if found is not None or never_started:
            self._conclude(job, found, now)
        elif now >= self._deadline:
            job.cause = f"{job.cause}; the weld timer does not say how the weld ended"
            self._fault = job.cause
            self._conclude(job, job.find(snapshot), now, Verdict(WeldResult.UNCERTAIN, job.cause))

    def _open(self, snapshot: GunSnapshot, now: float) -> None:
        self._command = GunCommand(GunDrive.OPEN)
        if self._stopped_by:
            self._park()
        elif snapshot.is_open:
            self._enter(Phase.FAULT if self._fault else Phase.IDLE)
        elif now >= self._deadline:
            self._fault = f"the gun did not open within {self._limits.opening:g} s"
            self._enter(Phase.FAULT)

    def _rest(self, snapshot: GunSnapshot, now: float) -> None:
        """Keep open, closed or at fault. A fault lasts until machines were stopped and may move again."""
        self._command = replace(self._command, drive=GunDrive.STAY, program=None, cut=bool(self._stopped_by))
        if self._phase is Phase.FAULT:
            self._text = self._fault
            self._was_stopped = self._was_stopped or bool(self._stopped_by)
            if self._stopped_by or not self._was_stopped:
                return
            self._fault = ""
        self._was_stopped = False
        if snapshot.is_open:
            self._enter(Phase.FAULT if self._fault else Phase.IDLE)
        elif self._stopped_by:
            self._enter(Phase.PARKED)
        else:
            self._enter(Phase.OPENING, now + self._limits.opening)

    def _dress(self, snapshot: GunSnapshot, now: float) -> None:
        """Dress the tips and have the new count in the journal before it is told."""
        self._command = GunCommand(dress=True)
        welds_before = self._memory.tip_welds
        text = self._ledger.failure
        if self._is_dressed and not text:
            return
        if not self._is_dressed and snapshot.dressings > self._dressings_before:
            self._is_dressed = True
            self._deadline = math.inf
            self._command = GunCommand()
            self._ledger.write(dressed_entry(welds_before, now), lambda _: self._end_dressing(welds_before, ""))
            return
        late = "the dresser does not come to an end" if now >= self._deadline else ""
        text = text or self._stopped_by or self._dress_stop or late
        if text:
            self._end_dressing(welds_before, text)

    def _end_dressing(self, welds_before: int, text: str) -> None:
        self._finished.append(DressFinished(not text, welds_before, text))
        self._command = GunCommand()
        self._enter(Phase.IDLE)

    # -------------------------------------------------------------------------------------- its parts

    def _is_called_off(self, job: WeldJob) -> bool:
        """Find out whether the weld may not go on, and why; what was called off stays so."""
        stop = self._stopped_by
        if not stop and self._epoch != job.order.epoch:
            stop = "another supervisor has taken over"
        if stop or self._ledger.failure:
            job.cause, job.is_soft = stop or self._ledger.failure, False
        elif not job.cause and (self._withheld_by or job.is_canceled):
            job.cause, job.is_soft = self._withheld_by or "canceled", True
        return bool(job.cause)

    def _conclude(self, job: WeldJob, found: TimerRecord | None, now: float, verdict: Verdict | None = None) -> None:
        """Write the answer to the intent, a record or that nothing was done, and open."""
        if not self._ledger.failure:
            if job.is_soft and (found is None or found.outcome is TimerOutcome.WITHDRAWN):
                self._ledger.write(withdrawn_entry(job.order.key, job.cause, now), job.confirm_answer)
            else:
                verdict = verdict or verdict_of(found, job.order.schedule, job.cause)
                job.record = self._memory.record(job.intent, verdict, found, WeldOrigin.MEASURED, now)
                self._ledger.write(job.record.entry(), job.confirm_answer)
        if self._stopped_by:
            self._park()
        else:
            self._command = GunCommand(GunDrive.OPEN)
            self._enter(Phase.OPENING, now + self._limits.opening)

    def _answer(self) -> None:
        """Answer the order once what happened is in the journal and the gun is at rest."""
        job = self._job
        if job is None or self._phase not in (Phase.IDLE, Phase.PARKED, Phase.FAULT):
            return
        if not job.is_answered and not self._ledger.failure:
            return
        text = "" if job.record is not None else job.cause
        if self._phase is Phase.FAULT:
            text = self._fault
        elif self._phase is Phase.PARKED:
            text = f"the gun stays closed: {self._stopped_by}"
        if not job.is_answered:
            text = self._ledger.failure
        if job.record is not None and job.record.reason:
            self._text = f"{job.order.key}: {job.record.reason}"
        self._finished.append(WeldFinished(job.record, text))
        self._job = None

    def _park(self) -> None:
        self._command = replace(self._command, drive=GunDrive.STAY, program=None)
        self._enter(Phase.PARKED)

    def _enter(self, phase: Phase, deadline: float = math.inf) -> None:
        self._phase = phase
        self._deadline = deadline

    def _refuse(self, epoch: int, permission: Permission) -> str:
        """Return why nothing can be done now, whatever it is."""
        if refusal := self._out_of_order() or _stopped_by(permission):
            return refusal
        if epoch != permission.epoch:
            return f"the order is of supervisor epoch {epoch}, the supervisor's is {permission.epoch}"
        if self._job is not None or self._phase is not Phase.IDLE:
            return f"the gun is busy: {self._phase.value}"
        return ""

    def _out_of_order(self) -> str:
        if not self._is_active or self._snapshot is None:
            return _NOT_ACTIVE
        if self._ledger.failure or self._fault or self._snapshot.fault:
            return self._ledger.failure or self._fault or self._snapshot.fault
        return "a weld from before the last start is being accounted for" if self._ledger.is_recovering else ""

    # -------------------------------------------------------------------------------------- to show

    @property
    def is_pending(self) -> bool:
        """Whether a weld is under way, or being recovered, whose record is not in the journal yet."""
        return self._ledger.is_recovering or (self._job is not None and not self._job.is_answered)

    @property
    def record_sequence(self) -> int:
        """Sequence of the newest weld record in the journal; 0 while there is none."""
        return self._memory.record_sequence

    def view(self) -> GunView:
        """Return what there is to show after the last step."""
        snapshot, key = self._snapshot, self._job.order.key if self._job is not None else None
        state = self._phase.state(snapshot.timer_phase if snapshot is not None else TimerPhase.READY)
        if not self._is_active:
            state = GunState.INACTIVE
        elif self._phase is Phase.IDLE and (self._ledger.failure or (snapshot is not None and snapshot.fault)):
            state = GunState.FAULT
        return GunView(
            state=state,
            body=key.body if key else "",
            spot=key.spot if key else "",
            attempt=key.attempt if key else 0,
            current_on=snapshot is not None and snapshot.current_on,
            inhibited_by=self._out_of_order() or self._withheld_by,
            record_sequence=self._memory.record_sequence,
            timer_count=snapshot.timer_count if snapshot is not None else 0,
            tip_welds=self._memory.tip_welds,
            dress_interval=self._dresser.interval if self._dresser is not None else 0,
            text=self._text,
        )


def _stopped_by(permission: Permission) -> str:
    return "" if permission.motion else permission.reason or "machines may not move"


def _withheld_by(permission: Permission) -> str:
    return "" if permission.weld else permission.reason or "welds are not enabled"
