# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Bring a cell up with `ros2 launch smart_cell cell.launch.py`; `-s` shows the arguments.

The processes and nodes come from the same plan as those of `smart_cell run`. The cell ends up in Stopped: production
is started by a person, with `ros2 run smart_cell smart_cell command reset` and `start`.
"""

import os
from datetime import datetime
from pathlib import Path

from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from launch import LaunchContext, LaunchDescription
from smart_cell.cell.loader import load_cell
from smart_cell.commands.state_folder import new_state_folder, plan_cache, state_home
from smart_cell.core.paths import share_dir
from smart_cell.nodes.bringup import BACKENDS, RunSettings, bringup_plan
from smart_cell.nodes.clock import origin_now
from smart_cell.nodes.environment import prepare_environment

RESPAWN_DELAY = 0.5
"""Before a process that died is started again [s]; its nodes come back disabled."""


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, and one action per process."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "cell",
                default_value=str(share_dir() / "config" / "demo_cell.yaml"),
                description="Cell file.",
            ),
            DeclareLaunchArgument(
                "mode",
                default_value="sim",
                choices=list(BACKENDS),
                description="What is behind the devices: sim is simulated hardware.",
            ),
            DeclareLaunchArgument(
                "speed",
                default_value="1.0",
                description="Seconds of the cell in one second of the world, from 0.1 to 20.",
            ),
            DeclareLaunchArgument(
                "state",
                default_value="",
                description="Folder of journals, simulated hardware and logs; one that exists is continued. "
                "Empty: a new one below XDG_STATE_HOME/smart_cell.",
            ),
            DeclareLaunchArgument(
                "log_level",
                default_value="info",
                choices=["debug", "info", "warn", "error"],
                description="Least severe lines to log.",
            ),
            OpaqueFunction(function=start_processes),
        ]
    )


def start_processes(context: LaunchContext) -> list[SetEnvironmentVariable | Node]:
    """Return the processes of the cell that the arguments name."""

    def chosen(name: str) -> str:
        return str(LaunchConfiguration(name).perform(context))

    environment = dict(os.environ)
    prepare_environment(environment)
    cell = load_cell(Path(chosen("cell")).absolute())
    folder = Path(chosen("state")).absolute() if chosen("state") else None
    if folder is None:
        folder = new_state_folder(state_home(environment), cell.name, datetime.now())
    settings = RunSettings(
        state_dir=folder,
        backend=chosen("mode"),
        speed=float(chosen("speed")),
        origin=origin_now(),
        log_level=chosen("log_level"),
        plans=plan_cache(environment),
    )
    variables = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    return [
        *(SetEnvironmentVariable(name, value) for name, value in variables.items()),
        *(
            # no name and no namespace: either would rename every node of the process
            Node(
                package="smart_cell",
                executable="smart_cell",
                arguments=["process", *process.arguments],
                output="screen",
                respawn=True,
                respawn_delay=RESPAWN_DELAY,
            )
            for process in bringup_plan(cell, settings, manager=True).processes
        ),
    ]
