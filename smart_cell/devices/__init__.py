# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Logic of the cell's devices over backends; the same in simulation and with real hardware."""
