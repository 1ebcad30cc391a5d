# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.moves.profile import MIN_SEGMENT, rest_to_rest

ROUNDING = 1.0 + 1e-9
limits = st.floats(1e-3, 1e3)


@given(limits, limits, limits)
@settings(max_examples=50)
def test_goes_from_0_to_1_within_its_limits(velocity: float, acceleration: float, jerk: float) -> None:
    profile = rest_to_rest(velocity, acceleration, jerk)
    knots = profile.knots()
    assert (np.diff(knots) >= MIN_SEGMENT * (1.0 - 1e-9)).all()
    assert knots[-1] == pytest.approx(profile.duration)
    s, ds, dds = profile.sample(np.linspace(0.0, profile.duration, 1001, dtype=np.float64))
    assert (s[0], s[500], s[-1]) == pytest.approx((0.0, 0.5, 1.0))
    assert (np.diff(s) >= -1e-12).all()
    assert ds.max() == pytest.approx(profile.speed)
    assert profile.speed <= velocity * ROUNDING
    assert np.abs(dds).max() <= profile.acceleration * ROUNDING
    assert profile.acceleration <= acceleration * ROUNDING
    assert profile.jerk <= jerk * ROUNDING
    np.testing.assert_allclose(np.gradient(s, profile.duration / 1000)[5:-5], ds[5:-5], atol=0.05 * ds.max())


@given(limits, limits, limits, st.floats(0.0, 0.5))
@settings(max_examples=30)
def test_single_position_is_the_sampled_one(velocity: float, acceleration: float, jerk: float, share: float) -> None:
    profile = rest_to_rest(velocity, acceleration, jerk)
    time = share * profile.duration
    assert profile.position(time) == pytest.approx(float(profile.sample(np.array([time]))[0][0]), abs=1e-12)


def test_can_be_made_to_last() -> None:
    profile = rest_to_rest(2.0, 3.0, 40.0)
    longer = profile.lasting(2.0 * profile.duration)
    assert longer.duration == pytest.approx(2.0 * profile.duration)
    assert (longer.speed, longer.acceleration, longer.jerk) == pytest.approx(
        (profile.speed / 2.0, profile.acceleration / 4.0, profile.jerk / 8.0)
    )
    assert longer.sample(np.array([longer.duration]))[0] == pytest.approx([1.0])
