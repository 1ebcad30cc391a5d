# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Write the reference pages that are derived from the code: alarms, PackML, ROS interfaces and the command line.

Run `tools/run python tools/make_reference.py` after a change of what they describe; a test compares the files.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from smart_cell import cli
from smart_cell.nodes import names
from smart_cell.supervision.alarms import CATALOGUE, LONGEST_SHELF
from smart_cell.supervision.packml import COMMANDS, COMPLETIONS, MODE_CHANGE, MOTION, WELDING, Command, Mode, State
from smart_cell.supervision.supervisor import DEADLINES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "reference"

ROBOT, GUN, CONVEYOR, CLAMP, SENSOR, DEVICE = "<robot>", "<gun>", "<conveyor>", "<clamp>", "<sensor>", "<device>"
OURS: Final = "smart_cell_msgs"

TOPICS: Final = (
    (names.SUPERVISOR_STATE, f"{OURS}/msg/CellState", "STATE", "supervisor, on change and every 200 ms"),
    (names.SUPERVISOR_ALARMS, f"{OURS}/msg/AlarmList", "STATE", "supervisor"),
    (names.SUPERVISOR_EVENTS, f"{OURS}/msg/Event", "EVENT", "supervisor"),
    (names.SUPERVISOR_ZONES, f"{OURS}/msg/ZoneStates", "STATE", "supervisor"),
    (names.SUPERVISOR_ZONE_REQUESTS, f"{OURS}/msg/ZoneRequest", "REQUEST", "every robot node"),
    (names.SAFETY_STATE, f"{OURS}/msg/SafetyState", "STATE", "safety node, on change and every 100 ms"),
    (names.HEARTBEATS, f"{OURS}/msg/Heartbeat", "HEARTBEAT", "every process, every 100 ms"),
    (names.joint_states(ROBOT), "sensor_msgs/msg/JointState", "JOINT_STATES", "arm, 100 Hz"),
    (
        names.controller_state(ROBOT),
        "control_msgs/msg/JointTrajectoryControllerState",
        "JOINT_STATES",
        "arm",
    ),
    (names.arm_status(ROBOT), f"{OURS}/msg/ArmStatus", "STATE", "arm, on change and every second"),
    (names.joint_trajectory(ROBOT), "trajectory_msgs/msg/JointTrajectory", "REQUEST", "anybody, to the arm"),
    (names.speed_scaling_input(ROBOT), "control_msgs/msg/SpeedScalingFactor", "STATE", "anybody, to the arm"),
    (names.state(ROBOT), f"{OURS}/msg/RobotState", "STATE", "robot node"),
    (names.state(GUN), f"{OURS}/msg/GunState", "STATE", "gun node"),
    (names.state(CONVEYOR), f"{OURS}/msg/ConveyorState", "STATE", "conveyor node"),
    (names.state(CLAMP), f"{OURS}/msg/ClampState", "STATE", "clamp node"),
    (names.state(SENSOR), f"{OURS}/msg/SensorState", "STATE", "sensor node"),
    (names.MARKERS, "visualization_msgs/msg/MarkerArray", "STATE", "scene"),
    (names.ROBOT_DESCRIPTION, "std_msgs/msg/String", "STATE", "scene"),
    (names.TRANSFORMS, "tf2_msgs/msg/TFMessage", "TRANSFORMS", "scene, up to 25 Hz"),
    (names.STATIC_TRANSFORMS, "tf2_msgs/msg/TFMessage", "STATE", "scene"),
    (names.DIAGNOSTICS, "diagnostic_msgs/msg/DiagnosticArray", "DIAGNOSTICS", "scene, 1 Hz"),
)
"""Name, type, quality of service and sender of every topic."""

SERVICES: Final = (
    (names.SUPERVISOR_COMMAND, f"{OURS}/srv/CellCommand", "supervisor"),
    (names.SUPERVISOR_DECIDE_SPOT, f"{OURS}/srv/DecideSpot", "supervisor"),
    (names.SUPERVISOR_ACKNOWLEDGE, f"{OURS}/srv/Acknowledge", "supervisor"),
    (names.SUPERVISOR_SHELVE, f"{OURS}/srv/Shelve", "supervisor"),
    (names.query_state(ROBOT), "control_msgs/srv/QueryTrajectoryState", "arm"),
    (names.pull_records(GUN), f"{OURS}/srv/PullRecords", "gun node"),
    (names.move_clamp(CLAMP), f"{OURS}/srv/MoveClamp", "clamp node"),
    (names.inject(DEVICE), f"{OURS}/srv/Inject", "nodes of simulated devices, `safety` included"),
)
"""Name, type and server of every service of ours; each lifecycle node has the standard ones besides."""

ACTIONS: Final = (
    (names.SUPERVISOR_PRODUCE, f"{OURS}/action/ProduceOrder", "supervisor"),
    (names.execute_program(ROBOT), f"{OURS}/action/ExecuteProgram", "robot node"),
    (names.follow_joint_trajectory(ROBOT), "control_msgs/action/FollowJointTrajectory", "arm"),
    (names.weld(GUN), f"{OURS}/action/Weld", "gun node"),
    (names.dress_tips(GUN), f"{OURS}/action/DressTips", "gun node"),
    (names.transfer(CONVEYOR), f"{OURS}/action/Transfer", "conveyor node"),
)
"""Name, type and server of every action."""


# ---------------------------------------------------------------------------------------------- pages


def alarms_page() -> str:
    """Return the page about the alarms, in Markdown."""
    rows = [(f"`{k.code}`", k.priority.name.lower(), k.meaning, k.response) for k in CATALOGUE.values()]
    introduction = _ALARMS.format(hours=f"{LONGEST_SHELF / 3600.0:g}")
    return _page(introduction, *_table(("code", "priority", "what it means", "what to do"), rows))


def packml_page() -> str:
    """Return the page about the PackML states, commands and modes, in Markdown."""
    headings = ("number", "state", "kind", "ends in", "at most [s]", "may move", "may weld", "commands")
    states = [_state_row(state) for state in State if state is not State.UNDEFINED]
    commands = [_command_row(command) for command in Command if command is not Command.UNDEFINED]
    modes = [
        (str(mode.value), mode.title, f"`smart_cell command mode {mode.name.lower()}`")
        for mode in Mode
        if mode is not Mode.INVALID
    ]
    return _page(
        _PACKML,
        *("```mermaid", *_diagram(), "```", "", "## States", ""),
        *_table(headings, states),
        _COMMANDS,
        *_table(("number", "command", "typed as", "from", "to"), commands),
        _MODES.format(states=", ".join(state.title for state in State if state in MODE_CHANGE)),
        *_table(("number", "mode", "typed as"), modes),
    )


def interfaces_page() -> str:
    """Return the page about topics, services, actions and their types, in Markdown."""
    topics = [(f"`{name}`", _link(kind), f"`{quality}`", sender) for name, kind, quality, sender in TOPICS]
    servers = [[(f"`{name}`", _link(kind), server) for name, kind, server in part] for part in (SERVICES, ACTIONS)]
    lines = [
        _INTERFACES,
        *("## Topics", "", *_table(("topic", "type", "quality of service", "sent by"), topics)),
        *("", "## Services", "", *_table(("service", "type", "offered by"), servers[0])),
        *("", "## Actions", "", *_table(("action", "type", "offered by"), servers[1])),
        *("", "## Quality of service", "", *_table(("profile", "settings", "for"), _profiles())),
        _TYPES,
    ]
    for folder in ("msg", "srv", "action"):
        for path in sorted((ROOT / OURS / folder).iterdir()):
            lines += [f"### {path.stem}", "", f"`{OURS}/{folder}/{path.stem}`", "", "```text"]
            lines += [path.read_text(encoding="utf-8").rstrip(), "```", ""]
    return _page(*lines[:-1])


def command_line_page() -> str:
    """Return the page about the program's commands and their options, in Markdown."""
    return _page(_COMMAND_LINE, *(line for name in cli.COMMANDS for line in _command(command_parser(name))))


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of one command of the program."""
    subparsers = argparse.ArgumentParser(prog="smart_cell").add_subparsers()
    importlib.import_module(f"smart_cell.commands.{name}").add_parser(subparsers)
    return subparsers.choices[name]


PAGES: Final[dict[str, Callable[[], str]]] = {
    "alarms.md": alarms_page,
    "packml.md": packml_page,
    "interfaces.md": interfaces_page,
    "cli.md": command_line_page,
}
"""What is written, by file name in docs/reference."""


def main() -> int:
    """Write every page and return the exit code."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")
    return 0


# ---------------------------------------------------------------------------------------------- parts


def _page(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _diagram() -> Iterator[str]:
    """Yield the state diagram without Stop and Abort, whose many arrows would hide it."""
    yield "stateDiagram-v2"
    yield "    [*] --> Stopped"
    for (state, command), target in COMMANDS.items():
        if command not in (Command.STOP, Command.ABORT):
            yield f"    {state.title} --> {target.title}: {command.title}"
    for state, target in COMPLETIONS.items():
        yield f"    {state.title} --> {target.title}"


def _state_row(state: State) -> tuple[str, ...]:
    limit = DEADLINES.get(state)
    return (
        str(state.value),
        state.title,
        "acting" if state in COMPLETIONS else "waiting",
        COMPLETIONS[state].title if state in COMPLETIONS else "",
        "" if limit is None else f"{limit:g}",
        "yes" if state in MOTION else "no",
        "yes" if state in WELDING else "no",
        ", ".join(command.title for command in Command if (state, command) in COMMANDS),
    )


def _command_row(command: Command) -> tuple[str, ...]:
    pairs = [(state, target) for (state, known), target in COMMANDS.items() if known is command]
    return (
        str(command.value),
        command.title,
        f"`smart_cell command {command.name.lower()}`",
        ", ".join(state.title for state, _ in sorted(pairs)),
        ", ".join(sorted({target.title for _, target in pairs})),
    )


def _link(kind: str) -> str:
    package, _, name = kind.split("/")
    return f"[{name}](#{name.lower()})" if package == OURS else f"`{kind}`"


def _profiles() -> Iterator[tuple[str, str, str]]:
    """Yield name, settings and purpose of each profile of smart_cell/nodes/qos.py, read without importing ROS."""
    statements = ast.parse((ROOT / "smart_cell" / "nodes" / "qos.py").read_text(encoding="utf-8")).body
    for statement, text in itertools.pairwise(statements):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Call):
            settings = [ast.unparse(argument).split(".")[-1] for argument in statement.value.args]
            reliability, durability, depth = (word.lower().replace("_", " ") for word in settings)
            purpose = ast.literal_eval(text.value) if isinstance(text, ast.Expr) else ""
            yield f"`{ast.unparse(statement.target)}`", f"{reliability}, {durability}, depth {depth}", purpose


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the description of a command and its arguments."""
    yield from ("", f"## {parser.prog}", "", *_text(parser.description))
    verbs = next((action for action in parser._actions if isinstance(action, argparse._SubParsersAction)), None)
    if verbs is None:
        rows = [(f"`{_written(action)}`", _explained(action)) for action in _arguments(parser)]
        yield from ("", *_table(("argument", "meaning"), rows))
    else:
        yield from _verbs(verbs)
    if parser.epilog:
        yield from ("", *_text(parser.epilog))


def _verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> Iterator[str]:
    """Yield the words that may follow a command, and the arguments of all of them."""
    helps = {choice.dest: choice.help or "" for choice in verbs._choices_actions}
    rows = []
    users: dict[tuple[str, str], list[str]] = {}
    for name, parser in verbs.choices.items():
        positional = [_written(action) for action in _arguments(parser) if not action.option_strings]
        rows.append((f"`{' '.join([name, *positional])}`", helps[name]))
        for action in _arguments(parser):
            users.setdefault((f"`{_written(action)}`", _explained(action)), []).append(name)
    yield from ("", *_table(("followed by", "meaning"), rows), "")
    count = len(verbs.choices)
    explained = [
        (written, text, "all" if len(names) == count else ", ".join(names))
        for (written, text), names in users.items()
        if text
    ]
    yield from _table(("argument", "meaning", "of"), explained)


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if not isinstance(action, argparse._HelpAction)]


def _text(text: str | None) -> Sequence[str]:
    """Return a text as it stands if its lines are arranged, else as a paragraph."""
    return ("```text", text, "```") if text and "\n" in text else (text or "",)


def _written(action: argparse.Action) -> str:
    """Return an argument as a person types it."""
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None and action.metavar is None:
        value = "\\|".join(str(choice) for choice in action.choices)
    if not action.option_strings:
        return f"[{value}]" if action.nargs == "?" else value
    return f"{', '.join(action.option_strings)}{'' if action.nargs == 0 else f' {value}'}"


def _explained(action: argparse.Action) -> str:
    return (action.help or "").replace("|", "\\|") % {**vars(action), "prog": "smart_cell"}


# ---------------------------------------------------------------------------------------------- texts

_NOTE = "<!-- Written by tools/make_reference.py from {source}. -->"

_ALARMS = f"""\
# Alarms

{_NOTE.format(source="smart_cell/supervision/alarms.py")}

Alarms follow ISA-18.2. There is one alarm for one cause, however often it is noticed; the first of those that came
with a stop is marked first-out. An alarm stays in the list until its cause is gone **and** somebody has acknowledged
it. Acknowledging says "seen": it resets nothing and starts nothing. Shelving takes an alarm out of sight for at most
{{hours}} hours.

The last words of the right column are commands: where they end in Unhold the cell is Held, where they end in Start it
is Aborted. `smart_cell command status` shows the active alarms, topic `supervisor/alarms` carries them.
"""

_PACKML = f"""\
# PackML states, commands and modes

{_NOTE.format(source="smart_cell/supervision/packml.py")}

The cell has all 17 states of PackML (ISA-TR88.00.02) with the numbers of OPC 30050. It starts in Stopped; in Aborted
if the supervisor before it ended without an orderly stop. It never starts in Execute.

The picture leaves out two commands: Stop leads from most states to Stopping and from there to Stopped; Abort leads
from nearly every state to Aborting and from there to Aborted. The tables have them.
"""

_COMMANDS = """
An acting state ends by itself; a waiting one waits for a command. An acting state that takes longer than its limit
raises `STATE_TIMEOUT` and aborts (Aborting itself then ends in Aborted). Execute has no limit of its own: its steps
have.

## Commands

Hold is for a cause inside the cell, Suspend for want of something from outside. Complete ends production although
orders are left.
"""

_MODES = """
## Modes

The mode can change in {states}. Start needs Production.
"""

_INTERFACES = f"""\
# ROS 2 interfaces

{_NOTE.format(source="smart_cell/nodes/names.py, smart_cell/nodes/qos.py and smart_cell_msgs")}

Names without a leading slash are below the namespace `/<cell>`, the name of the cell in its file. A device's name in
the file is the name of its node: the gun `g1` of the cell `body_side` reports on `/body_side/g1/state`. The arm of
robot `r1` is the node `r1/joint_trajectory_controller`: the simulated one, or the controller of a real arm under the
same name. Its joints are `r1_joint_1` to `r1_joint_6`. The node `r1/robot` runs the programs.

The nodes of devices and the supervisor are lifecycle nodes with the standard services. State topics are sent on every
change and at least every second; their `epoch` is the start of the sending process and their `sequence` grows without
gaps, so that a reader notices a restart and a loss.
"""

_TYPES = f"""
## Types

Units are SI and stand in square brackets in the comments, which are part of the interface. These are the files of
`{OURS}` as they are.
"""

_COMMAND_LINE = f"""\
# Command line

{_NOTE.format(source="smart_cell/cli.py and smart_cell/commands")}

Exit codes of every command: 0 done, 1 failed, 2 bad input, 130 Ctrl-C. An orderly stop by SIGTERM ends with 0."""

if __name__ == "__main__":
    sys.exit(main())
