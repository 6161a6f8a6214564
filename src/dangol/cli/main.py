"""The terminal entrance. Each command opens the workspace, calls one method of it and shows the answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from dangol.cli import (
    backups,
    bench,
    colleagues,
    dashboards,
    definitions,
    home,
    hooks,
    identity,
    insights,
    joining,
    output,
    people,
    replays,
    segments,
    serving,
    settings,
    sources,
    tail,
    tracking,
    weather,
)
from dangol.cli import imports as batches
from dangol.cli.importing import imports, report
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer, DefinitionError, Problem, Text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=say(
        "dangol: one living profile per customer, and segments that explain themselves.",
        "dangol 단골: 고객마다 하나의 살아 있는 프로필, 스스로 설명하는 세그먼트.",
    ),
)


@app.callback()
def _everywhere(
    lang: str = typer.Option("", "--lang", metavar="ko|en", help=say("language of this terminal", "화면 언어")),
) -> None:
    """`--lang` is read in `words` before the commands are built; it stands here so that help lists it."""


@app.command(help=say("Make a workspace in DIR.", "DIR에 작업 공간을 만듭니다."))
def init(
    folder: Path = typer.Argument(Path(), metavar="DIR", help=say("folder, made if missing", "폴더; 없으면 만듭니다")),
    name: str = typer.Option("", help=say("name of the shop", "가게 이름")),
    timezone: str = typer.Option("Asia/Seoul", help=say("time zone of the shop", "가게의 시간대")),
    currency: str = typer.Option("KRW", help=say("base currency", "기준 통화")),
    clock: str = typer.Option("now", help=say("now, or last-event for old data", "now, 또는 지난 자료면 last-event")),
    store: str = typer.Option(
        "", help=say("store URL (PostgreSQL); empty is SQLite here", "저장소 URL (PostgreSQL); 비우면 여기 SQLite")
    ),
) -> None:
    with output.plain_errors():
        chosen: dict[str, Any] = {
            "name": name or folder.resolve().name,
            "timezone": timezone,
            "currency": currency,
            "clock": clock,
            "store": store,
        }
        from dangol.app import Workspace

        Workspace.create(folder, **chosen).close()
    output.out.print(say(f"Workspace ready in {folder}.", f"작업 공간을 만들었습니다: {folder}"))
    output.out.print(say("Next: dangol import FILE or FOLDER", "다음: dangol import 파일 또는 폴더"), markup=False)


@app.command(name="import", help=say("Take in files or folders of exports.", "내보낸 파일이나 폴더를 가져옵니다."))
def import_(
    paths: list[Path] = typer.Argument(..., metavar="PATH", help=say("files or folders", "파일 또는 폴더")),
    source: str = typer.Option(
        "", help=say("name of the source; the preset's by default", "데이터 원천 이름; 없으면 양식의 이름")
    ),
    preset: str = typer.Option(
        "", help=say("use this preset (see: dangol presets)", "이 양식으로 (dangol presets 참고)")
    ),
    mapping: Path | None = typer.Option(None, help=say("use this mapping (YAML)", "이 매핑(YAML)으로")),
    password: str = typer.Option("", help=say("password of a protected XLSX", "암호가 걸린 XLSX의 암호")),
    dry_run: bool = typer.Option(
        False, "--dry-run", help=say("read and report, write nothing", "읽고 보고만, 아무것도 쓰지 않음")
    ),
    yes: bool = typer.Option(
        False, "--yes", "-y", help=say("accept a proposed mapping unseen", "제안된 매핑을 바로 받아들임")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        with output.progress() as steps:
            done = ws.import_files(
                paths,
                source=source or None,
                preset=preset or None,
                mapping=mapping,
                password=password or None,
                dry_run=dry_run,
                accept_proposals=yes,
                progress=steps,
            )
        report(done, as_json=as_json)
        if done.failed:
            raise typer.Exit(1)


@app.command(
    name="move-store",
    help=say(
        "Move the operational store into an empty PostgreSQL database.", "운영 저장소를 빈 PostgreSQL로 옮깁니다."
    ),
)
def move_store(
    address: str = typer.Argument(
        ...,
        metavar="URL",
        help=say(
            "postgresql://user@host/name, the password in DANGOL_STORE_PASSWORD; '' goes back to SQLite",
            "postgresql://user@host/name, 비밀번호는 DANGOL_STORE_PASSWORD에; ''는 SQLite로",
        ),
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.move_store(address), as_json=as_json)


@app.command(help=say("List the presets, or show one.", "양식을 나열하거나 하나를 봅니다."))
def presets(
    name: str = typer.Argument("", metavar="NAME", help=say("preset to show as YAML", "YAML로 볼 양식")),
    as_json: bool = Json,
    csv: str | None = Csv,
) -> None:
    from dangol.app import Workspace

    with output.plain_errors(as_json):
        if name:
            output.out.print(Workspace.preset_yaml(name), markup=False, highlight=False)
        else:
            output.show(Workspace.presets(), as_json=as_json, csv=csv, words=_in_one_language)


def _in_one_language(found: Answer) -> Answer:
    """What each preset reads, in the language of this terminal."""
    table = found.table.select(["preset", "grain", LANGUAGE])
    return replace(found, table=table.rename_columns(["preset", "grain", "says"]))


@app.command(help=say("Read-only SQL over the documented tables.", "문서화된 표에 대한 읽기 전용 SQL."))
def sql(
    query: str = typer.Argument(
        ..., metavar="QUERY", help=say('such as "SELECT count(*) FROM events"', '예: "SELECT count(*) FROM events"')
    ),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    timeout: float | None = typer.Option(
        None,
        metavar="SECONDS",
        min=0,
        help=say(
            "give up after so many seconds; the setting sql_seconds (60) by default, 0 is no limit",
            "이 초가 지나면 멈춤; 없으면 설정 sql_seconds(60), 0은 끝까지",
        ),
    ),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.sql(query, timeout=timeout), as_json=as_json, csv=csv, parquet=parquet, as_written=True)


@app.command(help=say("What is here, and how fresh it is.", "무엇이 있고 얼마나 새로운지."))
def status(
    as_json: bool = Json, csv: str | None = Csv, parquet: Path | None = Parquet, workspace: Path | None = At
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = _shown(ws.status(LANGUAGE), as_json or bool(csv or parquet))
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=say("Status", "상태"))


@app.command(help=say("Check the workspace and say what to mend.", "작업 공간을 점검하고 고칠 것을 알려 줍니다."))
def doctor(
    as_json: bool = Json, csv: str | None = Csv, parquet: Path | None = Parquet, workspace: Path | None = At
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.doctor(LANGUAGE)
        shown = _shown(found, as_json or bool(csv or parquet))
        output.show(shown, as_json=as_json, csv=csv, parquet=parquet, title=say("Checks", "점검"))
        if any(row["state"] == "wrong" for row in found):
            raise typer.Exit(1)


def _shown(answer: Answer, as_json: bool) -> Answer:
    """Names for programs stay out of the table for people."""
    return answer if as_json else replace(answer, table=answer.table.drop_columns(["name"]))


@app.command(
    help=say("Compute traits and segments again, as of now.", "속성과 세그먼트를 지금 기준으로 다시 계산합니다.")
)
def refresh(
    at: str = typer.Option(
        "", "--at", metavar="DATE", help=say("as of this moment instead of now", "지금 대신 이 시각 기준으로")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        moment = _moment(at) if at else None
        with output.progress() as steps:
            changes = ws.refresh(now=moment, progress=steps)
        output.show(changes, as_json=as_json, title=say("Segments", "세그먼트"), words=ws.readable)


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        hint = Text("such as 2026-11-21 or 2026-11-21T15:00", "예: 2026-11-21 또는 2026-11-21T15:00")
        wrong = Text(f"'{text}' is not a date", f"'{text}': 날짜가 아닙니다")
        raise DefinitionError([Problem(wrong, "--at", hint)]) from error


app.command(name="home", help=home.HOME)(home.home)
app.add_typer(people.app, name="customers")
app.command(name="erase", help=people.ERASE)(people.erase)
app.command(name="export-person", help=people.EXPORT)(people.export_person)
app.add_typer(segments.app, name="segments")
app.command(name="traits", help=segments.TRAITS)(segments.traits)
app.add_typer(batches.app, name="imports")
app.add_typer(imports, name="quarantine")
app.add_typer(sources.app, name="sources")
app.add_typer(hooks.app, name="hooks")
app.add_typer(tracking.events, name="events")
app.add_typer(tracking.plans, name="tracking")
app.add_typer(weather.app, name="weather")
app.add_typer(replays.app, name="replays")
identity.app.add_typer(joining.app, name="rules")
app.add_typer(identity.app, name="identity")
app.add_typer(dashboards.app, name="dashboards")
app.command(name="ask", help=insights.ASK)(insights.ask)
app.command(name="pull", help=definitions.PULL)(definitions.pull)
app.command(name="plan", help=definitions.PLAN)(definitions.plan)
app.command(name="apply", help=definitions.APPLY)(definitions.apply)
app.add_typer(colleagues.people, name="people")
app.add_typer(colleagues.keys, name="keys")
app.add_typer(settings.app, name="settings")
app.command(name="audit", help=colleagues.AUDIT)(colleagues.audit)
app.command(name="backup", help=backups.BACKUP)(backups.backup)
app.command(name="restore", help=backups.RESTORE)(backups.restore)
app.command(name="demo", help=serving.DEMO)(serving.demo)
app.command(name="up", help=serving.UP)(serving.up)
app.command(name="tail", help=tail.TAIL)(tail.tail)
app.command(name="bench", help=bench.BENCH)(bench.bench)


def main() -> None:
    """The `dangol` command."""
    app()
