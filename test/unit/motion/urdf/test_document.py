# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The reader of URDF and xacro files: what it reads, and what it refuses with file, line and reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_cell.core.errors import ConfigError, Problem
from smart_cell.motion.errors import ArmFileError
from smart_cell.motion.urdf.document import Urdf, read_urdf

TWO = """<robot name="two">
<link name="a"/>
<link name="b"/>
<joint name="j" type="revolute">
<parent link="a"/><child link="b"/>
<origin xyz="1 2 3" rpy="0 0 1.5707963267948966"/>
<axis xyz="0 0 2"/>
<limit lower="-1" upper="1e0" velocity=".5" effort="+3." acceleration="4" jerk="5" deceleration="6"/>
</joint>
</robot>
"""
XACRO = 'xmlns:xacro="http://www.ros.org/wiki/xacro"'


def read(folder: Path, text: str, name: str = "two.urdf") -> Urdf:
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return read_urdf(path)


def problems_of(folder: Path, text: str, name: str = "two.urdf") -> list[Problem]:
    with pytest.raises(ArmFileError) as caught:
        read(folder, text, name)
    assert isinstance(caught.value, ConfigError)
    return list(caught.value.problems)


def test_joint_is_read_with_all_that_moves(tmp_path: Path) -> None:
    urdf = read(tmp_path, TWO)
    assert (urdf.name, urdf.root, urdf.links) == ("two", "a", ("a", "b"))
    joint = urdf.above["b"]
    assert (joint.name, joint.type, joint.parent, joint.child, joint.line) == ("j", "revolute", "a", "b", 4)
    assert joint.origin.xyz == (1.0, 2.0, 3.0)
    assert joint.origin.quat == pytest.approx((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)))
    assert joint.axis == (0.0, 0.0, 1.0)
    expected = {"lower": -1, "upper": 1, "velocity": 0.5, "effort": 3, "acceleration": 4, "deceleration": 6, "jerk": 5}
    assert joint.limits == expected
    assert joint.mimics is None
    assert dict(urdf.contents) == {tmp_path / "two.urdf": TWO.encode()}


def test_what_is_left_out_is_what_the_specification_says(tmp_path: Path) -> None:
    text = (
        '<robot><link name="a"/><link name="b"/><joint name="j" type="continuous"><parent link="a"/><child link="b"/>'
    )
    joint = read(tmp_path, f"{text}</joint></robot>").above["b"]
    assert (joint.origin.xyz, joint.origin.quat) == ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
    assert (joint.axis, dict(joint.limits)) == ((1.0, 0.0, 0.0), {})
    assert read(tmp_path, f'{text}<mimic joint="k"/></joint></robot>').above["b"].mimics == "k"


def test_quaternion_of_urdf_1_1(tmp_path: Path) -> None:
    text = TWO.replace('rpy="0 0 1.5707963267948966"', 'quat_xyzw="0 0 2 2"')
    assert read(tmp_path, text).above["b"].origin.quat == pytest.approx((math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5)))


def test_robot_without_a_name_is_called_after_its_file(tmp_path: Path) -> None:
    assert read(tmp_path, TWO.replace(' name="two"', ""), "my.urdf").name == "my"


def test_everything_else_of_a_description_is_passed_over(tmp_path: Path) -> None:
    more = '<gazebo><plugin name="x" filename="y"/></gazebo><transmission name="t"><joint name="j"/></transmission>'
    more += "<!-- a comment --><?a processing-instruction?>"
    assert read(tmp_path, TWO.replace("</robot>", f"{more}</robot>")).root == "a"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ('xyz="1 2 3"', 'xyz="1 2"', 6, "j origin xyz", "'1 2' is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 3 4"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 nan"', 6, "j origin xyz", "'1 2 nan' is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 inf"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 1e999"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 1_0"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1, 2, 3"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1 2 ${x}"', 6, "j origin xyz", "is not 3 finite numbers"),
        ('xyz="1 2 3"', 'xyz="1000 2 3"', 6, "j origin xyz", "is too far"),
        ('xyz="1 2 3"', 'quat_xyzw="0 0 0 0"', 6, "j origin quat_xyzw", "is zero"),
        ('xyz="0 0 2"', 'xyz="0 0 0"', 7, "j axis", "has no direction"),
        ('xyz="0 0 2"', 'xyz="0 0 NaN"', 7, "j axis xyz", "is not 3 finite numbers"),
        ('lower="-1"', 'lower="NaN"', 8, "j limit lower", "'NaN' is not a finite number"),
        ('upper="1e0"', 'upper="-inf"', 8, "j limit upper", "'-inf' is not a finite number"),
        ('velocity=".5"', 'velocity="1e10"', 8, "j limit velocity", "is not a finite number"),
        ('velocity=".5"', 'velocity=""', 8, "j limit velocity", "'' is not a finite number"),
        ('type="revolute"', 'type="hinge"', 4, "j", "its type is 'hinge'"),
        ('type="revolute"', "", 4, "j", "its type is ''"),
        ('<parent link="a"/>', "", 4, "j", "it has no parent link"),
        ('<child link="b"/>', "<child/>", 4, "j", "it has no child link"),
        ('<child link="b"/>', '<child link="c"/>', 4, "j", "there is no link 'c'"),
        ('<parent link="a"/>', '<parent link="c"/>', 4, "j", "there is no link 'c'"),
        ('<link name="b"/>', '<link name="b"/><link name="b"/>', 3, "b", "there are two links 'b'"),
        ('<link name="b"/>', '<link name="b"/><link/>', 3, "link", "a link has no name"),
        ('<link name="b"/>', '<link name="b"/><link name="c"/>', 3, "", "there are 2 roots: a, c"),
        ('<link name="a"/>', '<link name="a"/><xacro:m/>', 2, "", "<xacro:m> is xacro"),
    ],
)
def test_wrong_part_is_refused_with_its_line(
    old: str, new: str, line: int, key: str, message: str, tmp_path: Path
) -> None:
    assert TWO.count(old) == 1
    found = [problem for problem in problems_of(tmp_path, TWO.replace(old, new)) if message in problem.message]
    assert [(problem.file, problem.line, problem.key) for problem in found] == [(str(tmp_path / "two.urdf"), line, key)]
    assert found[0].allowed


JOINT = '<joint name="{name}" type="fixed"><parent link="{parent}"/><child link="{child}"/></joint>'


def tree(*joints: tuple[str, str], links: Sequence[str] = "abcd") -> str:
    parts = [f'<link name="{link}"/>' for link in links]
    parts += [JOINT.format(name=f"j{n}", parent=parent, child=child) for n, (parent, child) in enumerate(joints, 1)]
    return f"<robot>{''.join(parts)}</robot>"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (tree(("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")), "link 'b' already hangs on j1: two parents"),
        (tree(("a", "c"), ("b", "c"), ("a", "b"), ("a", "d")), "link 'c' already hangs on j1: two parents"),
        (tree(("b", "c"), ("c", "d"), ("d", "b")), "hangs on itself"),
        (tree(("a", "a"), links="a"), "link 'a' hangs on itself"),
        (tree(("a", "b"), ("b", "a"), links="ab"), "hangs on itself"),
        (tree(), "there are 4 roots: a, b, c, d"),
        (tree(links=""), "there is no link in it"),
        ('<sdf version="1.7"><model name="m"/></sdf>', "<sdf> is no URDF"),
        (tree(links=[f"l{number}" for number in range(1001)]), "there are 1001 links"),
    ],
    ids=range(9),
)
def test_links_must_form_one_tree(text: str, message: str, tmp_path: Path) -> None:
    assert any(message in problem.message for problem in problems_of(tmp_path, text))


def test_two_joints_of_one_name_are_refused(tmp_path: Path) -> None:
    text = tree(("a", "b"), ("b", "c"), ("c", "d")).replace("j2", "j1")
    assert [problem.message for problem in problems_of(tmp_path, text)] == ["there are two joints 'j1'"]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = TWO.replace('"1 2 3"', '"left"').replace('"0 0 2"', '"up"').replace('"-1"', '"low"')
    assert [problem.line for problem in problems_of(tmp_path, text)] == [6, 7, 8]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
EVIL = {
    "billion laughs": f'<!DOCTYPE robot [<!ENTITY l0 "ha">{LAUGHS}]><robot name="&l9;"/>',
    "file": '<!DOCTYPE robot [<!ENTITY x SYSTEM "file:///etc/passwd">]><robot name="&x;"/>',
    "outside": '<!DOCTYPE robot SYSTEM "http://127.0.0.1/robot.dtd"><robot name="x"/>',
    "parameter": '<!DOCTYPE robot [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><robot name="x"/>',
}


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
@pytest.mark.parametrize("name", ["evil.urdf", "evil.xacro"])
def test_document_types_and_entities_are_refused(text: str, name: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, text, name)
    assert "has a document type" in problem.message
    assert (problem.file, problem.line) == (str(tmp_path / name), 1)


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_document_types_of_included_files_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "evil.xml").write_text(text, encoding="utf-8")
    outer = f'<robot name="x" {XACRO}><xacro:include filename="evil.xml"/><link name="a"/></robot>'
    (problem,) = problems_of(tmp_path, outer, "outer.xacro")
    assert Path(problem.file).name in ("evil.xml", "outer.xacro")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no element found"),
        (b"<robot>", "no element found"),
        (b"<robot></link>", "mismatched tag"),
        (b"<robot/><robot/>", "junk after document element"),
        (b"<robot name='&x;'/>", "undefined entity"),
        (b"\x00\x01\x02", "not well-formed"),
        (b"<robot name='\xff'/>", "not well-formed"),
        (b"<?xml version='1.0' encoding='klingon'?><robot/>", "cannot be decoded"),
        (b"<a>" * 100_000, "is nested too deep"),
        (b"<robot>" + b"<!--" + b" " * (8 << 20) + b"--></robot>", "is too large"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("name", ["bad.urdf", "bad.xacro"])
def test_what_is_not_xml_is_refused(content: bytes, message: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArmFileError, match=message):
        read_urdf(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArmFileError, match="does not exist"):
        read_urdf(tmp_path / "no.urdf")
    (tmp_path / "folder.urdf").mkdir()
    with pytest.raises(ArmFileError, match="is not a file"):
        read_urdf(tmp_path / "folder.urdf")


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_file_never_ends_in_another_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(TWO.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.sampled_from(b'<>"/= 0x&%-.e\xc3\x00'))
    path = tmp_path_factory.mktemp("damaged") / "two.urdf"
    path.write_bytes(bytes(content))
    with suppress(ArmFileError):
        urdf = read_urdf(path)
        assert urdf.root in urdf.links


# ------------------------------------------------------------------------------------------------------------- xacro


def test_xacro_is_expanded_with_what_it_includes(tmp_path: Path) -> None:
    (tmp_path / "sizes.yaml").write_text("height: 2.5\n", encoding="utf-8")
    (tmp_path / "part.xacro").write_text(
        f'<robot {XACRO}><xacro:macro name="pair" params="h"><link name="a"/><link name="b"/>'
        '<joint name="j" type="fixed"><parent link="a"/><child link="b"/><origin xyz="0 0 ${2 * h}"/></joint>'
        "</xacro:macro></robot>",
        encoding="utf-8",
    )
    outer = f"""<robot name="x" {XACRO}><xacro:include filename="part.xacro"/>
        <xacro:pair h="${{xacro.load_yaml('sizes.yaml')['height']}}"/></robot>"""
    urdf = read(tmp_path, outer, "outer.urdf.xacro")
    assert urdf.above["b"].origin.xyz == (0.0, 0.0, 5.0)
    assert {path.name for path in urdf.contents} == {"outer.urdf.xacro", "part.xacro", "sizes.yaml"}


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ('<xacro:include filename="nowhere.xacro"/>', 2, "nowhere.xacro does not exist"),
        ('<xacro:include filename="$(find no_such_package)/a.xacro"/>', 2, "no package for $(find no_such_package)"),
        ('<link name="${height}"/>', 2, "name 'height' is not defined"),
        ('<link name="${1 / 0}"/>', 2, "division by zero"),
        ('<link name="${().__class__}"/>', 2, "__class__"),
        ('<xacro:nothing/>', 2, "unknown macro name: xacro:nothing"),
        ('<link name="$(arg prefix)"/>', 2, "nothing gives the argument prefix"),
        ('<xacro:if value="perhaps"/>', 0, "not a boolean expression"),
        ('<xacro:macro name="m"><xacro:m/></xacro:macro><xacro:m/>', 0, "without end"),
        ('<xacro:property name="a" value="${b}"/><xacro:property name="b" value="${a}"/><l n="${a}"/>', 0, "circular"),
        ('<xacro:include filename="broken.xml"/>', 3, "not well-formed XML: mismatched tag"),
        ("", 0, "there is no link in it"),
    ],
)  # fmt: skip
def test_xacro_errors_are_ours(
    body: str, line: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    (tmp_path / "broken.xml").write_text("<robot>\n<a>\n</robot>", encoding="utf-8")
    (problem,) = problems_of(tmp_path, f'<robot name="x" {XACRO}>\n{body}\n</robot>', "outer.xacro")
    assert message in problem.message
    assert problem.line == line
    assert Path(problem.file).name == ("broken.xml" if "broken" in body else "outer.xacro")
    assert problem.allowed


def test_missing_package_without_a_workspace_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    text = f'<robot name="x" {XACRO}>\n<xacro:include filename="$(find my_arms)/a.xacro"/></robot>'
    (problem,) = problems_of(tmp_path, text, "outer.xacro")
    assert problem.message == "xacro: there is no package for $(find my_arms)"
    assert "ROS 2 workspace that is sourced" in problem.allowed


def test_error_in_a_macro_names_its_file_and_the_macro(tmp_path: Path) -> None:
    macro = f'<robot {XACRO}>\n\n<xacro:macro name="m" params="a"><link name="${{nope}}"/></xacro:macro></robot>'
    (tmp_path / "macro.xacro").write_text(macro, encoding="utf-8")
    text = f'<robot name="x" {XACRO}><xacro:include filename="macro.xacro"/><xacro:m a="1"/></robot>'
    (problem,) = problems_of(tmp_path, text, "outer.xacro")
    assert (Path(problem.file).name, problem.line, problem.key) == ("macro.xacro", 3, "xacro:macro m")


def test_problems_after_expansion_have_no_lines_that_mislead(tmp_path: Path) -> None:
    text = TWO.replace("<robot", f"<robot {XACRO}").replace('"1 2 3"', '"${1 / 3} 2 nan"')
    (problem,) = problems_of(tmp_path, text, "two.xacro")
    assert (problem.line, problem.key) == (0, "j origin xyz")


def test_wrong_file_leaves_nothing_behind_for_the_next(tmp_path: Path) -> None:
    for number in range(3):
        problems_of(tmp_path, f"<robot {XACRO}><xacro:m{number}/></robot>", "bad.xacro")
        good = f'<robot name="x" {XACRO}><xacro:property name="p" value="a"/><link name="${{p}}"/></robot>'
        assert read(tmp_path, good, "good.xacro").root == "a"
