# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Print the Python modules that smart_cell needs and this Python lacks and exit with 1 if there are any."""

import importlib.util
import sys

MODULES = (
    "rclpy",
    "action_msgs",
    "builtin_interfaces",
    "control_msgs",
    "diagnostic_msgs",
    "geometry_msgs",
    "lifecycle_msgs",
    "rosgraph_msgs",
    "sensor_msgs",
    "std_msgs",
    "tf2_msgs",
    "trajectory_msgs",
    "visualization_msgs",
    "xacro",
    "numpy",
    "transforms3d",
    "yaml",
    "jsonschema",
    "rich",
    "pytest",
    "hypothesis",
    "pytest_timeout",
)

if __name__ == "__main__":
    missing = [name for name in MODULES if importlib.util.find_spec(name) is None]
    print(", ".join(missing))
    sys.exit(1 if missing else 0)
