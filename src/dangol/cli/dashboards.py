"""`dangol dashboards`: listed, shown as tables, taken out and in as YAML, pinned to, shared by links."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dangol.cli import output
from dangol.cli.insights import read
from dangol.cli.listing import group, lists_at_the_desk
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, heading, say
from dangol.cli.workspace import At, opened, opened_keys
from dangol.schema import Answer, DangolError, DefinitionError, Problem, Text

if TYPE_CHECKING:
    from dangol.app import Desk
    from dangol.insights import Answered

app = group(
    say(
        "Dashboards: list, show, take out and in as YAML, share.", "대시보드: 목록, 보기, YAML로 내보내고 들이기, 공유."
    )
)
Name = typer.Argument(..., metavar="NAME", help=say("name of the dashboard", "대시보드 이름"))


def _all(desk: Desk) -> Answer:
    none = say(
        "No dashboards yet: dangol dashboards import FILE", "아직 대시보드가 없습니다: dangol dashboards import 파일"
    )
    columns = ("dashboard", "says", "tiles", "links", "version", "changed_at", "kinds", "changed_by", "note")
    return output.answer_of(desk.dashboards(LANGUAGE), *columns, note=none)


def _shortly(found: Answer) -> Answer:
    """What fits a terminal; the rest is in --json and --csv."""
    table = found.table.select(["dashboard", "says", "tiles", "links", "changed_at"])
    labels = {"links": say("open links", "공유 링크"), "says": say("title", "제목")}
    return replace(found, table=table, facts={"labels": labels})


lists_at_the_desk(app, _all, title=say("Dashboards", "대시보드"), words=_shortly)


@app.command(help=say("Answer its tiles, each as a table.", "타일마다 답을 구해 표로 보여 줍니다."))
def show(
    name: str = Name,
    tile: str = typer.Option("", metavar="TILE", help=say("only this tile, by its id", "이 타일만 (id)")),
    period: str = typer.Option(
        "", help=say("for all tiles, such as '30 days'; each its own by default", "모든 타일의 기간, 예: '30일'")
    ),
    table: str = typer.Option("", metavar="TABLE", help=say("this table of the answers", "답 가운데 이 표")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        document = ws.dashboard(name)["document"]
        ids = [tile] if tile else [t["id"] for t in document["tiles"]]
        if (csv or parquet) and len(ids) > 1:
            raise _one_tile(ids)
        told: list[tuple[str, Answered | DangolError]] = []
        failed = False
        for one in ids:
            try:
                told.append((one, ws.tile(name, one, period=period)))
            except DangolError as error:
                if len(ids) == 1:
                    raise
                failed = True
                told.append((one, error))
        if as_json:
            output.print_json({"dashboard": name, "says": document["says"], "tiles": [_as_dict(*t) for t in told]})
        else:
            titles = {t["id"]: t for t in document["tiles"]}
            for one, found in told:
                _tile(titles[one], found, table, csv, parquet)
        if failed:
            raise typer.Exit(1)


def _one_tile(ids: list[str]) -> DefinitionError:
    said = Text("a file holds one table: say of which tile", "파일에는 표 하나가 들어갑니다. 타일을 고르세요")
    return DefinitionError([Problem(said, "--tile", Text.same(", ".join(ids)))])


def _as_dict(tile: str, found: Answered | DangolError) -> dict[str, Any]:
    said = {"error": found.as_dict(LANGUAGE)} if isinstance(found, DangolError) else found.as_dict(LANGUAGE)
    return {"tile": tile, **said}


def _tile(
    tile: dict[str, Any], found: Answered | DangolError, table: str, csv: str | None, parquet: Path | None
) -> None:
    """One tile as a table below its title; what went wrong with it instead of its numbers."""
    title = tile["title"] or ("" if isinstance(found, DangolError) else found.says.say(LANGUAGE)) or tile["id"]
    if isinstance(found, DangolError):
        output.err.print(f"{title} [{tile['id']}]", markup=False, style="bold")
        output.err.print(found.say(LANGUAGE), markup=False, highlight=False)
        return
    from dangol.app.dashboards import table_of

    rows = table_of(found, table or tile["table"])
    name = next(n for n, t in found.data.items() if t is rows)
    said = output.escape(f"{title}: {heading(name)}  [{tile['id']}]")
    output.show(Answer(rows), csv=csv, parquet=parquet, title=said)
    if not (csv or parquet):
        for note in (Text.same(tile["note"]), *found.notes):
            if remark := note.say(LANGUAGE):
                output.out.print(remark, markup=False, highlight=False, style="dim")
        output.out.print()


# -- as files ------------------------------------------------------------------------------------------------------------
@app.command(help=say("A dashboard as YAML.", "대시보드를 YAML로 내보냅니다."))
def export(
    name: str = Name,
    to: Path | None = typer.Option(None, "--to", help=say("write to this file", "이 파일에 씀")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        text = desk.dashboard_yaml(name)
        if to:
            to.write_text(text, encoding="utf-8")
            output.err.print(f"→ {to}", markup=False)
        else:
            typer.echo(text, nl=False)


@app.command(name="import", help=say("Take a dashboard in from YAML.", "YAML로 된 대시보드를 들입니다."))
def import_(
    file: Path = typer.Argument(..., metavar="FILE", exists=True, dir_okay=False, help=say("YAML", "YAML 파일")),
    name: str = typer.Option("", help=say("keep it under this name", "이 이름으로 저장")),
    version: int | None = typer.Option(
        None,
        min=1,
        help=say(
            "of one that is here: the version the file was made of", "이미 있는 대시보드라면 파일이 나온 버전 번호"
        ),
    ),
    note: str = typer.Option("", help=say("why, for its versions", "버전에 남길 이유")),
    dry_run: bool = typer.Option(
        False, "--dry-run", help=say("read and check, keep nothing", "읽고 점검만, 저장 안 함")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        text = file.read_text(encoding="utf-8-sig")
        done = desk.take_dashboard(text, name=name, version=version, note=note, dry_run=dry_run)
    if as_json:
        output.print_json(done)
    else:
        shown = output.answer_of([{**done, "state": done["what"]}], "dashboard", "state", "tiles", "version")
        output.show(shown, title=say("Would be taken in", "들이면") if dry_run else "")


@app.command(help=say("Its versions, the newest first.", "버전 목록, 최근 것부터."))
def versions(
    name: str = Name,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        rows = [{**v, "changed_at": v["at"], "changed_by": v["by"]} for v in desk.dashboard_versions(name)]
        found = output.answer_of(rows, "version", "changed_at", "changed_by", "note", "removed")
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=name)


@app.command(help=say("Pin a question's answer to it.", "질문의 답을 대시보드에 고정합니다."))
def pin(
    name: str = Name,
    kind: str = typer.Argument(
        ..., metavar="KIND", help=say("which question (see: dangol ask)", "질문 (dangol ask 참고)")
    ),
    question: str = typer.Argument(
        "", metavar="QUESTION", help=say("the question as JSON or YAML", "질문 내용(JSON이나 YAML)")
    ),
    title: str = typer.Option("", help=say("what people call it", "타일의 제목")),
    table: str = typer.Option(
        "", help=say("which table of the answer; the first by default", "답의 표; 기본은 처음 것")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        done = desk.pin(name, {**read(question), "kind": kind}, title=title, table=table)
    if as_json:
        output.print_json({"dashboard": name, "tile": done["tile"], "version": done["version"]})
    else:
        output.out.print(say(f"Tile {done['tile']} of {name}.", f"{name}의 타일 {done['tile']}."), markup=False)


@app.command(help=say("Take a dashboard away; its links end.", "대시보드를 없앱니다. 공유 링크도 끝납니다."))
def remove(
    name: str = Name,
    note: str = typer.Option("", help=say("why, for its versions", "버전에 남길 이유")),
    yes: bool = typer.Option(False, "--yes", "-y", help=say("do not ask", "묻지 않음")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        found = desk.dashboard(name)
        if not yes:
            asked = say(f"Take {name} away, and end its links?", f"{name}: 없애고 공유 링크를 끝낼까요?")
            typer.confirm(asked, abort=True)
        desk.remove_dashboard(name, version=found["version"], note=note)
    output.out.print(say(f"{name} is gone.", f"{name}: 없앴습니다."), markup=False)


# -- links ---------------------------------------------------------------------------------------------------------------
@app.command(help=say("Print a link that shows it to whoever has it.", "누구나 볼 수 있는 공유 링크를 만듭니다."))
def share(
    name: str = Name,
    days: int = typer.Option(
        90,
        min=0,
        max=3650,
        help=say("it ends after so many; 0: when somebody ends it", "며칠 뒤 끝남; 0은 끝낼 때까지"),
    ),
    least: int = typer.Option(
        10, min=0, max=1000, help=say("numbers of fewer customers are left out", "고객이 이보다 적은 숫자는 가림")
    ),
    port: int = typer.Option(
        0, help=say("port of the server; the setting's by default", "서버의 포트; 기본은 설정의 값")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        token, made = desk.share_dashboard(name, days=days or None, least=least)
        address = desk.shared_address(token, port=port)
    if as_json:
        output.print_json({"link": made.id, "address": address, "until": made.until, "least": made.least})
        return
    output.out.print(address, markup=False, highlight=False, soft_wrap=True)
    once = say(f"Link {made.id}. Shown only now.", f"{made.id}번 링크입니다. 지금만 보여 드립니다.")
    output.err.print(once, style="dim", markup=False)


@app.command(help=say("Its links; never the addresses themselves.", "공유 링크 목록 (주소는 보여 주지 않음)."))
def links(
    name: str = Name,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        rows = [{**r, "link": r["id"], "state": "open" if r["open"] else "ended"} for r in desk.dashboard_links(name)]
        none = say("No links: dangol dashboards share NAME", "링크가 없습니다: dangol dashboards share 이름")
        columns = ("link", "state", "made_at", "until", "seen", "seen_at", "least", "ended_at")
        found = output.answer_of(rows, *columns, note=none)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=name)


@app.command(help=say("From now on a link shows nothing.", "공유 링크를 끝냅니다."))
def revoke(
    name: str = Name,
    link: int = typer.Argument(..., metavar="LINK", help=say("its number in the list", "목록에 있는 번호")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.end_link(name, link)
    output.out.print(say(f"Link {link} shows nothing any more.", f"{link}번 링크를 끝냈습니다."), markup=False)
