# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How a simulated arm treats its goals: what the parameters of ros2_control's joint trajectory controller set."""

from __future__ import annotations

from dataclasses import dataclass

from smart_cell.motion.arm_model import Joints


@dataclass(frozen=True, slots=True)
class ArmConfig:
    """Tolerances and margins; the names in quotes are the controller's parameters."""

    path_tolerance: Joints = (0.05,) * 6
    """`constraints.<joint>.trajectory`: default for each joint during the motion [rad]; 0 means no limit."""
    goal_tolerance: Joints = (0.002,) * 6
    """`constraints.<joint>.goal`: default for each joint at the end [rad]; 0 means no limit."""
    goal_time: float = 1.0
    """`constraints.goal_time`: default time after the planned end in which the arm must be within the goal tolerance
    [s]; 0 means no limit."""
    stopped_velocity_tolerance: float = 0.01
    """`constraints.stopped_velocity_tolerance`: largest speed of a joint at the end [rad/s]; 0 means no limit."""
    cmd_timeout: float = 0.0
    """`cmd_timeout`: how long after its end [s] a command is good when no other comes; 0 means for ever. It counts only
    where it is longer than `goal_time`."""
    allow_partial_joints_goal: bool = False
    """`allow_partial_joints_goal`: joints that a goal does not name stay where they are, instead of a refusal."""
    interpolate_from_desired_state: bool = False
    """`interpolate_from_desired_state`: a goal that replaces another one starts where the arm should be, instead of
    where it is measured. After an interruption it is always the measured state."""
    initial_scaling_factor: float = 1.0
    """`speed_scaling.initial_scaling_factor`: pace until another one is asked for, 0 to 1."""
    velocity_margin: float = 1.05
    """Largest speed that a goal may ask for, as a multiple of the arm's."""
    position_margin: float = 0.001
    """How far outside its limits a joint may be sent [rad], for rounding and for a start at the limit."""
    start_tolerance: float = 0.1
    """How far from the arm [rad] the first point may be where it is due at once."""
