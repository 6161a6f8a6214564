"""`dangol replays`: recorded sessions, listed, and handed out with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer

app = typer.Typer(
    help=say("Recorded sessions of the browser SDK.", "브라우저 SDK가 녹화한 세션."),
    no_args_is_help=False,
    invoke_without_command=True,
)


@app.callback()
def listed(
    context: typer.Context,
    customer: str = typer.Option("", metavar="CUSTOMER", help=say("only this customer's", "이 고객의 것만")),
    limit: int = typer.Option(50, help=say("at most this many, the newest first", "최근 것부터 최대 몇 개")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    if context.invoked_subcommand:
        return
    from dangol.app import customer_number

    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.replays(customer_id=customer_number(customer) if customer else None, limit=limit)
        title = say("Recorded sessions", "녹화한 세션")
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=title, words=_short)


def _short(found: Answer) -> Answer:
    """What fits a terminal; the rest is in --json and --csv."""
    shown = ["session", "customer_id", "source", "started_at", "seconds", "pages"]
    return replace(found, table=found.table.select(shown))


@app.command(help=say("Write a session as JSON, for rrweb's player.", "세션을 rrweb 재생기용 JSON으로 내보냅니다."))
def export(
    session: str = typer.Argument(..., metavar="SESSION", help=say("its code in the list", "목록에 있는 코드")),
    reason: str = typer.Option("", help=say("why; written to the audit log", "사유; 열람 기록에 남습니다")),
    to: Path | None = typer.Option(None, "--to", help=say("write to this file", "이 파일에 씀")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        found = ws.export_replay(session, reason=reason)
        if to:
            to.write_text(found, encoding="utf-8")
            output.err.print(f"→ {to}")
        else:
            typer.echo(found)
