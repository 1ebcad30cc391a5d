# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every test: it talks to no other machine or run and leaves no logs in the home folder."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings

# Before anything imports rclpy. A run of its own domain: cells, tests and users on this machine do not meet.
os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
os.environ.setdefault("ROS_LOG_DIR", str(Path(tempfile.gettempdir()) / f"smart_cell_test_logs_{os.getuid()}"))

# How long an example takes depends on what else the machine does.
settings.register_profile("smart_cell", deadline=None)
settings.load_profile("smart_cell")
