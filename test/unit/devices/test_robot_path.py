# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""An executor with real motions and an arm that runs what it is sent: whatever happens, the arm keeps to its path."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from demo_plan import demo_cell, demo_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from robot_bench import EMERGENCY, RUN

from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot import ProgramExecutor
from smart_cell.devices.robot_motion import ProgramMotion
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.pacing.on_path import nearest_on_path
from smart_cell.motion.trajectory import FloatArray, State, Trajectory

ROBOT = "r1"
CELL = demo_cell()
HOME = CELL.robots[ROBOT].home
ZONES = tuple(zone.name for zone in CELL.zones.values() if ROBOT in zone.robots)
STEP = 0.005
DELAY = 0.006
"""Time from an order to the arm, and from the arm to its answer [s]."""


def six(values: FloatArray) -> Joints:
    a1, a2, a3, a4, a5, a6 = (float(value) for value in values)
    return (a1, a2, a3, a4, a5, a6)


@dataclass
class Arm:
    """Runs trajectories to the letter; each takes the place of the one before when it arrives."""

    running: ev.SendTrajectory | None = None
    begin: float = 0.0
    jumps: list[float] = field(default_factory=list)
    """How far each command begins from where the arm is [rad]."""
    rest: FloatArray = field(default_factory=lambda: np.array(HOME))

    def at(self, now: float) -> State:
        if self.running is None:
            return State(self.rest, np.zeros(6), np.zeros(6))
        return self.running.trajectory.sample(now - self.begin)

    def take(self, order: ev.SendTrajectory, now: float) -> None:
        begin = now if order.start is None else order.start
        self.jumps.append(float(np.abs(order.trajectory.positions[0] - self.at(begin).position).max()))
        self.running, self.begin = order, begin


class Line:
    """Executor and arm with delays in between, in virtual time."""

    def __init__(self) -> None:
        self.time = 100.0
        self.arm = Arm()
        self.executor = ProgramExecutor(rj.RobotConfig(ROBOT, "g1", ZONES), ProgramMotion(CELL, ROBOT))
        self.post: list[tuple[float, ev.SendTrajectory | ev.Event]] = []
        self.pending: ev.SendTrajectory | None = None
        self.sent: list[ev.SendTrajectory] = []
        self.finishes: list[ev.Finish] = []
        self.positions: list[FloatArray] = []
        for event in (ev.JointsRead(HOME, HOME_SPEED), ev.GunRead(True), ev.PermissionChanged(RUN)):
            self.say(event)
        self.say(ev.ZonesRead(dict.fromkeys(ZONES, ROBOT)))

    def say(self, event: ev.Event) -> None:
        for command in self.executor.step(self.time, self.time, event):
            if isinstance(command, ev.SendTrajectory):
                self.sent.append(command)
                self.post.append((self.time + DELAY, command))
                self.say(ev.TrajectorySent(command.number))
            elif isinstance(command, ev.Finish):
                self.finishes.append(command)
            elif isinstance(command, ev.CancelTrajectory):
                raise AssertionError("an arm that takes everything needs no cancel")

    def run(self, duration: float) -> None:
        end = self.time + duration
        while self.time < end:
            self.time += STEP
            for due, thing in [entry for entry in self.post if entry[0] <= self.time]:
                self.post.remove((due, thing))
                if isinstance(thing, ev.TrajectoryAccepted):
                    # the bench knows exactly when the arm began
                    thing = replace(thing, age=self.time - self.arm.begin)
                if not isinstance(thing, ev.SendTrajectory):
                    self.say(thing)
                    continue
                if self.arm.running is not None:
                    old = ev.TrajectoryFinished(self.arm.running.number, False, "preempted")
                    self.post.append((self.time + DELAY, old))
                self.pending = thing
                self.post.append((self.time + DELAY, ev.TrajectoryAccepted(thing.number, DELAY)))
            if self.pending is not None and (self.pending.start is None or self.pending.start <= self.time):
                self.arm.take(self.pending, self.time)
                self.pending = None
            state = self.arm.at(self.time)
            self.positions.append(state.position)
            running = self.arm.running
            if running is not None and self.time - self.arm.begin >= running.trajectory.duration:
                self.arm.rest, self.arm.running = state.position, None
                self.say(ev.JointsRead(six(state.position), HOME_SPEED))
                self.post.append((self.time + DELAY, ev.TrajectoryFinished(running.number, True)))
            self.say(ev.JointsRead(six(state.position), six(state.velocity)))
            self.say(ev.GunRead(True))


HOME_SPEED: Joints = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def order(name: str) -> rj.Job:
    spots = demo_plan().programs["sedan"][ROBOT].spots[:1]
    targets = tuple(rj.JobSpot(s, 1, CELL.schedules[s.schedule]) for s in spots)
    return rj.Job(name, "B000001", "sedan", 7, CELL.stations["s1"].part, targets)


def off_path(positions: list[FloatArray], path: Trajectory) -> float:
    """Return the largest distance [rad] of any of these positions from the path."""
    reach = path.duration
    return max(nearest_on_path(path, position.tolist(), 0.5 * reach, reach)[1] for position in positions)


WORDS = st.one_of(
    st.tuples(st.just("override"), st.sampled_from([1, 10, 30, 50, 80, 100])),
    st.tuples(st.just("stop"), st.sampled_from([0, 1])),
)


@given(st.lists(st.tuples(WORDS, st.floats(0.005, 0.6)), min_size=1, max_size=6))
@settings(max_examples=6, deadline=None)
def test_stops_and_overrides_at_any_time_keep_the_path_and_lead_to_its_end(
    script: list[tuple[tuple[str, int], float]],
) -> None:
    line = Line()
    line.say(ev.JobGiven(order("job0")))
    path = line.sent[0].trajectory
    count = 0
    for (word, value), pause in script:
        line.run(pause)
        if word == "override":
            line.say(ev.OverrideChanged(value))
            continue
        line.say(ev.PermissionChanged(EMERGENCY))
        line.run(2.5)
        assert len(line.finishes) == count + 1
        measured = line.positions[-1]
        line.say(ev.PermissionChanged(RUN))
        line.run(0.05)
        count += 1
        sent = len(line.sent)
        line.say(ev.JobGiven(order(f"job{count}")))
        if len(line.sent) > sent:
            np.testing.assert_allclose(line.sent[-1].trajectory.positions[0], measured, atol=1e-6)
    line.say(ev.OverrideChanged(100))
    line.run(1.5 * path.duration + 2.0)
    assert line.positions[-1] == pytest.approx(path.positions[-1], abs=1e-6)
    assert off_path(line.positions[:: max(len(line.positions) // 150, 1)], path) < 2e-6
    assert max(line.arm.jumps, default=0.0) < 2e-6, "each command begins where the arm is"
