# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell run`, `command` and `inject` as a person uses them: as programs, on the starter cell."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from smart_cell.commands.new import write_starter_cell

pytestmark = pytest.mark.ros

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "smart_cell.cli"]
READY_LIMIT = 45.0
STOP_LIMIT = 5.0
"""What issue and users are promised [s]; a busy test machine gets a little more."""
SLACK = 2.0


class Run:
    """`smart_cell run` of the starter cell."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.output = folder / "output.txt"
        self.summary = folder / "summary.json"
        cell = write_starter_cell(folder / "run_cell")
        files = ["--json", str(self.summary), "--state", self.state]
        with self.output.open("w") as output:
            self.popen = subprocess.Popen(
                [*PROGRAM, "run", str(cell), "--headless", *files, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def state(self) -> str:
        return str(self.folder / "state")

    def wait_for(self, text: str, limit: float = READY_LIMIT) -> None:
        end = time.monotonic() + limit
        while text not in self.text():
            assert self.popen.poll() is None, f"ended with {self.popen.returncode}:\n{self.text()}"
            assert time.monotonic() < end, f"no {text!r} within {limit:g} s:\n{self.text()}"
            time.sleep(0.05)

    def text(self) -> str:
        return self.output.read_text()

    def stop(self, number: signal.Signals) -> float:
        """Send a signal and return how long the run took to end [s]."""
        began = time.monotonic()
        self.popen.send_signal(number)
        self.popen.wait(30.0)
        return time.monotonic() - began

    def descendants(self) -> list[int]:
        """Return the processes that work on this run's state folder."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if self.state.encode() in words and b"smart_cell.nodes.process" in words:
                found.append(int(folder.name))
        return found


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60.0, check=False)


@pytest.fixture(scope="module")
def running(ros_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A starter cell that is up and stopped, for tests that leave it stopped."""
    run = Run(tmp_path_factory.mktemp("running"), "--speed", "5")
    run.wait_for("ready after")
    yield run
    run.stop(signal.SIGTERM)


def status() -> dict[str, Any]:
    answer = program("command", "status", "--json")
    assert answer.returncode == 0, answer.stderr
    loaded: dict[str, Any] = json.loads(answer.stdout)
    return loaded


def wait_until(state: str, limit: float = 30.0) -> dict[str, Any]:
    end = time.monotonic() + limit
    while (now := status())["state"] != state:
        assert time.monotonic() < end, f"{now['state']}, waiting for {now['waiting_for']}; wanted {state}"
    return now


def test_order_is_produced_and_summed_up(ros_domain: int, tmp_path: Path) -> None:
    run = Run(tmp_path, "--order", "panel:2", "--speed", "5")
    assert run.popen.wait(100.0) == 0, run.text()
    summary = json.loads(run.summary.read_text())
    jsonschema.validate(summary, json.loads((ROOT / "docs/reference/summary.schema.json").read_text()))
    assert summary["bodies"] == {"ordered": 2, "done": 2, "by_variant": {"panel": {"ordered": 2, "done": 2}}}
    assert summary["exit_reason"] == "done"
    assert (summary["lost"], summary["double"], summary["unexplained"]) == (0, 0, 0)
    rows = (tmp_path / "run_cell" / "panel_spots.csv").read_text().splitlines()
    assert summary["welds"]["ok"] == 2 * sum(row.startswith("P") for row in rows) > 0
    assert len(summary["cycle_times"]) == 2
    assert run.descendants() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_signal_ends_a_producing_cell_in_order(
    ros_domain: int, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    run = Run(tmp_path, "--order", "panel:5")
    run.wait_for("cell is Execute")
    took = run.stop(number)
    assert run.popen.returncode == code
    assert took <= STOP_LIMIT + SLACK
    assert run.descendants() == []
    assert "Traceback" not in run.text()
    logs = "".join(log.read_text() for log in (tmp_path / "state" / "log").glob("*.log"))
    assert "Traceback" not in logs
    assert json.loads(run.summary.read_text())["exit_reason"] in ("interrupted", "terminated")


def test_processes_end_when_their_parent_is_killed(ros_domain: int, tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.wait_for("ready after")
    assert len(run.descendants()) >= 3
    run.stop(signal.SIGKILL)
    end = time.monotonic() + STOP_LIMIT + SLACK
    while run.descendants():
        assert time.monotonic() < end, "processes are left"
        time.sleep(0.05)


def test_second_instance_is_refused(running: Run) -> None:
    answer = program("run", str(running.folder / "run_cell" / "cell.yaml"), "--headless")
    assert answer.returncode == 1
    assert "runs already" in answer.stderr
    assert running.popen.poll() is None


def test_person_starts_holds_and_stops_the_cell(running: Run) -> None:
    assert program("command", "produce", "panel:1").returncode == 0
    assert program("command", "reset").returncode == 0
    wait_until("Idle")
    started = program("command", "start", "--reason", "test")
    assert (started.returncode, "Start" in started.stdout) == (0, True), started
    refused = program("command", "reset")
    assert refused.returncode == 1
    assert "not allowed" in refused.stderr
    assert program("command", "abort").returncode == 0
    wait_until("Aborted")
    assert program("command", "clear").returncode == 0
    assert wait_until("Stopped")["cell"] == "run_cell"


def test_process_that_is_killed_comes_back_disabled(running: Run) -> None:
    before = {process["process"]: process["pid"] for process in status()["processes"]}
    killed = program("inject", "kill:supervisor")
    assert (killed.returncode, str(before["supervisor"]) in killed.stdout) == (0, True), killed
    running.wait_for("every node is active again")
    after = wait_until("Aborted")
    assert {process["process"]: process["pid"] for process in after["processes"]}["supervisor"] != before["supervisor"]
    assert program("command", "clear").returncode == 0
    wait_until("Stopped")


def test_hung_process_is_found_and_goes_on(running: Run) -> None:
    assert program("inject", "hang:devices").returncode == 0
    time.sleep(1.0)
    resumed = program("inject", "resume:safety")
    assert resumed.returncode == 0, resumed.stderr
    wait_until("Aborted")
    assert program("command", "acknowledge").returncode == 0
    end = time.monotonic() + 20.0
    while program("command", "clear").returncode != 0:
        assert time.monotonic() < end, "Clear is still refused"
    wait_until("Stopped")


def test_devices_say_what_can_be_injected(running: Run) -> None:
    answer = program("inject", "list")
    assert answer.returncode == 0
    assert "emergency_stop" in answer.stdout
    assert program("inject", "nobody:burns").returncode == 2
    assert program("inject", "safety:burns").returncode == 1


def test_nobody_to_command(ros_domain: int) -> None:
    answer = program("command", "status", "--cell", "no_such_cell")
    assert answer.returncode == 1
    assert "does not run" in answer.stderr
    assert "smart_cell run" in answer.stderr
