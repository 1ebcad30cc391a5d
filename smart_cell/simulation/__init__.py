# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated hardware: arms, timers, devices. Pure, time is an argument."""
