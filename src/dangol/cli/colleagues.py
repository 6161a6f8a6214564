"""`dangol people`, `dangol keys`, `dangol audit`: who works here, which programs may ask, and who did what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists_at_the_desk
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import say
from dangol.cli.workspace import At, opened_keys
from dangol.schema import Answer

people = group(say("People who work here: invited, given roles, kept out.", "함께 일하는 사람: 초대, 역할, 내보내기."))
keys = group(say("Keys of programs that use the API.", "API를 쓰는 프로그램의 키."))
AUDIT = say("Who did what, the newest first.", "누가 무엇을 했는지, 최근 것부터.")
ROLES = "owner|marketer|analyst|agent|viewer"


def _shortly(found: Answer) -> Answer:
    """What fits a terminal of everybody."""
    return replace(found, table=found.table.select(["person", "name", "email", "role", "state", "seen_at"]))


lists_at_the_desk(people, lambda desk: desk.people(), title=say("People", "사람"), words=_shortly)
lists_at_the_desk(keys, lambda desk: desk.keys(), title=say("API keys", "API 키"))


@people.command(
    help=say(
        "Print a one-time link: for an owner's account, for somebody invited, or for a new password.",
        "한 번 쓰는 링크를 출력합니다: 소유자 계정, 초대, 새 비밀번호.",
    )
)
def link(
    email: str = typer.Option(
        "", help=say("for whom; somebody who is here gets a new password", "누구의 링크인지; 이미 있으면 새 비밀번호")
    ),
    role: str = typer.Option("owner", metavar=ROLES, help=say("what they will be", "맡길 역할")),
    port: int = typer.Option(
        0, help=say("port of the server; the setting's by default", "서버의 포트; 기본은 설정의 값")
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        address = desk.link(email=email, role=role, port=port)
    if as_json:
        output.print_json({"link": address})
    else:
        output.out.print(address, markup=False, highlight=False, soft_wrap=True)


@people.command(help=say("Give somebody another role.", "역할을 바꿉니다."))
def role(
    person: int = typer.Argument(..., metavar="PERSON", help=say("number", "번호")),
    to: str = typer.Argument(..., metavar=ROLES, help=say("what they become", "새 역할")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.change_person(person, role=to)


@people.command(help=say("Keep somebody out; sessions end at once.", "들어오지 못하게 합니다. 로그인이 바로 끝납니다."))
def disable(
    person: int = typer.Argument(..., metavar="PERSON", help=say("number", "번호")), workspace: Path | None = At
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.change_person(person, disabled=True)


@people.command(help=say("Let somebody in again.", "다시 들어오게 합니다."))
def enable(
    person: int = typer.Argument(..., metavar="PERSON", help=say("number", "번호")), workspace: Path | None = At
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.change_person(person, disabled=False)


@people.command(
    help=say(
        "Remove somebody: address, name and password go; the number stays in the audit log.",
        "사람을 내보냅니다. 주소, 이름, 비밀번호는 지우고 번호만 감사 기록에 남습니다.",
    )
)
def remove(
    person: int = typer.Argument(..., metavar="PERSON", help=say("number", "번호")), workspace: Path | None = At
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.remove_person(person)


@keys.command(help=say("Make a key for a program; it is shown once.", "프로그램의 키를 만듭니다. 한 번만 보여 줍니다."))
def add(
    name: str = typer.Argument(..., metavar="NAME", help=say("which program", "어떤 프로그램인지")),
    role: str = typer.Option("viewer", metavar=ROLES.partition("|")[2], help=say("what it may", "할 수 있는 일")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        key, made = desk.add_key(name, role)
    if as_json:
        output.print_json({"key": made.id, "name": made.name, "role": made.role, "api_key": key})
        return
    output.out.print(key, markup=False, highlight=False, soft_wrap=True)
    output.err.print(
        say(
            "Shown once. Send it as Authorization: Bearer …",
            "다시 보여 주지 않습니다. Authorization: Bearer … 로 보내세요",
        ),
        style="dim",
        markup=False,
    )


@keys.command(help=say("From now on a key opens nothing.", "키를 취소합니다."))
def revoke(
    key: int = typer.Argument(..., metavar="KEY", help=say("number", "번호")), workspace: Path | None = At
) -> None:
    with output.plain_errors(), opened_keys(workspace) as desk:
        desk.revoke_api_key(key)


def audit(
    person: str = typer.Option("", help=say("of this actor only, such as person/3", "이 사람만, 예: person/3")),
    kind: str = typer.Option(
        "", help=say("of this kind only, such as definition or vault", "이 종류만, 예: definition, vault")
    ),
    since: str = typer.Option("", metavar="DATE", help=say("from this day on", "이 날부터")),
    until: str = typer.Option("", metavar="DATE", help=say("up to and with this day", "이 날까지")),
    limit: int = typer.Option(50, min=1, max=100_000, help=say("at most so many", "최대 건수")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    from dangol.app.auditing import Looking

    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        found = desk.audit(Looking(actor=person, kind=kind, since=since, until=until, limit=limit))
        title = say("Audit log", "감사 기록")
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=title, words=_in_words)


def _in_words(found: Answer) -> Answer:
    """What people read of an entry; codes and documents are in --json and the files."""
    return replace(found, table=found.table.select(["at", "who", "says", "whom", "reason"]))
