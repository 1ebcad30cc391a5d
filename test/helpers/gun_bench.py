# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A gun on a bench: sequence, simulated gun and timer, journal and disk in virtual time."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from smart_cell.cell.model import Dresser, Gun, GunType, Pulse, Schedule, Timer
from smart_cell.core.geometry import Pose
from smart_cell.core.ids import SpotKey
from smart_cell.core.journal import IN_MEMORY, Entry, Journal, Stored
from smart_cell.devices.gun import GunSequence
from smart_cell.devices.gun_loop import GunLoop
from smart_cell.devices.gun_memory import GunMemory
from smart_cell.devices.gun_types import DressFinished, GunState, WeldFinished
from smart_cell.devices.weld_record import WeldOrder
from smart_cell.simulation.gun_backend import SimGunBackend
from smart_cell.simulation.storage import MemoryLog, MemoryState

GUN = Gun("g1", GunType.C, Pose((0.0, 0.0, 0.62)), "t1", "d1", stroke=0.12, speed=0.5, max_force=5000.0)
TIMER = Timer("t1", max_current=16_000.0)
DRESSER = Dresser("d1", interval=250, duration=5.0)
SCHEDULE = Schedule("p11", force=2300.0, squeeze=0.2, pulses=(Pulse(8500.0, 0.18),), hold=0.1)
START = 1.7e9
EPOCH = 77


@dataclass(frozen=True)
class Facts:
    """A permission."""

    motion: bool = True
    weld: bool = True
    epoch: int = EPOCH
    reason: str = ""


ALL = Facts()
NO_WELD = Facts(weld=False)
NOTHING = Facts(motion=False, weld=False, reason="emergency stop")


class Disk:
    """A writer thread in virtual time: jobs take effect and are confirmed `delay` later, in order."""

    def __init__(self, bench: GunBench) -> None:
        self._bench = bench
        self.delay = 0.001
        self.is_dead = False

    def __call__(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._bench.after(self.delay, lambda: self._run(job, then))

    def _run(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        try:
            if self.is_dead:
                raise OSError(28, "No space left on device")
            result = job()
        except OSError as error:
            then(error)
        else:
            then(result)


class GunBench:
    """Plays time for one gun; `crash` ends its process, and what was not on the disk is gone."""

    def __init__(self) -> None:
        self.now = START
        self.log = MemoryLog()
        self.tips = MemoryState()
        self.journal = Journal(IN_MEMORY, epoch=1)
        self.permission = ALL
        self.states: list[GunState] = []
        self.boot()

    def boot(self) -> None:
        """Start the process: what is on the disk is all there is."""
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.finished: list[WeldFinished | DressFinished] = []
        self.disk = Disk(self)
        self.backend = SimGunBackend(GUN, TIMER, DRESSER, log=self.log, tips=self.tips, writer=self.disk)
        self.backend.connect(self.now)
        memory = GunMemory("g1", self.journal.read())
        self.sequence = GunSequence(GUN, TIMER, DRESSER, memory)
        self._loop = GunLoop(self.sequence, self.backend, self._append)
        self._next: float | None = None
        self.sequence.activate()
        self._run()

    crash = boot

    def after(self, delay: float, job: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._queue, (self.now + delay, next(self._order), job))

    def permit(self, permission: Facts) -> None:
        """Change what the cell permits."""
        self.permission = permission
        self._run()

    def order(self, spot: str = "S001", attempt: int = 1, **changes: Any) -> str | None:
        """Order a weld; return why it is refused."""
        key = SpotKey("B000001", spot, attempt)
        order = replace(WeldOrder("r1", key, EPOCH, SCHEDULE, 0.002), **changes)
        refusal = self.sequence.refuse_weld(order, self.permission)
        if refusal is None:
            self.sequence.weld(order, self.now)
            self._run()
        return refusal

    def dress(self) -> str | None:
        """Order a dressing; return why it is refused."""
        refusal = self.sequence.refuse_dressing(EPOCH, self.permission)
        if refusal is None:
            self.sequence.dress(self.now)
            self._run()
        return refusal

    def run(self, duration: float = 20.0, until: Callable[[], bool] = lambda: False) -> float:
        """Let time pass, at most `duration` or until something is true; return how long that was."""
        start, end = self.now, self.now + duration
        steps = 0
        while not until():
            times = [self._queue[0][0] if self._queue else math.inf, math.inf if self._next is None else self._next]
            if min(times) > end:
                self.now = end
                break
            self.now = max(self.now, min(times))
            while self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
            self._run()
            steps += 1
            assert steps < 1000, "the gun does not come to rest"
        return self.now - start

    def run_to(self, state: GunState) -> None:
        """Let time pass until the gun is in a state."""
        self.run(until=lambda: self.sequence.view().state is state)
        assert self.sequence.view().state is state

    def weld(self, spot: str = "S001", attempt: int = 1, **changes: Any) -> WeldFinished:
        """Weld a spot and return the answer."""
        assert self.order(spot, attempt, **changes) is None
        return self.answer()

    def answer(self) -> WeldFinished:
        """Let time pass until the order is answered and return the answer."""
        self.run(until=lambda: bool(self.finished))
        answer = self.finished.pop()
        assert isinstance(answer, WeldFinished)
        assert not self.finished
        return answer

    def entries(self, kind: str) -> list[Stored]:
        """Return what the journal says."""
        return [stored for stored in self.journal.read() if stored.kind == kind]

    def events(self) -> list[tuple[str, str, int]]:
        """Return what the timer's memory says: event, spot, count."""
        return [(item["event"], item["spot"], item["count"]) for item in self.log.items]

    def _append(self, entry: Entry, then: Callable[[int | BaseException], None]) -> None:
        self.disk(lambda: self.journal.append([entry]), then)

    def _run(self) -> None:
        run = self._loop.run(self.now, self.permission)
        self._next = run.next_time
        self.finished += run.finished
        state = self.sequence.view().state
        if not self.states or self.states[-1] is not state:
            self.states.append(state)
