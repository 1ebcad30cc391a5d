# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor of a cell: PackML states, orders, the station's sequence, zones and alarms in one pure object.

`step` takes the time and one event and returns records and effects in the order in which they must happen. It reads
no clock, knows no ROS and calls nobody. The node drives it in real time, the simulation in virtual time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from smart_cell.cell.model import Cell
from smart_cell.planning.program import Plan
from smart_cell.supervision import events as ev
from smart_cell.supervision.accounting import SpotStatus
from smart_cell.supervision.alarms import AlarmBook
from smart_cell.supervision.events import Announce, Code, Effect, Event, Record
from smart_cell.supervision.jobs import JobBoard
from smart_cell.supervision.orders import OrderQueue
from smart_cell.supervision.packml import COMMANDS, COMPLETIONS, MOTION, WELDING, Command, Mode, State
from smart_cell.supervision.permissives import FULL_SPEED, permit
from smart_cell.supervision.requests import RequestDesk
from smart_cell.supervision.restore import History, restore
from smart_cell.supervision.station import StationCycle
from smart_cell.supervision.view import CellView, Problem, Reaction
from smart_cell.supervision.zones import ZoneTable

DEADLINES = {
    State.CLEARING: 20.0,
    State.RESETTING: 120.0,
    State.STARTING: 10.0,
    State.HOLDING: 60.0,
    State.UNHOLDING: 10.0,
    State.SUSPENDING: 60.0,
    State.UNSUSPENDING: 10.0,
    State.STOPPING: 60.0,
    State.COMPLETING: 60.0,
    State.ABORTING: 3.0,
}
"""Longest time in each acting state but Execute [s]; after it the cell aborts (Aborting: ends in Aborted)."""

_MOVES_ROBOTS = frozenset({State.RESETTING, State.HOLDING, State.SUSPENDING, State.STOPPING, State.COMPLETING})
"""States in which robots finish moves at their speed override, which their deadlines follow."""

REMEMBERED_CYCLES = 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What the supervisor shows of itself beside its parts."""

    state: State
    mode: Mode
    waiting_for: str
    motion_enabled: bool
    weld_enabled: bool
    speed_override: int
    """Of the robots [%]."""
    welds_ok: int
    welds_not_ok: int
    welds_uncertain: int
    bodies_done: int
    cycle_times: tuple[float, ...]
    """Of the last bodies, oldest first [s]."""


class Supervisor:
    """Decides what the cell does next."""

    def __init__(self, cell: Cell, plan: Plan, *, epoch: int, history: Sequence[Record] = ()) -> None:
        """Take up the cell where `history` left it.

        Args:
            cell: The cell.
            plan: The programs of all variants.
            epoch: Start of this supervisor [ns since 1970]; larger than that of any before.
            history: The records of the journal, oldest first. After an end that was not orderly the cell starts in
                Aborted, otherwise in Stopped; never in Execute.
        """
        self.cell = cell
        self.epoch = epoch
        self.view = CellView(cell)
        self.orders = OrderQueue()
        self.alarms = AlarmBook()
        self.jobs = JobBoard(cell, plan, self.view, epoch=epoch)
        self.station = StationCycle(cell, plan, self.view, self.orders, self.jobs)
        self.desk = RequestDesk(frozenset(cell.variants), self.orders, self.alarms, self.station)
        self.zones = ZoneTable({zone.name: zone.robots for zone in cell.zones.values()})
        self.history: History = restore(history, self.orders, self.jobs, self.station)
        self.state = State.ABORTED if self.history.is_crash else State.STOPPED
        self.mode = Mode.PRODUCTION
        self._entered = 0.0
        self._steady = 0.0
        self._steady_entered = 0.0
        self._zone_epochs: dict[str, int] = {}
        self._is_begun = False
        self._waiting_for = ""

    # ------------------------------------------------------------------------------------------ outside

    def step(self, now: float, event: Event, *, steady: float) -> tuple[Record | Effect, ...]:
        """Take note of an event and return what follows from it.

        Args:
            now: ROS time [s]; the process runs in it.
            event: What happened; `Tick` when nothing did.
            steady: Steady clock [s]; communication is watched with it.

        Returns:
            Records and effects in order. An effect may be carried out only when every record before it is durable.
        """
        return tuple(self._step(now, event, steady))

    @property
    def facts(self) -> Facts:
        """What there is to show besides orders, alarms and zones."""
        body = self.station.body
        open_uncertain = len(body.account.spots(SpotStatus.UNCERTAIN)) if body is not None else 0
        return Facts(
            state=self.state,
            mode=self.mode,
            waiting_for=self._what_is_missing(),
            motion_enabled=self.state in MOTION and not self.view.not_permitted,
            weld_enabled=self.state in WELDING and not self.view.not_permitted,
            speed_override=self.history.speed_override,
            welds_ok=self.history.welds_ok,
            welds_not_ok=self.history.welds_not_ok,
            welds_uncertain=open_uncertain,
            bodies_done=sum(order.done for order in self.orders.orders),
            cycle_times=tuple(self.history.cycle_times[-REMEMBERED_CYCLES:]),
        )

    # ------------------------------------------------------------------------------------------ step

    def _step(self, now: float, event: Event, steady: float) -> Iterator[Record | Effect]:
        self._steady = steady
        if not self._is_begun:
            self._is_begun = True
            self._entered, self._steady_entered = now, steady
            yield Record("supervisor_started", {"epoch": self.epoch, "state": self.state.title, "time": now})
            if self.history.is_crash:
                cause = f"ended without an orderly stop in {self.history.last_state or 'an unknown state'}"
                yield from self._alarm(now, "SUPERVISOR_RESTARTED", "supervisor", cause)
        yield from self._note(now, steady, event)
        yield from self._watch(now)
        if self.alarms.unshelve_expired(steady):
            yield Announce("AlarmsUnshelved", "supervisor")
        yield from self._act(now, steady)

    def _note(self, now: float, steady: float, event: Event) -> Iterator[Record | Effect]:
        view = self.view
        match event:
            case ev.Tick():
                pass
            case ev.CommandRequest():
                yield from self._command(now, event)
            case ev.OrderRequest():
                yield from self.desk.order(now, event, self.state)
            case ev.OrderCancelRequest():
                yield from self.desk.cancel_order(now, event)
            case ev.DecisionRequest():
                yield from self.desk.decide(now, event, self.state)
            case ev.AcknowledgeRequest():
                yield from self.desk.acknowledge(now, event, self.state)
            case ev.ShelveRequest():
                yield from self.desk.shelve(now, steady, event, self.state)
            case ev.SafetyReport():
                view.is_safe, view.safety_cause = event.is_safe, event.cause
            case ev.NodesLost():
                cause = f"{event.cause}; nodes: {', '.join(event.nodes)}"
                yield from self._alarm(now, "NODE_LOST", event.process, cause)
                yield from self._abort(now, cause)
            case ev.NodesReady():
                view.are_nodes_ready, view.missing_nodes = event.is_ready, event.missing
            case ev.RobotReport():
                view.robots[event.robot] = event
            case ev.JobFinished():
                self.jobs.job_finished(steady, event)
            case ev.JobRefused():
                self.jobs.job_refused(steady, event)
            case ev.GunReport():
                view.guns[event.gun] = event
            case ev.RecordsPulled():
                yield from self._records(now, event)
            case ev.ConveyorReport():
                view.conveyor = event
            case ev.TransferFinished():
                yield from self._counted(self.station.transfer_finished(now, event))
            case ev.ClampReport():
                view.clamps[event.clamp] = event
            case ev.SensorReport():
                view.sensors[event.sensor] = event
            case ev.ZoneWish():
                self._zone_wish(now, event)
            case ev.JournalFailed():
                view.journal_failure = event.text
                yield from self._alarm(now, "JOURNAL_FAILED", "supervisor", event.text)
                yield from self._abort(now, event.text)

    def _watch(self, now: float) -> Iterator[Record | Effect]:
        """Abort on anything that must never be while the cell is up."""
        if self.view.is_safe or self.state in (State.ABORTING, State.ABORTED):
            return
        # at power-up the supervisor may be heard before the safety node; nothing may move until both are
        if self.view.is_safe is False or self.state is not State.STOPPED:
            yield from self._alarm(now, "SAFETY_STOP", "safety", self.view.safety_cause)
            yield from self._abort(now, self.view.safety_cause)

    # ------------------------------------------------------------------------------------------ states

    def _act(self, now: float, steady: float) -> Iterator[Record | Effect]:
        """Do what the state asks for, and go on to the next as long as states complete at once."""
        for _ in State:
            before = self.state
            if before not in COMPLETIONS:
                self._waiting_for = ""
                yield from self.jobs.pull(steady)
                return
            yield from self._acting(now, steady)
            if self.state is before:
                yield from self._check_deadline(now)
                return

    def _acting(self, now: float, steady: float) -> Iterator[Record | Effect]:
        view, state = self.view, self.state
        busy = ", ".join(view.busy)
        self._waiting_for = f"{busy} to come to rest" if busy else ""
        if state is State.EXECUTE:
            yield from self._execute(now, steady)
            return
        yield from self.jobs.pull(steady, everything=state is State.RESETTING)
        is_complete = not busy
        if state is State.CLEARING:
            closed = [name for name, gun in view.guns.items() if gun.state is not ev.DeviceState.READY]
            self._waiting_for = f"{', '.join(closed)} to open" if closed else self._waiting_for
            is_complete = not busy and not closed and not view.not_permitted
        elif state is State.RESETTING:
            is_complete = yield from self._resetting(now, steady)
        elif state in (State.STOPPING, State.COMPLETING) and not busy:
            yield from self.jobs.cancel_all()
            self.jobs.interrupt()
            self.station.interrupt()
        if is_complete and self.state is state:
            yield from self._enter(now, COMPLETIONS[state], "state complete")

    def _resetting(self, now: float, steady: float) -> Generator[Record | Effect, None, bool]:
        for item in self.jobs.home(steady):
            if isinstance(item, Problem):
                yield from self._problem(now, item)
                return False
            yield item
        if self.jobs.is_idle and self.view.all_robots_home:
            if self.jobs.is_read:
                return True
            self._waiting_for = "the guns' journals to be read"
        else:
            self._waiting_for = self.jobs.waiting_for
        return False

    def _execute(self, now: float, steady: float) -> Iterator[Record | Effect]:
        problems: list[Problem] = []
        for item in self.station.advance(now, steady, may_begin=True):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                yield from self._counted((item,))
        self._waiting_for = self.station.waiting_for
        for problem in problems:
            yield from self._problem(now, problem)
        if not problems and self.station.is_finished:
            yield from self._enter(now, COMPLETIONS[State.EXECUTE], "all orders done")

    def _check_deadline(self, now: float) -> Iterator[Record | Effect]:
        limit = DEADLINES.get(self.state)
        if limit is None:
            return
        if self.state in _MOVES_ROBOTS:
            limit *= FULL_SPEED / self.history.speed_override
        if self.state is State.ABORTING:
            if self._steady - self._steady_entered > limit:
                yield from self._enter(now, State.ABORTED, f"still busy after {limit:g} s: {self._waiting_for}")
        elif now - self._entered > limit:
            missing = self._waiting_for or "nothing known"
            cause = f"{self.state.title} did not end within {limit:g} s; waiting for {missing}"
            yield from self._alarm(now, "STATE_TIMEOUT", "supervisor", cause)
            yield from self._abort(now, cause)

    def _enter(self, now: float, state: State, cause: str) -> Iterator[Record | Effect]:
        before, self.state = self.state, state
        self._entered = now
        self._steady_entered = self._steady
        if state in (State.ABORTING, State.CLEARING):
            self.jobs.interrupt()
            self.station.interrupt()
        if (before, state) == (State.CLEARING, State.STOPPED):
            for alarm in self.alarms.clear_all(now):
                yield Announce("AlarmCleared", alarm.source, {"id": alarm.id, "code": alarm.code})
        yield Record("state", {"from": before.title, "to": state.title, "cause": cause, "time": now})
        yield Announce("StateChanged", "supervisor", {"from": before.title, "to": state.title, "cause": cause})

    def _abort(self, now: float, cause: str) -> Iterator[Record | Effect]:
        if self.state not in (State.ABORTING, State.ABORTED):
            yield from self._enter(now, State.ABORTING, cause)

    def _problem(self, now: float, problem: Problem) -> Iterator[Record | Effect]:
        yield from self._alarm(now, problem.code, problem.source, problem.cause)
        if problem.reaction is Reaction.ABORT:
            yield from self._abort(now, problem.cause)
        elif self.state is State.EXECUTE:
            yield from self._enter(now, State.HOLDING, problem.cause)

    # ------------------------------------------------------------------------------------------ requests

    def _command(self, now: float, request: ev.CommandRequest) -> Iterator[Record | Effect]:
        if (known := self.desk.known_answer(request.request_id)) is not None:
            yield known
            return
        code, text = permit(request, self.state, self.mode, self.epoch, self.view, self.station)
        yield Record(
            "command",
            {
                "command": request.command.title,
                "mode": request.mode.title,
                "speed_override": request.speed_override,
                "user": request.user,
                "station": request.station,
                "reason": request.reason,
                "state": self.state.title,
                "code": code.name,
                "text": text,
                "time": now,
            },
        )
        if code is Code.OK:
            if request.mode is not Mode.INVALID:
                self.mode = request.mode
            if request.speed_override:
                data = {"percent": request.speed_override, "user": request.user, "time": now}
                yield from self._counted((Record("speed_override", data),))
                yield Announce("SpeedOverrideChanged", "supervisor", data)
            if request.command is not Command.UNDEFINED:
                if request.command is Command.UNHOLD:
                    self._forgive(now)
                cause = f"{request.command.title} by {request.user or 'unknown user'}"
                yield from self._enter(now, COMMANDS[self.state, request.command], cause)
        yield self.desk.answer(request.request_id, code, self.state, text)

    def _forgive(self, now: float) -> None:
        """Take the causes of a hold as repaired; what still is not right raises its alarm again."""
        self.alarms.clear_all(now)
        self.station.retry()

    # ------------------------------------------------------------------------------------------ parts

    def _records(self, now: float, event: ev.RecordsPulled) -> Iterator[Record | Effect]:
        for fact in event.facts:
            if not self.jobs.is_new(fact.gun, fact.sequence):
                continue
            data = {
                "gun": fact.gun,
                "sequence": fact.sequence,
                "body": fact.body,
                "spot": fact.spot,
                "attempt": fact.attempt,
                "result": fact.result.value,
                "reason": fact.reason,
                "time": now,
            }
            yield from self._counted((Record("weld", data),))
            if self.station.body is not None:
                self.station.body.account.apply(fact)
            yield Announce("WeldFinished", fact.gun, data)
        self.jobs.records_pulled(event)

    def _counted(self, items: Iterable[Record | Effect]) -> Iterator[Record | Effect]:
        """Pass records on and keep the totals that are shown."""
        for item in items:
            if isinstance(item, Record):
                self.history.count(item)
            yield item

    def _alarm(self, now: float, code: str, source: str, cause: str) -> Iterator[Record | Effect]:
        alarm = self.alarms.raise_(now, code, source, cause)
        if alarm is not None:
            yield Record("alarm", {"id": alarm.id, "code": code, "source": source, "cause": cause, "time": now})
            yield Announce("AlarmRaised", source, {"id": alarm.id, "code": code, "cause": cause})

    def _zone_wish(self, now: float, event: ev.ZoneWish) -> None:
        is_new_robot = self._zone_epochs.get(event.robot) != event.epoch
        self._zone_epochs[event.robot] = event.epoch
        for zone, wanted in event.zones.items():
            if is_new_robot and wanted:
                self.zones.occupy(now, event.robot, (zone,))
            elif wanted:
                self.zones.request(now, event.robot, zone)
            else:
                self.zones.release(now, event.robot, zone)

    def _what_is_missing(self) -> str:
        view = self.view
        if self.state is State.STOPPED and (view.is_safe is None or not view.are_nodes_ready):
            return "the nodes to come up"
        if self.state in (State.ABORTED, State.STOPPED) and view.not_permitted:
            return f"this to end: {view.not_permitted}"
        hints = {
            State.ABORTED: "Clear",
            State.STOPPED: "Reset",
            State.IDLE: "Start",
            State.HELD: "Unhold",
            State.SUSPENDED: "Unsuspend",
            State.COMPLETE: "Reset",
        }
        return f"the operator's {hints[self.state]}" if self.state in hints else self._waiting_for
