# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the arm in a robot's tree: its base link, its six joints that turn, and the link of its flange."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from smart_cell.cell.wording import closest, listed, shown
from smart_cell.core.errors import Problem
from smart_cell.motion.arm_model import JOINT_COUNT
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.arm_fit import Line
from smart_cell.motion.urdf.document import FIXED, TURNING, Urdf, UrdfJoint

BASE_LINK: Final = "base_link"
TIPS: Final = ("tool0", "flange")
"""Names of the link at the end of an arm, with any prefix, the first one preferred."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmChain:
    """The joints of an arm from its base link to its tip."""

    base_link: str
    tip_link: str
    joints: tuple[UrdfJoint, ...]
    """Fixed ones too."""

    @property
    def moving(self) -> tuple[UrdfJoint, ...]:
        """The six joints that turn."""
        return tuple(joint for joint in self.joints if joint.type != FIXED)

    def axes_and_tip(self, positions: Sequence[float]) -> tuple[tuple[Line, ...], FloatArray]:
        """Return the axes of the six joints and the frame of the tip, (4, 4), in the base link's frame.

        Args:
            positions: Joint angles [rad].
        """
        frame = np.eye(4)
        angles = iter(positions)
        axes = []
        for joint in self.joints:
            frame = frame @ joint.origin.matrix()
            if joint.type != FIXED:
                axis = np.array(joint.axis)
                axes.append(Line(frame[:3, 3].copy(), frame[:3, :3] @ axis))
                frame = frame @ _turn(axis, next(angles))
        return tuple(axes), frame


def _turn(axis: FloatArray, angle: float) -> FloatArray:
    """Return the rotation about a unit vector (Rodrigues' formula), (4, 4)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    frame = np.eye(4)
    frame[:3, :3] += np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return frame


def find_arm(urdf: Urdf, base_link: str | None = None, tip_link: str | None = None) -> ArmChain:
    """Return the arm of a robot.

    Without names, it is the only chain whose first six moving joints turn; its base is the link called base_link, with
    any prefix, on which the first of them stands, else the link of that joint; its tip is the link called tool0 or
    flange behind the last of them, else the link that this one moves.

    Args:
        urdf: The robot.
        base_link: Link whose frame is the arm's base frame; None finds it.
        tip_link: Link whose frame is the arm's flange frame; None finds it.

    Raises:
        ArmFileError: A link is not there, or there is no such chain, or more than one.
    """
    missing = [
        Problem(urdf.file, 0, option, name, f"there is no link {shown(name)}{_perhaps(name, urdf.links)}", "one of it")
        for option, name in (("base_link", base_link), ("tip_link", tip_link))
        if name is not None and name not in urdf.links
    ]
    if missing:
        raise ArmFileError(missing)
    if tip_link is None:
        tip_link = _tip(urdf, base_link)
    joints = urdf.chain(tip_link)
    if base_link is None:
        base_link = _base(joints, urdf.root)
    elif base_link != urdf.root and all(joint.child != base_link for joint in joints):
        message = f"{base_link} is not between the root and {tip_link}"
        above = [urdf.root, *(joint.child for joint in joints)]
        raise ArmFileError([Problem(urdf.file, 0, "base_link", base_link, message, f"one of {listed(above)}")])
    joints = _below(joints, base_link)
    problems = list(_unfit(urdf.file, joints))
    moving = [joint for joint in joints if joint.type != FIXED]
    if len(moving) != JOINT_COUNT:
        message = (
            f"from {base_link} to {tip_link} {len(moving)} joints move ({listed(joint.name for joint in moving)}), "
            f"an arm has {JOINT_COUNT}"
        )
        problems.append(Problem(urdf.file, 0, "", "", message, "base_link and tip_link of six joints that turn"))
    if problems:
        raise ArmFileError(problems)
    return ArmChain(base_link, tip_link, joints)


def _tip(urdf: Urdf, base_link: str | None) -> str:
    """Return the tip of the only arm."""
    lasts: dict[str, UrdfJoint] = {}
    for link in urdf.links:
        moving = _moving(urdf, link, base_link)
        if len(moving) == JOINT_COUNT and all(joint.type in TURNING and joint.mimics is None for joint in moving):
            lasts[moving[-1].name] = moving[-1]
    tips = [link for wanted in TIPS for link in urdf.links if _is_called(link, wanted)]
    if not any(_fixed_behind(urdf, last, tip) for last in lasts.values() for tip in tips):
        longer = [tip for tip in tips if len(_moving(urdf, tip, base_link)) > JOINT_COUNT]
        if len(lasts) == 1 and longer:
            return longer[0]  # a flange behind a seventh axis: what is wrong with that is said later
    if len(lasts) != 1:
        raise ArmFileError([_no_arm(urdf, base_link, list(lasts.values()))])
    (last,) = lasts.values()
    return next((tip for tip in tips if _fixed_behind(urdf, last, tip)), last.child)


def _moving(urdf: Urdf, link: str, base_link: str | None) -> list[UrdfJoint]:
    """Return the joints that move between the base, or the root, and a link."""
    return [joint for joint in _below(urdf.chain(link), base_link or urdf.root) if joint.type != FIXED]


def _fixed_behind(urdf: Urdf, last: UrdfJoint, link: str) -> bool:
    """Tell whether a link hangs on a joint with only fixed joints between."""
    moving = [joint for joint in urdf.chain(link) if joint.type != FIXED]
    return bool(moving) and moving[-1] is last


def _no_arm(urdf: Urdf, base_link: str | None, lasts: Sequence[UrdfJoint]) -> Problem:
    start = base_link or urdf.root
    if lasts:
        ends = listed(joint.child for joint in lasts)
        message = f"there are {len(lasts)} chains of {JOINT_COUNT} joints that turn, to {ends}"
        return Problem(urdf.file, 0, "tip_link", "", message, "name the tip_link of the one that is meant")
    longest = max((_moving(urdf, link, base_link) for link in urdf.links), key=len)
    kinds = listed(f"{joint.name} {joint.type}{' mimic' if joint.mimics is not None else ''}" for joint in longest)
    found = f"the longest has {len(longest)} that move ({kinds})" if longest else "nothing moves"
    message = f"there is no chain of {JOINT_COUNT} joints that turn from {start} on; {found}"
    allowed = "an arm with six joints that turn; where it stands on an axis, name its base_link"
    return Problem(urdf.file, 0, "", "", message, allowed)


def _base(joints: Sequence[UrdfJoint], root: str) -> str:
    """Return the base of an arm from the joints above its tip: what moves without turning before it carries it."""
    moving = [place for place, joint in enumerate(joints) if joint.type != FIXED]
    carriers = [place for place in moving[:-JOINT_COUNT] if joints[place].type not in TURNING]
    first = next((place for place in moving if not carriers or place > carriers[-1]), None)
    if first is None:
        return root
    for joint in reversed(joints[:first]):
        if _is_called(joint.child, BASE_LINK):
            return joint.child
        if joint.type != FIXED:
            return joints[first].parent
    return root if _is_called(root, BASE_LINK) else joints[first].parent


def _below(joints: Sequence[UrdfJoint], base_link: str) -> tuple[UrdfJoint, ...]:
    """Return the joints of a chain from a link on; none if the chain does not pass it."""
    for number, joint in enumerate(joints):
        if joint.parent == base_link:
            return tuple(joints[number:])
    return ()


def _unfit(file: str, joints: Iterable[UrdfJoint]) -> Iterable[Problem]:
    for joint in joints:
        if joint.type not in (FIXED, *TURNING):
            message = f"it is {joint.type}: it does not turn"
            yield Problem(file, joint.line, joint.name, joint.type, message, "revolute or continuous")
        if joint.mimics is not None:
            message = f"it follows {joint.mimics or 'another joint'}"
            yield Problem(file, joint.line, joint.name, joint.mimics, message, "a joint with a drive of its own")


def _is_called(link: str, name: str) -> bool:
    """Tell whether a link has a name, with any prefix before it."""
    return link == name or link.endswith((f"_{name}", f"/{name}", f"-{name}"))


def _perhaps(name: str, links: Iterable[str]) -> str:
    close = closest(name, links)
    return f", perhaps {close}" if close else ""
