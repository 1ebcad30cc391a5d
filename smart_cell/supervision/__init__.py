# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What decides: PackML states, orders, jobs, zones, alarms and weld accounting. No ROS."""
