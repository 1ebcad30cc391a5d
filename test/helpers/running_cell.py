# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A cell in processes of its own, watched and commanded by plain rclpy from the test's process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rclpy
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from smart_cell_msgs.action import ProduceOrder
from smart_cell_msgs.msg import AlarmList, CellState, Heartbeat, RobotState
from smart_cell_msgs.srv import CellCommand, DecideSpot, Inject

LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
DEMO_CELL = Path(__file__).parents[2] / "config" / "demo_cell.yaml"


class RunningCell:
    """`smart_cell run` as a child, and the newest messages of its graph."""

    def __init__(self, folder: Path, *arguments: str, file: Path = DEMO_CELL, cell: str = "body_side") -> None:
        """Start the cell; `folder` gets its state, its output and its summary."""
        self.cell = cell
        self.folder = folder
        self.summary_file = folder / "summary.json"
        self.output_file = folder / "output.txt"
        command = [sys.executable, "-m", "smart_cell.cli", "run", str(file), "--headless"]
        command += ["--state", str(folder / "state"), "--json", str(self.summary_file), *arguments]
        with self.output_file.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.state: CellState | None = None
        self.alarms: list[Any] = []
        self.robots: dict[str, RobotState] = {}
        self.pids: dict[str, int] = {}
        self.active: dict[str, bool] = {}
        self.history: list[tuple[float, int]] = []
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node(f"test_{uuid.uuid4().hex[:8]}", context=self.context)
        self._subscribe()
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._is_closing = False
        self._actions: list[ActionClient] = []
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _subscribe(self) -> None:
        def hear_state(message: CellState) -> None:
            if not self.history or self.history[-1][1] != message.state:
                self.history.append((time.monotonic(), message.state))
            self.state = message

        def hear_beat(message: Heartbeat) -> None:
            self.pids[message.process] = message.pid
            self.active.update(zip(message.nodes, message.active, strict=True))

        node, path = self.node, self.path
        node.create_subscription(CellState, path("supervisor/state"), hear_state, LATCHED)
        node.create_subscription(
            AlarmList, path("supervisor/alarms"), lambda m: setattr(self, "alarms", list(m.alarms)), LATCHED
        )
        node.create_subscription(Heartbeat, path("heartbeats"), hear_beat, 20)
        for robot in ("r1", "r2", "r3", "r4"):
            node.create_subscription(
                RobotState, path(f"{robot}/state"), lambda m, r=robot: self.robots.update({r: m}), LATCHED
            )

    def _spin(self) -> None:
        while not self._is_closing:
            self.executor.spin_once(timeout_sec=0.05)

    def path(self, name: str) -> str:
        """Return the full name of something of the cell."""
        return f"/{self.cell}/{name}"

    # ------------------------------------------------------------------------------------------ waiting

    def wait(self, condition: Callable[[], object], what: str, limit: float = 60.0) -> float:
        """Wait until `condition` holds and return how long that took [s]."""
        start = time.monotonic()
        while not condition():
            assert time.monotonic() - start < limit, f"not within {limit:g} s: {what}\n{self.report()}"
            time.sleep(0.005)
        return time.monotonic() - start

    def is_in(self, *states: int) -> bool:
        """Tell whether the newest state is one of `states`."""
        return self.state is not None and self.state.state in states

    def wait_ready(self) -> None:
        """Wait until the supervisor and every node are active."""
        self.wait(lambda: self.is_in(CellState.STATE_STOPPED, CellState.STATE_ABORTED, CellState.STATE_EXECUTE), "up")
        self.wait(lambda: len(self.pids) >= 3 and all(self.active.values()), "every node active")

    def wait_welds(self, count: int, limit: float = 90.0) -> None:
        """Wait until so many welds are OK."""
        self.wait(lambda: self.state is not None and self.state.welds_ok >= count, f"{count} welds", limit)

    def report(self) -> str:
        """Return what a failed test should show."""
        output = self.output_file.read_text()[-4000:]
        state = "none" if self.state is None else f"{self.state.state}, waiting for {self.state.waiting_for}"
        alarms = "\n".join(f"  {a.code} {a.source}: {a.cause}" for a in self.alarms)
        return f"state {state}\nalarms:\n{alarms}\noutput:\n{output}"

    # ------------------------------------------------------------------------------------------ commanding

    def call(self, service_type: Any, name: str, request: Any, limit: float = 5.0) -> Any:
        """Call a service and return its response."""
        client = self.node.create_client(service_type, self.path(name))
        try:
            self.wait(client.service_is_ready, f"service {name}", limit)
            future = client.call_async(request)
            self.wait(future.done, f"answer of {name}", limit)
            return future.result()
        finally:
            self.node.destroy_client(client)

    def command(self, command: int) -> Any:
        """Give a PackML command."""
        request = CellCommand.Request(command=command, request_id=uuid.uuid4().hex, user="test")
        return self.call(CellCommand, "supervisor/command", request)

    def override(self, percent: int) -> Any:
        """Change the speed override and wait until every robot says that it has it."""
        request = CellCommand.Request(speed_override=percent, request_id=uuid.uuid4().hex, user="test")
        answer = self.call(CellCommand, "supervisor/command", request)
        assert answer.code == CellCommand.Response.CODE_OK, answer.text
        self.wait(
            lambda: {robot.speed_override for robot in self.robots.values()} == {percent}, f"robots at {percent} %", 5.0
        )

    def inject(self, device: str, fault: str, value: str = "") -> None:
        """Inject a fault of the simulated hardware."""
        answer = self.call(Inject, f"{device}/inject", Inject.Request(fault=fault, value=value))
        assert answer.code == CellCommand.Response.CODE_OK, answer.text

    def action_client(self, action_type: Any, name: str) -> ActionClient:
        """Return a client of an action, which lives as long as this object."""
        client = ActionClient(self.node, action_type, self.path(name))
        self._actions.append(client)
        return client

    def produce(self, variant: str, quantity: int) -> Any:
        """Queue an order as an external client would and return its goal handle."""
        client = self.action_client(ProduceOrder, "supervisor/produce")
        self.wait(client.server_is_ready, "supervisor/produce")
        future = client.send_goal_async(ProduceOrder.Goal(variant=variant, quantity=quantity, user="test"))
        self.wait(future.done, "answer of supervisor/produce")
        return future.result()

    def kill(self, process: str) -> float:
        """Kill a process of the cell and return when [s, steady clock]."""
        pid = self.pids.pop(process)
        for node in list(self.active):
            self.active[node] = False
        os.kill(pid, signal.SIGKILL)
        return time.monotonic()

    def recover(self) -> None:
        """Clear, reset and start, as a person would."""
        self._command_and_wait(CellCommand.Request.COMMAND_CLEAR, CellState.STATE_STOPPED)
        self.command_reset_and_start()

    def command_reset_and_start(self) -> None:
        """Reset and start, each when the one before is done."""
        self._command_and_wait(CellCommand.Request.COMMAND_RESET, CellState.STATE_IDLE)
        self._command_and_wait(CellCommand.Request.COMMAND_START, CellState.STATE_EXECUTE)

    def _command_and_wait(self, command: int, state: int) -> None:
        answer = self.command(command)
        assert answer.code == answer.CODE_OK, f"{answer.text}\n{self.report()}"
        # Execute may be over before it is seen
        later = (CellState.STATE_HOLDING, CellState.STATE_HELD, CellState.STATE_COMPLETE)
        self.wait(lambda: self.is_in(state, *later) or self.process.poll() is not None, f"state {state}")

    def finish(self, limit: float = 120.0) -> dict[str, Any]:
        """Wait until the run ends by itself, reworking spots that nobody can tell about, and return its summary."""
        start = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() - start < limit, f"no end after {limit:g} s\n{self.report()}"
            if self.is_in(CellState.STATE_HELD):
                self._decide()
            time.sleep(0.05)
        return dict(json.loads(self.summary_file.read_text()))

    def _decide(self) -> None:
        for alarm in self.alarms:
            if alarm.active and alarm.code == "SPOT_UNCERTAIN":
                body, spot = alarm.source.split("/")
                request = DecideSpot.Request(body=body, spot=spot, decision=DecideSpot.Request.DECISION_REWELD)
                request.request_id, request.user = uuid.uuid4().hex, "test"
                answer = self.call(DecideSpot, "supervisor/decide_spot", request)
                assert answer.code == CellCommand.Response.CODE_OK, answer.text
        answer = self.command(CellCommand.Request.COMMAND_UNHOLD)
        self.wait(lambda: not self.is_in(CellState.STATE_HELD) or self.process.poll() is not None, answer.text, 5.0)

    # ------------------------------------------------------------------------------------------ ending

    def close(self) -> None:
        """Stop watching, and the cell if it still runs."""
        self._is_closing = True
        self._thread.join(2.0)
        for client in self._actions:
            # destroy_node leaves actions alone, and with one left the participant stays in the graph
            client.destroy()
        self.node.destroy_node()
        self.executor.shutdown()
        self.context.try_shutdown()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10.0)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
