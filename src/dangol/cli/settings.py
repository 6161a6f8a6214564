"""`dangol settings`: what the console's settings show and change, from the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from dangol.cli import output
from dangol.cli.listing import group
from dangol.cli.output import Json
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened, opened_keys
from dangol.schema import DefinitionError, Problem, Text

app = group(
    say(
        "The settings that the console shows: list, get, set. Set while nothing else has the shop open.",
        "콘솔에서도 보이는 가게 설정: 목록, 보기, 바꾸기. 다른 프로그램이 가게를 열지 않았을 때 바꿉니다.",
    )
)


def _typed(value: Any) -> str:
    """A value as `set` takes it."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.callback()
def listed(context: typer.Context, as_json: bool = Json, workspace: Path | None = At) -> None:
    if context.invoked_subcommand:
        return
    from dangol.app import changing

    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        rows = changing.editable(desk)["settings"]
        if as_json:
            output.print_json(rows)
            return
        shown = [{"setting": row["setting"], "value": _typed(row["value"]), "what": row[LANGUAGE]} for row in rows]
        output.show(output.answer_of(shown, "setting", "value", "what"), title=say("Settings", "설정"))


@app.command(help=say("Show one setting.", "설정 하나를 봅니다."))
def get(
    name: str = typer.Argument(..., metavar="NAME", help=say("setting", "설정 이름")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    from dangol.app import changing

    with output.plain_errors(as_json), opened_keys(workspace) as desk:
        if wrong := changing.elsewhere([name]):
            raise DefinitionError(wrong)
        row = next(row for row in changing.editable(desk)["settings"] if row["setting"] == name)
    if as_json:
        output.print_json(row)
    else:
        output.out.print(_typed(row["value"]), markup=False, highlight=False, soft_wrap=True)


@app.command(
    name="set",
    help=say(
        "Change settings, all of them or none; customers are computed again where they depend on it.",
        "설정을 바꿉니다. 하나라도 틀리면 모두 그대로 둡니다. 설정에 따라 달라지는 고객은 다시 계산합니다.",
    ),
)
def change(
    wanted: list[str] = typer.Argument(
        ...,
        metavar="NAME=VALUE",
        help=say(
            "such as session_hours=8 'rates=USD: 1350, JPY: 9.5'", "예: session_hours=8 'rates=USD: 1350, JPY: 9.5'"
        ),
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    from dangol.app import changing

    with output.plain_errors(as_json):
        asked = _asked(wanted)
        with opened(workspace) as ws:
            version = changing.editable(ws)["version"]
            before = {name: getattr(ws.settings, name, None) for name in asked}
            done = changing.change(ws, asked, version)
            after = {name: getattr(ws.settings, name) for name in asked}
    if as_json:
        output.print_json(done)
        return
    for name in done["changed"]:
        output.out.print(
            f"{name}: {_typed(before[name])} → {_typed(after[name])}", markup=False, highlight=False, soft_wrap=True
        )
    if not done["changed"]:
        output.out.print(say("Nothing to change.", "바꿀 것이 없습니다."))
    elif done["recomputed"]:
        output.out.print(say("Everybody was computed again.", "모든 고객을 다시 계산했습니다."))


def _asked(pairs: list[str]) -> dict[str, str]:
    """Names and values. Raises `DefinitionError` for what is not ``name=value``."""
    example = Text("such as session_hours=8", "예: session_hours=8")
    wrong = [
        Problem(Text(f"'{one}' is not NAME=VALUE", f"'{one}': NAME=VALUE 모양이 아닙니다"), "settings set", example)
        for one in pairs
        if "=" not in one
    ]
    if wrong:
        raise DefinitionError(wrong)
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in pairs)}
