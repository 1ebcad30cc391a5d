# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated gun and its simulated timer behind the backend protocol, with the files that they keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from smart_cell.cell.model import Cell, Dresser, Gun, Timer
from smart_cell.devices.gun_signals import GunCommand, GunSnapshot, TimerPhase
from smart_cell.simulation.faults import CLEAR, UnknownFaultError, unknown_fault
from smart_cell.simulation.gun import GunFault, SimGun
from smart_cell.simulation.storage import AppendLog, Log, MemoryLog, MemoryState, State, StateFile, Writer, write_now
from smart_cell.simulation.timer import SimTimer, TimerFault, TimerInputs

FAULTS: Final = (*(fault.value for fault in GunFault), *(fault.value for fault in TimerFault), CLEAR)
"""Every fault that `SimGunBackend.inject` knows."""


def timer_log_path(folder: Path, timer: str) -> Path:
    """Return the file in which a simulated timer keeps its memory, below the folder of the simulated world."""
    return folder / "timers" / f"{timer}.jsonl"


def tips_path(folder: Path, gun: str) -> Path:
    """Return the file in which a simulated gun keeps the state of its tips."""
    return folder / "guns" / f"{gun}.json"


class SimGunBackend:
    """Plays the gun and the timer of one robot; implements `Backend[GunSnapshot, GunCommand]`.

    What a real gun and timer would keep through a power loss is written to `log` and `tips` by `writer`;
    after that it is confirmed and `wake` is called. A new object on the same files is the same hardware after
    a power loss: where the tips stand is not known, so they are taken to touch.
    """

    def __init__(
        self,
        gun: Gun,
        timer: Timer,
        dresser: Dresser | None,
        *,
        log: Log,
        tips: State,
        writer: Writer = write_now,
        wake: Callable[[], None] = lambda: None,
        seed: int = 0,
    ) -> None:
        """Switch the power on.

        Args:
            gun: The gun's part of the cell.
            timer: The timer's part of the cell.
            dresser: What dresses the tips, if anything does.
            log: The timer's memory.
            tips: Where the state of the tips is kept.
            writer: Runs what blocks, in order, elsewhere.
            wake: Called when something was confirmed: reading again is worth it.
            seed: Of the natural scatter.
        """
        memory = tips.load()
        self._gun = SimGun(gun, dresser, is_closed=memory is not None, dressings=(memory or {}).get("dressings", 0))
        self._dressed_at_count: int = (memory or {}).get("timer_count", 0)
        self._timer = SimTimer(timer, events=log.found, seed=seed)
        self._timer_faults: dict[TimerFault, int] = {}
        self._log = log
        self._tips = tips
        self._writer = writer
        self._wake = wake
        self._command = GunCommand()
        self._saved_dressings = self._gun.dressings if memory is not None else -1
        self._last_phase = TimerPhase.READY
        self._has_news = False

    def connect(self, now: float) -> None:
        """Start at rest."""
        self.write(GunCommand(), now)

    def close(self) -> None:
        """Keep everything as it is: the files belong to the writer's last job."""
        self._writer(self._log.close, lambda _: None)

    def write(self, command: GunCommand, now: float) -> None:
        """Command gun and timer from `now` [s] on."""
        self._update(now)
        self._command = command
        self._gun.write(command, now)
        self._update(now)

    def read(self, now: float) -> GunSnapshot:
        """Return what gun and timer say at `now` [s]."""
        next_change = self._update(now)
        gun, timer = self._gun, self._timer
        return GunSnapshot(
            stamp=now,
            next_change=next_change,
            opening=gun.opening,
            is_open=gun.is_open,
            is_closed=gun.is_closed,
            force=gun.force(now),
            force_reached=gun.force_reached(now),
            timer_phase=timer.phase,
            current_on=timer.phase is TimerPhase.WELD,
            timer_count=timer.count,
            records=timer.records,
            dressings=gun.dressings,
            fault=timer.failure,
        )

    def inject(self, fault: str, value: str = "") -> str:
        """Make a fault happen and return what was done, in words.

        Args:
            fault: One of `FAULTS`. What sticks or is lost stays until `clear`.
            value: For faults of the timer, how many welds are affected; empty for one.

        Raises:
            UnknownFaultError: There is no such fault, or the value makes no sense; the text lists what
            exists.
        """
        if fault == CLEAR:
            self._gun.faults.clear()
            self._timer_faults.clear()
            self._wake()
            return "all faults are taken away"
        if fault in tuple(GunFault):
            self._gun.faults.add(GunFault(fault))
            self._wake()
            return f"{fault} until clear"
        if fault not in tuple(TimerFault):
            raise unknown_fault("the gun", fault, FAULTS)
        if not (value or "1").isdecimal() or int(value or "1") == 0:
            raise UnknownFaultError(f"{fault}: '{value}' is not a number of welds; allowed: 1 or more, empty for 1")
        self._timer_faults[TimerFault(fault)] = int(value or "1")
        return f"{fault} at the next {value or '1'} weld(s)"

    def _update(self, now: float) -> float | None:
        next_change = self._update_once(now)
        while self._has_news:  # a writer that does not defer has confirmed already
            self._has_news = False
            next_change = self._update_once(now)
        return next_change

    def _update_once(self, now: float) -> float | None:
        changes = [self._gun.update(now)]
        inputs = TimerInputs(
            program=self._command.program,
            cut=self._command.cut,
            force_reached=self._gun.force_reached(now),
            force=self._command.force,
            tip_welds=self._timer.count - self._dressed_at_count,
            fault=next(iter(self._timer_faults), None),
        )
        changes.append(self._timer.update(now, inputs))
        self._use_up_fault()
        self._save()
        return min((change for change in changes if change is not None), default=None)

    def _use_up_fault(self) -> None:
        """Count a fault of the timer down when a weld has started with it."""
        if self._timer.phase is TimerPhase.SQUEEZE and self._last_phase is not TimerPhase.SQUEEZE:
            for fault in list(self._timer_faults)[:1]:
                self._timer_faults[fault] -= 1
                if self._timer_faults[fault] == 0:
                    del self._timer_faults[fault]
        self._last_phase = self._timer.phase

    def _save(self) -> None:
        lines = self._timer.take_writes()
        if lines:
            self._writer(lambda: self._log.append(lines), self._saved)
        if self._gun.dressings != self._saved_dressings:
            if self._gun.dressings > 0:
                self._dressed_at_count = self._timer.count
            self._saved_dressings = self._gun.dressings
            tips = {"dressings": self._gun.dressings, "timer_count": self._dressed_at_count}
            self._writer(lambda: self._tips.save(tips), self._tips_saved)

    def _saved(self, outcome: object) -> None:
        if isinstance(outcome, BaseException):
            self._timer.fail(f"the timer's memory failed: {outcome}")
        else:
            self._timer.confirm()
        self._has_news = True
        self._wake()

    def _tips_saved(self, outcome: object) -> None:
        if isinstance(outcome, BaseException):
            self._timer.fail(f"the memory of the tips failed: {outcome}")
            self._wake()


def open_sim_gun(
    cell: Cell, gun: str, folder: Path | None, *, writer: Writer = write_now, wake: Callable[[], None] = lambda: None
) -> SimGunBackend:
    """Return the simulated hardware of a gun of the cell.

    Args:
        cell: The cell.
        gun: Name of the gun.
        folder: Folder of the simulated world; None keeps everything in memory.
        writer: Runs what blocks, in order, elsewhere.
        wake: Called when reading again is worth it.

    Raises:
        StorageError: The files cannot be used.
    """
    description = cell.guns[gun]
    timer = cell.timers[description.timer]
    return SimGunBackend(
        description,
        timer,
        None if description.dresser is None else cell.dressers[description.dresser],
        log=MemoryLog() if folder is None else AppendLog(timer_log_path(folder, timer.name)),
        tips=MemoryState() if folder is None else StateFile(tips_path(folder, gun)),
        writer=writer,
        wake=wake,
    )
