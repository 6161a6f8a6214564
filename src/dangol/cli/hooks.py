"""Commands about inbound webhooks: list, add, test, remove."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists
from dangol.cli.words import say
from dangol.cli.workspace import At, opened

app = group(say("Inbound webhooks: list, add, test, remove.", "들어오는 웹훅: 목록, 추가, 시험, 삭제."))
lists(app, lambda ws: ws.hooks())
Name = typer.Argument(..., metavar="NAME", help=say("name of the webhook", "웹훅 이름"))


@app.command(
    help=say(
        "Keep a definition (YAML); the secret is asked for, or read from DANGOL_HOOK_SECRET.",
        "정의(YAML)를 저장합니다. 비밀값은 물어보거나 DANGOL_HOOK_SECRET에서 읽습니다.",
    )
)
def add(
    file: Path = typer.Argument(..., metavar="FILE", help=say("definition", "정의 파일")),
    secret: str = typer.Option(
        "",
        envvar="DANGOL_HOOK_SECRET",
        help=say(
            "the sender's secret; here it stays in the shell's history", "보내는 쪽의 비밀값; 여기 쓰면 셸 기록에 남음"
        ),
    ),
    new_token: bool = typer.Option(
        False, "--new-token", help=say("make a token up and show it once", "토큰을 새로 만들어 한 번 보여 줌")
    ),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        if not secret and not new_token and sys.stdin.isatty():
            asked = say("Secret (empty keeps the one there is)", "비밀값 (비우면 있던 값 그대로)")
            secret = typer.prompt(asked, default="", hide_input=True, show_default=False)
        token = ws.add_hook(file, secret=secret, new_token=new_token)
        output.show(ws.hooks())
    if token:
        told = say("The token, shown only now:", "토큰입니다. 지금만 보여 드립니다:")
        output.out.print(f"{told} {token}", markup=False, highlight=False)


@app.command(
    name="test",
    help=say("What a delivery would tell; nothing is kept.", "이 요청을 어떻게 읽을지 봅니다. 저장하지 않습니다."),
)
def try_out(
    what: str = typer.Argument(
        ..., metavar="NAME", help=say("webhook, or a YAML file with a draft", "웹훅 이름 또는 초안 YAML")
    ),
    sample: Path = typer.Argument(
        ..., metavar="SAMPLE", help=say("file with a delivery's body", "요청 본문이 담긴 파일")
    ),
    header: list[str] = typer.Option(
        [], "--header", metavar="NAME:VALUE", help=say("header of the delivery", "요청 헤더")
    ),
    workspace: Path | None = At,
) -> None:
    named = {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in header)}
    with output.plain_errors(), opened(workspace) as ws:
        told = ws.test_hook(what, sample, headers=named)
        output.print_json(told)
        if not told or any("problem" in one for one in told):
            raise typer.Exit(1)


@app.command(help=say("Take nothing under this name any more.", "이 이름으로는 더 받지 않습니다."))
def remove(name: str = Name, workspace: Path | None = At) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        ws.remove_hook(name)
    output.out.print(say(f"{name} is gone.", f"{name}: 없앴습니다."), markup=False)
