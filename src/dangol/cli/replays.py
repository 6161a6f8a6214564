"""`dangol replays`: recorded sessions, listed, found by what went wrong, added up to the heat of a page, handed out with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dangol.cli import output
from dangol.cli.insights import read
from dangol.cli.listing import group
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer, DefinitionError, Problem, Text

if TYPE_CHECKING:
    import pyarrow as pa

app = group(say("Recorded sessions of the browser SDK.", "브라우저 SDK가 녹화한 세션."))


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


Since = typer.Option("", metavar="DATE", help=say("from this day on", "이 날부터"))
Until = typer.Option("", metavar="DATE", help=say("up to and with this day", "이 날까지"))


@app.command(
    help=say(
        "Sessions by what went wrong in them: rage clicks, dead clicks, errors, abandoned carts and forms.",
        "불편으로 찾기: 연타, 반응 없는 클릭, 오류, 장바구니와 폼 포기.",
    )
)
def find(
    friction: list[str] = typer.Option(
        [],
        "--friction",
        metavar="rage|dead|error|abandoned|form",
        help=say(
            "any of these happened (again for more); all sessions without",
            "이런 불편이 있던 세션 (여러 번); 없으면 모두",
        ),
    ),
    customer: list[str] = typer.Option(
        [], "--customer", metavar="CUSTOMER", help=say("only theirs (again for more)", "이 고객의 것만 (여러 번)")
    ),
    question: str = typer.Option(
        "",
        metavar="QUESTION",
        help=say(
            "only of customers behind a number of this answer: '{kind: funnel, …}'",
            "이 답의 숫자에 든 고객만: '{kind: funnel}'",
        ),
    ),
    cell: str = typer.Option(
        "",
        metavar="CELL",
        help=say("which number: '{step: 2, dropped: true}'", "어떤 숫자인지: '{step: 2, dropped: true}'"),
    ),
    since: str = Since,
    until: str = Until,
    seconds: int = typer.Option(0, min=0, help=say("at least so long", "최소 길이(초)")),
    limit: int = typer.Option(50, min=1, max=5_000, help=say("at most this many, the newest first", "최대 몇 개")),
    offset: int = typer.Option(0, min=0, help=say("skip so many", "건너뛸 수")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    from dangol.app import customer_number

    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.find_replays(
            friction=tuple(friction),
            customers=[customer_number(c) for c in customer] or None,
            behind=(read(question), read(cell)) if question else None,
            since=since,
            until=until,
            seconds=seconds,
            limit=limit,
            offset=offset,
        )
        n, looked = found.facts["found"], found.facts["looked"]
        title = say(f"{n:,} of {looked:,} recorded sessions", f"녹화한 세션 {looked:,}개 가운데 {n:,}개")
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=title, words=_felt)
        if found.facts["cut"]:
            more = say(
                "Older ones were not looked at: give --until.", "더 오래된 것은 보지 않았습니다. --until을 쓰세요."
            )
            output.err.print(more, style="dim", markup=False)


def _felt(found: Answer) -> Answer:
    """What fits a terminal: whose, when, how long, and what went wrong, in words."""
    rows = [{**row, "friction": ", ".join(f"{say(*_SAID[f])} {row[f]}" for f in _SAID if row[f])} for row in found]
    columns = ("session", "customer_id", "started_at", "seconds", "friction")
    return output.answer_of(rows, *columns, note=found.note)


_SAID = {
    "rage": ("rage clicks", "연타"),
    "dead": ("dead clicks", "무반응 클릭"),
    "error": ("errors", "오류"),
    "abandoned": ("abandoned cart", "장바구니 포기"),
    "form": ("abandoned form", "폼 포기"),
}


@app.command(
    help=say(
        "Where a page was clicked, moved over and scrolled to; pages with recordings without PATH.",
        "페이지의 클릭, 움직임, 스크롤; PATH가 없으면 녹화가 있는 페이지 목록.",
    )
)
def heat(
    path: str = typer.Argument("", metavar="PATH", help=say("such as /cart", "예: /cart")),
    table: str = typer.Option("", metavar="clicks|moves|reached", help=say("only this table", "이 표만")),
    device: str = typer.Option("", metavar="mobile|tablet|desktop", help=say("only on these", "이 기기만")),
    since: str = Since,
    until: str = Until,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        if not path:
            none = say("No recording shows a page.", "페이지가 담긴 녹화가 없습니다.")
            pages = output.answer_of(ws.recorded_pages(), "path", "views", "recordings", note=none)
            output.show(pages, as_json=as_json, csv=csv, parquet=parquet, title=say("Pages", "페이지"))
            return
        found = ws.heat_numbers(path, device=device or None, since=since, until=until)
        tables = found.pop("tables")
        if table and table not in tables:
            raise DefinitionError([Problem(_NO_TABLE, "--table", Text.same(", ".join(tables)))])
        if as_json:
            output.print_json({**found, **{n: t.to_pylist() for n, t in tables.items() if table in ("", n)}})
        elif csv or parquet:
            output.show(Answer(tables[table or "clicks"]), csv=csv, parquet=parquet)
        else:
            _heat(found, {n: t for n, t in tables.items() if table in ("", n)}, 50 if table else 10)


_NO_TABLE = Text("there is no such table", "그런 표가 없습니다")


def _heat(found: dict[str, Any], tables: dict[str, pa.Table], most: int) -> None:
    """How many visits it is of, and the places with the most."""
    devices = ", ".join(f"{say(*_DEVICES[name])} {n:,}" for name, n in found["devices"].items())
    visits = say(f"visits recorded: {found['visits']:,} ({devices})", f"녹화된 방문 {found['visits']:,}번 ({devices})")
    output.out.print(f"{found['path']}  {visits}", markup=False, highlight=False)
    if found["sampled"]:
        newest = say("The newest recordings only: a sample.", "최근 녹화만 본 표본입니다.")
        output.out.print(newest, style="dim", markup=False)
    for name, rows in tables.items():
        output.out.print()
        output.table_for_people(Answer(rows), say(*_TABLES[name]), most=most)


_DEVICES = {"mobile": ("mobile", "모바일"), "tablet": ("tablet", "태블릿"), "desktop": ("desktop", "데스크톱")}
_TABLES = {
    "clicks": ("Clicks (percent from the left, pixels from the top)", "클릭 (왼쪽에서 %, 위에서 픽셀)"),
    "moves": ("Moves (percent from the left, pixels from the top)", "움직임 (왼쪽에서 %, 위에서 픽셀)"),
    "reached": ("Scrolled to (pixels from the top)", "스크롤한 깊이 (위에서 픽셀)"),
}


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
