# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from smart_cell.simulation.arm_faults import FAULTS, ArmFaultError, ArmFaults, with_fault


def test_faults_add_up_and_repair_ends_them() -> None:
    faults = with_fault(with_fault(ArmFaults(), "joint_stuck", "2"), "joint_stuck", "5")
    faults = with_fault(with_fault(faults, "joint_offset", "3=-0.02"), "feedback_lost", "")
    assert faults == ArmFaults((0.0, 0.0, -0.02, 0.0, 0.0, 0.0), frozenset({2, 5}), True)
    assert with_fault(faults, "repair", "") == ArmFaults()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("joint_stuck", "7", "'7' is no joint, must be 1 to 6"),
        ("joint_stuck", "", "'' is no joint"),
        ("joint_offset", "0=0.1", "'0' is no joint"),
        ("joint_offset", "1=far", "'far' is no angle"),
        ("joint_offset", "1", "'' is no angle"),
        ("joint_offset", "1=nan", "'nan' is no angle"),
        ("joint_offset", "1=99", "'99' is no angle"),
    ],
)
def test_bad_values_are_refused(name: str, value: str, text: str) -> None:
    with pytest.raises(ArmFaultError, match=text):
        with_fault(ArmFaults(), name, value)


def test_unknown_fault_lists_those_that_exist() -> None:
    with pytest.raises(ArmFaultError) as caught:
        with_fault(ArmFaults(), "melted", "")
    assert all(name in str(caught.value) for name in FAULTS)
