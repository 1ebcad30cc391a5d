# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node that runs a robot's programs: `<robot>/robot`."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any, Final

from control_msgs.action import FollowJointTrajectory
from sensor_msgs.msg import JointState

from smart_cell.core.errors import SmartCellError
from smart_cell.core.operation_mode import OperationMode
from smart_cell.devices import robot_events as ev
from smart_cell.devices import robot_job as rj
from smart_cell.devices.robot import ProgramExecutor
from smart_cell.devices.robot_motion import ProgramMotion
from smart_cell.nodes import names, qos
from smart_cell.nodes.action_serving import GoalRun
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.callers import Ending, SentGoal
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.conversions import constant, job_from_goal, joints_from_msg, trajectory_to_msg
from smart_cell.nodes.permission import Permission
from smart_cell.nodes.runtime import Process
from smart_cell.nodes.sampler import Sampler
from smart_cell.nodes.weld_conversions import schedule_to_msg
from smart_cell_msgs.action import ExecuteProgram, Weld
from smart_cell_msgs.msg import ArmStatus, GunState, RobotState, WeldRecord, ZoneRequest, ZoneStates

BUSY_PERIOD: Final = 0.05
"""Time between two looks at the arm while there is a job [s, steady clock]."""
IDLE_PERIOD: Final = 0.2
"""The same without a job [s, steady clock]."""
WISH_PERIOD: Final = 0.2
"""Time between two repetitions of what the robot says about its zones, while it wants or may be in any [s, steady]."""
CALM_WISH_PERIOD: Final = 1.0
"""The same while it wants none and is in none [s, steady clock]."""
GOAL_TIME_TOLERANCE: Final = 1
"""How much longer than planned the arm may take to settle at the end of a move [s]."""

_GUN_STATES: Final = {
    value: name.removeprefix("STATE_").lower()
    for name, value in vars(GunState).items()
    if name.startswith("STATE_") and isinstance(value, int)
}


class RobotNode(CellNode):
    """Runs the jobs of one robot: moves its arm, orders welds from its gun, keeps to its zones.

    Publishes:
        `<robot>/state` (RobotState), `supervisor/zone_requests` (ZoneRequest).
    Subscribes:
        `<robot>/joint_states` (JointState), `<robot>/arm_status` (ArmStatus; a real driver may not offer it),
        `<gun>/state` (GunState), `supervisor/zones` (ZoneStates); the process hears `supervisor/state` for it.
    Actions:
        Offers `<robot>/execute_program` (ExecuteProgram); uses the arm's FollowJointTrajectory and the gun's Weld.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node of one robot.

        Args:
            process: The runtime.
            device: Name of the robot in the cell file.
        """
        super().__init__(process, names.robot_node(device))
        self._robot = device
        self._gun = process.cell.robots[device].gun
        self._joint_names = names.joint_names(device)

    # ------------------------------------------------------------------------------------------ lifecycle

    def setup(self) -> None:
        """Create the executor and everything it talks through; where the arm is has to be read first."""
        cell = self.process.cell
        zones = tuple(zone.name for zone in cell.zones.values() if self._robot in zone.robots)
        config = rj.RobotConfig(self._robot, self._gun, zones, speed=self.process.clock.speed)
        self._executor = ProgramExecutor(config, ProgramMotion(cell, self._robot))
        self._events: deque[ev.Event] = deque()
        self._is_stepping = False
        self._accepted: rj.Job | None = None
        self._runs: dict[str, GoalRun] = {}
        self._trajectories: dict[int, SentGoal] = {}
        self._gun_text = ""
        self._override = 100
        self._shown = self._executor.status
        self._told_wish: dict[str, bool] = {}
        self._wish_told_at = 0.0
        self._joints = Sampler(self, JointState, self.process.path(names.joint_states(self._robot)), qos.SAMPLES)
        self._tear_down.append(self._joints.close)
        self.subscribe(ArmStatus, names.arm_status(self._robot), qos.STATE, self._hear_arm)
        self.process.on_cell_state(self.guarded(self._hear_cell))
        self.subscribe(GunState, names.state(self._gun), qos.STATE, self._hear_gun)
        self.subscribe(ZoneStates, names.SUPERVISOR_ZONES, qos.STATE, self._hear_zones)
        self._wishes = self.publisher(ZoneRequest, names.SUPERVISOR_ZONE_REQUESTS, qos.REQUEST)
        self._topic = self.state_topic(RobotState, names.state(self._robot), self._fill)
        self._arm = self.action_caller(FollowJointTrajectory, names.follow_joint_trajectory(self._robot))
        self._welds = self.action_caller(Weld, names.weld(self._gun))
        self.serve_action(
            ExecuteProgram,
            names.execute_program(self._robot),
            accept=self._accept,
            start=self._begin,
            cancel=self._cancel,
        )
        self._step(ev.PermissionChanged(self.permission))

    def start(self) -> None:
        """Tell the state."""
        self._topic.changed()

    def halt(self) -> None:
        """Stop the arm on its path and end the job."""
        reason = "the robot's node was deactivated"
        self._step(ev.CancelRequested(reason))
        code = ExecuteProgram.Result.CODE_INTERRUPTED
        for run in self._runs.values():
            run.finish(ExecuteProgram.Result(code=code, text=reason))
        self._runs.clear()
        self._topic.publish()

    def permission_changed(self, old: Permission, new: Permission) -> None:
        """Let the executor react at once."""
        self._step(ev.PermissionChanged(new))

    def work(self, now: float) -> float:
        """Read the arm and let time pass."""
        if not self._read_arm():
            self._step(ev.Tick())
        self._repeat_wish()
        period = BUSY_PERIOD if self._executor.is_active else IDLE_PERIOD
        return now + period * self.process.clock.speed

    # ------------------------------------------------------------------------------------------ executor

    def _read_arm(self) -> bool:
        """Pass on the newest sample of the arm; tell whether there was a new one."""
        sample = self._joints.take()
        if sample is None:
            return False
        position = joints_from_msg(sample.name, sample.position, self._joint_names)
        velocity = joints_from_msg(sample.name, sample.velocity, self._joint_names)
        self._step(ev.JointsRead(position, velocity))
        return True

    def _step(self, event: ev.Event) -> None:
        """Let the executor take note of an event and carry out what it says; events that follow from that queue up."""
        self._events.append(event)
        if self._is_stepping:
            return
        self._is_stepping = True
        try:
            while self._events:
                for command in self._executor.step(self.now(), self.steady(), self._events.popleft()):
                    self._carry_out(command)
        finally:
            self._is_stepping = False
        if self._executor.zones.wish != self._told_wish:
            self._tell_wish()
        if self._executor.status != self._shown:
            self._topic.changed()

    def _carry_out(self, command: ev.Command) -> None:
        match command:
            case ev.SendTrajectory():
                self._send_trajectory(command)
            case ev.CancelTrajectory():
                if command.number in self._trajectories:
                    self._trajectories[command.number].cancel()
            case ev.SendWeld():
                self._send_weld(command)
            case ev.Progress():
                if command.job in self._runs:
                    feedback = ExecuteProgram.Feedback(spots_done=command.spots_done, spot=command.spot)
                    self._runs[command.job].feedback(feedback)
            case ev.Finish():
                self._finish(command)

    # ------------------------------------------------------------------------------------------ jobs

    def _accept(self, goal: Any) -> str | None:
        try:
            job = job_from_goal(goal)
            refusal = self._executor.refusal(job) if self.active else "robot node is not active"
        except SmartCellError as error:
            refusal = str(error)
        else:
            self._accepted = job
        if refusal is not None:
            self._executor.refused(refusal)
            self._topic.publish()
        return refusal

    def _begin(self, run: GoalRun) -> None:
        job, self._accepted = self._accepted, None
        if job is None or job.name != run.goal.job:
            job = job_from_goal(run.goal)
        self._runs[job.name] = run
        self._read_arm()
        self._step(ev.JobGiven(job))

    def _cancel(self, run: GoalRun) -> bool:
        if run not in self._runs.values():
            return False
        self._step(ev.CancelRequested("canceled"))
        return True

    def _finish(self, command: ev.Finish) -> None:
        run = self._runs.pop(command.job, None)
        if command.code is not rj.JobCode.DONE:
            self.get_logger().warning(f"job {command.job}: {command.code.value}: {command.text}")
        if run is not None:
            run.finish(
                ExecuteProgram.Result(
                    code=constant(ExecuteProgram.Result, "CODE", command.code),
                    spot=command.spot,
                    spots_done=command.spots_done,
                    text=command.text,
                )
            )

    # ------------------------------------------------------------------------------------------ arm

    def _send_trajectory(self, command: ev.SendTrajectory) -> None:
        number = command.number
        if not self._arm.is_ready():
            self._step(ev.TrajectoryRejected(number, "its controller is not there"))
            return
        goal = FollowJointTrajectory.Goal()
        goal.trajectory = trajectory_to_msg(command.trajectory, self._joint_names, command.start)
        goal.goal_time_tolerance.sec = GOAL_TIME_TOLERANCE
        self._trajectories[number] = self._arm.send(
            goal,
            partial(self._trajectory_ended, number),
            accepted=partial(self._trajectory_accepted, number, self.steady()),
        )
        self._step(ev.TrajectorySent(number))

    def _trajectory_accepted(self, number: int, sent: float) -> None:
        # the arm took it somewhere between the order and its answer
        self._step(ev.TrajectoryAccepted(number, 0.5 * (self.steady() - sent)))

    def _trajectory_ended(self, number: int, ending: Ending, result: Any, text: str) -> None:
        self._trajectories.pop(number, None)
        self._read_arm()
        if ending is Ending.SUCCEEDED:
            self._step(ev.TrajectoryFinished(number, True))
        elif ending is Ending.REJECTED:
            self._step(ev.TrajectoryRejected(number, f"{text} (is it active, and do the joints fit?)"))
        elif result is None:
            self._step(ev.TrajectoryRejected(number, text))
        else:
            words = result.error_string or f"{ending.value} with error_code {result.error_code}"
            self._step(ev.TrajectoryFinished(number, False, words))

    def _hear_arm(self, message: Any) -> None:
        self._step(ev.ArmStatusRead(OperationMode(message.operation_mode), message.text))

    def _hear_cell(self, message: Any) -> None:
        percent = message.speed_override
        # 0: a supervisor that does not tell
        if message.epoch == self.permission.epoch and 0 < percent <= 100 and percent != self._override:
            self._override = percent
            self._step(ev.OverrideChanged(percent))

    # ------------------------------------------------------------------------------------------ gun

    def _hear_gun(self, message: Any) -> None:
        self._gun_text = message.text
        is_open = message.state == GunState.STATE_OPEN
        text = _GUN_STATES.get(message.state, "in an unknown state")
        self._step(ev.GunRead(is_open, f"{text}: {message.text}" if message.text else text))

    def _send_weld(self, command: ev.SendWeld) -> None:
        number = command.number
        goal = Weld.Goal(
            robot=self._robot,
            body=command.body,
            spot=command.spot.target.spot,
            attempt=command.spot.attempt,
            epoch=command.epoch,
            schedule=schedule_to_msg(command.spot.schedule),
            thickness=command.spot.target.thickness,
        )
        self._welds.send(goal, partial(self._weld_ended, number), accepted=lambda: self._step(ev.WeldAccepted(number)))
        self._step(ev.WeldSent(number))

    def _weld_ended(self, number: int, ending: Ending, result: Any, text: str) -> None:
        if ending is Ending.REJECTED:
            self._step(ev.WeldFinished(number, False, False, self._gun_text or text))
        elif result is None:
            self._step(ev.WeldFinished(number, False, True, text))
        elif result.code != Weld.Result.CODE_DONE:
            self._step(ev.WeldFinished(number, False, False, result.text))
        else:
            record = result.record
            # a good weld whose record the journal did not take ends aborted: no further weld then
            is_ok = record.result == WeldRecord.RESULT_OK and ending is Ending.SUCCEEDED
            was_fired = record.result != WeldRecord.RESULT_NOT_WELDED
            self._step(ev.WeldFinished(number, is_ok, was_fired, result.text or record.reason))

    # ------------------------------------------------------------------------------------------ zones

    def _hear_zones(self, message: Any) -> None:
        if message.epoch == self.permission.epoch:
            self._step(ev.ZonesRead({zone.zone: zone.holder for zone in message.zones}))

    def _repeat_wish(self) -> None:
        period = WISH_PERIOD if any(self._told_wish.values()) else CALM_WISH_PERIOD
        if self.steady() - self._wish_told_at >= period:
            self._tell_wish()

    def _tell_wish(self) -> None:
        """Say everything about the zones: what is wanted or may be entered, and what is not."""
        wish = self._executor.zones.wish
        self._told_wish = wish
        self._wish_told_at = self.steady()
        if not wish:
            return
        message = ZoneRequest(robot=self._robot, epoch=self.process.epoch, zones=list(wish))
        message.header.stamp = stamp(self.now())
        message.modes = [ZoneRequest.MODE_LOCK if wanted else ZoneRequest.MODE_RELEASE for wanted in wish.values()]
        self._wishes.publish(message)

    # ------------------------------------------------------------------------------------------ state

    def _fill(self, message: Any) -> None:
        status = self._executor.status
        self._shown = status
        message.state = constant(RobotState, "STATE", status.state) if self.active else RobotState.STATE_INACTIVE
        message.body = status.body
        message.spot = status.spot
        message.spots_done = status.spots_done
        message.spots_total = status.spots_total
        message.operation_mode = int(status.operation_mode)
        message.speed_override = status.speed_override
        message.at_home = status.at_home
        message.zones = list(status.zones)
        message.waiting_for = status.waiting_for
        message.text = status.text
        message.move_overhead = status.move_overhead
        message.weld_overhead = status.weld_overhead
