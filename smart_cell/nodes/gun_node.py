# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a weld gun: carries orders, signals and records between the graph and the gun's sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from smart_cell.core.journal import Entry, Journal
from smart_cell.devices.gun import GunSequence
from smart_cell.devices.gun_loop import GunLoop
from smart_cell.devices.gun_memory import GunMemory
from smart_cell.devices.gun_types import DressFinished, GunLimits, GunView, WeldFinished
from smart_cell.devices.weld_record import GunEntry, WeldRecord
from smart_cell.nodes import names
from smart_cell.nodes import weld_conversions as convert
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.gun_backend import open_sim_gun
from smart_cell_msgs.action import DressTips, Weld
from smart_cell_msgs.msg import GunState
from smart_cell_msgs.srv import CellCommand, Inject, PullRecords

_RECORDS_A_PULL: Final = 200
_MOST_RECORDS_A_PULL: Final = 1000


class GunNode(CellNode):
    """`<gun>`: one weld gun with its timer, tips and journal.

    Publishes: <gun>/state.
    Services: <gun>/pull_records; <gun>/inject with simulated hardware.
    Actions: <gun>/weld, <gun>/dress_tips.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node of the gun `device`, unconfigured."""
        super().__init__(process, device)
        self._gun = device
        self._journal: Journal | None = None
        self._weld_run: GoalRun | None = None
        self._dress_run: GoalRun | None = None
        self._shown: GunView | None = None

    # -------------------------------------------------------------------------------------- lifecycle

    def setup(self) -> None:
        """Read the journal, connect the gun and create every entity."""
        if self._journal is None:
            # Hardware and journal outlive a cleanup: a write may still be on its way.
            self._journal = self._open()
        self._state = self.state_topic(GunState, names.state(self._gun), self._fill)
        self.serve(PullRecords, names.pull_records(self._gun), self._pull_records)
        self.serve(Inject, names.inject(self._gun), self._inject)
        self.serve_action(
            Weld, names.weld(self._gun), accept=self._accept_weld, start=self._start_weld, cancel=self._cancel_weld
        )
        self.serve_action(
            DressTips,
            names.dress_tips(self._gun),
            accept=self._accept_dressing,
            start=self._start_dressing,
            cancel=self._cancel_dressing,
        )

    def start(self) -> None:
        """Let the gun work."""
        self._sequence.activate()
        self._run()

    def halt(self) -> None:
        """Cut the current and stay as it is; what was under way is still accounted for."""
        self._sequence.deactivate()
        self._run()

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """Act on it at once: a stop must not wait for the next pass."""
        self._run()

    def work(self, now: float) -> float | None:
        """Go on with what the gun does."""
        return self._exchange(now)

    def _open(self) -> Journal:
        cell, options = self.process.cell, self.process.options
        if options.backend != "sim":
            raise ValueError(f"gun {self._gun}: there is no backend '{options.backend}' for guns; allowed: sim")
        path = options.state_dir / "guns" / f"{self._gun}.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        journal = Journal(path, epoch=self.process.epoch)
        try:
            gun = cell.guns[self._gun]
            self._sequence = GunSequence(
                gun,
                cell.timers[gun.timer],
                None if gun.dresser is None else cell.dressers[gun.dresser],
                GunMemory(self._gun, journal.read()),
                # What is waited for here takes real time, however fast the process time runs.
                GunLimits(answer=max(1.0, options.speed), journal=5.0 * max(1.0, options.speed)),
            )
            self._backend = open_sim_gun(cell, self._gun, options.state_dir / "sim", writer=self.write, wake=self._wake)
            self._backend.connect(self.now())
        except BaseException:
            journal.close()
            raise
        self._loop = GunLoop(self._sequence, self._backend, self._append, self._wake)
        return journal

    # -------------------------------------------------------------------------------------- work

    def _exchange(self, now: float) -> float | None:
        run = self._loop.run(now, self.permission)
        view = self._sequence.view()
        if view != self._shown:
            if self._weld_run is not None and (self._shown is None or view.state is not self._shown.state):
                self._weld_run.feedback(Weld.Feedback(state=convert.state_number(view.state)))
            self._shown = view
            self._state.changed()
        for finished in run.finished:
            if isinstance(finished, WeldFinished):
                self._finish_weld(finished)
            else:
                self._finish_dressing(finished)
        return run.next_time

    def _run(self) -> None:
        """Do a pass at once; where the work loop rests, see to the passes after it as well."""
        next_time = self._exchange(self.now())
        if self.active or next_time is None:
            self.process.forget(self._run)
        else:
            self.process.at(self.process.clock.steady_at(next_time), self._run)

    def _wake(self) -> None:
        if self.active:
            self.wake()
        else:
            self.process.at(self.steady(), self._run)

    def _append(self, entry: Entry, then: Callable[[int | BaseException], None]) -> None:
        journal = self._journal
        if journal is None:
            raise RuntimeError(f"gun {self._gun} writes to its journal before it was opened")
        self.write(lambda: journal.append([entry]), then)

    def _fill(self, message: GunState) -> None:
        convert.fill_gun_state(message, self._sequence.view())

    # -------------------------------------------------------------------------------------- weld

    def _accept_weld(self, goal: Weld.Goal) -> str | None:
        try:
            refusal = self._sequence.refuse_weld(convert.order_from_goal(goal), self.permission)
        except ValueError as error:
            refusal = str(error)
        if refusal is not None:
            self._state.changed()
        return refusal

    def _start_weld(self, run: GoalRun) -> None:
        self._weld_run = run
        self._sequence.weld(convert.order_from_goal(run.goal), self.now())
        self._run()

    def _cancel_weld(self, run: GoalRun) -> bool:
        return run is self._weld_run and self._sequence.cancel_weld()

    def _finish_weld(self, finished: WeldFinished) -> None:
        run, self._weld_run = self._weld_run, None
        if run is None:
            return
        result = Weld.Result(text=finished.text, code=Weld.Result.CODE_REFUSED)
        if finished.record is not None:
            result.code = Weld.Result.CODE_DONE
            result.record = convert.record_to_msg(finished.record)
        if finished.record is not None and finished.text:
            run.abort(result)
        else:
            run.finish(result)

    # -------------------------------------------------------------------------------------- tips

    def _accept_dressing(self, goal: DressTips.Goal) -> str | None:
        refusal = self._sequence.refuse_dressing(goal.epoch, self.permission)
        if refusal is not None:
            self._state.changed()
        return refusal

    def _start_dressing(self, run: GoalRun) -> None:
        self._dress_run = run
        self._sequence.dress(self.now())
        run.feedback(DressTips.Feedback(progress=0.0))
        self._run()

    def _cancel_dressing(self, run: GoalRun) -> bool:
        return run is self._dress_run and self._sequence.cancel_dressing()

    def _finish_dressing(self, finished: DressFinished) -> None:
        run, self._dress_run = self._dress_run, None
        if run is None:
            return
        code = DressTips.Result.CODE_DONE if finished.is_done else DressTips.Result.CODE_INTERRUPTED
        run.feedback(DressTips.Feedback(progress=float(finished.is_done)))
        run.finish(DressTips.Result(code=code, welds_before=finished.welds_before, text=finished.text))

    # -------------------------------------------------------------------------------------- services

    def _pull_records(self, request: PullRecords.Request, response: PullRecords.Response) -> PullRecords.Response:
        most = min(request.most or _RECORDS_A_PULL, _MOST_RECORDS_A_PULL)
        if self._journal is not None:
            stored = self._journal.read(after=request.after, most=most, kinds=[GunEntry.RECORD.value])
            response.records = [convert.record_to_msg(WeldRecord.from_stored(item)) for item in stored]
        last = response.records[-1].sequence if response.records else 0
        response.newest = max(self._sequence.record_sequence, last)
        response.pending = self._sequence.is_pending
        return response

    def _inject(self, request: Inject.Request, response: Inject.Response) -> Inject.Response:
        try:
            response.text = self._backend.inject(request.fault, request.value)
            response.code = CellCommand.Response.CODE_OK
        except UnknownFaultError as error:
            response.text = str(error)
            response.code = CellCommand.Response.CODE_INVALID
        return response
