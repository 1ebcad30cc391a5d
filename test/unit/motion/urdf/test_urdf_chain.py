# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Which six joints of a robot are its arm, and between which links."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.document import Urdf, read_urdf
from smart_cell.motion.urdf.urdf_chain import ArmChain, find_arm


def robot(folder: Path, *joints: tuple[str, str, str]) -> Urdf:
    """Return a robot of joints given as parent, type and child; each is called after its child."""
    links = dict.fromkeys(link for parent, _, child in joints for link in (parent, child))
    text = "".join(f'<link name="{link}"/>' for link in links)
    for parent, kind, child in joints:
        mimic = f'<mimic joint="{kind.removeprefix("mimic ")}"/>' if kind.startswith("mimic") else ""
        text += f'<joint name="j_{child}" type="{"revolute" if mimic else kind}"><parent link="{parent}"/>'
        text += f'<child link="{child}"/>{mimic}</joint>'
    path = folder / "robot.urdf"
    path.write_text(f'<robot name="r">{text}</robot>', encoding="utf-8")
    return read_urdf(path)


def six(first: str, prefix: str = "", kind: str = "revolute") -> list[tuple[str, str, str]]:
    links = [first, *(f"{prefix}link_{number}" for number in range(1, 7))]
    return [(parent, kind, child) for parent, child in pairwise(links)]


def fixed(*links: str) -> list[tuple[str, str, str]]:
    return [(parent, "fixed", child) for parent, child in pairwise(links)]


def found(chain: ArmChain) -> tuple[str, str, str, str]:
    return chain.base_link, chain.moving[0].name, chain.moving[-1].name, chain.tip_link


def why_not(urdf: Urdf, base_link: str | None = None, tip_link: str | None = None) -> list[str]:
    with pytest.raises(ArmFileError) as caught:
        find_arm(urdf, base_link, tip_link)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("joints", "base", "tip"),
    [
        (six("base_link"), "base_link", "link_6"),
        (six("foot"), "foot", "link_6"),
        (fixed("world", "foot") + six("foot"), "foot", "link_6"),
        (fixed("world", "base_link") + six("base_link"), "base_link", "link_6"),
        (fixed("world", "r1_base_link", "inertia") + six("inertia"), "r1_base_link", "link_6"),
        (fixed("hall_base_link", "r1_base_link", "x") + six("x"), "r1_base_link", "link_6"),
        (fixed("base_link", "x", "y") + six("y"), "base_link", "link_6"),
        (six("b", kind="continuous"), "b", "link_6"),
        (six("b") + fixed("link_6", "flange", "tool0"), "b", "tool0"),
        (six("b") + fixed("link_6", "tool0") + fixed("link_6", "flange"), "b", "tool0"),
        (six("b", "r1/") + fixed("r1/link_6", "r1/flange", "r1/gun"), "b", "r1/flange"),
        (six("b") + fixed("link_6", "plate", "camera"), "b", "link_6"),
        (six("b") + fixed("link_6", "tool0", "grip") + [("grip", "prismatic", "finger")], "b", "tool0"),
        (six("b") + fixed("link_6", "hand") + [("hand", "revolute", "finger")], "b", "link_6"),
        ([*six("b"), ("link_1", "continuous", "lever"), ("lever", "continuous", "rod")], "b", "link_6"),
        ([*six("b"), ("link_1", "mimic j_link_2", "balancer")], "b", "link_6"),
    ],
)
def test_only_arm_is_found(joints: list[tuple[str, str, str]], base: str, tip: str, tmp_path: Path) -> None:
    last = next(child for _, _, child in joints if child.endswith("link_6"))
    first = next(child for _, _, child in joints if child.endswith("link_1"))
    assert found(find_arm(robot(tmp_path, *joints))) == (base, f"j_{first}", f"j_{last}", tip)


RAIL = [("world", "prismatic", "slide"), *six("slide"), *fixed("link_6", "tool0")]
TWINS = [*fixed("world", "a_base_link"), *six("a_base_link", "a_"), *fixed("a_link_6", "a_tool0")]
TWINS += [*fixed("world", "b_base_link"), *six("b_base_link", "b_"), *fixed("b_link_6", "b_tool0")]


def test_named_links_choose_an_arm(tmp_path: Path) -> None:
    rail = robot(tmp_path, *RAIL)
    assert found(find_arm(rail, base_link="slide")) == ("slide", "j_link_1", "j_link_6", "tool0")
    assert find_arm(rail, "slide", "link_6").tip_link == "link_6"
    assert find_arm(rail, tip_link="tool0").base_link == "slide"
    twins = robot(tmp_path, *TWINS)
    assert found(find_arm(twins, tip_link="b_tool0")) == ("b_base_link", "j_b_link_1", "j_b_link_6", "b_tool0")
    assert found(find_arm(twins, base_link="a_base_link")) == ("a_base_link", "j_a_link_1", "j_a_link_6", "a_tool0")
    assert find_arm(twins, "world", "a_tool0").joints[0].name == "j_a_base_link"


def test_more_than_one_arm_asks_for_a_name(tmp_path: Path) -> None:
    (message,) = why_not(robot(tmp_path, *TWINS))
    assert message == "there are 2 chains of 6 joints that turn, to a_link_6, b_link_6"


@pytest.mark.parametrize(
    ("joints", "message"),
    [
        (six("b")[:5], "the longest has 5 that move (j_link_1 revolute, "),
        (fixed("a", "b"), "nothing moves"),
        ([*six("b")[:5], ("link_5", "prismatic", "link_6")], "j_link_6 prismatic"),
        ([*six("b")[:5], ("link_5", "mimic j_link_1", "link_6")], "j_link_6 revolute mimic"),
        (RAIL, "j_slide prismatic"),
        ([("world", "floating", "b"), *six("b")], "j_b floating"),
    ],
)
def test_no_arm_says_what_there_is(joints: list[tuple[str, str, str]], message: str, tmp_path: Path) -> None:
    (found_message,) = why_not(robot(tmp_path, *joints))
    assert message in found_message


def test_seventh_axis_before_the_flange_is_said(tmp_path: Path) -> None:
    seven = robot(tmp_path, *six("b"), ("link_6", "revolute", "link_7"), *fixed("link_7", "tool0"))
    for tip in (None, "tool0"):
        (message,) = why_not(seven, tip_link=tip)
        assert message.startswith("from b to tool0 7 joints move")


@pytest.mark.parametrize(
    ("base_link", "tip_link", "messages"),
    [
        ("baselink", None, ["there is no link 'baselink', perhaps base_link"]),
        (None, "tool", ["there is no link 'tool', perhaps tool0"]),
        ("x", "y", ["there is no link 'x'", "there is no link 'y'"]),
        ("tool0", "link_6", ["tool0 is not between the root and link_6"]),
        ("base_link", "link_5", ["from base_link to link_5 5 joints move (j_link_1, j_link_2, j_link_3, j_link_4, "
                                 "j_link_5), an arm has 6"]),
        ("link_1", "tool0", ["from link_1 to tool0 5 joints move (j_link_2, j_link_3, j_link_4, j_link_5, j_link_6), "
                             "an arm has 6"]),
    ],
)  # fmt: skip
def test_wrong_names_are_refused(
    base_link: str | None, tip_link: str | None, messages: list[str], tmp_path: Path
) -> None:
    urdf = robot(tmp_path, *six("base_link"), *fixed("link_6", "tool0"))
    assert why_not(urdf, base_link, tip_link) == messages


def test_named_chain_says_which_joints_do_not_turn(tmp_path: Path) -> None:
    joints = [*six("b")[:4], ("link_4", "prismatic", "link_5"), ("link_5", "mimic j_link_1", "link_6")]
    assert why_not(robot(tmp_path, *joints), "b", "link_6") == [
        "it is prismatic: it does not turn",
        "it follows j_link_1",
    ]
