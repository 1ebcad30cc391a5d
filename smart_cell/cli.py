# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The program `smart_cell`: sub-commands, each in its own module and imported only when it is called."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from smart_cell import __version__
from smart_cell.core.errors import SmartCellError

EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130

COMMANDS: Final = {
    "check": "check a cell file and its weld lists",
    "plan": "plan a cell: who welds what, and how long it takes",
    "run": "run a cell, with simulated hardware",
    "command": "command a running cell: start, stop, hold, clear, ... and see its state",
    "inject": "break something in a running simulated cell, or make it well again",
    "new": "write a starter cell into a new folder",
    "models": "list the arms that a cell file may name",
}
"""Sub-commands, their modules in smart_cell.commands being of the same name, and what they are for."""

PROCESS: Final = "process"
"""First word of what a launch file calls; people have no use for it."""

_EXAMPLES: Final = """\
examples:
  smart_cell new my_cell                                 a cell of your own, ready to run
  smart_cell check my_cell/cell.yaml                     every error at once, with file and line
  smart_cell run config/demo_cell.yaml --order sedan:3   weld three bodies in simulation
  smart_cell command hold                                in another terminal: pause the running cell
  smart_cell inject emergency_stop                       press the emergency stop of the running cell

Exit codes: 0 done, 1 failed, 2 bad input, 130 Ctrl-C. `smart_cell COMMAND --help` explains each command.
smart_cell is not a safety system."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: Of the command line; None for those of this process.

    Returns:
        Exit code: 0 done, 1 failed, 2 bad input, 130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == [PROCESS]:
        from smart_cell.nodes.process import main as run_process

        return run_process(words[1:])
    parser = _parser(words)
    options = parser.parse_args(words)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SmartCellError as error:
        print(f"smart_cell {options.command}: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader of our output is gone, as in `smart_cell plan FILE | head`; nothing is left to tell it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser, with the full description of the one command that `words` names."""
    parser = argparse.ArgumentParser(
        prog="smart_cell",
        description="Runs a robot cell that welds: checks, plans, produces, and accounts for every weld.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"smart_cell {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    named = next((word for word in words if not word.startswith("-")), None)
    for name, purpose in COMMANDS.items():
        if name == named:
            module = importlib.import_module(f"smart_cell.commands.{name}")
            module.add_parser(subparsers)
            subparsers.choices[name].set_defaults(run=module.run)
        else:
            subparsers.add_parser(name, help=purpose)
    return parser


if __name__ == "__main__":
    sys.exit(main())
