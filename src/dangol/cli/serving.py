"""`dangol demo` and `dangol up`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer

from dangol.cli import output, segments
from dangol.cli.importing import report
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At

DEMO = say(
    "Set up a real shop, import it, find its segments, and serve it.",
    "실제 가게를 만들어 가져오고, 세그먼트를 찾아 보여 줍니다.",
)
UP = say("Serve this workspace.", "이 작업 공간을 서비스합니다.")


def demo(
    shop: str = typer.Option(
        "complete-journey", help=say("complete-journey or online-retail", "complete-journey 또는 online-retail")
    ),
    folder: Path = typer.Option(
        Path("demo"), "--to", help=say("where the demo workspaces go", "체험 작업 공간을 둘 곳")
    ),
    fresh: bool = typer.Option(False, "--fresh", help=say("start again from nothing", "처음부터 다시")),
    serve: bool = typer.Option(True, "--serve/--no-serve", help=say("serve it afterwards", "끝나면 서비스")),
    port: int = typer.Option(0, help=say("port; 8700 by default", "포트; 기본 8700")),
) -> None:
    from dangol.app import Demo

    with output.plain_errors():
        with output.progress() as steps:
            found = Demo.run(shop, folder, fresh=fresh, progress=steps)
        with found.workspace as ws:
            report(found.report, as_json=False)
            output.out.print()
            output.out.print(say("[bold]Segments found[/bold]", "[bold]찾은 세그먼트[/bold]"))
            segments.show(ws.segments(LANGUAGE))
            output.out.print()
            for line in found.highlights(LANGUAGE):
                output.out.print(f"  {line}", markup=False, highlight=False)
            place = ws.folder
        if serve:
            _serve(place, port)


def up(
    port: int = typer.Option(0, help=say("port; 8700 by default", "포트; 기본 8700")),
    host: str = typer.Option("", help=say("address; only this machine by default", "주소; 기본은 이 컴퓨터만")),
    open_here: bool = typer.Option(
        False,
        "--open",
        help=say(
            "no accounts: everybody on this computer is the owner (this machine only)",
            "계정 없이: 이 컴퓨터의 누구나 소유자로 들어옴",
        ),
    ),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors():
        _serve(workspace, port, host, open_here)


def _serve(folder: Path | None, port: int, host: str = "", open_here: bool = False) -> None:
    """Become the server: a process of its own, since the terminal may not import the other entrance."""
    from dangol.app.workspace import find_folder

    command = [sys.executable, "-P", "-m", "dangol.server", str(find_folder(folder)), "--lang", LANGUAGE]
    command += ["--port", str(port)] if port else []
    command += ["--host", host] if host else []
    command += ["--open"] if open_here else []
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(sys.executable, command)  # noqa: S606  (our own interpreter, no shell)
    raise typer.Exit(subprocess.call(command))
