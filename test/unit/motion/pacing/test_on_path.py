# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.motion.arm_model import HOME, arm_model
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.pacing.on_path import nearest_on_path
from smart_cell.motion.trajectory import chain

MOVE = plan_ptp(arm_model("kr210_r2700_2"), HOME, (2.0, -1.2, 1.9, 1.0, 0.8, -1.5))


@given(st.floats(0.0, 1.0), st.floats(-0.5, 0.5))
def test_place_on_the_path_is_found(share: float, error: float) -> None:
    time = share * MOVE.duration
    place = MOVE.sample(time).position
    found, off = nearest_on_path(MOVE, place.tolist(), time + error, 1.0)
    assert off < 1e-6
    np.testing.assert_allclose(MOVE.sample(found).position, place, atol=1e-6)


def test_place_beside_the_path_is_as_far_off_as_it_is() -> None:
    place = MOVE.sample(1.0).position
    off_path = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.1])
    _, off = nearest_on_path(MOVE, (place + off_path).tolist(), 1.0, 1.0)
    assert 0.05 < off <= 0.1


def test_path_that_passes_twice_is_looked_at_around_the_time_only() -> None:
    back = plan_ptp(arm_model("kr210_r2700_2"), MOVE.positions[-1].tolist(), HOME)
    both = chain([MOVE, back])
    place = both.sample(0.5).position.tolist()
    assert nearest_on_path(both, place, 0.6, 1.0)[0] == pytest.approx(0.5, abs=1e-3)
    assert nearest_on_path(both, place, both.duration - 0.6, 1.0)[0] == pytest.approx(both.duration - 0.5, abs=1e-3)
