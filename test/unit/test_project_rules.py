# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of the project that tools can check: style, types, layers, copyright, size."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE_FOLDERS = (".ci", "bare_msgs", "bench", "launch", "smart_cell", "smart_cell_msgs", "test", "tools")
LONGEST_MODULE = 450  # lines

pytestmark = pytest.mark.tools


def run_tool(module: str, *arguments: str, program: str = "") -> None:
    """Run an installed checking tool over the project and fail with what it says."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed here; .venv of the bare set-up has it")
    command = [sys.executable, "-m", module] if not program else [sys.executable, "-c", program]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, f"{module} {' '.join(arguments)}\n{done.stdout}{done.stderr}"


def source_files() -> Iterator[Path]:
    """Yield every file of ours that holds code."""
    yield from (ROOT / "Makefile", ROOT / "setup.py")
    for folder in SOURCE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if "__pycache__" in path.parts or not path.is_file():
                continue
            if path.suffix in {".py", ".sh", ".cmake"} or path.name == "CMakeLists.txt" or is_script(path):
                yield path


def is_script(path: Path) -> bool:
    """Return whether a file without a suffix starts with #!."""
    return not path.suffix and path.read_bytes()[:2] == b"#!"


def names(paths: list[Path]) -> list[str]:
    """Return paths as people write them."""
    return [str(path.relative_to(ROOT)) for path in paths]


def test_ruff_finds_nothing() -> None:
    run_tool("ruff", "check", ".")


def test_code_is_in_the_standard_format() -> None:
    run_tool("ruff", "format", "--check", ".")


def test_mypy_strict_finds_nothing() -> None:
    run_tool("mypy")


def test_nothing_imports_upwards() -> None:
    run_tool(
        "importlinter",
        "--no-logo",
        program="import sys; from importlinter.cli import lint_imports_command as run; run(sys.argv[1:])",
    )


def test_every_source_file_names_copyright_and_licence() -> None:
    missing = []
    for path in source_files():
        lines = path.read_text(encoding="utf-8").splitlines()
        if lines and lines[0].startswith("#!"):
            del lines[0]
        if lines[:2] != ["# Copyright 2026 The smart_cell authors", "# SPDX-License-Identifier: Apache-2.0"]:
            missing.append(path)
    assert names(missing) == []


def test_no_module_is_too_long() -> None:
    modules = sorted((ROOT / "smart_cell").rglob("*.py"))
    assert names([path for path in modules if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE]) == []


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert names([path for path in source_files() if mark.search(path.read_text(encoding="utf-8"))]) == []


def test_every_tool_script_is_executable() -> None:
    assert names([path for path in source_files() if is_script(path) and not path.stat().st_mode & 0o111]) == []
