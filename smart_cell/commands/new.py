# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""`smart_cell new DIR`: writes a commented cell with one robot, to start a cell of your own from."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import Final

from smart_cell.cell.schema import NAME
from smart_cell.core.errors import SmartCellError
from smart_cell.core.paths import share_dir

CELL_FILE: Final = "cell.yaml"
_TEMPLATE_NAME: Final = "cell: starter_cell "

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
EXIT_BAD_INPUT: Final = 2


class FolderNotEmptyError(SmartCellError):
    """The folder for the new cell is not empty, or is no folder."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "new",
        help="write a commented starter cell",
        description="Write a cell with one robot, one conveyor and one kind of panel into a new or empty folder. "
        "It can be checked and run as it is; the comments say what to change.",
        epilog="Exit code: 0 written, 1 the folder cannot be written, 2 the folder is not empty.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="new or empty folder; its name becomes the cell's")


def run(args: argparse.Namespace) -> int:
    """Write the cell, say what to type next, and return the exit code."""
    try:
        cell_file = write_starter_cell(args.folder)
    except FolderNotEmptyError as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_INPUT
    except OSError as error:
        print(f"{args.folder} cannot be written: {error.strerror or error}", file=sys.stderr)
        return EXIT_FAILED
    path = shlex.quote(str(cell_file))
    print(f"The new cell is in {cell_file}. What to type next:\n")
    print(f"    smart_cell check {path}")
    print(f"    smart_cell run {path} --order panel:3")
    return EXIT_DONE


def write_starter_cell(folder: Path) -> Path:
    """Write the starter cell into `folder` and return the path of its cell file.

    The cell is named after the folder if that is a valid name.

    Raises:
        FolderNotEmptyError: `folder` is a file, or has something in it.
        OSError: It cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderNotEmptyError(f"{folder} is a file; allowed: a new or an empty folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise FolderNotEmptyError(f"{folder} is not empty; allowed: a new or an empty folder")
    config = share_dir() / "config"
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted((config / "starter_cell").iterdir())}
    files["cell.schema.json"] = (config / "cell.schema.json").read_text(encoding="utf-8")
    name = re.sub("[^a-z0-9]+", "_", folder.resolve().name.lower()).strip("_")
    if re.match(NAME["pattern"], name) and len(name) <= NAME["maxLength"]:
        files[CELL_FILE] = files[CELL_FILE].replace(_TEMPLATE_NAME, f"cell: {name} ", 1)
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, text in files.items():
        (folder / file_name).write_text(text, encoding="utf-8")
    return folder / CELL_FILE
