# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a single word or number of a YAML text stands for, if every YAML tool agrees about it."""

from __future__ import annotations

import math
import re
from typing import Final

MAX_NUMBER_LENGTH: Final = 32
"""Longest number [characters]; a longer one is a mistake, and slow to convert."""

_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"([-+]?(0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?")
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRAPS: Final = (
    (
        re.compile(r"[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"),
        "means true or false to many YAML tools",
        "text in quotes, or another name",
    ),
    (
        re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
        "is not finite",
        "a finite number",
    ),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"),
        "is a number to the base of 60 to many YAML tools",
        "a decimal number, or text in quotes",
    ),
    (
        re.compile(r"[-+]?[0-9.][0-9_.:]*_[0-9_.:]*([eE][-+]?[0-9]+)?"),
        "is a number with underscores",
        "digits only, such as 1000",
    ),
    (
        re.compile(r"[-+]?0([0-9]+(\.[0-9]*)?|[oO][0-7_]+|[xX][0-9a-fA-F_]+|[bB][01_]+)"),
        "may be read as an octal, hexadecimal or binary number",
        "a decimal number without leading zeros, or text in quotes",
    ),
    (
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
        "is a number to some YAML tools and text to others",
        "a number such as -0.5 or 1.0e+3",
    ),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?"),
        "is a date to many YAML tools",
        "text in quotes",
    ),
)
"""Words and numbers that YAML 1.1 and 1.2, or their readers, take for different things."""


class ScalarError(Exception):
    """A plain word or number does not mean the same everywhere, or is no finite number."""

    def __init__(self, message: str, allowed: str) -> None:
        """Keep what is wrong and what would be `allowed`."""
        super().__init__(message)
        self.message = message
        self.allowed = allowed


def resolve(text: str, *, is_plain: bool) -> str | int | float | bool | None:
    """Return what a scalar stands for.

    Args:
        text: The scalar without its quotes.
        is_plain: It has no quotes; otherwise it is text whatever it looks like.

    Raises:
        ScalarError: YAML tools differ about it, or no finite number can hold it.

    Example:
        >>> resolve("60", is_plain=True), resolve("60", is_plain=False), resolve("60 s", is_plain=True)
        (60, '60', '60 s')
    """
    if not is_plain:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    is_integer = _INTEGER.fullmatch(text) is not None
    if is_integer or _FLOAT.fullmatch(text):
        if len(text) > MAX_NUMBER_LENGTH:
            raise ScalarError("is too long", f"a number of at most {MAX_NUMBER_LENGTH} characters")
        number = int(text) if is_integer else float(text)
        if not math.isfinite(number):
            raise ScalarError("is too large for a number", "a finite number")
        return number
    for pattern, message, allowed in _TRAPS:
        if pattern.fullmatch(text):
            raise ScalarError(message, allowed)
    return text
