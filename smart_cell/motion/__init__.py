# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""How an arm moves: kinematics, trajectories, point-to-point moves and stops on the path."""
