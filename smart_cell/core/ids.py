# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Names of the things that production makes: bodies, and attempts at their spots."""

from __future__ import annotations

from dataclasses import dataclass


def body_id(number: int) -> str:
    """Return the id of the body with this serial number.

    Raises:
        ValueError: The number is negative.

    Example:
        >>> body_id(12)
        'B000012'
    """
    if number < 0:
        raise ValueError(f"body number {number} is negative; allowed: 0 or more")
    return f"B{number:06d}"


@dataclass(frozen=True, slots=True, order=True)
class SpotKey:
    """One attempt at one weld spot of one body: what every weld record is about.

    Example:
        >>> str(SpotKey("B000012", "S017", 1))
        'B000012/S017#1'
    """

    body: str
    spot: str
    attempt: int
    """1 for the first weld of this spot on this body."""

    def __str__(self) -> str:
        """Return the key as people and logs write it."""
        return f"{self.body}/{self.spot}#{self.attempt}"
