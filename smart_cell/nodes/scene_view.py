# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What there is to show of a cell besides its robots: the body, what became of its spots, and who is in which zone.

Pure: plain values in, one value out, so that an unchanged scene is seen to be unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smart_cell.cell.model import Cell
from smart_cell.welding.verdict import WeldResult

_SHIFT_DIGITS = 3


@dataclass(frozen=True, slots=True)
class BodyView:
    """The body that the supervisor works on."""

    body: str
    variant: str
    station: str
    shift: float
    """Along the conveyor from its place in the station [m]: negative on the way in, positive on the way out."""
    results: tuple[WeldResult | None, ...]
    """What became of the newest attempt at each spot of the variant, in the order of the weld list; None: open."""


@dataclass(frozen=True, slots=True)
class SceneView:
    """Everything that markers show."""

    body: BodyView | None
    holders: tuple[tuple[str, str], ...]
    """Each zone and the robot that holds it; an empty name: it is free."""


class SceneTracker:
    """Puts together what the nodes of the cell say."""

    def __init__(self, cell: Cell) -> None:
        """Begin with an empty station.

        Args:
            cell: The cell.
        """
        self._cell = cell
        self._body = ""
        self._variant = ""
        self._station = next(iter(cell.stations), "")
        self._way: float | None = None
        self._arrived = ""
        self._results: dict[str, dict[str, WeldResult]] = {}
        self._holders: dict[str, str] = dict.fromkeys(cell.zones, "")

    def hear_cell(self, body: str, variant: str) -> None:
        """Note which body the supervisor works on; an empty name: none."""
        if body != self._body:
            # records may have come before this, those of other bodies are not needed any more
            self._results = {body: self._results.get(body, {})}
        self._body, self._variant = body, variant

    def hear_conveyor(self, station: str, body: str, way: float | None) -> None:
        """Note where the conveyor has its body.

        Args:
            station: Where it stands or is going.
            body: Its name.
            way: How far its transfer is [m]; None when it is at its place.
        """
        if station in self._cell.stations:
            self._station = station
        self._way = way
        if way is None:
            self._arrived = body

    def hear_result(self, body: str, spot: str, result: WeldResult) -> None:
        """Note what became of an attempt at a spot; the newest attempt counts."""
        self._results.setdefault(body, {})[spot] = result

    def hear_zones(self, holders: Mapping[str, str]) -> None:
        """Note who holds which zone."""
        for zone in self._holders:
            self._holders[zone] = holders.get(zone, "")

    def view(self) -> SceneView:
        """Return what there is to show now."""
        return SceneView(self._body_view(), tuple(self._holders.items()))

    def _body_view(self) -> BodyView | None:
        variant = self._cell.variants.get(self._variant)
        station = self._cell.stations.get(self._station)
        if not self._body or variant is None or station is None:
            return None
        shift = 0.0
        if self._way is not None:
            # one that had arrived is on its way out
            shift = self._way if self._arrived == self._body else self._way - station.pitch
        results = self._results.get(self._body, {})
        return BodyView(
            body=self._body,
            variant=variant.name,
            station=station.name,
            shift=round(shift, _SHIFT_DIGITS),
            results=tuple(results.get(spot.name) for spot in variant.spots),
        )
