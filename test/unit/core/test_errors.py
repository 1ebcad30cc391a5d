# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.core.errors."""

from smart_cell.core.errors import ConfigError, Problem, SmartCellError


def test_problem_prints_place_key_message_and_what_is_allowed() -> None:
    problem = Problem("a.yaml", 12, "robots.r1.base.xyz[1]", "left", "'left' is not a number", "a number [m]")
    assert str(problem) == "a.yaml:12: robots.r1.base.xyz[1]: 'left' is not a number; allowed: a number [m]"


def test_problem_of_a_whole_file_has_no_line() -> None:
    assert str(Problem("a.yaml", 0, "", "", "does not exist")) == "a.yaml: does not exist"


def test_config_error_sorts_by_file_then_number_of_the_line_and_counts() -> None:
    problems = [Problem("b.csv", 2, "", "", "x"), Problem("a.yaml", 10, "", "", "y"), Problem("a.yaml", 9, "", "", "z")]
    error = ConfigError(problems)
    assert isinstance(error, SmartCellError)
    assert str(error).splitlines() == ["a.yaml:9: z", "a.yaml:10: y", "b.csv:2: x", "3 errors"]


def test_config_error_counts_one_error_in_the_singular() -> None:
    assert str(ConfigError([Problem("a", 1, "", "", "x")])).endswith("\n1 error")
