"""Which workspace a command acts on: ``-w DIR``, or the current folder or one above it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dangol.cli.clock import on_the_clock_of
from dangol.cli.words import LANGUAGE, say

if TYPE_CHECKING:
    from dangol.app import Desk, Workspace

At = typer.Option(
    None,
    "--workspace",
    "-w",
    metavar="DIR",
    help=say("workspace; the current folder by default", "작업 공간; 기본은 현재 폴더"),
)


def command_line() -> str:
    """What a second process is told that holds the workspace: the command without its arguments, which may be personal."""
    given = sys.argv[3:5] if sys.argv[1:2] == ["--lang"] else sys.argv[1:3]
    words = [w for w in given if not w.startswith("-")]
    return " ".join(["dangol", *words[:1]])


@contextmanager
def opened_keys(folder: Path | None) -> Iterator[Desk]:
    """The workspace's write keys alone: also while another process has the workspace open."""
    from dangol.app import Desk

    with Desk.open(folder, command=command_line(), lang=LANGUAGE) as desk, on_the_clock_of(desk.settings.tz):
        yield desk


@contextmanager
def opened(folder: Path | None) -> Iterator[Workspace]:
    """The workspace, opened for this command and closed after it. Loads the house only now."""
    from dangol.app import Workspace

    ws = Workspace.open(folder, command=command_line(), lang=LANGUAGE)
    try:
        with on_the_clock_of(ws.settings.tz):
            yield ws
    finally:
        ws.close()
