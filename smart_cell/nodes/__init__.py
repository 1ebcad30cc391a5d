# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Every ROS 2 node of a cell; the only layer that imports rclpy and generated messages."""
