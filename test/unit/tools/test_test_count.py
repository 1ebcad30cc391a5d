# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "tools" / "test_count.py"


def count(report: Path) -> subprocess.CompletedProcess[str]:
    """Run the script over a report."""
    return subprocess.run([sys.executable, str(SCRIPT), str(report)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tests", "failures", "errors", "skipped", "line", "code"),
    [
        (5, 0, 0, 1, "tests: 4 passed, 0 failed, 1 skipped", 0),
        (5, 1, 0, 0, "tests: 4 passed, 1 failed, 0 skipped", 1),
        (1, 0, 1, 0, "tests: 0 passed, 1 failed, 0 skipped", 1),
        (3, 0, 0, 3, "tests: 0 passed, 0 failed, 3 skipped", 1),
        (0, 0, 0, 0, "tests: 0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_the_exit_code_follows_the_count(
    tmp_path: Path, tests: int, failures: int, errors: int, skipped: int, line: str, code: int
) -> None:
    report = tmp_path / "pytest.xml"
    suite = f'<testsuite tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}"/>'
    report.write_text(f"<testsuites>{suite}</testsuites>")
    done = count(report)
    assert done.stdout.strip() == line
    assert done.returncode == code


def test_a_run_without_a_report_failed(tmp_path: Path) -> None:
    done = count(tmp_path / "pytest.xml")
    assert done.returncode == 1
    assert "did not come to its end" in done.stderr
