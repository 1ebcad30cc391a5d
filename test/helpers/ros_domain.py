# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""ROS domains of the tests' own, so that tests, cells and other runs on this machine do not meet."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

DOMAINS = range(60, 100)

_used: set[int] = set()


@contextmanager
def own_domain() -> Iterator[int]:
    """Give a ROS domain that nothing in this run has used before, and no other run on this machine uses now.

    What its users might leave behind in the graph thus concerns nobody else.
    """
    keeper = socket.socket(socket.AF_UNIX)
    domain = next((number for number in DOMAINS if number not in _used and _is_free(keeper, number)), None)
    assert domain is not None, f"every ROS domain from {DOMAINS.start} to {DOMAINS.stop - 1} is taken"
    _used.add(domain)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(domain))
        patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        patch.setenv("FASTDDS_BUILTIN_TRANSPORTS", "UDPv4")
        yield domain
    keeper.close()


def _is_free(keeper: socket.socket, domain: int) -> bool:
    """Take a domain: a name in the abstract socket space is gone when its process is."""
    try:
        keeper.bind(f"\0smart_cell_test_domain_{domain}")
    except OSError:
        return False
    return True
