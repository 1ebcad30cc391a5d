# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A short-lived operator's station: finds the cell that runs, and joins its graph for one command."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from smart_cell.core.clock import ScaledClock
from smart_cell.core.errors import SmartCellError
from smart_cell.nodes import names
from smart_cell.nodes.clock import ProcessClock, origin_now
from smart_cell.nodes.host import Host
from smart_cell.nodes.operator import Operator

FIND_LIMIT: Final = 5.0
"""Longest time to look for a cell [s]."""
HEAR_LIMIT: Final = 8.0
"""Longest time until a cell that was found says how it is [s]; DDS repairs a lost first message after 3 s."""

SETTLE_TIME: Final = 0.5
"""A graph in which nothing new has come into sight for so long is taken for complete [s]."""

_STATE_TYPE: Final = "smart_cell_msgs/msg/CellState"
_INJECT_TYPE: Final = "smart_cell_msgs/srv/Inject"


class NoCellError(SmartCellError):
    """There is no cell to command, or it does not answer, or there are several."""


@contextmanager
def open_station(cell: str | None, domain: int) -> Iterator[Operator]:
    """Give an operator's station of a running cell, which has heard the cell's state.

    Args:
        cell: Name of the cell; None for the one that runs.
        domain: The ROS domain, for the texts of errors.

    Raises:
        NoCellError: None runs, several run and none was named, or the one that was meant says nothing.
    """
    host = Host("operator", "", ProcessClock(ScaledClock(origin_now())))
    try:
        host.start()
        host.join(_find(host, cell, domain))
        operator = Operator(host)
        deadline = time.monotonic() + HEAR_LIMIT
        while operator.cell is None:
            if not operator.wait_for_news(max(deadline - time.monotonic(), 0.0)) and time.monotonic() >= deadline:
                raise NoCellError(
                    f"cell {host.namespace} is in the graph of ROS domain {domain} but its supervisor says nothing; "
                    "it may be starting, or it has just died"
                )
        others = [name for name in _cells(host) if name != host.namespace]
        if cell is None and others:
            raise NoCellError(
                f"cells {', '.join([host.namespace, *others])} run on ROS domain {domain}; name one with --cell"
            )
        yield operator
    finally:
        host.stop()


def injectable(operator: Operator, wanted: str | None = None) -> tuple[str, ...]:
    """Return the devices of the cell that offer fault injection, by their services in the graph.

    Args:
        operator: A station that has just joined: services may come into its sight one by one.
        wanted: Do not wait for more when this device is among them; None to wait until no more come.
    """
    deadline = time.monotonic() + FIND_LIMIT
    devices, seen_at = _injectable(operator), time.monotonic()
    while wanted not in devices and time.monotonic() < deadline:
        time.sleep(0.05)
        before, devices = devices, _injectable(operator)
        if devices != before:
            seen_at = time.monotonic()
        elif wanted is None and devices and time.monotonic() - seen_at > SETTLE_TIME:
            break
    return devices


def _injectable(operator: Operator) -> tuple[str, ...]:
    start, end = f"/{operator.process.namespace}/", "/inject"
    services = operator.get_service_names_and_types()
    return tuple(
        sorted(
            name.removeprefix(start).removesuffix(end)
            for name, types in services
            if name.startswith(start) and name.endswith(end) and _INJECT_TYPE in types
        )
    )


def _find(host: Host, cell: str | None, domain: int) -> str:
    """Return the name of the cell to join."""
    deadline = time.monotonic() + FIND_LIMIT
    while time.monotonic() < deadline:
        cells = _cells(host)
        if cell in cells or (cell is None and cells):
            return cell or cells[0]
        time.sleep(0.05)
    found = _cells(host)
    there = f"; there is {', '.join(found)}" if found else ""
    what = f"cell {cell}" if cell is not None else "a cell"
    raise NoCellError(
        f"{what} does not run on ROS domain {domain}{there}. Start one with `smart_cell run FILE`, "
        "or set ROS_DOMAIN_ID to the domain it runs on"
    )


def _cells(host: Host) -> list[str]:
    """Return the cells whose supervisors are in the graph."""
    end = f"/{names.SUPERVISOR_STATE}"
    topics = host.node.get_topic_names_and_types()
    return sorted(name[1:].removesuffix(end) for name, types in topics if name.endswith(end) and _STATE_TYPE in types)
