# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Checks values of a cell against each other: what a gun can do against what is asked of it, times, boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smart_cell.cell.model import Box, Clamp, Gun, Robot, Schedule, Spot, Timer, Zone
from smart_cell.cell.schema_check import Finding

Sections = Mapping[str, Mapping[str, Any]]
"""The objects of each section of the cell file by name, as far as they could be built."""


def limit_findings(sections: Sections) -> Iterator[Finding]:
    """Yield everything in the cell file that contradicts another value of it."""
    schedules: Mapping[str, Schedule] = sections["schedules"]
    guns: Mapping[str, Gun] = sections["guns"]
    timers: Mapping[str, Timer] = sections["timers"]
    for schedule in schedules.values():
        yield from _beyond_all(schedule, guns, timers)
    for clamp in sections["clamps"].values():
        yield from _clamp_times(clamp)
    for zone in sections["zones"].values():
        yield from _box_corners(zone)


def spot_limit(spot: Spot, sections: Sections) -> str | None:
    """Tell why the robot that a weld list names cannot weld a spot with its schedule; None if it can.

    A spot without a robot passes if any robot's gun and timer can do its schedule.
    """
    schedule: Schedule | None = sections["schedules"].get(spot.schedule)
    robots: Mapping[str, Robot] = sections["robots"]
    if schedule is None or (spot.robot is not None and spot.robot not in robots):
        return None
    candidates = [robots[spot.robot]] if spot.robot is not None else list(robots.values())
    reasons = []
    for robot in candidates:
        reason = _robot_limit(robot, schedule, sections)
        if reason is None:
            return None
        reasons.append(reason)
    return f"schedule {schedule.name} {'; '.join(reasons[:4])}" if reasons else None


def _robot_limit(robot: Robot, schedule: Schedule, sections: Sections) -> str | None:
    gun: Gun | None = sections["guns"].get(robot.gun)
    timer: Timer | None = sections["timers"].get(gun.timer) if gun else None
    if gun and schedule.force > gun.max_force:
        return f"needs {schedule.force / 1e3:g} kN, {gun.name} of {robot.name} gives {gun.max_force / 1e3:g} kN"
    current = _peak(schedule)
    if timer and current > timer.max_current:
        return f"needs {current / 1e3:g} kA, {timer.name} of {robot.name} gives {timer.max_current / 1e3:g} kA"
    return None


def _peak(schedule: Schedule) -> float:
    return max(pulse.current for pulse in schedule.pulses)


def _beyond_all(schedule: Schedule, guns: Mapping[str, Gun], timers: Mapping[str, Timer]) -> Iterator[Finding]:
    most_force = max((gun.max_force for gun in guns.values()), default=schedule.force)
    if schedule.force > most_force:
        path = ("schedules", schedule.name, "force_kn")
        message = f"{schedule.force / 1e3:g} kN is more than any gun's max_force_kn"
        yield path, f"{schedule.force / 1e3:g}", message, f"at most {most_force / 1e3:g} [kN]"
    most_current = max((timer.max_current for timer in timers.values()), default=_peak(schedule))
    for index, pulse in enumerate(schedule.pulses):
        if pulse.current > most_current:
            where = ("schedules", schedule.name, "pulses", index, "current_ka")
            message = f"{pulse.current / 1e3:g} kA is more than any timer's max_current_ka"
            yield where, f"{pulse.current / 1e3:g}", message, f"at most {most_current / 1e3:g} [kA]"


def _clamp_times(clamp: Clamp) -> Iterator[Finding]:
    if clamp.timeout <= clamp.travel_time:
        path = ("clamps", clamp.name, "timeout")
        message = f"{clamp.timeout:g} s is not longer than the travel time of {clamp.travel_time:g} s"
        yield path, f"{clamp.timeout:g}", message, f"more than {clamp.travel_time:g} [s]"


def _box_corners(zone: Zone) -> Iterator[Finding]:
    box: Box | None = zone.box
    for index in range(3 if box else 0):
        assert box is not None
        if box.lower[index] >= box.upper[index]:
            path = ("zones", zone.name, "box", "upper", index)
            message = f"{box.upper[index]:g} m is not above the lower corner's {box.lower[index]:g} m"
            yield path, f"{box.upper[index]:g}", message, f"more than {box.lower[index]:g} [m]"
