# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated arm: goals and commands in, joint readings and results out.

It behaves like a KUKA arm behind ros2_control's joint trajectory controller: servos with a lag, drives and brakes, a
key switch with four operating modes, a safety input and a motion enable. Time is an argument; how often the arm is
looked at does not change what it does. `smart_cell.simulation.arm_interlocks` lists its stops.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.core.operation_mode import OperationMode
from smart_cell.motion.arm_model import JOINT_COUNT, ArmModel
from smart_cell.motion.limits import within_limits
from smart_cell.motion.trajectory import State, Trajectory
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_controller import TOPIC, ArmController, Finished, Following
from smart_cell.simulation.arm_effort import EffortEstimate
from smart_cell.simulation.arm_faults import ArmFaults
from smart_cell.simulation.arm_goal import ErrorCode, JointGoal, Rejection, check_form, check_limits, join
from smart_cell.simulation.arm_machine import ArmMachine
from smart_cell.simulation.arm_reduced import reduced_rate
from smart_cell.simulation.arm_status import ArmStatus, JointReading

_MOVES = 1e-4
"""Speed [rad/s] from which on the arm counts as moving."""


class SimArm(ArmMachine):
    """A simulated arm. It starts inactive, at rest, in EXT and with its drives on."""

    def __init__(
        self,
        model: ArmModel,
        joint_names: Sequence[str],
        start_joints: Sequence[float],
        config: ArmConfig | None = None,
        tool: Pose = IDENTITY,
    ) -> None:
        """Put the arm where it stands.

        Args:
            model: Geometry and limits.
            joint_names: Names of the joints, A1 to A6.
            start_joints: Joint angles [rad].
            config: Tolerances and margins.
            tool: Tool point in the flange frame, which T1 keeps slow.

        Raises:
            ValueError: The number of names is not six, or the arm cannot stand there.
        """
        if len(joint_names) != JOINT_COUNT:
            raise ValueError(f"{model.name} has {JOINT_COUNT} joints, got {len(joint_names)} names")
        config = config if config is not None else ArmConfig()
        problem = within_limits(model, start_joints, tolerance=config.position_margin)
        if problem is not None:
            raise ValueError(f"{model.name} cannot start at {tuple(start_joints)}: {problem}")
        self._model = model
        self._names = tuple(joint_names)
        self._config = config
        self._tool = tool
        super().__init__(ArmController(model, joint_names, start_joints, config))
        self._scaling = config.initial_scaling_factor
        self._reduction = 1.0
        self._note = ""
        self._effort = EffortEstimate(model)
        self._seen: State | None = None
        self._reading = self._read(self._controller.servo.last)

    @property
    def position(self) -> tuple[float, ...]:
        """Where the joints were at the last look [rad], whether the arm reports it or not."""
        return self._reading.position

    @property
    def running(self) -> str | None:
        """The goal that runs, `TOPIC` for a trajectory that came by topic; None if nothing runs."""
        return self._controller.running

    @property
    def note(self) -> str:
        """What of the tolerances of the last accepted goal was ignored, in words; empty if nothing."""
        return self._note

    @property
    def speed_scaling(self) -> float:
        """Share of the commanded pace at which the arm runs, 0 to 1; in T1 also what its limit leaves of a goal."""
        return self._scaling * (self._reduction if self.running is not None else 1.0)

    def status(self, now: float) -> ArmStatus:
        """Return what the controller says about itself at `now` [s]."""
        self._controller.advance(now)
        refusal = self._locks.refusal()
        text = refusal or (str(self._faults) if self._faults != ArmFaults() else "")
        return ArmStatus(
            operation_mode=self._locks.mode,
            drives_powered=self._locks.power.powered(now),
            brakes_released=self._locks.power.released(now),
            emergency_stop=bool(self._locks.unsafe),
            in_motion=bool(np.abs(self._controller.measured(now).velocity).max() > _MOVES),
            motion_possible=not refusal,
            speed_scaling=self.speed_scaling,
            text=text,
        )

    def state(self, now: float) -> JointReading | None:
        """Return what the arm reports at `now`, or None if it reports nothing."""
        self._controller.advance(now)
        measured = self._controller.measured(now)
        if measured is not self._seen:
            self._seen = measured
            self._reading = self._read(measured)
        return None if self._faults.feedback_lost else self._reading

    def following(self, now: float) -> Following:
        """Return reference, feedback and error at `now`."""
        self._controller.advance(now)
        return self._controller.following(now)

    def query(self, time: float, now: float) -> State | str:
        """Return what the joints should do at `time` [s] by what runs, or why that cannot be told, in words."""
        self._controller.advance(now)
        course = self._controller.course
        if not self._locks.active:
            return "the controller is not active"
        if self.running is None:
            return "there is no trajectory"
        if time < course.begin:
            return f"the trajectory, or its present pace, began {course.begin - time:.3f} s later"
        if time > course.end:
            return f"the trajectory ends {time - course.end:.3f} s before"
        return course.sample(time)

    def check(self, goal: JointGoal, now: float) -> Rejection | None:
        """Return why a goal would be rejected, or None if `accept` may be called with it."""
        refusal = self._locks.refusal()
        if refusal:
            return Rejection(ErrorCode.INVALID_GOAL, refusal)
        problem = check_form(goal, self._names, now, partial=self._config.allow_partial_joints_goal)
        if problem is not None:
            return problem
        self._controller.advance(now)
        path, _ = self._plan(goal, now)
        return check_limits(path, self._controller.start_state(now, 1.0), self._model, self._config)

    def accept(self, goal_id: str, goal: JointGoal, now: float) -> list[Finished]:
        """Start a goal that `check` did not reject, and return the end of the one it preempts.

        Args:
            goal_id: Names its end; `TOPIC` for a trajectory that came by topic.
            goal: The goal.
            now: Time [s].
        """
        self._controller.advance(now)
        path, self._reduction = self._plan(goal, now)
        begin = max(now, self._locks.power.ready_at)
        self._note = self._controller.follow(goal_id, goal, path, begin, now, self._scaling * self._reduction)
        return self._controller.take_ended()

    def command(self, goal: JointGoal, now: float) -> tuple[Rejection | None, list[Finished]]:
        """Run a trajectory that came by topic, or tell why not; the goal that it replaces is aborted."""
        rejection = self.check(goal, now)
        return (rejection, []) if rejection is not None else (None, self.accept(TOPIC, goal, now))

    def cancel(self, goal_id: str, now: float) -> list[Finished]:
        """Cancel a goal: the arm stops on the path. Nothing happens if another goal or none runs."""
        self._controller.advance(now)
        self._controller.cancel(goal_id, now)
        return self._controller.take_ended()

    def step(self, now: float) -> list[Finished]:
        """Move on to `now` and return what ended."""
        self._controller.advance(now)
        self._controller.arrive(now)
        return self._controller.take_ended()

    def next_event(self, now: float) -> float | None:
        """Return when to look at what runs again [s], not before `now`; None if nothing is due."""
        return self._controller.next_event(now)

    def _plan(self, goal: JointGoal, now: float) -> tuple[Trajectory, float]:
        """Return the path from where the arm is through a goal, and what T1 leaves of its pace."""
        begin = max(now, self._locks.power.ready_at)
        path, _ = join(goal, self._names, self._controller.start_state(now, self._scaling), begin)
        if self._locks.mode is not OperationMode.T1:
            return path, 1.0
        reduction = reduced_rate(self._model, self._tool, path)
        path, _ = join(goal, self._names, self._controller.start_state(now, self._scaling * reduction), begin)
        return path, reduction

    def set_speed_scaling(self, factor: float, now: float) -> str:
        """Run at another pace, which is reached as fast as the arm's limits allow.

        Args:
            factor: Share of the commanded pace, 0 (stands still, its goal goes on later) to 1.
            now: Time [s].

        Returns:
            Why the factor is ignored, in words; empty if it is not.
        """
        if not 0.0 <= factor <= 1.0:
            return f"speed scaling {factor} is ignored, must be 0 to 1"
        if factor != self._scaling:
            self._scaling = factor
            self._controller.advance(now)
            self._controller.change_rate(self.speed_scaling, now)
        return ""

    def _read(self, measured: State) -> JointReading:
        return JointReading(
            tuple(measured.position.tolist()),
            tuple(measured.velocity.tolist()),
            tuple(self._effort.at(measured).tolist()),
        )
