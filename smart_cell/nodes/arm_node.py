# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node of a simulated arm. It stands for the arm's real controller and offers the same names."""

from __future__ import annotations

from array import array
from typing import Final

from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTrajectoryControllerState
from sensor_msgs.msg import JointState

from smart_cell.motion.arm_model import Joints, arm_model
from smart_cell.nodes import names, qos
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.arm_conversions import goal_from_msg, result_to_msg, state_to_msg
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.simulation.arm import Finished, JointReading, SimArm
from smart_cell.simulation.arm_faults import ArmFaultError, with_fault
from smart_cell.simulation.arm_memory import ArmMemory
from smart_cell_msgs.srv import CellCommand, Inject

STATE_PERIOD: Final = 0.01
"""Time between two joint states [s, steady clock]."""
MONITOR_PERIOD: Final = 0.1
"""Time between two messages of the controller's state and of the action's feedback [s, steady clock]."""
STOP_GRACE: Final = 0.15
"""How long after motion was forbidden [s, steady clock] the robot node has to bring its own stop. It plans it as soon
as it hears the same; the arm stops by itself where it does not, for example because its process is gone."""


class ArmNode(CellNode):
    """A simulated arm and its joint trajectory controller.

    Unsafe means a stop on the path at once, with the drives off until the cell allows motion, which takes a person.
    When the cell forbids motion for another reason, a move under way ends in a stop on the path unless the robot node
    brings one in time. Otherwise the arm takes goals from anybody, as a real controller does.

    Publishes:
        <robot>/joint_states (sensor_msgs/JointState): 100 Hz of the steady clock while active.
        <robot>/joint_trajectory_controller/controller_state (control_msgs/JointTrajectoryControllerState): 10 Hz.

    Actions:
        <robot>/joint_trajectory_controller/follow_joint_trajectory (control_msgs/action/FollowJointTrajectory)

    Services:
        <robot>/inject (smart_cell_msgs/srv/Inject): the faults of `smart_cell.simulation.arm_faults`.
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
        robot = self.process.cell.robots[self._robot]
        model = arm_model(robot.model)
        self._memory = ArmMemory(self.process.options.state_dir / "sim" / f"{self._robot}.joints")
        joints = self._memory.joints
        if joints is not None:
            # A broken arm may have been left slightly outside.
            joints = _between(model.lower, joints, model.upper)
        self._arm = SimArm(model, self._joint_names, robot.home if joints is None else joints)
        self._was_powered = self._awaits_clear = False
        self._permit(self.permission)
        self._joint_state = JointState(name=self._joint_names)
        self._last_reading: JointReading | None = None
        self._joint_states = self.publisher(JointState, names.joint_states(self._robot), qos.JOINT_STATES)
        self._controller_state = self.publisher(
            JointTrajectoryControllerState, names.controller_state(self._robot), qos.JOINT_STATES
        )
        self.serve_action(
            FollowJointTrajectory,
            names.follow_joint_trajectory(self._robot),
            accept=self._accept,
            start=self._start,
            cancel=self._cancel,
        )
        self.serve(Inject, names.inject(self._robot), self._inject)
        self.every(STATE_PERIOD, self._publish)
        self.every(MONITOR_PERIOD, self._monitor)

    def start(self) -> None:
        """Take goals from now on."""
        self._arm.activate(self.now())

    def halt(self) -> None:
        """Stop on the path and end the goal that runs."""
        self._finish(self._arm.deactivate(self.now()))

    def work(self, now: float) -> float | None:
        """Move on to `now`; come back when the running goal is due to end."""
        self._finish(self._arm.step(now))
        due = self._arm.next_event(now)
        # From its planned end on the goal waits to be within its tolerances; the joint states look at that.
        return due if due is not None and due > now else None

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
            self._arm.set_drives(True, now)
            self._awaits_clear, self._was_powered = False, True

    def _stop_motion(self) -> None:
        now = self.now()
        self._finish(self._arm.set_enabled(False, now, self.permission.reason))
        self._arm.set_enabled(True, now)

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
        canceled = self._arm.cancel(run.goal_id, self.now())
        # The result may follow only after the cancellation is answered.
        self._ended += canceled
        if canceled:
            self.process.after(0.0, self._finish_canceled)
        return bool(canceled)

    def _finish_canceled(self) -> None:
        ended, self._ended = self._ended, []
        self._finish(ended)

    def _finish(self, ended: list[Finished]) -> None:
        for finished in ended:
            run = self._runs.pop(finished.goal_id)
            if finished.canceled:
                run.cancel(result_to_msg(finished))
            elif finished.succeeded:
                run.finish(result_to_msg(finished))
            else:
                self.get_logger().warning(f"goal of {self._robot} ended: {finished.error_string}")
                run.abort(result_to_msg(finished))

    def _inject(self, request: Inject.Request, response: Inject.Response) -> Inject.Response:
        try:
            faults = with_fault(self._arm.faults, request.fault, request.value)
        except ArmFaultError as error:
            response.code, response.text = CellCommand.Response.CODE_INVALID, str(error)
            return response
        self._arm.set_faults(faults, self.now())
        response.code, response.text = CellCommand.Response.CODE_OK, f"{self._robot}: {faults}"
        return response

    def _publish(self) -> None:
        now = self.now()
        self._finish(self._arm.step(now))
        reading = self._arm.state(now)
        position = self._arm.position
        if position != self._memory.joints:
            self._memory.keep(position)
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
        reference = state_to_msg(following.reference, following.time)
        feedback = state_to_msg(following.feedback, following.time)
        error = state_to_msg(following.error, following.time)
        state = JointTrajectoryControllerState(
            joint_names=self._joint_names,
            reference=reference,
            feedback=feedback,
            error=error,
            output=reference,
            speed_scaling_factor=1.0,
        )
        state.header.stamp = stamp(now)
        self._controller_state.publish(state)
        run = self._runs.get(self._arm.running or "")
        if run is not None:
            message = FollowJointTrajectory.Feedback(
                joint_names=self._joint_names, desired=reference, actual=feedback, error=error
            )
            message.header.stamp = state.header.stamp
            run.feedback(message)


def _between(lower: Joints, joints: Joints, upper: Joints) -> Joints:
    a1, a2, a3, a4, a5, a6 = (min(max(joint, low), high) for low, joint, high in zip(lower, joints, upper, strict=True))
    return (a1, a2, a3, a4, a5, a6)
