"""`dangol identity`: who is who, what is blocked, and what people did; its rules are in `cli.joining`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from dangol.cli import output
from dangol.cli.listing import group
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer, word

app = group(
    say(
        "Who is who: counts, blocked values, the log; rules, tried before they are applied.",
        "누가 누구인지: 수, 막은 값, 기록; 적용하기 전에 시험하는 규칙.",
    )
)
Reason = typer.Option("", help=say("why, for the log", "이유 (기록에 남음)"))
DryRun = typer.Option(False, "--dry-run", help=say("show what would change", "무엇이 바뀌는지만"))
Limit = typer.Option(50, min=1, max=1_000, help=say("rows", "행 수"))


@app.callback()
def overview(
    context: typer.Context,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    if context.invoked_subcommand:
        return
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.identity()
        if as_json:
            output.print_json(found)
            return
        columns = ("kind", "identifiers", "customers", "several", "most", "blocked", "strength", "unique", "cap")
        kinds = output.answer_of(found["kinds"], *columns, note=say("No identifiers yet.", "아직 식별자가 없습니다."))
        if not (csv or parquet):
            _counts(found)
            kinds = output.answer_of(found["kinds"], *columns[:6], note=kinds.note)
            kinds = replace(kinds, facts={"labels": {"blocked": say("blocked", "막음")}})
        output.show(kinds, csv=csv, parquet=parquet)


def _counts(found: dict[str, Any]) -> None:
    n, of = found["customers"], found["identifiers"]
    output.out.print(say(f"{n:,} customers from {of:,} identifiers", f"식별자 {of:,}개에서 고객 {n:,}명"))
    for name, says in (
        ("conflicts", say("refused joins", "거절된 연결")),
        ("blocked", say("blocked values", "막은 값")),
    ):
        if found[name]:
            each = ", ".join(f"{word('conflict', r['reason'], LANGUAGE)} {r['n']:,}" for r in found[name])
            output.out.print(f"{says}: {each}", markup=False, highlight=False)


@app.command(help=say("Customers with the most identifiers.", "식별자가 가장 많은 고객."))
def biggest(
    limit: int = typer.Option(20, min=1, max=500, help=say("rows", "행 수")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.biggest(limit=limit)
        shown = replace(found, table=found.table.drop_columns(["customer"]))
        output.show(shown, as_json=as_json, csv=csv, parquet=parquet)


# -- what people did -----------------------------------------------------------------------------------------------------
@app.command(help=say("What people did to who is who.", "사람이 한 합치기, 나누기, 막기의 기록."))
def log(
    limit: int = Limit,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        none = say("Nobody changed anything by hand.", "사람이 바꾼 것이 없습니다.")
        columns = ("entry", "action", "at", "actor", "why", "customers", "kinds", "undone")
        rows = output.answer_of(ws.identity_log(limit=limit), *columns, note=none)
        output.show(rows, as_json=as_json, csv=csv, parquet=parquet, words=_told)


def _told(found: Answer) -> Answer:
    """Actions and kinds in words."""
    found = output.worded(found, "kinds", lambda kind: word("kind", kind, LANGUAGE))
    return output.worded(found, "action", lambda action: say(*_ACTIONS[action]))


_ACTIONS = {
    "merge": ("merged", "합침"),
    "cut": ("taken apart", "나눔"),
    "block": ("blocked", "막음"),
    "unblock": ("let join again", "다시 이음"),
    "revoke": ("taken back", "되돌림"),
}


@app.command(help=say("Take a merge or a cut of the log back.", "기록에 있는 합치기나 나누기를 되돌립니다."))
def undo(
    entry: int = typer.Argument(..., metavar="ENTRY", help=say("its number in the log", "기록의 번호")),
    reason: str = Reason,
    dry_run: bool = DryRun,
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        done(ws.take_back(entry, reason=reason, dry_run=dry_run), dry_run, as_json)


@app.command(help=say("Values that join nobody.", "아무와도 이어지지 않게 막은 값."))
def blocked(
    limit: int = Limit,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        none = say("No value is blocked.", "막은 값이 없습니다.")
        columns = ("node", "kind", "reason", "links", "first_seen", "last_seen", "source")
        rows = output.answer_of(ws.blocked_values(limit=limit)["rows"], *columns, note=none)
        output.show(rows, as_json=as_json, csv=csv, parquet=parquet)


Kind = typer.Argument(
    "", metavar="KIND", help=say("email, phone, …; its value is asked for", "email, phone 등; 값은 물어봄")
)
Node = typer.Option(0, "--node", help=say("the identifier's number instead", "대신 식별자의 번호"))


@app.command(
    help=say("Say that a value is nobody's: a call centre's number.", "누구의 것도 아닌 값을 막습니다: 콜센터 번호 등.")
)
def block(
    kind: str = Kind,
    node: int = Node,
    reason: str = Reason,
    dry_run: bool = DryRun,
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    _judge(kind, node, reason, dry_run, as_json, workspace, blocking=True)


@app.command(help=say("Let a blocked value join again.", "막은 값을 다시 잇습니다."))
def unblock(
    kind: str = Kind,
    node: int = Node,
    reason: str = Reason,
    dry_run: bool = DryRun,
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    _judge(kind, node, reason, dry_run, as_json, workspace, blocking=False)


def _judge(
    kind: str, node: int, reason: str, dry_run: bool, as_json: bool, workspace: Path | None, *, blocking: bool
) -> None:
    """The value comes from the terminal or a pipe, never from the command line: shells keep that, and it is personal."""
    value = ""
    if kind and not node:
        value = typer.prompt(say("Value", "값"), err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    with output.plain_errors(as_json), opened(workspace) as ws:
        how: dict[str, Any] = {"node": node, "kind": kind, "value": value, "reason": reason, "dry_run": dry_run}
        done(ws.judge_value(**how, block=blocking), dry_run, as_json)


def done(found: dict[str, Any], dry_run: bool, as_json: bool) -> None:
    """What a change did, or would do, in numbers."""
    if as_json:
        output.print_json(found)
        return
    counts = ("merges", "splits", "identifiers", "customers", "version")
    numbers = {n: len(found[n]) if isinstance(found[n], list) else found[n] for n in counts if n in found}
    title = say("Would change", "바꾸면") if dry_run else say("Changed", "바꿈")
    output.show(output.answer_of([numbers], *numbers), title=title)
