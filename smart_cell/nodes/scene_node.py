# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The node that shows the cell to RViz, Foxglove and rqt. It only watches."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import TransformStamped
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from smart_cell.motion.urdf.description import cell_urdf, described_joints
from smart_cell.nodes import names, qos
from smart_cell.nodes.base import CellNode
from smart_cell.nodes.bringup import RunSettings, bringup_plan
from smart_cell.nodes.clock import stamp
from smart_cell.nodes.conversions import MessageError
from smart_cell.nodes.runtime import Process
from smart_cell.nodes.sampler import Sampler
from smart_cell.nodes.scene_collector import Collector
from smart_cell.nodes.scene_diagnostics import PERIOD as DIAGNOSTICS_PERIOD
from smart_cell.nodes.scene_diagnostics import HealthBoard
from smart_cell.nodes.scene_frames import RobotFrames, fixed_transforms
from smart_cell.nodes.scene_markers import scene_markers
from smart_cell.nodes.scene_records import RecordReader
from smart_cell.nodes.scene_view import SceneTracker, SceneView
from smart_cell.nodes.weld_conversions import record_from_msg
from smart_cell_msgs.msg import AlarmList, CellState, ConveyorState, Heartbeat, WeldRecord, ZoneStates

TRANSFORM_PERIOD: Final = 0.04
"""Time between two messages on /tf [s, steady clock]."""
MARKER_PERIOD: Final = 0.2
"""Shortest time between two messages of markers [s, steady clock]."""
WARNING_PERIOD: Final = 10.0

_ON_THE_WAY: Final = frozenset({ConveyorState.STATE_MOVING, ConveyorState.STATE_INTERRUPTED})


class SceneNode(CellNode):
    """Shows the cell; nothing depends on it.

    It brings itself up and is not required, so that the cell neither waits for it nor stops with it. What nobody
    subscribes to is not worked out.

    Publishes:
        /tf, /tf_static (tf2_msgs/TFMessage): world, cell, parts, and the frames of all robots with their guns.
        robot_description (std_msgs/String): URDF of the whole cell.
        markers (visualization_msgs/MarkerArray): the body, its spots by verdict, the zones with their holders.
        /diagnostics (diagnostic_msgs/DiagnosticArray): processes, nodes, state and alarms, 1 Hz.
    """

    def __init__(self, process: Process, device: str) -> None:
        """Create the node; it becomes active by itself as soon as the process runs.

        Args:
            process: The runtime it lives in.
            device: Its own name.
        """
        super().__init__(process, device)
        process.after(0.0, self._bring_itself_up)

    def setup(self) -> None:
        """Read the description of the cell and offer everything."""
        cell = self.process.cell
        urdf = cell_urdf(cell)
        joints = described_joints(urdf)
        by_name = {joint.name: joint for joint in joints}
        self._frames = {robot: RobotFrames(robot, by_name) for robot in cell.robots}
        self._arms: dict[str, Sampler] = {}
        self._tear_down.append(self._leave_arms)
        self._beats = Collector(self, Heartbeat, self.process.path(names.HEARTBEATS), qos.HEARTBEAT_READER)
        self._tear_down.append(self._beats.close)
        self._cell_states = self._sample(CellState, names.SUPERVISOR_STATE)
        self._alarm_lists = self._sample(AlarmList, names.SUPERVISOR_ALARMS)
        self._zone_states = self._sample(ZoneStates, names.SUPERVISOR_ZONES)
        self._conveyors = [self._sample(ConveyorState, names.state(conveyor)) for conveyor in cell.conveyors]
        self._records = [RecordReader(self, gun, self._hear_record) for gun in cell.guns]
        self._tear_down += [reader.close for reader in self._records]
        self._tracker = SceneTracker(cell)
        self._shown: SceneView | None = None
        self._health = HealthBoard(bringup_plan(cell, RunSettings(self.process.options.state_dir)))
        self._markers = self.publisher(MarkerArray, names.MARKERS, qos.STATE)
        self._transforms = self._global_publisher(TFMessage, names.TRANSFORMS, qos.TRANSFORMS)
        self._diagnostics = self._global_publisher(DiagnosticArray, names.DIAGNOSTICS, qos.DIAGNOSTICS)
        self._description = self.publisher(String, names.ROBOT_DESCRIPTION, qos.STATE)
        self._description.publish(String(data=urdf))
        self._fixed = self._global_publisher(TFMessage, names.STATIC_TRANSFORMS, qos.STATE)
        self._fixed.publish(fixed_transforms(joints, stamp(self.now())))
        self.every(TRANSFORM_PERIOD, self._send_transforms)
        self.every(MARKER_PERIOD, self._send_markers)
        self.every(DIAGNOSTICS_PERIOD, self._send_diagnostics)

    # ------------------------------------------------------------------------------------------ what is sent

    def _send_transforms(self) -> None:
        """Send the frames of the robots that have moved on since the last message."""
        if not self._transforms.get_subscription_count():
            self._leave_arms()
            return
        if not self._arms:
            # receiving their samples costs 2 % of a core, so it is done for somebody only
            self._arms = {
                robot: Sampler(self, JointState, self.process.path(names.joint_states(robot)), qos.SAMPLES)
                for robot in self._frames
            }
        transforms: list[TransformStamped] = []
        for robot, sampler in self._arms.items():
            sample = sampler.take()
            if sample is None:
                continue
            try:
                transforms += self._frames[robot].at(sample)
            except MessageError as error:
                self.get_logger().warning(str(error), throttle_duration_sec=WARNING_PERIOD)
        if transforms:
            self._transforms.publish(TFMessage(transforms=transforms))

    def _send_markers(self) -> None:
        """Send the scene if it looks different."""
        if not self._markers.get_subscription_count():
            return
        self._look_at_cell()
        for reader in self._records:
            reader.read()
        view = self._tracker.view()
        if view != self._shown:
            self._shown = view
            self._markers.publish(scene_markers(self.process.cell, view))

    def _send_diagnostics(self) -> None:
        """Report on the cell; time passes for the silent even while nobody listens."""
        self._look_at_cell()
        alarms = self._alarm_lists.take()
        if alarms is not None:
            self._health.hear_alarms(alarms)
        for beat in self._beats.take_all():
            self._health.hear_beat(beat)
        report = self._health.report(self.steady())
        if self._diagnostics.get_subscription_count():
            message = DiagnosticArray(status=report)
            message.header.stamp = stamp(self.now())
            self._diagnostics.publish(message)

    # ------------------------------------------------------------------------------------------ what is heard

    def _look_at_cell(self) -> None:
        """Read what is new of supervisor and conveyors."""
        state = self._cell_states.take()
        if state is not None:
            self._health.hear_cell(state)
            self._tracker.hear_cell(state.body, state.variant)
        zones = self._zone_states.take()
        if zones is not None:
            self._tracker.hear_zones({zone.zone: zone.holder for zone in zones.zones})
        for sampler in self._conveyors:
            conveyor = sampler.take()
            # one that is broken or not active leaves the body where it was
            if conveyor is not None and conveyor.state in _ON_THE_WAY:
                self._tracker.hear_conveyor(conveyor.station, conveyor.body, conveyor.position)
            elif conveyor is not None and conveyor.state == ConveyorState.STATE_STOPPED:
                self._tracker.hear_conveyor(conveyor.station, conveyor.body, None)

    def _hear_record(self, message: WeldRecord) -> None:
        record = record_from_msg(message)
        self._tracker.hear_result(record.key.body, record.key.spot, record.result)

    # ------------------------------------------------------------------------------------------ entities

    def _bring_itself_up(self) -> None:
        if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _leave_arms(self) -> None:
        while self._arms:
            self._arms.popitem()[1].close()

    def _sample(self, message_type: type, name: str) -> Sampler:
        """Return the newest values of a state topic."""
        sampler = Sampler(self, message_type, self.process.path(name), qos.STATE)
        self._tear_down.append(sampler.close)
        return sampler

    def _global_publisher(self, message_type: Any, name: str, profile: QoSProfile) -> Publisher:
        """Return a publisher of a topic that all cells of a system share."""
        publisher = self.create_publisher(message_type, name, profile, callback_group=self._group)
        self._tear_down.append(partial(self.destroy_publisher, publisher))
        return publisher
