# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Log level of a whole process."""

from __future__ import annotations

from typing import Final

from rclpy.logging import LoggingSeverity, set_logger_level

_LEVELS: Final = {
    "debug": LoggingSeverity.DEBUG,
    "info": LoggingSeverity.INFO,
    "warn": LoggingSeverity.WARN,
    "error": LoggingSeverity.ERROR,
}


def set_log_level(cell: str, level: str) -> None:
    """Log lines of at least this level from all nodes of a cell.

    Args:
        cell: Its name: the loggers of its nodes are below it.
        level: debug, info, warn or error.
    """
    set_logger_level(cell, _LEVELS[level])
