"""`dangol demo` and `dangol up`."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output, segments
from dangol.cli.importing import report
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, command_line

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
    workspace: Path | None = At,
) -> None:
    with output.plain_errors():
        _serve(workspace, port, host)


def _serve(folder: Path | None, port: int, host: str = "") -> None:
    from dangol.app import Workspace
    from dangol.server import serve

    ws = Workspace.open(folder, command=command_line(), lang=LANGUAGE)
    address = f"http://{host or ws.settings.host}:{port or ws.settings.port}"
    output.out.print(
        say(
            f"Serving {ws.settings.name} at {address} (Ctrl-C ends it)",
            f"{ws.settings.name} 서비스 중: {address} (Ctrl-C로 끝냄)",
        )
    )
    serve(ws, host=host or ws.settings.host, port=port or ws.settings.port)
