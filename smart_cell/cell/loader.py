# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Loads a cell file and its weld lists: all of it good, or an error that holds everything wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from smart_cell.cell.arms import ArmChecker
from smart_cell.cell.build import BUILT_SECTIONS, build_section, build_shapes
from smart_cell.cell.document import Document, read_document
from smart_cell.cell.files import (
    MAX_ARM_FILE,
    MAX_CELL_FILE,
    MAX_WELD_LIST,
    FileRefusedError,
    confined,
    decode,
    is_arm_file,
    read_bytes,
)
from smart_cell.cell.limits import Sections, limit_findings, spot_limit
from smart_cell.cell.model import Cell, Robot, Variant
from smart_cell.cell.references import reference_findings, section
from smart_cell.cell.schema_check import Finding, schema_findings
from smart_cell.cell.weld_list import MAX_PROBLEMS, WeldList, parse_weld_list
from smart_cell.cell.wording import KeyPath, path_text, shown
from smart_cell.core.errors import ConfigError, Problem


def load_cell(path: Path, models: Collection[str] | None = None, check_arm: ArmChecker | None = None) -> Cell:
    """Return the cell that a file and the files it names describe, checked and in SI units.

    Nothing is half applied: the first bad value makes the whole file unusable, and all bad values are reported.

    Args:
        path: The cell file.
        models: The arm models there are; None leaves the robots' models unchecked.
        check_arm: Checks the arms; None leaves unchecked whether a file has an arm that can be used, and leaves what
            such a file includes out of the digest. `smart_cell.motion.urdf.cell_arms` has the checker.

    Raises:
        ConfigError: The file, a weld list or the file of an arm is missing, unreadable or wrong; it holds every
            problem of all of them.
    """
    return _Loading(path, models, check_arm).run()


@dataclass(slots=True)
class _Loading:
    """One run of the loader: collects problems from step to step."""

    path: Path
    models: Collection[str] | None
    check_arm: ArmChecker | None
    problems: list[Problem] = field(default_factory=list)
    faulty: set[KeyPath] = field(default_factory=set)
    """Section and name of each entry that the schema does not allow, so that it cannot be built."""
    contents: list[bytes] = field(default_factory=list)
    """All bytes read, in order."""

    def run(self) -> Cell:
        """Return the cell."""
        document = self._read_cell_file()
        if document is None:
            raise self._error()
        self.faulty.update(self._collect(document, schema_findings(document)))
        self._collect(document, reference_findings(document.data, self.models))
        sections = self._build(document)
        sections = {**sections, "robots": MappingProxyType(dict(self._robots(document, sections["robots"])))}
        self._collect(document, limit_findings(sections))
        variants = dict(self._variants(document, sections))
        if self.problems:
            raise self._error()
        return Cell(
            name=document.data["cell"],
            takt=float(document.data["takt"]),
            **sections,
            variants=MappingProxyType(variants),
            source=self.path.resolve(),
            digest=hashlib.sha256(b"".join(self.contents)).hexdigest(),
        )

    def _read_cell_file(self) -> Document | None:
        file = str(self.path)
        try:
            content = read_bytes(self.path, MAX_CELL_FILE)
            self.contents.append(content)
            text = decode(content)
        except FileRefusedError as error:
            self._keep([Problem(file, 0, "", "", str(error), error.allowed)])
            return None
        document, problems = read_document(text, file)
        self._keep(problems)
        if document is not None:
            self.faulty.update(path[:2] for path in document.refused)
        return document

    def _error(self) -> ConfigError:
        # Two variants may name one weld list, whose problems count once.
        return ConfigError(dict.fromkeys(self.problems))

    def _collect(self, document: Document, findings: Iterable[Finding]) -> set[KeyPath]:
        """Keep findings as problems of the cell file; return the entries they are about."""
        entries = set()
        for path, value, message, allowed in findings:
            entries.add(path[:2])
            line = document.line(path)
            self._keep([Problem(str(self.path), line, path_text(path), value[:100], message, allowed)])
        return entries

    def _keep(self, problems: Iterable[Problem]) -> None:
        """Keep problems; give up when there are too many, as the rest of a file that is none at all tells nobody more.

        What follows can rely on it: data that is built has been checked to its end.
        """
        for problem in problems:
            self.problems.append(problem)
            if len(self.problems) == MAX_PROBLEMS:
                note = f"{MAX_PROBLEMS} errors found, the rest was not checked"
                self.problems.append(Problem(str(self.path), 0, "", "", note))
                raise self._error()

    def _build(self, document: Document) -> Sections:
        """Return all objects that can be built."""
        sections = {}
        for name in BUILT_SECTIONS:
            skip = {path[1] for path in self.faulty if len(path) == 2 and path[0] == name}
            sections[name] = build_section(name, section(document.data, name), skip)
        if any(path[:1] in (("robots",), ("guns",), ("timers",)) for path in self.faulty):
            # What the others can do would be blamed for the one that is missing.
            sections.update(robots={}, guns={}, timers={})
        return sections

    def _robots(self, document: Document, robots: Mapping[str, Robot]) -> Iterator[tuple[str, Robot]]:
        """Yield the robots, those whose arm is in a file with its path."""
        for name, robot in robots.items():
            typed = robot.model
            if is_arm_file(typed):
                robot = self._read_arm_file(document, robot)
            elif robot.base_link is not None or robot.tip_link is not None:
                key = "tip_link" if robot.base_link is None else "base_link"
                message = f"{shown(typed)} is no file whose links could be named"
                self._collect(document, [(("robots", name, key), "", message, "only for an arm from a file")])
            known = robot.model != typed if is_arm_file(typed) else self.models is None or typed in self.models
            if known and self.check_arm is not None:
                check = self.check_arm(robot)
                self.contents += check.contents
                shown_as = str(self.path.parent / typed)
                self._collect(document, [(("robots", name, *path), v, m, a) for path, v, m, a in check.findings])
                self._keep(replace(p, file=shown_as) if p.file == robot.model else p for p in check.problems)
            yield name, robot

    def _read_arm_file(self, document: Document, robot: Robot) -> Robot:
        """Return a robot with the absolute path of its arm's file; with what the cell file says if that cannot be."""
        try:
            path = confined(self.path.resolve().parent, robot.model)
            self.contents.append(read_bytes(path, MAX_ARM_FILE))
            return replace(robot, model=str(path))
        except FileRefusedError as error:
            message = f"{shown(robot.model)} {error}"
            self._collect(document, [(("robots", robot.name, "model"), robot.model, message, error.allowed)])
            return robot

    def _variants(self, document: Document, sections: Sections) -> Iterator[tuple[str, Variant]]:
        """Yield the variants whose weld lists could be read."""
        # Without the section, every spot would be wrong for the same reason.
        names = {key: section(document.data, key) or None for key in ("schedules", "robots")}
        for name, entry in section(document.data, "variants").items():
            if ("variants", name) in self.faulty:
                continue
            file = str(self.path.parent / entry["spots"])
            text = self._read_weld_list(document, name, entry["spots"])
            if text is None:
                continue
            weld_list, problems = parse_weld_list(text, file, **names)
            self._keep(problems)
            self._keep(_beyond_limits(weld_list, sections, file))
            yield name, Variant(name, weld_list.spots, build_shapes(entry.get("body", {})))

    def _read_weld_list(self, document: Document, variant: str, name: str) -> str | None:
        path: KeyPath = ("variants", variant, "spots")
        try:
            content = read_bytes(confined(self.path.resolve().parent, name), MAX_WELD_LIST)
            self.contents.append(content)
            return decode(content)
        except FileRefusedError as error:
            self._collect(document, [(path, name, f"{shown(name)} {error}", error.allowed)])
            return None


def _beyond_limits(weld_list: WeldList, sections: Sections, file: str) -> Iterator[Problem]:
    for spot in weld_list.spots:
        reason = spot_limit(spot, sections)
        if reason is not None:
            column = "schedule" if spot.robot is None else "robot"
            value = spot.schedule if spot.robot is None else spot.robot
            yield Problem(file, weld_list.lines[spot.name], column, value, reason, "a schedule within the gun's limits")
