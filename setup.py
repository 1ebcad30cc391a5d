# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Install the Python package, its data folders and its executables (ament_python)."""

from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = "smart_cell"
DATA_FOLDERS = ("config", "launch", "urdf", "worlds", "rviz")


def data_files() -> list[tuple[str, list[str]]]:
    """Return every file of the data folders, each under share/smart_cell/ with its sub-folder."""
    share = Path("share") / PACKAGE
    folders: dict[str, list[str]] = {
        "share/ament_index/resource_index/packages": [f"resource/{PACKAGE}"],
        str(share): ["package.xml"],
    }
    for name in DATA_FOLDERS:
        for path in sorted(Path(name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                folders.setdefault(str(share / path.parent), []).append(str(path))
    return list(folders.items())


setup(
    name=PACKAGE,
    version="0.1.0",
    description="Runs a robot cell that welds: plans, orchestrates, recovers, and proves every weld",
    author="The smart_cell authors",
    maintainer="The smart_cell authors",
    maintainer_email="maintainers@smart-cell.invalid",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=find_packages(include=[PACKAGE, f"{PACKAGE}.*"]),
    package_data={PACKAGE: ["py.typed"]},
    data_files=data_files(),
    install_requires=["setuptools", "numpy", "transforms3d", "PyYAML", "jsonschema", "rich", "xacro"],
    extras_require={"test": ["pytest", "pytest-timeout", "hypothesis"]},
    zip_safe=False,
    entry_points={
        "console_scripts": [
            "smart_cell = smart_cell.cli:main",
        ],
    },
)
