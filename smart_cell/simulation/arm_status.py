# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a simulated arm tells about itself."""

from __future__ import annotations

from dataclasses import dataclass

from smart_cell.core.operation_mode import OperationMode


@dataclass(frozen=True, slots=True)
class JointReading:
    """What the arm measures, one value per joint, A1 to A6."""

    position: tuple[float, ...]
    """[rad]"""
    velocity: tuple[float, ...]
    """[rad/s]"""
    effort: tuple[float, ...]
    """Torque estimate [N m]; see `smart_cell.simulation.arm_effort`."""


@dataclass(frozen=True, slots=True)
class ArmStatus:
    """What an arm's controller says about itself, in the terms of KUKA's KSS status."""

    operation_mode: OperationMode
    drives_powered: bool
    brakes_released: bool
    emergency_stop: bool
    """The safety input asks for a stop."""
    in_motion: bool
    motion_possible: bool
    """A goal would be taken now."""
    speed_scaling: float
    """Share of the commanded pace at which the arm runs, 0 to 1."""
    text: str
    """Why motion is not possible, or what is wrong with the arm; empty: nothing."""
