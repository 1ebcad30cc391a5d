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
control_msgs/msg/SpeedScalingFactor 0c240f349f2b74e33e8741f83e0f196ddeb6585923663876ed3c1f51f0566037
control_msgs/srv/QueryTrajectoryState 4a0935dffef18bc5b9e101c9d03d84e681ecd4cebd724b8f11fde008751a325a
control_msgs/srv/QueryTrajectoryState_Request ec3322824b7a1ee850e03ff951f48b10395cab62a5a5662da32000f8b06aa791
control_msgs/srv/QueryTrajectoryState_Response f7b920129b8d5841312bcb89e6275508e19b3735a371b2df6e417447a44ea5db
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
