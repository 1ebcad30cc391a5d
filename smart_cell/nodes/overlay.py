# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tell in words what to type when ROS 2 or the project's messages are not there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

from smart_cell.core.errors import SmartCellError

_NEEDED = ("rclpy", "control_msgs.action", "tf2_msgs.msg", "smart_cell_msgs.msg")

_HINT = """\
{module} cannot be imported ({reason}).

On a machine without ROS 2, in the folder of the repository:
    make setup                      then start it as .venv/bin/smart_cell
With ROS 2 installed, in your workspace:
    colcon build
    . install/setup.bash
If that does not help: colcon does not find smart_cell_msgs inside the repository by itself. In the repository
colcon_defaults.yaml names it; for a workspace with the repository in src/, type once, in the workspace:
    ln -s src/smart_cell/colcon_defaults.yaml ."""


class OverlayMissingError(SmartCellError):
    """ROS 2 or generated messages are missing; the text says what to type."""


def require_messages(load: Callable[[str], ModuleType] = importlib.import_module) -> None:
    """Import ROS 2 and the message packages, so that what comes after need not expect an ImportError.

    Call it before importing any module of smart_cell.nodes that uses rclpy.

    Args:
        load: What imports a module by name.

    Raises:
        OverlayMissingError: One of them cannot be imported.
    """
    for module in _NEEDED:
        try:
            loaded = load(module)
        except ImportError as error:
            raise OverlayMissingError(_HINT.format(module=module, reason=error)) from error
        # In the root of the repository the folder smart_cell_msgs/msg is importable too, as an empty namespace.
        if getattr(loaded, "__file__", None) is None:
            reason = f"only its sources were found, in {', '.join(loaded.__path__)}"
            raise OverlayMissingError(_HINT.format(module=module, reason=reason))
