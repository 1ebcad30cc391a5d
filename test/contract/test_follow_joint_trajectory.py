# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What every arm must do whose controller offers FollowJointTrajectory, whether it is simulated, in Gazebo or real.

By default the tests run twice: on the simulated arm itself, in virtual time, and on its node over DDS. To run them on
another controller, such as that of gz_ros2_control or of a real driver, start it, bring the arm to a place where one
joint may move a little, and name it in the environment:

    ARM_CONTRACT_CONTROLLER=/joint_trajectory_controller     full name of the controller's node
    ARM_CONTRACT_JOINTS=joint_1,joint_2,...                  its joints, in the order of the arm
    ARM_CONTRACT_JOINT_STATES=/joint_states                  default
    ARM_CONTRACT_JOINT=joint_6                               the one that moves; default the last
    ARM_CONTRACT_STEP=0.05                                   how far it moves [rad], with the sign of the direction
    ARM_CONTRACT_TIME=0.8                                    time of such a move [s]; a few last 6 times as long
    ARM_CONTRACT_WITHOUT=scaling,query                       what the controller does not have

    ROS_DOMAIN_ID=0 ARM_CONTRACT_CONTROLLER=... pytest test/contract

The joint moves between where it stands and the step away from there; all others stay. The step has to be within the
joint's limits. No goal of these tests asks for more speed than 3 * step / time at the most, or is one that a controller
could take for a jump. A controller that is configured to take partial goals or a speed at the end fails the tests that
say so by name: deselect them with `--deselect`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contract_arm import ContractArm, Outcome

from smart_cell.simulation.arm_goal import ErrorCode, GoalPoint, JointGoal, Tolerance

if TYPE_CHECKING:
    from contract_ros import RosContractArm

ARRIVED = 0.005
"""How far from its end [rad] a goal that succeeded may leave a joint, by the controller's own tolerances."""

Malform = Callable[[ContractArm, JointGoal], JointGoal]
"""Makes of a good goal of one point a bad one."""


def _one(**fields: object) -> Malform:
    return lambda arm, goal: replace(goal, points=(replace(goal.points[0], **fields),))  # type: ignore[arg-type]


def _short(name: str) -> Malform:
    return lambda arm, goal: replace(
        goal, points=(replace(goal.points[0], **{name: getattr(goal.points[0], name)[:-1]}),)
    )


def _another_point(share: float) -> Malform:
    return lambda arm, goal: replace(goal, points=(*goal.points, arm.point(arm.position, share * arm.move_time)))


def _without_a_joint(arm: ContractArm, goal: JointGoal) -> JointGoal:
    point = goal.points[0]
    point = GoalPoint(point.time_from_start, point.positions[:-1], point.velocities[:-1], ())
    return JointGoal(goal.joint_names[:-1], (point,))


def _fast_at_the_end(arm: ContractArm, goal: JointGoal) -> JointGoal:
    speeds = tuple(0.05 if joint == arm.moved else 0.0 for joint in range(len(arm.joint_names)))
    return replace(goal, points=(replace(goal.points[0], velocities=speeds),))


MALFORMED: dict[str, Malform] = {
    "a joint is missing": _without_a_joint,
    "a joint is unknown": lambda arm, goal: replace(goal, joint_names=(*goal.joint_names[:-1], "nobody")),
    "no points": lambda arm, goal: replace(goal, points=()),
    "velocity at the end": _fast_at_the_end,
    "the end is in the past": lambda arm, goal: replace(goal, stamp=arm.now() - 60.0),
    "times do not increase": _another_point(1.0),
    "times decrease": _another_point(0.5),
    "too few positions": _short("positions"),
    "no positions": _one(positions=(), velocities=(), accelerations=()),
    "too few velocities": _short("velocities"),
    "too few accelerations": _short("accelerations"),
    "efforts": lambda arm, goal: replace(goal, points=(replace(goal.points[0], effort=(0.0,) * len(arm.joint_names)),)),
}
"""Goals that every joint trajectory controller of positions rejects."""


def arrive(arm: ContractArm, target: list[float]) -> None:
    """Wait until the arm is at a place."""
    arm.wait(lambda: arm.position == pytest.approx(target, abs=ARRIVED), f"the arm to be at {target}")


def moves(arm: ContractArm) -> bool:
    """Tell whether the arm moves by now."""
    return arm.speed > 0.1 * abs(arm.step) / arm.move_time


def test_goal_is_executed(arm: ContractArm) -> None:
    target = arm.nudged()
    end = arm.result(arm.send(arm.goal(arm.point(target, arm.move_time))))
    assert (end.outcome, end.code) == (Outcome.SUCCEEDED, ErrorCode.SUCCESSFUL)
    arrive(arm, target)


def test_positions_alone_are_enough(arm: ContractArm) -> None:
    target = arm.nudged()
    assert arm.result(arm.send(arm.goal(arm.point(target, arm.move_time, rest=False)))).outcome is Outcome.SUCCEEDED
    arrive(arm, target)


def test_joints_may_come_in_another_order(arm: ContractArm) -> None:
    target = arm.nudged()
    goal = JointGoal(arm.joint_names[::-1], (arm.point(target[::-1], arm.move_time),))
    assert arm.result(arm.send(goal)).outcome is Outcome.SUCCEEDED
    arrive(arm, target)


def test_goal_with_a_stamp_starts_then(arm: ContractArm) -> None:
    start = arm.now() + 0.5
    here, target = arm.position, arm.nudged()
    sent = arm.send(arm.goal(arm.point(here, 0.0), arm.point(target, arm.move_time), at=start))
    assert arm.result(sent).outcome is Outcome.SUCCEEDED
    assert arm.now() >= start + arm.move_time - 0.05


def test_goal_that_began_in_the_past_is_joined(arm: ContractArm) -> None:
    here, target = arm.position, arm.nudged()
    points = (arm.point(here, 0.1), arm.point(here, 0.3), arm.point(target, 0.3 + 2 * arm.move_time))
    begin = arm.now()
    assert arm.result(arm.send(arm.goal(*points, at=begin - 0.2))).outcome is Outcome.SUCCEEDED
    assert arm.now() - begin < 2 * arm.move_time + 0.1 + 0.5
    arrive(arm, target)


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_goal_is_rejected(arm: ContractArm, name: str) -> None:
    here = arm.position
    assert not arm.send(MALFORMED[name](arm, arm.nudge())).accepted
    assert arm.position == pytest.approx(here, abs=1e-3)


def test_new_goal_preempts_the_running_one(arm: ContractArm) -> None:
    first = arm.send(arm.nudge(6.0))
    target = arm.nudged()
    second = arm.send(arm.goal(arm.point(target, arm.move_time)))
    end = arm.result(first)
    assert (end.outcome, end.code) == (Outcome.ABORTED, ErrorCode.INVALID_GOAL)
    assert "preempted" in end.text
    assert arm.result(second).outcome is Outcome.SUCCEEDED
    arrive(arm, target)


def test_cancel_stops_the_arm_and_the_next_goal_starts_there(arm: ContractArm) -> None:
    sent = arm.send(arm.nudge(4.0))
    arm.wait(lambda: moves(arm), "the arm to move")
    assert arm.cancel(sent)
    assert arm.result(sent).outcome is Outcome.CANCELED
    arm.rest()
    here = arm.position
    arm.pause(0.2)
    assert arm.position == pytest.approx(here, abs=1e-3)
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED


def test_cancelling_a_goal_that_ended_changes_nothing(arm: ContractArm) -> None:
    sent = arm.send(arm.nudge())
    assert arm.result(sent).outcome is Outcome.SUCCEEDED
    assert not arm.cancel(sent)


def test_tolerance_of_the_path_is_watched(arm: ContractArm) -> None:
    narrow = tuple(Tolerance(name, position=1e-9) for name in arm.joint_names)
    end = arm.result(arm.send(replace(arm.nudge(), path_tolerance=narrow)))
    assert (end.outcome, end.code) == (Outcome.ABORTED, ErrorCode.PATH_TOLERANCE_VIOLATED)
    arm.rest()
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED


def test_tolerance_of_an_unknown_joint_is_ignored(arm: ContractArm) -> None:
    goal = replace(arm.nudge(), path_tolerance=(Tolerance("nobody", position=1e-9),))
    assert arm.result(arm.send(goal)).outcome is Outcome.SUCCEEDED


def test_feedback_and_controller_state_tell_where_the_arm_is(arm: ContractArm) -> None:
    sent = arm.send(arm.nudge(2.0))
    assert arm.result(sent).outcome is Outcome.SUCCEEDED
    assert sent.feedback
    for message in (sent.feedback[-1], arm.controller_state()):
        assert sorted(message.joint_names) == sorted(arm.joint_names)
        assert max(map(abs, message.error.positions)) < 0.05


def test_trajectory_by_topic_is_run_and_the_last_one_wins(arm: ContractArm) -> None:
    away = arm.nudged()
    arm.command(arm.goal(arm.point(away, 6.0 * arm.move_time)))
    arm.wait(lambda: moves(arm), "the arm to move")
    back = arm.nudged()
    arm.command(arm.goal(arm.point(back, arm.move_time)))
    arrive(arm, back)
    arm.rest()
    arrive(arm, back)


def test_bad_trajectory_by_topic_changes_nothing(arm: ContractArm) -> None:
    sent = arm.send(arm.nudge(2.0))
    arm.command(MALFORMED["a joint is unknown"](arm, arm.nudge()))
    assert arm.result(sent).outcome is Outcome.SUCCEEDED


@pytest.mark.usefixtures("querying")
def test_query_tells_the_reference_of_a_time(arm: ContractArm) -> None:
    here, target = arm.position, arm.nudged()
    sent = arm.send(arm.nudge(3.0))
    arm.wait(lambda: moves(arm), "the arm to move")
    answer = arm.query(arm.now() + 0.2)
    assert answer.success
    low, high = sorted((here[arm.moved], target[arm.moved]))
    assert low < answer.position[arm.moved] < high
    assert not arm.query(arm.now() + 60.0).success
    assert arm.result(sent).outcome is Outcome.SUCCEEDED


@pytest.mark.usefixtures("scaling")
def test_speed_scaling_changes_the_pace_but_not_the_path(arm: ContractArm) -> None:
    arm.scale(0.5)
    try:
        begin, target = arm.now(), arm.nudged()
        sent = arm.send(arm.nudge())
        assert arm.result(sent).outcome is Outcome.SUCCEEDED
        assert arm.now() - begin > 1.8 * arm.move_time
        assert arm.controller_state().speed_scaling_factor == pytest.approx(0.5)
        arrive(arm, target)
    finally:
        arm.scale(1.0)


@pytest.mark.usefixtures("scaling")
def test_speed_scaling_of_nothing_is_a_pause(arm: ContractArm) -> None:
    target = arm.nudged()
    sent = arm.send(arm.nudge(2.0))
    arm.wait(lambda: moves(arm), "the arm to move")
    arm.scale(0.0)
    try:
        arm.rest()
        here = arm.position
        arm.pause(0.3)
        assert arm.position == pytest.approx(here, abs=1e-3)
    finally:
        arm.scale(1.0)
    assert arm.result(sent).outcome is Outcome.SUCCEEDED
    arrive(arm, target)


def test_motion_is_smooth_and_within_the_step(ros_arm: RosContractArm) -> None:
    arm = ros_arm
    arm.nudged()
    begin = arm.count
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED
    assert arm.result(arm.send(arm.nudge())).outcome is Outcome.SUCCEEDED
    fresh = list(arm.received)[-(arm.count - begin) :]
    places = np.array([[message.position[message.name.index(name)] for name in arm.joint_names] for message in fresh])
    still = np.delete(np.ptp(places, axis=0), arm.moved)
    assert still.max() < ARRIVED
    assert np.ptp(places[:, arm.moved]) == pytest.approx(abs(arm.step), abs=2 * ARRIVED)


def test_joint_states_name_the_joints_and_go_forward_in_time(ros_arm: RosContractArm) -> None:
    begin = ros_arm.count
    ros_arm.wait(lambda: ros_arm.count > begin + 20, "20 joint states")
    messages = list(ros_arm.received)[-20:]
    assert all(set(ros_arm.joint_names) <= set(message.name) for message in messages)
    stamps = [(message.header.stamp.sec, message.header.stamp.nanosec) for message in messages]
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps))
