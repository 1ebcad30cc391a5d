# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What RViz, Foxglove and rqt get of a cell, over real DDS."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("rclpy")
pytest.importorskip("smart_cell_msgs.msg")

import rclpy
from demo_plan import demo_cell
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import arm_model
from smart_cell.motion.kinematics.scalar import forward
from smart_cell.nodes import names, qos
from smart_cell.nodes.bringup import PROCESS_MODULE, SCENE, RunSettings, bringup_plan
from smart_cell.nodes.scene_markers import SPOT_COLORS, SPOTS
from smart_cell.nodes.scene_node import SceneNode
from smart_cell.welding.verdict import WeldResult
from smart_cell_msgs.msg import CellState, ConveyorState, GunState, Heartbeat, WeldRecord, ZoneState, ZoneStates
from smart_cell_msgs.srv import PullRecords

pytestmark = pytest.mark.ros

CELL = demo_cell()
LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL)
FRAMES = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE)


class Viewer:
    """A plain rclpy program that looks at the cell and plays the nodes that the scene looks at."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node("viewer", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)

    def path(self, name: str) -> str:
        return name if name.startswith("/") else f"/{CELL.name}/{name}"

    def hear(self, message_type: type, name: str, profile: QoSProfile) -> list[Any]:
        """Return a list that grows with each message."""
        heard: list[Any] = []
        self.node.create_subscription(message_type, self.path(name), heard.append, profile)
        return heard

    def speak(self, message_type: type, name: str, profile: QoSProfile) -> Any:
        return self.node.create_publisher(message_type, self.path(name), profile)

    def wait(self, condition: Callable[[], object], what: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Run callbacks until the condition holds; `meanwhile` is done again and again."""
        end = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < end, f"not within 10 s: {what}"
            meanwhile()
            self.executor.spin_once(timeout_sec=0.02)

    def close(self) -> None:
        self.node.destroy_node()
        self.executor.shutdown()
        self.context.try_shutdown()


@pytest.fixture
def viewer(ros_domain: int) -> Iterator[Viewer]:
    made = Viewer()
    yield made
    made.close()


@pytest.fixture
def scene(make_process: Callable[..., Any], until: Callable[..., None]) -> SceneNode:
    """The node, which nobody brings up but itself."""
    process = make_process(SCENE, cell=CELL, obeys=False)
    node = SceneNode(process, names.SCENE)
    process.start()
    until(lambda: node.active, "the scene active")
    return node


def pose_in_world(transforms: list[Any], frame: str) -> Pose:
    by_child = {transform.child_frame_id: transform for transform in transforms}
    pose = Pose((0.0, 0.0, 0.0))
    while frame != "world":
        transform = by_child[frame].transform
        place, turn = transform.translation, transform.rotation
        pose = Pose((place.x, place.y, place.z), (turn.w, turn.x, turn.y, turn.z)) @ pose
        frame = by_child[frame].header.frame_id
    return pose


def test_frames_follow_the_joint_states(scene: SceneNode, viewer: Viewer) -> None:
    fixed = viewer.hear(TFMessage, "/tf_static", LATCHED)
    moving = viewer.hear(TFMessage, "/tf", FRAMES)
    joint_states = viewer.speak(JointState, "r1/joint_states", qos.JOINT_STATES)
    model = arm_model(CELL.robots["r1"].model)
    state = JointState(name=list(names.joint_names("r1")))
    for share in (0.2, 0.55, 0.9):
        joints = [low + share * (high - low) for low, high in zip(model.lower, model.upper, strict=True)]
        state.position = joints
        state.header.stamp.sec += 1
        viewer.wait(
            lambda: moving and fixed and moving[-1].transforms[0].header.stamp == state.header.stamp,
            "transforms of the newest joint state",
            lambda: joint_states.publish(state),
        )
        assert {t.child_frame_id for t in moving[-1].transforms} == {f"r1_link_{number}" for number in range(1, 7)}
        transforms = [*fixed[-1].transforms, *moving[-1].transforms]
        tool0 = CELL.robots["r1"].base @ forward(model, joints)
        assert math.dist(pose_in_world(transforms, "r1_tool0").xyz, tool0.xyz) < 1e-6
        tcp = tool0 @ CELL.guns["g1"].tcp
        assert math.dist(pose_in_world(transforms, "r1_tcp").xyz, tcp.xyz) < 1e-6


def test_joint_states_are_read_for_somebody_only(scene: SceneNode, viewer: Viewer) -> None:
    joint_states = viewer.speak(JointState, "r1/joint_states", qos.JOINT_STATES)
    description = viewer.hear(String, names.ROBOT_DESCRIPTION, LATCHED)
    viewer.wait(lambda: description, "discovery")
    assert joint_states.get_subscription_count() == 0
    subscription = viewer.node.create_subscription(TFMessage, "/tf", lambda _: None, FRAMES)
    viewer.wait(lambda: joint_states.get_subscription_count() == 1, "joint states read")
    viewer.node.destroy_subscription(subscription)
    viewer.wait(lambda: joint_states.get_subscription_count() == 0, "joint states left")


def test_sample_without_a_joint_harms_nobody(scene: SceneNode, viewer: Viewer) -> None:
    moving = viewer.hear(TFMessage, "/tf", FRAMES)
    broken, good = (viewer.speak(JointState, f"{robot}/joint_states", qos.JOINT_STATES) for robot in ("r1", "r2"))

    def speak() -> None:
        broken.publish(JointState(name=["r1_joint_1"], position=[0.0]))
        good.publish(JointState(name=list(names.joint_names("r2")), position=[0.0] * 6))

    viewer.wait(lambda: len(moving) >= 15, "transforms of the other robot", speak)
    assert {t.child_frame_id[:2] for message in moving for t in message.transforms} == {"r2"}
    assert not scene.faulty
    assert scene.errors == 0


def test_description_is_latched_and_names_the_frames_that_are_sent(scene: SceneNode, viewer: Viewer) -> None:
    fixed = viewer.hear(TFMessage, "/tf_static", LATCHED)
    description = viewer.hear(String, names.ROBOT_DESCRIPTION, LATCHED)
    viewer.wait(lambda: fixed and description, "latched messages")
    urdf = ElementTree.fromstring(description[0].data)
    joints = {joint.find("child").attrib["link"]: joint.attrib["type"] for joint in urdf.iterfind("joint")}  # type: ignore[union-attr]
    sent = {transform.child_frame_id for transform in fixed[0].transforms}
    assert sent == {child for child, kind in joints.items() if kind == "fixed"}
    assert {f"{robot}_{name}" for robot in CELL.robots for name in ("base_link", "tool0", "tcp")} <= sent
    assert sum(kind == "revolute" for kind in joints.values()) == 6 * len(CELL.robots)


class Station:
    """The conveyor, the supervisor and one gun with its journal, as far as the scene looks at them."""

    def __init__(self, viewer: Viewer) -> None:
        self._cell = viewer.speak(CellState, names.SUPERVISOR_STATE, LATCHED)
        self._conveyor = viewer.speak(ConveyorState, names.state("conveyor"), LATCHED)
        self._zones = viewer.speak(ZoneStates, names.SUPERVISOR_ZONES, LATCHED)
        self._gun = viewer.speak(GunState, names.state("g1"), LATCHED)
        self.records: list[WeldRecord] = []
        viewer.node.create_service(PullRecords, viewer.path(names.pull_records("g1")), self._pull)

    def body(self, body: str, variant: str) -> None:
        self._cell.publish(CellState(state=CellState.STATE_EXECUTE, body=body, variant=variant))
        self._conveyor.publish(ConveyorState(state=ConveyorState.STATE_STOPPED, station="s1", body=body))

    def zone(self, zone: str, holder: str) -> None:
        self._zones.publish(ZoneStates(zones=[ZoneState(zone=zone, holder=holder)]))

    def weld(self, body: str, spot: str, result: int) -> None:
        number = len(self.records) + 1
        self.records.append(WeldRecord(sequence=number, gun="g1", body=body, spot=spot, attempt=1, result=result))
        self._gun.publish(GunState(state=GunState.STATE_OPEN, record_sequence=number))

    def _pull(self, request: PullRecords.Request, response: PullRecords.Response) -> PullRecords.Response:
        response.records = self.records[request.after :][: request.most or 200]
        response.newest = len(self.records)
        return response


def rgb(color: Any) -> tuple[float, ...]:
    """A colour as it comes out of a message, which has less digits."""
    return tuple(round(value, 3) for value in (color.r, color.g, color.b))


RESULTS = {rgb(color): result for result, color in SPOT_COLORS.items()}


def results_shown(message: Any) -> list[WeldResult | None]:
    """What the colours of the spots say; empty while no body is shown."""
    return [RESULTS[rgb(color)] for marker in message.markers if marker.ns == SPOTS for color in marker.colors]


def test_markers_show_body_verdicts_and_zones_and_are_latched(scene: SceneNode, viewer: Viewer) -> None:
    station = Station(viewer)
    spots = [spot.name for spot in CELL.variants["sedan"].spots]
    station.body("B1", "sedan")
    station.weld("B1", spots[0], WeldRecord.RESULT_OK)
    station.weld("B1", spots[1], WeldRecord.RESULT_OK)
    station.weld("B1", spots[1], WeldRecord.RESULT_NOT_OK)
    station.zone("b_left", "r2")
    shown = viewer.hear(MarkerArray, names.MARKERS, LATCHED)
    expected = [WeldResult.OK, WeldResult.NOT_OK, *[None] * (len(spots) - 2)]
    viewer.wait(lambda: shown and results_shown(shown[-1]) == expected, "spots by verdict")
    viewer.wait(lambda: "b_left: r2" in {marker.text for marker in shown[-1].markers}, "holder of the zone")

    station.weld("B1", spots[2], WeldRecord.RESULT_UNCERTAIN)
    expected[2] = WeldResult.UNCERTAIN
    viewer.wait(lambda: results_shown(shown[-1]) == expected, "the next verdict")

    late = viewer.hear(MarkerArray, names.MARKERS, LATCHED)
    viewer.wait(lambda: late, "latched markers")
    assert late[0] == shown[-1]

    station.body("", "")
    viewer.wait(lambda: not results_shown(shown[-1]), "no body")
    assert Marker.DELETE in {marker.action for marker in shown[-1].markers}


def test_unchanged_scene_is_sent_once(scene: SceneNode, viewer: Viewer) -> None:
    station = Station(viewer)
    station.body("B1", "sedan")
    shown = viewer.hear(MarkerArray, names.MARKERS, LATCHED)
    viewer.wait(lambda: shown and results_shown(shown[-1]), "the body")
    ticks = iter(range(40))
    viewer.wait(lambda: next(ticks) == 39, "three more looks", lambda: station.body("B1", "sedan"))
    assert sum(bool(results_shown(message)) for message in shown) == 1


def test_diagnostics_name_processes_and_cell(scene: SceneNode, viewer: Viewer) -> None:
    heard = viewer.hear(DiagnosticArray, "/diagnostics", FRAMES)
    beats = viewer.speak(Heartbeat, names.HEARTBEATS, qos.HEARTBEAT)
    station = Station(viewer)
    station.body("B1", "sedan")

    def level(name: str) -> bytes:
        statuses = heard[-1].status if heard else ()
        return next((bytes(status.level) for status in statuses if status.name == f"{CELL.name}/{name}"), b"")

    viewer.wait(
        lambda: level("process/arms") == DiagnosticStatus.OK and level("state") == DiagnosticStatus.OK,
        "the process alive",
        lambda: beats.publish(Heartbeat(process="arms", epoch=1)),
    )
    assert level("process/scene") == DiagnosticStatus.OK
    assert level("node/scene") == DiagnosticStatus.OK
    assert level("process/devices") == DiagnosticStatus.STALE
    viewer.wait(lambda: level("process/arms") == DiagnosticStatus.ERROR, "the process lost")


def test_topics_have_the_profiles_that_viewers_ask_for(scene: SceneNode, viewer: Viewer) -> None:
    latched = (names.ROBOT_DESCRIPTION, names.MARKERS, "/tf_static")

    def offered(name: str) -> list[Any]:
        return [info.qos_profile for info in viewer.node.get_publishers_info_by_topic(viewer.path(name))]

    topics = (*latched, "/tf", "/diagnostics")
    viewer.wait(lambda: all(offered(name) for name in topics), "every topic")
    for name in topics:
        (profile,) = offered(name)
        assert profile.reliability is ReliabilityPolicy.RELIABLE, name
        durability = DurabilityPolicy.TRANSIENT_LOCAL if name in latched else DurabilityPolicy.VOLATILE
        assert profile.durability is durability, name


def test_process_brings_its_node_up_and_ends_in_order(viewer: Viewer, tmp_path: Path) -> None:
    plan = bringup_plan(CELL, RunSettings(tmp_path))
    log = tmp_path / "log.txt"
    command = [sys.executable, "-m", PROCESS_MODULE, *plan.process(SCENE).arguments]
    with log.open("w") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        beats = viewer.hear(Heartbeat, names.HEARTBEATS, qos.HEARTBEAT_READER)
        viewer.wait(lambda: beats and list(beats[-1].active) == [True], "the scene active")
        assert (list(beats[-1].nodes), list(beats[-1].required)) == ([names.SCENE], [False])
        child.send_signal(signal.SIGTERM)
        assert child.wait(5.0) == 0, log.read_text()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    assert "Traceback" not in log.read_text()
