# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's way through its spots: their order, and how the arm is held at each.

Order and arm positions depend on each other, so they are improved in turn: the best order for given positions (see
`smart_cell.planning.sequence`), then the best positions for that order, which is a shortest path.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smart_cell.motion.arm_model import ArmModel, Joints
from smart_cell.motion.moves.ptp import ptp_times, ptp_times_paired
from smart_cell.planning.gun_pose import DIRECT_ANGLE, DIRECT_DISTANCE
from smart_cell.planning.reach import MARGIN, Candidate
from smart_cell.planning.sequence import best_order, tour_time

FloatArray = NDArray[np.float64]

COMFORT = 2.0 * MARGIN
"""Candidates with less margin [rad] than this are left out for a spot that has better ones."""
ROUNDS = 4
"""Largest number of improvements of order and positions in turn; it settles after two or three."""


@dataclass(frozen=True, slots=True)
class Tour:
    """The spots of a robot in order and the chosen candidate for each."""

    order: tuple[int, ...]
    """Indices of the stops, from 0."""
    picks: tuple[Candidate, ...]
    """In the same order."""
    time: float
    """Of all moves, home to home, with a stop at every point in between [s]."""


class TourPlanner:
    """Plans tours of one robot through the same stops with different blocks."""

    def __init__(self, model: ArmModel, home: Joints, stops: Sequence[Sequence[Candidate]]) -> None:
        """Take the candidates of each stop, of which there must be at least one.

        The arm keeps one KUKA Status through the whole program if there is any in which it reaches all stops, since a
        change of Status takes the arm through a singularity.
        """
        self._model = model
        self._home = np.array([home])
        self._stops = _choose_status([_comfortable(candidates) for candidates in stops])
        self._places = np.array([candidates[0].pose.xyz for candidates in self._stops])
        self._joints = [np.array([c.solution.joints for c in candidates]) for candidates in self._stops]
        self._backs = [np.array([c.approach for c in candidates]) for candidates in self._stops]
        self._quats = [np.array([c.pose.quat for c in candidates]) for candidates in self._stops]
        self._outs = [ptp_times_paired(model, j, b) for j, b in zip(self._joints, self._backs, strict=True)]

    def solve(self, blocks: Sequence[Sequence[int]]) -> Tour:
        """Return a short tour that visits the blocks of stops (indices from 0) one after another."""
        picks = [int(self._home_times(index).argmin()) for index in range(len(self._stops))]
        best: Tour | None = None
        for _ in range(ROUNDS):
            table = self._table(picks)
            shifted = best_order(table, [[stop + 1 for stop in block] for block in blocks])
            order = [stop - 1 for stop in shifted]
            self._improve_picks(order, picks)
            time = tour_time(self._table(picks), shifted)
            if best is not None and time > best.time - 1e-6:
                break
            best = Tour(tuple(order), tuple(self._stops[stop][picks[stop]] for stop in order), time)
        assert best is not None, "there is at least one round"
        return best

    def _home_times(self, stop: int) -> FloatArray:
        """Return the time [s] between home and each candidate of a stop, by way of the drawn-back gun."""
        times: FloatArray = ptp_times(self._model, self._home, self._backs[stop])[0]
        return times + self._outs[stop]

    def _between(self, a: int, b: int) -> FloatArray:
        """Return the times [s] from each candidate of a stop to each of another, shape (n, m)."""
        around = (
            self._outs[a][:, np.newaxis]
            + ptp_times(self._model, self._backs[a], self._backs[b])
            + self._outs[b][np.newaxis, :]
        )
        if float(np.linalg.norm(self._places[a] - self._places[b])) > DIRECT_DISTANCE:
            return around
        direct = ptp_times(self._model, self._joints[a], self._joints[b])
        return np.where(_is_same_orientation(self._quats[a], self._quats[b]), direct, around)

    def _table(self, picks: Sequence[int]) -> list[list[float]]:
        """Return the move times between home (0) and the picked candidates (1, 2, ...), for `best_order`."""
        count = len(self._stops)
        joints = np.array([self._joints[stop][picks[stop]] for stop in range(count)])
        backs = np.array([self._backs[stop][picks[stop]] for stop in range(count)])
        quats = np.array([self._quats[stop][picks[stop]] for stop in range(count)])
        outs = np.array([self._outs[stop][picks[stop]] for stop in range(count)])
        distances = np.linalg.norm(self._places[:, np.newaxis, :] - self._places[np.newaxis, :, :], axis=-1)
        is_direct = (distances <= DIRECT_DISTANCE) & _is_same_orientation(quats, quats)
        around = outs[:, np.newaxis] + ptp_times(self._model, backs, backs) + outs[np.newaxis, :]
        table = np.zeros((count + 1, count + 1))
        table[1:, 1:] = np.where(is_direct, ptp_times(self._model, joints, joints), around)
        table[0, 1:] = table[1:, 0] = ptp_times(self._model, self._home, backs)[0] + outs
        rows: list[list[float]] = table.tolist()
        return rows

    def _improve_picks(self, order: Sequence[int], picks: list[int]) -> None:
        """Replace the picks by the fastest ones for this order: a shortest path through layers of candidates."""
        totals = self._home_times(order[0])
        came_from: list[NDArray[np.intp]] = []
        for a, b in itertools.pairwise(order):
            sums = totals[:, np.newaxis] + self._between(a, b)
            came_from.append(sums.argmin(axis=0))
            totals = sums.min(axis=0)
        pick = int((totals + self._home_times(order[-1])).argmin())
        for position in range(len(order) - 1, -1, -1):
            picks[order[position]] = pick
            if position > 0:
                pick = int(came_from[position - 1][pick])


def _is_same_orientation(a: FloatArray, b: FloatArray) -> NDArray[np.bool_]:
    """Tell for each pair of unit quaternions, (n, 4) and (m, 4), whether `is_direct` would allow their angle."""
    return np.asarray(np.abs(a @ b.T) >= np.cos(0.5 * DIRECT_ANGLE) - 1e-12)


def _comfortable(candidates: Sequence[Candidate]) -> list[Candidate]:
    comfortable = [candidate for candidate in candidates if candidate.margin >= COMFORT]
    return comfortable or list(candidates)


def _choose_status(stops: list[list[Candidate]]) -> list[list[Candidate]]:
    """Keep the candidates of the one Status that has the best worst margin, if any reaches all stops."""
    best: tuple[float, int] | None = None
    for status in sorted({candidate.solution.status for candidates in stops for candidate in candidates}):
        margins = [[c.margin for c in candidates if c.solution.status == status] for candidates in stops]
        if all(margins):
            worst = min(max(values) for values in margins)
            if best is None or worst > best[0]:
                best = (worst, status)
    if best is None:
        return stops
    return [[candidate for candidate in candidates if candidate.solution.status == best[1]] for candidates in stops]
