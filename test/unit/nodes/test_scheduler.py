# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The schedule against the obvious model: a dictionary of times."""

from __future__ import annotations

import math
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from smart_cell.nodes.scheduler import Schedule

JOBS: list[Callable[[], None]] = [lambda number=number: None for number in range(4)]  # type: ignore[misc]

operations = st.lists(
    st.tuples(st.sampled_from(["set", "set_by", "drop", "take"]), st.integers(0, 3), st.floats(0.0, 10.0)), max_size=40
)


@given(operations)
def test_schedule_is_a_dictionary_of_times(steps: list[tuple[str, int, float]]) -> None:
    schedule = Schedule()
    model: dict[int, float] = {}
    for operation, number, time in steps:
        job = JOBS[number]
        if operation == "set":
            schedule.set(job, time)
            model[number] = time
        elif operation == "set_by":
            schedule.set_by(job, time)
            model[number] = min(time, model.get(number, math.inf))
        elif operation == "drop":
            schedule.drop(job)
            model.pop(number, None)
        else:
            due = [JOBS.index(taken) for taken in schedule.take_due(time)]
            expected = sorted((when, which) for which, when in model.items() if when <= time)
            assert sorted(due) == sorted(which for _, which in expected)
            assert [model[which] for which in due] == [when for when, _ in expected]
            model = {which: when for which, when in model.items() if when > time}
        assert schedule.next_time() == min(model.values(), default=math.inf)
        assert [schedule.time_of(job) for job in JOBS] == [model.get(which, math.inf) for which in range(4)]


def test_job_that_sets_itself_again_waits_for_the_next_call() -> None:
    schedule = Schedule()
    schedule.set(JOBS[0], 1.0)
    for job in schedule.take_due(5.0):
        schedule.set(job, 5.0)
    assert schedule.take_due(4.9) == []
    assert schedule.take_due(5.0) == [JOBS[0]]
