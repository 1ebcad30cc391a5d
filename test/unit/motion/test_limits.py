# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest

from smart_cell.motion.arm_model import HOME, JERK_TIME, arm_model
from smart_cell.motion.errors import MotionError
from smart_cell.motion.limits import T1_SPEED, CartesianLimits, limit_margin, within_limits

KR210 = arm_model("kr210_r2700_2")


def test_default_cartesian_limits_are_those_of_kukas_planner_configuration() -> None:
    limits = CartesianLimits()
    assert (limits.velocity, limits.acceleration, limits.angular_velocity) == (1.0, 2.25, 1.57)
    assert limits.jerk == pytest.approx(limits.acceleration / JERK_TIME)
    assert limits.angular_velocity / limits.angular_acceleration == pytest.approx(limits.velocity / limits.acceleration)
    assert limits.angular_jerk == pytest.approx(limits.angular_acceleration / JERK_TIME)
    assert T1_SPEED == 0.25


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_cartesian_limits_must_allow_motion(value: float) -> None:
    with pytest.raises(MotionError, match=f"angular_jerk is {value}"):
        CartesianLimits(angular_jerk=value)


def test_jerk_follows_from_the_time_to_full_acceleration() -> None:
    assert KR210.jerk == pytest.approx([value / JERK_TIME for value in KR210.acceleration])
    soft = KR210.with_jerk_time(0.4)
    assert soft.jerk == pytest.approx([value / 0.4 for value in KR210.acceleration])


def test_joint_limits_say_which_joint_is_beyond() -> None:
    assert within_limits(KR210, HOME) is None
    assert limit_margin(KR210, HOME) > 0.0
    beyond = (*HOME[:4], -3.0, 0.0)
    assert within_limits(KR210, beyond) == "joint_5 at -3.0000 rad is below its limit -2.1817 rad"
    assert limit_margin(KR210, beyond) < 0.0
    assert within_limits(KR210, (math.nan, *HOME[1:])) is not None
