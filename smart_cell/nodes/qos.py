# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Every quality-of-service profile of the ROS graph; both ends of a topic take theirs from here."""

from __future__ import annotations

from typing import Final

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(reliability: ReliabilityPolicy, durability: DurabilityPolicy, depth: int) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


STATE: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL, 1)
"""State topics: the newest value, for late joiners too."""

EVENT: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 100)
"""Events. A slow reader still loses some: who must not, pulls by sequence number."""

REQUEST: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 20)
"""Standing wishes of several writers on one topic, repeated while they last."""

HEARTBEAT: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 1)
"""Signs of life, from the writer's side."""

HEARTBEAT_READER: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 20)
"""Signs of life of all processes of a cell: deep enough for one of each."""

JOINT_STATES: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 1)
"""Joint states from the writer's side, as joint_state_broadcaster offers them."""

SAMPLES: Final = _profile(ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE, 1)
"""For readers of joint states and other sampled values: an old sample is worth nothing."""

TRANSFORMS: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 100)
"""Transforms of moving frames, as tf2's broadcaster offers them; those of fixed frames are a state."""

DIAGNOSTICS: Final = _profile(ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 10)
"""Diagnostics, as diagnostic_updater offers them."""
