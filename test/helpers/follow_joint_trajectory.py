# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What every arm must do that offers FollowJointTrajectory, whether it is simulated, in Gazebo or real.

A test module derives a class from `FollowJointTrajectoryContract` and gives it a fixture `arm` with an `ArmClient` of
an arm that is active and at rest. The tests move joint 1 by 0.1 rad to and fro.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import rclpy
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance, JointTrajectoryControllerState
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectoryPoint

from smart_cell.nodes.clock import stamp

LIMIT = 15.0
STEP = 0.1
MOVE_TIME = 0.8


@dataclass
class Sent:
    """A goal on its way."""

    accepted: bool
    handle: Any
    feedback: list[Any] = field(default_factory=list)


class ArmClient:
    """A ROS client of one arm that shares nothing with the nodes of the cell, with calls that wait."""

    def __init__(self, cell: str, robot: str, now: Callable[[], float]) -> None:
        """Connect.

        Args:
            cell: Name of the cell, the namespace.
            robot: Name of the robot.
            now: The arm's time [s].
        """
        self.joint_names = [f"{robot}_joint_{number}" for number in range(1, 7)]
        self.now = now
        self._controller = f"/{cell}/{robot}/joint_trajectory_controller"
        self._states = f"/{cell}/{robot}/joint_states"
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node("arm_client", context=self._context)
        self.received: list[Any] = []
        self.controller_states: list[Any] = []
        self.node.create_subscription(JointState, self._states, self.received.append, 10)
        self.node.create_subscription(
            JointTrajectoryControllerState,
            f"{self._controller}/controller_state",
            self.controller_states.append,
            10,
        )
        self._action = ActionClient(self.node, FollowJointTrajectory, f"{self._controller}/follow_joint_trajectory")
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()
        assert self._action.wait_for_server(LIMIT), f"no {self._controller}/follow_joint_trajectory"
        self.wait(lambda: bool(self.received), f"{self._states} to come")

    def close(self) -> None:
        """Disconnect."""
        self._closing.set()
        self._executor.wake()
        self._thread.join(LIMIT)
        self._executor.shutdown()
        # destroy_node leaves actions alone, and with one left the participant stays in the graph
        self._action.destroy()
        self.node.destroy_node()
        self._context.try_shutdown()

    def _spin(self) -> None:
        # Shut down from another thread, `spin` may raise while it waits.
        while not self._closing.is_set():
            self._executor.spin_once(timeout_sec=0.5)

    def wait(self, condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        """Wait for a condition, looked at every 5 ms; fails after `limit` [s]."""
        end = time.monotonic() + limit
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < end, f"waited {limit:g} s for {what}"
            pause.wait(0.005)

    @property
    def position(self) -> list[float]:
        """Joint angles that were reported last [rad], in the order of `joint_names`."""
        by_name = dict(zip(self.received[-1].name, self.received[-1].position, strict=True))
        return [by_name[name] for name in self.joint_names]

    @property
    def speed(self) -> float:
        """Speed of the fastest joint that was reported last [rad/s]."""
        return float(max(map(abs, self.received[-1].velocity)))

    def point(self, positions: Sequence[float], after: float, **fields: Any) -> JointTrajectoryPoint:
        """Return a point; velocity and acceleration are 0 unless given otherwise."""
        return JointTrajectoryPoint(
            positions=list(positions),
            velocities=fields.pop("velocities", [0.0] * len(self.joint_names)),
            accelerations=fields.pop("accelerations", [0.0] * len(self.joint_names)),
            time_from_start=Duration(sec=math.floor(after), nanosec=round((after % 1.0) * 1e9)),
            **fields,
        )

    def goal(self, *points: JointTrajectoryPoint, at: float | None = None) -> FollowJointTrajectory.Goal:
        """Return a goal through the points, from `at` [s] or from its acceptance."""
        goal = FollowJointTrajectory.Goal()
        goal.trajectory.joint_names = self.joint_names
        goal.trajectory.points = list(points)
        if at is not None:
            goal.trajectory.header.stamp = stamp(at)
        return goal

    def nudge(self, after: float = MOVE_TIME) -> FollowJointTrajectory.Goal:
        """Return a goal that moves joint 1 a little, away from where it was nudged last."""
        return self.goal(self.point(self.nudged(), after))

    def nudged(self) -> list[float]:
        """Return the joint angles of the next nudge [rad]."""
        here = self.position
        return [STEP if here[0] < STEP / 2 else 0.0, *here[1:]]

    def send(self, goal: FollowJointTrajectory.Goal) -> Sent:
        """Send a goal and wait for the answer."""
        sent = Sent(False, None)
        future = self._action.send_goal_async(goal, feedback_callback=lambda message: sent.feedback.append(message))
        self.wait(future.done, "an answer to the goal")
        sent.handle = future.result()
        sent.accepted = sent.handle.accepted
        return sent

    def result(self, sent: Sent) -> tuple[int, FollowJointTrajectory.Result]:
        """Wait for the end of an accepted goal and return its status and result."""
        assert sent.accepted
        future = sent.handle.get_result_async()
        self.wait(future.done, "the result")
        return future.result().status, future.result().result

    def cancel(self, sent: Sent) -> int:
        """Cancel a goal and return how many are being cancelled."""
        future = sent.handle.cancel_goal_async()
        self.wait(future.done, "an answer to the cancellation")
        return len(future.result().goals_canceling)


Malform = Callable[[ArmClient, Any], None]
"""Makes a goal, which is of one good point, a bad one."""


def _point(goal: Any) -> JointTrajectoryPoint:
    return goal.trajectory.points[0]


def _set(where: Callable[[Any], Any], name: str, value: Any) -> Malform:
    def malform(arm: ArmClient, goal: Any) -> None:
        setattr(where(goal), name, value)

    return malform


def _of_joints(goal: Any) -> Any:
    return goal.trajectory


def _add_point(after: float) -> Malform:
    def malform(arm: ArmClient, goal: Any) -> None:
        goal.trajectory.points = [_point(goal), arm.point(arm.position, after)]

    return malform


def _stamp_in_the_past(arm: ArmClient, goal: Any) -> None:
    goal.trajectory.header.stamp = stamp(arm.now() - 60.0)


def _rename(arm: ArmClient, goal: Any) -> None:
    goal.trajectory.joint_names = [*arm.joint_names[:5], "nobody"]


def _leave_out_a_joint(arm: ArmClient, goal: Any) -> None:
    goal.trajectory.joint_names = arm.joint_names[:5]
    point = _point(goal)
    point.positions, point.velocities, point.accelerations = point.positions[:5], point.velocities[:5], []


MALFORMED: dict[str, Malform] = {
    "a joint is missing": _leave_out_a_joint,
    "a joint is unknown": _rename,
    "no points": _set(_of_joints, "points", []),
    "velocity at the end": _set(_point, "velocities", [0.2, 0.0, 0.0, 0.0, 0.0, 0.0]),
    "the end is in the past": _stamp_in_the_past,
    "times do not increase": _add_point(MOVE_TIME),
    "times decrease": _add_point(MOVE_TIME / 2),
    "too few positions": _set(_point, "positions", [0.0] * 5),
    "no positions": _set(_point, "positions", []),
    "too few velocities": _set(_point, "velocities", [0.0] * 5),
    "too few accelerations": _set(_point, "accelerations", [0.0] * 5),
    "efforts": _set(_point, "effort", [0.0] * 6),
}
"""Goals that every joint trajectory controller rejects."""

UNSAFE: dict[str, Malform] = {
    "a position is not a number": _set(_point, "positions", [math.nan] * 6),
    "a velocity is infinite": _set(_point, "velocities", [math.inf, 0.0, 0.0, 0.0, 0.0, 0.0]),
    "a joint beyond its limit": _set(_point, "positions", [9.0, -1.5, 1.5, 0.0, 0.0, 0.0]),
    "a joint too fast": lambda arm, goal: setattr(
        goal.trajectory, "points", [arm.point([1.5, *arm.position[1:]], 0.05)]
    ),
}
"""Goals that ros2_control would take and a real arm would fault on."""


class FollowJointTrajectoryContract:
    """The tests; see the module."""

    def test_goal_is_executed(self, arm: ArmClient) -> None:
        target = arm.nudged()
        status, result = arm.result(arm.send(arm.goal(arm.point(target, MOVE_TIME))))
        assert (status, result.error_code) == (GoalStatus.STATUS_SUCCEEDED, FollowJointTrajectory.Result.SUCCESSFUL)
        arm.wait(lambda: arm.position == pytest.approx(target, abs=0.005), "the arm to be there")

    def test_positions_alone_are_enough(self, arm: ArmClient) -> None:
        target = arm.nudged()
        point = arm.point(target, MOVE_TIME, velocities=[], accelerations=[])
        status, _ = arm.result(arm.send(arm.goal(point)))
        assert status == GoalStatus.STATUS_SUCCEEDED

    def test_joints_may_come_in_another_order(self, arm: ArmClient) -> None:
        target = arm.nudged()
        goal = arm.goal(arm.point(target[::-1], MOVE_TIME))
        goal.trajectory.joint_names = arm.joint_names[::-1]
        status, _ = arm.result(arm.send(goal))
        assert status == GoalStatus.STATUS_SUCCEEDED
        arm.wait(lambda: arm.position == pytest.approx(target, abs=0.005), "the arm to be there")

    def test_goal_with_a_stamp_starts_then(self, arm: ArmClient) -> None:
        start = arm.now() + 0.5
        here, target = arm.position, arm.nudged()
        sent = arm.send(arm.goal(arm.point(here, 0.0), arm.point(target, MOVE_TIME), at=start))
        status, _ = arm.result(sent)
        assert status == GoalStatus.STATUS_SUCCEEDED
        assert arm.now() >= start + MOVE_TIME - 0.05

    def test_goal_that_began_in_the_past_is_joined(self, arm: ArmClient) -> None:
        here, target = arm.position, arm.nudged()
        points = (arm.point(here, 0.1), arm.point(here, 0.3), arm.point(target, 0.3 + 2 * MOVE_TIME))
        status, _ = arm.result(arm.send(arm.goal(*points, at=arm.now() - 0.2)))
        assert status == GoalStatus.STATUS_SUCCEEDED

    @pytest.mark.parametrize("name", MALFORMED)
    def test_malformed_goal_is_rejected(self, arm: ArmClient, name: str) -> None:
        goal = arm.nudge()
        MALFORMED[name](arm, goal)
        assert not arm.send(goal).accepted

    def test_new_goal_preempts_the_running_one(self, arm: ArmClient) -> None:
        first = arm.send(arm.nudge(after=5.0))
        target = arm.nudged()
        second = arm.send(arm.goal(arm.point(target, MOVE_TIME)))
        status, result = arm.result(first)
        assert (status, result.error_code) == (GoalStatus.STATUS_ABORTED, FollowJointTrajectory.Result.INVALID_GOAL)
        assert "preempted" in result.error_string
        assert arm.result(second)[0] == GoalStatus.STATUS_SUCCEEDED

    def test_cancel_stops_the_arm(self, arm: ArmClient) -> None:
        sent = arm.send(arm.nudge(after=3.0))
        arm.wait(lambda: arm.speed > 0.005, "the arm to move")
        assert arm.cancel(sent) == 1
        assert arm.result(sent)[0] == GoalStatus.STATUS_CANCELED
        arm.wait(lambda: arm.speed < 1e-6, "the arm to stand")
        assert arm.result(arm.send(arm.nudge()))[0] == GoalStatus.STATUS_SUCCEEDED

    def test_cancelling_a_goal_that_ended_changes_nothing(self, arm: ArmClient) -> None:
        sent = arm.send(arm.nudge())
        assert arm.result(sent)[0] == GoalStatus.STATUS_SUCCEEDED
        assert arm.cancel(sent) == 0

    def test_tolerance_of_an_unknown_joint_is_ignored(self, arm: ArmClient) -> None:
        goal = arm.nudge()
        goal.path_tolerance = [JointTolerance(name="nobody", position=0.1)]
        assert arm.result(arm.send(goal))[0] == GoalStatus.STATUS_SUCCEEDED

    def test_feedback_and_controller_state_tell_where_the_arm_is(self, arm: ArmClient) -> None:
        sent = arm.send(arm.nudge(after=1.5))
        assert arm.result(sent)[0] == GoalStatus.STATUS_SUCCEEDED
        assert sent.feedback
        for message in (sent.feedback[-1].feedback, arm.controller_states[-1]):
            assert sorted(message.joint_names) == sorted(arm.joint_names)
            assert max(map(abs, message.error.positions)) < 0.05

    def test_joint_states_name_the_joints_and_go_forward_in_time(self, arm: ArmClient) -> None:
        begin = len(arm.received)
        arm.wait(lambda: len(arm.received) > begin + 20, "20 joint states")
        messages = arm.received[begin:]
        assert all(sorted(message.name) == arm.joint_names for message in messages)
        stamps = [(message.header.stamp.sec, message.header.stamp.nanosec) for message in messages]
        assert all(earlier < later for earlier, later in itertools.pairwise(stamps))
