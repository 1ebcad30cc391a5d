# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""A trajectory controller behind the contract, over ROS 2: the simulated arm's node, Gazebo's or a real one."""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from contract_arm import LIMIT, ContractArm, End, Outcome, Query, Sent
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance, JointTrajectoryControllerState, SpeedScalingFactor
from control_msgs.srv import QueryTrajectoryState
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from smart_cell.nodes.clock import stamp
from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal, Tolerance

_OUTCOMES = {
    GoalStatus.STATUS_SUCCEEDED: Outcome.SUCCEEDED,
    GoalStatus.STATUS_CANCELED: Outcome.CANCELED,
    GoalStatus.STATUS_ABORTED: Outcome.ABORTED,
}


class RosContractArm(ContractArm):
    """A ROS client of one controller that shares nothing with the nodes of the cell."""

    def __init__(
        self,
        controller: str,
        joint_states: str,
        joint_names: Sequence[str],
        now: Callable[[], float] | None = None,
        **arguments: Any,
    ) -> None:
        """Connect, and wait until controller and joint states are there.

        Args:
            controller: Full name of the controller's node.
            joint_states: Full name of the topic.
            joint_names: In the order of the arm.
            now: The controller's time [s]; where it is not given, that of the newest joint state.
            arguments: See `ContractArm`.
        """
        super().__init__(joint_names, **arguments)
        self._now = now
        self._context = rclpy.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node("arm_client", context=self._context)
        self.received: deque[Any] = deque(maxlen=2000)
        self.count = 0
        self.controller_states: list[Any] = []
        self.node.create_subscription(JointState, joint_states, self._hear, 10)
        self.node.create_subscription(
            JointTrajectoryControllerState, f"{controller}/controller_state", self.controller_states.append, 10
        )
        self._commands = self.node.create_publisher(JointTrajectory, f"{controller}/joint_trajectory", 10)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._scaling = self.node.create_publisher(SpeedScalingFactor, f"{controller}/speed_scaling_input", latched)
        self._query = self.node.create_client(QueryTrajectoryState, f"{controller}/query_state")
        self._action = ActionClient(self.node, FollowJointTrajectory, f"{controller}/follow_joint_trajectory")
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()
        assert self._action.wait_for_server(LIMIT), f"no {controller}/follow_joint_trajectory"
        self.wait(lambda: self.count > 0, f"{joint_states} to come")

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

    def _hear(self, message: Any) -> None:
        if set(self.joint_names) <= set(message.name):
            self.received.append(message)
            self.count += 1

    def now(self) -> float:
        if self._now is not None:
            return self._now()
        latest = self.received[-1].header.stamp
        return float(latest.sec + latest.nanosec * 1e-9)

    def wait(self, condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        end = time.monotonic() + limit
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < end, f"waited {limit:g} s for {what}"
            pause.wait(0.005)

    def _ordered(self, message: Any, values: Any) -> list[float]:
        by_name = dict(zip(message.name, values, strict=True))
        return [by_name[name] for name in self.joint_names]

    @property
    def position(self) -> list[float]:
        message = self.received[-1]
        return self._ordered(message, message.position)

    @property
    def speed(self) -> float:
        message = self.received[-1]
        return max(map(abs, self._ordered(message, message.velocity)))

    def send(self, goal: JointGoal) -> Sent:
        sent = Sent(False, None)
        future = self._action.send_goal_async(
            _goal_to_msg(goal), feedback_callback=lambda message: sent.feedback.append(message.feedback)
        )
        self.wait(future.done, "an answer to the goal")
        sent.handle = future.result()
        sent.accepted = sent.handle.accepted
        return sent

    def result(self, sent: Sent) -> End:
        assert sent.accepted
        future = sent.handle.get_result_async()
        self.wait(future.done, "the result")
        result = future.result().result
        return End(_OUTCOMES[future.result().status], ErrorCode(result.error_code), result.error_string)

    def cancel(self, sent: Sent) -> bool:
        future = sent.handle.cancel_goal_async()
        self.wait(future.done, "an answer to the cancellation")
        return len(future.result().goals_canceling) == 1

    def command(self, goal: JointGoal) -> None:
        self.wait(lambda: self._commands.get_subscription_count() > 0, "the controller to listen to trajectories")
        self._commands.publish(_goal_to_msg(goal).trajectory)

    def scale(self, factor: float) -> None:
        self.wait(lambda: self._scaling.get_subscription_count() > 0, "the controller to listen to its pace")
        self._scaling.publish(SpeedScalingFactor(factor=factor))
        self.controller_states.clear()
        self.wait(lambda: bool(self.controller_states), "a controller state")

    def query(self, time: float) -> Query:
        assert self._query.wait_for_service(LIMIT)
        future = self._query.call_async(QueryTrajectoryState.Request(time=stamp(time)))
        self.wait(future.done, "an answer to the query")
        answer = future.result()
        return Query(answer.success, tuple(answer.position))

    def controller_state(self) -> Any:
        self.wait(lambda: bool(self.controller_states), "a controller state")
        return self.controller_states[-1]


def _goal_to_msg(goal: JointGoal) -> FollowJointTrajectory.Goal:
    message = FollowJointTrajectory.Goal(
        path_tolerance=[_tolerance_to_msg(entry) for entry in goal.path_tolerance],
        goal_tolerance=[_tolerance_to_msg(entry) for entry in goal.goal_tolerance],
        goal_time_tolerance=_duration(goal.goal_time_tolerance),
    )
    message.trajectory.joint_names = goal.joint_names
    message.trajectory.points = [_point_to_msg(point) for point in goal.points]
    if goal.stamp:
        message.trajectory.header.stamp = stamp(goal.stamp)
    return message


def _point_to_msg(point: GoalPoint) -> JointTrajectoryPoint:
    return JointTrajectoryPoint(
        positions=array("d", point.positions),
        velocities=array("d", point.velocities),
        accelerations=array("d", point.accelerations),
        effort=array("d", point.effort),
        time_from_start=_duration(point.time_from_start),
    )


def _tolerance_to_msg(tolerance: Tolerance) -> JointTolerance:
    return JointTolerance(name=tolerance.joint, position=tolerance.position, velocity=tolerance.velocity)


def _duration(seconds: float) -> Duration:
    return Duration(sec=math.floor(seconds), nanosec=round((seconds % 1.0) * 1e9))
