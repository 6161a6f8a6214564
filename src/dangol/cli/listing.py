"""A group of commands whose own name lists what there is: `dangol hooks`, `dangol people`, `dangol segments`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from dangol.cli import output
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.workspace import At, opened, opened_keys
from dangol.schema import Answer

if TYPE_CHECKING:
    from dangol.app import Desk, Workspace

Opened = TypeVar("Opened")


def group(says: str) -> typer.Typer:
    """Commands that need not be named: without one, the list is shown."""
    return typer.Typer(help=says, no_args_is_help=False, invoke_without_command=True)


def lists(
    app: typer.Typer,
    read: Callable[[Workspace], Answer],
    *,
    title: str = "",
    words: Callable[[Answer], Answer] | None = None,
    shown: Callable[[Answer], None] | None = None,
) -> None:
    """What the group's name alone shows.

    :param words: turns the list into what people read, for printing only. :param shown: prints it in a way of its own.
    """
    _listed(app, opened, read, title, words, shown)


def lists_at_the_desk(
    app: typer.Typer,
    read: Callable[[Desk], Answer],
    *,
    title: str = "",
    words: Callable[[Answer], Answer] | None = None,
) -> None:
    """The same over the store alone, also while another process has the workspace open."""
    _listed(app, opened_keys, read, title, words, None)


def _listed(
    app: typer.Typer,
    enter: Callable[[Path | None], AbstractContextManager[Opened]],
    read: Callable[[Opened], Answer],
    title: str,
    words: Callable[[Answer], Answer] | None,
    shown: Callable[[Answer], None] | None,
) -> None:
    @app.callback()
    def listed(
        context: typer.Context,
        as_json: bool = Json,
        csv: str | None = Csv,
        parquet: Path | None = Parquet,
        workspace: Path | None = At,
    ) -> None:
        if context.invoked_subcommand:
            return
        with output.plain_errors(as_json), enter(workspace) as ws:
            found = read(ws)
            if shown and not (as_json or csv or parquet):
                shown(found)
            else:
                output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=title, words=words)
