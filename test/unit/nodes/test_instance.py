# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""One instance of a cell per ROS domain."""

from __future__ import annotations

import os

import pytest

from smart_cell.nodes.instance import CellRunningError, InstanceLock

CELL = f"test_cell_{os.getpid()}"


def test_second_instance_is_refused_with_what_to_do() -> None:
    with InstanceLock(CELL, 7), pytest.raises(CellRunningError, match=rf"{CELL} runs already on ROS domain 7"):
        InstanceLock(CELL, 7).__enter__()


def test_other_cells_and_other_domains_are_free() -> None:
    with InstanceLock(CELL, 7), InstanceLock(CELL, 8), InstanceLock(f"{CELL}_2", 7):
        pass


def test_lock_is_gone_with_its_holder() -> None:
    for _ in range(2):
        with InstanceLock(CELL, 7):
            pass
