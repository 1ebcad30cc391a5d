# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Reads configuration files: regular files of a sane size, in UTF-8, and none outside the configuration's folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from smart_cell.core.errors import SmartCellError

MAX_CELL_FILE: Final = 1 << 20
"""Largest cell file [bytes]."""
MAX_WELD_LIST: Final = 4 << 20
"""Largest weld list [bytes]."""


MAX_ARM_FILE: Final = 8 << 20
"""Largest file that describes an arm [bytes]."""
ARM_FILES: Final = (".urdf", ".xacro")
"""Endings of the files that describe an arm."""


def is_arm_file(model: str) -> bool:
    """Tell whether a robot's model is the name of a file, not of an arm of the arm data.

    Example:
        >>> is_arm_file("arms/my_arm.urdf.xacro"), is_arm_file("kr210_r2700_2")
        (True, False)
    """
    return model.endswith(ARM_FILES)


class FileRefusedError(SmartCellError):
    """A file cannot or must not be read; the text says what it is or does, without naming it."""

    def __init__(self, message: str, allowed: str) -> None:
        """Keep what is wrong and what would be `allowed`."""
        super().__init__(message)
        self.allowed = allowed


def read_bytes(path: Path, limit: int) -> bytes:
    """Return what a regular file holds.

    Raises:
        FileRefusedError: There is no such file, it is no regular file, cannot be read, or holds more than `limit`.
    """
    try:
        # A pipe or device would block or never end.
        if not path.is_file():
            reason = "is not a file" if path.exists() else "does not exist"
            raise FileRefusedError(reason, f"a readable file, looked for at {path}")
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise FileRefusedError(f"cannot be read: {error}", "a file that this user may read") from error
    if len(content) > limit:
        raise FileRefusedError("is too large", f"at most {limit >> 20} MiB")
    return content


def decode(content: bytes) -> str:
    """Return the text of a UTF-8 file, with or without byte order mark.

    Raises:
        FileRefusedError: The bytes are not UTF-8; the message names the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(
            f"is not UTF-8 text: byte 0x{content[error.start]:02x} in line {line}", "a file saved as UTF-8"
        ) from error


def confined(folder: Path, name: str) -> Path:
    """Return the file `name` in `folder`, resolved, if it stays below the folder.

    Raises:
        FileRefusedError: The name is absolute, goes up with `..`, or leads out of the folder through a symbolic link.
    """
    allowed = f"a file in {folder} or below"
    pure = PurePosixPath(name)
    if pure.is_absolute():
        raise FileRefusedError("is an absolute path", allowed)
    if ".." in pure.parts:
        raise FileRefusedError("goes up with '..'", allowed)
    try:
        resolved = (folder / pure).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise FileRefusedError(f"cannot be followed: {error}", allowed) from error
    if not resolved.is_relative_to(folder.resolve()):
        raise FileRefusedError(f"leads out of the folder, to {resolved}", allowed)
    return resolved
