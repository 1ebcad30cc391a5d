# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The demo cell's fixture and bodies leave room for what its plan does."""

from __future__ import annotations

import pytest
from demo_plan import demo_cell, demo_plan

from smart_cell.motion.collision.clearance import MovingRobot, clearance
from smart_cell.motion.collision.shapes import cell_obstacles, robot_shapes
from smart_cell.motion.moves.via import plan_via
from smart_cell.motion.trajectory import Trajectory, chain
from smart_cell.planning.resolve import home_targets, joint_targets

ROOM = 0.02
"""Least clearance of a respot station [m], as a body shop plans it."""


@pytest.mark.parametrize("variant", ["sedan", "wagon"])
def test_planned_moves_stay_clear_of_fixture_and_body(variant: str) -> None:
    cell = demo_cell()
    obstacles = cell_obstacles(cell, "s1", variant)
    assert {shape.name.split()[0] for shape in obstacles} == {"fixture", "body"}
    for name, program in demo_plan().programs[variant].items():
        shapes, joints = robot_shapes(cell, name), cell.robots[name].home
        moves: list[Trajectory] = []
        for spot in program.spots:
            targets = joint_targets(cell, name, spot, cell.stations["s1"].part, joints)
            moves.append(plan_via(shapes.model, [joints, *targets.approach, targets.spot]))
            joints = targets.spot
        home = home_targets(cell, name, joints)
        moves.append(plan_via(shapes.model, [joints, *home.approach, home.spot]))
        report = clearance([MovingRobot(shapes, chain(moves))], obstacles)
        assert report.guaranteed >= ROOM, report.closest
