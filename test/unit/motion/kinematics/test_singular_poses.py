# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from dataclasses import replace

import pytest
from arm_poses import KR210, foreign_arm, joints_at, kuka_arms, pose_error, shares
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import ArmModel, arm_model
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.kinematics.status import status_of
from smart_cell.motion.kinematics.wrist import closest_turn
from smart_cell.motion.limits import within_limits

IN_LINE = (0.3, -1.2, 1.4, 0.7, 0.0, -0.4)
tiny = st.one_of(st.floats(-1e-3, 1e-3), st.floats(-14, -3).flatmap(lambda e: st.sampled_from((10**e, -(10**e)))))


@pytest.mark.parametrize(
    ("angle", "lower", "upper", "expected"),
    [
        (0.5, -1.0, 1.0, 0.5),
        (0.5 + 2 * math.tau, -1.0, 1.0, 0.5),
        (-6.0, -6.1, 6.1, math.tau - 6.0),
        (2.0, -6.1, 1.0, 2.0 - math.tau),
        (-2.0, -1.0, 6.1, math.tau - 2.0),
        (0.5, 10.0, 17.0, 0.5 + 2 * math.tau),
        (0.5, -17.0, -10.0, 0.5 - 2 * math.tau),
        (1.5, -1.0, 1.0, None),
        (1.0 + 1e-10, -1.0, 1.0, 1.0),
        (3.0, -math.inf, math.inf, 3.0),
    ],
)
def test_closest_turn(angle: float, lower: float, upper: float, expected: float | None) -> None:
    assert closest_turn(angle, lower, upper) == (expected if expected is None else pytest.approx(expected))


@given(kuka_arms, shares, tiny)
@settings(max_examples=300, deadline=None)
def test_pose_stays_exact_near_the_singularity(model: ArmModel, at: tuple[float, ...], a5: float) -> None:
    joints = (*joints_at(model, at)[:4], a5, joints_at(model, at)[5])
    pose = forward(model, joints)
    solutions = inverse(model, pose)
    assert solutions
    for solution in solutions:
        assert pose_error(forward(model, solution.joints), pose) < 1e-9
        assert within_limits(model, solution.joints) is None
    assert len({solution.status for solution in solutions}) == len(solutions)


def test_axes_in_line_leave_one_solution_with_a4_at_zero() -> None:
    solutions = [s for s in inverse(KR210, forward(KR210, IN_LINE)) if s.joints[0] == pytest.approx(0.3)]
    (in_line,) = (s for s in solutions if abs(s.joints[4]) < 1e-6)
    assert in_line.status == 2
    assert in_line.joints[3] == 0.0
    assert in_line.joints[5] == pytest.approx(0.3)


@pytest.mark.parametrize("a5", [2e-6, 1e-3, 0.1])
def test_beyond_the_border_both_signs_of_a5_are_solutions(a5: float) -> None:
    joints = (*IN_LINE[:4], a5, IN_LINE[5])
    near = [s for s in inverse(KR210, forward(KR210, joints)) if s.joints[2] == pytest.approx(1.4)]
    assert sorted(s.joints[4] for s in near) == pytest.approx([-a5, a5], abs=1e-9)
    assert {s.status for s in near} == {2, 6}
    assert min(abs(s.joints[3] - 0.7) for s in near) < 1e-8


@pytest.mark.parametrize(
    ("limits4", "limits6", "expected4"),
    [
        ((-3.0, 3.0), (-3.0, 3.0), 0.0),
        ((0.5, 2.0), (-3.0, 3.0), 0.5),
        ((-2.0, -0.5), (-3.0, 3.0), -0.5),
        # together they must be 0.3: A6 stops A4 on its way to zero
        ((-3.0, 3.0), (-3.0, -0.4), 0.7),
        ((-3.0, 3.0), (1.0, 3.0), -0.7),
    ],
)
def test_free_a4_leaves_both_joints_within_their_limits(
    limits4: tuple[float, float], limits6: tuple[float, float], expected4: float
) -> None:
    (low4, high4), (low6, high6) = limits4, limits6
    model = replace(
        KR210,
        lower=(*KR210.lower[:3], low4, KR210.lower[4], low6),
        upper=(*KR210.upper[:3], high4, KR210.upper[4], high6),
    )
    pose = forward(model, IN_LINE)
    (found,) = (s for s in inverse(model, pose) if abs(s.joints[4]) < 1e-6)
    assert found.joints[3] == pytest.approx(expected4)
    assert within_limits(model, found.joints) is None
    assert pose_error(forward(model, found.joints), pose) < 1e-9


def test_axes_in_line_out_of_the_limits_of_both_joints_is_no_solution() -> None:
    model = replace(
        KR210,
        lower=(*KR210.lower[:3], 1.0, KR210.lower[4], 1.0),
        upper=(*KR210.upper[:3], 1.5, KR210.upper[4], 1.5),
    )
    assert all(abs(s.joints[4]) > 0.1 for s in inverse(model, forward(model, IN_LINE)))


def test_almost_in_line_takes_the_sign_of_a5_that_a4_can_follow() -> None:
    """Within rounding of A5 = 0 both signs are one Status; where A4 is stopped, the other one is the solution."""
    model = replace(KR210, lower=(*KR210.lower[:3], -1.0, *KR210.lower[4:]), upper=(*KR210.upper[:3], 1.0, 2.0, 6.0))
    for a4, a5 in ((0.7, 5e-7), (0.7, -5e-7)):
        joints = (*IN_LINE[:3], a4, a5, IN_LINE[5])
        (found,) = (s for s in inverse(model, forward(model, joints)) if abs(s.joints[4]) < 1e-5)
        assert found.joints == pytest.approx(joints, abs=1e-9)
        assert found.status == status_of(model, joints) == 2


def test_folded_wrist_is_solved_where_an_arm_can() -> None:
    model = replace(KR210, lower=(*KR210.lower[:4], -4.0, KR210.lower[5]), upper=(*KR210.upper[:4], 4.0, 6.0))
    for a5 in (math.pi, math.pi - 1e-9, -math.pi, math.pi - 1e-4, 3.0):
        pose = forward(model, (*IN_LINE[:4], a5, IN_LINE[5]))
        solutions = inverse(model, pose)
        assert any(abs(abs(s.joints[4]) - abs(a5)) < 1e-9 for s in solutions)
        assert all(pose_error(forward(model, s.joints), pose) < 1e-9 for s in solutions)


@given(st.floats(-math.pi, math.pi), st.floats(-0.6, 0.6))
def test_wrist_centre_on_axis_1_has_solutions(turn: float, tilt: float) -> None:
    """The shoulder singularity: every A1 will do, and A1 = 0 and A1 = pi stand for all."""
    model = arm_model("kr6_r900_sixx")
    rotation = Pose.from_rpy((0.0, 0.0, 0.0), (math.pi / 2 + tilt, 0.0, turn)).quat
    for x in (0.0, 1e-13, 1e-11, 1e-7, -1e-7):
        centre = Pose((x, 0.0, 1.0), rotation)
        pose = centre @ Pose((0.0, 0.0, model.c4))
        solutions = inverse(model, pose)
        assert solutions
        assert all(pose_error(forward(model, s.joints), pose) < 1e-9 for s in solutions)
        assert {round(abs(s.joints[0]), 3) for s in solutions} <= {0.0, 3.142}
        assert len({s.status for s in solutions}) == len(solutions)


def test_stretched_arm_has_one_elbow() -> None:
    stretched = math.atan2(0.115, 1.22)
    joints = (0.0, -0.5, stretched, 0.0, 0.5, 0.0)
    solutions = inverse(KR210, forward(KR210, joints))
    assert solutions
    assert all(pose_error(forward(KR210, s.joints), forward(KR210, joints)) < 1e-9 for s in solutions)
    assert {s.status for s in solutions} == {2, 6}


@pytest.mark.parametrize(("beyond", "count"), [(-1e-3, 4), (-1e-9, 4), (0.0, 2), (5e-11, 2), (1e-9, 0), (1e-3, 0)])
def test_border_of_reach(beyond: float, count: int) -> None:
    """Count the solutions of the wrist in front of axis 1 at a distance from the border [m]."""
    reach = 1.15 + math.hypot(0.115, 1.22) + beyond
    direction = math.radians(60.0)
    centre = Pose((0.33 + reach * math.cos(direction), 0.0, 0.645 + reach * math.sin(direction)))
    pose = centre @ Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.3, 0.0)) @ Pose((0.0, 0.0, KR210.c4))
    solutions = inverse(KR210, pose)
    assert len(solutions) == count
    assert all(pose_error(forward(KR210, s.joints), pose) < 1e-9 for s in solutions)


def test_folded_arm_is_solved_where_an_arm_can() -> None:
    """Upper arm and forearm equally long, so that the wrist centre can come to axis 2."""
    wide = replace(
        KR210, a1=0.3, a2=0.0, c2=1.0, c3=1.0, lower=(-3.2,) * 6, upper=(3.2,) * 6, offsets=(0.0,) * 6, signs=(1.0,) * 6
    )
    for bend in (math.pi, math.pi - 1e-9, math.pi - 1e-7, math.pi - 1e-5, 3.0):
        pose = forward(wide, (0.2, 0.4, bend, 0.3, 0.6, -0.4))
        solutions = inverse(wide, pose)
        assert solutions
        assert all(pose_error(forward(wide, s.joints), pose) < 1e-9 for s in solutions)


@pytest.mark.parametrize("xyz", [(4.0, 0.0, 1.0), (1e9, 0.0, 0.0), (0.0, -1e200, 1e200), (1e307, 1e307, -1e307)])
def test_out_of_reach_has_no_solution(xyz: tuple[float, float, float]) -> None:
    for model in (KR210, replace(KR210, b=0.1), foreign_arm(1)):
        assert inverse(model, Pose(xyz)) == ()


def test_too_close_has_no_solution() -> None:
    assert inverse(KR210, Pose((0.33, 0.0, 0.645))) == ()


def test_pose_inside_the_sideways_offset_is_out_of_reach() -> None:
    model = replace(KR210, b=0.2)
    for radius, reached in ((0.1, False), (0.2 - 1e-8, False), (0.2 - 5e-11, True), (0.2, True), (0.2 + 1e-8, True)):
        pose = Pose((0.0, radius, 1.9), Pose.from_rpy((0.0, 0.0, 0.0), (0.0, math.pi / 2, 0.0)).quat)
        pose = pose @ Pose((0.0, 0.0, model.c4))
        wide = replace(model, lower=(-7.0,) * 6, upper=(7.0,) * 6)
        solutions = inverse(wide, pose)
        assert bool(solutions) == reached
        assert all(pose_error(forward(wide, s.joints), pose) < 1e-9 for s in solutions)
