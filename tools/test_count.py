# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Print how many tests of a JUnit report passed, failed and were skipped; exit with 1 if one failed or none ran."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def main(report: Path) -> int:
    """Return the exit code for a report."""
    if not report.is_file():
        print(f"tests: no report {report}: the test run did not come to its end", file=sys.stderr)
        return 1
    total = failed = skipped = 0
    for suite in ElementTree.parse(report).iter("testsuite"):
        total += int(suite.get("tests", "0"))
        failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
        skipped += int(suite.get("skipped", "0"))
    passed = total - failed - skipped
    print(f"tests: {passed} passed, {failed} failed, {skipped} skipped")
    if passed + failed == 0:
        print("tests: not one test ran, which counts as a failure", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
