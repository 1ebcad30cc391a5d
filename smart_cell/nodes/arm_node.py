# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a simulated arm. It stands for the arm's real controller and offers the same names."""

from __future__ import annotations

from array import array
from typing import Final

from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTrajectoryControllerState, SpeedScalingFactor
from control_msgs.srv import QueryTrajectoryState
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from smart_cell.motion.arm_model import Joints, robot_model
from smart_cell.nodes import names, qos
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.arm_conversions import (
    controller_state_to_msg,
    feedback_to_msg,
    goal_from_msg,
    query_to_msg,
    result_to_msg,
    status_to_msg,
    trajectory_from_msg,
)
from smart_cell.nodes.arm_parameters import declare_arm_config
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.clock import seconds, stamp
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.arm import SimArm
from smart_cell.simulation.arm_controller import TOPIC, Finished
from smart_cell.simulation.arm_faults import ArmFaultError
from smart_cell.simulation.arm_memory import ArmMemory
from smart_cell.simulation.arm_status import ArmStatus, JointReading
from smart_cell_msgs.msg import ArmStatus as ArmStatusMessage
from smart_cell_msgs.srv import CellCommand, Inject

STATE_PERIOD: Final = 0.01
"""Time between two joint states [s, steady clock]."""
MONITOR_PERIOD: Final = 0.1
"""Time between two messages of the controller's state [s, steady clock]."""
FEEDBACK_PERIOD: Final = 0.05
"""Time between two messages of a goal's feedback [s, steady clock], the controller's `action_monitor_rate` of 20 Hz."""
STATUS_PERIOD: Final = 1.0
"""Longest time between two messages of the arm's status [s, steady clock]."""
STOP_GRACE: Final = 0.15
"""How long after motion was forbidden [s, steady clock] the robot node has to bring its own stop. It plans it as soon
as it hears the same; the arm stops by itself where it does not, for example because its process is gone."""


class ArmNode(CellNode):
    """A simulated arm and its joint trajectory controller.

    Unsafe means a stop at once (see `smart_cell.simulation.arm_interlocks`), with the drives off until the cell allows
    motion, which takes a person. When the cell forbids motion for another reason, a move under way ends in a stop on
    the path unless the robot node brings one in time. Otherwise the arm takes goals from anybody, as a real controller
    does. Its parameters are those of `smart_cell.nodes.arm_parameters`.

    Publishes:
        <robot>/joint_states (sensor_msgs/JointState): 100 Hz of the steady clock while active.
        <robot>/joint_trajectory_controller/controller_state (control_msgs/JointTrajectoryControllerState): 10 Hz.
        <robot>/arm_status (smart_cell_msgs/ArmStatus): on change and every second.

    Subscribes:
        <robot>/joint_trajectory_controller/joint_trajectory (trajectory_msgs/JointTrajectory): runs instead of what
            runs; a bad one is logged and ignored.
        <robot>/joint_trajectory_controller/speed_scaling_input (control_msgs/SpeedScalingFactor): the pace, 0 to 1.

    Actions:
        <robot>/joint_trajectory_controller/follow_joint_trajectory (control_msgs/action/FollowJointTrajectory)

    Services:
        <robot>/joint_trajectory_controller/query_state (control_msgs/srv/QueryTrajectoryState)
        <robot>/inject (smart_cell_msgs/srv/Inject): faults, key switch and drives; see
            `smart_cell.simulation.arm_faults`.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node, unconfigured.

        Args:
            process: The runtime it lives in.
            device: Name of the robot in the cell file.
        """
        super().__init__(process, names.arm_node(device))
        self._robot = device
        self._joint_names = names.joint_names(device)
        self._runs: dict[str, GoalRun] = {}
        self._ended: list[Finished] = []
        self._was_powered = False
        self._awaits_clear = False

    def setup(self) -> None:
        """Find the arm where it was left, or at home, and offer it."""
        cell = self.process.cell
        robot = cell.robots[self._robot]
        model = robot_model(robot)
        self._memory = ArmMemory(self.process.options.state_dir / "sim" / f"{self._robot}.joints")
        joints = self._memory.joints
        if joints is not None:
            # A broken arm may have been left slightly outside.
            joints = _between(model.lower, joints, model.upper)
        config = declare_arm_config(self, self._joint_names)
        start = robot.home if joints is None else joints
        self._arm = SimArm(model, self._joint_names, start, config, cell.guns[robot.gun].tcp)
        self._joint_state = JointState(name=self._joint_names)
        self._last_reading: JointReading | None = None
        self._last_status: ArmStatus | None = None
        self._was_powered = self._awaits_clear = False
        self._joint_states = self.publisher(JointState, names.joint_states(self._robot), qos.JOINT_STATES)
        self._controller_state = self.publisher(
            JointTrajectoryControllerState, names.controller_state(self._robot), qos.JOINT_STATES
        )
        self._status = self.publisher(ArmStatusMessage, names.arm_status(self._robot), qos.STATE)
        self._permit(self.permission)
        self.serve_action(
            FollowJointTrajectory,
            names.follow_joint_trajectory(self._robot),
            accept=self._accept,
            start=self._start,
            cancel=self._cancel,
        )
        self.subscribe(JointTrajectory, names.joint_trajectory(self._robot), qos.REQUEST, self._command)
        self.subscribe(SpeedScalingFactor, names.speed_scaling_input(self._robot), qos.STATE, self._scale)
        self.serve(QueryTrajectoryState, names.query_state(self._robot), self._query)
        self.serve(Inject, names.inject(self._robot), self._inject)
        self.every(STATE_PERIOD, self._publish)
        self.every(FEEDBACK_PERIOD, self._feed_back)
        self.every(MONITOR_PERIOD, self._monitor)
        self.every(STATUS_PERIOD, self._tell_status)
        self._tell_status()

    def start(self) -> None:
        """Take goals from now on."""
        self._finish(self._arm.activate(self.now()))
        self._tell_status()

    def halt(self) -> None:
        """Stop on the path and end the goal that runs."""
        self._finish(self._arm.deactivate(self.now()))
        self._tell_status()

    def work(self, now: float) -> float | None:
        """Move on to `now`; come back when what runs is due to end, and in each cycle until it has."""
        self._finish(self._arm.step(now))
        return self._arm.next_event(now)

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """Pass the safety input on to the arm, and stop it when the cell forbids motion and nobody else stops it."""
        self._permit(new)
        if new.motion or not new.safe:
            self.process.forget(self._stop_motion)
        elif old.motion:
            self.process.after(STOP_GRACE, self._stop_motion)

    def _permit(self, permission: Permission) -> None:
        """Switch the drives: on at power-up, off by the safety input, on again only when a person has cleared it.

        The cell's states do not concern the arm beyond that: as a controller of its own it takes goals from anybody.
        """
        now = self.now()
        self._finish(self._arm.set_safe(permission.safe, now, permission.reason))
        if not permission.safe:
            self._awaits_clear = self._awaits_clear or self._was_powered
        elif permission.motion or not self._awaits_clear:
            self._finish(self._arm.set_drives(True, now))
            self._awaits_clear, self._was_powered = False, True

    def _stop_motion(self) -> None:
        now = self.now()
        self._finish(self._arm.set_enabled(False, now, self.permission.reason))
        self._arm.set_enabled(True, now)

    # ------------------------------------------------------------------------------------------ commands

    def _accept(self, goal: FollowJointTrajectory.Goal) -> str | None:
        rejection = self._arm.check(goal_from_msg(goal), self.now())
        return None if rejection is None else f"{rejection.code.name}: {rejection.text}"

    def _start(self, run: GoalRun) -> None:
        preempted = self._arm.accept(run.goal_id, goal_from_msg(run.goal), self.now())
        self._runs[run.goal_id] = run
        self._finish(preempted)
        if self._arm.note:
            self.get_logger().warning(self._arm.note)

    def _cancel(self, run: GoalRun) -> bool:
        ended = self._arm.cancel(run.goal_id, self.now())
        # The result may follow only after the cancellation is answered.
        self._ended += ended
        if ended:
            self.process.after(0.0, self._finish_canceled)
        return any(finished.canceled for finished in ended)

    def _finish_canceled(self) -> None:
        ended, self._ended = self._ended, []
        self._finish(ended)

    def _finish(self, ended: list[Finished]) -> None:
        for finished in ended:
            if not finished.succeeded and not finished.canceled:
                self.get_logger().warning(f"{self._robot}: {finished.error_string}")
            if finished.goal_id == TOPIC:
                continue
            run = self._runs.pop(finished.goal_id)
            if finished.canceled:
                run.cancel(result_to_msg(finished))
            elif finished.succeeded:
                run.finish(result_to_msg(finished))
            else:
                run.abort(result_to_msg(finished))

    def _command(self, message: JointTrajectory) -> None:
        rejection, ended = self._arm.command(trajectory_from_msg(message), self.now())
        self._finish(ended)
        if rejection is not None:
            self.get_logger().error(f"a trajectory was ignored: {rejection.code.name}: {rejection.text}")
        self.wake()

    def _scale(self, message: SpeedScalingFactor) -> None:
        problem = self._arm.set_speed_scaling(message.factor, self.now())
        if problem:
            self.get_logger().warning(problem)
        self.wake()

    def _query(
        self, request: QueryTrajectoryState.Request, response: QueryTrajectoryState.Response
    ) -> QueryTrajectoryState.Response:
        answer = self._arm.query(seconds(request.time), self.now())
        return query_to_msg(answer, self._joint_names, response)

    def _inject(self, request: Inject.Request, response: Inject.Response) -> Inject.Response:
        try:
            self._finish(self._arm.inject(request.fault, request.value, self.now()))
        except ArmFaultError as error:
            response.code, response.text = CellCommand.Response.CODE_INVALID, str(error)
            return response
        self._tell_status()
        status = self._arm.status(self.now())
        response.code = CellCommand.Response.CODE_OK
        response.text = f"{self._robot}: {status.operation_mode.name}, {status.text or 'ready to move'}"
        self.wake()
        return response

    # ------------------------------------------------------------------------------------------ reports

    def _publish(self) -> None:
        now = self.now()
        self._finish(self._arm.step(now))
        reading = self._arm.state(now)
        position = self._arm.position
        if position != self._memory.joints:
            self._memory.keep(position)
        if self._arm.status(now) != self._last_status:
            self._tell_status()
        if reading is None:
            return
        message = self._joint_state
        if reading is not self._last_reading:
            self._last_reading = reading
            message.position = array("d", reading.position)
            message.velocity = array("d", reading.velocity)
            message.effort = array("d", reading.effort)
        message.header.stamp = stamp(now)
        self._joint_states.publish(message)

    def _monitor(self) -> None:
        now = self.now()
        following = self._arm.following(now)
        self._controller_state.publish(
            controller_state_to_msg(following, self._joint_names, self._arm.speed_scaling, stamp(now))
        )

    def _feed_back(self) -> None:
        run = self._runs.get(self._arm.running or TOPIC)
        if run is not None:
            now = self.now()
            run.feedback(feedback_to_msg(self._arm.following(now), self._joint_names, stamp(now)))

    def _tell_status(self) -> None:
        now = self.now()
        self._last_status = self._arm.status(now)
        self._status.publish(status_to_msg(self._last_status, stamp(now)))


def _between(lower: Joints, joints: Joints, upper: Joints) -> Joints:
    a1, a2, a3, a4, a5, a6 = (min(max(joint, low), high) for low, joint, high in zip(lower, joints, upper, strict=True))
    return (a1, a2, a3, a4, a5, a6)
