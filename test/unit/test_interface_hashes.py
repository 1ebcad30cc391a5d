# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The interfaces in bare_msgs/ have the type hashes of ROS 2 Jazzy, so that both kinds of machines talk."""

import importlib
import json
from pathlib import Path

import pytest

# RIHS01 hashes of control_msgs 5.8.0 and tf2_msgs 0.36.4, the versions of ROS 2 Jazzy
JAZZY = """\
control_msgs/action/FollowJointTrajectory 738ebcb7a2d7cfa42f9f1001cc99ce3a4383d1cfe508015d9be8485e4b1c66f6
control_msgs/action/FollowJointTrajectory_Goal 8a9060704b269608f5a340934cc26e66869dd14bdac29e2e7fd9ec8b9882d205
control_msgs/action/FollowJointTrajectory_Result 8002e99ed2c14c6faa522f2a93c26d744c5982f254f9e98ff9c6f19789bdb220
control_msgs/action/FollowJointTrajectory_Feedback 3fd0aaecf71725121ae1ff7f01098a5e0da581e672be18a6b2c286cb43d96b49
control_msgs/msg/JointTolerance c254f9cece0f3b733017b6990fd46d1326e25242d6b8844398c97d9a88e7d648
control_msgs/msg/JointComponentTolerance 739ea7566931944d33830fa10f1bf5e7a7fbdc3172bce7a7eaac642bd6e3ffa4
control_msgs/msg/JointTrajectoryControllerState 51d8dd89cc624cbe9daaeeb4d80d6de9b86168ffdc3be41fefc0953e3c26e480
tf2_msgs/msg/TFMessage e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087
"""


def share_folder(package: str) -> Path:
    """Return the share folder of the installation that a message package is imported from."""
    module = Path(importlib.import_module(package).__file__ or "").resolve()
    return next(parent / "share" / package for parent in module.parents if (parent / "share" / package).is_dir())


@pytest.mark.parametrize(("interface", "digest"), [line.split() for line in JAZZY.splitlines()])
def test_hash_equals_that_of_jazzy(interface: str, digest: str) -> None:
    package, kind, name = interface.split("/")
    share = share_folder(package)
    if "for machines without ROS 2" not in (share / "package.xml").read_text(encoding="utf-8"):
        pytest.skip(f"the {package} of a ROS 2 installation is used here")
    description = json.loads((share / kind / f"{name.split('_')[0]}.json").read_text(encoding="utf-8"))
    hashes = {entry["type_name"]: entry["hash_string"] for entry in description["type_hashes"]}
    assert hashes[interface] == f"RIHS01_{digest}"
