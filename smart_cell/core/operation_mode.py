# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The operating modes of a KUKA controller, which its key switch selects."""

from __future__ import annotations

from enum import IntEnum


class OperationMode(IntEnum):
    """Who may move the arm, and how fast; the numbers are those of OPC 40010-1 and of KUKA's ROS 2 driver."""

    UNKNOWN = 0
    """The controller does not tell."""
    T1 = 1
    """Manual, reduced speed: the tool moves at 250 mm/s at most."""
    T2 = 2
    """Manual, high speed."""
    AUT = 3
    """Automatic, started at the arm's own panel."""
    EXT = 4
    """Automatic, started by the cell: what production needs."""

    @classmethod
    def _missing_(cls, value: object) -> OperationMode:
        """Take a number that is none of these as not known, whoever sent it."""
        return cls.UNKNOWN
