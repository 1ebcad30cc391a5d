# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Real ROS 2 communication on this machine, kept apart from every other run on it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from empty_cell import empty_cell
from ros_domain import own_domain

from smart_cell.cell.model import Cell

pytest.importorskip("rclpy")
pytest.importorskip("smart_cell_msgs.msg")

LIMIT = 10.0


@pytest.fixture(scope="module")
def ros_domain() -> Iterator[int]:
    """Give the tests of a module a ROS domain that no other module, and no other session on this machine, uses.

    What a module might leave behind in the graph thus concerns nobody else.
    """
    with own_domain() as domain:
        yield domain


@pytest.fixture
def bare_cell() -> Cell:
    """A cell with a name and nothing in it: enough for the runtime."""
    return empty_cell("test_cell")


@pytest.fixture(params=["events", "single"])
def executor_choice(request: pytest.FixtureRequest) -> str:
    """Both executors that a process can have."""
    if request.param == "events":
        pytest.importorskip("rclpy.experimental", reason="this rclpy has no events executor")
    return str(request.param)


@pytest.fixture
def make_process(ros_domain: int, bare_cell: Cell, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that makes runtimes; what it made is stopped after the test.

    Its arguments are the name of the process, and by keyword `cell`, `speed`, `executor` and those of `Process`.
    """
    from smart_cell.nodes.clock import origin_now
    from smart_cell.nodes.runtime import Options, Process

    made: list[Process] = []

    def make(
        name: str = "devices", *, cell: Cell = bare_cell, speed: float = 1.0, executor: str = "auto", **arguments: Any
    ) -> Process:
        options = Options("sim", tmp_path, speed, origin_now(), executor)
        process = Process(name, cell, options, **arguments)
        made.append(process)
        return process

    yield make
    for process in reversed(made):
        process.stop()


@pytest.fixture
def on_executor() -> Callable[..., Any]:
    """Return a function that runs another one in a process's executor thread and returns what that returns."""

    def run(process: Any, function: Callable[[], Any]) -> Any:
        done = threading.Event()
        results: list[Any] = []

        def job() -> None:
            try:
                results.append(function())
            finally:
                done.set()

        process.post(job)
        assert done.wait(LIMIT), f"process {process.name} did not run it within {LIMIT:g} s"
        assert results, "it raised; the traceback is on standard error"
        return results[0]

    return run


@pytest.fixture
def bring_up(on_executor: Callable[..., Any]) -> Callable[..., None]:
    """Return a function that configures and activates nodes of a process, without a lifecycle manager."""

    def bring(process: Any, *nodes: Any) -> None:
        def transitions() -> list[str]:
            return [str(step()) for node in nodes for step in (node.trigger_configure, node.trigger_activate)]

        answers = on_executor(process, transitions)
        assert all("SUCCESS" in answer for answer in answers), answers

    return bring


@pytest.fixture
def until() -> Callable[..., None]:
    """Return a function that waits until a condition holds, looked at every 10 ms."""

    def wait(condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        ended = threading.Event()
        for _ in range(int(limit / 0.01)):
            if condition():
                return
            ended.wait(0.01)
        pytest.fail(f"not within {limit:g} s: {what}; domain {os.environ.get('ROS_DOMAIN_ID')}")

    return wait
