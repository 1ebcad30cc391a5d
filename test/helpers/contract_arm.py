# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""An arm with a trajectory controller as the contract tests see it, whatever is behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal

LIMIT = 15.0
"""Longest time any answer may take [s]."""


class Outcome(str, Enum):
    """How an accepted goal ended."""

    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    ABORTED = "aborted"


@dataclass
class Sent:
    """A goal that was sent."""

    accepted: bool
    handle: Any
    feedback: list[Any] = field(default_factory=list)
    """What came back on the way: anything with `joint_names` and `error.positions`."""


@dataclass(frozen=True)
class End:
    """The end of a goal."""

    outcome: Outcome
    code: ErrorCode
    text: str


@dataclass(frozen=True)
class Query:
    """What the controller answered to a question for its reference."""

    success: bool
    position: tuple[float, ...]


class ContractArm(ABC):
    """An arm that is active and at rest, of which the tests move one joint a little, to and fro."""

    def __init__(self, joint_names: Sequence[str], moved: int = 0, step: float = 0.1, move_time: float = 0.8) -> None:
        """Describe the arm.

        Args:
            joint_names: A1 to A6, or as many as it has.
            moved: Index of the joint that is moved.
            step: How far [rad], from where it stands at first; with the sign of the direction.
            move_time: Time of such a move [s].
        """
        self.joint_names = tuple(joint_names)
        self.moved = moved
        self.step = step
        self.move_time = move_time
        self._origin: float | None = None

    # What a backend offers.

    @abstractmethod
    def now(self) -> float:
        """Return the controller's time [s]."""

    @abstractmethod
    def wait(self, condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
        """Let time pass until a condition holds; fail after `limit` [s]."""

    @property
    @abstractmethod
    def position(self) -> list[float]:
        """Joint angles as reported last [rad], in the order of `joint_names`."""

    @property
    @abstractmethod
    def speed(self) -> float:
        """Speed of the fastest joint as reported last [rad/s]."""

    @abstractmethod
    def send(self, goal: JointGoal) -> Sent:
        """Send a goal of the action and wait for the answer."""

    @abstractmethod
    def result(self, sent: Sent) -> End:
        """Wait for the end of an accepted goal."""

    @abstractmethod
    def cancel(self, sent: Sent) -> bool:
        """Ask for the end of a goal and return whether it is being cancelled."""

    @abstractmethod
    def command(self, goal: JointGoal) -> None:
        """Send a trajectory by topic."""

    @abstractmethod
    def scale(self, factor: float) -> None:
        """Ask for another pace."""

    @abstractmethod
    def query(self, time: float) -> Query:
        """Ask for the reference at `time` [s]."""

    @abstractmethod
    def controller_state(self) -> Any:
        """Return the controller's newest state: anything with `error.positions` and `speed_scaling_factor`."""

    # What follows from it.

    def pause(self, span: float) -> None:
        """Let `span` [s] pass on the controller's clock."""
        end = self.now() + span
        self.wait(lambda: self.now() >= end, f"{span:g} s to pass")

    def rest(self) -> None:
        """Wait until the arm stands."""
        self.wait(lambda: self.speed < 1e-3, "the arm to stand")

    def nudged(self) -> list[float]:
        """Return the joint angles of the next small move [rad]."""
        here = self.position
        if self._origin is None:
            self._origin = here[self.moved]
        away = abs(here[self.moved] - self._origin) < abs(self.step) / 2
        here[self.moved] = self._origin + (self.step if away else 0.0)
        return here

    def point(
        self, positions: Sequence[float], after: float, *, rest: bool = True, effort: Sequence[float] = ()
    ) -> GoalPoint:
        """Return a point; at rest, or without speeds and accelerations."""
        still = (0.0,) * len(positions) if rest else ()
        return GoalPoint(after, tuple(positions), still, still, tuple(effort))

    def goal(self, *points: GoalPoint, at: float = 0.0) -> JointGoal:
        """Return a goal through the points, from `at` [s] or from its acceptance."""
        return JointGoal(self.joint_names, points, at)

    def nudge(self, times: float = 1.0) -> JointGoal:
        """Return the goal of the next small move, which takes so many times `move_time`."""
        return self.goal(self.point(self.nudged(), self.move_time * times))
