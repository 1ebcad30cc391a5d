# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""An operator's station: sees the state of a running cell and sends commands to it."""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

from rclpy.node import Node

from smart_cell.nodes import names, qos
from smart_cell.nodes import operator_conversions as convert
from smart_cell.nodes.callers import Ending, ServiceCaller
from smart_cell.nodes.entities import Entities
from smart_cell.nodes.host import Host
from smart_cell.nodes.views import AlarmView, CellView, ProcessView, Reply
from smart_cell.supervision.accounting import Decision
from smart_cell.supervision.packml import Command, Mode
from smart_cell_msgs.action import ProduceOrder
from smart_cell_msgs.msg import AlarmList, CellState, Heartbeat, RobotState
from smart_cell_msgs.srv import Acknowledge, CellCommand, DecideSpot, Inject

T = TypeVar("T")

ATTEMPT_DEADLINE: Final = 1.5
ATTEMPTS: Final = 3
HEARTBEAT_PATIENCE: Final = 2.0
"""Longest time to wait for processes that give no sign of life [s]."""
QUIET_LOOKS: Final = 3
"""After so many looks, 0.1 s apart, at which no further process appeared, all are taken as found."""
_PATIENCE: Final = ATTEMPT_DEADLINE * ATTEMPTS + 1.0


class Operator(Entities, Node):
    """Node `operator_<pid>`: one screen or one command line, of which a cell may have several.

    Subscribes to `supervisor/state`, `supervisor/alarms` and `heartbeats`. What it has heard is kept in `cell`,
    `alarms` and `processes`, which any thread may read. Its commands block and are for threads other than the
    executor's; each carries a request id, so that sending it again after a lost answer has no second effect.
    """

    def __init__(self, host: Host) -> None:
        """Create the node.

        Args:
            host: The runtime it lives in; its namespace is the cell's name.
        """
        Node.__init__(self, f"operator_{os.getpid()}", **host.node_arguments(""))
        Entities.__init__(self, host)
        host.add_ros_node(self)
        self.cell: CellView | None = None
        self.alarms: tuple[AlarmView, ...] = ()
        self.processes: dict[str, ProcessView] = {}
        self.move_overheads: list[float] = []
        """From weld result to motion command, one per spot [s]."""
        self.weld_overheads: list[float] = []
        """From arm at rest to weld command, one per spot [s]."""
        self._heard = threading.Event()
        self._user = _user()
        self._station = socket.gethostname()
        self.subscribe(CellState, names.SUPERVISOR_STATE, qos.STATE, self._hear_cell)
        self.subscribe(AlarmList, names.SUPERVISOR_ALARMS, qos.STATE, self._hear_alarms)
        self.subscribe(Heartbeat, names.HEARTBEATS, qos.HEARTBEAT_READER, self._hear_beat)
        self._commands = self.service_caller(CellCommand, names.SUPERVISOR_COMMAND)
        self._decisions = self.service_caller(DecideSpot, names.SUPERVISOR_DECIDE_SPOT)
        self._acknowledgements = self.service_caller(Acknowledge, names.SUPERVISOR_ACKNOWLEDGE)
        self._orders = self.action_caller(ProduceOrder, names.SUPERVISOR_PRODUCE)

    def watch_overheads(self, robots: tuple[str, ...]) -> None:
        """Collect what orchestration adds to each spot of these robots."""
        for robot in robots:
            self.subscribe(RobotState, names.state(robot), qos.STATE, self._hear_robot_of(robot))

    def wait_for_news(self, timeout: float) -> bool:
        """Sleep until something was heard of the cell.

        Args:
            timeout: Longest time to sleep [s].

        Returns:
            Whether anything was.
        """
        heard = self._heard.wait(timeout)
        self._heard.clear()
        return heard

    def wait_for_heartbeats(self) -> None:
        """Sleep until every process that lives has been heard, and no further one was discovered for a moment.

        One that was killed stays in the graph for a while and is waited for in vain.
        """
        deadline = time.monotonic() + HEARTBEAT_PATIENCE
        known, quiet = 0, 0
        while time.monotonic() < deadline and quiet < QUIET_LOOKS:
            time.sleep(0.1)
            before, known = known, self.count_publishers(self.process.path(names.HEARTBEATS))
            quiet = quiet + 1 if len(self.processes) >= known == before > 0 else 0

    def command(
        self,
        command: Command,
        *,
        mode: Mode = Mode.INVALID,
        speed_override: int = 0,
        reason: str = "",
        attempts: int = ATTEMPTS,
    ) -> Reply:
        """Send a PackML command and return the answer.

        Args:
            command: UNDEFINED where only the mode or the speed override is to change.
            mode: Mode to change to; INVALID leaves it.
            speed_override: Of the robots, 1 to 100 % of the programmed speed; 0 leaves it.
            reason: Why, for the records.
            attempts: How often to ask where nobody answers.
        """
        request = CellCommand.Request(
            command=int(command),
            mode=int(mode),
            speed_override=speed_override,
            request_id=uuid.uuid4().hex,
            user=self._user,
            station=self._station,
            reason=reason,
        )
        return self._call(self._commands, request, attempts=attempts)

    def decide(self, body: str, spot: str, decision: Decision, *, reason: str = "") -> Reply:
        """Send a person's decision about a spot and return the answer."""
        request = DecideSpot.Request(
            body=body,
            spot=spot,
            decision=convert.DECISIONS[decision],
            request_id=uuid.uuid4().hex,
            user=self._user,
            reason=reason,
        )
        return self._call(self._decisions, request)

    def acknowledge(self, alarm: int = 0) -> Reply:
        """Say that an alarm was seen, or with 0 all of them, and return the answer."""
        request = Acknowledge.Request(alarm=alarm, request_id=uuid.uuid4().hex, user=self._user)
        return self._call(self._acknowledgements, request)

    def inject(self, device: str, fault: str, value: str = "") -> Reply:
        """Make a simulated device faulty, or well again, and return the answer."""
        caller = self._on_executor(lambda: self.service_caller(Inject, names.inject(device)))
        return self._call(caller, Inject.Request(fault=fault, value=value), attempts=1)

    def produce(self, variant: str, quantity: int, order: str = "") -> Reply:
        """Put an order into the queue and return whether the supervisor took it; producing takes a Start besides.

        Args:
            variant: Of the bodies.
            quantity: How many.
            order: Name of the order; empty for a new one.
        """
        order = order or f"order-{uuid.uuid4().hex[:8]}"
        goal = ProduceOrder.Goal(order=order, variant=variant, quantity=quantity, user=self._user)
        replies: list[Reply] = []
        answered = threading.Event()

        def settle(reply: Reply) -> None:
            replies.append(reply)
            answered.set()

        def ended(ending: Ending, result: Any, text: str) -> None:
            settle(Reply(False, text or result.text or ending.value, answered=ending is not Ending.LOST))

        def accepted() -> None:
            settle(Reply(True, f"order {order}: {quantity} x {variant} is in the queue"))

        self.process.post(lambda: self._send_order(goal, ended, accepted))
        if not answered.wait(_PATIENCE):
            return Reply(False, "the supervisor has not answered", answered=False)
        return replies[0]

    def _send_order(
        self, goal: ProduceOrder.Goal, ended: Callable[[Ending, Any, str], None], accepted: Callable[[], None]
    ) -> None:
        self._orders.send(goal, ended, accepted=accepted, deadline=_PATIENCE - 1.0)

    def _call(self, caller: ServiceCaller, request: Any, *, attempts: int = ATTEMPTS) -> Reply:
        replies: list[Reply] = []
        answered = threading.Event()

        def done(response: Any, text: str) -> None:
            replies.append(convert.reply(response, text))
            answered.set()

        self.process.post(lambda: caller.call(request, done, deadline=ATTEMPT_DEADLINE, attempts=attempts))
        if not answered.wait(_PATIENCE):
            return Reply(False, "this station's own executor stands still", answered=False)
        return replies[0]

    def _on_executor(self, make: Callable[[], T]) -> T:
        made: list[T] = []
        done = threading.Event()

        def job() -> None:
            made.append(make())
            done.set()

        self.process.post(job)
        if not done.wait(_PATIENCE):
            raise TimeoutError("this station's own executor stands still")
        return made[0]

    def _hear_cell(self, message: CellState) -> None:
        if self.cell is None or message.epoch >= self.cell.epoch:
            self.cell = convert.cell_view(message)
            self._heard.set()

    def _hear_alarms(self, message: AlarmList) -> None:
        self.alarms = convert.alarm_views(message)
        self._heard.set()

    def _hear_beat(self, message: Heartbeat) -> None:
        self.processes[message.process] = convert.process_view(message)

    def _hear_robot_of(self, robot: str) -> Callable[[RobotState], None]:
        last = {"move": 0.0, "weld": 0.0}

        def hear(message: RobotState) -> None:
            # each spot has its own values; the messages in between repeat them
            for kind, value, kept in (
                ("move", message.move_overhead, self.move_overheads),
                ("weld", message.weld_overhead, self.weld_overheads),
            ):
                if value > 0.0 and value != last[kind]:
                    last[kind] = value
                    kept.append(value)

        return hear


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
