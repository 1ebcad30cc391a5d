# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The arms that must keep the contract: the simulated one, its node over DDS, or one that the environment names."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from contract_arm import ContractArm
from contract_sim import SimContractArm
from empty_cell import empty_cell
from ros_domain import own_domain

from smart_cell.cell.model import Gun, GunType, Robot
from smart_cell.core.geometry import Pose
from smart_cell.motion.arm_model import HOME

if TYPE_CHECKING:
    from contract_ros import RosContractArm

CONTROLLER = os.environ.get("ARM_CONTRACT_CONTROLLER", "")
WITHOUT = os.environ.get("ARM_CONTRACT_WITHOUT", "").split(",")
BACKENDS = ["external"] if CONTROLLER else ["sim", "node"]
LIMIT = 10.0

CELL = replace(
    empty_cell("contract_cell"),
    robots={"r1": Robot("r1", "kr210_r2700_2", Pose((0.0, 0.0, 0.0)), "g1", HOME)},
    guns={"g1": Gun("g1", GunType.C, Pose((0.0, 0.0, 0.6)), "t1", None, 0.1, 0.3, 5000.0)},
)


@pytest.fixture(scope="module")
def external() -> Iterator[RosContractArm]:
    """Give the controller that the environment names."""
    from contract_ros import RosContractArm

    names = os.environ["ARM_CONTRACT_JOINTS"].split(",")
    arm = RosContractArm(
        CONTROLLER,
        os.environ.get("ARM_CONTRACT_JOINT_STATES", "/joint_states"),
        names,
        moved=names.index(os.environ.get("ARM_CONTRACT_JOINT", names[-1])),
        step=float(os.environ.get("ARM_CONTRACT_STEP", "0.05")),
        move_time=float(os.environ.get("ARM_CONTRACT_TIME", "0.8")),
    )
    yield arm
    arm.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosContractArm]:
    """Give the node of the simulated arm."""
    pytest.importorskip("rclpy")
    pytest.importorskip("smart_cell_msgs.msg")
    with own_domain(), _running_node(tmp_path_factory.mktemp("contract")) as arm:
        yield arm


@contextmanager
def _running_node(folder: Path) -> Iterator[RosContractArm]:
    from cell_master import Master
    from contract_ros import RosContractArm

    from smart_cell.nodes.arm_node import ArmNode
    from smart_cell.nodes.clock import origin_now
    from smart_cell.nodes.runtime import Options, Process

    process = Process("arms", CELL, Options("sim", folder, 1.0, origin_now()))
    arm_node = ArmNode(process, "r1")
    process.start()
    done = threading.Event()

    def bring_up() -> None:
        arm_node.trigger_configure()
        arm_node.trigger_activate()
        done.set()

    process.post(bring_up)
    assert done.wait(LIMIT)
    client = RosContractArm(
        f"/{CELL.name}/r1/joint_trajectory_controller",
        f"/{CELL.name}/r1/joint_states",
        [f"r1_joint_{number}" for number in range(1, 7)],
        process.clock.now,
    )
    master = Master(client.node, CELL.name)
    master.safe = master.motion = True
    client.wait(lambda: process.permission.motion, "permission to move")
    yield client
    client.close()
    process.stop()


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.ros if name != "sim" else ()) for name in BACKENDS])
def arm(request: pytest.FixtureRequest) -> Iterator[ContractArm]:
    """Give each arm in turn, at rest and at full pace."""
    arm: ContractArm = SimContractArm() if request.param == "sim" else request.getfixturevalue(request.param)
    arm.nudged()
    yield arm
    arm.rest()


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.ros) for name in BACKENDS if name != "sim"])
def ros_arm(request: pytest.FixtureRequest) -> RosContractArm:
    """Give each arm that is on ROS."""
    arm: RosContractArm = request.getfixturevalue(request.param)
    return arm


@pytest.fixture
def scaling() -> None:
    """Skip a test of the pace where the controller is said to have none."""
    _needs("scaling")


@pytest.fixture
def querying() -> None:
    """Skip a test of the query service where the controller is said to have none."""
    _needs("query")


def _needs(what: str) -> None:
    if what in WITHOUT:
        pytest.skip(f"ARM_CONTRACT_WITHOUT names {what}")
