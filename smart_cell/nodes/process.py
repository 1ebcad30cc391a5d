# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One process of a cell: `python -m smart_cell.nodes.process NAME --cell FILE --state DIR ...`.

The bring-up plan writes the arguments; people use `smart_cell run` or the launch file.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smart_cell.cell.model import Cell
from smart_cell.core.clock import ClockOrigin, parse_origin
from smart_cell.core.errors import SmartCellError
from smart_cell.motion.urdf.cell_arms import load_cell_with_arms
from smart_cell.nodes.bringup import (
    BACKENDS,
    BRINGUP,
    SCENE,
    SUPERVISOR,
    BringUpPlan,
    NodeKind,
    NodeSpec,
    RunSettings,
    bringup_plan,
)
from smart_cell.nodes.environment import domain_id, prepare_environment
from smart_cell.nodes.instance import InstanceLock
from smart_cell.nodes.overlay import require_messages
from smart_cell.nodes.signals import StopReason, StopWaiter

if TYPE_CHECKING:
    from smart_cell.nodes.runtime import Process
    from smart_cell.planning.program import Plan

NODE_CLASSES: Final = {
    NodeKind.ARM: "smart_cell.nodes.arm_node:ArmNode",
    NodeKind.SAFETY: "smart_cell.nodes.safety_node:SafetyNode",
    NodeKind.SENSOR: "smart_cell.nodes.sensor_node:SensorNode",
    NodeKind.CLAMP: "smart_cell.nodes.clamp_node:ClampNode",
    NodeKind.CONVEYOR: "smart_cell.nodes.conveyor_node:ConveyorNode",
    NodeKind.GUN: "smart_cell.nodes.gun_node:GunNode",
    NodeKind.ROBOT: "smart_cell.nodes.robot_node:RobotNode",
    NodeKind.SUPERVISOR: "smart_cell.nodes.supervisor_node:SupervisorNode",
    NodeKind.SCENE: "smart_cell.nodes.scene_node:SceneNode",
}
"""Module and class of each kind of node; a class is called with the process and the device's name."""

LOG_LEVELS: Final = ("debug", "info", "warn", "error")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process of a cell until it is told to end.

    Args:
        arguments: Of the command line; None for those of this process.

    Returns:
        Exit code: 0 after an orderly end, also one that Ctrl-C asked for, since `ros2 launch` passes that on to every
        process; 1 when the process could not go on; 2 for bad input.
    """
    options = _parser().parse_args(_own_arguments(sys.argv[1:] if arguments is None else arguments))
    if options.process == SCENE:
        # who only watches gives way to those who work
        os.nice(10)
    try:
        prepare_environment(os.environ)
        require_messages()
        cell = load_cell_with_arms(options.cell)
        settings = _settings(options)
        plan = bringup_plan(cell, settings, manager=options.process == BRINGUP)
        nodes = plan.process(options.process).nodes
        programs = (
            _programs(cell, options.plans or settings.state_dir / "plans") if options.process == SUPERVISOR else None
        )
    except SmartCellError as error:
        print(f"process {options.process}: {error}", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        if options.process == BRINGUP:
            try:
                stack.enter_context(InstanceLock(cell.name, domain_id(os.environ)))
            except SmartCellError as error:
                print(f"process {options.process}: {error}", file=sys.stderr)
                return 1
        waiter = stack.enter_context(StopWaiter(watch_parent=options.attached))
        return _run(options, cell, settings, plan, nodes, programs, waiter)


def _run(
    options: argparse.Namespace,
    cell: Cell,
    settings: RunSettings,
    plan: BringUpPlan,
    specs: tuple[NodeSpec, ...],
    programs: Plan | None,
    waiter: StopWaiter,
) -> int:
    """Bring the nodes into being, and to an end."""
    from smart_cell.nodes.clock import origin_now
    from smart_cell.nodes.logs import set_log_level
    from smart_cell.nodes.runtime import Options, Process

    set_log_level(cell.name, options.log_level)
    process = Process(
        options.process,
        cell,
        Options(
            backend=settings.backend,
            state_dir=settings.state_dir,
            speed=settings.speed,
            origin=settings.origin or origin_now(),
            executor=settings.executor,
        ),
        obeys=options.process not in (SUPERVISOR, SCENE, BRINGUP),
        required=frozenset(spec.name for spec in specs if spec.required),
        plan=programs,
    )
    try:
        for spec in specs:
            _make_node(process, spec, plan)
        process.start(on_failure=waiter.fail)
        reason = waiter.wait()
    finally:
        in_time = process.stop()
    if not in_time:
        print(f"process {options.process}: did not end within its time", file=sys.stderr)
    return 1 if reason is StopReason.FAILURE or not in_time else 0


def _make_node(process: Process, spec: NodeSpec, plan: BringUpPlan) -> None:
    """Create one node; it adds itself to the process."""
    if spec.kind is NodeKind.LIFECYCLE_MANAGER:
        from smart_cell.nodes.lifecycle_manager import LifecycleManager

        LifecycleManager(process, plan)
        return
    module, _, name = NODE_CLASSES[spec.kind].partition(":")
    getattr(importlib.import_module(module), name)(process, spec.device)


def _programs(cell: Cell, folder: Path) -> Plan:
    """Return the robots' programs, before ROS starts: planning would delay every callback."""
    from smart_cell.planning.planner import load_or_plan

    return load_or_plan(cell, folder)


def _settings(options: argparse.Namespace) -> RunSettings:
    return RunSettings(
        state_dir=options.state,
        backend=options.backend,
        speed=options.speed,
        origin=options.clock_origin,
        log_level=options.log_level,
        executor=options.executor,
    )


def _own_arguments(arguments: Sequence[str]) -> list[str]:
    """Leave out what a launch file adds for ROS; `rclpy.init` reads that part."""
    own = list(arguments)
    while "--ros-args" in own:
        start = own.index("--ros-args")
        end = own.index("--", start) + 1 if "--" in own[start:] else len(own)
        del own[start:end]
    return own


def _origin(text: str) -> ClockOrigin:
    """Read an origin as argparse wants it read."""
    return parse_origin(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smart_cell.nodes.process",
        description="Run one process of a cell. `smart_cell run` starts all of them.",
        allow_abbrev=False,
    )
    parser.add_argument("process", metavar="NAME", help="arms, devices, supervisor, scene or bringup")
    parser.add_argument("--cell", type=Path, required=True, metavar="FILE", help="cell file")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder of journals and logs")
    parser.add_argument("--backend", choices=BACKENDS, default="sim", help="what is behind the devices")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="seconds of the cell in one second")
    parser.add_argument(
        "--clock-origin", type=_origin, metavar="WALL,STEADY", help="where process time starts; the same for all"
    )
    parser.add_argument("--plans", type=Path, metavar="DIR", help="folder of programs (default: plans in --state)")
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="info", help="least severe lines to log")
    parser.add_argument("--executor", choices=("auto", "events", "single"), default="auto", help="of rclpy")
    parser.add_argument("--attached", action="store_true", help="end when standard input does")
    return parser


if __name__ == "__main__":
    sys.exit(main())
