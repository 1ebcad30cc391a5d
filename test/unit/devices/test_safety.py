# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The mirror of the safety PLC."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_cell.devices.safety import DISCREPANCY_TIME, SafetyMonitor, SafetySnapshot, SafetyState
from smart_cell.simulation.faults import UnknownFaultError
from smart_cell.simulation.safety import FAULTS, SimSafety
from smart_cell.simulation.storage import MemoryState

GOOD = SafetySnapshot(
    stamp=0.0,
    is_connected=True,
    channel_a=True,
    channel_b=True,
    guard_closed=True,
    light_curtain_clear=True,
    is_released=True,
    resets=0,
)


def test_good_signals_are_safe() -> None:
    status = SafetyMonitor().step(0.0, GOOD)
    assert status.state is SafetyState.SAFE
    assert status.cause == ""


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"channel_a": False, "channel_b": False}, "emergency stop"),
        ({"channel_a": False}, "channel a"),
        ({"channel_b": False}, "channel b"),
        ({"guard_closed": False}, "guard"),
        ({"light_curtain_clear": False}, "light curtain"),
        ({"is_released": False}, "not released"),
    ],
)
def test_any_bad_signal_stops_at_once_and_is_latched_until_a_reset(change: dict[str, bool], cause: str) -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    stopped = monitor.step(0.1, replace(GOOD, **change))
    assert stopped.state is SafetyState.STOPPED
    assert cause in stopped.cause
    gone = monitor.step(0.2, GOOD)
    assert gone.state is SafetyState.STOPPED
    assert gone.reset_required
    assert gone.cause == stopped.cause
    assert monitor.step(0.3, replace(GOOD, resets=1)).state is SafetyState.SAFE


def test_reset_while_the_cause_is_there_does_not_count() -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    assert not monitor.step(0.1, replace(GOOD, guard_closed=False)).reset_required
    monitor.step(0.2, replace(GOOD, guard_closed=False, resets=1))
    assert monitor.step(0.3, replace(GOOD, resets=1)).state is SafetyState.STOPPED


def test_channels_that_contradict_each_other_are_named_after_half_a_second() -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    one_open = replace(GOOD, channel_b=False)
    assert "channel b" in monitor.step(1.0, one_open).cause
    assert "contradict" in monitor.step(1.0 + DISCREPANCY_TIME, one_open).cause
    assert "contradict" in monitor.step(2.0, GOOD).cause
    assert monitor.step(2.1, replace(GOOD, resets=1)).state is SafetyState.SAFE


def test_button_whose_channels_open_a_little_apart_is_no_contradiction() -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    monitor.step(1.0, replace(GOOD, channel_a=False))
    both = replace(GOOD, channel_a=False, channel_b=False)
    assert monitor.step(1.02, both).state is SafetyState.STOPPED
    assert "contradict" not in monitor.step(9.0, both).cause


def test_without_the_plc_nothing_is_known_and_its_return_needs_a_reset() -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    lost = monitor.step(0.1, replace(GOOD, is_connected=False))
    assert lost.state is SafetyState.UNKNOWN
    assert "does not answer" in lost.cause
    assert monitor.step(0.2, GOOD).state is SafetyState.STOPPED


def test_first_cause_is_told() -> None:
    monitor = SafetyMonitor()
    monitor.step(0.0, GOOD)
    monitor.step(0.1, replace(GOOD, guard_closed=False))
    assert "guard" in monitor.step(0.2, replace(GOOD, guard_closed=False, channel_a=False, channel_b=False)).cause


@given(
    st.lists(
        st.builds(
            replace,
            st.just(GOOD),
            is_connected=st.booleans(),
            channel_a=st.booleans(),
            channel_b=st.booleans(),
            guard_closed=st.booleans(),
            light_curtain_clear=st.booleans(),
            is_released=st.booleans(),
        ),
        max_size=20,
    )
)
def test_without_a_reset_there_is_no_way_back(snapshots: list[SafetySnapshot]) -> None:
    monitor = SafetyMonitor()
    was_stopped = False
    for number, snapshot in enumerate(snapshots):
        state = monitor.step(0.1 * number, snapshot).state
        if state is not SafetyState.SAFE:
            was_stopped = True
        assert (state is SafetyState.SAFE) is (snapshot == GOOD and not was_stopped)


# ---------------------------------------------------------------------------------------------- simulated PLC


def judge(monitor: SafetyMonitor, plc: SimSafety, steady: float) -> SafetyState:
    return monitor.step(steady, plc.read(steady)).state


def test_emergency_stop_release_and_reset() -> None:
    plc, monitor = SimSafety(MemoryState()), SafetyMonitor()
    assert judge(monitor, plc, 0.0) is SafetyState.SAFE
    plc.inject("emergency_stop")
    assert judge(monitor, plc, 0.1) is SafetyState.STOPPED
    with pytest.raises(UnknownFaultError, match="button is pressed"):
        plc.inject("reset")
    plc.inject("emergency_stop", "release")
    assert judge(monitor, plc, 0.2) is SafetyState.STOPPED
    plc.inject("reset")
    assert judge(monitor, plc, 0.3) is SafetyState.SAFE


@pytest.mark.parametrize(
    ("fault", "bad", "good"),
    [
        ("guard", "open", "close"),
        ("light_curtain", "interrupt", "clear"),
        ("channel", "a open", "a close"),
        ("channel", "b open", "b close"),
        ("connection", "lost", "back"),
    ],
)
def test_every_input_stops_and_comes_back_by_a_reset(fault: str, bad: str, good: str) -> None:
    plc, monitor = SimSafety(MemoryState()), SafetyMonitor()
    judge(monitor, plc, 0.0)
    plc.inject(fault, bad)
    assert judge(monitor, plc, 0.1) is not SafetyState.SAFE
    plc.inject(fault, good)
    assert judge(monitor, plc, 0.2) is SafetyState.STOPPED
    plc.inject("reset")
    assert judge(monitor, plc, 0.3) is SafetyState.SAFE


def test_stop_survives_a_restart() -> None:
    memory = MemoryState()
    plc = SimSafety(memory)
    plc.inject("emergency_stop", "press")
    assert judge(SafetyMonitor(), SimSafety(memory), 0.0) is SafetyState.STOPPED
    plc.inject("emergency_stop", "release")
    monitor, plc = SafetyMonitor(), SimSafety(memory)
    assert judge(monitor, plc, 0.0) is SafetyState.STOPPED
    plc.inject("reset")
    assert judge(monitor, plc, 0.1) is SafetyState.SAFE


def test_unknown_faults_and_values_list_what_there_is() -> None:
    plc = SimSafety(MemoryState())
    with pytest.raises(UnknownFaultError, match=", ".join(FAULTS)):
        plc.inject("fire")
    with pytest.raises(UnknownFaultError, match="'press' or 'release'"):
        plc.inject("emergency_stop", "kick")
