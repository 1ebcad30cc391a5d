# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a cell as children of `smart_cell run`: started, watched, started again, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from smart_cell.commands.respawn import MOST_STARTS, WINDOW, RespawnPolicy
from smart_cell.nodes.bringup import PROCESS_MODULE, ProcessSpec

_POLL: Final = 0.02


@dataclass(frozen=True, slots=True)
class ChildDeath:
    """A child ended although nobody told it to."""

    process: str
    cause: str
    """In words: the signal or the exit code."""
    restart_at: float | None
    """When it will be started again [s, steady clock]; None: it died too often."""
    log: Path
    """Where its last words are."""
    required: bool
    """The cell does not work without it."""


@dataclass(slots=True)
class _Child:
    spec: ProcessSpec
    policy: RespawnPolicy = field(default_factory=RespawnPolicy)
    popen: subprocess.Popen[bytes] | None = None
    restart_at: float | None = None


class Children:
    """All processes of one run.

    Each is a session of its own, so that Ctrl-C reaches only the parent, which then ends them in order; and each
    holds the end of a pipe as standard input, so that it ends by itself when the parent is gone for whatever reason.
    """

    def __init__(self, specs: Iterable[ProcessSpec], environ: Mapping[str, str], logs: Path) -> None:
        """Prepare; nothing is started yet.

        Args:
            specs: The processes, in the order of their starts.
            environ: Their environment, whole.
            logs: Folder for one log file each.
        """
        self._children = {spec.name: _Child(spec) for spec in specs}
        self._environ = dict(environ)
        self._logs = logs
        self.pids: set[int] = set()
        """Of all processes that were ever started here."""
        self.respawns: dict[str, int] = {}
        """How often each process was started again."""

    def log_of(self, process: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{process}.log"

    def start(self, *processes: str) -> None:
        """Start the named processes.

        Raises:
            OSError: A process or its log file cannot be created.
        """
        for process in processes:
            self._start(self._children[process])

    def watch(self, steady: float) -> tuple[ChildDeath, ...]:
        """Note deaths, start again what is due, and return the deaths since the last call.

        Args:
            steady: The steady clock [s].
        """
        deaths = []
        for child in self._children.values():
            if child.popen is not None and child.popen.poll() is not None:
                deaths.append(self._note_death(child, steady))
            elif child.restart_at is not None and steady >= child.restart_at:
                child.restart_at = None
                self.respawns[child.spec.name] = self.respawns.get(child.spec.name, 0) + 1
                self._start(child)
        return tuple(deaths)

    def running(self) -> tuple[str, ...]:
        """Return the processes that run."""
        return tuple(name for name, child in self._children.items() if _is_running(child))

    def terminate(self, processes: Iterable[str], deadline: float) -> tuple[str, ...]:
        """End processes in order.

        Args:
            processes: Their names.
            deadline: Reading of the steady clock [s] by which they have to be gone.

        Returns:
            Those that were not, and were killed.
        """
        children = [self._children[name] for name in processes if _is_running(self._children[name])]
        for child in children:
            _send(child, signal.SIGTERM)
        while any(_is_running(child) for child in children) and time.monotonic() < deadline:
            time.sleep(_POLL)
        late = [child for child in children if _is_running(child)]
        for child in late:
            # one that hangs in SIGSTOP needs SIGKILL too
            _send(child, signal.SIGKILL)
        for child in children:
            child.restart_at = None
            if child.popen is not None:
                child.popen.wait()
        return tuple(child.spec.name for child in late)

    def _start(self, child: _Child) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log_of(child.spec.name).open("ab") as log:
            child.popen = self._popen(child.spec, log)
        self.pids.add(child.popen.pid)

    def _popen(self, spec: ProcessSpec, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", PROCESS_MODULE, *spec.arguments],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _note_death(self, child: _Child, steady: float) -> ChildDeath:
        popen, child.popen = child.popen, None
        assert popen is not None
        if popen.stdin is not None:
            popen.stdin.close()
        code = popen.returncode
        cause = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        child.restart_at = child.policy.note_death(steady)
        if child.restart_at is None:
            cause += f", for the {MOST_STARTS + 1}th time in {WINDOW:g} s"
        return ChildDeath(child.spec.name, cause, child.restart_at, self.log_of(child.spec.name), child.spec.required)


def tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log file; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(os.path.getsize(log) - 4096, 0))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _is_running(child: _Child) -> bool:
    return child.popen is not None and child.popen.poll() is None


def _send(child: _Child, number: signal.Signals) -> None:
    if child.popen is not None:
        child.popen.send_signal(number)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
