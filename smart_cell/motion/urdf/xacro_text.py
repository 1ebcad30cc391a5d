# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Expands xacro: the library's errors become problems with file and, where it can be told, line.

Xacro evaluates expressions and reads any file that it is told to include: it is for trusted local files.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import xacro

from smart_cell.cell.files import FileRefusedError, read_bytes
from smart_cell.core.errors import Problem
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.safe_xml import MAX_XML, XmlRefusedError, parse_xml

_XACRO: Final = "http://www.ros.org/wiki/xacro"
_DATA: Final = (".yaml", ".yml", ".json")
"""Endings of included files that hold no XML."""
_WORKSPACE: Final = (
    "a package of a ROS 2 workspace that is sourced, or the name of the file relative to the one that includes it"
)

# The library keeps its state in module variables.
_LOCK: Final = threading.Lock()


def expand_file(path: Path) -> tuple[str, dict[Path, bytes]]:
    """Return the XML that a xacro file expands to, and what each file that it includes holds.

    Raises:
        ArmFileError: An included file is missing or refused, a package is not found, or an expression is wrong.
    """
    with _LOCK:
        xacro.all_includes.clear()
        try:
            text = str(xacro.process_file(str(path)).toxml())
        except Exception as error:
            raise ArmFileError([_problem(error, path)]) from error
        names = list(dict.fromkeys(str(name) for name in xacro.all_includes))
    return text, _included(names)


def expand_text(text: str) -> str:
    """Return the XML that a text of our own expands to; file names in it are absolute.

    Raises:
        xacro.XacroException: The text is wrong.
    """
    with _LOCK:
        xacro.init_stacks(None)
        document = xacro.parse(text)
        xacro.process_doc(document)
        return str(document.toprettyxml(indent="  "))


def namespace() -> dict[str, str]:
    """Return the attribute of an XML document in which xacro's tags are used."""
    return {"xmlns:xacro": _XACRO}


def _included(names: list[str]) -> dict[Path, bytes]:
    contents: dict[Path, bytes] = {}
    problems = []
    for path in map(Path, names):
        if not path.is_file():
            continue  # an optional one, since the library has not complained
        try:
            contents[path] = read_bytes(path, MAX_XML)
            if path.suffix.lower() not in _DATA:
                parse_xml(contents[path])
        except FileRefusedError as error:
            problems.append(Problem(str(path), 0, "", "", str(error), error.allowed))
        except XmlRefusedError as error:
            problems.append(Problem(str(path), error.line, "", "", str(error), error.allowed))
    if problems:
        raise ArmFileError(problems)
    return contents


def _problem(error: Exception, path: Path) -> Problem:
    """Return what the library says about a file, in our words."""
    file = _file() or str(path)
    if isinstance(error, expat.ExpatError):
        said = expat.errors.messages.get(error.code, str(error))
        return Problem(file, error.lineno, "", "", f"not well-formed XML: {said}", "XML in UTF-8")
    if isinstance(error, RecursionError):
        return Problem(file, 0, "", "", "xacro: macros or expressions without end", "a macro that ends")
    text = " ".join(str(error).split())
    package = re.search(r"package '([^']+)' not found", text)
    if package or "AMENT_PREFIX_PATH" in text or "ament_index_python" in text:
        call = f"$(find {package[1]})" if package else _first_match(r"\$\(find [^)]*\)", file)
        return Problem(file, _line(file, call), "", call, f"xacro: there is no package for {call}", _WORKSPACE)
    argument = re.search(r"Undefined substitution argument (\S+)", text)
    if argument:
        call = f"$(arg {argument[1]})"
        allowed = f'a file that includes this one and has <xacro:arg name="{argument[1]}" default=...>'
        return Problem(file, _line(file, call), "", call, f"xacro: nothing gives the argument {argument[1]}", allowed)
    wanted = re.search(r"No such file or directory: (\S+)", text)
    if wanted:
        name = Path(wanted[1]).name
        message = f"xacro: {wanted[1]} does not exist"
        return Problem(file, _line(file, name), "", wanted[1], message, "a file to include")
    expression = re.search(r"when evaluating expression '(.*?)'", text)
    unknown = re.search(r"unknown macro name: (\S+)", text)
    culprit = f"${{{expression[1]}}}" if expression else f"<{unknown[1]}" if unknown else ""
    return Problem(file, _line(file, culprit), _macro(), culprit, f"xacro: {text[:300]}", "what xacro accepts")


def _file() -> str | None:
    """Return the file in which the library stopped: that of the innermost macro, else the one being read."""
    macros: list[Any] = xacro.macrostack or []
    files = macros[-1].history[-1] if macros and macros[-1].history else xacro.filestack
    return str(files[-1]) if files and files[-1] else None


def _macro() -> str:
    macros: list[Any] = xacro.macrostack or []
    return f"xacro:macro {macros[-1].body.getAttribute('name')}" if macros else ""


def _line(file: str, text: str) -> int:
    """Return the line of a text that is in a file exactly once, else 0."""
    content = _text(file)
    return content.count("\n", 0, content.index(text)) + 1 if text and content.count(text) == 1 else 0


def _first_match(pattern: str, file: str) -> str:
    match = re.search(pattern, _text(file))
    return match[0] if match else "$(find ...)"


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
