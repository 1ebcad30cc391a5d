# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's program executor with its arm and gun played by hand, and a planner that makes one-second moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from smart_cell.cell.model import Pulse, Schedule
from smart_cell.core.errors import SmartCellError
from smart_cell.core.geometry import Pose
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot import ProgramExecutor
from smart_cell.devices.robot_job import RobotState
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.pacing.pace import Pace
from smart_cell.motion.trajectory import Trajectory
from smart_cell.planning.program import ProgramSpot

HOME: Joints = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
REST = HOME
MOVE_TIME = 1.0
SCHEDULE = Schedule("p1", 2300.0, 0.2, (Pulse(8500.0, 0.18),), 0.1)


@dataclass(frozen=True)
class Permit:
    """What the cell permits."""

    safe: bool = True
    master: bool = True
    motion: bool = True
    weld: bool = True
    epoch: int = 7
    reason: str = ""


RUN = Permit()
HOLD = Permit(weld=False)
HELD = Permit(weld=False, motion=False, reason="the cell is in Held")
EMERGENCY = Permit(safe=False, motion=False, weld=False, reason="safety: emergency stop")


def at(value: float) -> Joints:
    return (value, 0.0, 0.0, 0.0, 0.0, 0.0)


def line(start: Joints, end: Joints) -> Trajectory:
    rows = np.array([start, end])
    speed = (rows[1] - rows[0]) / MOVE_TIME
    return Trajectory(np.array([0.0, MOVE_TIME]), rows, np.array([speed, speed]), np.zeros((2, 6)))


def from_there(path: Trajectory, path_time: float, rate: float) -> Pace:
    """Return the rest of a line at a rate, which it has at once; a stop where the rate is 0."""
    here = path.sample(path_time)
    is_over = rate == 0.0 or path_time >= path.duration
    ends = np.array([path_time] if is_over else [path_time, path.duration])
    rows = np.array([here.position] if is_over else [here.position, path.positions[-1]])
    times = np.zeros(1) if is_over else (ends - path_time) / rate
    speed = np.zeros((1, 6)) if is_over else np.array([here.velocity, here.velocity]) * rate
    trajectory = Trajectory(times, rows, speed, np.zeros_like(speed))
    return Pace(path, trajectory, times, ends, np.full(len(times), rate), np.zeros(len(times)))


class FakePlanner:
    """Spot k is where joint 1 is at k + 1; every move takes one second, stops take none."""

    def __init__(self) -> None:
        self.planned: list[tuple[str, Joints]] = []
        self.unreachable: set[str] = set()
        self.has_stop = True

    def to_spot(self, job: rj.Job, index: int, start: Joints) -> Trajectory | None:
        spot = job.spots[index].target.spot
        self.planned.append((spot, start))
        if spot in self.unreachable:
            raise SmartCellError(f"spot {spot} is out of reach")
        end = at(float(spot[1:]) + 1.0)
        return None if start == end else line(start, end)

    def to_home(self, start: Joints) -> Trajectory | None:
        self.planned.append(("home", start))
        return None if start == HOME else line(start, HOME)

    def onto_path(self, start: Joints, end: Joints) -> Trajectory | None:
        self.planned.append(("path", start))
        return line(start, end)

    def stop(self, pace: Pace, time: float) -> Pace:
        if not self.has_stop:
            raise SmartCellError("no stop on this path")
        return from_there(pace.path, pace.at(time).path_time, 0.0)

    def at_rate(self, pace: Pace, time: float, rate: float) -> Pace:
        return from_there(pace.path, pace.at(time).path_time, rate)

    def resume(self, path: Trajectory, path_time: float, rate: float) -> Pace:
        return from_there(path, path_time, rate)

    def is_home(self, joints: Joints) -> bool:
        return max(map(abs, joints)) < 0.01


def spot(number: int, *zones: str) -> rj.JobSpot:
    target = ProgramSpot(f"S{number}", Pose((0.0, 0.0, 0.0)), 2, 0, (), zones, "p1", 0.0016)
    return rj.JobSpot(target, 1, SCHEDULE)


def job(*spots: rj.JobSpot, name: str = "job1", epoch: int = 7) -> rj.Job:
    return rj.Job(name, "B000001", "sedan", epoch, Pose((0.0, 0.0, 0.0)), spots)


@dataclass
class Bench:
    """An executor with its arm and gun played by hand."""

    planner: FakePlanner = field(default_factory=FakePlanner)
    time: float = 100.0
    log: list[ev.Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.executor = ProgramExecutor(rj.RobotConfig("r1", "g1", ("z1", "z2")), self.planner)
        self.joints = HOME
        self.say(ev.JointsRead(HOME, REST))
        self.say(ev.GunRead(True))
        self.say(ev.ZonesRead({"z1": "", "z2": ""}))
        self.say(ev.PermissionChanged(RUN))

    def say(self, event: ev.Event) -> tuple[ev.Command, ...]:
        commands = self.executor.step(self.time, self.time, event)
        self.log += commands
        return commands

    def give(self, order: rj.Job) -> tuple[ev.Command, ...]:
        assert self.executor.refusal(order) is None
        return self.say(ev.JobGiven(order))

    def wait(self, duration: float, *, joints: bool = True, gun: bool = True) -> None:
        """Let time pass in steps in which arm and gun are heard."""
        end = self.time + duration
        while self.time < end - 1e-9:
            self.time = min(self.time + 0.1, end)
            if joints:
                self.say(ev.JointsRead(self.joints, REST))
            if gun:
                self.say(ev.GunRead(True))
            self.say(ev.Tick())

    def last(self, kind: type[ev.Command]) -> ev.Command | None:
        found = [command for command in self.log if isinstance(command, kind)]
        return found[-1] if found else None

    @property
    def trajectory(self) -> ev.SendTrajectory:
        command = self.last(ev.SendTrajectory)
        assert isinstance(command, ev.SendTrajectory)
        return command

    @property
    def weld(self) -> ev.SendWeld:
        command = self.last(ev.SendWeld)
        assert isinstance(command, ev.SendWeld)
        return command

    @property
    def finish(self) -> ev.Finish | None:
        command = self.last(ev.Finish)
        assert command is None or isinstance(command, ev.Finish)
        return command

    def start_move(self) -> None:
        self.say(ev.TrajectorySent(self.trajectory.number))
        self.say(ev.TrajectoryAccepted(self.trajectory.number, 0.0))

    def end_move(self) -> None:
        self.joints = tuple(self.trajectory.trajectory.positions[-1])
        self.say(ev.JointsRead(self.joints, REST))
        self.say(ev.TrajectoryFinished(self.trajectory.number, True))

    def run_move(self) -> None:
        self.start_move()
        self.wait(MOVE_TIME)
        self.end_move()

    def start_weld(self) -> None:
        self.say(ev.WeldSent(self.weld.number))
        self.say(ev.WeldAccepted(self.weld.number))

    def end_weld(self, *, is_ok: bool = True, was_fired: bool = True, text: str = "") -> None:
        self.say(ev.WeldFinished(self.weld.number, is_ok, was_fired, text))

    def run_weld(self) -> None:
        self.start_weld()
        self.wait(0.5)
        self.end_weld()

    def state(self) -> RobotState:
        return self.executor.status.state

    def zones(self) -> tuple[str, ...]:
        return self.executor.status.zones

    def kinds(self) -> list[str]:
        return [type(command).__name__ for command in self.log if not isinstance(command, ev.Progress)]
