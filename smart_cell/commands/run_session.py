# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One run of a cell from the first process to the summary."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from smart_cell.cell.model import Cell
from smart_cell.commands.children import ChildDeath, Children, tail
from smart_cell.commands.orders import OrderDriver, WantedOrder
from smart_cell.commands.run_display import Display, make_display
from smart_cell.commands.run_table import Screen
from smart_cell.commands.state_folder import plan_cache, run_environment
from smart_cell.commands.summary import (
    ExitReason,
    Findings,
    RaisedAlarm,
    Summary,
    VariantCount,
    as_json,
    as_text,
    overhead,
)
from smart_cell.core.errors import SmartCellError
from smart_cell.nodes.bringup import BRINGUP, SUPERVISOR, RunSettings, bringup_plan
from smart_cell.nodes.bringup_sequence import SequenceStatus
from smart_cell.nodes.clock import origin_now
from smart_cell.nodes.instance import CellRunningError
from smart_cell.nodes.lifecycle_manager import BringUpReport, LifecycleManager
from smart_cell.nodes.operator import Operator
from smart_cell.nodes.runtime import Options, Process
from smart_cell.nodes.signals import EXIT_CODES, StopReason, StopWaiter
from smart_cell.nodes.views import AlarmView, CellView
from smart_cell.planning.planner import load_or_plan
from smart_cell.planning.program import Plan
from smart_cell.simulation.history import check_history
from smart_cell.simulation.history_files import read_history
from smart_cell.supervision.packml import Command, State

LOOP_PERIOD: Final = 0.1
"""How often children, orders and screen are looked at [s]."""
STOP_BUDGET: Final = 4.6
"""Time from the wish to end until the last process is gone [s]."""

_RESTING: Final = frozenset({State.STOPPED, State.IDLE, State.COMPLETE, State.ABORTED, State.UNDEFINED})
_REASONS: Final = {
    StopReason.INTERRUPT: (ExitReason.INTERRUPTED, "Ctrl-C"),
    StopReason.TERMINATE: (ExitReason.TERMINATED, "SIGTERM"),
    StopReason.FAILURE: (ExitReason.FAILED, "the executor of this process ended"),
}


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What the user chose."""

    cell: Cell
    orders: tuple[WantedOrder, ...]
    speed: float
    """ROS time against the steady clock."""
    speed_override: int
    """Of the robots [%]; 0 leaves it as it is."""
    backend: str
    is_live: bool
    """Show the live screen instead of plain lines."""
    json_file: Path | None
    state_dir: Path
    log_level: str
    executor: str
    domain: int


@dataclass(frozen=True, slots=True)
class _End:
    """Why the session ends."""

    reason: ExitReason
    text: str
    exit_code: int


class Session:
    """Runs the processes of a cell as children, drives the written orders, shows what happens."""

    def __init__(self, settings: SessionSettings) -> None:
        """Prepare; `run` does everything."""
        self._settings = settings
        self._began = time.monotonic()
        self._ready_at: float | None = None
        self._failure = ""
        self._notice = ""
        self._alarms: dict[tuple[int, str, str], AlarmView] = {}
        self._driver = OrderDriver(settings.orders)
        self._awaits_override = bool(settings.speed_override)
        self._plan: Plan | None = None
        self._last_cell: CellView | None = None
        self._samples: tuple[list[float], list[float]] = ([], [])
        self._respawns: dict[str, int] = {}

    def run(self) -> int:
        """Run from the first process to the summary and return the exit code."""
        settings = self._settings
        display = make_display(settings.is_live)
        display.banner(self._banner())
        with StopWaiter() as waiter:
            try:
                self._plan = load_or_plan(settings.cell, plan_cache(os.environ), _planning_news(display, waiter))
                end = self._run_processes(waiter, display)
            except _StopRequestedError as request:
                end = _End(*_REASONS[request.reason], EXIT_CODES[request.reason])
            except (SmartCellError, OSError) as error:
                end = _End(ExitReason.FAILED, str(error), 1)
        findings = _read_findings(settings.state_dir, settings.cell)
        if end.exit_code == 0 and not findings.is_clean:
            end = _End(ExitReason.FAILED, f"{end.text}, but not every weld is accounted for", 1)
        summary = self._summary(end, findings)
        if settings.json_file is not None:
            text = json.dumps(as_json(summary), indent=2, ensure_ascii=False) + "\n"
            settings.json_file.write_text(text, encoding="utf-8")
        display.summary(as_text(summary))
        if end.reason is ExitReason.FAILED:
            print(f"smart_cell run: {end.text}", file=sys.stderr)
        return end.exit_code

    # ------------------------------------------------------------------------------------------ the course of a run

    def _run_processes(self, waiter: StopWaiter, display: Display) -> _End:
        """Start everything, produce, end everything."""
        settings = self._settings
        run_settings = RunSettings(
            state_dir=settings.state_dir,
            backend=settings.backend,
            speed=settings.speed,
            origin=origin_now(),
            log_level=settings.log_level,
            executor=settings.executor,
            plans=plan_cache(os.environ),
            attached=True,
        )
        plan = bringup_plan(settings.cell, run_settings)
        children = Children(plan.processes, run_environment(os.environ, settings.state_dir), settings.state_dir / "log")
        assert run_settings.origin is not None
        children.start(*(process.name for process in plan.processes))
        operator: Operator | None = None
        with display:
            try:
                options = Options(
                    settings.backend, settings.state_dir, settings.speed, run_settings.origin, settings.executor
                )
                process = Process(BRINGUP, settings.cell, options, obeys=False)
                try:
                    operator = Operator(process)
                    operator.watch_overheads(tuple(settings.cell.robots))
                    LifecycleManager(process, plan, lambda report: self._take_report(report, display))
                    process.start(on_failure=waiter.fail)
                    end = self._loop(waiter, children, operator, display)
                    self._stop(children, operator, display)
                    display.update(self._screen(operator))
                finally:
                    process.stop()
            finally:
                children.terminate(children.running(), time.monotonic() + 1.0)
                self._respawns = children.respawns
        return end

    def _loop(self, waiter: StopWaiter, children: Children, operator: Operator, display: Display) -> _End:
        """Look after children, orders and screen until there is a reason to end."""
        while True:
            reason = waiter.wait(LOOP_PERIOD)
            if reason is not None:
                return _End(*_REASONS[reason], EXIT_CODES[reason])
            steady = time.monotonic()
            for death in children.watch(steady):
                self._take_death(death, display)
            self._refuse_strangers(children, operator)
            if self._failure:
                return _End(ExitReason.FAILED, self._failure, 1)
            self._last_cell = operator.cell
            self._samples = (operator.move_overheads, operator.weld_overheads)
            self._note_alarms(operator.alarms)
            if self._ready_at is not None and self._awaits_override:
                self._set_override(operator)
            elif self._ready_at is not None and self._settings.orders:
                self._drive(operator, steady)
                if self._driver.is_done(operator.cell):
                    done, _ = self._driver.progress(operator.cell)
                    return _End(ExitReason.DONE, f"all orders are done, {done} bodies", 0)
                if self._driver.failure:
                    return _End(ExitReason.FAILED, self._driver.failure, 1)
            display.update(self._screen(operator))

    def _set_override(self, operator: Operator) -> None:
        """Send the speed override that the user wrote; again with the next look where nobody takes it."""
        reply = operator.command(
            Command.UNDEFINED, speed_override=self._settings.speed_override, reason="written with --override"
        )
        self._awaits_override = not reply.accepted
        self._notice = "" if reply.accepted else reply.text

    def _drive(self, operator: Operator, steady: float) -> None:
        """Send what the orders ask for next."""
        wanted = self._driver.next(operator.cell, steady)
        if isinstance(wanted, WantedOrder):
            reply = operator.produce(wanted.variant, wanted.quantity, wanted.order)
        elif wanted is not None:
            reply = operator.command(wanted, reason="written with --order")
        else:
            return
        self._driver.take(wanted, reply, time.monotonic())
        self._notice = "" if reply.accepted else reply.text

    def _stop(self, children: Children, operator: Operator, display: Display) -> None:
        """End in order: the cell first, then the supervisor, then those that it watches."""
        deadline = time.monotonic() + STOP_BUDGET
        display.line("stopping")
        cell = operator.cell
        if cell is not None and cell.state not in _RESTING and SUPERVISOR in children.running():
            # one short attempt: a supervisor that does not answer is ended all the same
            operator.command(Command.STOP, reason="smart_cell run ends", attempts=1)
            while operator.cell is not None and operator.cell.state not in _RESTING:
                if time.monotonic() > deadline - 3.0 or not operator.wait_for_news(0.2):
                    break
        killed = children.terminate([SUPERVISOR], max(deadline - 2.0, time.monotonic() + 0.5))
        killed += children.terminate(children.running(), deadline)
        self._last_cell = operator.cell
        for process in killed:
            display.line(f"process {process} did not end in time and was killed; {children.log_of(process)}")

    # ------------------------------------------------------------------------------------------ news

    def _take_report(self, report: BringUpReport, display: Display) -> None:
        """Show how far the bring-up is; called in the executor thread."""
        if report.status is SequenceStatus.FAILED:
            if report.again:
                display.line(f"bring-up failed: {report.text}; it is tried again")
            else:
                self._failure = report.text
        elif report.status is SequenceStatus.READY:
            self._notice = ""
            if self._ready_at is None:
                self._ready_at = time.monotonic()
                display.line(f"ready after {self._ready_at - self._began:.1f} s: every node is active")
                if not self._settings.orders:
                    display.line("the cell waits: `smart_cell command reset`, then `smart_cell command start`")
            else:
                display.line("every node is active again; the cell stays as it is until a person starts it")
        else:
            self._notice = f"bring-up {report.progress:.0%}: {report.text}"

    def _take_death(self, death: ChildDeath, display: Display) -> None:
        """Say that a child died and what its log says last."""
        display.line(f"process {death.process} {death.cause}; log: {death.log}")
        last_words = tail(death.log)
        if not death.required:
            again = "it stays away" if death.restart_at is None else "it is started again"
            display.line(f"the cell works on without it; {again}")
        elif self._ready_at is None:
            self._failure = f"process {death.process} {death.cause} during the bring-up:\n{last_words}"
        elif death.restart_at is None:
            self._failure = f"process {death.process} {death.cause}:\n{last_words}"
        else:
            display.line("it is started again; nothing moves until a person says so")

    def _refuse_strangers(self, children: Children, operator: Operator) -> None:
        """End when processes of another instance send heartbeats for this cell."""
        if self._ready_at is not None:
            return
        ours = children.pids | {os.getpid()}
        for process in tuple(operator.processes.values()):
            if process.pid not in ours:
                where = f"process {process.process}, pid {process.pid} on {process.host}"
                self._failure = str(CellRunningError(self._settings.cell.name, self._settings.domain, where))

    def _note_alarms(self, alarms: tuple[AlarmView, ...]) -> None:
        for alarm in alarms:
            self._alarms.setdefault((alarm.id, alarm.code, alarm.source), alarm)

    # ------------------------------------------------------------------------------------------ what is shown

    def _banner(self) -> str:
        settings = self._settings
        hardware = {"sim": "SIM (simulated hardware)"}[settings.backend]
        return (
            f"smart_cell run: cell {settings.cell.name}, backend {hardware}, speed x{settings.speed:g}\n"
            f"state {settings.state_dir}, ROS domain {settings.domain}\n"
            "not a safety system: stops are operational; people are kept safe by certified equipment"
        )

    def _screen(self, operator: Operator) -> Screen:
        settings = self._settings
        return Screen(
            title=f"{settings.cell.name}  {settings.backend.upper()}  x{settings.speed:g}",
            cell=operator.cell,
            alarms=operator.alarms,
            takt=settings.cell.takt,
            forecast=self._forecast(),
            bodies=self._driver.progress(operator.cell),
            elapsed=time.monotonic() - self._began,
            notice=self._notice,
        )

    def _forecast(self) -> dict[str, float]:
        if self._plan is None:
            return {}
        return {variant: cycle.total for variant, cycle in self._plan.cycles.items()}

    # ------------------------------------------------------------------------------------------ the end

    def _summary(self, end: _End, findings: Findings) -> Summary:
        settings, cell = self._settings, self._last_cell
        return Summary(
            cell=settings.cell.name,
            cell_digest=settings.cell.digest,
            plan_digest=self._plan.digest if self._plan is not None else "",
            backend=settings.backend,
            speed=settings.speed,
            state_dir=str(settings.state_dir),
            exit_reason=end.reason,
            exit_text=end.text,
            variants=self._count_variants(cell),
            findings=findings,
            cycle_times=cell.cycle_times if cell is not None else (),
            forecast=self._forecast(),
            takt=settings.cell.takt,
            wall_time=time.monotonic() - self._began,
            ready_time=None if self._ready_at is None else self._ready_at - self._began,
            move_overhead=overhead(self._samples[0]),
            weld_overhead=overhead(self._samples[1]),
            alarms=tuple(RaisedAlarm(alarm.code, alarm.source, alarm.cause) for alarm in self._alarms.values()),
            respawns=self._respawns,
        )

    def _count_variants(self, cell: CellView | None) -> dict[str, VariantCount]:
        """Count this run's orders by variant; without any, all orders that the cell knows."""
        known = {order.order: order for order in cell.orders} if cell is not None else {}
        counts: dict[str, VariantCount] = {}
        orders = [(order.variant, order.quantity, order.order) for order in self._settings.orders] or [
            (order.variant, order.quantity, order.order) for order in known.values()
        ]
        for variant, quantity, name in orders:
            before = counts.get(variant, VariantCount(0, 0))
            done = known[name].done if name in known else 0
            counts[variant] = VariantCount(before.ordered + quantity, before.done + done)
        return counts


class _StopRequestedError(Exception):
    """The user wants to end while the cell is being planned."""

    def __init__(self, reason: StopReason) -> None:
        """Keep why."""
        super().__init__(reason.value)
        self.reason = reason


def _planning_news(display: Display, waiter: StopWaiter) -> Callable[[str, float], None]:
    """Return what planning reports to: shows one line when it begins (a kept plan takes no time), and can end it."""
    told: list[str] = []

    def tell(what: str, share: float) -> None:
        reason = waiter.wait(0.0)
        if reason is not None:
            raise _StopRequestedError(reason)
        if not told:
            told.append(what)
            display.line("planning the cell; the plan is kept for the next time")

    return tell


def _read_findings(state_dir: Path, cell: Cell) -> Findings:
    """Return what the history checker says about the state folder."""
    try:
        history = check_history(read_history(state_dir, cell))
    except (SmartCellError, OSError) as error:
        return Findings({}, (), (), (), error=str(error))
    return Findings(history.welds, history.lost, history.double, history.unexplained)
