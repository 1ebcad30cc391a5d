# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The health of a cell for /diagnostics: its processes and nodes, its state, its alarms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from smart_cell.core.liveness import Silence
from smart_cell.nodes.bringup import BringUpPlan, NodeSpec, ProcessSpec
from smart_cell.supervision.packml import Mode, State
from smart_cell_msgs.msg import Alarm, AlarmList, CellState, Heartbeat

PERIOD: Final = 1.0
"""Time between two reports [s, steady clock]."""
SILENCE_LIMIT: Final = 1.5
"""Silence after which a process is reported as lost [s, steady clock]. The supervisor judges sooner, and by itself."""

_OK, _WARN = DiagnosticStatus.OK, DiagnosticStatus.WARN
_ERROR, _STALE = DiagnosticStatus.ERROR, DiagnosticStatus.STALE

_ERROR_STATES: Final = frozenset({State.ABORTING, State.ABORTED})
_WARN_STATES: Final = frozenset({State.UNDEFINED, State.HOLDING, State.HELD, State.STOPPING, State.CLEARING})


class HealthBoard:
    """Collects what is heard of the cell and reports on it.

    Names are paths, `<cell>/process/<process>`, `<cell>/node/<node>`, `<cell>/state` and `<cell>/alarms`, so that
    diagnostic_aggregator and its viewers make a tree of them.
    """

    def __init__(self, plan: BringUpPlan) -> None:
        """Expect what the plan names; nothing has been heard yet.

        Args:
            plan: Processes and nodes of the cell.
        """
        self._plan = plan
        self._silences = {process.name: Silence(longest_tick=1.5 * PERIOD) for process in plan.processes}
        self._beats: dict[str, Heartbeat] = {}
        self._counters: dict[tuple[str, int], int] = {}
        self._cell: CellState | None = None
        self._alarms: AlarmList | None = None

    def hear_beat(self, message: Heartbeat) -> None:
        """Take note of a sign of life."""
        if message.process in self._silences:
            self._silences[message.process].heard()
            self._beats[message.process] = message

    def hear_cell(self, message: CellState) -> None:
        """Take note of the state of the cell."""
        self._cell = message

    def hear_alarms(self, message: AlarmList) -> None:
        """Take note of the alarms."""
        self._alarms = message

    def report(self, steady: float) -> list[DiagnosticStatus]:
        """Return one status for each process, each node, the cell and its alarms.

        Args:
            steady: The steady clock [s].
        """
        statuses = [self._state(), self._alarm_summary()]
        for process in self._plan.processes:
            silence = self._silences[process.name].tick(steady)
            statuses.append(self._process(process, silence))
            statuses += [self._node(process, node, silence) for node in process.nodes]
        self._counters = {
            (node, beat.epoch): counter
            for beat in self._beats.values()
            for node, counter in zip(beat.nodes, beat.counters, strict=True)
        }
        return statuses

    # ------------------------------------------------------------------------------------------ processes and nodes

    def _process(self, process: ProcessSpec, silence: float) -> DiagnosticStatus:
        beat = self._beats.get(process.name)
        name = f"process/{process.name}"
        if beat is None:
            return self._status(name, _STALE, "never heard")
        values = (("pid", beat.pid), ("host", beat.host), ("epoch [ns]", beat.epoch), ("required", process.required))
        if silence > SILENCE_LIMIT:
            level = _ERROR if process.required else _WARN
            return self._status(name, level, f"silent for {silence:.1f} s", values, beat.host)
        return self._status(name, _OK, "alive", values, beat.host)

    def _node(self, process: ProcessSpec, node: NodeSpec, silence: float) -> DiagnosticStatus:
        beat = self._beats.get(process.name)
        name = f"node/{node.name}"
        values = (("process", process.name), ("kind", node.kind.value), ("required", node.required))
        if beat is None or node.name not in beat.nodes:
            return self._status(name, _STALE, "never heard", values)
        place = list(beat.nodes).index(node.name)
        bad = _ERROR if node.required else _WARN
        before = self._counters.get((node.name, beat.epoch))
        if silence > SILENCE_LIMIT:
            level, text = bad, f"its process is silent for {silence:.1f} s"
        elif not beat.active[place]:
            level, text = _WARN, "not active"
        elif before == beat.counters[place]:
            level, text = bad, "its work loop stands still"
        else:
            level, text = _OK, "active"
        return self._status(name, level, text, values, beat.host)

    # ------------------------------------------------------------------------------------------ cell

    def _state(self) -> DiagnosticStatus:
        cell = self._cell
        if cell is None:
            return self._status("state", _STALE, "the supervisor was never heard")
        state = State(cell.state)
        level = _ERROR if state in _ERROR_STATES else _WARN if state in _WARN_STATES else _OK
        values = (
            ("mode", Mode(cell.mode).name.lower()),
            ("backend", cell.backend),
            ("order", cell.order),
            ("variant", cell.variant),
            ("body", cell.body),
            ("waiting for", cell.waiting_for),
            ("motion enabled", cell.motion_enabled),
            ("weld enabled", cell.weld_enabled),
            ("bodies done", cell.bodies_done),
            ("welds ok", cell.welds_ok),
            ("welds not ok", cell.welds_not_ok),
            ("welds uncertain", cell.welds_uncertain),
        )
        return self._status("state", level, state.title, values)

    def _alarm_summary(self) -> DiagnosticStatus:
        if self._alarms is None:
            return self._status("alarms", _STALE, "the supervisor was never heard")
        active = [alarm for alarm in self._alarms.alarms if alarm.active and not alarm.shelved]
        if not active:
            return self._status("alarms", _OK, "none active")
        level = _ERROR if any(alarm.priority >= Alarm.PRIORITY_HIGH for alarm in active) else _WARN
        values = [(f"{alarm.code} {alarm.source}", alarm.cause) for alarm in active]
        return self._status("alarms", level, f"{len(active)} active: {active[0].cause}", values)

    def _status(
        self, name: str, level: bytes, text: str, values: Iterable[tuple[str, Any]] = (), host: str = ""
    ) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=level,
            name=f"{self._plan.cell}/{name}",
            message=text,
            hardware_id=host or self._plan.cell,
            values=[KeyValue(key=key, value=str(value)) for key, value in values],
        )
