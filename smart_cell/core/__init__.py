# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What every layer may use: errors, geometry, identities, units, journal, paths."""
