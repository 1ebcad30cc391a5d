# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a YAML text into plain data and remembers the line of every key and item.

The subset is smaller than YAML and means the same to every YAML tool: mappings, lists, numbers and text. Tags, anchors,
aliases, merge keys, several documents, duplicate keys, and plain words and numbers that YAML 1.1 and 1.2 read
differently are refused. Events of the YAML parser are used instead of its composer, since they need no recursion
(nesting cannot exhaust the stack) and allow going on after an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from smart_cell.cell.scalar import ScalarError, resolve
from smart_cell.cell.wording import KeyPath, path_text, shown
from smart_cell.core.errors import Problem

MAX_DEPTH: Final = 12
MAX_VALUES: Final = 50_000

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_PRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a YAML text, with the places where it stands."""

    data: Any
    """Nested dict, list, str, int, float, bool and None."""
    lines: Mapping[KeyPath, int]
    """Line of each key or list item, counted from 1."""
    refused: frozenset[KeyPath]
    """Where something was refused while reading: what else is found wrong exactly there is a consequence."""

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest key around it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """Return the data of a YAML text and everything that is wrong with it as YAML.

    Args:
        text: What the file holds.
        file: How problems name the file.

    Returns:
        The document, None if the text breaks off at a syntax error, and the problems found.
    """
    builder = _Builder(file)
    unprintable = _NOT_PRINTABLE.search(text.removeprefix("\ufeff"))
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        return None, [
            Problem(
                file,
                line,
                "",
                shown(unprintable[0]),
                f"{unprintable[0]!a} is a control character",
                "printable text in UTF-8",
            )
        ]
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _TooMuchError as error:
        builder.report(error.line, error.path, "", error.message, error.allowed)
        return None, builder.problems
    except yaml.YAMLError as error:
        builder.problems.append(_syntax_problem(error, file))
        return None, builder.problems
    return Document(builder.root, builder.lines, frozenset(builder.refused)), builder.problems


def _syntax_problem(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = [part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
    return Problem(
        file,
        mark.line + 1 if mark else 1,
        "",
        "",
        f"not YAML: {', '.join(said) or type(error).__name__}",
        "'key: value' lines, indented with spaces, with every bracket and quote closed",
    )


class _TooMuchError(Exception):
    """The text is deeper or larger than any cell file."""

    def __init__(self, line: int, path: KeyPath, message: str, allowed: str) -> None:
        super().__init__(message)
        self.line, self.path, self.message, self.allowed = line, path, message, allowed


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    path: KeyPath
    container: Any
    line: int
    dropped: bool = False
    """It is a key, a duplicate or under one: read on for its errors, but remember no lines."""
    is_key: bool = False
    key: str | None = None
    key_line: int = 0
    has_key: bool = False
    drop_value: bool = False


@dataclass(slots=True)
class _Builder:
    """Turns parser events into data; `take` is called with one event after another."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    refused: set[KeyPath] = field(default_factory=set)
    root: Any = None
    _stack: list[_Frame] = field(default_factory=list)
    _documents: int = 0
    _values: int = 0

    def report(self, line: int, path: KeyPath, value: str, message: str, allowed: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, line, path_text(path), value[:100], message, allowed))

    def take(self, event: yaml.Event) -> None:
        """Add one event to the data."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents == 2:
                self.report(_line(event), (), "---", "a second document starts here", "one per file")
            return
        if self._documents > 1 or not isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            return
        if isinstance(event, yaml.CollectionEndEvent):
            self._close()
            return
        line = _line(event)
        is_key = bool(self._stack) and isinstance(self._stack[-1].container, dict) and not self._stack[-1].has_key
        path = self._path(is_key)
        self._values += 1
        if self._values > MAX_VALUES:
            raise _TooMuchError(line, path, "the file goes on too long", f"at most {MAX_VALUES} values")
        usable = self._check_node(event, line, path)
        if isinstance(event, yaml.ScalarEvent):
            if is_key:
                self._take_key(event, line, usable)
            else:
                self._place(self._value(event, line, path) if usable else None, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event, line, path, is_key)
        elif is_key:
            self._take_key(None, line, False)
        else:
            self._place(None, line)

    def _path(self, is_key: bool) -> KeyPath:
        """Return where the next node belongs; a key is reported at the mapping it is in."""
        if not self._stack:
            return ()
        top = self._stack[-1]
        if is_key:
            return top.path
        if isinstance(top.container, dict):
            return (*top.path, top.key if top.key is not None else "?")
        return (*top.path, len(top.container))

    def _check_node(self, event: yaml.NodeEvent, line: int, path: KeyPath) -> bool:
        """Report an alias, anchor or tag; tell whether the node's value can be used."""
        if isinstance(event, yaml.AliasEvent):
            self.report(line, path, f"*{event.anchor}", f"'*{event.anchor}' is an alias", "the value itself")
            self.refused.add(path)
            return False
        if event.anchor is not None:
            self.report(line, path, f"&{event.anchor}", f"'&{event.anchor}' is an anchor", "the value without it")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.report(line, path, tag, f"{shown(tag)} is a tag", "the value without a tag")
            self.refused.add(path)
            return False
        return True

    def _open(self, event: yaml.CollectionStartEvent, line: int, path: KeyPath, is_key: bool) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _TooMuchError(line, path, "is nested too deep", f"at most {MAX_DEPTH} levels")
        top = self._stack[-1] if self._stack else None
        container: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        dropped = is_key or (top is not None and (top.dropped or top.drop_value))
        self._stack.append(_Frame(path, container, line, dropped=dropped, is_key=is_key))

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.is_key:
            self._take_key(None, frame.line, True)
        else:
            self._place(frame.container, frame.line)

    def _take_key(self, event: yaml.ScalarEvent | None, line: int, usable: bool) -> None:
        """Start an entry of the open mapping. `event` is None for a key that is not a scalar."""
        top = self._stack[-1]
        top.has_key, top.key_line, top.key, top.drop_value = True, line, None, True
        key: Any = None
        if event is None:
            if usable:
                self.report(line, top.path, "", "a key is a list or a section", "a name")
        elif usable:
            try:
                key = resolve(event.value, is_plain=event.implicit[0])
            except ScalarError as error:
                self.report(
                    line,
                    (*top.path, event.value),
                    event.value,
                    f"the key {shown(event.value)} {error.message}",
                    error.allowed,
                )
            else:
                if event.value == "<<" and event.implicit[0]:
                    self.report(line, top.path, "<<", "'<<' is a merge key", "the keys themselves")
                    key = None
                elif not isinstance(key, str):
                    self.report(
                        line,
                        top.path,
                        event.value,
                        f"the key {shown(key)} is not text",
                        "a name; decimals need a point",
                    )
        if not isinstance(key, str):
            self.refused.add(top.path)
            return
        top.key = key
        path = (*top.path, key)
        if key in top.container:
            message = f"the key is here twice, first in line {self.lines.get(path, line)}"
            self.report(line, path, key, message, "each key once")
            return
        top.drop_value = False
        if not top.dropped:
            self.lines.setdefault(path, line)

    def _value(self, event: yaml.ScalarEvent, line: int, path: KeyPath) -> Any:
        try:
            return resolve(event.value, is_plain=event.implicit[0])
        except ScalarError as error:
            self.report(line, path, event.value, f"{shown(event.value)} {error.message}", error.allowed)
            self.refused.add(path)
            return None

    def _place(self, value: Any, line: int) -> None:
        """Put a finished value where it belongs."""
        if not self._stack:
            self.root = value
            self.lines.setdefault((), line)
            return
        top = self._stack[-1]
        if isinstance(top.container, dict):
            if not top.drop_value:
                top.container[top.key] = value
            top.has_key = False
            return
        if not top.dropped:
            self.lines.setdefault((*top.path, len(top.container)), line)
        top.container.append(value)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 1
