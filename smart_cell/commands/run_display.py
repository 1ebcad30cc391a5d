# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where a run shows what happens: a live screen on a terminal, plain lines anywhere else."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Final, Protocol

from rich.console import Console
from rich.live import Live

from smart_cell.commands.run_lines import ChangeLog
from smart_cell.commands.run_table import Screen, render

REFRESH_PERIOD: Final = 0.25
"""Between two pictures of the live screen [s]."""


class Display(Protocol):
    """What a session needs of its display; lines may come from any thread."""

    def banner(self, text: str) -> None:
        """Show what is run, before anything happens."""

    def line(self, text: str) -> None:
        """Show a line that stays."""

    def update(self, screen: Screen) -> None:
        """Show the present state."""

    def summary(self, text: str) -> None:
        """Show what came of it, at the end."""

    def __enter__(self) -> Display:
        """Begin to show states."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state standing."""


def make_display(is_live: bool) -> Display:
    """Return the live screen, or plain lines."""
    return LiveDisplay() if is_live else LineDisplay()


class LineDisplay:
    """Plain lines with the time since the start, for logs and pipes."""

    def __init__(self) -> None:
        """Start counting the time."""
        self._began = time.monotonic()
        self._changes = ChangeLog()

    def banner(self, text: str) -> None:
        """Print what is run."""
        print(text, flush=True)

    def line(self, text: str) -> None:
        """Print one line, with the time."""
        print(f"[{time.monotonic() - self._began:7.1f} s] {text}", flush=True)

    def update(self, screen: Screen) -> None:
        """Print what has changed."""
        for text in self._changes.tell(screen.cell, screen.alarms):
            self.line(text)

    def summary(self, text: str) -> None:
        """Print the summary."""
        print(f"summary\n{text}", flush=True)

    def __enter__(self) -> LineDisplay:
        """Begin; nothing to prepare."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; nothing to clean up."""


class LiveDisplay:
    """A screen that is drawn over itself."""

    def __init__(self) -> None:
        """Prepare; the screen appears with `with`."""
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False)
        self._drawn = 0.0
        self._screen: Screen | None = None
        self._lock = threading.Lock()

    def banner(self, text: str) -> None:
        """Print what is run, above the screen."""
        self._console.print(text, style="dim", markup=False)

    def line(self, text: str) -> None:
        """Print one line above the screen."""
        with self._lock:
            self._live.console.print(text, markup=False)

    def update(self, screen: Screen) -> None:
        """Draw the screen anew, a few times a second."""
        self._screen = screen
        if time.monotonic() - self._drawn >= REFRESH_PERIOD:
            self._draw(screen)

    def summary(self, text: str) -> None:
        """Print the summary below the screen."""
        self._console.print("summary", style="bold")
        self._console.print(text, markup=False)

    def __enter__(self) -> LiveDisplay:
        """Let the screen appear."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state standing."""
        if self._screen is not None:
            self._draw(self._screen)
        self._live.stop()

    def _draw(self, screen: Screen) -> None:
        self._drawn = time.monotonic()
        with self._lock:
            self._live.update(render(screen), refresh=True)
