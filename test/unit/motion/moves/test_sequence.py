# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from motion_checks import assert_keeps_limits, dense_times, joints_within, speed_of, tool_points
from numpy.typing import NDArray

from smart_cell.core.geometry import IDENTITY, Pose, angle_between
from smart_cell.motion.arm_model import HOME, ArmModel, Joints, arm_model
from smart_cell.motion.errors import MotionError
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.kinematics.status import status_of
from smart_cell.motion.limits import T1_SPEED, CartesianLimits
from smart_cell.motion.moves.circ import arc_through
from smart_cell.motion.moves.lin import plan_lin
from smart_cell.motion.moves.ptp import plan_ptp
from smart_cell.motion.moves.sequence import Circ, Lin, Move, Ptp, plan_sequence
from smart_cell.motion.trajectory import Trajectory

FloatArray = NDArray[np.float64]
KR210 = arm_model("kr210_r2700_2")
TOOL = Pose.from_rpy((0.08, -0.05, 0.35), (0.2, 0.5, -0.3))
START: Joints = (0.0, -1.5, 1.7, 0.1, 0.6, 0.1)
AT_START = forward(KR210, START) @ TOOL
ON_PATH = 1e-6


def at(x: float, y: float, z: float, rpy: tuple[float, ...] = (0.0, 0.0, 0.0), origin: Pose = AT_START) -> Pose:
    """Return the pose of the tool shifted by x, y, z [m] and turned, both seen from the base."""
    px, py, pz = origin.xyz
    turned = Pose.from_rpy((0.0, 0.0, 0.0), rpy) @ Pose((0.0, 0.0, 0.0), origin.quat)
    return Pose((px + x, py + y, pz + z), turned.quat)


def near(joints: Joints, *changes: float) -> Joints:
    a1, a2, a3, a4, a5, a6 = (joint + change for joint, change in zip(joints, changes, strict=True))
    return (a1, a2, a3, a4, a5, a6)


def polyline(model: ArmModel, start: Joints, moves: Sequence[Move], tool: Pose) -> list[FloatArray]:
    """Return dense points of the path that each move describes, without blends."""
    paths = []
    joints, pose = start, forward(model, start) @ tool
    for move in moves:
        shares = np.linspace(0.0, 1.0, 4001, dtype=np.float64)
        if isinstance(move, Ptp):
            assert not isinstance(move.target, Pose)
            course = plan_ptp(model, joints, move.target)
            paths.append(tool_points(model, course.sample_many(shares * course.duration).position, tool))
            joints = move.target
            pose = forward(model, joints) @ tool
            continue
        if isinstance(move, Lin):
            paths.append(pose.xyz + np.outer(shares, np.subtract(move.target.xyz, pose.xyz)))
            alone = plan_lin(model, joints, move.target, tool=tool)
        else:
            paths.append(arc_through(pose.xyz, move.via.xyz, move.target.xyz, angle=move.angle).at(shares)[0])
            alone = plan_sequence(model, joints, [Circ(move.via, move.target, angle=move.angle)], tool=tool)
        a1, a2, a3, a4, a5, a6 = alone.positions[-1].tolist()
        joints = (a1, a2, a3, a4, a5, a6)
        pose = forward(model, joints) @ tool
    return paths


def distance_to_path(points: FloatArray, path: FloatArray) -> FloatArray:
    """Return the distance of points from a chain of short segments."""
    start, way = path[:-1], np.diff(path, axis=0)
    length = np.maximum((way**2).sum(axis=1), 1e-30)
    closest = np.empty(len(points))
    for index, point in enumerate(points):
        share = np.clip(((point - start) * way).sum(axis=1) / length, 0.0, 1.0)
        closest[index] = np.sqrt(((start + share[:, np.newaxis] * way - point) ** 2).sum(axis=1).min())
    return closest


def assert_blends(model: ArmModel, trajectory: Trajectory, start: Joints, moves: Sequence[Move], tool: Pose) -> None:
    """Check that the tool is on a programmed path or within a blend radius of where two of them meet."""
    points = tool_points(model, trajectory.sample_many(dense_times(trajectory, 2)).position, tool)
    points = points[:: max(1, len(points) // 400)]
    paths = polyline(model, start, moves, tool)
    off = np.min([distance_to_path(points, path) for path in paths], axis=0)
    # PTP and arcs are looked at as chains of segments
    allowed = np.full(len(points), ON_PATH)
    for path, move in zip(paths, moves, strict=True):
        if move.blend:
            inside = np.linalg.norm(points - path[-1], axis=1) <= move.blend * (1.0 + 1e-3)
            allowed[inside] = np.inf
    assert (off <= allowed).all(), float((off - np.where(np.isinf(allowed), np.inf, 0.0)).max())


MIXED: list[Move] = [
    Ptp(near(START, 0.4, 0.1, -0.1, 0.3, 0.1, 0.2), blend=0.1),
    Lin(at(0.1, 0.25, -0.1), blend=0.05),
    Circ(at(0.0, 0.1, -0.2), at(-0.1, 0.25, -0.3), blend=0.06),
    Lin(at(-0.1, -0.2, -0.2, (0.2, 0.0, 0.1)), blend=0.08),
    Ptp(near(START, -0.5, -0.1, 0.1, 0.0, 0.2, -0.3), blend=0.1),
    Ptp(START),
]


def test_mixed_sequence_keeps_to_paths_and_radii() -> None:
    trajectory = plan_sequence(KR210, START, MIXED, tool=TOOL)
    assert trajectory.positions[0] == pytest.approx(START, abs=1e-12)
    assert trajectory.positions[-1] == pytest.approx(START, abs=1e-9)
    for ends in (trajectory.velocities, trajectory.accelerations):
        assert np.abs(ends[[0, -1]]).max() == 0.0
    assert_keeps_limits(KR210, trajectory)
    assert_blends(KR210, trajectory, START, MIXED, TOOL)
    inner = trajectory.sample_many(np.linspace(0.2, trajectory.duration - 0.2, 500)).velocity
    assert np.abs(inner).max(axis=1).min() > 1e-3


def test_blending_saves_time() -> None:
    stops = [
        Lin(at(0.0, 0.3, 0.0)),
        Lin(at(0.0, 0.3, -0.3)),
        Lin(at(0.0, 0.0, -0.3)),
    ]
    blended = [Lin(stops[0].target, blend=0.1), Lin(stops[1].target, blend=0.1), stops[2]]
    alone = plan_sequence(KR210, START, stops, tool=TOOL)
    together = plan_sequence(KR210, START, blended, tool=TOOL)
    assert together.duration < 0.85 * alone.duration
    parts = []
    joints = START
    for move in stops:
        part = plan_lin(KR210, joints, move.target, tool=TOOL)
        parts.append(part.duration)
        a1, a2, a3, a4, a5, a6 = part.positions[-1].tolist()
        joints = (a1, a2, a3, a4, a5, a6)
    assert alone.duration <= 1.1 * sum(parts)


def test_blended_lines_keep_a_constant_orientation_and_stay_in_their_plane() -> None:
    moves = [Lin(at(0.0, 0.3, 0.0), blend=0.12), Lin(at(0.0, 0.3, -0.3), blend=0.12), Lin(at(0.0, 0.0, -0.3))]
    trajectory = plan_sequence(KR210, START, moves, tool=TOOL)
    joints = trajectory.sample_many(dense_times(trajectory, 2)).position
    points = tool_points(KR210, joints, TOOL)
    np.testing.assert_allclose(points[:, 0], AT_START.xyz[0], atol=ON_PATH)
    for row in joints[::20].tolist():
        assert angle_between((forward(KR210, row) @ TOOL).quat, AT_START.quat) <= 1e-6


def test_blended_lines_keep_the_limits_of_the_tool() -> None:
    moves = [Lin(at(0.0, 0.3, 0.0), blend=0.12), Lin(at(0.0, 0.05, -0.1), blend=0.1), Lin(at(0.0, 0.3, -0.3))]
    arm = arm_model("kr20_r3100")
    here = forward(arm, START) @ TOOL
    moves = [
        Lin(at(0.0, *offset, origin=here), blend=blend)
        for offset, blend in (((0.3, 0.0), 0.12), ((0.05, -0.1), 0.1), ((0.3, -0.3), 0.0))
    ]
    limits = CartesianLimits(velocity=0.6, acceleration=1.5, jerk=15.0)
    trajectory = plan_sequence(arm, START, moves, tool=TOOL, limits=limits)
    times = np.arange(0.0, trajectory.duration, 0.002)
    points = tool_points(arm, trajectory.sample_many(times).position, TOOL)
    velocity = np.diff(points, axis=0) / 0.002
    acceleration = np.diff(velocity, axis=0) / 0.002
    assert np.linalg.norm(velocity, axis=1).max() <= 0.6 * (1.0 + 1e-4)
    assert np.abs(acceleration).max() <= 1.5 * 1.005


@pytest.mark.parametrize(("override", "tool_speed"), [(0.1, None), (0.45, None), (1.0, T1_SPEED)])
def test_the_path_does_not_depend_on_the_pace(override: float, tool_speed: float | None) -> None:
    full = plan_sequence(KR210, START, MIXED, tool=TOOL, period=0.004)
    slow = plan_sequence(KR210, START, MIXED, tool=TOOL, period=0.008, override=override, tool_speed=tool_speed)
    assert slow.duration > full.duration
    rows = np.linspace(0, len(slow.times) - 1, 150).astype(int)
    path = full.sample_many(dense_times(full, 8)).position
    for joints in slow.positions[rows]:
        index = int(np.argmin(np.abs(path - joints).max(axis=1)))
        around = path[max(index - 1, 0) : index + 2]
        assert distance_to_path(joints[np.newaxis], around)[0] <= 2e-6


def test_t1_limits_tool_point_and_flange_in_every_move() -> None:
    trajectory = plan_sequence(KR210, START, MIXED, tool=TOOL, tool_speed=T1_SPEED)
    times = dense_times(trajectory, 4)
    joints = trajectory.sample_many(times).position
    for tool in (TOOL, IDENTITY):
        assert speed_of(tool_points(KR210, joints, tool), times).max() <= T1_SPEED * (1.0 + 1e-6)
    assert_keeps_limits(KR210, trajectory)


shares = st.tuples(
    st.floats(0.35, 0.65),
    st.floats(0.4, 0.6),
    st.floats(0.6, 0.7),
    st.floats(0.45, 0.55),
    st.floats(0.72, 0.82),
    st.floats(0.4, 0.6),
)
offsets = st.tuples(*[st.floats(-0.2, 0.2)] * 3)
kinds = st.lists(
    st.tuples(st.sampled_from(["ptp", "lin", "circ"]), offsets, offsets, st.floats(0.0, 0.45)), min_size=2, max_size=4
)


@given(
    st.sampled_from([KR210, arm_model("kr16_r1610_2"), arm_model("kr500_r2800_2")]),
    shares,
    kinds,
    st.sampled_from([0.3, 1.0]),
)
@settings(max_examples=15, deadline=None)
def test_any_sequence_keeps_all_limits_and_radii(
    model: ArmModel,
    first: tuple[float, ...],
    rest: list[tuple[str, tuple[float, float, float], tuple[float, float, float], float]],
    override: float,
) -> None:
    start = joints_within(model, first)
    here = forward(model, start) @ TOOL
    moves: list[Move] = []
    for kind, offset, aside, _ in rest:
        if kind == "ptp":
            moves.append(Ptp(near(start, *(0.8 * value for value in (*offset, *aside)))))
        elif kind == "lin":
            moves.append(Lin(at(*offset, origin=here)))
        else:
            moves.append(Circ(at(*aside, origin=here), at(*offset, origin=here)))
    ends = [here] + [
        forward(model, move.target) @ TOOL if not isinstance(move.target, Pose) else move.target for move in moves
    ]
    chords = [math.dist(a.xyz, b.xyz) for a, b in itertools.pairwise(ends)]
    assume(min(chords) > 1e-3)
    blends = [rest[k][3] * min(chords[k], chords[k + 1]) for k in range(len(rest) - 1)]
    for k, blend in enumerate(blends):
        object.__setattr__(moves[k], "blend", blend)
    try:
        trajectory = plan_sequence(model, start, moves, tool=TOOL, override=override)
    except MotionError as error:
        assume(not any(text in str(error) for text in ("reach", "its limit", "singularity", "apart", "line")))
        raise
    assert_keeps_limits(model, trajectory, override)
    if override == 1.0:
        assert_blends(model, trajectory, start, moves, TOOL)


def test_ptp_to_a_pose_takes_status_and_turn() -> None:
    pose = at(0.0, 0.2, -0.1)
    solution = inverse(KR210, pose @ TOOL.inverse())[-1]
    trajectory = plan_sequence(KR210, START, [Ptp(pose, status=solution.status, turn=solution.turn)], tool=TOOL)
    assert trajectory.positions[-1] == pytest.approx(solution.joints)
    soonest = plan_sequence(KR210, START, [Ptp(pose)], tool=TOOL)
    assert status_of(KR210, soonest.positions[-1].tolist()) == status_of(KR210, START)
    assert soonest.duration <= trajectory.duration


def test_nothing_to_move_is_a_single_point() -> None:
    nothing: list[list[Move]] = [[], [Ptp(START)], [Lin(AT_START)], [Lin(AT_START), Ptp(START), Lin(AT_START)]]
    for moves in nothing:
        assert plan_sequence(KR210, START, moves, tool=TOOL).times.tolist() == [0.0]


def test_speed_of_a_line_is_its_own() -> None:
    trajectory = plan_sequence(KR210, START, [Lin(at(0.0, 0.2, 0.0), speed=0.1), Lin(at(0.0, 0.4, 0.0))], tool=TOOL)
    points = tool_points(KR210, trajectory.positions, TOOL)
    speed = speed_of(points, trajectory.times)
    first = points[:-1, 1] < AT_START.xyz[1] + 0.2
    assert speed[first].max() == pytest.approx(0.1, rel=0.01)
    assert speed[~first].max() > 0.2


IMPOSSIBLE: list[tuple[list[Move], str]] = [
    (
        [Lin(at(0.0, 0.2, 0.0), blend=0.05)],
        r"move 1 \(LIN\) is the last one and ends at rest, but has blend 50.0 mm",
    ),
    (
        [Lin(at(0.0, 0.2, 0.0), blend=0.25), Lin(at(0.0, 0.2, 0.3))],
        r"move 1 \(LIN\): blend 250.0 mm must not exceed the 200.0 mm",
    ),
    (
        [Lin(at(0.0, 0.2, 0.0), blend=0.2), Lin(at(0.0, 0.2, 0.3), blend=0.15), Ptp(START)],
        r"move 2 \(LIN\): blend 200.0 mm of move 1 \(LIN\) and 150.0 mm of this move together .* 300.0 mm",
    ),
    ([Lin(at(0.0, 0.2, 0.0), blend=-0.1), Ptp(START)], r"move 1 \(LIN\): blend -0.1 m must be"),
    ([Lin(at(0.0, 0.2, 0.0), speed=0.0)], r"move 1 \(LIN\): speed 0.0 m/s"),
    ([Ptp(START), Ptp((9.0, *START[1:]))], r"move 2 \(PTP\): .*joint_1 at 9.0000 rad is above"),
    ([Ptp(HOME), Lin(at(0.0, 4.0, 0.0))], r"move 2 \(LIN\) at \d+.\d mm of .* is out of reach"),
    ([Circ(at(0.0, 0.1, 0.0), at(0.0, 0.2, 0.0))], r"move 1 \(CIRC\): .*lie on a line"),
    ([Ptp(at(9.0, 0.0, 0.0))], r"move 1 \(PTP\): kr210_r2700_2 cannot reach the pose within its limits; bring"),
    ([Ptp(AT_START, turn=63)], r"move 1 \(PTP\): .*with T 63; it can with S \d T \d+, "),
]


@pytest.mark.parametrize(("moves", "text"), IMPOSSIBLE)
def test_impossible_sequences_are_refused(moves: list[Move], text: str) -> None:
    with pytest.raises(MotionError, match=text):
        plan_sequence(KR210, START, moves, tool=TOOL)
