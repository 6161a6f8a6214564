"""Which workspace a command acts on: ``-w DIR``, or the current folder or one above it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from dangol.app import Workspace
from dangol.cli.words import say

At = typer.Option(
    None,
    "--workspace",
    "-w",
    metavar="DIR",
    help=say("workspace; the current folder by default", "작업 공간; 기본은 현재 폴더"),
)


@contextmanager
def opened(folder: Path | None) -> Iterator[Workspace]:
    ws = Workspace.open(folder)
    try:
        yield ws
    finally:
        ws.close()
