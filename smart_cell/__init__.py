# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a robot cell that welds car bodies, on ROS 2, and proves what happened to every weld."""

__version__ = "0.1.0"
