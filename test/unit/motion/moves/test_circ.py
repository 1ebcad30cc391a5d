# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from motion_checks import assert_keeps_limits, dense_times, joints_within, speed_of, tool_points

from smart_cell.core.geometry import Pose, angle_between, slerp
from smart_cell.motion.arm_model import ArmModel, Joints, arm_model
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.motion.limits import T1_SPEED, CartesianLimits
from smart_cell.motion.moves.circ import arc_through, plan_circ
from smart_cell.motion.trajectory import Trajectory

KR210 = arm_model("kr210_r2700_2")
TOOL = Pose.from_rpy((0.08, -0.05, 0.35), (0.2, 0.5, -0.3))
START: Joints = (0.3, -1.5, 1.7, 0.2, 0.8, 0.1)
coordinates = st.tuples(*[st.floats(-1.0, 1.0)] * 3)


def shifted(pose: Pose, way: tuple[float, ...], rpy: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Pose:
    x, y, z = (p + w for p, w in zip(pose.xyz, way, strict=True))
    return Pose((x, y, z), (Pose.from_rpy((0.0, 0.0, 0.0), rpy) @ Pose((0.0, 0.0, 0.0), pose.quat)).quat)


def circle_deviation(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], three: list[Pose]) -> float:
    """Return how far points are from the circle through three others, found by its own equations."""
    a, b, c = (np.array(pose.xyz) for pose in three)
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal)
    rows = np.array([b - a, c - a, normal])
    centre = a + np.linalg.solve(rows, [(b - a) @ (b - a) / 2.0, (c - a) @ (c - a) / 2.0, 0.0])
    radius = np.linalg.norm(a - centre)
    offset = points - centre
    out = offset @ normal
    around = np.linalg.norm(offset - np.outer(out, normal), axis=1)
    return float(np.hypot(out, around - radius).max())


@given(coordinates, coordinates, coordinates)
@settings(max_examples=100)
def test_arc_leads_through_its_points_in_order(
    start: tuple[float, ...], via: tuple[float, ...], target: tuple[float, ...]
) -> None:
    try:
        arc = arc_through(start, via, target)
    except MotionError:
        assume(False)
    assume(arc.radius < 100.0)
    points, first, second = arc.at(np.linspace(0.0, 1.0, 1001, dtype=np.float64))
    assert np.linalg.norm(points[0] - start) <= 1e-9
    assert np.linalg.norm(points[-1] - target) <= 1e-9
    assert np.linalg.norm(points - via, axis=1).min() <= arc.length / 1000.0
    assert 0.0 < arc.angle < 2.0 * math.pi
    np.testing.assert_allclose(np.gradient(points, 0.001, axis=0)[1:-1], first[1:-1], atol=1e-4 * arc.length)
    np.testing.assert_allclose(np.gradient(first, 0.001, axis=0)[1:-1], second[1:-1], atol=1e-3 * arc.length)


def test_arc_of_a_known_circle() -> None:
    arc = arc_through((1.0, 0.0, 2.0), (0.0, 1.0, 2.0), (0.0, -1.0, 2.0))
    assert arc.centre == pytest.approx((0.0, 0.0, 2.0))
    assert arc.radius == pytest.approx(1.0)
    assert arc.angle == pytest.approx(1.5 * math.pi)
    assert arc.span == pytest.approx(2.0)
    assert arc.end == pytest.approx((0.0, -1.0, 2.0))
    quarter = arc_through((1.0, 0.0, 2.0), (0.0, 1.0, 2.0), (0.0, -1.0, 2.0), angle=math.pi / 2)
    assert quarter.end == pytest.approx((0.0, 1.0, 2.0))
    assert quarter.span == pytest.approx(math.sqrt(2.0))
    backwards = arc_through((1.0, 0.0, 2.0), (0.0, 1.0, 2.0), (0.0, -1.0, 2.0), angle=-math.pi / 2)
    assert backwards.end == pytest.approx((0.0, -1.0, 2.0))


@given(
    st.sampled_from([KR210, arm_model("kr6_r900_sixx"), arm_model("kr500_r2800_2")]),
    st.tuples(
        st.floats(0.3, 0.7),
        st.floats(0.35, 0.65),
        st.floats(0.55, 0.75),
        st.floats(0.4, 0.6),
        st.floats(0.7, 0.85),
        st.floats(0.3, 0.7),
    ),
    st.tuples(*[st.floats(-0.15, 0.15)] * 3),
    st.tuples(*[st.floats(-0.15, 0.15)] * 3),
    st.tuples(*[st.floats(-0.3, 0.3)] * 3),
    st.sampled_from([0.3, 1.0]),
)
@settings(max_examples=25, deadline=None)
def test_circ_stays_on_the_circle_within_all_limits(
    model: ArmModel,
    shares: tuple[float, ...],
    to_via: tuple[float, ...],
    to_target: tuple[float, ...],
    turn: tuple[float, ...],
    override: float,
) -> None:
    start = joints_within(model, shares)
    here = forward(model, start) @ TOOL
    via, target = shifted(here, to_via), shifted(here, to_target, turn)
    try:
        trajectory = plan_circ(model, start, via, target, tool=TOOL, override=override)
    except MotionError as error:
        assume(not any(text in str(error) for text in ("reach", "limit", "singularity", "apart", "line")))
        raise
    assert_keeps_limits(model, trajectory, override)
    times = dense_times(trajectory)
    points = tool_points(model, trajectory.sample_many(times).position, TOOL)
    assert circle_deviation(points, [here, via, target]) <= 1e-6
    assert_ends(model, trajectory, target)
    limits = CartesianLimits()
    assert speed_of(points, times).max() <= limits.velocity * override * (1.0 + 1e-6)
    velocity = np.diff(points, axis=0) / np.diff(times)[:, np.newaxis]
    acceleration = np.linalg.norm(np.diff(velocity, axis=0), axis=1) / np.diff(0.5 * (times[1:] + times[:-1]))
    assert acceleration.max() <= limits.acceleration * override**2 * 1.01


def assert_ends(model: ArmModel, trajectory: Trajectory, target: Pose) -> None:
    reached = forward(model, trajectory.positions[-1].tolist()) @ TOOL
    assert math.dist(reached.xyz, target.xyz) <= 1e-9
    assert angle_between(reached.quat, target.quat) <= 2e-9


def test_orientation_turns_in_step_with_the_arc() -> None:
    here = forward(KR210, START) @ TOOL
    via, target = shifted(here, (0.1, 0.05, 0.0)), shifted(here, (0.2, 0.0, 0.0), (0.3, -0.2, 0.4))
    trajectory = plan_circ(KR210, START, via, target, tool=TOOL)
    arc = arc_through(here.xyz, via.xyz, target.xyz)
    for joints in trajectory.positions[::20].tolist():
        pose = forward(KR210, joints) @ TOOL
        offset = np.subtract(pose.xyz, arc.centre)
        angle = math.atan2(float(offset @ np.array(arc.second)), float(offset @ np.array(arc.first)))
        assert angle_between(pose.quat, slerp(here.quat, target.quat, max(angle, 0.0) / arc.angle)) <= 1e-6


def test_a_small_circle_keeps_the_acceleration_of_the_tool() -> None:
    here = forward(KR210, START) @ TOOL
    via, target = shifted(here, (0.0, 0.03, 0.03)), shifted(here, (0.0, 0.0, 0.06))
    limits = CartesianLimits(velocity=1.0, acceleration=1.0, jerk=20.0)
    trajectory = plan_circ(KR210, START, via, target, angle=2.0 * math.pi, tool=TOOL, limits=limits)
    points = tool_points(KR210, trajectory.positions, TOOL)
    np.testing.assert_allclose(points[-1], points[0], atol=1e-9)
    velocity = np.diff(points, axis=0) / 0.004
    acceleration = np.diff(velocity, axis=0) / 0.004
    jerk = np.diff(acceleration, axis=0) / 0.004
    assert 0.6 <= np.linalg.norm(acceleration, axis=1).max() <= 1.0
    assert np.linalg.norm(jerk, axis=1).max() <= 20.0


def test_t1_limits_tool_point_and_flange() -> None:
    here = forward(KR210, START) @ TOOL
    via, target = shifted(here, (0.2, 0.2, 0.0)), shifted(here, (0.4, 0.0, 0.0), (0.0, 0.4, 0.3))
    trajectory = plan_circ(KR210, START, via, target, tool=TOOL, tool_speed=T1_SPEED)
    times = dense_times(trajectory)
    joints = trajectory.sample_many(times).position
    fastest = max(speed_of(tool_points(KR210, joints, tool), times).max() for tool in (TOOL, Pose((0.0, 0.0, 0.0))))
    assert 0.9 * T1_SPEED <= fastest <= T1_SPEED * (1.0 + 1e-6)


@pytest.mark.parametrize(
    ("via", "target", "angle", "text"),
    [
        ((0.0, 0.0, 0.0), (0.1, 0.0, 0.0), None, "start and via point are only 0.000 mm apart"),
        ((0.1, 0.0, 0.0), (0.1, 0.0, 0.00005), None, "via point and target are only 0.050 mm apart"),
        ((0.1, 0.0, 0.0), (0.0, 0.0, 0.0), None, "start and target are only 0.000 mm apart.*angle = 2 pi"),
        ((0.1, 0.0, 0.0), (0.2, 0.0, 0.0), None, "lie on a line .*move the via point aside, or use LIN"),
        ((0.2, 0.0, 0.0), (0.1, 0.0, 0.0), None, "lie on a line"),
        ((0.1, 0.1, 0.0), (0.2, 0.0, 0.0), 0.0, "angle 0.0 rad leads nowhere"),
        ((0.1, 0.1, 0.0), (0.2, 0.0, 0.0), math.nan, "angle nan rad leads nowhere"),
    ],
)
def test_impossible_circles_are_refused(
    via: tuple[float, ...], target: tuple[float, ...], angle: float | None, text: str
) -> None:
    here = forward(KR210, START)
    with pytest.raises(MotionError, match="CIRC: .*" + text):
        plan_circ(KR210, START, shifted(here, via), shifted(here, target), angle=angle)
