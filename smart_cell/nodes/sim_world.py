# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated world behind the device nodes of a process, and the service that makes faults happen in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from smart_cell.nodes import names
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.plant import SimPlant
from smart_cell.simulation.storage import StateFile
from smart_cell_msgs.srv import CellCommand, Inject

_PLANTS: Final[WeakKeyDictionary[Process, SimPlant]] = WeakKeyDictionary()


def folder(process: Process) -> Path:
    """Return where simulated hardware keeps what real hardware would keep through a power loss."""
    return Path(process.options.state_dir) / "sim"


def plant(process: Process) -> SimPlant:
    """Return the simulated plant that all device nodes of this process share.

    Raises:
        StorageError: What the plant keeps cannot be read.
    """
    if process not in _PLANTS:
        memory = StateFile(folder(process) / "plant.json")
        _PLANTS[process] = SimPlant(process.cell, memory, writer=process.write)
    return _PLANTS[process]


def offer_inject(node: CellNode, device: str, inject: Callable[[str, str], str]) -> None:
    """Offer the fault-injection service of a simulated device.

    Args:
        node: That offers it.
        device: Name of the device.
        inject: Gets fault and value, makes it happen and returns what was done, in words; an `UnknownFaultError`
            becomes the answer.
    """

    def answer(request: Any, response: Any) -> Any:
        try:
            response.text = inject(request.fault, request.value)
            response.code = CellCommand.Response.CODE_OK
        except UnknownFaultError as error:
            response.text = str(error)
            response.code = CellCommand.Response.CODE_INVALID
        node.wake()
        return response

    node.serve(Inject, names.inject(device), answer)
