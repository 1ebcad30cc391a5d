# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""When a process that died is started again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smart_cell.commands.respawn import FIRST_DELAY, LONGEST_DELAY, MOST_STARTS, WINDOW, RespawnPolicy


def test_pause_doubles_up_to_the_longest() -> None:
    policy = RespawnPolicy()
    pauses = [due - 1.0 for due in (policy.note_death(1.0) for _ in range(MOST_STARTS)) if due is not None]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0]


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=40))
def test_never_more_starts_in_a_window_than_allowed(pauses: list[float]) -> None:
    policy = RespawnPolicy()
    steady = 0.0
    deaths: list[float] = []
    for pause in pauses:
        steady += pause
        recent = [death for death in deaths if steady - death <= WINDOW]
        due = policy.note_death(steady)
        deaths.append(steady)
        assert (due is None) is (len(recent) >= MOST_STARTS)
        if due is not None:
            assert due - steady + 1e-9 >= FIRST_DELAY
            assert due - steady <= LONGEST_DELAY + 1e-9
