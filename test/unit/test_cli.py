# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The program's own words, without ROS."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smart_cell import __version__, cli


def test_every_command_has_a_module_that_can_be_added(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as exit_info:
            cli.main([command, "--help"])
        assert exit_info.value.code == 0
        assert f"smart_cell {command}" in capsys.readouterr().out


def test_help_lists_every_command_and_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert all(command in text for command in cli.COMMANDS)
    assert "examples:" in text
    assert "not a safety system" in text


@pytest.mark.parametrize("arguments", [[], ["no_such_command"], ["run"], ["run", "f", "--speed", "99"]])
def test_bad_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        cli.main(arguments)
    assert exit_info.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"smart_cell {__version__}\n"


def test_wrong_file_or_order_is_bad_input(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", f"{tmp_path}/nothing.yaml"]) == 2
    assert "nothing.yaml" in capsys.readouterr().err
    assert cli.main(["command", "produce", "sedan:0"]) == 2
    assert "VARIANT:QUANTITY" in capsys.readouterr().err
    assert cli.main(["inject", "nonsense"]) == 2
    assert "is no fault" in capsys.readouterr().err


def test_commands_without_ros_do_not_import_it() -> None:
    code = (
        "import sys; sys.modules['rclpy'] = None; sys.modules['smart_cell_msgs'] = None\n"
        "from smart_cell import cli\n"
        "for name in cli.COMMANDS:\n"
        "    try: cli.main([name, '--help'])\n"
        "    except SystemExit as end: assert end.code == 0\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
