# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from transforms3d.quaternions import quat2mat

from smart_cell.core.geometry import Pose, Quaternion, Vector, angle_between, multiply, rotate_vector, slerp

coordinates = st.floats(-10.0, 10.0)
vectors = st.tuples(coordinates, coordinates, coordinates)


@st.composite
def quaternions(draw: st.DrawFn) -> Quaternion:
    parts = [draw(st.floats(-1.0, 1.0)) for _ in range(4)]
    norm = math.sqrt(sum(part * part for part in parts))
    assume(norm > 0.1)
    w, x, y, z = (part / norm for part in parts)
    return (w, x, y, z)


poses = st.builds(Pose, vectors, quaternions())


@given(poses)
def test_inverse_undoes_pose(pose: Pose) -> None:
    np.testing.assert_allclose((pose @ pose.inverse()).matrix(), np.eye(4), atol=1e-12)


@given(poses, poses, vectors)
def test_composition_agrees_with_matrices_and_application(a: Pose, b: Pose, point: Vector) -> None:
    np.testing.assert_allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-12)
    np.testing.assert_allclose((a @ b).apply(point), a.apply(b.apply(point)), atol=1e-11)


@given(poses)
def test_matrix_round_trip(pose: Pose) -> None:
    back = Pose.from_matrix(pose.matrix())
    assert back.xyz == pytest.approx(pose.xyz)
    assert angle_between(back.quat, pose.quat) == pytest.approx(0.0, abs=1e-7)


@given(quaternions(), vectors)
def test_rotation_agrees_with_transforms3d(quat: Quaternion, vector: Vector) -> None:
    np.testing.assert_allclose(rotate_vector(quat, vector), quat2mat(quat) @ np.array(vector), atol=1e-12)


def test_rpy_turns_about_fixed_axes_in_the_order_of_urdf() -> None:
    roll, pitch, yaw = 0.3, -0.7, 1.1
    about_x = Pose.from_rpy((0, 0, 0), (roll, 0, 0))
    about_y = Pose.from_rpy((0, 0, 0), (0, pitch, 0))
    about_z = Pose.from_rpy((0, 0, 0), (0, 0, yaw))
    expected = (about_z @ about_y @ about_x).quat
    assert angle_between(Pose.from_rpy((0, 0, 0), (roll, pitch, yaw)).quat, expected) < 1e-12
    assert about_z.rotate((1.0, 0.0, 0.0)) == pytest.approx((math.cos(yaw), math.sin(yaw), 0.0))


@given(st.floats(0.0, math.pi))
def test_angle_between_is_the_angle_of_the_turn(angle: float) -> None:
    turned: Quaternion = (math.cos(angle / 2), 0.0, math.sin(angle / 2), 0.0)
    assert angle_between((1.0, 0.0, 0.0, 0.0), turned) == pytest.approx(angle, abs=1e-9)
    w, x, y, z = turned
    assert angle_between((1.0, 0.0, 0.0, 0.0), (-w, -x, -y, -z)) == pytest.approx(angle, abs=1e-9)


@given(quaternions(), quaternions(), st.floats(0.0, 1.0))
def test_slerp_divides_the_shortest_turn(a: Quaternion, b: Quaternion, fraction: float) -> None:
    whole = angle_between(a, b)
    assume(whole < math.pi - 1e-3)
    between = slerp(a, b, fraction)
    assert angle_between(a, between) == pytest.approx(fraction * whole, abs=1e-7)
    assert angle_between(between, b) == pytest.approx((1.0 - fraction) * whole, abs=1e-7)


@given(quaternions(), quaternions())
def test_product_of_unit_quaternions_is_one(a: Quaternion, b: Quaternion) -> None:
    assert math.hypot(*multiply(a, b)) == pytest.approx(1.0)


@pytest.mark.parametrize("quat", [(1.0, 0.1, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0), (math.nan, 0.0, 0.0, 1.0)])
def test_quaternion_that_is_no_rotation_is_refused(quat: Quaternion) -> None:
    with pytest.raises(ValueError, match="length"):
        Pose((0.0, 0.0, 0.0), quat)


def test_position_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Pose((0.0, math.inf, 0.0))


def test_matrix_that_is_no_pose_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        Pose.from_matrix(np.eye(3))
    with pytest.raises(ValueError, match="rotation"):
        Pose.from_matrix(np.diag([1.0, 1.0, -1.0, 1.0]))
