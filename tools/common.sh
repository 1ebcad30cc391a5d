# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts in tools/ share. Sourced, never run; sets ROOT and VENV.
# shellcheck shell=sh

ROOT=$(cd "$(dirname "$0")/.." && pwd)
VENV=$ROOT/.venv
# The words after `make demo` are not meant for a make that these scripts start.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

say() { printf '%s\n' "$*" >&2; }

die() {
    say ""
    say "smart_cell: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

# True when the shell that called has a ROS 2 environment of its own (and not the one in .venv).
ros_is_sourced() {
    [ -n "${ROS_DISTRO:-}" ] && [ -n "${AMENT_PREFIX_PATH:-}" ] || return 1
    case ":$AMENT_PREFIX_PATH:" in *":$VENV:"*) return 1 ;; esac
    python3 -c 'import rclpy' 2>/dev/null
}

# Loads a colcon or ROS set-up file, which may read variables that are not set.
source_setup() {
    set +u
    # shellcheck disable=SC1090
    . "$1"
    set -u
}

# Loads the project's environment: the sourced ROS 2 with install/ on top, or .venv.
enter_environment() {
    if ros_is_sourced; then
        [ -f "$ROOT/install/local_setup.sh" ] || die "the workspace is not built yet." "Type: make setup"
        COLCON_CURRENT_PREFIX=$ROOT/install
        source_setup "$ROOT/install/local_setup.sh"
        PATH=$ROOT/install/smart_cell/lib/smart_cell:$PATH
    else
        [ -x "$VENV/bin/smart_cell" ] || die "the environment .venv is not complete." "Type: make setup"
        source_setup "$VENV/setup.sh"
    fi
    export PATH COLCON_DEFAULTS_FILE="$ROOT/colcon_defaults.yaml"
}
