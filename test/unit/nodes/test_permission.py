# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What machines may do, from signals that must be fresh."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.nodes.permission import (
    LONGEST_TICK,
    MASTER_LIMIT,
    NO_PERMISSION,
    SAFETY_LIMIT,
    Permission,
    PermissionMonitor,
)

TICK = 0.1
EPOCH = 7


class World:
    """A safety node and a supervisor that send what they should, unless told otherwise."""

    def __init__(self) -> None:
        self.monitor = PermissionMonitor()
        self.steady = 100.0
        self.counter = 0
        self.safe = True
        self.silent: set[str] = set()
        self.enabled = (True, True)
        self.monitor.step(self.steady)

    def pass_time(self, duration: float, tick: float = TICK) -> Permission:
        """Let the world go on in ticks and return the permission at the end."""
        permission = self.monitor.step(self.steady)
        for _ in range(round(duration / tick)):
            self.steady += tick
            self.send()
            permission = self.monitor.step(self.steady)
        return permission

    def send(self) -> None:
        self.counter += 1
        if "safety" not in self.silent:
            self.monitor.hear_safety(self.steady, safe=self.safe, cause="" if self.safe else "guard open")
        if "cell" not in self.silent:
            motion, weld = self.enabled
            self.monitor.hear_cell(self.steady, epoch=EPOCH, motion_enabled=motion, weld_enabled=weld, state="Execute")
        if "beat" not in self.silent:
            self.monitor.hear_beat(self.steady, epoch=1, counter=self.counter, active=True)


@pytest.fixture
def world() -> World:
    world = World()
    assert world.pass_time(0.2) == Permission(True, True, True, True, EPOCH, "")
    return world


def test_nothing_is_permitted_before_anything_was_heard() -> None:
    permission = PermissionMonitor().step(5.0)
    assert permission == replace(NO_PERMISSION, reason=permission.reason)
    assert permission.reason == "the safety state is not known"


def test_stop_is_heard_at_once_and_named(world: World) -> None:
    world.monitor.hear_safety(world.steady, safe=False, cause="emergency stop pressed")
    permission = world.monitor.step(world.steady)
    assert not permission.motion
    assert permission.master
    assert permission.reason == "safety: emergency stop pressed"


@pytest.mark.parametrize(
    ("who", "limit", "reason"),
    [
        ("safety", SAFETY_LIMIT, "safety node has been silent"),
        ("cell", MASTER_LIMIT, "supervisor has been silent"),
        ("beat", MASTER_LIMIT, "supervisor has been silent"),
    ],
)
def test_silence_ends_motion_after_its_limit_and_not_before(world: World, who: str, limit: float, reason: str) -> None:
    world.silent.add(who)
    assert world.pass_time(limit - 0.02, tick=0.02).motion
    permission = world.pass_time(0.06, tick=0.02)
    assert not permission.motion
    assert reason in permission.reason
    world.silent.clear()
    assert world.pass_time(0.2).motion


def test_hung_work_loop_is_a_silent_supervisor(world: World) -> None:
    world.silent.add("beat")
    for _ in range(8):
        world.steady += TICK
        world.send()
        world.monitor.hear_beat(world.steady, epoch=1, counter=world.counter - 100, active=True)
        permission = world.monitor.step(world.steady)
    assert not permission.master


def test_supervisor_that_is_not_active_does_not_count(world: World) -> None:
    world.silent.add("beat")
    for _ in range(8):
        world.steady += TICK
        world.send()
        world.monitor.hear_beat(world.steady, epoch=1, counter=world.counter, active=False)
        permission = world.monitor.step(world.steady)
    assert not permission.motion


def test_machine_that_stalled_does_not_blame_its_peers(world: World) -> None:
    world.steady += 30.0
    assert world.monitor.step(world.steady).motion, "the peers' messages wait in the queues"
    world.send()
    assert world.pass_time(0.1).motion


@given(st.lists(st.floats(0.0, 5.0), min_size=8, max_size=8))
def test_silence_is_noticed_however_irregular_the_ticks(pauses: list[float]) -> None:
    world = World()
    world.pass_time(0.2)
    awake = 0.0
    for pause in pauses:
        world.steady += pause
        awake += min(pause, LONGEST_TICK)
        permission = world.monitor.step(world.steady)
    assert permission.safe is (awake <= SAFETY_LIMIT) or awake == pytest.approx(SAFETY_LIMIT)


def test_older_supervisor_is_not_heard(world: World) -> None:
    world.monitor.hear_cell(world.steady, epoch=EPOCH - 1, motion_enabled=False, weld_enabled=False, state="Aborted")
    assert world.monitor.step(world.steady).motion
    world.silent.add("cell")
    for _ in range(8):
        world.pass_time(0.1)
        world.monitor.hear_cell(world.steady, epoch=EPOCH - 1, motion_enabled=True, weld_enabled=True, state="Execute")
    assert not world.monitor.step(world.steady).motion


def test_newer_supervisor_takes_over(world: World) -> None:
    world.monitor.hear_cell(world.steady, epoch=EPOCH + 1, motion_enabled=True, weld_enabled=False, state="Holding")
    permission = world.monitor.step(world.steady)
    assert (permission.epoch, permission.motion, permission.weld) == (EPOCH + 1, True, False)


def test_cell_that_enables_nothing_says_in_which_state(world: World) -> None:
    world.enabled = (False, True)
    permission = world.pass_time(0.1)
    assert (permission.motion, permission.weld) == (False, False)
    assert "Execute" in permission.reason


def test_time_to_expiry_is_that_of_what_goes_stale_first(world: World) -> None:
    limit = min(SAFETY_LIMIT, MASTER_LIMIT)
    assert world.monitor.time_to_expiry() == pytest.approx(limit)
    world.silent.add("safety")
    world.pass_time(0.2)
    assert world.monitor.time_to_expiry() == pytest.approx(min(SAFETY_LIMIT - 0.2, MASTER_LIMIT))
    assert world.pass_time(2.0).safe is False
    assert world.monitor.time_to_expiry() == pytest.approx(MASTER_LIMIT)
