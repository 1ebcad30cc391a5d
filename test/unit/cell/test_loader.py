# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Tests of smart_cell.cell.loader: good cells, every kind of error of a cell file, and files."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path

import pytest
from cell_files import CELL, HEADER, SPOTS, changed, problems_of, write_cell

from smart_cell.cell.loader import load_cell
from smart_cell.cell.model import GunType, Sheet, SpotClass
from smart_cell.cell.schema import RESERVED_NAMES
from smart_cell.core.errors import ConfigError
from smart_cell.core.geometry import Pose
from smart_cell.core.shapes import Capsule, OrientedBox
from smart_cell.nodes import names


def test_good_cell_has_si_units(tmp_path: Path) -> None:
    path = write_cell(tmp_path)
    cell = load_cell(path)
    assert (cell.name, cell.takt, cell.source) == ("demo", 60.0, path.resolve())
    assert cell.robots["r1"].base.xyz == (0.0, -2.2, 0.0)
    assert cell.robots["r1"].base.quat == pytest.approx((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)))
    assert cell.robots["r1"].home == pytest.approx((0.0, -math.pi / 2, math.pi / 2, 0.0, 0.0, 0.0))
    assert cell.guns["g2"].type is GunType.X
    assert cell.guns["g2"].max_force == 3500.0
    assert cell.schedules["p12"].pulses[0].cool == 0.04
    assert cell.schedules["p12"].weld_time == pytest.approx(0.2)
    assert cell.zones["z1"].box is not None
    assert cell.zones["z1"].box.contains((0.5, 0.0, 1.0))


def test_defaults_are_those_of_the_schema(tmp_path: Path) -> None:
    cell = load_cell(write_cell(tmp_path))
    assert (cell.guns["g1"].stroke, cell.guns["g1"].speed, cell.guns["g1"].max_force) == (0.12, 0.5, 5000.0)
    assert cell.timers["t1"].max_current == 16_000.0
    assert (cell.dressers["d1"].interval, cell.dressers["d1"].duration) == (250, 5.0)
    assert (cell.conveyors["cv1"].speed, cell.conveyors["cv1"].acceleration) == (1.0, 0.8)
    assert (cell.clamps["c1"].travel_time, cell.clamps["c1"].timeout) == (0.5, 3.0)


def test_spots_are_in_si_units_and_in_file_order(tmp_path: Path) -> None:
    first, second = load_cell(write_cell(tmp_path)).variants["sedan"].spots
    assert first.position == (0.1005, 0.0, 0.02)
    assert first.stack == (Sheet("DC04", 0.0008), Sheet("DX56+Z", 0.0012))
    assert (first.robot, first.sequence, first.spot_class) == (None, None, SpotClass.REGULAR)
    assert (second.robot, second.sequence, second.spot_class) == ("r1", 3, SpotClass.CRITICAL)
    assert second.normal == pytest.approx((0.0, -0.6, 0.8))


STATION = "id_reader: id1}"
SHAPES = "{a: {box: {xyz: [1, 2, 3], size: [1, 2, 0.5]}}, b: {capsule: {from: [0, 0, 0], to: [0, 0, 1], radius: 0.1}}}"


def test_shapes_of_gun_fixture_and_body(tmp_path: Path) -> None:
    cell = changed(STATION, f"id_reader: id1, fixture: {SHAPES}}}")
    cell = changed("{spots: sedan.csv}", "{spots: sedan.csv, body: {c: {box: {xyz: [0, 0, 0], size: [1, 1, 1], "
                   "rpy_deg: [0, 0, 90]}}}}", cell)  # fmt: skip
    loaded = load_cell(write_cell(tmp_path, changed("dresser: d1}", f"dresser: d1, shape: {SHAPES}}}", cell)))
    box, capsule = loaded.stations["s1"].fixture
    assert box == OrientedBox("a", Pose((1.0, 2.0, 3.0)), (1.0, 2.0, 0.5))
    assert capsule == Capsule("b", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.1)
    (turned,) = loaded.variants["sedan"].body
    assert isinstance(turned, OrientedBox)
    assert turned.pose.rotate((1.0, 0.0, 0.0)) == pytest.approx((0.0, 1.0, 0.0))
    assert loaded.guns["g1"].shape == (box, capsule)
    assert loaded.guns["g2"].shape == ()


@pytest.mark.parametrize(
    ("shape", "key", "message", "allowed"),
    [
        ("{}", "", "is empty", "either a box or a capsule"),
        ("{ball: {radius: 1}}", ".ball", "unknown key 'ball'", "box, capsule"),
        ("{box: {xyz: [0, 0, 0], size: [1, 1, 1]}, capsule: {from: [0, 0, 0], to: [0, 0, 1], radius: 1}}", "",
         "has 2 entries", "either a box or a capsule"),
        ("{box: {xyz: [0, 0, 0]}}", ".box", "the key 'size' is missing", "3 numbers [m] more than 0"),
        ("{box: {xyz: [0, 0, 0], size: [1, 0, 1]}}", ".box.size[1]", "0 is not allowed", "[m] more than 0"),
        ("{box: {xyz: [0, 0, 0], size: [1, 1, -2]}}", ".box.size[2]", "-2 is not allowed", "[m] more than 0"),
        ("{box: {xyz: [0, 0, 0], size: [1, 1, .nan]}}", ".box.size[2]", "is not finite", "finite"),
        ("{box: {xyz: [0, 0, 0], size: [1, 1]}}", ".box.size", "has 2 entries", "3 numbers [m]"),
        ("{box: {xyz: [0, 0, 0], size_mm: [1, 1, 1]}}", ".box.size_mm", "write size [m]", "3 numbers [m]"),
        ("{box: {xyz: [0, .inf, 0], size: [1, 1, 1]}}", ".box.xyz[1]", "is not finite", "finite"),
        ("{box: {xyz: [0, 0, 0], size: [1, 1, 1], rpy: [0, 0, 1]}}", ".box.rpy", "write rpy_deg [deg]", "[deg]"),
        ("{capsule: {from: [0, 0, 0], to: [0, 0, 1], radius: 0}}", ".capsule.radius", "0 is not", "more than 0"),
        ("{capsule: {from: [0, 0, 0], to: [0, 0, 1], radius: big}}", ".capsule.radius", "not a number", "a number [m]"),
        ("{capsule: {from: [0, 0, 0], radius: 1}}", ".capsule", "the key 'to' is missing", "to: a list of 3 numbers"),
        ("box", "", "'box' is not a section", "either a box or a capsule"),
    ],
)  # fmt: skip
def test_wrong_shape_is_refused_with_its_line(tmp_path: Path, shape: str, key: str, message: str, allowed: str) -> None:
    places = [
        (changed(STATION, f"id_reader: id1, fixture: {{a: {shape}}}}}"), "stations.s1.fixture.a", 18),
        (changed("{spots: sedan.csv}", f"{{spots: sedan.csv, body: {{a: {shape}}}}}"), "variants.sedan.body.a", 27),
        (changed("dresser: d1}", f"dresser: d1, shape: {{a: {shape}}}}}"), "guns.g1.shape.a", 8),
    ]
    for cell, path, line in places:
        problems = problems_of(tmp_path, cell)
        found = [problem for problem in problems if problem.key == path + key and message in problem.message]
        assert len(found) == 1, problems
        assert found[0].line == line
        assert allowed in found[0].allowed


def test_names_of_shapes_are_names(tmp_path: Path) -> None:
    cell = changed(
        STATION, "id_reader: id1, fixture: {Post 1: {capsule: {from: [0, 0, 0], to: [0, 0, 1], radius: 1}}}}"
    )
    (problem,) = problems_of(tmp_path, cell)
    assert (problem.key, problem.line) == ("stations.s1.fixture.Post 1", 18)
    assert "small letters" in problem.allowed


def test_optional_sections_may_be_left_out(tmp_path: Path) -> None:
    cell = changed("dressers:\n  d1: {}\n", "").replace(", dresser: d1", "")
    cell = "\n".join(line for line in cell.splitlines() if not line.startswith(("zones:", "  z1:")))
    loaded = load_cell(write_cell(tmp_path, cell))
    assert dict(loaded.zones) == {}
    assert loaded.guns["g1"].dresser is None


def test_sections_cannot_be_changed(tmp_path: Path) -> None:
    robots = load_cell(write_cell(tmp_path)).robots
    with pytest.raises(TypeError):
        robots["r3"] = robots["r1"]  # type: ignore[index]


def test_digest_is_that_of_all_bytes_and_changes_with_the_weld_list(tmp_path: Path) -> None:
    digest = load_cell(write_cell(tmp_path)).digest
    assert digest == hashlib.sha256(CELL.encode() + SPOTS.encode()).hexdigest()
    assert load_cell(write_cell(tmp_path, spots=SPOTS.replace("100.5", "100.6"))).digest != digest


R1_BASE = "{xyz: [0, -2.2, 0], rpy_deg: [0, 0, 90]}"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message", "allowed"),
    [
        ("schema: 1", "schema: 2", 1, "schema", "2 is not allowed", "1"),
        ("cell: demo", "cell: Demo", 2, "cell", "'Demo' is not allowed", "small letters"),
        ("cell: demo", 'cell: "demo\\n"', 2, "cell", "is not allowed", "small letters"),
        ("cell: demo", "cell: a__b", 2, "cell", "is not allowed", "single underscores"),
        ("cell: demo", f"cell: {'a' * 41}", 2, "cell", "is not allowed", "at most 40"),
        ("takt: 60", "takt: 0", 3, "takt", "0 is not allowed", "[s] more than 0"),
        ("takt: 60", "takt: '60'", 3, "takt", "'60' is not a number", "without quotes or unit"),
        ("takt: 60", "takt: 60 s", 3, "takt", "'60 s' is not a number", "without quotes or unit"),
        ("takt: 60", "takt: true", 3, "takt", "true is not a number", "a number [s]"),
        ("takt: 60", "takt:", 3, "takt", "is empty", "a number [s]"),
        ("takt: 60", "takt: .nan", 3, "takt", "is not finite", "finite"),
        ("takt: 60", "takt_ms: 60", 3, "takt_ms", "write takt [s]", "a number [s]"),
        ("takt: 60\n", "", 1, "", "the key 'takt' is missing", "takt: a number [s]"),
        ("[0, -2.2, 0]", "[0, left, 0]", 5, "robots.r1.base.xyz[1]", "'left' is not a number", "a number [m] from"),
        ("[0, -2.2, 0]", "[0, -2.2]", 5, "robots.r1.base.xyz", "has 2 entries", "3 numbers [m]"),
        (R1_BASE, R1_BASE.replace("rpy_deg", "rpy"), 5, "robots.r1.base.rpy", "write rpy_deg [deg]", "[deg]"),
        (R1_BASE, "left", 5, "robots.r1.base", "'left' is not a section", "xyz, rpy_deg"),
        ("force_kn: 2.3", "force: 2.3", 29, "schedules.p11.force", "unit missing: write force_kn [kN]", "[kN]"),
        ("force_kn: 2.3", "force_n: 2300", 29, "schedules.p11.force_n", "write force_kn [kN]", "[kN]"),
        ("force_kn: 2.3", "force_kn: 2300", 29, "schedules.p11.force_kn", "2300 is not allowed", "at most 20"),
        ("squeeze_ms: 200, pulses: [{current_ka: 8.5", "squeezems: 200, pulses: [{current_ka: 8.5", 29,
         "schedules.p11.squeezems", "unknown key 'squeezems', perhaps squeeze_ms", "hold_ms"),
        ("time_ms: 180", "time_ms: 0.18 s", 29, "schedules.p11.pulses[0].time_ms", "is not a number", "[ms]"),
        ("type: indexing", "type: indexed", 16, "conveyors.cv1.type", "'indexed' is not allowed", "continuous"),
        ("  d1: {}", "  d1: {interval: 2.5}", 14, "dressers.d1.interval", "not a whole number", "from 1"),
        ("  d1: {}", "  d1:", 14, "dressers.d1", "is empty", "write {}"),
        ("  d1: {}", "  d1: {colour: red}", 14, "dressers.d1.colour", "unknown key 'colour'", "interval, duration"),
        ("{robots: [r1, r2]", "{robots: [r1]", 25, "zones.z1.robots", "has 1 entry", "2 or more names"),
        ("{robots: [r1, r2]", "{robots: [r1, r1]", 25, "zones.z1.robots[1]", "is in the list twice", "once"),
        ("upper: [1, 1, 2]", "upper: [1, 1, 0]", 25, "zones.z1.box.upper[2]", "not above the lower", "more than 0"),
        ("gun: g1}", "gun: g3}", 5, "robots.r1.gun", "there is no gun 'g3'", "one of the guns (g1, g2)"),
        ("clamps: [c1]", "clamps: [c1, pp1]", 18, "stations.s1.clamps[1]", "one of the sensors", "clamps (c1)"),
        ("dresser: d1, max", "dresser: d9, max", 9, "guns.g2.dresser", "there is no dresser 'd9'", "(d1)"),
        ("model: kr210_r2700_2, base: {xyz: [0, 2.2", "model: kr210_r2700, base: {xyz: [0, 2.2", 6,
         "robots.r2.model", "no arm model 'kr210_r2700', perhaps kr210_r2700_2", "smart_cell models"),
        ("  c1: {}", "  c1: {}\n  c2: {}", 21, "clamps.c2", "no station uses it", "remove it"),
        ("  d1: {}", "  d1: {}\n  d2: {}", 15, "dressers.d2", "no gun uses it", "name it at a gun"),
        ("  c1: {}", "  c1: {timeout: 0.5}", 20, "clamps.c1.timeout", "not longer than", "more than 0.5 [s]"),
        ("part_present: [pp1]", "part_present: []", 22, "sensors.pp1", "no station uses it", "remove it"),
        ("id_reader: id1", "id_reader: yes", 18, "stations.s1.id_reader", "true or false", "quotes"),
        ("force_kn: 4", "force_kn: 5.5", 30, "schedules.p12.force_kn", "more than any gun's", "at most 5 [kN]"),
        ("time_ms: 80}]", "time_ms: 80, current: 1}]", 30, "schedules.p12.pulses[1].current", "unit missing", "[kA]"),
    ],
)  # fmt: skip
def test_error_names_line_key_value_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, line: int, key: str, message: str, allowed: str
) -> None:
    problems = problems_of(tmp_path, changed(old, new))
    found = [problem for problem in problems if problem.key == key and message in problem.message]
    assert len(found) == 1, problems
    assert (found[0].file, found[0].line) == (str(tmp_path / "demo.yaml"), line)
    assert allowed in found[0].allowed


@pytest.mark.parametrize("name", ["supervisor", "safety", "heartbeats"])
def test_reserved_name_is_refused(tmp_path: Path, name: str) -> None:
    problems = problems_of(tmp_path, CELL.replace("c1", name))
    assert [(problem.key, problem.value) for problem in problems] == [(f"clamps.{name}", name)]


def test_every_name_that_the_graph_needs_is_reserved() -> None:
    used = {names.SUPERVISOR, names.SAFETY, names.HEARTBEATS, names.SCENE, names.ROBOT_DESCRIPTION, names.MARKERS}
    assert used <= RESERVED_NAMES


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("r1", "robots.r1", "clamps.r1"), ("g2", "guns.g2", "clamps.g2"), ("z1", "clamps.z1", "zones.z1")],
)
def test_name_of_two_devices_is_refused(tmp_path: Path, name: str, first: str, second: str) -> None:
    (problem,) = problems_of(tmp_path, CELL.replace("c1", name))
    assert problem.key == second
    assert f"already used by {first}" in problem.message


def test_variants_and_schedules_may_share_names_with_devices(tmp_path: Path) -> None:
    assert problems_of(tmp_path, CELL.replace("sedan:", "r1:").replace("p11", "g1"), SPOTS.replace("p11", "g1")) == ()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("gun: g2", "gun: g1", "robots.r2.gun"),
        ("timer: t2", "timer: t1", "guns.g2.timer"),
        ("id_reader: id1", "id_reader: pp1", "stations.s1.id_reader"),
    ],
)
def test_device_with_two_owners_is_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    found = [problem for problem in problems_of(tmp_path, changed(old, new)) if problem.key == key]
    assert "already belongs to" in found[0].message


def test_sensor_of_the_wrong_type_is_refused(tmp_path: Path) -> None:
    cell = changed("part_present: [pp1], id_reader: id1", "part_present: [id1], id_reader: pp1")
    problems = problems_of(tmp_path, cell)
    assert [problem.key for problem in problems] == ["stations.s1.id_reader", "stations.s1.part_present[0]"]
    assert [problem.allowed for problem in problems] == [
        "a sensor of the type body_id",
        "a sensor of the type part_present",
    ]


def test_robot_of_a_spot_must_be_able_to_weld_its_schedule(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, spots=SPOTS.replace(",r1,3", ",r2,3"))
    assert problem.file == str(tmp_path / "sedan.csv")
    assert (problem.line, problem.key, problem.value) == (3, "robot", "r2")
    assert "p12 needs 4 kN, g2 of r2 gives 3.5 kN" in problem.message


def test_spot_whose_schedule_no_robot_can_weld_is_refused(tmp_path: Path) -> None:
    # p12 needs the force of g1 and the current of t2.
    cell = changed("{max_current_ka: 12}", "{max_current_ka: 12}").replace("t1: {}", "t1: {max_current_ka: 8.6}")
    problems = problems_of(tmp_path, cell, SPOTS.replace(",r1,3", ",,3"))
    assert [(problem.line, problem.key, problem.value) for problem in problems] == [(3, "schedule", "p12")]


def test_limits_of_a_faulty_gun_are_not_blamed_on_the_schedule(tmp_path: Path) -> None:
    cell = changed("dresser: d1}", "dresser: d1, max_force_kn: five}")
    assert [problem.key for problem in problems_of(tmp_path, cell)] == ["guns.g1.max_force_kn"]


def test_all_errors_of_the_cell_file_and_the_weld_list_come_at_once(tmp_path: Path) -> None:
    cell = CELL.replace("takt: 60", "takt: soon").replace("timer: t2", "timer: t7").replace("c1: {}", "c1: {speed: 1}")
    problems = problems_of(tmp_path, cell.replace("[0, 2.2, 0]", "[0, no, 0]"), SPOTS.replace("regular", "normal"))
    assert [(Path(problem.file).name, problem.line, problem.key) for problem in problems] == [
        ("demo.yaml", 3, "takt"),
        ("demo.yaml", 6, "robots.r2.base.xyz[1]"),
        ("demo.yaml", 9, "guns.g2.timer"),
        ("demo.yaml", 12, "timers.t2"),
        ("demo.yaml", 20, "clamps.c1.speed"),
        ("sedan.csv", 2, "class"),
    ]


def test_weld_list_of_two_variants_is_reported_once(tmp_path: Path) -> None:
    cell = changed("  sedan: {spots: sedan.csv}", "  sedan: {spots: sedan.csv}\n  wagon: {spots: sedan.csv}")
    assert len(problems_of(tmp_path, cell, SPOTS.replace("regular", "normal"))) == 1


def test_missing_sections_do_not_make_every_spot_wrong(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, changed("schedules:", "schedule:"))
    assert [(problem.line, problem.key) for problem in problems] == [(28, "schedule")]


def test_hopeless_file_is_given_up(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, CELL + "".join(f"x{number}: 1\n" for number in range(3000)))
    assert len(problems) == 1001
    assert "the rest was not checked" in problems[0].message


def test_number_of_variants_is_limited(tmp_path: Path) -> None:
    variants = "".join(f"  v{number}: {{spots: sedan.csv}}\n" for number in range(100))
    problems = problems_of(
        tmp_path, changed("  sedan: {spots: sedan.csv}\n", f"  sedan: {{spots: sedan.csv}}\n{variants}")
    )
    assert [(problem.key, problem.message, problem.allowed) for problem in problems] == [
        ("variants", "has 101 entries", "at most 100")
    ]


def test_empty_file_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, "")
    assert problem.message == "is empty"


def test_missing_cell_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nope.yaml: does not exist; allowed: a readable file"):
        load_cell(tmp_path / "nope.yaml")


def test_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a file"):
        load_cell(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ConfigError, match="is not a file"):
        load_cell(tmp_path / "pipe.yaml")


def test_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert "at most 1 MiB" in problems_of(tmp_path, CELL + "#" * (1 << 20))[0].allowed
    assert "at most 4 MiB" in problems_of(tmp_path, spots=SPOTS + "#" * (4 << 20))[0].allowed


def test_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_cell(tmp_path)
    path.write_bytes(CELL.encode() + b"# \xff\n")
    with pytest.raises(ConfigError, match="byte 0xff in line 31"):
        load_cell(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/etc/list.csv", "is an absolute path"),
        ("../sedan.csv", "goes up with '..'"),
        ("sub/../../sedan.csv", "goes up with '..'"),
        ("nope.csv", "does not exist"),
        ("sedan.txt", "is not allowed"),
    ],
)
def test_weld_list_outside_the_folder_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (problem,) = problems_of(tmp_path, changed("spots: sedan.csv", f"spots: {name}"))
    assert (problem.line, problem.key, problem.value) == (27, "variants.sedan.spots", name)
    assert message in problem.message


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.csv").write_text(SPOTS, encoding="utf-8")
    (inside / "link.csv").symlink_to(tmp_path / "outside.csv")
    (problem,) = problems_of(inside, changed("spots: sedan.csv", "spots: link.csv"))
    assert "leads out of the folder" in problem.message


def test_links_within_the_folder_and_folders_below_are_fine(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "link.csv").symlink_to(tmp_path / "sedan.csv")
    assert problems_of(tmp_path, changed("spots: sedan.csv", "spots: lists/link.csv")) == ()


def test_link_that_goes_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (problem,) = problems_of(tmp_path, changed("spots: sedan.csv", "spots: loop.csv"))
    assert problem.key == "variants.sedan.spots"


def test_linked_cell_file_finds_its_lists_where_it_really_is(tmp_path: Path) -> None:
    write_cell(tmp_path)
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "demo.yaml").symlink_to(tmp_path / "demo.yaml")
    assert load_cell(tmp_path / "share" / "demo.yaml").name == "demo"


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = write_cell(tmp_path)
    plain = load_cell(path)
    for file in (path, tmp_path / "sedan.csv"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_cell(path).variants["sedan"] == plain.variants["sedan"]


def test_weld_list_with_a_header_only_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, spots=f"{HEADER}\n")[0].message == "has no spots"
