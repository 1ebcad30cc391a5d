# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The plain log of `smart_cell run --headless`: one line for each thing that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smart_cell.nodes.views import AlarmView, CellView


class ChangeLog:
    """Remembers what was told and yields what is new."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._cell: CellView | None = None
        self._alarms: dict[int, AlarmView] = {}

    def tell(self, cell: CellView | None, alarms: Sequence[AlarmView]) -> Iterator[str]:
        """Yield a line for each change since the last call.

        Args:
            cell: Newest state of the cell.
            alarms: That are active or not acknowledged.
        """
        if cell is not None:
            yield from self._cell_changes(cell)
            self._cell = cell
        for alarm in alarms:
            known = self._alarms.get(alarm.id)
            if known is None and alarm.active:
                yield f"ALARM {alarm.code} {alarm.source}: {alarm.cause}"
                yield f"      {alarm.response}"
        for number, alarm in self._alarms.items():
            current = next((other for other in alarms if other.id == number), None)
            if alarm.active and (current is None or not current.active):
                yield f"alarm {alarm.code} {alarm.source}: the cause is gone"
        self._alarms = {alarm.id: alarm for alarm in alarms}

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
