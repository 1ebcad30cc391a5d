# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The frames of a described cell as transforms: the fixed ones at once, those of a robot from its joint angles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from tf2_msgs.msg import TFMessage

from smart_cell.core.geometry import multiply
from smart_cell.motion.arm_model import Joints
from smart_cell.motion.urdf.description import DescribedJoint
from smart_cell.nodes import names
from smart_cell.nodes.conversions import joints_from_msg, set_rotation, transform_to_msg


def fixed_transforms(joints: Iterable[DescribedJoint], stamp: Time) -> TFMessage:
    """Return the transforms of all joints that do not turn.

    Args:
        joints: Of the cell.
        stamp: Time from which they hold.
    """
    transforms = [transform_to_msg(joint.parent, joint.child, joint.origin) for joint in joints if not joint.sign]
    for transform in transforms:
        transform.header.stamp = stamp
    return TFMessage(transforms=transforms)


class RobotFrames:
    """The six moving frames of one robot.

    The messages are made once and filled anew: 100 joints at 25 Hz would else be a tenth of a core.
    """

    def __init__(self, robot: str, joints: Mapping[str, DescribedJoint]) -> None:
        """Find the robot's joints.

        Args:
            robot: Its name.
            joints: Of the cell, by name.
        """
        self._names = names.joint_names(robot)
        own = [joints[name] for name in self._names]
        self._origins = [(joint.origin.quat, 0.5 * joint.sign) for joint in own]
        self._transforms = [transform_to_msg(joint.parent, joint.child, joint.origin) for joint in own]

    def at(self, sample: Any) -> list[TransformStamped]:
        """Return the transforms at a sample; the next call fills the same messages again.

        Args:
            sample: A sensor_msgs/JointState with all joints of the robot.

        Raises:
            MessageError: A joint is missing, or an angle is not finite.
        """
        angles: Joints = joints_from_msg(sample.name, sample.position, self._names)
        for transform, (origin, factor), angle in zip(self._transforms, self._origins, angles, strict=True):
            half = factor * angle
            set_rotation(transform, multiply(origin, (math.cos(half), 0.0, 0.0, math.sin(half))))
            transform.header.stamp = sample.header.stamp
        return self._transforms
