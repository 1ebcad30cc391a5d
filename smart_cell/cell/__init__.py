# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The cell file: schema, loader with line numbers, frozen model, weld lists."""
