# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Weld schedules, materials, tips and verdicts from measured signals."""
