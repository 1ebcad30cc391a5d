# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell inject`: breaks something in a running simulated cell, or makes it well again."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from smart_cell.commands.local_processes import find_local
from smart_cell.nodes.views import ProcessView
from smart_cell.simulation.safety import FAULTS as SAFETY_FAULTS

if TYPE_CHECKING:
    from smart_cell.nodes.operator import Operator

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2

SAFETY: Final = "safety"

_EPILOG: Final = """\
the safety PLC:
  smart_cell inject emergency_stop           press the button; it latches
  smart_cell inject emergency_stop:release   pull it out again
  smart_cell inject reset                    give the reset at the cell; starts nothing
  smart_cell inject guard:open               and guard:close, light_curtain:interrupt, channel:a:open, ...
processes, by the name of one of their nodes or their own:
  smart_cell inject kill:g1                  SIGKILL, as a crash
  smart_cell inject hang:supervisor          SIGSTOP, as a hang; resume:supervisor lets it go on
devices:
  smart_cell inject list                     every device and what it can do
  smart_cell inject g1:FAULT[:VALUE]

Exit codes: 0 done, 1 failed, 2 bad input. Only simulated hardware has faults that can be asked for."""


class ProcessFault(str, Enum):
    """What can be done to a whole process."""

    KILL = "kill"
    HANG = "hang"
    RESUME = "resume"


_SIGNALS: Final = {
    ProcessFault.KILL: signal.SIGKILL,
    ProcessFault.HANG: signal.SIGSTOP,
    ProcessFault.RESUME: signal.SIGCONT,
}


@dataclass(frozen=True, slots=True)
class Injection:
    """What to do to what."""

    target: str
    """A device, or the node or process of a process fault."""
    fault: str
    value: str = ""
    process_fault: ProcessFault | None = None


def parse_fault(text: str) -> Injection | None:
    """Read `FAULT[:VALUE]` of the safety PLC, `kill|hang|resume:NODE` or `DEVICE:FAULT[:VALUE]`.

    Returns:
        None if the text is none of these.

    Example:
        >>> parse_fault("emergency_stop:release")
        Injection(target='safety', fault='emergency_stop', value='release', process_fault=None)
    """
    first, *rest = text.split(":")
    value = " ".join(rest)
    if first in SAFETY_FAULTS:
        return Injection(SAFETY, first, value)
    if not rest or not rest[0]:
        return None
    if first in {fault.value for fault in ProcessFault}:
        return Injection(value, first, process_fault=ProcessFault(first)) if len(rest) == 1 else None
    return Injection(first, rest[0], " ".join(rest[1:])) if first else None


def find_process(target: str, processes: Sequence[ProcessView]) -> ProcessView | None:
    """Return the process that is called `target` or has a node or a device of that name; None if none does."""
    for process in processes:
        if target in (process.process, *process.nodes):
            return process
    return next(
        (process for process in processes if any(node.startswith(f"{target}/") for node in process.nodes)), None
    )


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "inject",
        help="break something in a running simulated cell, or make it well again",
        description="Break something in a running simulated cell, or make it well again.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("fault", metavar="FAULT[:VALUE]", help="see below; `list` shows what there is")
    parser.add_argument("--cell", metavar="NAME", help="which cell, where several run")


def run(args: argparse.Namespace) -> int:
    """Inject the fault, print what was done and return the exit code."""
    from smart_cell.nodes.environment import domain_id, prepare_environment
    from smart_cell.nodes.overlay import require_messages

    injection = None if args.fault == "list" else parse_fault(args.fault)
    if injection is None and args.fault != "list":
        print(
            f"smart_cell inject: {args.fault!r} is no fault; write emergency_stop, kill:NODE, DEVICE:FAULT[:VALUE] or "
            "list; `smart_cell inject --help` has examples",
            file=sys.stderr,
        )
        return EXIT_BAD_INPUT
    prepare_environment(os.environ)
    require_messages()
    from smart_cell.nodes.station import NoCellError, open_station

    domain = domain_id(os.environ)
    if injection is not None and injection.process_fault is ProcessFault.RESUME:
        return _resume(injection.target, domain)
    try:
        with open_station(args.cell, domain) as operator:
            if injection is None:
                return _list(operator)
            if injection.process_fault is not None:
                return _signal(operator, injection.target, injection.process_fault)
            return _inject(operator, injection)
    except NoCellError as error:
        print(f"smart_cell inject: {error}", file=sys.stderr)
        return EXIT_FAILED


def _inject(operator: Operator, injection: Injection) -> int:
    """Ask a simulated device for a fault."""
    from smart_cell.nodes.station import injectable

    devices = injectable(operator, injection.target)
    if injection.target not in devices:
        print(
            f"smart_cell inject: no simulated device {injection.target!r}; there are {', '.join(devices) or 'none'}",
            file=sys.stderr,
        )
        return EXIT_BAD_INPUT
    reply = operator.inject(injection.target, injection.fault, injection.value)
    print(reply.text, file=sys.stdout if reply.accepted else sys.stderr)
    return EXIT_DONE if reply.accepted else EXIT_FAILED


def _list(operator: Operator) -> int:
    """Print every device with its faults, as the devices themselves say."""
    from smart_cell.nodes.station import injectable

    print("safety: " + ", ".join(_with_values(fault, values) for fault, values in SAFETY_FAULTS.items()))
    for device in injectable(operator):
        if device != SAFETY:
            print(f"{device}: {operator.inject(device, 'list').text}")
    operator.wait_for_heartbeats()
    for process in operator.processes.values():
        print(f"kill, hang, resume: {process.process} (pid {process.pid})")
    return EXIT_DONE


def _with_values(fault: str, values: Sequence[str]) -> str:
    shown = "|".join(value.replace(" ", ":") for value in values if value)
    return f"{fault}[:{shown}]" if shown else fault


def _resume(target: str, domain: int) -> int:
    """Let a process go on that hangs and therefore cannot be found in the graph."""
    process = find_local(target, domain)
    if process is None:
        print(f"smart_cell inject: no process of a cell on this machine is or has {target!r}", file=sys.stderr)
        return EXIT_BAD_INPUT
    return _send(process.pid, process.process, ProcessFault.RESUME)


def _signal(operator: Operator, target: str, fault: ProcessFault) -> int:
    """Send a signal to the process of a node."""
    operator.wait_for_heartbeats()
    processes = tuple(operator.processes.values())
    process = find_process(target, processes)
    if process is None:
        known = ", ".join(name for view in processes for name in (view.process, *view.nodes))
        print(f"smart_cell inject: no node or process {target!r}; there are {known}", file=sys.stderr)
        return EXIT_BAD_INPUT
    if process.host != socket.gethostname():
        print(f"smart_cell inject: {target} runs on {process.host}; do it there", file=sys.stderr)
        return EXIT_FAILED
    return _send(process.pid, process.process, fault)


def _send(pid: int, process: str, fault: ProcessFault) -> int:
    try:
        os.kill(pid, _SIGNALS[fault])
    except OSError as error:
        print(f"smart_cell inject: {fault.value} {process}, pid {pid}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    print(f"{fault.value}: process {process}, pid {pid}")
    return EXIT_DONE
