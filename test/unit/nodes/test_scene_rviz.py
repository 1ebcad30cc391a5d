# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped view of RViz asks for what the scene node offers."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

pytest.importorskip("visualization_msgs.msg")

from rclpy.qos import DurabilityPolicy, ReliabilityPolicy

from smart_cell.core.paths import share_dir
from smart_cell.motion.urdf.description import WORLD
from smart_cell.nodes import names, qos
from smart_cell.nodes.scene_markers import BODY, SPOTS, ZONES


@pytest.fixture(scope="module")
def view() -> dict[str, Any]:
    text = (share_dir() / "rviz" / "cell.rviz").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)["Visualization Manager"])


def display(view: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(shown for shown in view["Displays"] if shown["Class"] == f"rviz_default_plugins/{kind}")


@pytest.mark.parametrize(
    ("kind", "field", "topic"),
    [("RobotModel", "Description Topic", names.ROBOT_DESCRIPTION), ("MarkerArray", "Topic", names.MARKERS)],
)
def test_latched_topics_are_asked_for_as_latched(view: dict[str, Any], kind: str, field: str, topic: str) -> None:
    asked = display(view, kind)[field]
    # relative, so that RViz finds it in the namespace of any cell
    assert asked["Value"] == topic
    policies = {
        "Reliable": ReliabilityPolicy.RELIABLE,
        "Transient Local": DurabilityPolicy.TRANSIENT_LOCAL,
    }
    assert policies[asked["Reliability Policy"]] == qos.STATE.reliability
    assert policies[asked["Durability Policy"]] == qos.STATE.durability
    assert display(view, kind)["Enabled"]


def test_frame_and_namespaces_are_those_of_the_scene(view: dict[str, Any]) -> None:
    assert view["Global Options"]["Fixed Frame"] == WORLD
    assert set(display(view, "MarkerArray")["Namespaces"]) == {BODY, SPOTS, ZONES}
    assert display(view, "TF")["Class"] == view["Transformation"]["Current"]["Class"]
