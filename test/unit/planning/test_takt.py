# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How long things take, and programs that wait for each other's zones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from demo_plan import demo_cell
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.planning.errors import PlanningError
from smart_cell.planning.takt import FORCE_RISE, Step, handling_time, simulate, weld_time


def test_weld_time_is_the_sum_of_its_phases() -> None:
    cell = demo_cell()
    # 120 mm at 0.5 m/s twice, squeeze 150 ms, 80 + 20 + 260 ms of pulses, hold 200 ms
    assert weld_time(cell.guns["g1"], cell.schedules["b11"]) == pytest.approx(0.48 + FORCE_RISE + 0.15 + 0.36 + 0.2)


def test_handling_is_transfer_and_clamps() -> None:
    cell = demo_cell()
    # 6 m at 1 m/s with ramps of 0.8 m/s^2: 7.25 s; clamps 0.5 s, twice
    assert handling_time(cell, cell.stations["s1"]) == pytest.approx(8.25)


def test_a_short_transfer_never_reaches_full_speed() -> None:
    cell = demo_cell()
    station = replace(cell.stations["s1"], pitch=0.2, clamps=())
    assert handling_time(cell, station) == pytest.approx(1.0)


def test_without_zones_everybody_runs_alone() -> None:
    timeline = simulate({"a": [Step(1.0, 2.0, None)] * 2, "b": []}, {"a": 0.5, "b": 0.0})
    assert timeline.ends == {"a": 6.5, "b": 0.0}
    assert timeline.waits == {"a": 0.0, "b": 0.0}
    assert timeline.duration == 6.5


def test_the_second_robot_waits_until_the_first_has_arrived_outside() -> None:
    inside, outside = Step(1.0, 2.0, "z"), Step(1.0, 2.0, None)
    timeline = simulate({"a": [inside, outside], "b": [inside, outside]}, {"a": 1.0, "b": 1.0})
    # a leaves the zone on arrival at its second spot, at 1 + 2 + 1
    assert timeline.waits == {"a": 0.0, "b": 4.0}
    assert timeline.ends == {"a": 7.0, "b": 11.0}


def test_other_phases_cost_nothing() -> None:
    inside, outside = Step(1.0, 2.0, "z"), Step(1.0, 2.0, None)
    timeline = simulate({"a": [inside, outside], "b": [outside, inside]}, {"a": 1.0, "b": 1.0})
    # b asks while a is still there, but a has left when b is done with its first spot plus the way out of a
    assert timeline.waits == {"a": 0.0, "b": pytest.approx(1.0)}


def test_a_zone_is_kept_between_two_spots_in_it_and_left_at_home() -> None:
    inside = Step(1.0, 2.0, "z")
    timeline = simulate({"a": [inside, inside], "b": [inside]}, {"a": 1.0, "b": 1.0})
    assert timeline.waits == {"a": 0.0, "b": 7.0}


def test_robots_that_wait_for_each_other_for_ever_are_found() -> None:
    y, z = Step(1.0, 2.0, "y"), Step(1.0, 2.0, "z")
    with pytest.raises(PlanningError, match="a, b wait for each other"):
        simulate({"a": [y, z], "b": [z, y]}, {"a": 1.0, "b": 1.0})


STEPS = st.lists(
    st.builds(Step, st.floats(0.1, 2.0), st.floats(0.1, 2.0), st.sampled_from([None, "y", "z"])), max_size=8
)


def separated(steps: list[Step]) -> list[Step]:
    """Return the steps with one outside of all zones between any two of different zones."""
    found: list[Step] = []
    for step in steps:
        if found and step.zone and found[-1].zone and step.zone != found[-1].zone:
            found.append(Step(0.5, 0.5, None))
        found.append(step)
    return found


@given(st.dictionaries(st.sampled_from("abcd"), STEPS.map(separated), min_size=1))
def test_one_zone_at_a_time_always_ends(programs: dict[str, list[Step]]) -> None:
    timeline = simulate(programs, dict.fromkeys(programs, 1.0))
    for robot, steps in programs.items():
        work = sum(step.move + step.weld for step in steps) + 1.0
        assert timeline.ends[robot] == pytest.approx(work + timeline.waits[robot])
    alone = {robot for robot, steps in programs.items() if not any(step.zone for step in steps)}
    assert all(timeline.waits[robot] == 0.0 for robot in alone)
