# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""What the set-up says on machines that lack something; each test has its own machine: a PATH with few programs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BASICS = ("cat", "cut", "dirname", "find", "flock", "getconf", "id", "sed", "sha256sum", "sh", "sort", "uname", "xargs")
TOOLS = ["cc", "c++", "make", "cmake"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the set-up reads, on a path with a space."""
    folder = tmp_path / "a clone"
    for name in ("tools", "requirements", "smart_cell_msgs", "bare_msgs"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("setup.py", "setup.cfg", "package.xml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def fake(folder: Path, name: str, script: str) -> None:
    """Put a program that does what the shell script says into a folder."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run_setup(checkout: Path, programs: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run tools/setup where only the basics and the given programs exist."""
    path = checkout.parent / "bin"
    path.mkdir()
    for name in BASICS:
        found = shutil.which(name)
        if found and name not in programs:
            (path / name).symlink_to(found)
    for name, script in programs.items():
        fake(path, name, script)
    return subprocess.run(
        [str(checkout / "tools" / "setup")],
        env={"PATH": str(path), "HOME": str(checkout.parent), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def python(facts: str) -> str:
    """Return a script that answers as a Python with these facts; no facts: a Python out of range."""
    return f"echo {facts}" if facts else "exit 1"


def test_everything_that_is_missing_is_named_at_once(checkout: Path) -> None:
    done = run_setup(checkout, {})
    assert done.returncode == 1
    assert "apt-get install -y python3 python3-venv python3-dev g++ make cmake" in done.stderr
    assert "Python 3.10 to 3.13" in done.stderr
    assert "C and C++ compiler" in done.stderr
    assert not (checkout / ".venv").exists()


def test_packages_match_the_python_that_is_there(checkout: Path) -> None:
    programs = {"python3": python(""), "python3.12": python("3.12.3"), "cmake": "echo cmake version 3.20.1"}
    done = run_setup(checkout, {**programs, "cc": "", "c++": "", "make": ""})
    assert done.returncode == 1
    assert "apt-get install -y python3.12-venv python3.12-dev cmake\n" in done.stderr
    assert "cmake 3.21 or newer" in done.stderr


@pytest.mark.parametrize("version", ["3.21.0", "3.25.1", "4.0.2"])
def test_cmake_from_3_21_on_is_enough(checkout: Path, version: str) -> None:
    done = run_setup(checkout, {"python3": python("3.11.2 venv headers"), "cmake": f"echo cmake version {version}"})
    assert done.returncode == 1
    assert "apt-get install -y g++ make\n" in done.stderr


def test_a_named_python_out_of_range_is_refused(checkout: Path) -> None:
    done = run_setup(checkout, {"python9": python(""), "python3": python("3.11.2 venv headers")}, PYTHON="python9")
    assert done.returncode == 1
    assert "PYTHON=python9 is no CPython 3.10, 3.11, 3.12 or 3.13" in done.stderr


@pytest.mark.parametrize(("system", "libc"), [("Linux aarch64", "glibc 2.36"), ("Linux x86_64", "glibc 2.27")])
def test_a_system_without_wheels_is_told_so(checkout: Path, system: str, libc: str) -> None:
    programs = {**dict.fromkeys(TOOLS, ""), "python3": python("3.11.2 venv headers")}
    done = run_setup(checkout, {**programs, "uname": f"echo {system}", "getconf": f"echo {libc}"})
    assert done.returncode == 1
    assert "nstall ROS 2" in done.stderr


def test_the_python_facts_are_those_of_this_python(checkout: Path) -> None:
    script = f'exec "{sys.executable}" "$@"'
    done = run_setup(checkout, {"python3": script}, **{k: v for k, v in os.environ.items() if k.startswith("_ROS")})
    assert done.returncode == 1
    assert "apt-get install -y g++ make cmake" in done.stderr
