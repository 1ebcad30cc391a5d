# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, arm_model, arm_models
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.trajectory import State
from smart_cell.simulation.arm_effort import (
    ACCELERATION_SHARE,
    COULOMB_SHARE,
    GRAVITY,
    VISCOUS_SHARE,
    EffortEstimate,
    load_torques,
)

KR210 = arm_model("kr210_r2700_2")
ZERO = np.zeros(6)


@given(st.sampled_from(sorted(arm_models())), st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6))
@settings(max_examples=60)
def test_load_torques_are_the_slopes_of_the_loads_potential(name: str, joints: list[float]) -> None:
    model = arm_models()[name]
    torques = load_torques(model, joints)
    for joint in range(6):
        ends = []
        for step in (1e-6, -1e-6):
            moved = list(joints)
            moved[joint] += step
            ends.append(forward(model, moved).xyz[2])
        slope = (ends[0] - ends[1]) / 2e-6
        assert torques[joint] == pytest.approx(model.payload * GRAVITY * slope, abs=1e-3 * model.payload)


def test_a_level_forearm_carries_its_load_on_axis_3() -> None:
    torques = load_torques(KR210, list(HOME))
    assert torques[2] == pytest.approx(-210.0 * GRAVITY * (1.22 + 0.215), rel=0.01)
    assert torques[0] == torques[5] == 0.0


def test_acceleration_and_friction_take_their_shares() -> None:
    estimate = EffortEstimate(KR210)
    still = estimate.at(State(np.array(HOME), ZERO, ZERO))
    rated = estimate.at(State(np.array(HOME), ZERO, np.array(KR210.acceleration)))
    assert rated[0] - still[0] == pytest.approx(ACCELERATION_SHARE * KR210.effort[0])
    fast = estimate.at(State(np.array(HOME), -np.array(KR210.velocity), ZERO))
    assert still[0] - fast[0] == pytest.approx((COULOMB_SHARE + VISCOUS_SHARE) * KR210.effort[0])


def test_no_torque_is_beyond_the_largest() -> None:
    hard = EffortEstimate(KR210).at(State(np.array(HOME), ZERO, -9.0 * np.array(KR210.acceleration)))
    assert (np.abs(hard) <= np.array(KR210.effort)).all()
    unknown = arm_model("kr6_r700_sixx")
    assert not EffortEstimate(unknown).at(State(np.array(HOME), ZERO, np.ones(6))).any()
