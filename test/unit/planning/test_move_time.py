# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of move times agree with the moves themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.motion.arm_model import arm_model, arm_models
from smart_cell.motion.ptp import ptp_time
from smart_cell.planning.move_time import move_times, paired_times


@settings(deadline=None)
@given(st.sampled_from(sorted(arm_models())), st.integers(0, 2**32 - 1), st.sampled_from([1e-4, 0.01, 0.1, 1.0]))
def test_same_time_as_one_by_one(name: str, seed: int, share: float) -> None:
    model = arm_model(name)
    random = np.random.default_rng(seed)
    lower, upper = np.array(model.lower), np.array(model.upper)
    starts = random.uniform(lower, upper, (3, 6))
    ends = starts[:2] + share * random.uniform(-1.0, 1.0, (2, 6))
    wanted = [[ptp_time(model, start, end) for end in ends] for start in starts]
    # The motion profile lengthens phases shorter than a millisecond.
    assert move_times(model, starts, ends) == pytest.approx(np.array(wanted), abs=8e-3)
    assert paired_times(model, starts[:2], ends) == pytest.approx(np.diag(np.array(wanted)[:2]), abs=8e-3)


def test_no_move_takes_no_time() -> None:
    model = arm_model("kr210_r2700_2")
    here = np.zeros((1, 6))
    assert move_times(model, here, here).tolist() == [[0.0]]
