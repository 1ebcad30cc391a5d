# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The plain log of `smart_cell run --headless`: one line for each thing that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smart_cell.nodes.views import AlarmView, CellView


class ChangeLog:
    """Remembers what was told and says what is new."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._cell: CellView | None = None
        self._alarms: dict[int, AlarmView] = {}

    def tell(self, cell: CellView | None, alarms: Sequence[AlarmView]) -> list[str]:
        """Return a line for each change since the last call.

        Args:
            cell: Newest state of the cell.
            alarms: That are active or not acknowledged.
        """
        lines: list[str] = []
        if cell is not None:
            lines += self._cell_changes(cell)
            self._cell = cell
        lines += self._alarm_changes({alarm.id: alarm for alarm in alarms})
        self._alarms = {alarm.id: alarm for alarm in alarms}
        return lines

    def _alarm_changes(self, alarms: Mapping[int, AlarmView]) -> Iterator[str]:
        for number, alarm in alarms.items():
            if alarm.active and number not in self._alarms:
                yield f"ALARM {alarm.code} {alarm.source}: {alarm.cause}"
                yield f"      {alarm.response}"
        for number, alarm in self._alarms.items():
            if alarm.active and (number not in alarms or not alarms[number].active):
                yield f"alarm {alarm.code} {alarm.source}: the cause is gone"

    def _cell_changes(self, cell: CellView) -> Iterator[str]:
        old = self._cell
        if old is None or cell.state is not old.state:
            waiting = f", waiting for {cell.waiting_for}" if cell.waiting_for else ""
            yield f"cell is {cell.state.title}{waiting}"
        elif cell.waiting_for and cell.waiting_for != old.waiting_for:
            yield f"waiting for {cell.waiting_for}"
        if cell.body and (old is None or cell.body != old.body):
            yield f"body {cell.body} ({cell.variant}) for order {cell.order}"
        if old is not None and cell.bodies_done > old.bodies_done:
            last = f", cycle {cell.cycle_times[-1]:.1f} s" if cell.cycle_times else ""
            yield f"{cell.bodies_done} of {cell.bodies_ordered} bodies done, {cell.welds_ok} welds OK{last}"
