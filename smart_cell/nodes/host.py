# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""ROS in one operating-system process: context, executor thread, schedule, writer and clock."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from smart_cell.nodes.clock import ProcessClock
from smart_cell.nodes.executor import Spinner, make_executor
from smart_cell.nodes.scheduler import Job, Schedule
from smart_cell.nodes.writer import Writer

_STOP_WAIT = 1.0


class Host:
    """What all nodes of one process share, whether or not they are part of a cell.

    Everything that nodes do happens in its one executor thread; they need no locks and must never block. What
    blocks goes to `write`.
    """

    def __init__(self, name: str, namespace: str, clock: ProcessClock, executor: str = "auto") -> None:
        """Start ROS in a context of its own and without its signal handlers.

        Args:
            name: Of the process.
            namespace: Of its nodes, which is the name of the cell; empty before one was found.
            clock: Of the process.
            executor: See `smart_cell.nodes.executor.CHOICES`.
        """
        self.name = name
        self.namespace = namespace
        self.clock = clock
        self.epoch = time.time_ns()
        self.schedule = Schedule(lambda: self.spinner.poke())
        self.failed = False
        self._started = False
        self._stopped = False
        self._ros_nodes: list[Node] = []
        self._take_downs: list[Callable[[], None]] = []
        self._on_failure: Callable[[], None] = lambda: None
        self.context = rclpy.Context()
        rclpy.init(context=self.context, signal_handler_options=SignalHandlerOptions.NO)
        self.executor = make_executor(executor, self.context)
        self.spinner = Spinner(name, self.executor, self._run_due, self._spin_failed)
        self._writer = Writer(name, self.spinner.post)
        self.node = Node(f"_{name}", **self.node_arguments(""))
        self.add_ros_node(self.node)

    def join(self, cell: str) -> None:
        """Make names relative to `cell` from now on."""
        self.namespace = cell

    def path(self, name: str) -> str:
        """Return the full name of a topic, service or action whose name is relative to the cell."""
        return f"/{self.namespace}/{name}"

    def node_arguments(self, folder: str) -> dict[str, Any]:
        """Return the keyword arguments that every node of the process is created with.

        Services that nobody here calls are left out: each endpoint is announced to every other process, and at a
        start those announcements come by the thousand.

        Args:
            folder: The part of the node's name before its last slash, relative to the cell; may be empty.
        """
        return {
            "namespace": f"/{self.namespace}/{folder}".rstrip("/"),
            "context": self.context,
            "start_parameter_services": False,
            "parameter_overrides": [Parameter("start_type_description_service", value=False)],
        }

    def add_ros_node(self, node: Node) -> None:
        """Run the callbacks of a node."""
        self._ros_nodes.append(node)
        self.executor.add_node(node)

    def at_end(self, take_down: Callable[[], None]) -> None:
        """Call `take_down` at the end of the process, before the nodes are destroyed.

        rclpy destroys topics and services with their node, but neither actions nor the services of a lifecycle node.
        A participant of which anything is left stays in the graph, where others take it for a server on its way.
        """
        self._take_downs.append(take_down)

    def write(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a job that blocks, such as a durable write, in the process's one writer thread.

        Jobs run in the order in which they were given.

        Args:
            job: Runs in the writer thread.
            then: Gets the result of `job`, or the exception it raised, in the executor thread.
        """
        self._writer.write(job, then)

    def post(self, callback: Callable[[], None]) -> None:
        """Run `callback` soon in the executor thread; the one method to be called from other threads."""
        self.spinner.post(callback)

    def at(self, steady: float, job: Job) -> None:
        """Run `job` in the executor thread at a reading of the steady clock [s], instead of when it was due before."""
        self.schedule.set(job, steady)

    def after(self, delay: float, job: Job) -> None:
        """Run `job` in the executor thread after `delay` [s] of the steady clock, instead of when it was due before."""
        self.schedule.set(job, self.clock.steady() + delay)

    def forget(self, job: Job) -> None:
        """Do not run `job` any more."""
        self.schedule.drop(job)

    def start(self, on_failure: Callable[[], None] = lambda: None) -> None:
        """Start the executor thread.

        Args:
            on_failure: Called in the executor thread when it ends although nobody stopped it.
        """
        self._on_failure = on_failure
        self._started = True
        self.spinner.start()

    def stop(self) -> bool:
        """Stop every node, let queued writes end, and leave the graph in order; a second call does nothing.

        Returns:
            Whether everything ended in time: 1 s each for the nodes, the writes and the executor thread.
        """
        if self._stopped:
            return True
        self._stopped = True
        done = True
        if self._started and not self.failed:
            nodes_done = threading.Event()
            self.spinner.post(lambda: self._stop_nodes(nodes_done))
            done = nodes_done.wait(_STOP_WAIT)
            done = self._writer.close(_STOP_WAIT) and done
            done = self.spinner.stop(_STOP_WAIT) and done
        if done:
            self.executor.shutdown()
            for take_down in reversed(self._take_downs):
                take_down()
            for node in reversed(self._ros_nodes):
                node.destroy_node()
        self.context.try_shutdown()
        return done

    def shut_nodes_down(self) -> None:
        """Stop what the nodes do, for good; called once, in the executor thread."""

    def _stop_nodes(self, done: threading.Event) -> None:
        try:
            self.shut_nodes_down()
        finally:
            done.set()

    def _spin_failed(self) -> None:
        self.failed = True
        self._on_failure()

    def _run_due(self) -> float:
        """Do what is due and return how long nothing will be [s]."""
        self.schedule.sleeping_until = -math.inf
        for job in self.schedule.take_due(self.clock.steady()):
            self._run_job(job)
        self.schedule.sleeping_until = self.schedule.next_time()
        return self.schedule.sleeping_until - self.clock.steady()

    def _run_job(self, job: Job) -> None:
        try:
            job()
        except Exception:
            self.node.get_logger().error(f"a job of process {self.name} failed:\n{traceback.format_exc()}")
