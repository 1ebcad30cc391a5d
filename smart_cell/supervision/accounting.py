# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of every spot of one body, and which spots still have to be welded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Result(str, Enum):
    """How one attempt at a spot ended; the words of `WeldRecord`."""

    UNKNOWN = "unknown"
    OK = "ok"
    NOT_OK = "not_ok"
    NOT_WELDED = "not_welded"
    INTERRUPTED = "interrupted"
    UNCERTAIN = "uncertain"


class Decision(str, Enum):
    """What a person decided about a spot that is not OK."""

    ACCEPT = "accept"
    REWELD = "reweld"
    REPAIR = "repair"


class SpotStatus(str, Enum):
    """Where a spot stands."""

    OPEN = "open"
    """To be welded."""
    OK = "ok"
    ACCEPTED = "accepted"
    """A person looked at it and found it good."""
    REPAIR = "repair"
    """Left as it is; the body carries a flag for the repair station."""
    UNCERTAIN = "uncertain"
    """Waits for a person."""
    NOT_OK = "not_ok"
    """No attempt is left; waits for a person."""


CLOSED = frozenset({SpotStatus.OK, SpotStatus.ACCEPTED, SpotStatus.REPAIR})
"""A body may leave when all its spots are in one of these."""

WAITS_FOR_PERSON = frozenset({SpotStatus.UNCERTAIN, SpotStatus.NOT_OK})


@dataclass(frozen=True, slots=True)
class WeldFact:
    """One entry of a gun's journal, as far as the supervisor needs it."""

    gun: str
    sequence: int
    body: str
    spot: str
    attempt: int
    result: Result
    reason: str = ""


@dataclass(slots=True)
class _SpotAccount:
    attempts: dict[int, Result] = field(default_factory=dict)
    bad: int = 0
    status: SpotStatus = SpotStatus.OPEN


class BodyAccount:
    """The spots of one body: facts and decisions in, status out. Facts may come in any order and more than once."""

    def __init__(self, body: str, spots: Mapping[str, str], *, most_rewelds: int) -> None:
        """Start with every spot open.

        Args:
            body: The body's id.
            spots: For each required spot, the robot that welds it.
            most_rewelds: Attempts allowed after a first one that was not OK.
        """
        self.body = body
        self.robot_of = dict(spots)
        self._most_rewelds = most_rewelds
        self._spots = {spot: _SpotAccount() for spot in spots}

    def apply(self, fact: WeldFact) -> bool:
        """Take note of a weld record; return whether it was new.

        A spot that is OK stays OK whatever comes later: what was welded is welded.
        """
        account = self._spots.get(fact.spot)
        if account is None or fact.body != self.body or fact.attempt in account.attempts:
            return False
        account.attempts[fact.attempt] = fact.result
        if fact.result is Result.OK:
            account.status = SpotStatus.OK
        elif account.status is SpotStatus.OPEN:
            if fact.result is Result.UNCERTAIN:
                account.status = SpotStatus.UNCERTAIN
            elif fact.result is Result.NOT_OK:
                account.bad += 1
                if account.bad > self._most_rewelds:
                    account.status = SpotStatus.NOT_OK
        return True

    def decide(self, spot: str, decision: Decision) -> str | None:
        """Apply a person's decision; return why it is refused, or None."""
        account = self._spots.get(spot)
        if account is None:
            return f"body {self.body} has no spot {spot}"
        if account.status not in WAITS_FOR_PERSON:
            return f"spot {spot} of body {self.body} is {account.status.value}: nothing to decide"
        account.status = {
            Decision.ACCEPT: SpotStatus.ACCEPTED,
            Decision.REWELD: SpotStatus.OPEN,
            Decision.REPAIR: SpotStatus.REPAIR,
        }[decision]
        account.bad = 0
        return None

    def status(self, spot: str) -> SpotStatus:
        """Return where a spot stands."""
        return self._spots[spot].status

    def next_attempt(self, spot: str) -> int:
        """Return the number of the next attempt at a spot: one more than any that is known."""
        return max(self._spots[spot].attempts, default=0) + 1

    def spots(self, *statuses: SpotStatus, robot: str | None = None) -> tuple[str, ...]:
        """Return the spots in one of `statuses`, of one robot or of all, in the order they were given."""
        return tuple(
            spot
            for spot, account in self._spots.items()
            if account.status in statuses and robot in (None, self.robot_of[spot])
        )

    def done(self, robot: str) -> int:
        """Return how many spots of a robot are closed."""
        return len(self.spots(*CLOSED, robot=robot))

    @property
    def is_complete(self) -> bool:
        """Whether the body may leave: no spot is open or waits for a person."""
        return all(account.status in CLOSED for account in self._spots.values())

    def summary(self) -> Mapping[str, int]:
        """Return how many spots stand where, without the zeros."""
        counts: dict[str, int] = {}
        for account in self._spots.values():
            counts[account.status.value] = counts.get(account.status.value, 0) + 1
        return counts
