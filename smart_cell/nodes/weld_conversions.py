# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Weld schedules, orders, records and gun states between dataclasses and messages."""

from __future__ import annotations

from array import array
from enum import Enum
from typing import Any, Final

from smart_cell.cell.model import Pulse, Schedule
from smart_cell.core.ids import SpotKey
from smart_cell.devices.gun_types import GunState, GunView
from smart_cell.devices.weld_record import WeldOrder, WeldOrigin, WeldRecord
from smart_cell.nodes.clock import seconds, stamp
from smart_cell.welding.verdict import WeldResult
from smart_cell_msgs.action import Weld
from smart_cell_msgs.msg import GunState as GunStateMsg
from smart_cell_msgs.msg import WeldRecord as WeldRecordMsg
from smart_cell_msgs.msg import WeldSchedule as WeldScheduleMsg


def _numbers(enum: type[Enum], message_type: Any, prefix: str) -> dict[Any, int]:
    """Return the number of each member in the constants `<prefix>_<MEMBER>` of a message."""
    return {member: getattr(message_type, f"{prefix}_{member.name}") for member in enum}


_RESULTS: Final = _numbers(WeldResult, WeldRecordMsg, "RESULT")
_ORIGINS: Final = _numbers(WeldOrigin, WeldRecordMsg, "ORIGIN")
_STATES: Final = _numbers(GunState, GunStateMsg, "STATE")
_RESULT_OF: Final = {number: result for result, number in _RESULTS.items()}
_ORIGIN_OF: Final = {number: origin for origin, number in _ORIGINS.items()}


def schedule_to_msg(schedule: Schedule) -> WeldScheduleMsg:
    """Return a weld schedule as a message."""
    return WeldScheduleMsg(
        name=schedule.name,
        force=schedule.force,
        squeeze=schedule.squeeze,
        pulse_current=array("d", (pulse.current for pulse in schedule.pulses)),
        pulse_time=array("d", (pulse.time for pulse in schedule.pulses)),
        pulse_cool=array("d", (pulse.cool for pulse in schedule.pulses)),
        hold=schedule.hold,
    )


def schedule_from_msg(message: WeldScheduleMsg) -> Schedule:
    """Return the weld schedule of a message.

    Raises:
        ValueError: The pulses have not as many currents as times and pauses.
    """
    counts = len(message.pulse_current), len(message.pulse_time), len(message.pulse_cool)
    if len(set(counts)) != 1:
        raise ValueError(
            f"schedule {message.name} has {counts[0]} pulse_current, {counts[1]} pulse_time, {counts[2]} pulse_cool; "
            "each pulse needs one of each"
        )
    pulses = zip(message.pulse_current, message.pulse_time, message.pulse_cool, strict=True)
    return Schedule(
        name=message.name,
        force=message.force,
        squeeze=message.squeeze,
        pulses=tuple(Pulse(current, time, cool) for current, time, cool in pulses),
        hold=message.hold,
    )


def order_from_goal(goal: Weld.Goal) -> WeldOrder:
    """Return the weld order of a goal.

    Raises:
        ValueError: The schedule makes no sense.
    """
    key = SpotKey(goal.body, goal.spot, goal.attempt)
    return WeldOrder(goal.robot, key, goal.epoch, schedule_from_msg(goal.schedule), goal.thickness)


def record_to_msg(record: WeldRecord) -> WeldRecordMsg:
    """Return a weld record as a message."""
    return WeldRecordMsg(
        sequence=record.sequence,
        stamp=stamp(record.time),
        gun=record.gun,
        robot=record.robot,
        body=record.key.body,
        spot=record.key.spot,
        attempt=record.key.attempt,
        schedule=record.schedule,
        result=_RESULTS[record.result],
        origin=_ORIGINS[record.origin],
        timer_count=record.timer_count,
        current=record.current,
        weld_time=record.weld_time,
        force=record.force,
        resistance=record.resistance,
        energy=record.energy,
        tip_welds=record.tip_welds,
        reason=record.reason,
    )


def record_from_msg(message: WeldRecordMsg) -> WeldRecord:
    """Return the weld record of a message; a result that is not known here is an uncertain one."""
    return WeldRecord(
        gun=message.gun,
        robot=message.robot,
        key=SpotKey(message.body, message.spot, message.attempt),
        schedule=message.schedule,
        result=_RESULT_OF.get(message.result, WeldResult.UNCERTAIN),
        origin=_ORIGIN_OF.get(message.origin, WeldOrigin.MEASURED),
        time=seconds(message.stamp),
        timer_count=message.timer_count,
        current=message.current,
        weld_time=message.weld_time,
        force=message.force,
        resistance=message.resistance,
        energy=message.energy,
        tip_welds=message.tip_welds,
        reason=message.reason,
        sequence=message.sequence,
    )


def state_number(state: GunState) -> int:
    """Return the number of a gun state in GunState.msg."""
    return _STATES[state]


def fill_gun_state(message: GunStateMsg, view: GunView) -> None:
    """Fill everything but header, epoch and sequence."""
    message.state = _STATES[view.state]
    message.body = view.body
    message.spot = view.spot
    message.attempt = view.attempt
    message.current_on = view.current_on
    message.inhibited = bool(view.inhibited_by)
    message.inhibited_by = view.inhibited_by
    message.record_sequence = view.record_sequence
    message.timer_count = view.timer_count
    message.tip_welds = view.tip_welds
    message.dress_interval = view.dress_interval
    message.text = view.text
