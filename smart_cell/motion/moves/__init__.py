# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Moves from rest to rest: PTP, LIN, CIRC and sequences of them."""
