"""`dangol sources`: who may send events over HTTP, each with its write key."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists_at_the_desk
from dangol.cli.output import Json
from dangol.cli.words import say
from dangol.cli.workspace import At, opened_keys

app = group(say("Sources that send events over HTTP, and their write keys.", "HTTP로 이벤트를 보내는 원천과 쓰기 키."))
lists_at_the_desk(app, lambda desk: desk.sources(), title=say("Write keys", "쓰기 키"))


@app.command(
    help=say("Make a write key for a source; it is shown once.", "원천의 쓰기 키를 만듭니다. 한 번만 보여 줍니다.")
)
def add(
    source: str = typer.Argument(..., metavar="NAME", help=say("name of the source", "원천 이름")),
    side: str = typer.Option(
        "browser",
        metavar="browser|server",
        help=say(
            "who holds the key; a server's is refused in web pages", "키를 쓰는 곳; 서버 키는 웹페이지에서 쓸 수 없음"
        ),
    ),
    origin: list[str] = typer.Option(
        [],
        help=say(
            "web origin it may be used from (again for more); any by default",
            "쓸 수 있는 웹 출처 (여러 번); 기본은 모두",
        ),
    ),
    ip: str = typer.Option(
        "truncated",
        metavar="truncated|full|none",
        help=say("how much of an address is kept", "IP 주소를 얼마나 남길지"),
    ),
    per_minute: int = typer.Option(0, help=say("requests a minute; 0 is no limit", "분당 요청 한도; 0은 없음")),
    per_day: int = typer.Option(0, help=say("events a day; 0 is no limit", "하루 이벤트 한도; 0은 없음")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as ws:
        limits = {"per_minute": per_minute, "per_day": per_day}
        key, made = ws.add_source(source, side=side, origins=origin, ip=ip, **limits)
        tag = ws.tag(key) if made.side == "browser" else None
    if as_json:
        output.print_json({"key": made.id, "source": made.source, "side": made.side, "write_key": key, "tag": tag})
        return
    output.out.print(say(f"Write key of {source}:", f"{source} 쓰기 키:"), markup=False)
    output.out.print(f"  {key}", markup=False, highlight=False)
    output.out.print(
        say("It is not kept and will not be shown again.", "따로 보관하지 않으며 다시 보여 주지 않습니다."), style="dim"
    )
    if tag:
        output.out.print(say("Paste into your pages:", "페이지에 붙여 넣을 태그:"), markup=False)
        output.out.print(f"  {tag}", markup=False, highlight=False, soft_wrap=True)


@app.command(help=say("Revoke a write key.", "쓰기 키를 취소합니다."))
def revoke(
    key: int = typer.Argument(..., metavar="NUMBER", help=say("its number in the list", "목록에 있는 번호")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened_keys(workspace) as ws:
        gone = ws.revoke_key(key)
    if as_json:
        output.print_json({"key": gone.id, "source": gone.source, "revoked_at": gone.revoked_at})
        return
    told = say(
        f"Key {gone.id} of {gone.source} opens nothing any more.", f"{gone.source}의 {gone.id}번 키를 취소했습니다."
    )
    output.out.print(told, markup=False)
