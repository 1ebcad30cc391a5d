# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The programs of a cell as the planner makes them and the robots run them, and their JSON form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from smart_cell.core.errors import SmartCellError
from smart_cell.core.geometry import Pose

FORMAT = 1
"""Version of the JSON form; grows when its keys change."""


class PlanFormatError(SmartCellError):
    """A text is not a plan, or not one of this version."""


@dataclass(frozen=True, slots=True)
class ProgramSpot:
    """One spot of a program: where the gun has to be, how the arm gets there, and what the timer does."""

    spot: str
    """Name in the weld list."""
    pose: Pose
    """The gun's TCP in the part frame; +z from the fixed to the moving tip."""
    status: int
    """KUKA Status (S) of the arm there."""
    turn: int
    """KUKA Turn (T) of the arm there."""
    approach: tuple[Pose, ...]
    """TCP poses in the part frame to pass on the way, in order; empty for a direct move."""
    zones: tuple[str, ...]
    """Zones to hold before the move to this spot starts; at most one."""
    schedule: str
    thickness: float
    """Of the whole stack [m]."""


@dataclass(frozen=True, slots=True)
class Program:
    """What one robot does on one body of a variant: its spots in order, then home."""

    robot: str
    variant: str
    spots: tuple[ProgramSpot, ...]
    forecast: float
    """Moves and welds from home to home, without waits for zones [s]."""


@dataclass(frozen=True, slots=True)
class CycleForecast:
    """How long one body of a variant occupies the cell."""

    handling: float
    """Body in, clamps closed, clamps open again; the finished body leaves while the next comes [s]."""
    welding: float
    """From the start of the programs until the last robot is home, waits for zones included [s]."""
    waits: Mapping[str, float]
    """How long each robot waits for zones [s]."""

    @property
    def total(self) -> float:
        """Time from one body to the next [s]."""
        return self.handling + self.welding


@dataclass(frozen=True, slots=True)
class Plan:
    """All programs of a cell, by variant and robot."""

    cell: str
    digest: str
    """SHA-256 over the programs, so that a job can name what it was made from."""
    programs: Mapping[str, Mapping[str, Program]]
    cycles: Mapping[str, CycleForecast] = field(default_factory=lambda: MappingProxyType({}))
    """Forecast of each variant."""


def make_plan(cell: str, programs: Mapping[str, Mapping[str, Program]], cycles: Mapping[str, CycleForecast]) -> Plan:
    """Return the plan of these programs, with their digest."""
    content = json.dumps(_content(cell, programs, cycles), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(content.encode()).hexdigest()
    frozen = MappingProxyType({variant: MappingProxyType(dict(robots)) for variant, robots in programs.items()})
    return Plan(cell, digest, frozen, MappingProxyType(dict(cycles)))


def plan_to_json(plan: Plan) -> str:
    """Return a plan as JSON text that `plan_from_json` reads back without loss."""
    content = _content(plan.cell, plan.programs, plan.cycles)
    return json.dumps({"format": FORMAT, "digest": plan.digest, **content}, indent=1) + "\n"


def plan_from_json(text: str) -> Plan:
    """Return the plan of a JSON text.

    Raises:
        PlanFormatError: The text is not a plan of this version, or its digest does not fit its programs.
    """
    try:
        data: dict[str, Any] = json.loads(text)
        version, digest = data["format"], data["digest"]
        if version != FORMAT:
            raise PlanFormatError(f"plan has format {version!r}, must be {FORMAT}; make the plan again")
        programs = {
            variant: {robot: _program_from(robot, variant, program) for robot, program in robots.items()}
            for variant, robots in data["programs"].items()
        }
        cycles = {variant: CycleForecast(**cycle) for variant, cycle in data["cycles"].items()}
        plan = make_plan(data["cell"], programs, cycles)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanFormatError(f"not a plan ({type(error).__name__}: {error}); make the plan again") from error
    if plan.digest != digest:
        raise PlanFormatError(f"plan's digest is {digest!r} but its programs have {plan.digest!r}; make the plan again")
    return plan


def _content(
    cell: str, programs: Mapping[str, Mapping[str, Program]], cycles: Mapping[str, CycleForecast]
) -> dict[str, Any]:
    return {
        "cell": cell,
        "programs": {
            variant: {robot: _program_data(program) for robot, program in robots.items()}
            for variant, robots in programs.items()
        },
        "cycles": {
            variant: {"handling": cycle.handling, "welding": cycle.welding, "waits": dict(cycle.waits)}
            for variant, cycle in cycles.items()
        },
    }


def _program_data(program: Program) -> dict[str, Any]:
    spots = [
        {
            "spot": spot.spot,
            "pose": _pose_data(spot.pose),
            "status": spot.status,
            "turn": spot.turn,
            "approach": [_pose_data(pose) for pose in spot.approach],
            "zones": list(spot.zones),
            "schedule": spot.schedule,
            "thickness": spot.thickness,
        }
        for spot in program.spots
    ]
    return {"forecast": program.forecast, "spots": spots}


def _program_from(robot: str, variant: str, data: Mapping[str, Any]) -> Program:
    spots = tuple(
        ProgramSpot(
            spot=str(spot["spot"]),
            pose=_pose_from(spot["pose"]),
            status=int(spot["status"]),
            turn=int(spot["turn"]),
            approach=tuple(_pose_from(pose) for pose in spot["approach"]),
            zones=tuple(str(zone) for zone in spot["zones"]),
            schedule=str(spot["schedule"]),
            thickness=float(spot["thickness"]),
        )
        for spot in data["spots"]
    )
    return Program(robot, variant, spots, float(data["forecast"]))


def _pose_data(pose: Pose) -> dict[str, Any]:
    return {"xyz": list(pose.xyz), "quat": list(pose.quat)}


def _pose_from(data: Mapping[str, Any]) -> Pose:
    x, y, z = (float(value) for value in data["xyz"])
    w, i, j, k = (float(value) for value in data["quat"])
    return Pose((x, y, z), (w, i, j, k))
