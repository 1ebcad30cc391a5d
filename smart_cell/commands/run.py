# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell run FILE`: brings a cell up, lets it produce orders, and says what came of it."""

from __future__ import annotations

import argparse
import math
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from smart_cell.commands.command import percent
from smart_cell.core.errors import ConfigError, SmartCellError
from smart_cell.nodes.bringup import BACKENDS

EXIT_BAD_INPUT: Final = 2
HIGHEST_SPEED: Final = 20.0
"""Times real time; beyond it the simulated devices would not keep up on two cores."""

_DESCRIPTION: Final = """\
Bring a cell up with simulated hardware and show what it does.

With --order the cell produces: the command is one written Start. It ends by itself when all orders are done. Without
--order the cell waits in Stopped for `smart_cell command reset` and `start` from another terminal.

After an alarm nothing starts again by itself: type what the screen says, or use
  smart_cell command clear     then     smart_cell command reset     then     smart_cell command start"""

_EPILOG: Final = """\
examples:
  smart_cell run config/demo_cell.yaml --order sedan:2 --order wagon:1 --speed 5
  smart_cell run my_cell/cell.yaml --headless --json summary.json --order panel:3
  smart_cell run my_cell/cell.yaml --state my_state        go on with what is there

Exit codes: 0 all orders done (or ended with SIGTERM), 1 failed, 2 bad input, 130 Ctrl-C."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "run",
        help="run a cell, with simulated hardware",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="cell file, such as config/demo_cell.yaml")
    parser.add_argument(
        "--order",
        action="append",
        default=[],
        metavar="VARIANT:N",
        help="produce N bodies of a variant; may be given several times",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="N",
        help=f"run N times as fast as real time, up to {HIGHEST_SPEED:g} (default 1)",
    )
    parser.add_argument(
        "--override",
        type=percent,
        default=0,
        metavar="PERCENT",
        help="speed override of the robots, 1 to 100 %% of their programmed speed (default: as it was, at first 100)",
    )
    parser.add_argument("--headless", action="store_true", help="print plain lines instead of a live screen")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary to FILE")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="folder of journals, simulated hardware and logs; one that exists is continued (default: a new one)",
    )
    parser.add_argument("--backend", choices=BACKENDS, default="sim", help="what is behind the devices (default sim)")
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warn", "error"),
        default="info",
        help="least severe lines in the logs of the processes (default info)",
    )
    parser.add_argument(
        "--executor",
        choices=("auto", "events", "single"),
        default="auto",
        help="executor of rclpy in every process (default auto: events where this rclpy has it)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the cell and return the exit code."""
    from smart_cell.commands.check import load
    from smart_cell.commands.orders import name_orders, parse_order
    from smart_cell.nodes.environment import domain_id, prepare_environment
    from smart_cell.nodes.overlay import require_messages

    try:
        cell = load(args.file)
        moment = datetime.now()
        wanted = [parse_order(text) for text in args.order]
        orders = name_orders(wanted, cell.variants, moment.strftime("%Y%m%d-%H%M%S"))
        prepare_environment(os.environ)
        domain = domain_id(os.environ)
        if args.json is not None and not args.json.absolute().parent.is_dir():
            raise SmartCellError(f"--json {args.json}: the folder {args.json.absolute().parent} does not exist")
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except SmartCellError as error:
        print(f"smart_cell run: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    require_messages()
    from smart_cell.commands.run_session import Session, SessionSettings
    from smart_cell.nodes.instance import InstanceLock

    with InstanceLock(cell.name, domain):
        settings = SessionSettings(
            cell=cell,
            orders=orders,
            speed=args.speed,
            speed_override=args.override,
            backend=args.backend,
            is_live=not args.headless and sys.stdout.isatty(),
            json_file=args.json,
            state_dir=_state_dir(args.state, cell.name, moment),
            log_level=args.log_level,
            executor=args.executor,
            domain=domain,
        )
        return Session(settings).run()


def _state_dir(chosen: Path | None, cell: str, moment: datetime) -> Path:
    """Return the folder of the run, which exists then."""
    from smart_cell.commands.state_folder import new_state_folder, state_home

    if chosen is None:
        return new_state_folder(state_home(os.environ), cell, moment)
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen.absolute()


def _speed(text: str) -> float:
    """Read a speed as argparse wants it read."""
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0.1 <= speed <= HIGHEST_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is a number from 0.1 to {HIGHEST_SPEED:g}")
    return speed
