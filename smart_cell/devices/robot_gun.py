# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The gun as a robot's program executor sees it: whether it is open, and what became of the weld that was ordered."""

from __future__ import annotations

from dataclasses import dataclass

from smart_cell.core.liveness import Silence
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot_events import Command
from smart_cell.devices.robot_job import Job, JobSpot

SILENCE_LIMIT = 2.5
"""Longest time without the gun's state, which comes every second at least [s, steady clock]."""
WELD_LIMIT = 15.0
"""Longest time of a weld beyond its schedule; the gun's own deadlines end sooner [s]."""
ANSWER_LIMIT = 2.0
"""Time for the messages of a weld beside that [s, steady clock]."""


@dataclass(slots=True)
class _Weld:
    number: int
    deadline: float
    """[s, steady clock]"""
    was_withheld: bool = False


class GunDriver:
    """Follows one weld at a time from the order to the result."""

    def __init__(self, config: rj.RobotConfig, commands: list[Command]) -> None:
        """Start without knowing what the gun does.

        Args:
            config: The robot that carries the gun.
            commands: Where commands for the gun are put.
        """
        self._config = config
        self._commands = commands
        self._gun = ev.GunRead(False, "no state of it yet")
        self._silence = Silence(longest_tick=rj.LONGEST_TICK)
        self._weld: _Weld | None = None
        self._number = 0

    def tick(self, steady: float) -> None:
        """Let time pass [s, steady clock]."""
        self._silence.tick(steady)

    def read(self, gun: ev.GunRead) -> None:
        """Take note of the gun's state."""
        self._gun = gun
        self._silence.heard()

    @property
    def silent(self) -> str:
        """Why the gun's state must not be trusted, in words; empty when it is fresh."""
        if self._silence.duration <= SILENCE_LIMIT:
            return ""
        return f"no state of gun {self._config.gun} for more than {SILENCE_LIMIT:g} s"

    @property
    def is_open(self) -> bool:
        """Whether the arm may move as far as the gun is concerned."""
        return self._gun.is_open

    @property
    def name(self) -> str:
        """The gun and what is known of it, in words."""
        return f"gun {self._config.gun}" + (f" ({self._gun.text})" if self._gun.text else "")

    def order(self, steady: float, job: Job, spot: JobSpot) -> None:
        """Order the weld of a spot."""
        self._number += 1
        schedule = spot.schedule
        longest = schedule.squeeze + schedule.weld_time + schedule.hold + WELD_LIMIT
        self._weld = _Weld(self._number, steady + longest / self._config.speed + ANSWER_LIMIT)
        self._commands.append(ev.SendWeld(self._number, job.body, spot, job.epoch))

    def withhold(self) -> None:
        """Note that welds are disabled while one is under way, so that the gun may rightly not fire."""
        if self._weld is not None:
            self._weld.was_withheld = True

    def concerns(self, event: ev.WeldEvent) -> bool:
        """Tell whether an event is about the weld under way."""
        return self._weld is not None and self._weld.number == event.number

    def finish(self, result: ev.WeldFinished) -> bool:
        """Take note of the result; tell whether the same attempt may be ordered again when welds are enabled."""
        weld, self._weld = self._weld, None
        if result.is_ok:
            # the result of a good weld comes when the gun is open again, and may overtake the gun's state
            self._gun = ev.GunRead(True)
        return weld is not None and weld.was_withheld and not result.was_fired

    def forget(self) -> None:
        """Give up the weld under way; what becomes of it is between the gun and its journal."""
        self._weld = None

    def is_late(self, steady: float) -> bool:
        """Tell whether the result of the weld under way is overdue."""
        return self._weld is not None and steady > self._weld.deadline
