# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How far arms, guns, fixtures and bodies stay apart, and which space a motion takes."""
