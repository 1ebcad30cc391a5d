# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor's node: carries messages to the pure supervisor and its effects out into the graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from typing import Any, Final

from smart_cell.core.journal import Entry, Journal
from smart_cell.core.liveness import Silence
from smart_cell.nodes import names, qos
from smart_cell.nodes import supervisor_conversions as convert
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.bringup import RunSettings, bringup_plan
from smart_cell.nodes.callers import Ending, SentGoal
from smart_cell.nodes.clock import seconds
from smart_cell.nodes.runtime import Process
from smart_cell.planning.program import Plan
from smart_cell.supervision import events as ev
from smart_cell.supervision.accounting import Decision
from smart_cell.supervision.orders import OrderStatus
from smart_cell.supervision.packml import Command, Mode, State
from smart_cell.supervision.restore import ORDERLY_END
from smart_cell.supervision.supervisor import Supervisor
from smart_cell.supervision.watchdog import Watchdog
from smart_cell_msgs.action import ExecuteProgram, ProduceOrder
from smart_cell_msgs.action import Transfer as TransferAction
from smart_cell_msgs.msg import (
    AlarmList,
    CellState,
    ClampState,
    ConveyorState,
    Event,
    GunState,
    Heartbeat,
    RobotState,
    SafetyState,
    SensorState,
    ZoneRequest,
    ZoneStates,
)
from smart_cell_msgs.srv import Acknowledge, CellCommand, DecideSpot, MoveClamp, PullRecords, Shelve

TICK_PERIOD = 0.05
"""Longest pause between two steps of the supervisor [s, steady clock]."""
STATE_PERIOD = 0.2
SAFETY_LIMIT = 0.5
"""Longest silence of the safety node [s, steady clock]."""

_DECISIONS: Final = {
    DecideSpot.Request.DECISION_ACCEPT: Decision.ACCEPT,
    DecideSpot.Request.DECISION_REWELD: Decision.REWELD,
    DecideSpot.Request.DECISION_REPAIR: Decision.REPAIR,
}
_RESTING: Final = frozenset({State.STOPPED, State.IDLE, State.COMPLETE, State.ABORTED})


class SupervisorNode(CellNode):
    """`supervisor`: PackML states, orders, zones and alarms of the cell.

    Publishes: supervisor/state, supervisor/alarms, supervisor/events, supervisor/zones.
    Subscribes: the state of every device, safety/state, supervisor/zone_requests, heartbeats.
    Services: supervisor/command, supervisor/decide_spot, supervisor/acknowledge, supervisor/shelve.
    Actions: supervisor/produce; calls execute_program of every robot and transfer of the conveyor.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node in its process, which must have a plan."""
        super().__init__(process, device)
        if process.plan is None:
            raise ValueError("the supervisor's process was started without a plan")
        self._plan: Plan = process.plan
        self._outbox: deque[ev.Record | ev.Effect] = deque()
        self._is_writing = False
        self._event_count = 0
        self._shown: object = None
        self._sent_jobs: dict[str, SentGoal] = {}
        self._orders: dict[str, GoalRun] = {}
        self._safety_silence = Silence(longest_tick=3 * TICK_PERIOD)
        self._safety: ev.SafetyReport | None = None
        self._missing: str | None = None

    # ------------------------------------------------------------------------------------------ lifecycle

    def setup(self) -> None:
        """Read the journal and create every entity."""
        cell, process = self.process.cell, self.process
        self._journal = Journal(process.options.state_dir / "supervisor.db", epoch=process.epoch)
        history = [ev.Record(stored.kind, stored.data) for stored in self._journal.read()]
        self._supervisor = Supervisor(cell, self._plan, epoch=process.epoch, history=history)
        plan = bringup_plan(cell, RunSettings(process.options.state_dir))
        self._watchdog = Watchdog(
            {
                spec.name: tuple(node.name for node in spec.nodes if node.required)
                for spec in plan.processes
                if spec.name != process.name
            }
        )
        self._create_publishers()
        self._create_subscriptions()
        self._create_clients()
        self._create_services()
        self.every(TICK_PERIOD, self._tick)

    def halt(self) -> None:
        """Leave the cell at rest and the journal with an orderly end."""
        if self._supervisor.state not in _RESTING:
            abort = ev.CommandRequest("shutdown", Command.ABORT, user="supervisor", reason="shutdown")
            self._outbox.extend(self._supervisor.step(self.now(), abort, steady=self.steady()))
        records = [item for item in self._outbox if isinstance(item, ev.Record)]
        self._outbox.clear()
        records.append(ev.Record(ORDERLY_END, {"state": self._supervisor.state.title, "time": self.now()}))
        self.write(lambda: self._journal.append(_entries(records)), self._written_last)
        self._state.publish()

    # ------------------------------------------------------------------------------------------ entities

    def _create_publishers(self) -> None:
        backend = self.process.options.backend
        self._state = self.state_topic(
            CellState,
            names.SUPERVISOR_STATE,
            lambda message: convert.fill_cell_state(message, self._supervisor, backend, self.now()),
            period=STATE_PERIOD,
        )
        self._alarms = self.state_topic(
            AlarmList, names.SUPERVISOR_ALARMS, lambda message: convert.fill_alarms(message, self._supervisor)
        )
        self._zones = self.state_topic(
            ZoneStates, names.SUPERVISOR_ZONES, lambda message: convert.fill_zones(message, self._supervisor)
        )
        self._events = self.publisher(Event, names.SUPERVISOR_EVENTS, qos.EVENT)

    def _create_subscriptions(self) -> None:
        cell = self.process.cell
        self.subscribe(Heartbeat, names.HEARTBEATS, qos.HEARTBEAT_READER, self._hear_beat)
        self.subscribe(SafetyState, names.SAFETY_STATE, qos.STATE, self._hear_safety)
        self.subscribe(
            ZoneRequest,
            names.SUPERVISOR_ZONE_REQUESTS,
            qos.REQUEST,
            partial(self._hear, convert.zone_wish),
        )
        for message_type, report, devices in (
            (RobotState, convert.robot_report, cell.robots),
            (GunState, convert.gun_report, cell.guns),
            (ClampState, convert.clamp_report, cell.clamps),
            (SensorState, convert.sensor_report, cell.sensors),
        ):
            for device in devices:
                hear = partial(self._hear_device, report, device)
                self.subscribe(message_type, names.state(device), qos.STATE, hear)
        conveyor = next(iter(cell.conveyors))
        self.subscribe(
            ConveyorState,
            names.state(conveyor),
            qos.STATE,
            partial(self._hear, convert.conveyor_report),
        )

    def _create_clients(self) -> None:
        cell = self.process.cell
        self._programs = {
            robot: self.action_caller(ExecuteProgram, names.execute_program(robot)) for robot in cell.robots
        }
        self._transfer = self.action_caller(TransferAction, names.transfer(next(iter(cell.conveyors))))
        self._clamps = {clamp: self.service_caller(MoveClamp, names.move_clamp(clamp)) for clamp in cell.clamps}
        self._guns = {gun: self.service_caller(PullRecords, names.pull_records(gun)) for gun in cell.guns}

    def _create_services(self) -> None:
        self.serve(CellCommand, names.SUPERVISOR_COMMAND, self._command)
        self.serve(DecideSpot, names.SUPERVISOR_DECIDE_SPOT, self._decide)
        self.serve(Acknowledge, names.SUPERVISOR_ACKNOWLEDGE, self._acknowledge)
        self.serve(Shelve, names.SUPERVISOR_SHELVE, self._shelve)
        self.serve_action(
            ProduceOrder,
            names.SUPERVISOR_PRODUCE,
            accept=self._accept_order,
            start=self._start_order,
            cancel=self._cancel_order,
        )

    # ------------------------------------------------------------------------------------------ in

    def _hear(self, conversion: Callable[[Any], ev.Event], message: Any) -> None:
        self._step(conversion(message))

    def _hear_device(self, conversion: Callable[[str, Any], ev.Event], device: str, message: Any) -> None:
        self._step(conversion(device, message))

    def _hear_beat(self, message: Heartbeat) -> None:
        loss = self._watchdog.hear(convert.beat(message))
        if loss is not None:
            self._step(ev.NodesLost(loss.process, loss.nodes, loss.cause))

    def _hear_safety(self, message: SafetyState) -> None:
        self._safety_silence.heard()
        self._note_safety(ev.SafetyReport(message.state == SafetyState.STATE_SAFE, message.cause))

    def _note_safety(self, report: ev.SafetyReport) -> None:
        if self.active and report != self._safety:
            self._safety = report
            self._step(report)

    def _tick(self) -> None:
        """Watch what must be heard again and again, and let time pass."""
        steady = self.steady()
        if self._safety_silence.tick(steady) > SAFETY_LIMIT and self._safety is not None:
            self._note_safety(
                ev.SafetyReport(False, f"the safety node has been silent for more than {SAFETY_LIMIT * 1000:.0f} ms")
            )
        for loss in self._watchdog.tick(steady):
            self._step(ev.NodesLost(loss.process, loss.nodes, loss.cause))
        missing = self._watchdog.missing
        if missing != self._missing:
            self._missing = missing
            self._step(ev.NodesReady(not missing, missing))
        self._step(ev.Tick())

    # ------------------------------------------------------------------------------------------ step

    def _step(self, event: ev.Event) -> Sequence[ev.Record | ev.Effect]:
        """Step the supervisor, show what changed and queue what follows."""
        if not self.active:
            return ()
        items = self._supervisor.step(self.now(), event, steady=self.steady())
        self._show()
        if isinstance(event, ev.ZoneWish):
            self._zones.changed()
        self._outbox.extend(items)
        self._drain()
        return items

    def _show(self) -> None:
        """Publish the cell's state at once when it changed: devices act on it."""
        supervisor = self._supervisor
        facts = supervisor.facts
        enables = (facts.state, facts.motion_enabled, facts.weld_enabled)
        shown = (enables, facts, supervisor.orders.orders, len(supervisor.alarms.alarms))
        if shown == self._shown:
            return
        is_urgent = not isinstance(self._shown, tuple) or self._shown[0] != enables
        self._shown = shown
        if is_urgent:
            self._state.publish()
        else:
            self._state.changed()
        self._alarms.changed()
        self._finish_orders()

    def _drain(self) -> None:
        """Carry out effects in order; what follows a record waits until the record is durable."""
        while self._outbox and not self._is_writing:
            records = list(takewhile(lambda item: isinstance(item, ev.Record), self._outbox))
            if records:
                for _ in records:
                    self._outbox.popleft()
                self._is_writing = True
                self.write(partial(self._journal.append, _entries(records)), self._written)
                return
            self._carry_out(self._outbox.popleft())

    def _written(self, outcome: Any) -> None:
        self._is_writing = False
        if isinstance(outcome, BaseException):
            # nothing that depends on these records may happen
            self._outbox.clear()
            if self._supervisor.view.journal_failure == "":
                self._step(ev.JournalFailed(str(outcome)))
            return
        self._drain()

    def _written_last(self, outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            self.get_logger().error(f"the journal has no orderly end: {outcome}")

    # ------------------------------------------------------------------------------------------ out

    def _carry_out(self, effect: ev.Record | ev.Effect) -> None:
        match effect:
            case ev.Announce():
                self._event_count += 1
                self._events.publish(convert.event_message(effect, self.now(), self.process.epoch, self._event_count))
            case ev.RunJob():
                goal = convert.program_goal(effect, self.process.cell, self._plan.digest, self.process.epoch)
                done = partial(self._job_done, effect.robot, effect.job)
                self._sent_jobs[effect.robot] = self._programs[effect.robot].send(goal, done)
            case ev.CancelJob():
                if effect.robot in self._sent_jobs:
                    self._sent_jobs[effect.robot].cancel()
            case ev.Transfer():
                goal = convert.transfer_goal(effect, self.process.epoch)
                self._transfer.send(goal, partial(self._transfer_done, effect.transfer))
            case ev.MoveClamp():
                request = MoveClamp.Request(close=effect.close, epoch=self.process.epoch)
                self._clamps[effect.clamp].call(request, partial(self._clamp_answered, effect.clamp), deadline=1.0)
            case ev.PullRecords():
                request = PullRecords.Request(after=effect.after)
                self._guns[effect.gun].call(request, partial(self._pulled, effect.gun), deadline=1.0)

    def _job_done(self, robot: str, job: str, ending: Ending, result: Any, text: str) -> None:
        if ending in (Ending.REJECTED, Ending.LOST):
            report = self._supervisor.view.robots.get(robot)
            reason = report.text if ending is Ending.REJECTED and report is not None and report.text else text
            self._step(ev.JobRefused(robot, job, reason))
        else:
            self._step(convert.job_finished(robot, job, result))

    def _transfer_done(self, transfer: str, ending: Ending, result: Any, text: str) -> None:
        if ending in (Ending.REJECTED, Ending.LOST):
            reason = self._supervisor.view.conveyor.text or text
            self._step(ev.TransferFinished(transfer, is_done=False, is_interrupted=False, text=reason))
        else:
            self._step(convert.transfer_finished(transfer, result))

    def _clamp_answered(self, clamp: str, response: Any, text: str) -> None:
        problem = text or (response.text if response.code != CellCommand.Response.CODE_OK else "")
        if problem:
            self.get_logger().warning(f"clamp {clamp}: {problem}")

    def _pulled(self, gun: str, response: Any, text: str) -> None:
        if response is None:
            self.get_logger().warning(f"records of {gun}: {text}")
            return
        facts = tuple(convert.weld_fact(record) for record in response.records)
        self._step(ev.RecordsPulled(gun, facts, response.newest, response.pending))

    # ------------------------------------------------------------------------------------------ services

    def _answer(self, request_id: str, event: ev.Event, response: Any) -> Any:
        if not self.active:
            response.code = CellCommand.Response.CODE_REFUSED
            response.text = "the supervisor is not active"
            return response
        for item in self._step(event):
            if isinstance(item, ev.Reply) and item.request_id == request_id:
                return convert.reply_fields(response, item)
        raise RuntimeError(f"the supervisor did not answer request {request_id!r}")

    def _command(self, request: Any, response: Any) -> Any:
        try:
            command, mode = Command(request.command), Mode(request.mode)
        except ValueError as error:
            response.code, response.text = CellCommand.Response.CODE_INVALID, str(error)
            return response
        deadline = seconds(request.deadline)
        event = ev.CommandRequest(
            request.request_id,
            command,
            mode,
            request.speed_override,
            request.user,
            request.station,
            request.epoch,
            is_expired=0.0 < deadline < self.process.clock.system(),
            reason=request.reason,
        )
        return self._answer(request.request_id, event, response)

    def _decide(self, request: Any, response: Any) -> Any:
        decision = _DECISIONS.get(request.decision)
        if decision is None:
            response.code = CellCommand.Response.CODE_INVALID
            response.text = f"decision {request.decision}: allowed are {', '.join(d.value for d in Decision)}"
            return response
        event = ev.DecisionRequest(
            request.request_id, request.body, request.spot, decision, request.user, request.reason
        )
        return self._answer(request.request_id, event, response)

    def _acknowledge(self, request: Any, response: Any) -> Any:
        event = ev.AcknowledgeRequest(request.request_id, request.alarm, request.user)
        return self._answer(request.request_id, event, response)

    def _shelve(self, request: Any, response: Any) -> Any:
        until = self.steady() + request.duration
        event = ev.ShelveRequest(request.request_id, request.alarm, until, request.user, request.reason)
        return self._answer(request.request_id, event, response)

    # ------------------------------------------------------------------------------------------ orders

    def _accept_order(self, goal: Any) -> str | None:
        if not self.active:
            return "the supervisor is not active"
        if goal.variant not in self.process.cell.variants:
            return f"no variant {goal.variant!r}; there are: {', '.join(self.process.cell.variants)}"
        return None if goal.quantity >= 1 else f"quantity {goal.quantity} is not at least 1"

    def _start_order(self, run: GoalRun) -> None:
        goal = run.goal
        order = goal.order or f"order-{run.goal_id[:8]}"
        self._orders[order] = run
        self._step(ev.OrderRequest(order, goal.variant, goal.quantity, goal.priority, goal.user))
        run.feedback(ProduceOrder.Feedback(order=order))

    def _cancel_order(self, run: GoalRun) -> bool:
        for order, known in self._orders.items():
            if known is run:
                self._step(ev.OrderCancelRequest(order))
                return True
        return False

    def _finish_orders(self) -> None:
        """Give the result of every order that is done or canceled."""
        ends = {
            OrderStatus.DONE: ProduceOrder.Result.CODE_DONE,
            OrderStatus.CANCELED: ProduceOrder.Result.CODE_CANCELED,
        }
        for order in self._supervisor.orders.orders:
            if order.status in ends and order.order in self._orders:
                run = self._orders.pop(order.order)
                run.finish(ProduceOrder.Result(code=ends[order.status], order=order.order, done=order.done))


def _entries(records: Sequence[ev.Record | ev.Effect]) -> list[Entry]:
    """Return records as journal entries."""
    return [
        Entry(record.kind, record.data, float(str(record.data.get("time", 0.0))))
        for record in records
        if isinstance(record, ev.Record)
    ]
