# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from motion_checks import (
    assert_keeps_limits,
    dense_times,
    joints_within,
    line_deviation,
    speed_of,
    tool_points,
)

from smart_cell.core.geometry import IDENTITY, Pose, angle_between, slerp
from smart_cell.motion.arm_model import HOME, ArmModel, Joints, arm_model
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import T1_SPEED, CartesianLimits
from smart_cell.motion.moves.lin import plan_lin
from smart_cell.motion.trajectory import Trajectory

KR210 = arm_model("kr210_r2700_2")
MOUNTED = replace(
    arm_model("kr10_r1100_2"),
    base=Pose.from_rpy((0.1, -0.2, 0.3), (0.1, 0.2, -0.4)),
    flange=Pose.from_rpy((0.0, 0.02, 0.05), (0.0, math.pi / 2, 0.3)),
)
TOOL = Pose.from_rpy((0.08, -0.05, 0.35), (0.2, 0.5, -0.3))
START: Joints = (0.3, -1.5, 1.7, 0.2, 0.8, 0.1)
models = st.sampled_from(
    [KR210, arm_model("kr6_r900_sixx"), arm_model("kr500_r2800_2"), arm_model("kr20_r3100"), MOUNTED]
)
# away from the limits and from stretched arms and wrists, where most lines are impossible
starts = st.tuples(
    st.floats(0.3, 0.7),
    st.floats(0.35, 0.65),
    st.floats(0.55, 0.75),
    st.floats(0.4, 0.6),
    st.floats(0.7, 0.85),
    st.floats(0.3, 0.7),
)
ways = st.tuples(*[st.floats(-0.25, 0.25)] * 3)
turns = st.tuples(*[st.floats(-0.4, 0.4)] * 3)
tools = st.sampled_from([IDENTITY, TOOL])


def moved(pose: Pose, way: tuple[float, ...] = (0.0, 0.0, 0.0), rpy: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Pose:
    """Shift and turn a pose, both seen from the base."""
    x, y, z = (p + w for p, w in zip(pose.xyz, way, strict=True))
    return Pose((x, y, z), (Pose.from_rpy((0.0, 0.0, 0.0), rpy) @ Pose((0.0, 0.0, 0.0), pose.quat)).quat)


def end_of(trajectory: Trajectory) -> Joints:
    a1, a2, a3, a4, a5, a6 = trajectory.positions[-1].tolist()
    return (a1, a2, a3, a4, a5, a6)


def assert_follows_the_line(model: ArmModel, trajectory: Trajectory, here: Pose, target: Pose, tool: Pose) -> None:
    """Look at point and orientation between the points as well as at them."""
    times = dense_times(trajectory)
    joints = trajectory.sample_many(times).position
    points = tool_points(model, joints, tool)
    length = math.dist(here.xyz, target.xyz)
    if length > 1e-6:
        assert line_deviation(points, np.array(here.xyz), np.array(target.xyz)) <= 1e-6
    else:
        assert np.abs(points - here.xyz).max() <= 1e-6
    if length > 1e-3:
        for joint, point in list(zip(joints, points, strict=True))[:: max(1, len(points) // 20)]:
            share = math.dist(point, here.xyz) / length
            turned = (forward(model, joint.tolist()) @ tool).quat
            assert angle_between(turned, slerp(here.quat, target.quat, share)) <= 2e-6
    reached = forward(model, end_of(trajectory)) @ tool
    assert math.dist(reached.xyz, target.xyz) <= 1e-9
    assert angle_between(reached.quat, target.quat) <= 2e-9


@given(models, starts, ways, turns, tools, st.sampled_from([0.2, 1.0]))
@settings(max_examples=40, deadline=None)
def test_lin_stays_on_the_line_within_all_limits(
    model: ArmModel,
    shares: tuple[float, ...],
    way: tuple[float, ...],
    turn: tuple[float, ...],
    tool: Pose,
    override: float,
) -> None:
    start = joints_within(model, shares)
    here = forward(model, start) @ tool
    target = moved(here, way, turn)
    try:
        trajectory = plan_lin(model, start, target, tool=tool, override=override)
    except MotionError as error:
        assume(not any(text in str(error) for text in ("reach", "limit", "singularity")))
        raise
    assert trajectory.positions[0].tolist() == list(start)
    assert np.abs(trajectory.velocities[[0, -1]]).max() == 0.0
    assert np.abs(trajectory.accelerations[[0, -1]]).max() == 0.0
    assert_keeps_limits(model, trajectory, override)
    assert_follows_the_line(model, trajectory, here, target, tool)
    points = tool_points(model, trajectory.sample_many(dense_times(trajectory)).position, tool)
    speed = speed_of(points, dense_times(trajectory))
    assert speed.max(initial=0.0) <= CartesianLimits().velocity * override * (1.0 + 1e-6)


def test_points_come_every_period_and_the_profile_is_the_cartesian_one() -> None:
    here = forward(KR210, START) @ TOOL
    limits = CartesianLimits(velocity=0.4, acceleration=0.8, jerk=8.0)
    trajectory = plan_lin(KR210, START, moved(here, (0.0, 0.4, -0.2)), tool=TOOL, limits=limits)
    np.testing.assert_allclose(np.diff(trajectory.times), 0.004, atol=1e-12)
    # way / v + v / a + a / j, rounded up to the period in each segment
    ideal = math.hypot(0.4, 0.2) / 0.4 + 0.4 / 0.8 + 0.8 / 8.0
    assert ideal <= trajectory.duration <= ideal + 0.012
    points = tool_points(KR210, trajectory.positions, TOOL)
    speed = speed_of(points, trajectory.times)
    assert speed.max() == pytest.approx(0.4, rel=0.02)
    assert np.abs(np.diff(speed)).max() / 0.004 <= 0.8 * (1.0 + 1e-6)


def test_override_changes_only_the_pace() -> None:
    here = forward(KR210, START) @ TOOL
    target = moved(here, (0.3, 0.2, -0.2), (0.2, 0.1, -0.3))
    full = plan_lin(KR210, START, target, tool=TOOL)
    slow = plan_lin(KR210, START, target, tool=TOOL, override=0.1)
    assert slow.duration == pytest.approx(10.0 * full.duration, rel=0.02)
    assert_keeps_limits(KR210, slow, 0.1)
    assert_follows_the_line(KR210, slow, here, target, TOOL)


@given(starts, ways, turns, st.sampled_from([0.3, 1.0]))
@settings(max_examples=15, deadline=None)
def test_t1_limits_tool_point_and_flange(
    shares: tuple[float, ...], way: tuple[float, ...], turn: tuple[float, ...], override: float
) -> None:
    start = joints_within(KR210, shares)
    here = forward(KR210, start) @ TOOL
    try:
        trajectory = plan_lin(KR210, start, moved(here, way, turn), tool=TOOL, override=override, tool_speed=T1_SPEED)
    except MotionError:
        assume(False)
    times = dense_times(trajectory)
    joints = trajectory.sample_many(times).position
    for tool in (TOOL, IDENTITY):
        assert speed_of(tool_points(KR210, joints, tool), times).max(initial=0.0) <= T1_SPEED * (1.0 + 1e-6)


def test_turning_on_the_spot_keeps_the_tool_point() -> None:
    here = forward(KR210, START) @ TOOL
    target = moved(here, rpy=(0.3, -0.4, 0.5))
    trajectory = plan_lin(KR210, START, target, tool=TOOL)
    assert_follows_the_line(KR210, trajectory, here, target, TOOL)
    assert_keeps_limits(KR210, trajectory)


def test_nothing_to_move_is_a_single_point() -> None:
    trajectory = plan_lin(KR210, START, forward(KR210, START) @ TOOL, tool=TOOL)
    assert trajectory.times.tolist() == [0.0]
    assert trajectory.positions[0].tolist() == list(START)


def test_a_further_turn_of_a_joint_is_kept_from_the_start() -> None:
    start = (*START[:5], 4.0)
    here = forward(KR210, start)
    trajectory = plan_lin(KR210, start, moved(here, (0.0, 0.2, 0.0)))
    assert trajectory.positions[-1, 5] == pytest.approx(4.0, abs=0.5)
    assert np.abs(np.diff(trajectory.positions, axis=0)).max() < 0.05


@pytest.mark.parametrize("a1", [0.0, 0.37, -1.2])
@pytest.mark.parametrize("way", [(0.0, 0.0, -0.3), (-0.3, 0.0, 0.2), (0.1, 0.0, -0.5)])
def test_the_wrist_singularity_is_left_in_the_plane_of_the_arm(a1: float, way: tuple[float, float, float]) -> None:
    start = (a1, *HOME[1:])
    here = forward(KR210, start)
    radial, _, up = way
    target = moved(here, (radial * math.cos(a1), -radial * math.sin(a1), up))
    trajectory = plan_lin(KR210, start, target)
    assert np.abs(trajectory.positions[:, 3]).max() < 1e-6
    assert_follows_the_line(KR210, trajectory, here, target, IDENTITY)
    assert_keeps_limits(KR210, trajectory)


@pytest.mark.parametrize("a1", [0.0, 0.37])
@pytest.mark.parametrize("a4", [0.0, math.pi])
def test_the_wrist_singularity_is_crossed_in_the_plane_of_the_arm(a1: float, a4: float) -> None:
    start = (a1, -1.5, 1.5, a4, -0.25 * math.cos(a4), 0.3)
    here = forward(KR210, start)
    target = moved(here, (-0.2 * math.cos(a1), 0.2 * math.sin(a1), 0.5))
    trajectory = plan_lin(KR210, start, target)
    a5 = trajectory.positions[:, 4]
    assert a5[0] * a5[-1] < 0.0
    np.testing.assert_allclose(trajectory.positions[:, 3], a4, atol=1e-5)
    assert_follows_the_line(KR210, trajectory, here, target, IDENTITY)
    assert_keeps_limits(KR210, trajectory)


def test_the_tool_turns_about_axis_6_while_the_wrist_is_stretched() -> None:
    start = (*HOME[:3], 0.4, 0.0, 0.0)
    here = forward(KR210, start)
    trajectory = plan_lin(KR210, start, moved(here, rpy=(0.8, 0.0, 0.0)))
    np.testing.assert_allclose(trajectory.positions[:, 3], 0.4, atol=1e-9)
    assert abs(trajectory.positions[-1, 5]) == pytest.approx(0.8)
    assert_keeps_limits(KR210, trajectory)


def test_a_target_in_the_wrist_singularity_is_reached() -> None:
    start = (0.2, -1.7, 1.5, 0.0, 0.2, 0.0)
    here = forward(KR210, start)
    end = (0.2, -1.5, 1.5, 0.0, 0.0, 0.0)
    trajectory = plan_lin(KR210, start, forward(KR210, end))
    assert_follows_the_line(KR210, trajectory, here, forward(KR210, end), IDENTITY)
    np.testing.assert_allclose(trajectory.positions[-1], end, atol=1e-8)
    assert_keeps_limits(KR210, trajectory)


def test_a_line_close_to_the_wrist_singularity_is_slower_but_straight() -> None:
    start = (0.0, -1.5, 1.5, 0.0, 0.05, 0.0)
    here = forward(KR210, start)
    first = moved(here, (0.0, -0.1, 0.0))
    fast = plan_lin(KR210, START, moved(forward(KR210, START), (0.0, 0.2, 0.0)))
    begin = plan_lin(KR210, start, first)
    slow = plan_lin(KR210, end_of(begin), moved(first, (0.0, 0.2, 0.0)))
    assert slow.duration > 1.3 * fast.duration
    assert_follows_the_line(KR210, slow, first, moved(first, (0.0, 0.2, 0.0)), IDENTITY)
    assert_keeps_limits(KR210, slow)


def joint_angles(a4: float, a5: float) -> Joints:
    return (0.0, -1.5, 1.5, a4, a5, 0.0)


@pytest.mark.parametrize(
    ("start", "way", "text"),
    [
        (HOME, (0.0, 0.3, 0.0), r"LIN at 0.0 mm of 300.0 mm \(0 %\) begins in the wrist singularity .* joint_4"),
        (START, (2.5, 0.0, 0.0), r"LIN at \d+.\d mm of 2500.0 mm \(\d+ %\) is out of reach of kr210_r2700_2"),
        (
            (0.3, -0.4, 1.6, 0.2, 0.8, 0.1),
            (0.2, 0.0, -0.8),
            r"LIN at \d+.\d mm of 824.6 mm .*: joint_2 at -0.0\d+ rad is above its limit -0.0873 rad",
        ),
        (
            (0.0, -1.5, 1.5, 1e-3, -0.25, 0.0),
            (0.0, 0.0, 0.6),
            r"LIN at \d+.\d mm of 600.0 mm \(\d+ %\) passes 0.01\d* deg from the wrist singularity, .* joint_4 ",
        ),
        (
            (0.001, -1.9, 0.9, 0.0, 0.3, 0.0),
            (-1.6, 0.0, 0.0),
            r"LIN at 520.\d mm of 1600.0 mm .* passes 0.521 mm from the shoulder singularity, .* joint_1 ",
        ),
    ],
)
def test_impossible_lines_are_refused(start: Joints, way: tuple[float, float, float], text: str) -> None:
    with pytest.raises(MotionError, match=text):
        plan_lin(KR210, start, moved(forward(KR210, start), way))


@pytest.mark.parametrize(
    ("start", "override", "period", "text"),
    [
        (START, 0.0, 0.004, "override 0.0"),
        (START, 1.5, 0.004, "override 1.5"),
        (START, 1.0, 0.0, "period 0.0"),
        ((9.0, *START[1:]), 1.0, 0.004, r"joint_1 at 9.0000 rad is above"),
    ],
)
def test_impossible_arguments_are_refused(start: Joints, override: float, period: float, text: str) -> None:
    with pytest.raises(MotionError, match=text):
        plan_lin(KR210, start, moved(forward(KR210, START), (0.0, 0.1, 0.0)), override=override, period=period)


def test_orientation_agrees_with_scipy() -> None:
    spatial = pytest.importorskip("scipy.spatial.transform")
    here = forward(KR210, START) @ TOOL
    target = moved(here, (0.2, 0.1, 0.0), (0.5, -0.3, 0.2))
    trajectory = plan_lin(KR210, START, target, tool=TOOL)
    poses = [forward(KR210, joints) @ TOOL for joints in trajectory.positions.tolist()]
    shares = [math.dist(pose.xyz, here.xyz) / math.dist(target.xyz, here.xyz) for pose in poses]
    ends = spatial.Rotation.from_quat([[*pose.quat[1:], pose.quat[0]] for pose in (here, target)])
    expected = spatial.Slerp([0.0, 1.0], ends)(np.clip(shares, 0.0, 1.0))
    found = spatial.Rotation.from_quat([[*pose.quat[1:], pose.quat[0]] for pose in poses])
    assert (expected.inv() * found).magnitude().max() <= 1e-7
