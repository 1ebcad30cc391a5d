# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Every name of the ROS graph of one cell, relative to the cell's namespace.

Nodes are created in the namespace `/<cell>`, so that none of these names starts with a slash, but for the three that
ROS has for a whole system. A device's name in the cell file is its node's name and the prefix of everything it offers.
"""

from __future__ import annotations

from typing import Final

SUPERVISOR: Final = "supervisor"
SUPERVISOR_STATE: Final = "supervisor/state"
SUPERVISOR_ALARMS: Final = "supervisor/alarms"
SUPERVISOR_EVENTS: Final = "supervisor/events"
SUPERVISOR_COMMAND: Final = "supervisor/command"
SUPERVISOR_PRODUCE: Final = "supervisor/produce"
SUPERVISOR_ZONE_REQUESTS: Final = "supervisor/zone_requests"
SUPERVISOR_ZONES: Final = "supervisor/zones"
SUPERVISOR_DECIDE_SPOT: Final = "supervisor/decide_spot"
SUPERVISOR_ACKNOWLEDGE: Final = "supervisor/acknowledge"
SUPERVISOR_SHELVE: Final = "supervisor/shelve"
SAFETY: Final = "safety"
SAFETY_STATE: Final = "safety/state"
HEARTBEATS: Final = "heartbeats"
SCENE: Final = "scene"
ROBOT_DESCRIPTION: Final = "robot_description"
MARKERS: Final = "markers"
TRANSFORMS: Final = "/tf"
STATIC_TRANSFORMS: Final = "/tf_static"
DIAGNOSTICS: Final = "/diagnostics"
ARM_CONTROLLER: Final = "joint_trajectory_controller"
ROBOT_NODE: Final = "robot"


def state(device: str) -> str:
    """Return the state topic of a robot, gun, conveyor, clamp or sensor."""
    return f"{device}/state"


def inject(device: str) -> str:
    """Return the fault-injection service of a simulated device."""
    return f"{device}/inject"


def robot_node(robot: str) -> str:
    """Return the name of the node that runs a robot's programs."""
    return f"{robot}/{ROBOT_NODE}"


def arm_node(robot: str) -> str:
    """Return the name of the node that moves the arm: the simulated one or the real controller."""
    return f"{robot}/{ARM_CONTROLLER}"


def follow_joint_trajectory(robot: str) -> str:
    """Return the trajectory action of an arm."""
    return f"{robot}/{ARM_CONTROLLER}/follow_joint_trajectory"


def controller_state(robot: str) -> str:
    """Return the topic on which an arm's controller reports reference, feedback and error."""
    return f"{robot}/{ARM_CONTROLLER}/controller_state"


def joint_trajectory(robot: str) -> str:
    """Return the topic on which an arm's controller takes trajectories without an answer."""
    return f"{robot}/{ARM_CONTROLLER}/joint_trajectory"


def speed_scaling_input(robot: str) -> str:
    """Return the topic on which an arm's controller is told its pace."""
    return f"{robot}/{ARM_CONTROLLER}/speed_scaling_input"


def query_state(robot: str) -> str:
    """Return the service that tells what an arm's controller wants of the joints at some time."""
    return f"{robot}/{ARM_CONTROLLER}/query_state"


def arm_status(robot: str) -> str:
    """Return the topic on which an arm's controller tells its operating mode, drives and brakes."""
    return f"{robot}/arm_status"


def joint_states(robot: str) -> str:
    """Return the joint-state topic of an arm."""
    return f"{robot}/joint_states"


def joint_names(robot: str) -> tuple[str, ...]:
    """Return the joints of an arm, A1 to A6."""
    return tuple(f"{robot}_joint_{number}" for number in range(1, 7))


def execute_program(robot: str) -> str:
    """Return the program action of a robot."""
    return f"{robot}/execute_program"


def weld(gun: str) -> str:
    """Return the weld action of a gun."""
    return f"{gun}/weld"


def dress_tips(gun: str) -> str:
    """Return the tip-dressing action of a gun."""
    return f"{gun}/dress_tips"


def pull_records(gun: str) -> str:
    """Return the service that hands out a gun's weld records."""
    return f"{gun}/pull_records"


def transfer(conveyor: str) -> str:
    """Return the transfer action of a conveyor."""
    return f"{conveyor}/transfer"


def move_clamp(clamp: str) -> str:
    """Return the service that opens or closes a clamp."""
    return f"{clamp}/move"
