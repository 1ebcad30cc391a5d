# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Where the files are that belong to smart_cell but are not code: config/, launch/, urdf/."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from smart_cell.core.errors import SmartCellError


class ShareFolderMissingError(SmartCellError):
    """The folder with config/ was found neither beside the package nor under a share/ above it."""


@cache
def share_dir() -> Path:
    """Return the folder that holds config/, launch/ and urdf/.

    In a source tree (also one installed as editable or with --symlink-install) that is the repository root; in an
    installation, PREFIX/share/smart_cell of the prefix that the package itself was imported from. It needs no
    environment variable, so it works with nothing sourced.

    Raises:
        ShareFolderMissingError: The installation has no such folder.

    Example:
        >>> (share_dir() / "config").is_dir()
        True
    """
    package = Path(__file__).resolve().parent.parent
    return find_share_dir(package)


def find_share_dir(package: Path) -> Path:
    """Return the data folder of the smart_cell package that lies in the folder `package`.

    Raises:
        ShareFolderMissingError: There is none.
    """
    source = package.parent
    if (source / "package.xml").is_file() and (source / "config").is_dir():
        return source
    for prefix in package.parents:
        share = prefix / "share" / "smart_cell"
        if (share / "config").is_dir():
            return share
    raise ShareFolderMissingError(
        f"no share/smart_cell/config/ above {package}: the installation is incomplete; build it again with"
        " `make setup` or `colcon build`"
    )
