# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Between the supervisor's values and messages: device states in, goals and states out."""

from __future__ import annotations

import json
from typing import Any, Final

from smart_cell.cell.model import Cell
from smart_cell.core.operation_mode import OperationMode
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.conversions import pose_to_msg
from smart_cell.nodes.weld_conversions import schedule_to_msg
from smart_cell.supervision import events as ev
from smart_cell.supervision.accounting import Result, WeldFact
from smart_cell.supervision.alarms import Alarm as AlarmValue
from smart_cell.supervision.events import DeviceState
from smart_cell.supervision.supervisor import Supervisor
from smart_cell.supervision.watchdog import Beat
from smart_cell_msgs.action import ExecuteProgram, Transfer
from smart_cell_msgs.msg import (
    Alarm,
    AlarmList,
    CellState,
    ClampState,
    ConveyorState,
    Event,
    GunState,
    Heartbeat,
    OrderState,
    RobotProgress,
    RobotState,
    SensorState,
    SpotTarget,
    WeldRecord,
    ZoneRequest,
    ZoneState,
    ZoneStates,
)

_ROBOT_STATES: Final = {
    RobotState.STATE_IDLE: DeviceState.READY,
    RobotState.STATE_RUNNING: DeviceState.BUSY,
    RobotState.STATE_PAUSED: DeviceState.PAUSED,
    RobotState.STATE_STOPPED: DeviceState.INTERRUPTED,
    RobotState.STATE_FAULT: DeviceState.FAULT,
}
_CONVEYOR_STATES: Final = {
    ConveyorState.STATE_STOPPED: DeviceState.READY,
    ConveyorState.STATE_MOVING: DeviceState.BUSY,
    ConveyorState.STATE_INTERRUPTED: DeviceState.INTERRUPTED,
    ConveyorState.STATE_FAULT: DeviceState.FAULT,
}
_CLAMP_STATES: Final = {
    ClampState.STATE_OPEN: DeviceState.READY,
    ClampState.STATE_CLOSED: DeviceState.READY,
    ClampState.STATE_MOVING: DeviceState.BUSY,
    ClampState.STATE_FAULT: DeviceState.FAULT,
}
_RESULTS: Final = {
    WeldRecord.RESULT_OK: Result.OK,
    WeldRecord.RESULT_NOT_OK: Result.NOT_OK,
    WeldRecord.RESULT_NOT_WELDED: Result.NOT_WELDED,
    WeldRecord.RESULT_INTERRUPTED: Result.INTERRUPTED,
    WeldRecord.RESULT_UNCERTAIN: Result.UNCERTAIN,
}


# ---------------------------------------------------------------------------------------------- in


def robot_report(robot: str, message: RobotState) -> ev.RobotReport:
    """Return what a robot's state means to the supervisor."""
    doing = message.waiting_for and f"waits for {message.waiting_for}"
    if not doing and message.state in (RobotState.STATE_RUNNING, RobotState.STATE_PAUSED):
        doing = f"spot {message.spot}" if message.spot else "moving"
    state = _ROBOT_STATES.get(message.state, DeviceState.UNKNOWN)
    return ev.RobotReport(
        robot,
        state,
        message.at_home,
        message.spots_done,
        doing or message.text,
        message.text,
        OperationMode(message.operation_mode),
    )


def gun_report(gun: str, message: GunState) -> ev.GunReport:
    """Return what a gun's state means to the supervisor: busy is only what must not be taken for rest."""
    if message.state == GunState.STATE_OPEN:
        state = DeviceState.READY
    elif message.current_on or message.state == GunState.STATE_DRESSING:
        state = DeviceState.BUSY
    elif message.state == GunState.STATE_FAULT:
        state = DeviceState.FAULT
    elif message.state == GunState.STATE_INACTIVE:
        state = DeviceState.UNKNOWN
    else:
        state = DeviceState.PAUSED
    return ev.GunReport(gun, state, message.record_sequence, message.text)


def conveyor_report(message: ConveyorState) -> ev.ConveyorReport:
    """Return what the conveyor's state means to the supervisor."""
    state = _CONVEYOR_STATES.get(message.state, DeviceState.UNKNOWN)
    return ev.ConveyorReport(state, message.body, message.text)


def clamp_report(clamp: str, message: ClampState) -> ev.ClampReport:
    """Return what a clamp's state means to the supervisor."""
    state = _CLAMP_STATES.get(message.state, DeviceState.UNKNOWN)
    return ev.ClampReport(clamp, state, message.state == ClampState.STATE_CLOSED, message.text)


def sensor_report(sensor: str, message: SensorState) -> ev.SensorReport:
    """Return what a sensor's state means to the supervisor."""
    return ev.SensorReport(sensor, message.valid, message.active, message.value, message.variant)


def weld_fact(record: WeldRecord) -> WeldFact:
    """Return the part of a weld record that the supervisor decides with; an unknown result is an uncertain one."""
    result = _RESULTS.get(record.result, Result.UNCERTAIN)
    return WeldFact(record.gun, record.sequence, record.body, record.spot, record.attempt, result, record.reason)


def zone_wish(message: ZoneRequest) -> ev.ZoneWish:
    """Return what a robot wants of its zones."""
    wishes = {zone: mode == ZoneRequest.MODE_LOCK for zone, mode in zip(message.zones, message.modes, strict=True)}
    return ev.ZoneWish(message.robot, message.epoch, wishes)


def beat(message: Heartbeat) -> Beat:
    """Return a heartbeat as the watchdog takes it."""
    nodes = dict(zip(message.nodes, zip(message.counters, message.active, strict=True), strict=True))
    return Beat(message.process, message.epoch, message.pid, nodes)


def job_finished(robot: str, job: str, result: ExecuteProgram.Result) -> ev.JobFinished:
    """Return how a job ended."""
    return ev.JobFinished(
        robot,
        job,
        is_done=result.code == ExecuteProgram.Result.CODE_DONE,
        is_interrupted=result.code == ExecuteProgram.Result.CODE_INTERRUPTED,
        is_weld_failure=result.code == ExecuteProgram.Result.CODE_WELD_FAILED,
        text=f"{result.text} (spot {result.spot})" if result.spot else result.text,
    )


def transfer_finished(transfer: str, result: Transfer.Result) -> ev.TransferFinished:
    """Return how a transfer ended."""
    return ev.TransferFinished(
        transfer,
        is_done=result.code == Transfer.Result.CODE_DONE,
        is_interrupted=result.code == Transfer.Result.CODE_INTERRUPTED,
        text=result.text,
    )


# ---------------------------------------------------------------------------------------------- out


def program_goal(effect: ev.RunJob, cell: Cell, plan: str, epoch: int) -> ExecuteProgram.Goal:
    """Return a job as the goal of `execute_program`."""
    return ExecuteProgram.Goal(
        job=effect.job,
        body=effect.body,
        variant=effect.variant,
        plan=plan,
        epoch=epoch,
        part=pose_to_msg(effect.part),
        spots=[_spot_target(spot, cell) for spot in effect.spots],
    )


def _spot_target(spot: ev.JobSpot, cell: Cell) -> SpotTarget:
    program = spot.program
    return SpotTarget(
        spot=program.spot,
        attempt=spot.attempt,
        pose=pose_to_msg(program.pose),
        status=program.status,
        turn=program.turn,
        approach=[pose_to_msg(pose) for pose in program.approach],
        zones=list(program.zones),
        schedule=schedule_to_msg(cell.schedules[program.schedule]),
        thickness=program.thickness,
    )


def transfer_goal(effect: ev.Transfer, epoch: int) -> Transfer.Goal:
    """Return a transfer as the goal of the conveyor's action."""
    return Transfer.Goal(
        transfer=effect.transfer,
        direction=Transfer.Goal.DIRECTION_IN if effect.is_in else Transfer.Goal.DIRECTION_OUT,
        station=effect.station,
        body=effect.body,
        variant=effect.variant,
        leaving=effect.leaving,
        epoch=epoch,
    )


def event_message(effect: ev.Announce, now: float, epoch: int, sequence: int) -> Event:
    """Return an announcement as a message."""
    message = Event(epoch=epoch, sequence=sequence, name=effect.name, source=effect.source)
    message.header.stamp = stamp(now)
    message.data = json.dumps(dict(effect.data), ensure_ascii=False)
    return message


def fill_cell_state(message: CellState, supervisor: Supervisor, backend: str, now: float) -> None:
    """Fill in what the supervisor knows; header, epoch and sequence are the topic's."""
    facts, body = supervisor.facts, supervisor.station.body
    message.cell = supervisor.cell.name
    message.state, message.mode, message.backend = int(facts.state), int(facts.mode), backend
    message.motion_enabled, message.weld_enabled = facts.motion_enabled, facts.weld_enabled
    message.speed_override = facts.speed_override
    message.waiting_for = facts.waiting_for
    if body is not None:
        message.order, message.variant, message.body = body.order, body.variant, body.name
        message.body_time = max(now - body.started, 0.0)
    message.orders = [
        OrderState(
            order=order.order, variant=order.variant, quantity=order.quantity, done=order.done, state=int(order.status)
        )
        for order in supervisor.orders.orders
    ]
    message.robots = [_progress(robot, supervisor) for robot in supervisor.cell.robots]
    message.bodies_done, message.bodies_ordered = facts.bodies_done, supervisor.orders.bodies_ordered
    message.welds_ok, message.welds_not_ok = facts.welds_ok, facts.welds_not_ok
    message.welds_uncertain = facts.welds_uncertain
    message.cycle_times = list(facts.cycle_times)
    message.alarms_active = len(supervisor.alarms.active)


def _progress(robot: str, supervisor: Supervisor) -> RobotProgress:
    body, report = supervisor.station.body, supervisor.view.robots.get(robot)
    progress = RobotProgress(robot=robot, doing=report.doing if report is not None else "")
    if body is not None:
        progress.spots_done = body.account.done(robot)
        progress.spots_total = sum(owner == robot for owner in body.account.robot_of.values())
    return progress


def fill_alarms(message: AlarmList, supervisor: Supervisor) -> None:
    """Fill in the alarms that are active or not acknowledged."""
    message.alarms = [_alarm(alarm) for alarm in supervisor.alarms.alarms]


def _alarm(alarm: AlarmValue) -> Alarm:
    message = Alarm(
        id=alarm.id,
        code=alarm.code,
        source=alarm.source,
        priority=int(alarm.kind.priority),
        active=alarm.active,
        acknowledged=alarm.acknowledged,
        shelved=alarm.shelved_until is not None,
        first_out=alarm.first_out,
        cause=alarm.cause,
        response=alarm.kind.response,
    )
    message.raised = stamp(alarm.raised)
    if alarm.cleared is not None:
        message.cleared = stamp(alarm.cleared)
    return message


def fill_zones(message: ZoneStates, supervisor: Supervisor) -> None:
    """Fill in who may be in which zone; after a restart that can be several robots, and then none has the grant."""
    message.zones = [
        ZoneState(
            zone=view.zone,
            holder=", ".join(view.occupants),
            waiting=list(view.waiting),
            grant=view.grant,
            since=stamp(view.since),
        )
        for view in supervisor.zones.view()
    ]


def reply_fields(response: Any, reply: ev.Reply) -> Any:
    """Fill a service response from the supervisor's answer."""
    response.code, response.text = int(reply.code), reply.text
    if hasattr(response, "state"):
        response.state = int(reply.state)
    return response
