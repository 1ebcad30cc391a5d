# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which robot welds which spot, in which order, on which way, and how long it takes."""
