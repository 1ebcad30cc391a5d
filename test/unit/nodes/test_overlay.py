# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0

from types import ModuleType

import pytest

from smart_cell.nodes.overlay import OverlayMissingError, require_messages


def installed(name: str) -> ModuleType:
    """Return a module as if imported from an installation."""
    module = ModuleType(name)
    module.__file__ = f"/opt/{name}.py"
    return module


def test_nothing_is_said_when_all_is_there() -> None:
    require_messages(installed)


@pytest.mark.parametrize("missing", ["rclpy", "control_msgs.action", "tf2_msgs.msg", "smart_cell_msgs.msg"])
def test_a_missing_package_is_named_with_what_to_type(missing: str) -> None:
    def load(name: str) -> ModuleType:
        if name == missing:
            raise ImportError(f"No module named {name!r}")
        return installed(name)

    with pytest.raises(OverlayMissingError) as caught:
        require_messages(load)
    text = str(caught.value)
    assert text.startswith(f"{missing} cannot be imported (No module named {missing!r})")
    assert "make setup" in text
    assert ". install/setup.bash" in text
    assert "colcon_defaults.yaml" in text


def test_the_source_folder_alone_is_not_taken_for_the_messages() -> None:
    def load(name: str) -> ModuleType:
        if name != "smart_cell_msgs.msg":
            return installed(name)
        namespace = ModuleType(name)
        namespace.__path__ = ["/repository/smart_cell_msgs/msg"]
        return namespace

    with pytest.raises(OverlayMissingError, match="only its sources were found, in /repository/smart_cell_msgs/msg"):
        require_messages(load)
