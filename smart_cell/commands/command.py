# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell command`: what an operator tells a running cell, and what the cell answers."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from smart_cell.commands.orders import OrderFormatError, parse_order
from smart_cell.commands.status import status_json, status_text
from smart_cell.supervision.accounting import Decision
from smart_cell.supervision.packml import Command, Mode
from smart_cell.supervision.permissives import FULL_SPEED

if TYPE_CHECKING:
    from smart_cell.nodes.operator import Operator
    from smart_cell.nodes.views import Reply

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2

_MODES: Final = ("production", "maintenance", "manual")

_PACKML: Final = {
    Command.RESET: "make a stopped or complete cell ready to start",
    Command.START: "start production",
    Command.STOP: "stop in order, and end the body later",
    Command.HOLD: "pause after the spots under way, for a cause inside the cell",
    Command.UNHOLD: "go on after a hold",
    Command.SUSPEND: "pause for a cause outside the cell",
    Command.UNSUSPEND: "go on after a suspension",
    Command.ABORT: "stop at once",
    Command.CLEAR: "leave Aborted, once the cause is gone; ends in Stopped",
    Command.COMPLETE: "end production after the spots under way",
}

_EPILOG: Final = """\
after an abort, three separate commands by a person bring the cell back:
  smart_cell command clear
  smart_cell command reset
  smart_cell command start

further examples:
  smart_cell command status                     what the cell does, and its alarms
  smart_cell command override 30                robots at 30 % of their programmed speed
  smart_cell command produce sedan:3            put an order into the queue
  smart_cell command decide B000002 S017 reweld  decide about a spot that is uncertain or not OK
  smart_cell command acknowledge                say that all alarms were seen

Exit codes: 0 the cell accepted it, 1 it did not or does not answer, 2 bad input.
These are operational commands, none of them is an emergency stop."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "command",
        help="command a running cell: start, stop, hold, clear, ... and see its state",
        description="Command a running cell from another terminal, and print its answer.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument("--cell", metavar="NAME", help="which cell, where several run")
    reason = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    reason.add_argument("--reason", default="", metavar="TEXT", help="why, for the records")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for command, purpose in _PACKML.items():
        verbs.add_parser(command.title.lower(), help=purpose, description=purpose, parents=[common, reason])
    status = verbs.add_parser("status", help="show what the cell does, and its alarms", parents=[common])
    status.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    produce = verbs.add_parser("produce", help="put an order into the queue", parents=[common])
    produce.add_argument("order", metavar="VARIANT:N", help="such as sedan:3; producing takes a start besides")
    mode = verbs.add_parser("mode", help="change the mode, in Stopped, Idle or Aborted", parents=[common, reason])
    mode.add_argument("mode", choices=_MODES)
    override = verbs.add_parser(
        "override",
        help="change the robots' speed, also while they move; their paths stay the same",
        parents=[common, reason],
    )
    override.add_argument("percent", type=percent, metavar="PERCENT", help="1 to 100 %% of the programmed speed")
    decide = verbs.add_parser(
        "decide", help="decide about a spot that is uncertain or not OK", parents=[common, reason]
    )
    decide.add_argument("body", metavar="BODY", help="such as B000002")
    decide.add_argument("spot", metavar="SPOT", help="its name in the weld list")
    decide.add_argument("decision", choices=[decision.value for decision in Decision])
    acknowledge = verbs.add_parser("acknowledge", help="say that alarms were seen; starts nothing", parents=[common])
    acknowledge.add_argument("alarm", type=int, nargs="?", default=0, metavar="ID", help="one alarm (default: all)")


def run(args: argparse.Namespace) -> int:
    """Send the command, print the answer and return the exit code."""
    from smart_cell.nodes.environment import domain_id, prepare_environment
    from smart_cell.nodes.overlay import require_messages

    try:
        act = _action(args)
    except OrderFormatError as error:
        print(f"smart_cell command: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    prepare_environment(os.environ)
    require_messages()
    from smart_cell.nodes.station import NoCellError, open_station

    try:
        with open_station(args.cell, domain_id(os.environ)) as operator:
            return act(operator)
    except NoCellError as error:
        print(f"smart_cell command: {error}", file=sys.stderr)
        return EXIT_FAILED


def _action(args: argparse.Namespace) -> Callable[[Operator], int]:
    """Return what is to be done with a station."""
    if args.verb == "status":
        return lambda operator: _show_status(operator, as_json=args.json)
    if args.verb == "produce":
        order = parse_order(args.order)
        return lambda operator: _print_reply(operator.produce(order.variant, order.quantity))
    if args.verb == "mode":
        mode = Mode[args.mode.upper()]
        return lambda operator: _print_reply(operator.command(Command.UNDEFINED, mode=mode, reason=args.reason))
    if args.verb == "override":
        return lambda operator: _print_reply(
            operator.command(Command.UNDEFINED, speed_override=args.percent, reason=args.reason)
        )
    if args.verb == "decide":
        decision = Decision(args.decision)
        return lambda operator: _print_reply(operator.decide(args.body, args.spot, decision, reason=args.reason))
    if args.verb == "acknowledge":
        return lambda operator: _print_reply(operator.acknowledge(args.alarm))
    command = Command[args.verb.upper()]
    return lambda operator: _print_reply(operator.command(command, reason=args.reason))


def percent(text: str) -> int:
    """Read a speed override as argparse wants it read."""
    number = text.strip().removesuffix("%")
    if not number.isdecimal() or not 1 <= int(number) <= FULL_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is a whole number from 1 to {FULL_SPEED} [%]")
    return int(number)


def _show_status(operator: Operator, *, as_json: bool) -> int:
    """Print what the cell does."""
    operator.wait_for_heartbeats()
    cell, alarms = operator.cell, operator.alarms
    processes = tuple(operator.processes.values())
    assert cell is not None
    if as_json:
        print(json.dumps(status_json(cell, alarms, processes), indent=2, ensure_ascii=False))
    else:
        print(status_text(cell, alarms, processes))
    return EXIT_DONE


def _print_reply(reply: Reply) -> int:
    """Print the answer in words and return the exit code."""
    if reply.accepted:
        state = f"; the cell is {reply.state.title}" if reply.state is not None else ""
        print(f"{reply.text}{state}")
        return EXIT_DONE
    print(reply.text, file=sys.stderr)
    return EXIT_FAILED
