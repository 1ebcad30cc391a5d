# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How errors of configuration files show values, paths and names: never long, whatever the file holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Final

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the root of a document to one of its values."""

_MAX_SHOWN: Final = 60
_MAX_LISTED: Final = 20
_MAX_COMPARED: Final = 200


def path_text(path: KeyPath) -> str:
    """Return a path as people write it.

    Example:
        >>> path_text(("robots", "r1", "base", "xyz", 1))
        'robots.r1.base.xyz[1]'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:_MAX_SHOWN]}" for part in path)
    return text.removeprefix(".")


def shown(value: object) -> str:
    """Return a value as an error shows it: text in quotes, a section or list as its size."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return f"a {'section' if isinstance(value, dict) else 'list'} of {len(value)}"
    # Cut first, since the text may be as large as the file.
    text = repr(value[: _MAX_SHOWN + 1] if isinstance(value, str) else value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 4]}...{text[-1]}"


def listed(names: Iterable[str]) -> str:
    """Return names as an enumeration, cut after twenty."""
    first = list(islice(names, _MAX_LISTED + 1))
    return ", ".join([*first[:_MAX_LISTED], "..."] if len(first) > _MAX_LISTED else first)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was probably meant to be, None if none is alike."""
    matches = difflib.get_close_matches(name[:_MAX_SHOWN], list(islice(known, _MAX_COMPARED)), n=1, cutoff=0.65)
    return matches[0] if matches else None
