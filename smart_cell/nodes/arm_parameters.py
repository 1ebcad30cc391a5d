# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the simulated arm's controller, with the names and meanings of the joint trajectory controller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.node import Node

from smart_cell.motion.arm_model import Joints
from smart_cell.simulation.arm_config import ArmConfig

_LARGEST: Final = 1e6


def declare_arm_config(node: Node, joint_names: Sequence[str]) -> ArmConfig:
    """Declare all parameters, read-only, and return what they say.

    Args:
        node: The node, whose overrides count.
        joint_names: A1 to A6.

    Raises:
        rclpy.exceptions.InvalidParameterValueException: A number is negative.
    """
    default = ArmConfig()

    def number(name: str, value: float, text: str, largest: float = _LARGEST) -> float:
        span = FloatingPointRange(from_value=0.0, to_value=largest, step=0.0)
        descriptor = ParameterDescriptor(description=text, read_only=True, floating_point_range=[span])
        return float(node.declare_parameter(name, value, descriptor).value)

    def flag(name: str, value: bool, text: str) -> bool:
        return bool(node.declare_parameter(name, value, ParameterDescriptor(description=text, read_only=True)).value)

    def per_joint(kind: str, values: Joints, text: str) -> Joints:
        a1, a2, a3, a4, a5, a6 = (
            number(f"constraints.{name}.{kind}", value, text) for name, value in zip(joint_names, values, strict=True)
        )
        return (a1, a2, a3, a4, a5, a6)

    return ArmConfig(
        path_tolerance=per_joint("trajectory", default.path_tolerance, "largest error on the way [rad]; 0: no limit"),
        goal_tolerance=per_joint("goal", default.goal_tolerance, "largest error at the end [rad]; 0: no limit"),
        goal_time=number(
            "constraints.goal_time", default.goal_time, "time to settle after the planned end [s]; 0: no limit"
        ),
        stopped_velocity_tolerance=number(
            "constraints.stopped_velocity_tolerance",
            default.stopped_velocity_tolerance,
            "largest speed of a joint at the end [rad/s]; 0: no limit",
        ),
        cmd_timeout=number(
            "cmd_timeout", default.cmd_timeout, "time after its end that a command is good [s]; 0: for ever"
        ),
        allow_partial_joints_goal=flag(
            "allow_partial_joints_goal", default.allow_partial_joints_goal, "joints that a goal leaves out stay"
        ),
        interpolate_from_desired_state=flag(
            "interpolate_from_desired_state",
            default.interpolate_from_desired_state,
            "goals that replace others start where the arm should be, not where it is measured",
        ),
        initial_scaling_factor=number(
            "speed_scaling.initial_scaling_factor", default.initial_scaling_factor, "pace at the start", largest=1.0
        ),
    )
