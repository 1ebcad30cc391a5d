# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import numpy as np
import pytest
from arm_poses import KR210, arms, joints_at, shares
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smart_cell.motion.arm_model import HOME, ArmModel
from smart_cell.motion.kinematics.jacobian import jacobian_many
from smart_cell.motion.kinematics.rates import joint_accelerations, joint_motion, joint_rates
from smart_cell.motion.kinematics.singularity import singularity_distances

FloatArray = NDArray[np.float64]
STEP = 1e-5
seeds = st.integers(0, 10_000)


def drawn(seed: int, shape: tuple[int, ...]) -> FloatArray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape)


def times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    product: FloatArray = np.einsum("nij,nj->ni", matrices, vectors)
    return product


@given(arms, shares, seeds)
def test_rates_are_what_the_jacobian_maps_to_the_twist(model: ArmModel, row: tuple[float, ...], seed: int) -> None:
    joints = np.array([joints_at(model, row)])
    near = singularity_distances(model, joints[0].tolist())
    assume(min(near.shoulder, near.elbow, near.wrist) > 1e-3)
    wanted = drawn(seed, (1, 6))
    twist = times(jacobian_many(model, joints), wanted)
    found = joint_rates(model, joints, twist[:, :3], twist[:, 3:])
    assert found.shape == (1, 6)
    assert found == pytest.approx(wanted, abs=1e-8)


@given(arms, shares, seeds)
def test_accelerations_belong_to_the_change_of_the_twist(model: ArmModel, row: tuple[float, ...], seed: int) -> None:
    joints = np.array([joints_at(model, row)])
    near = singularity_distances(model, joints[0].tolist())
    assume(min(near.shoulder, near.elbow, near.wrist) > 0.05)
    rates, wanted = drawn(seed, (2, 1, 6))
    # the twist just before and after, of joints that accelerate as wanted
    before, after = (
        times(
            jacobian_many(model, joints + rates * time + 0.5 * wanted * time * time),
            rates + wanted * time,
        )
        for time in (-STEP, STEP)
    )
    change = (after - before) / (2.0 * STEP)
    found = joint_accelerations(model, joints, rates, change[:, :3], change[:, 3:])
    assert found == pytest.approx(wanted, abs=1e-5)


def test_rows_do_not_depend_on_each_other() -> None:
    joints = np.random.default_rng(2).uniform(KR210.lower, KR210.upper, (9, 6))
    rates, linear, angular = drawn(3, (9, 6)), drawn(4, (9, 3)), drawn(5, (9, 3))
    whole = joint_rates(KR210, joints, linear, angular), joint_accelerations(KR210, joints, rates, linear, angular)
    for row in range(9):
        part = slice(row, row + 1)
        each = (
            joint_rates(KR210, joints[part], linear[part], angular[part]),
            joint_accelerations(KR210, joints[part], rates[part], linear[part], angular[part]),
        )
        assert each[0][0] == pytest.approx(whole[0][row], rel=1e-12)
        assert each[1][0] == pytest.approx(whole[1][row], rel=1e-12)


STRETCHED = (0.1, -1.0, -math.atan2(KR210.a2, KR210.c3), 0.2, 0.8, 0.3)


@pytest.mark.parametrize("singular", [HOME, STRETCHED])
def test_a_flange_at_rest_needs_no_motion_in_a_singularity(singular: tuple[float, ...]) -> None:
    rest = np.zeros((1, 3))
    assert (joint_rates(KR210, [singular], rest, rest) == 0.0).all()
    assert (joint_accelerations(KR210, [singular], np.zeros((1, 6)), rest, rest) == 0.0).all()


@pytest.mark.parametrize(
    ("singular", "linear", "angular", "axes"),
    [
        (HOME, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (3, 5)),
        (STRETCHED, (1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (1, 2)),
    ],
)
def test_rates_across_a_singularity_are_huge_without_a_warning(
    singular: tuple[float, ...],
    linear: tuple[float, float, float],
    angular: tuple[float, float, float],
    axes: tuple[int, ...],
) -> None:
    rates = np.abs(joint_rates(KR210, [singular], [linear], [angular])[0])
    assert (rates[list(axes)] > 1e9).all()
    joint_accelerations(KR210, [singular], [rates], [linear], [angular])


def test_rates_through_the_wrist_singularity_in_the_plane_of_the_arm_are_finite() -> None:
    # A5 alone turns the tool about the arm's sideways axis.
    rates = joint_rates(KR210, [HOME], jacobian_many(KR210, [HOME])[:, :3, 4], jacobian_many(KR210, [HOME])[:, 3:, 4])
    assert rates[0] == pytest.approx((0.0, 0.0, 0.0, 0.0, 1.0, 0.0), abs=1e-9)


def test_wrong_shapes_are_refused() -> None:
    three, six = np.zeros((2, 3)), np.zeros((2, 6))
    with pytest.raises(ValueError, match=r"shape \(1, 3\) goes with 2 joint positions"):
        joint_rates(KR210, six, three[:1], three)
    with pytest.raises(ValueError, match=r"shape \(2, 6\) goes with 2 joint positions, must be \(2, 3\)"):
        joint_rates(KR210, six, three, six)
    with pytest.raises(ValueError, match=r"shape \(2, 3\) goes with 2 joint positions, must be \(2, 6\)"):
        joint_accelerations(KR210, six, three, three, three)
    with pytest.raises(ValueError, match=r"must be \(n, 6\)"):
        joint_rates(KR210, three, three, three)


def test_both_at_once_are_the_same_as_one_after_the_other() -> None:
    joints = np.random.default_rng(5).uniform(KR210.lower, KR210.upper, (50, 6))
    linear, angular, harder, sharper = np.random.default_rng(6).normal(size=(4, 50, 3))
    rates, accelerations = joint_motion(KR210, joints, (linear, angular), (harder, sharper))
    assert np.array_equal(rates, joint_rates(KR210, joints, linear, angular))
    assert np.array_equal(accelerations, joint_accelerations(KR210, joints, rates, harder, sharper))
