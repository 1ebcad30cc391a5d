# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What simulated devices say when they are asked for a fault that they do not have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from smart_cell.core.errors import SmartCellError

CLEAR: Final = "clear"
"""Takes all faults of a device away again."""


class UnknownFaultError(SmartCellError):
    """A simulated device was asked for a fault that it does not have, or with a value that makes no sense."""


def unknown_fault(device: str, fault: str, faults: Iterable[str]) -> UnknownFaultError:
    """Return the error that lists what there is."""
    return UnknownFaultError(f"{device} has no fault {fault!r}; allowed: {', '.join(faults)}")


def unknown_value(fault: str, value: str, values: Iterable[str]) -> UnknownFaultError:
    """Return the error that lists the values of a fault."""
    allowed = " or ".join(repr(known) for known in values)
    return UnknownFaultError(f"{fault}: value {value!r} is not known; allowed: {allowed}")
