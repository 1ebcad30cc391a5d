# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
import re

import pytest

from smart_cell.motion.arm_model import HOME, JERK_TIME, ArmModel, arm_model, arm_models
from smart_cell.motion.errors import UnknownArmModelError
from smart_cell.motion.limits import within_limits

ALL = list(arm_models().values())


def test_arm_data_holds_the_quantec_that_welds_bodies() -> None:
    model = arm_model("kr210_r2700_2")
    assert (model.a1, model.a2, model.c1, model.c2, model.c3, model.c4) == (0.33, -0.115, 0.645, 1.15, 1.22, 0.215)
    assert model.payload == 210.0
    assert model.lower[1] == pytest.approx(-2.4435, abs=1e-4)
    assert model.velocity == pytest.approx((2.0384, 1.9451, 1.9548, 3.1241, 3.0020, 3.8397), abs=2e-3)
    assert model.acceleration == pytest.approx((1.98271, 1.26288, 2.56508, 7.03857, 1.76397, 1.87268), abs=1e-2)


@pytest.mark.parametrize("model", ALL, ids=lambda model: str(model.name))
def test_reach_is_the_number_in_the_name(model: ArmModel) -> None:
    number = re.search(r"_r(\d+)", model.name)
    assert number is not None
    # The iisy arms count to the flange, the others to the wrist; 726 mm is what the data sheet of the KR 6 R700-2 says.
    reach = model.reach + model.c4 if model.name.startswith("lbr") else model.reach
    assert reach * 1000 == pytest.approx(726 if model.name == "kr6_r700_2" else float(number.group(1)), abs=8)


@pytest.mark.parametrize("model", ALL, ids=lambda model: str(model.name))
def test_limits_are_usable(model: ArmModel) -> None:
    assert all(low < high for low, high in zip(model.lower, model.upper, strict=True))
    assert all(value > 0.0 for row in (model.velocity, model.acceleration) for value in row)
    assert model.jerk == pytest.approx([value / JERK_TIME for value in model.acceleration])
    assert within_limits(model, HOME) is None
    assert model.payload > 0.0


def test_unknown_model_names_the_closest() -> None:
    with pytest.raises(UnknownArmModelError, match="kr210_r2700_2") as caught:
        arm_model("kr210_r2700")
    assert caught.value.closest[0] == "kr210_r2700_2"


def test_beginning_of_a_name_leads_to_the_names_that_begin_so() -> None:
    with pytest.raises(UnknownArmModelError) as caught:
        arm_model("kr210")
    assert caught.value.closest
    assert all(name.startswith("kr210") for name in caught.value.closest)


def test_unknown_model_without_resemblance_says_where_names_are() -> None:
    with pytest.raises(UnknownArmModelError, match="smart_cell models"):
        arm_model("???")


def test_limits_name_joint_value_and_limit() -> None:
    model = arm_model("kr210_r2700_2")
    assert (
        within_limits(model, (0.0, -2.5, 0.0, 0.0, 0.0, 0.0)) == "joint_2 at -2.5000 rad is below its limit -2.4435 rad"
    )
    assert (
        within_limits(model, (0.0, -1.0, 0.0, 6.2, 0.0, 0.0)) == "joint_4 at 6.2000 rad is above its limit 6.1087 rad"
    )
    assert within_limits(model, (0.0, -1.0, 0.0, 0.0, 0.0, math.nan)) is not None
