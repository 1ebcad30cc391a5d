# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Arms and cells as URDF: reading them from files, and describing them for others."""
