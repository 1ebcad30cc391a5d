# Copyright 2026 The smart_cell authors
# SPDX-License-Identifier: Apache-2.0
"""Run the demo in a terminal of its own and keep its screen as docs/images/demo.svg, the picture in the README.

Run `tools/run python tools/record_demo.py`. The picture is the screen as it was while the second body was welded; what
the demo said at its end is printed. Nothing is touched up, but the folder of the run is written as one in `~`.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "images" / "demo.svg"
DEMO: Final = ("run", "config/demo_cell.yaml", "--order", "sedan:2", "--order", "wagon:1", "--speed", "5")
WIDTH, HEIGHT = 104, 30
WANTED: Final = re.compile(r"B000002 .*\n.*order .* 1 of 3", re.DOTALL)
"""What the screen shows when the picture is taken; of all such screens the middle one."""

_CONTROL: Final = re.compile(r"\x1b\[(\?25[lh]|[0-9]*[A-HJKSTf])")
_UNFINISHED: Final = re.compile(
    rb"(\x1b(\[[0-9;?]*)?|[\xc0-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf7][\x80-\xbf]{0,2})$"
)
"""An escape sequence or a character of which the rest is still to come."""
_FONT: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)


class Screen:
    """As much of a terminal as rich's live display asks for: whole lines, cursor up, erase line."""

    def __init__(self) -> None:
        """Start with an empty screen."""
        self._lines = [""]
        self._row = 0

    def feed(self, text: str) -> None:
        """Take what a program wrote."""
        for part in re.split(r"(\r\n|\r|\n|\x1b\[\?25[lh]|\x1b\[[0-9]*[A-HJKSTf])", text):
            if part in ("\n", "\r\n"):
                self._row += 1
                if self._row == len(self._lines):
                    self._lines.append("")
            elif _CONTROL.fullmatch(part):
                self._control(part)
            elif part != "\r":
                self._lines[self._row] += part

    def _control(self, code: str) -> None:
        if code.endswith("A"):
            self._row = max(self._row - int(code[2:-1] or 1), 0)
        elif code.endswith("K"):
            self._lines[self._row] = ""

    @property
    def text(self) -> str:
        """The screen with its colours, as ANSI text."""
        return "\n".join(self._lines).rstrip("\n")


def main() -> int:
    """Run the demo, write the picture, print the end of it, and return the exit code of the demo."""
    with tempfile.TemporaryDirectory() as home:
        texts, code = record(Path(home))
    wanted = [text for text in texts if WANTED.search(Text.from_ansi(text).plain)]
    if code != 0 or not wanted:
        print(f"{texts[-1]}\nrecord_demo: exit code {code}, {len(wanted)} usable screens", file=sys.stderr)
        return code or 1
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(wanted[len(wanted) // 2]), encoding="utf-8")
    print(Text.from_ansi(texts[-1]).plain)
    return code


def record(home: Path) -> tuple[list[str], int]:
    """Run the demo with its state below `home` and return its screens, oldest first, and its exit code."""
    environ = {
        **os.environ,
        **{"COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"},
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }
    master, slave = pty.openpty()
    program = Path(sys.executable).parent / "smart_cell"
    demo = subprocess.Popen([program, *DEMO], cwd=ROOT, env=environ, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    screen = Screen()
    texts = []
    written = b""
    while data := _read(master):
        written += data
        whole = _UNFINISHED.sub(b"", written)
        written = written[len(whole) :]
        screen.feed(whole.decode().replace(str(home), "~"))
        texts.append(screen.text)
    return texts, demo.wait()


def picture(text: str) -> str:
    """Return a screen as SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    console.print(Text.from_ansi(text))
    return _FONT.sub("", console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo"))


def _read(master: int) -> bytes:
    """Return what the program wrote; empty when it has ended."""
    try:
        return os.read(master, 1 << 16)
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
