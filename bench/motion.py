#!/usr/bin/env python3
# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How fast kinematics, planning and clearance are, beside the libraries that do the same, in one run.

    make bench                                      everything, about a minute
    make bench ARGS="--only inverse --json out.json"

Each figure is the best of several rounds, in which this project and its peers take turns, so that they share whatever
else the machine does. Ratios above 1 say how many times longer the peer takes. Exit code 1: a goal was missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import motion_cases
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

ROUNDS = 7
ROUND_TIME = 0.03
"""Least time of one measurement [s]."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured for one case; times per item [us]."""

    name: str
    ours_us: float
    peers_us: Mapping[str, float] = field(default_factory=dict)
    goal_us: float | None = None
    goal_ratio: float | None = None

    @property
    def is_held(self) -> bool:
        """Whether the goals of the design are held."""
        in_time = self.goal_us is None or self.ours_us <= self.goal_us
        nearest = min(self.peers_us.values(), default=float("inf"))
        return in_time and (self.goal_ratio is None or nearest >= self.goal_ratio * self.ours_us)


def main() -> int:
    """Measure, print, and tell by the exit code whether the goals were held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases whose name holds this text")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds per case (default {ROUNDS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: must be at least 1")
    cases = [case for case in motion_cases.CASES if options.only in case.name]
    if not cases:
        names = ", ".join(case.name for case in motion_cases.CASES)
        parser.error(f"--only {options.only!r}: no such case; there are: {names}")
    console = Console(width=None if sys.stdout.isatty() else 120)
    results = [measure(case, options.rounds) for case in track(cases, "measuring ...", console=console, transient=True)]
    console.print(table(results))
    if motion_cases.MISSING:
        console.print(f"not installed, so not compared: {', '.join(motion_cases.MISSING)} (`make peers` installs them)")
    if options.json is not None:
        options.json.write_text(json.dumps([as_json(result) for result in results], indent=2) + "\n", encoding="utf-8")
    return 0 if all(result.is_held for result in results) else 1


def measure(case: motion_cases.Case, rounds: int) -> Result:
    """Time a case and its peers in turns."""
    contestants: dict[str, tuple[Callable[[], Any], int]] = {"": (case.prepare(), case.items)}
    for peer, (prepare, items) in case.peers.items():
        contestants[peer] = (prepare(), items)
    best = {name: float("inf") for name in contestants}
    repeats = {name: _repeats(run) for name, (run, _) in contestants.items()}
    for _ in range(rounds):
        for name, (run, items) in contestants.items():
            best[name] = min(best[name], _time(run, repeats[name]) / items * 1e6)
    ours = best.pop("")
    return Result(case.name, ours, best, case.goal_us, case.goal_ratio)


def _repeats(run: Callable[[], Any]) -> int:
    """Return how many calls take about `ROUND_TIME`; this is the warm-up too."""
    run()
    return max(1, round(ROUND_TIME / max(_time(run, 1), 1e-9)))


def _time(run: Callable[[], Any], repeats: int) -> float:
    """Return the time of one call [s]."""
    gc.disable()  # as timeit does: what a collection costs depends on what else the process holds
    try:
        start = time.perf_counter()
        for _ in range(repeats):
            run()
        return (time.perf_counter() - start) / repeats
    finally:
        gc.enable()


def table(results: list[Result]) -> Table:
    """Return the results as a table for people."""
    drawn = Table(title="Time per item, best of all rounds", title_justify="left")
    drawn.add_column("what")
    drawn.add_column(escape("smart_cell [us]"), justify="right")
    drawn.add_column(escape("goal [us]"), justify="right")
    drawn.add_column("peer")
    drawn.add_column(escape("peer [us]"), justify="right")
    drawn.add_column("peer / smart_cell", justify="right")
    for result in results:
        for number, (peer, peer_us, ratio) in enumerate(_peer_rows(result)):
            colour = "green" if result.is_held else "red"
            ours = (f"[{colour}]{_digits(result.ours_us)}[/]", _goal(result)) if number == 0 else ("", "")
            drawn.add_row(result.name if number == 0 else "", *ours, peer, peer_us, ratio)
    return drawn


def _peer_rows(result: Result) -> Iterator[tuple[str, str, str]]:
    if not result.peers_us:
        yield ("", "", "")
    for peer, time_us in result.peers_us.items():
        yield (peer, _digits(time_us), f"{_digits(time_us / result.ours_us)}")


def _goal(result: Result) -> str:
    goals = [_digits(result.goal_us)] if result.goal_us is not None else []
    goals += [f"{result.goal_ratio:g} x"] if result.goal_ratio is not None else []
    return ", ".join(goals)


def _digits(value: float) -> str:
    """Return three digits that count.

    Example:
        >>> _digits(3.14159), _digits(31415.9)
        ('3.14', '31416')
    """
    return f"{value:.0f}" if value >= 100.0 else f"{value:.3g}"


def as_json(result: Result) -> dict[str, Any]:
    """Return a result for machines."""
    return {
        "name": result.name,
        "smart_cell_us": result.ours_us,
        "peers_us": dict(result.peers_us),
        "goal_us": result.goal_us,
        "goal_ratio": result.goal_ratio,
        "is_held": result.is_held,
    }


if __name__ == "__main__":
    sys.exit(main())
