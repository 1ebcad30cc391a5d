# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The machine around the trajectory controller of a simulated arm: what allows motion, and what stops it."""

from __future__ import annotations

from smart_cell.core.operation_mode import OperationMode
from smart_cell.simulation import arm_faults
from smart_cell.simulation.arm_controller import ArmController, Finished
from smart_cell.simulation.arm_faults import ArmFaults
from smart_cell.simulation.arm_goal import ErrorCode
from smart_cell.simulation.arm_interlocks import Interlocks

DEACTIVATED = "Current goal cancelled during deactivate transition."


class ArmMachine:
    """Drives, brakes, key switch, safety input and faults of one arm; `arm_interlocks` lists its stops."""

    def __init__(self, controller: ArmController) -> None:
        """Take the controller that moves the arm."""
        self._controller = controller
        self._locks = Interlocks()
        self._faults = ArmFaults()

    @property
    def active(self) -> bool:
        """Whether the controller takes goals."""
        return self._locks.active

    @property
    def drives(self) -> bool:
        """Whether the drives are to be on."""
        return self._locks.power.wanted

    @property
    def mode(self) -> OperationMode:
        """Where the key switch is."""
        return self._locks.mode

    @property
    def faults(self) -> ArmFaults:
        """What is broken."""
        return self._faults

    def activate(self, now: float) -> list[Finished]:
        """Take goals from now on; the arm holds where it is measured."""
        self._controller.advance(now)
        if not self._locks.active:
            self._controller.hold(now)
        self._locks.active = True
        return self._controller.take_ended()

    def deactivate(self, now: float) -> list[Finished]:
        """Take no more goals and stop on the path."""
        self._locks.active = False
        return self._stop(DEACTIVATED, now)

    def set_safe(self, ok: bool, now: float, cause: str = "safety input") -> list[Finished]:
        """Tell the state of the safety input.

        When it goes, the arm stops, its goal is aborted and its drives lose their power: see `Interlocks`. When it
        comes back nothing moves: `set_drives` must be called first.

        Args:
            ok: Whether motion is allowed.
            now: Time [s].
            cause: Why not, for the texts.
        """
        was_safe = not self._locks.unsafe
        self._locks.unsafe = "" if ok else cause
        if ok or not was_safe:
            return []
        how = "with the brakes" if self._locks.is_manual else "on the path"
        return self._switch_off(f"stopped {how} by {cause}", now, hard=self._locks.is_manual)

    def set_drives(self, on: bool, now: float) -> list[Finished]:
        """Switch the drives on or off; on works only where nothing forbids it, see `drives` and `status`."""
        if not on:
            return self._switch_off("drives switched off", now)
        if self._locks.power.wanted or self._locks.forbids_power():
            return []
        self._controller.advance(now)
        locked = now >= self._locks.power.applied_at
        self._locks.power.switch_on(now)
        if locked:
            self._controller.hold(now)
        self._controller.servo.lock(self._locks.power.applied_at)
        return self._controller.take_ended()

    def set_enabled(self, ok: bool, now: float, cause: str = "motion is not enabled") -> list[Finished]:
        """Tell the motion enable, which the cell's controller gives.

        Without it the arm stops on its path and its goal is aborted; the drives stay on (stop category 2), so that
        goals are taken again as soon as it is back.

        Args:
            ok: Whether motion is wanted.
            now: Time [s].
            cause: Why not, for the texts.
        """
        self._locks.disabled = "" if ok else cause
        return [] if ok else self._stop(f"stopped on the path: {cause}", now)

    def set_mode(self, mode: OperationMode, now: float) -> list[Finished]:
        """Turn the key switch; a motion under way ends in a stop on the path."""
        if mode is self._locks.mode:
            return []
        self._locks.mode = mode
        return self._stop(f"stopped on the path: the operating mode was changed to {mode.name}", now)

    def set_faults(self, faults: ArmFaults, now: float) -> list[Finished]:
        """Break or repair the arm; what takes the power away stops it as hard as it goes."""
        self._controller.advance(now)
        lost = faults.power_lost if faults.power_lost != self._faults.power_lost else ""
        self._locks.power_lost = faults.power_lost
        self._controller.disturb(faults.offsets, faults.stuck, now)
        self._controller.feedback_lost = faults.feedback_lost
        self._faults = faults
        return self._switch_off(lost, now, hard=True) if lost else self._controller.take_ended()

    def inject(self, name: str, value: str, now: float) -> list[Finished]:
        """Do one of `arm_faults.FAULTS` or `arm_faults.PANEL`.

        Raises:
            ArmFaultError: There is no such thing to do, or not with this value.
        """
        if name == "operation_mode":
            return self.set_mode(arm_faults.operation_mode(value), now)
        if name == "drives":
            self._locks.panel_on = arm_faults.drives_on(value)
            return self.set_drives(self._locks.panel_on, now)
        return self.set_faults(arm_faults.with_fault(self._faults, name, value), now)

    def _stop(self, text: str, now: float) -> list[Finished]:
        """Stop on the path and abort what runs; the power stays."""
        self._controller.advance(now)
        self._controller.abort(ErrorCode.INVALID_GOAL, text, now)
        return self._controller.take_ended()

    def _switch_off(self, text: str, now: float, *, hard: bool = False) -> list[Finished]:
        """Stop, abort what runs and take the power away: when the arm stands, or at once and hard."""
        self._controller.advance(now)
        self._controller.abort(ErrorCode.INVALID_GOAL, text, now, hard=hard)
        rest = max(self._controller.course.end, now)
        self._locks.power.switch_off(now if hard else rest, rest, text)
        self._controller.servo.lock(self._locks.power.applied_at)
        return self._controller.take_ended()
