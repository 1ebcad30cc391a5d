# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.moves.even_profile import even_profile
from smart_cell.motion.moves.leg import profile_on_grid
from smart_cell.motion.moves.profile import SCurve
from smart_cell.motion.trajectory import State

KR210 = arm_model("kr210_r2700_2")
GRID = 0.004


class Bow:
    """A1 runs evenly along the path while A2 swings there and back."""

    def __init__(self, profile: SCurve, way: float, swing: float) -> None:
        self._profile, self._way, self._swing = profile, way, swing
        self.duration = profile.duration

    def sample_many(self, times: ArrayLike) -> State:
        s, ds, dds = self._profile.sample(np.atleast_1d(np.asarray(times, dtype=float)))
        joints, first, second = (np.zeros((len(s), 6)) for _ in range(3))
        joints[:, 0], first[:, 0] = self._way * s, self._way
        joints[:, 1] = -1.5 + self._swing * np.sin(np.pi * s)
        first[:, 1], second[:, 1] = self._swing * np.pi * np.cos(np.pi * s), -self._swing * np.pi**2 * np.sin(np.pi * s)
        rate = ds[:, np.newaxis]
        return State(joints, first * rate, first * dds[:, np.newaxis] + second * rate**2)


@pytest.mark.parametrize(("way", "swing"), [(1.0, 0.0), (3.0, 0.1), (0.3, 0.5), (0.001, 0.3)])
def test_joints_can_follow_the_profile_and_use_it(way: float, swing: float) -> None:
    fast = profile_on_grid(3.0, 20.0, 300.0, GRID)
    even = even_profile(KR210, Bow(fast, way, swing), fast, GRID)
    assert even.duration > fast.duration
    times = np.linspace(0.0, even.duration, 2001, dtype=np.float64)
    state = Bow(even, way, swing).sample_many(times)
    used = [
        np.abs(values[2:-2] / limit).max()
        for values, limit in (
            (state.velocity, np.array(KR210.velocity)),
            (state.acceleration, np.array(KR210.acceleration)),
            (np.gradient(state.acceleration, times, axis=0), np.array(KR210.jerk)),
        )
    ]
    assert 0.95 <= max(used) <= 1.002


def test_a_joint_that_limits_alone_gets_its_own_time_optimal_profile() -> None:
    fast = profile_on_grid(10.0, 100.0, 1000.0, GRID)
    even = even_profile(KR210, Bow(fast, 2.0, 0.0), fast, GRID)
    best = profile_on_grid(KR210.velocity[0] / 2.0, KR210.acceleration[0] / 2.0, KR210.jerk[0] / 2.0, GRID)
    assert best.duration <= even.duration <= 1.05 * best.duration
