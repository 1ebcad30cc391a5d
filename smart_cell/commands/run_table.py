# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The live screen of `smart_cell run`. Pure: from values to something that rich can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from smart_cell.nodes.views import AlarmView, CellView
from smart_cell.supervision.packml import State
from smart_cell.supervision.permissives import FULL_SPEED

BAR_WIDTH: Final = 24

_STYLES: Final = {
    State.EXECUTE: "bold green",
    State.ABORTED: "bold red",
    State.ABORTING: "bold red",
    State.HELD: "bold yellow",
    State.HOLDING: "yellow",
    State.SUSPENDED: "yellow",
    State.STOPPED: "bold",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything that the screen shows."""

    title: str
    """Cell, backend, speed."""
    cell: CellView | None
    alarms: Sequence[AlarmView]
    takt: float
    """[s]"""
    forecast: Mapping[str, float]
    """Cycle time of each variant as planned [s]."""
    bodies: tuple[int, int]
    """Done and ordered."""
    elapsed: float
    """Since the start [s]."""
    notice: str
    """What is going on besides, such as the bring-up."""


def render(screen: Screen) -> RenderableType:
    """Return the screen as something that rich can show."""
    parts: list[RenderableType] = [_headline(screen)]
    if screen.cell is not None:
        parts += [_robots(screen.cell), _facts(screen, screen.cell)]
        if screen.bodies[1]:
            parts.append(_order_bar(screen))
    parts += [_alarm(alarm) for alarm in screen.alarms if alarm.active or not alarm.acknowledged]
    if screen.notice:
        parts.append(Text(screen.notice, style="dim"))
    return Group(*parts)


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """Return a progress bar.

    Args:
        share: 0 to 1; what is beyond is cut off.
        width: Number of characters.

    Example:
        >>> bar(0.5, 8)
        '━━━━────'
    """
    full = round(min(max(share, 0.0), 1.0) * width)
    return "━" * full + "─" * (width - full)


def _headline(screen: Screen) -> Text:
    line = Text(screen.title, style="bold")
    if screen.cell is None:
        return line.append("  starting", style="dim")
    line.append("  ")
    line.append(screen.cell.state.title, style=_STYLES.get(screen.cell.state, "cyan"))
    line.append(f"  {screen.cell.mode.title}", style="dim")
    if screen.cell.speed_override != FULL_SPEED:
        line.append(f"  override {screen.cell.speed_override} %", style="bold yellow")
    if screen.cell.waiting_for:
        line.append(f"  waiting for {screen.cell.waiting_for}", style="yellow")
    return line


def _robots(cell: CellView) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for robot in cell.robots:
        share = robot.spots_done / robot.spots_total if robot.spots_total else 0.0
        table.add_row(
            Text(robot.robot, style="bold"),
            Text(bar(share), style="green"),
            Text(f"{robot.spots_done:>3}/{robot.spots_total}"),
            Text(robot.doing or "idle", style="dim"),
        )
    return table


def _facts(screen: Screen, cell: CellView) -> Text:
    body = f"{cell.body} ({cell.variant})  {cell.body_time:.0f} s" if cell.body else "no body"
    line = Text(f"body {body}   welds {cell.welds_ok} OK", style="")
    for count, word in ((cell.welds_not_ok, "not OK"), (cell.welds_uncertain, "uncertain")):
        line.append(f", {count} {word}", style="bold red" if count else "dim")
    if cell.cycle_times:
        last = cell.cycle_times[-1]
        style = "green" if last <= screen.takt else "red"
        line.append("   last cycle ").append(f"{last:.1f} s", style=style).append(f" of {screen.takt:g} s takt")
    elif cell.variant in screen.forecast:
        line.append(f"   planned cycle {screen.forecast[cell.variant]:.1f} s, takt {screen.takt:g} s", style="dim")
    return line


def _order_bar(screen: Screen) -> Text:
    done, ordered = screen.bodies
    within = 0.0
    if screen.cell is not None and screen.cell.body:
        spots = sum(robot.spots_total for robot in screen.cell.robots)
        within = sum(robot.spots_done for robot in screen.cell.robots) / spots if spots else 0.0
    share = min((done + within) / ordered, 1.0) if done < ordered else 1.0
    line = Text("order ")
    line.append(bar(share, 40), style="cyan")
    return line.append(f" {done} of {ordered} bodies   {screen.elapsed:.0f} s")


def _alarm(alarm: AlarmView) -> Text:
    style = "bold red" if alarm.active else "yellow"
    line = Text(f"{'!' if alarm.active else '·'} {alarm.code} {alarm.source}", style=style)
    line.append(f"  {alarm.cause}", style="")
    return line.append(f"\n  {alarm.response}", style="dim") if alarm.active else line
