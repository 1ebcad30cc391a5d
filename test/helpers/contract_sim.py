# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated arm itself behind the contract: no ROS, time passes as fast as it is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from contract_arm import LIMIT, ContractArm, End, Outcome, Query, Sent

from smart_cell.core.geometry import IDENTITY, Pose
from smart_cell.motion.arm_model import HOME, arm_model
from smart_cell.motion.trajectory import State
from smart_cell.simulation.arm import SimArm
from smart_cell.simulation.arm_config import ArmConfig
from smart_cell.simulation.arm_controller import Finished
from smart_cell.simulation.arm_goal import JointGoal

START = 1_760_000_000.0
NAMES = tuple(f"r1_joint_{number}" for number in range(1, 7))
LOOK = 0.01


class SimContractArm(ContractArm):
    """A KR 210 at home; `arm` is the simulated arm."""

    def __init__(
        self,
        config: ArmConfig | None = None,
        model: str = "kr210_r2700_2",
        start: Sequence[float] = HOME,
        tool: Pose = IDENTITY,
    ) -> None:
        """Make the arm and activate it."""
        super().__init__(NAMES)
        self.arm = SimArm(arm_model(model), NAMES, start, config, tool)
        self._now = START
        self._number = 0
        self._sent: dict[str, Sent] = {}
        self.ended: dict[str, Finished] = {}
        self.commands_ended: list[Finished] = []
        self.note(self.arm.activate(START))

    def now(self) -> float:
        return self._now

    def wait(self, condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        end = self._now + limit
        while not condition():
            assert self._now < end, f"waited {limit:g} s for {what}"
            self._now += LOOK
            self.note(self.arm.step(self._now))
            running = self._sent.get(self.arm.running or "")
            if running is not None:
                running.feedback.append(self.controller_state())

    def note(self, ended: list[Finished]) -> None:
        """Keep what ended."""
        for finished in ended:
            if finished.goal_id:
                assert finished.goal_id not in self.ended, "a goal ends once"
                self.ended[finished.goal_id] = finished
            else:
                self.commands_ended.append(finished)

    @property
    def position(self) -> list[float]:
        self.arm.state(self._now)
        return list(self.arm.position)

    @property
    def speed(self) -> float:
        reading = self.arm.state(self._now)
        assert reading is not None
        return max(map(abs, reading.velocity))

    def send(self, goal: JointGoal) -> Sent:
        if self.arm.check(goal, self._now) is not None:
            return Sent(False, None)
        self._number += 1
        name = f"g{self._number}"
        self.note(self.arm.accept(name, goal, self._now))
        self._sent[name] = Sent(True, name)
        return self._sent[name]

    def result(self, sent: Sent) -> End:
        assert sent.accepted
        self.wait(lambda: sent.handle in self.ended, "the result")
        finished = self.ended[sent.handle]
        outcome = Outcome.SUCCEEDED if finished.succeeded else Outcome.ABORTED
        return End(Outcome.CANCELED if finished.canceled else outcome, finished.error_code, finished.error_string)

    def cancel(self, sent: Sent) -> bool:
        ended = self.arm.cancel(sent.handle, self._now)
        self.note(ended)
        return any(finished.canceled for finished in ended)

    def command(self, goal: JointGoal) -> None:
        self.note(self.arm.command(goal, self._now)[1])

    def scale(self, factor: float) -> None:
        self.arm.set_speed_scaling(factor, self._now)

    def query(self, time: float) -> Query:
        answer = self.arm.query(time, self._now)
        return Query(True, tuple(answer.position)) if isinstance(answer, State) else Query(False, ())

    def controller_state(self) -> Any:
        following = self.arm.following(self._now)
        return SimpleNamespace(
            joint_names=self.joint_names,
            error=SimpleNamespace(positions=following.error.position),
            speed_scaling_factor=self.arm.speed_scaling,
        )
