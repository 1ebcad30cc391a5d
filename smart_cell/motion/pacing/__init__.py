# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How fast a path is run: within all limits, at a speed override, to a stop and on again."""
