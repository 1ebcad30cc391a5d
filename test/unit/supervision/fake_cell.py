# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Instant, scriptable devices around a real supervisor, in virtual time."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from smart_cell.cell.model import (
    Box,
    Cell,
    Clamp,
    Conveyor,
    ConveyorType,
    Dresser,
    Gun,
    GunType,
    Pulse,
    Robot,
    Schedule,
    Sensor,
    SensorType,
    Sheet,
    Spot,
    SpotClass,
    Station,
    Timer,
    Variant,
    Zone,
)
from smart_cell.core.geometry import Pose
from smart_cell.planning.program import Plan, Program, ProgramSpot
from smart_cell.supervision import events as ev
from smart_cell.supervision.accounting import Result, WeldFact
from smart_cell.supervision.events import DeviceState
from smart_cell.supervision.packml import Command, State
from smart_cell.supervision.supervisor import Supervisor

ORIGIN = Pose((0.0, 0.0, 0.0))
HOME = (0.0, -1.57, 1.57, 0.0, 0.0, 0.0)
SPOTS_PER_ROBOT = 3


def small_cell() -> Cell:
    """Return a cell of two robots with three spots each."""
    robots = {f"r{n}": Robot(f"r{n}", "kr210_r2700_2", ORIGIN, f"g{n}", HOME) for n in (1, 2)}
    guns = {f"g{n}": Gun(f"g{n}", GunType.C, ORIGIN, f"t{n}", None, 0.12, 0.5, 5000.0) for n in (1, 2)}
    schedule = Schedule("p1", 2300.0, 0.2, (Pulse(8500.0, 0.18),), 0.1)
    sheets = (Sheet("DC04", 0.0008), Sheet("DC04", 0.0008))
    spots = tuple(
        Spot(f"S{robot}{k}", (0.1 * k, 0.0, 0.0), (0.0, 1.0, 0.0), sheets, "p1", SpotClass.REGULAR, robot, None)
        for robot in robots
        for k in range(SPOTS_PER_ROBOT)
    )
    station = Station("s1", 6.0, ORIGIN, ("c1",), ("pp1",), "rfid1")
    return Cell(
        name="small",
        takt=60.0,
        robots=robots,
        guns=guns,
        timers={f"t{n}": Timer(f"t{n}", 16000.0) for n in (1, 2)},
        dressers={"d1": Dresser("d1", 250, 5.0)},
        conveyors={"conveyor": Conveyor("conveyor", ConveyorType.INDEXING, ("s1",), 1.0, 0.8)},
        stations={"s1": station},
        clamps={"c1": Clamp("c1", 0.5, 3.0)},
        sensors={"pp1": Sensor("pp1", SensorType.PART_PRESENT), "rfid1": Sensor("rfid1", SensorType.BODY_ID)},
        zones={"z1": Zone("z1", ("r1", "r2"), Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))},
        variants={"sedan": Variant("sedan", spots)},
        schedules={"p1": schedule},
        source=Path("small.yaml"),
        digest="0" * 64,
    )


def small_plan(cell: Cell) -> Plan:
    """Return a plan in which each robot welds its own spots in the order of the list."""
    programs = {
        robot: Program(
            robot,
            "sedan",
            tuple(
                ProgramSpot(spot.name, ORIGIN, 2, 0, (), (), "p1", 0.0016)
                for spot in cell.variants["sedan"].spots
                if spot.robot == robot
            ),
            10.0,
        )
        for robot in cell.robots
    }
    return Plan(cell.name, cell.digest, {"sedan": programs})


@dataclass
class FakeGun:
    """A gun's journal."""

    facts: list[WeldFact] = field(default_factory=list)


class FakeCell:
    """Devices that answer every effect after a short virtual time; faults are switches."""

    def __init__(self) -> None:
        self.cell = small_cell()
        self.plan = small_plan(self.cell)
        self.now = 1000.0
        self.records: list[ev.Record] = []
        self.replies: list[ev.Reply] = []
        self.announced: list[ev.Announce] = []
        self.guns = {gun: FakeGun() for gun in self.cell.guns}
        self.fired: list[tuple[str, str, int]] = []
        self.body_in_station = ("", "")
        self.clamp_closed = False
        self.is_home = dict.fromkeys(self.cell.robots, True)
        self.transfers: list[ev.Transfer] = []
        self.results: Callable[[str, str, int], Result] = lambda body, spot, attempt: Result.OK
        self.part_present = True
        self.carrier = ""
        """What the reader reads instead of the body in the station."""
        self.epoch = 1
        self._queue: list[tuple[float, int, ev.Event | Callable[[], None]]] = []
        self._count = itertools.count()
        self._jobs: dict[str, str] = {}
        self.supervisor = Supervisor(self.cell, self.plan, epoch=self.epoch)
        self.report_all()

    # driving

    def report_all(self) -> None:
        """Send the state of everything, as after the nodes came up."""
        self.tell(ev.SafetyReport(True, ""))
        self.tell(ev.NodesReady(True, ""))
        for robot in self.cell.robots:
            self.tell(self._robot(robot, DeviceState.READY))
        for gun in self.guns:
            self.tell(self._gun(gun))
        self._report_plant()

    def _report_plant(self) -> None:
        body, variant = self.body_in_station
        is_there = bool(body)
        self.tell(ev.ConveyorReport(DeviceState.READY, body))
        self.tell(ev.ClampReport("c1", DeviceState.READY, self.clamp_closed))
        self.tell(ev.SensorReport("pp1", True, is_there and self.part_present))
        self.tell(ev.SensorReport("rfid1", True, is_there, self.carrier or body, variant))

    def tell(self, event: ev.Event) -> None:
        """Step the supervisor and carry its effects out."""
        for item in self.supervisor.step(self.now, event, steady=self.now):
            if isinstance(item, ev.Record):
                self.records.append(item)
            else:
                self._carry_out(item)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let virtual time pass, with a tick every 50 ms; return whether `until` came true."""
        end = self.now + seconds
        while self.now < end:
            next_tick = self.now + 0.05
            while self._queue and self._queue[0][0] <= next_tick:
                self.now, _, item = heapq.heappop(self._queue)
                if callable(item):
                    item()
                else:
                    self.tell(item)
                if until():
                    return True
            self.now = next_tick
            self.tell(ev.Tick())
            if until():
                return True
        return until()

    def later(self, seconds: float, item: ev.Event | Callable[[], None]) -> None:
        """Queue an event or an action."""
        heapq.heappush(self._queue, (self.now + seconds, next(self._count), item))

    def command(self, command: Command, request_id: str | None = None, **more: object) -> ev.Reply:
        """Give a command and return its answer."""
        name = request_id or f"request{next(self._count)}"
        self.tell(ev.CommandRequest(name, command, user="tester", **more))  # type: ignore[arg-type]
        return next(reply for reply in reversed(self.replies) if reply.request_id == name)

    def order(self, quantity: int, name: str = "o1") -> None:
        """Queue an order."""
        self.tell(ev.OrderRequest(name, "sedan", quantity))

    def reach(self, state: State, seconds: float = 300.0) -> None:
        """Run until the cell is in `state`."""
        assert self.run(seconds, lambda: self.supervisor.state is state), (
            f"{self.supervisor.state.title}, waiting for {self.supervisor.facts.waiting_for}"
        )

    def start(self) -> None:
        """Reset and start."""
        assert self.command(Command.RESET).code is ev.Code.OK
        self.reach(State.IDLE)
        assert self.command(Command.START).code is ev.Code.OK

    def recover(self) -> None:
        """Clear, reset, start and produce what is left, each when the one before is done."""
        assert self.command(Command.CLEAR).code is ev.Code.OK
        self.reach(State.STOPPED)
        assert self.command(Command.RESET).code is ev.Code.OK
        self.reach(State.IDLE)
        if not self.supervisor.station.is_finished:
            assert self.command(Command.START).code is ev.Code.OK
            self.reach(State.COMPLETE)

    def crash_and_restart(self, keep: int | None = None) -> None:
        """Lose the supervisor with everything it was doing; start another on (the first `keep`) records."""
        self.records = self.records[:keep]
        self._queue = [item for item in self._queue if callable(item[2])]
        heapq.heapify(self._queue)
        self._jobs.clear()
        self.epoch += 1
        self.supervisor = Supervisor(self.cell, self.plan, epoch=self.epoch, history=self.records)
        self.report_all()

    # devices

    def stop_devices(self) -> None:
        """What devices do by themselves on a safety stop: jobs end interrupted."""
        for robot, job in list(self._jobs.items()):
            self._jobs.pop(robot)
            self.tell(self._robot(robot, DeviceState.READY))
            self.tell(ev.JobFinished(robot, job, False, True, False, "safety stop"))

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Reply():
                self.replies.append(effect)
            case ev.Announce():
                self.announced.append(effect)
            case ev.PullRecords():
                facts = tuple(f for f in self.guns[effect.gun].facts if f.sequence > effect.after)
                newest = len(self.guns[effect.gun].facts)
                self.later(0.001, ev.RecordsPulled(effect.gun, facts, newest, False))
            case ev.MoveClamp():
                self.later(0.5, lambda: self._clamp(effect.close))
            case ev.Transfer():
                self.transfers.append(effect)
                self.later(7.0, lambda: self._arrive(effect))
            case ev.RunJob():
                self._jobs[effect.robot] = effect.job
                self.is_home[effect.robot] = False
                self.later(0.01, self._robot(effect.robot, DeviceState.BUSY))
                self._weld(effect, 0)
            case ev.CancelJob():
                if self._jobs.get(effect.robot) == effect.job:
                    self._jobs.pop(effect.robot)
                    self.later(0.01, self._robot(effect.robot, DeviceState.READY))
                    self.later(0.01, ev.JobFinished(effect.robot, effect.job, False, True, False, "canceled"))

    def _weld(self, job: ev.RunJob, index: int) -> None:
        def proceed() -> None:
            if self._jobs.get(job.robot) != job.job:
                return
            if job.spots and not self.supervisor.facts.weld_enabled:
                self.tell(self._robot(job.robot, DeviceState.PAUSED))
                self.later(0.1, proceed)
                return
            if index < len(job.spots):
                if not self._fire(job, job.spots[index]):
                    self._jobs.pop(job.robot)
                    self.tell(self._robot(job.robot, DeviceState.READY))
                    self.tell(ev.JobFinished(job.robot, job.job, False, False, True, "weld not OK"))
                    return
                self.tell(self._robot(job.robot, DeviceState.BUSY))
                self._weld(job, index + 1)
                return
            self._jobs.pop(job.robot)
            self.is_home[job.robot] = True
            self.tell(self._robot(job.robot, DeviceState.READY))
            self.tell(ev.JobFinished(job.robot, job.job, True, False, False, ""))

        self.later(2.0, proceed)

    def _fire(self, job: ev.RunJob, spot: ev.JobSpot) -> bool:
        gun = self.cell.robots[job.robot].gun
        name = spot.program.spot
        result = self.results(job.body, name, spot.attempt)
        facts = self.guns[gun].facts
        facts.append(WeldFact(gun, len(facts) + 1, job.body, name, spot.attempt, result))
        if result is not Result.NOT_WELDED:
            self.fired.append((job.body, name, spot.attempt))
        self.tell(self._gun(gun))
        return result is Result.OK

    def _arrive(self, move: ev.Transfer) -> None:
        self.body_in_station = (move.body, move.variant) if move.is_in else ("", "")
        self._report_plant()
        self.tell(ev.TransferFinished(move.transfer, True, False, ""))

    def _clamp(self, close: bool) -> None:
        self.clamp_closed = close
        self._report_plant()

    def _robot(self, robot: str, state: DeviceState) -> ev.RobotReport:
        return ev.RobotReport(robot, state, self.is_home[robot], 0, "")

    def _gun(self, gun: str) -> ev.GunReport:
        return ev.GunReport(gun, DeviceState.READY, len(self.guns[gun].facts))
