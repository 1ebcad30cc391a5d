# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What bench/motion.py measures: a KR 210 R2700-2 at random poses with a fixed seed, and four of them in a cell."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import Cell
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME, Joints, arm_model
from smart_cell.motion.collision.clearance import MovingRobot, clearance
from smart_cell.motion.collision.shapes import LINKS, robot_shapes
from smart_cell.motion.kinematics.batch import forward_many, inverse_many
from smart_cell.motion.kinematics.scalar import forward, inverse
from smart_cell.motion.limits import CartesianLimits
from smart_cell.motion.moves.lin import plan_lin
from smart_cell.motion.moves.ptp import plan_ptp, ptp_times
from smart_cell.motion.pacing.pace import plan_stop, run_at
from smart_cell.motion.trajectory import FloatArray, Trajectory
from smart_cell.motion.urdf.description import cell_urdf

MODEL = arm_model("kr210_r2700_2")
BATCH = 10_000
SINGLE = 200
NEWTON_LIMIT = 1e-8
"""Largest error [m, rad] at which the peer's numerical search ends."""

MISSING: list[str] = []
"""Peers that are not installed."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure: `prepare` returns the call to be timed, which treats `items` items."""

    name: str
    prepare: Callable[[], Callable[[], Any]]
    items: int
    peers: Mapping[str, tuple[Callable[[], Callable[[], Any]], int]] = field(default_factory=dict)
    """By name: how to prepare the peer's call, and how many items it treats."""
    goal_us: float | None = None
    """Largest time per item [us]."""
    goal_ratio: float | None = None
    """Least advantage over the fastest peer."""


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        MISSING.append(name)
        return None


opw, pinocchio, ikpy, ruckig, coal = (
    _module(name) for name in ("py_opw_kinematics", "pinocchio", "ikpy", "ruckig", "coal")
)


def _peers(*offered: tuple[ModuleType | None, str, Callable[[], Callable[[], Any]], int]) -> dict[str, Any]:
    """Return those of the offered peers that are installed."""
    return {name: (prepare, items) for module, name, prepare, items in offered if module is not None}


# ------------------------------------------------------------------------------------------ poses


@lru_cache(maxsize=1)
def _joints() -> FloatArray:
    """Return joint angles [rad] of poses that the arm reaches in all eight ways, shape (BATCH, 6).

    Only few poses have eight solutions within the limits; they are the dearest and therefore measured.
    """
    generator = np.random.default_rng(2026)
    found: list[Any] = []
    while sum(map(len, found)) < BATCH:
        drawn = generator.uniform(MODEL.lower, MODEL.upper, (20_000, 6))
        ways = ~np.isnan(inverse_many(MODEL, *forward_many(MODEL, drawn))[:, :, 0])
        found.append(drawn[ways.sum(axis=1) >= FEWEST_WAYS])
    joints: FloatArray = np.concatenate(found)[:BATCH]
    return joints


FEWEST_WAYS = 4
"""Solutions within the limits that a measured pose has at least; the arm's limits leave hardly any pose more."""


@lru_cache(maxsize=1)
def _poses() -> list[Pose]:
    return [forward(MODEL, joints) for joints in _joints()[:SINGLE].tolist()]


# ------------------------------------------------------------------------------------------ this project


def _forward() -> Callable[[], Any]:
    rows = _joints()[:SINGLE].tolist()
    return lambda: [forward(MODEL, row) for row in rows]


def _forward_batch() -> Callable[[], Any]:
    joints = _joints()
    return lambda: forward_many(MODEL, joints)


def _inverse() -> Callable[[], Any]:
    poses = _poses()
    return lambda: [inverse(MODEL, pose) for pose in poses]


def _inverse_batch() -> Callable[[], Any]:
    positions, rotations = forward_many(MODEL, _joints())
    return lambda: inverse_many(MODEL, positions, rotations)


def _matrix() -> Callable[[], Any]:
    joints = _joints()[:80]
    return lambda: ptp_times(MODEL, joints, joints)


def _plan_ptp() -> Callable[[], Any]:
    rows = _joints()[:SINGLE].tolist()
    return lambda: [plan_ptp(MODEL, start, end) for start, end in itertools.pairwise(rows)]


LIN_SAMPLES = 188
LIN_PERIOD = 0.004
"""[s]"""
GENTLE = CartesianLimits(velocity=0.5, acceleration=1.5, jerk=15.0)
"""As on the way to a spot: the joints have nothing to slow down. With the usual limits they have."""


@lru_cache(maxsize=2)
def _line(limits: CartesianLimits) -> tuple[Joints, Pose]:
    """Return the start [rad] and the end of a move that lasts `LIN_SAMPLES` periods."""
    start = (0.3, HOME[1], HOME[2], 0.2, 0.6, 0.1)
    flange = forward(MODEL, start)
    shorter, longer = 0.1, 0.6
    for _ in range(50):
        way = 0.5 * (shorter + longer)
        end = Pose((flange.xyz[0], flange.xyz[1] + way, flange.xyz[2]), flange.quat)
        if plan_lin(MODEL, start, end, limits=limits, period=LIN_PERIOD).duration < (LIN_SAMPLES - 1.5) * LIN_PERIOD:
            shorter = way
        else:
            longer = way
    return start, end


def _lin(limits: CartesianLimits) -> Callable[[], Any]:
    start, end = _line(limits)
    plan = partial(plan_lin, MODEL, start, end, limits=limits, period=LIN_PERIOD)
    assert abs(len(plan().times) - LIN_SAMPLES) <= 1, len(plan().times)
    return plan


def _stop() -> Callable[[], Any]:
    moves = [plan_ptp(MODEL, start, end) for start, end in itertools.pairwise(_joints()[:SINGLE].tolist())]
    runs = [run_at(move) for move in moves]
    return lambda: [plan_stop(run, 0.4 * run.duration, MODEL) for run in runs]


# ------------------------------------------------------------------------------------------ four arms in a cell

SAMPLES = 1000


@lru_cache(maxsize=1)
def _cell() -> Cell:
    return load_cell(Path(__file__).parents[1] / "config" / "demo_cell.yaml")


@lru_cache(maxsize=1)
def _motions() -> tuple[Trajectory, ...]:
    """Return one move of each robot of the demo cell, from home towards the body."""
    targets = ((0.4, -1.0, 1.6, 0.3, 0.8, 0.5), (-0.4, -1.1, 1.7, -0.3, 0.7, 0.0))
    return tuple(plan_ptp(MODEL, HOME, targets[number % 2]) for number in range(len(_cell().robots)))


def _clearance(*, profile: bool) -> Callable[[], Any]:
    cell = _cell()
    arms = [dataclasses.replace(robot_shapes(cell, robot), gun=()) for robot in cell.robots]
    moving = [MovingRobot(arm, motion) for arm, motion in zip(arms, _motions(), strict=True)]
    period = max(motion.duration for motion in _motions()) / (SAMPLES - 1)
    return lambda: clearance(moving, period=period, own_arm=False, profile=profile)


def _pin_clearance() -> Callable[[], Any]:
    """Prepare pinocchio's distances (coal) of all capsules of one arm from all of another, at every sample."""
    assert pinocchio is not None
    assert coal is not None
    cell = _cell()
    model = pinocchio.buildModelFromXML(cell_urdf(cell))
    shapes = pinocchio.GeometryModel()
    owners: list[str] = []
    for robot in cell.robots:
        for link, capsule in zip(LINKS, robot_shapes(cell, robot).links, strict=True):
            frame = model.frames[model.getFrameId(f"{robot}_{link}")]
            start, end = np.array(capsule.start), np.array(capsule.end)
            length = float(np.linalg.norm(end - start))
            turn = pinocchio.Quaternion.FromTwoVectors(np.array([0.0, 0.0, 1.0]), end - start)
            place = frame.placement * pinocchio.SE3(turn.matrix(), 0.5 * (start + end))
            shape = coal.Capsule(capsule.radius, length)
            shapes.addGeometryObject(
                pinocchio.GeometryObject(
                    f"{robot}/{link}", frame.parentJoint, model.getFrameId(frame.name), place, shape
                )
            )
            owners.append(robot)
    for one, other in itertools.combinations(range(len(owners)), 2):
        if owners[one] != owners[other]:
            shapes.addCollisionPair(pinocchio.CollisionPair(one, other))
    data, distances = model.createData(), pinocchio.GeometryData(shapes)
    times = np.linspace(0.0, max(motion.duration for motion in _motions()), SAMPLES)
    rows = np.concatenate([motion.sample_many(times).position for motion in _motions()], axis=1)
    columns = [model.joints[model.getJointId(f"{r}_joint_{n}")].idx_q for r in cell.robots for n in range(1, 7)]
    configurations = np.empty_like(rows)
    configurations[:, columns] = rows

    def run() -> float:
        closest = math.inf
        for row in configurations:
            pinocchio.computeDistances(model, data, shapes, distances, row)
            closest = min(closest, *(result.min_distance for result in distances.distanceResults))
        return closest

    ours = _clearance(profile=True)()
    assert abs(run() - ours.closest.distance) < 1e-6, "the two libraries measure different scenes"
    return run


# ------------------------------------------------------------------------------------------ py-opw-kinematics


def _opw_line() -> Callable[[], Any]:
    start, end = _line(GENTLE)
    robot = _opw_robot()
    poses = robot.batch_forward(plan_lin(MODEL, start, end, limits=GENTLE, period=LIN_PERIOD).positions)
    return lambda: robot.batch_inverse(poses, current_joints=start)


def _opw_robot() -> Any:
    assert opw is not None
    model = opw.KinematicModel(
        MODEL.a1,
        MODEL.a2,
        MODEL.b,
        MODEL.c1,
        MODEL.c2,
        MODEL.c3,
        MODEL.c4,
        offsets=MODEL.offsets,
        flip_axes=tuple(sign < 0.0 for sign in MODEL.signs),
    )
    return opw.Robot(model, degrees=False)


def _opw_forward() -> Callable[[], Any]:
    robot, rows = _opw_robot(), _joints()[:SINGLE].tolist()
    return lambda: [robot.forward(row) for row in rows]


def _opw_forward_batch() -> Callable[[], Any]:
    robot, joints = _opw_robot(), _joints()
    return lambda: robot.batch_forward(joints)


def _opw_inverse() -> Callable[[], Any]:
    robot = _opw_robot()
    poses = [robot.forward(row) for row in _joints()[:SINGLE].tolist()]
    return lambda: [robot.inverse(pose) for pose in poses]


def _opw_inverse_batch() -> Callable[[], Any]:
    robot = _opw_robot()
    poses = robot.batch_forward(_joints())
    return lambda: robot.batch_inverse(poses)


def _opw_reach() -> Callable[[], Any]:
    robot = _opw_robot()
    poses = robot.batch_forward(_joints())
    limits = list(zip(MODEL.lower, MODEL.upper, strict=True))
    return lambda: robot.reach(poses, joint_limits=limits)


# ------------------------------------------------------------------------------------------ pinocchio and ikpy


@lru_cache(maxsize=1)
def _urdf() -> str:
    """Return the URDF of the demo cell, four arms of the model that is measured."""
    return cell_urdf(_cell())


@lru_cache(maxsize=1)
def _pin_arm() -> tuple[Any, Any, int]:
    """Return pinocchio's model of the first arm alone, its data and the frame of its flange."""
    assert pinocchio is not None
    whole = pinocchio.buildModelFromXML(_urdf())
    others = [index for index in range(1, whole.njoints) if not whole.names[index].startswith("r1_")]
    model = pinocchio.buildReducedModel(whole, others, pinocchio.neutral(whole))
    return model, model.createData(), model.getFrameId("r1_tool0")


def _pin_forward() -> Callable[[], Any]:
    assert pinocchio is not None
    (model, data, frame), rows = _pin_arm(), list(_joints()[:SINGLE])

    def run() -> None:
        for row in rows:
            pinocchio.forwardKinematics(model, data, row)
            pinocchio.updateFramePlacement(model, data, frame)

    return run


def _pin_inverse() -> Callable[[], Any]:
    """Prepare Newton's method from 0.1 rad beside the solution, which finds this one solution."""
    assert pinocchio is not None
    (model, data, frame), rows = _pin_arm(), list(_joints()[:SINGLE])
    targets = []
    for row in rows:
        pinocchio.forwardKinematics(model, data, row)
        targets.append(pinocchio.updateFramePlacement(model, data, frame).copy())

    def run() -> None:
        for row, target in zip(rows, targets, strict=True):
            guess = row + 0.1
            for _ in range(20):
                pinocchio.forwardKinematics(model, data, guess)
                here = pinocchio.updateFramePlacement(model, data, frame)
                error = pinocchio.log6(here.actInv(target)).vector
                if math.sqrt(error @ error) < NEWTON_LIMIT:
                    break
                jacobian = pinocchio.computeFrameJacobian(model, data, guess, frame)
                guess = guess + np.linalg.lstsq(jacobian, error, rcond=None)[0]

    return run


IKPY_POSES = 3


def _ikpy_inverse() -> Callable[[], Any]:
    from ikpy.chain import Chain
    from ikpy.link import DHLink, OriginLink

    m = MODEL
    half = 0.5 * math.pi
    links = [
        DHLink(d=m.c1, a=m.a1, alpha=-half),
        DHLink(d=0.0, a=m.c2, alpha=0.0, theta=-half),
        DHLink(d=0.0, a=-m.a2, alpha=half),
        DHLink(d=m.c3, a=0.0, alpha=-half),
        DHLink(d=0.0, a=0.0, alpha=half),
        DHLink(d=m.c4, a=0.0, alpha=0.0),
    ]
    chain = Chain([OriginLink(), *links], active_links_mask=[False] + [True] * 6)
    rows = [np.concatenate([[0.0], row]) for row in np.clip(_joints()[:IKPY_POSES], -2.0, 2.0)]
    targets = [chain.forward_kinematics(row) for row in rows]
    return lambda: [
        chain.inverse_kinematics_frame(target, initial_position=row + 0.1, orientation_mode="all")
        for row, target in zip(rows, targets, strict=True)
    ]


# ------------------------------------------------------------------------------------------ ruckig


def _ruckig_duration() -> Callable[[Joints, Joints], Any]:
    assert ruckig is not None
    generator, wanted, found = ruckig.Ruckig(6), ruckig.InputParameter(6), ruckig.Trajectory(6)
    wanted.max_velocity = list(MODEL.velocity)
    wanted.max_acceleration = list(MODEL.acceleration)
    wanted.max_jerk = list(MODEL.jerk)

    def run(start: Joints, end: Joints) -> float:
        wanted.current_position, wanted.target_position = start, end
        generator.calculate(wanted, found)
        return float(found.duration)

    return run


def _ruckig_matrix() -> Callable[[], Any]:
    rows, duration = _joints()[:80].tolist(), _ruckig_duration()
    return lambda: [duration(start, end) for start in rows for end in rows]


def _ruckig_ptp() -> Callable[[], Any]:
    rows, duration = _joints()[:SINGLE].tolist(), _ruckig_duration()
    return lambda: [duration(start, end) for start, end in itertools.pairwise(rows)]


CASES = (
    Case(
        "forward, one pose",
        _forward,
        SINGLE,
        _peers((opw, "py-opw-kinematics", _opw_forward, SINGLE), (pinocchio, "pinocchio", _pin_forward, SINGLE)),
    ),
    Case(
        f"forward, {BATCH} poses",
        _forward_batch,
        BATCH,
        _peers((opw, "py-opw-kinematics", _opw_forward_batch, BATCH)),
    ),
    Case(
        "inverse, one pose, all solutions",
        _inverse,
        SINGLE,
        _peers(
            (opw, "py-opw-kinematics", _opw_inverse, SINGLE),
            (pinocchio, "pinocchio, Newton, one solution", _pin_inverse, SINGLE),
            (ikpy, "ikpy, one solution", _ikpy_inverse, IKPY_POSES),
        ),
        goal_us=8.0,
    ),
    Case(
        f"inverse, {BATCH} poses, all solutions",
        _inverse_batch,
        BATCH,
        _peers(
            (opw, "py-opw-kinematics, one solution", _opw_inverse_batch, BATCH),
            (opw, "py-opw-kinematics, reach()", _opw_reach, BATCH),
        ),
        goal_us=2.5,
        goal_ratio=3.0,
    ),
    Case(
        "times of 80 x 80 PTP moves",
        _matrix,
        1,
        _peers((ruckig, "ruckig", _ruckig_matrix, 1)),
        goal_us=5000.0,
    ),
    Case(
        "PTP planned",
        _plan_ptp,
        SINGLE - 1,
        _peers((ruckig, "ruckig", _ruckig_ptp, SINGLE - 1)),
    ),
    Case(
        f"LIN of {LIN_SAMPLES} samples",
        partial(_lin, GENTLE),
        1,
        _peers((opw, "py-opw-kinematics, inverse of the samples only", _opw_line, 1)),
        goal_us=1000.0,
    ),
    Case(f"LIN of {LIN_SAMPLES} samples, slowed by joints", partial(_lin, CartesianLimits()), 1),
    Case("stop on the path", _stop, SINGLE - 1),
    Case(
        f"clearance of 4 arms, {SAMPLES} samples, smallest",
        partial(_clearance, profile=False),
        1,
        _peers((pinocchio, "pinocchio with coal, every sample", _pin_clearance, 1)),
        goal_us=20_000.0,
    ),
    Case(
        f"clearance of 4 arms, {SAMPLES} samples, each",
        partial(_clearance, profile=True),
        1,
        _peers((pinocchio, "pinocchio with coal, every sample", _pin_clearance, 1)),
    ),
)
