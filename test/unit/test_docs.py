# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The pages say what is true: written ones are current, links lead somewhere, command lines parse."""

import argparse
import importlib
import inspect
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from smart_cell import cli
from smart_cell.devices.safety import DISCREPANCY_TIME
from smart_cell.nodes import names, permission
from smart_cell.supervision.alarms import CATALOGUE
from smart_cell.supervision.packml import Command, State
from smart_cell.supervision.watchdog import SILENCE_LIMIT

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PROGRAM = re.compile(r"^(?:\$ )?(?:tools/run |ros2 run smart_cell |\S*/)?smart_cell (?=[a-z-])")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def pages() -> Iterator[Path]:
    """Yield every Markdown page of the project."""
    yield from sorted(ROOT.glob("*.md"))
    yield ROOT / "bare_msgs" / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def named(page: Path) -> str:
    """Return a page's path as people write it."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return a page's text without its code."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that a web view makes of the headings of a page."""
    headings = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def command_lines(page: Path) -> Iterator[str]:
    """Yield everything on a page that a person could type and that begins with our program."""
    text = page.read_text(encoding="utf-8")
    lines = [line for language, block in FENCE.findall(text) if language != "text" for line in block.splitlines()]
    lines += [line for line in FENCE.sub("", text).splitlines() if line.startswith("    ")]
    for line in (*lines, *INLINE.findall(prose(page))):
        if match := PROGRAM.match(line.strip()):
            yield line.strip()[match.end() :]


def program_parser() -> argparse.ArgumentParser:
    """Return the parser of the program with all its commands."""
    parser = argparse.ArgumentParser(prog="smart_cell")
    subparsers = parser.add_subparsers(required=True)
    for name in cli.COMMANDS:
        importlib.import_module(f"smart_cell.commands.{name}").add_parser(subparsers)
    return parser


def parses(line: str) -> bool:
    """Return whether the program takes a command line; a command that is only named must exist."""
    words = shlex.split(line, comments=True)
    parser = program_parser()
    try:
        parser.parse_args([*words, "--help"] if len(words) == 1 else words)
    except SystemExit as end:
        return end.code == 0
    return True


@pytest.fixture(scope="module")
def written_pages() -> dict[str, str]:
    """Return the pages as they are written from the code now."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))
    return {name: page() for name, page in tool["PAGES"].items()}


@pytest.mark.parametrize("name", ["alarms.md", "cli.md", "interfaces.md", "packml.md"])
def test_reference_page_is_current(name: str, written_pages: dict[str, str]) -> None:
    found = (REFERENCE / name).read_text(encoding="utf-8")
    assert found == written_pages[name], "run: tools/run python tools/make_reference.py"


@pytest.mark.parametrize("page", pages(), ids=named)
def test_relative_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=named)
def test_command_lines_parse(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [line for line in command_lines(page) if not parses(line)] == [], capsys.readouterr().err


@pytest.mark.parametrize("page", [p for p in pages() if "```python" in p.read_text(encoding="utf-8")], ids=named)
def test_python_of_a_page_runs(page: Path) -> None:
    blocks = [block for language, block in FENCE.findall(page.read_text(encoding="utf-8")) if language == "python"]
    exec(compile("\n".join(blocks), named(page), "exec"), {})


def test_command_lines_are_found_and_wrong_ones_noticed() -> None:
    assert len(list(command_lines(ROOT / "README.md"))) >= 10
    assert not parses("run cell.yaml --order")
    assert not parses("no-such-command")


def test_every_alarm_state_and_command_is_explained() -> None:
    alarms = (REFERENCE / "alarms.md").read_text(encoding="utf-8")
    packml = (REFERENCE / "packml.md").read_text(encoding="utf-8")
    assert [code for code in CATALOGUE if f"| `{code}` |" not in alarms] == []
    assert [state for state in State if state and f"| {state.value} | {state.title} |" not in packml] == []
    assert [command for command in Command if command and f"| {command.value} | {command.title} |" not in packml] == []


def test_every_interface_is_explained() -> None:
    text = (REFERENCE / "interfaces.md").read_text(encoding="utf-8")
    files = [path for kind in ("msg", "srv", "action") for path in (ROOT / "smart_cell_msgs" / kind).iterdir()]
    assert len(files) > 20
    assert [path.name for path in files if f"### {path.stem}\n" not in text] == []


def test_every_name_of_the_graph_is_explained() -> None:
    text = (REFERENCE / "interfaces.md").read_text(encoding="utf-8")
    nodes = {names.SUPERVISOR, names.SAFETY, names.SCENE, names.ARM_CONTROLLER, names.ROBOT_NODE}
    topics = [value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)]
    topics = [f"| `{name}` |" for name in topics if name not in nodes]
    for _, function in inspect.getmembers(names, inspect.isfunction):
        name = function("<device>")
        if isinstance(name, str):
            topics.append(name.removeprefix("<device>"))
    assert len(topics) > 15
    assert [topic for topic in topics if topic not in text] == []


def test_every_command_of_the_program_is_explained() -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert [name for name in cli.COMMANDS if f"## smart_cell {name}\n" not in text] == []


def test_limits_in_the_text_are_those_of_the_code() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    safety = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    assert f"the safety node says SAFE and was heard within {permission.SAFETY_LIMIT:g} s" in architecture
    assert f"the counter of its work loop were heard within {permission.MASTER_LIMIT:g} s" in architecture
    assert f"Loss is noticed within {SILENCE_LIMIT:g} s" in architecture
    assert f"silence of more than {permission.SAFETY_LIMIT:g} s" in safety
    assert f"may differ for {DISCREPANCY_TIME:g} s" in safety


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("[0-9]*.md"))
    assert [page.name for page in decisions if f"({page.name})" not in listed] == []
    for page in decisions:
        headings = HEADING.findall(prose(page))
        assert headings[1:] == ["Context", "Decision", "Consequences"]
        assert "**Status:**" in page.read_text(encoding="utf-8")
