# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The commands of the smart_cell program, one module each."""
