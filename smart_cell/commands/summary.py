# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a run came to: as JSON (docs/reference/summary.schema.json) and as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

SCHEMA: Final = 1
"""Version of the JSON form; grows when keys change their meaning or go."""

WELD_RESULTS: Final = ("ok", "not_ok", "not_welded", "interrupted", "uncertain")


class ExitReason(str, Enum):
    """Why a run ended."""

    DONE = "done"
    """All orders are done."""
    INTERRUPTED = "interrupted"
    """Ctrl-C."""
    TERMINATED = "terminated"
    """SIGTERM."""
    FAILED = "failed"
    """It could not go on; the text says why."""


@dataclass(frozen=True, slots=True)
class VariantCount:
    """Bodies of one variant."""

    ordered: int
    done: int


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """An alarm that came up during the run."""

    code: str
    source: str
    cause: str


@dataclass(frozen=True, slots=True)
class Overhead:
    """What orchestration adds to each spot, as quantiles."""

    samples: int
    p50: float | None
    """[s]; None without samples."""
    p95: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the history checker found in the journals of the state folder."""

    welds: Mapping[str, int]
    """Weld records by result."""
    lost: tuple[str, ...]
    double: tuple[str, ...]
    unexplained: tuple[str, ...]
    error: str = ""
    """Why the journals could not be read; empty if they could."""

    @property
    def is_clean(self) -> bool:
        """Every weld is accounted for."""
        return not (self.error or self.lost or self.double or self.unexplained)


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything about one run."""

    cell: str
    cell_digest: str
    plan_digest: str
    backend: str
    speed: float
    state_dir: str
    exit_reason: ExitReason
    exit_text: str
    variants: Mapping[str, VariantCount]
    findings: Findings
    cycle_times: tuple[float, ...]
    """Of the bodies done, oldest first [s, process time]."""
    forecast: Mapping[str, float]
    """Cycle time of each variant as planned [s]."""
    takt: float
    """[s]"""
    wall_time: float
    """From the start of the command to its end [s]."""
    ready_time: float | None
    """From the start of the command until every node was active [s]; None: never."""
    move_overhead: Overhead
    """From weld result to motion command."""
    weld_overhead: Overhead
    """From arm at rest to weld command."""
    alarms: tuple[RaisedAlarm, ...]
    respawns: Mapping[str, int]
    """How often each process was started again."""


def overhead(samples: Sequence[float]) -> Overhead:
    """Return the quantiles of samples [s].

    Example:
        >>> overhead([0.004, 0.002, 0.003])
        Overhead(samples=3, p50=0.003, p95=0.004, longest=0.004)
    """
    if not samples:
        return Overhead(0, None, None, None)
    ordered = sorted(samples)
    last = len(ordered) - 1
    return Overhead(len(ordered), ordered[round(0.5 * last)], ordered[round(0.95 * last)], ordered[-1])


def as_json(summary: Summary) -> dict[str, Any]:
    """Return the summary as an object for JSON; see docs/reference/summary.schema.json."""
    findings = summary.findings
    known = not findings.error
    return {
        "schema": SCHEMA,
        "cell": summary.cell,
        "cell_digest": summary.cell_digest,
        "plan_digest": summary.plan_digest,
        "backend": summary.backend,
        "speed": summary.speed,
        "state_dir": summary.state_dir,
        "exit_reason": summary.exit_reason.value,
        "exit_text": summary.exit_text,
        "bodies": {
            "ordered": sum(count.ordered for count in summary.variants.values()),
            "done": sum(count.done for count in summary.variants.values()),
            "by_variant": {
                variant: {"ordered": count.ordered, "done": count.done} for variant, count in summary.variants.items()
            },
        },
        "welds": {result: findings.welds.get(result, 0) for result in WELD_RESULTS} if known else None,
        "lost": len(findings.lost) if known else None,
        "double": len(findings.double) if known else None,
        "unexplained": len(findings.unexplained) if known else None,
        "findings": [*findings.lost, *findings.double, *findings.unexplained, *([findings.error] if not known else [])],
        "cycle_times": [round(time, 3) for time in summary.cycle_times],
        "forecast": {variant: round(time, 3) for variant, time in summary.forecast.items()},
        "takt": summary.takt,
        "wall_time": round(summary.wall_time, 3),
        "ready_time": None if summary.ready_time is None else round(summary.ready_time, 3),
        "overhead": {"move": _overhead_json(summary.move_overhead), "weld": _overhead_json(summary.weld_overhead)},
        "alarms": [{"code": alarm.code, "source": alarm.source, "cause": alarm.cause} for alarm in summary.alarms],
        "respawns": dict(summary.respawns),
    }


def as_text(summary: Summary) -> str:
    """Return the summary as lines for people."""
    findings = summary.findings
    rows = [("bodies", _bodies(summary))]
    if findings.error:
        rows.append(("welds", f"unknown: {findings.error}"))
    else:
        counts = [f"{findings.welds.get('ok', 0)} OK"]
        counts += [
            f"{findings.welds[result]} {result.replace('_', ' ')}"
            for result in WELD_RESULTS[1:]
            if findings.welds.get(result)
        ]
        rows.append(("welds", ", ".join(counts)))
        verdict = f"{len(findings.lost)} lost, {len(findings.double)} double, {len(findings.unexplained)} unexplained"
        rows.append(("accounting", verdict))
        rows += [("", text) for text in (*findings.lost, *findings.double, *findings.unexplained)[:20]]
    if summary.cycle_times:
        shown = ", ".join(f"{time:.1f}" for time in summary.cycle_times[-8:])
        planned = ", ".join(f"{variant} {time:.1f}" for variant, time in summary.forecast.items())
        rows.append(("cycle times", f"{shown} s (planned: {planned} s; takt {summary.takt:g} s)"))
    for name, values in (("move overhead", summary.move_overhead), ("weld overhead", summary.weld_overhead)):
        if values.p50 is not None and values.p95 is not None:
            rows.append(
                (name, f"p50 {values.p50 * 1e3:.1f} ms, p95 {values.p95 * 1e3:.1f} ms over {values.samples} spots")
            )
    if summary.alarms:
        rows.append(("alarms", ", ".join(f"{alarm.code} ({alarm.source})" for alarm in summary.alarms[:8])))
    if summary.respawns:
        again = ", ".join(f"{process} {count} x" for process, count in summary.respawns.items())
        rows.append(("started again", again))
    ready = "never ready" if summary.ready_time is None else f"ready after {summary.ready_time:.1f} s"
    rows.append(("time", f"{summary.wall_time:.1f} s at speed {summary.speed:g}, {ready}"))
    rows.append(("state", summary.state_dir))
    rows.append(("ended", f"{summary.exit_reason.value}: {summary.exit_text}"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows)


def _bodies(summary: Summary) -> str:
    each = [f"{variant} {count.done} of {count.ordered}" for variant, count in summary.variants.items()]
    return ", ".join(each) if each else "none ordered"


def _overhead_json(values: Overhead) -> dict[str, Any]:
    return {"samples": values.samples, "p50": values.p50, "p95": values.p95, "max": values.longest}
