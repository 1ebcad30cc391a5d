# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where the flange of an arm is, and which joint angles bring it somewhere: for one pose and for many."""
