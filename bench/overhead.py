#!/usr/bin/env python3
# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the software adds to each weld spot, beside what one bare rclpy action costs on the same machine.

    tools/run python bench/overhead.py              one body of the demo cell in real time, about a minute
    tools/run python bench/overhead.py --speed 5    faster; the machine has five times the work

Two figures per spot, on the steady clock: from the arm at rest to the weld command, and from the weld's result to the
next motion command. The peer is a plain rclpy action between two processes, with rclpy's own executor: from sending a
goal to its acceptance, and to its result. An idle machine gives the figures of the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

import rclpy
from rclpy.action import ActionClient, ActionServer
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from smart_cell_msgs.action import Weld

CELL = Path(__file__).parents[1] / "config" / "demo_cell.yaml"
GOAL_MS = 20.0
PEER_GOALS = 200


def main() -> int:
    """Measure, print, and tell by the exit code whether the goal was held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the cell in one second")
    parser.add_argument("--bodies", type=int, default=1, help="how many bodies to weld")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--peer-server", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer_server:
        return serve_peer()
    os.environ.setdefault("ROS_DOMAIN_ID", str(101 + os.getpid() % 100))
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    console = Console()
    with console.status("welding in the demo cell ..."):
        summary = weld(options.speed, options.bodies)
    with console.status("measuring a bare rclpy action ..."):
        accepted, resulted = measure_peer()
    overhead = summary["overhead"]
    rows = {
        "arm at rest -> weld command": (overhead["weld"]["p50"], overhead["weld"]["p95"], overhead["weld"]["max"]),
        "weld result -> next motion": (overhead["move"]["p50"], overhead["move"]["p95"], overhead["move"]["max"]),
        "peer: rclpy goal -> accepted": spread(accepted),
        "peer: rclpy goal -> result": spread(resulted),
    }
    show(console, rows, summary, options.speed)
    if options.json:
        figures = {name: dict(zip(("p50", "p95", "max"), values, strict=True)) for name, values in rows.items()}
        options.json.write_text(json.dumps({"speed": options.speed, "unit": "s", **figures}, indent=2) + "\n")
    return int(max(overhead["weld"]["p95"], overhead["move"]["p95"]) * 1000 > GOAL_MS)


def weld(speed: float, bodies: int) -> dict[str, dict[str, dict[str, float]]]:
    """Run the demo cell and return its summary."""
    with tempfile.TemporaryDirectory(prefix="smart_cell_bench_") as folder:
        summary = Path(folder) / "summary.json"
        command = [sys.executable, "-m", "smart_cell.cli", "run", str(CELL), "--headless", "--json", str(summary)]
        command += ["--state", f"{folder}/state", "--order", f"sedan:{bodies}", "--speed", str(speed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"the demo cell ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}")
        return dict(json.loads(summary.read_text()))


def measure_peer() -> tuple[list[float], list[float]]:
    """Return the times [s] from sending a goal to its acceptance and to its result, for a plain action."""
    server = subprocess.Popen([sys.executable, __file__, "--peer-server"])
    rclpy.init()
    node = rclpy.create_node("peer_client")
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    client = ActionClient(node, Weld, "peer")
    accepted: list[float] = []
    resulted: list[float] = []
    try:
        deadline = time.monotonic() + 20.0
        while not client.server_is_ready():
            if time.monotonic() > deadline:
                sys.exit("the peer's server did not come up within 20 s")
            executor.spin_once(timeout_sec=0.1)
        for number in range(PEER_GOALS):
            start = time.perf_counter()
            goal = client.send_goal_async(Weld.Goal(spot=f"S{number}"))
            while not goal.done():
                executor.spin_once()
            accepted.append(time.perf_counter() - start)
            result = goal.result().get_result_async()
            while not result.done():
                executor.spin_once()
            resulted.append(time.perf_counter() - start)
    finally:
        server.terminate()
        server.wait(5.0)
        node.destroy_node()
        rclpy.shutdown()
    return accepted, resulted


def serve_peer() -> int:
    """Serve the peer's action until the process is ended."""
    rclpy.init()
    node = rclpy.create_node("peer_server")

    def execute(handle: object) -> Weld.Result:
        handle.succeed()  # type: ignore[attr-defined]
        return Weld.Result()

    ActionServer(node, Weld, "peer", execute)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    with suppress(ExternalShutdownException):
        executor.spin()
    return 0


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return median, 95 % quantile and maximum."""
    cuts = quantiles(values, n=20)
    return cuts[9], cuts[18], max(values)


def show(console: Console, rows: dict[str, tuple[float, float, float]], summary: object, speed: float) -> None:
    """Print the figures and the goal."""
    peer = rows["peer: rclpy goal -> result"][0]
    table = Table(title=f"Orchestration per spot, 4 arms, speed {speed:g}, {os.cpu_count()} cores")
    for column in ("", "p50 [ms]", "p95 [ms]", "max [ms]", "p50 / peer"):
        table.add_column(escape(column), justify="right" if column else "left")
    for name, values in rows.items():
        table.add_row(name, *(f"{value * 1000:.1f}" for value in values), f"{values[0] / peer:.2f}")
    console.print(table)
    assert isinstance(summary, dict)
    held = all(rows[name][1] * 1000 <= GOAL_MS for name in list(rows)[:2])
    console.print(f"goal: p95 <= {GOAL_MS:g} ms each: {'held' if held else 'missed'}")
    cycles = ", ".join(f"{value:.1f}" for value in summary["cycle_times"])
    console.print(f"cycle times {cycles} s; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
