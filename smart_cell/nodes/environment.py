# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What a process asks of its environment before ROS starts."""

from __future__ import annotations

from collections.abc import MutableMapping

from smart_cell.core.errors import SmartCellError


class EnvironmentSettingError(SmartCellError):
    """A ROS variable of the environment has a value with which the cell does not start."""


def prepare_environment(environ: MutableMapping[str, str]) -> None:
    """Set the defaults that the cell runs with, where the user has not chosen otherwise.

    Discovery stays on this machine: the bus knows no authentication. Shared-memory transport is left out, because
    each process that is killed leaves files behind that later starts complain about, and it is not faster here.

    Args:
        environ: The environment, changed in place before `rclpy.init` and handed on to child processes.

    Raises:
        EnvironmentSettingError: `ROS_SECURITY_ENABLE` is true without the strategy `Enforce`, with which a missing
            key would only be logged.
    """
    if environ.get("ROS_SECURITY_ENABLE", "").lower() == "true" and environ.get("ROS_SECURITY_STRATEGY") != "Enforce":
        strategy = environ.get("ROS_SECURITY_STRATEGY", "")
        raise EnvironmentSettingError(
            f"ROS_SECURITY_ENABLE is true but ROS_SECURITY_STRATEGY is {strategy!r}: a process without keys would run "
            "unprotected; set ROS_SECURITY_STRATEGY=Enforce, or ROS_SECURITY_ENABLE=false"
        )
    environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    environ.setdefault("FASTDDS_BUILTIN_TRANSPORTS", "UDPv4")


def domain_id(environ: MutableMapping[str, str]) -> int:
    """Return the ROS domain that `environ` selects; 0 without a choice.

    Raises:
        EnvironmentSettingError: The value is not a number from 0 to 232.
    """
    text = environ.get("ROS_DOMAIN_ID", "") or "0"
    if not text.isdecimal() or int(text) > 232:
        raise EnvironmentSettingError(f"ROS_DOMAIN_ID {text!r}: allowed is a whole number from 0 to 232")
    return int(text)
