# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated safety PLC with its emergency-stop button, guard, light curtain and reset button.

It remembers through a power loss what a real one would: which inputs are open, and that its reset is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from smart_cell.devices.safety import SafetySnapshot
from smart_cell.simulation.faults import UnknownFaultError, unknown_fault, unknown_value
from smart_cell.simulation.storage import State, Writer, write_now

FAULTS: Final = {
    "emergency_stop": ("press", "release"),
    "guard": ("open", "close"),
    "light_curtain": ("interrupt", "clear"),
    "channel": ("a open", "a close", "b open", "b close"),
    "connection": ("lost", "back"),
    "reset": ("",),
}
"""What can be done to the inputs, and with which values; the first is meant where none is given."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    button_pressed: bool = False
    guard_closed: bool = True
    light_curtain_clear: bool = True
    channel_a_whole: bool = True
    channel_b_whole: bool = True

    @property
    def is_good(self) -> bool:
        return self == _Inputs()


class SimSafety:
    """Plays the safety PLC; implements `Backend[SafetySnapshot, None]`."""

    def __init__(self, memory: State, *, writer: Writer = write_now) -> None:
        """Find the inputs as they were left; a new PLC is released.

        Args:
            memory: Where they are kept.
            writer: Runs what blocks, in order, elsewhere.
        """
        self._memory = memory
        self._writer = writer
        found = memory.load() or {}
        self._inputs = _Inputs(**found.get("inputs", {}))
        self._is_released = bool(found.get("is_released", True)) and self._inputs.is_good
        self._resets = int(found.get("resets", 0))
        self._is_connected = True

    def connect(self, now: float) -> None:
        """Begin to exchange values."""

    def close(self) -> None:
        """Keep everything as it is: it was kept at every change."""

    def write(self, command: None, now: float) -> None:
        """Do nothing: the mirror commands nothing."""

    def read(self, now: float) -> SafetySnapshot:
        """Return the signals at `now` [s]."""
        inputs = self._inputs
        return SafetySnapshot(
            stamp=now,
            is_connected=self._is_connected,
            channel_a=inputs.channel_a_whole and not inputs.button_pressed,
            channel_b=inputs.channel_b_whole and not inputs.button_pressed,
            guard_closed=inputs.guard_closed,
            light_curtain_clear=inputs.light_curtain_clear,
            is_released=self._is_released,
            resets=self._resets,
        )

    def inject(self, fault: str, value: str = "") -> str:
        """Do something to an input and return what was done, in words.

        Args:
            fault: A key of `FAULTS`.
            value: One of its values; empty for the first.

        Raises:
            UnknownFaultError: There is no such input or value, or a reset that the PLC does not take.
        """
        if fault not in FAULTS:
            raise unknown_fault("the safety PLC", fault, FAULTS)
        value = " ".join(value.split()) or FAULTS[fault][0]
        if value not in FAULTS[fault]:
            raise unknown_value(fault, value, FAULTS[fault])
        if fault == "reset":
            return self._reset()
        if fault == "connection":
            self._is_connected = value == "back"
            return f"connection to the safety PLC {value}"
        self._set(fault, value)
        if not self._inputs.is_good:
            self._is_released = False
        self._keep()
        return f"{fault.replace('_', ' ')}: {value}"

    def _set(self, fault: str, value: str) -> None:
        inputs = self._inputs
        if fault == "emergency_stop":
            self._inputs = replace(inputs, button_pressed=value == "press")
        elif fault == "guard":
            self._inputs = replace(inputs, guard_closed=value == "close")
        elif fault == "light_curtain":
            self._inputs = replace(inputs, light_curtain_clear=value == "clear")
        elif value.startswith("a"):
            self._inputs = replace(inputs, channel_a_whole=value == "a close")
        else:
            self._inputs = replace(inputs, channel_b_whole=value == "b close")

    def _reset(self) -> str:
        """Give the reset at the cell; it releases the PLC only when every input is good, and starts nothing."""
        if not self._inputs.is_good:
            missing = [
                text
                for is_wrong, text in (
                    (self._inputs.button_pressed, "the emergency-stop button is pressed"),
                    (not self._inputs.guard_closed, "the guard is open"),
                    (not self._inputs.light_curtain_clear, "the light curtain is interrupted"),
                    (not self._inputs.channel_a_whole, "channel a is open"),
                    (not self._inputs.channel_b_whole, "channel b is open"),
                )
                if is_wrong
            ]
            raise UnknownFaultError(f"reset has no effect: {', '.join(missing)}")
        self._resets += 1
        self._is_released = True
        self._keep()
        return "reset given at the cell"

    def _keep(self) -> None:
        inputs = self._inputs
        data = {
            "inputs": {
                "button_pressed": inputs.button_pressed,
                "guard_closed": inputs.guard_closed,
                "light_curtain_clear": inputs.light_curtain_clear,
                "channel_a_whole": inputs.channel_a_whole,
                "channel_b_whole": inputs.channel_b_whole,
            },
            "is_released": self._is_released,
            "resets": self._resets,
        }
        self._writer(lambda: self._memory.save(data), self._kept)

    def _kept(self, outcome: object) -> None:
        if isinstance(outcome, BaseException):
            # a PLC whose memory is gone must not be taken for one that is fine
            self._is_released = False
            self._is_connected = False
