"""Commands about customers: find, show with evidence, merge, unmerge, erase, export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.padding import Padding
from rich.text import Text

from dangol.app import Profile, customer_number
from dangol.cli import output
from dangol.cli.clock import day, moment
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer, josa, word
from dangol.schema import Text as Words

app = typer.Typer(
    no_args_is_help=False,
    invoke_without_command=True,
    help=say("Customers: list, show, merge, unmerge.", "고객: 목록, 보기, 합치기, 나누기."),
)

ERASE = say(
    "Erase a customer for good: personal data, identifiers, events.",
    "고객을 영구히 지웁니다: 개인정보, 식별자, 이벤트.",
)
EXPORT = say("Everything known of a customer, machine-readable.", "한 고객에 대해 아는 모든 것을 기계가 읽을 수 있게.")
Who = typer.Argument(..., metavar="CUSTOMER", help=say("customer id, such as C1042", "고객 번호, 예: C1042"))
Reason = typer.Option(
    "", help=say("why you look at personal data (kept in the access log)", "개인정보를 보는 이유 (접속 기록에 남음)")
)
Yes = typer.Option(False, "--yes", "-y", help=say("do not ask", "묻지 않음"))


@app.callback()
def customers(
    context: typer.Context,
    limit: int = typer.Option(50, help=say("rows", "행 수")),
    offset: int = typer.Option(0, help=say("skip so many", "건너뛸 행 수")),
    order: str = typer.Option("", help=say("trait to sort by, - for descending", "정렬할 속성, 내림차순은 앞에 -")),
    columns: str = typer.Option("", help=say("traits to show, comma-separated", "보일 속성, 쉼표로")),
    find: str = typer.Option("", help=say("e-mail, phone or id to look for", "찾을 이메일, 전화, 아이디")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    if context.invoked_subcommand:
        return
    with output.plain_errors(as_json), opened(workspace) as ws:
        shown = [c.strip() for c in columns.split(",") if c.strip()]
        found = ws.customers(find=find or None, columns=shown, order=order or None, limit=limit, offset=offset)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, words=ws.readable)


@app.command(
    help=say(
        "One customer: traits, segments, and why each identifier is here.",
        "한 고객: 속성, 세그먼트, 각 식별자가 여기 있는 이유.",
    )
)
def show(
    customer: str = Who,
    reveal: bool = typer.Option(
        False,
        "--reveal",
        help=say("show personal data unmasked; needs --reason", "개인정보를 가리지 않음; --reason 필요"),
    ),
    reason: str = Reason,
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        profile = ws.customer(customer_number(customer), reveal=reveal, reason=reason)
        if as_json:
            output.print_json(profile.as_dict())
        else:
            _print(profile, ws.readable)


def _print(profile: Profile, words: Callable[[Answer], Answer]) -> None:
    since = day(profile.first_seen) if profile.first_seen else "–"
    output.out.print(f"[bold]C{profile.customer_id}[/bold]  " + say(f"since {since}", f"{since}부터"))
    if profile.asked != profile.customer_id:
        output.out.print(
            say(
                f"C{profile.asked} is part of C{profile.customer_id} today.",
                f"{josa(f'C{profile.asked}', '은/는')} 이제 C{profile.customer_id}에 속합니다.",
            )
        )
    for title, answer in profile.sections(LANGUAGE):
        if len(answer):
            output.out.print()
            if answer is profile.identifiers:
                _identifiers(title, answer)
            else:
                output.table_for_people(words(_readable(answer)), f"[bold]{title}[/bold]", most=200)


def _identifiers(title: str, answer: Answer) -> None:
    """A block each: what it is, and below it why it is here and the number `unmerge` asks for."""
    output.out.print(title, style="bold", markup=False)
    for row in answer:
        days = " – ".join(day(row[when]) for when in ("first_seen", "last_seen") if row[when])
        head = "  ".join(filter(None, (word("kind", row["kind"], LANGUAGE), row["value"], days, row["source"])))
        output.out.print(head, markup=False, highlight=False)
        below = f"{row['why']}  [--identifier {row['node']}]"
        output.out.print(Padding(Text(below, style="dim"), (0, 0, 0, 2)))


def _readable(answer: Answer) -> Answer:
    """Words first, names for programs last; one line says how fresh the traits are."""
    if "says" not in answer.columns:
        return answer
    fresh = [row["as_of"] for row in answer if row["as_of"]]
    note = say(f"as of {moment(min(fresh))}", f"{moment(min(fresh))} 기준") if fresh else ""
    moments = answer.facts["moments"]
    values = [moment(moments[row["trait"]]) if row["trait"] in moments else row["value"] for row in answer]
    table = answer.table.set_column(answer.columns.index("value"), "value", [values])
    return replace(answer, table=table.select(["says", "value", "trait"]), note=note)


@app.command(help=say("What one customer did, the newest first.", "한 고객이 한 일, 최근 것부터."))
def timeline(
    customer: str = Who,
    kind: list[str] = typer.Option(
        [],
        "--kind",
        metavar="order|event|consent|identity",
        help=say("only these (again for more)", "이 종류만 (여러 번)"),
    ),
    event: str = typer.Option("", help=say("only events of this name", "이 이름의 이벤트만")),
    limit: int = typer.Option(50, min=1, max=200, help=say("rows", "행 수")),
    before: str = typer.Option(
        "", metavar="NEXT", help=say("`next` of --json: the page before", "--json의 `next`: 그 앞 쪽")
    ),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        number = customer_number(customer)
        found = ws.timeline(number, LANGUAGE, kinds=kind, name=event, limit=limit, before=before)
        if as_json:
            output.print_json(found)
            return
        rows = [{**r, "says": r.get("says") or say(*_DONE[r["kind"]]), "products": _bought(r)} for r in found["rows"]]
        columns: tuple[str, ...] = ("at", "says", "channel", "amount", "products", "order_id", "source")
        if not (csv or parquet):
            columns = columns[:5]
        shown = output.answer_of(rows, *columns, note=say("Nothing is known.", "아는 것이 없습니다."))
        output.show(shown, csv=csv, parquet=parquet, title=found["customer"])


_DONE = {
    "order": ("order", "주문"),
    "event": ("event", "이벤트"),
    "consent": ("consent", "동의"),
    "identity": ("identity", "식별"),
}


def _bought(row: dict[str, Any]) -> str:
    """The first few products of an order."""
    lines = [str(one.get("title") or one["product_id"]) for one in row.get("lines") or () if one.get("product_id")]
    return ", ".join(lines[:3]) + (" …" if len(lines) > 3 else "")


@app.command(help=say("Say that two customers are one person.", "두 고객이 한 사람이라고 정합니다."))
def merge(
    one: str = Who,
    other: str = typer.Argument(..., metavar="OTHER", help=say("the other customer", "다른 고객")),
    reason: str = typer.Option("", help=say("why", "이유")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("show what would change", "무엇이 바뀌는지만")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        done = ws.merge(customer_number(one), customer_number(other), reason=reason, dry_run=dry_run)
        output.show(done, as_json=as_json, title=say("Merged", "합침") if not dry_run else say("Would merge", "합치면"))


@app.command(
    help=say(
        "Take identifiers off a customer, or take a merge back.", "고객에게서 식별자를 떼거나 합치기를 되돌립니다."
    )
)
def unmerge(
    customer: str = Who,
    identifier: list[int] = typer.Option(
        [],
        "--identifier",
        help=say("node of the identifier (see: customers show)", "식별자의 node (customers show 참고)"),
    ),
    entry: int = typer.Option(0, "--entry", help=say("the merge by hand to take back", "되돌릴 합치기의 번호")),
    reason: str = typer.Option("", help=say("why", "이유")),
    dry_run: bool = typer.Option(False, "--dry-run", help=say("show what would change", "무엇이 바뀌는지만")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        done = ws.unmerge(
            customer_number(customer), identifiers=identifier, entry=entry or None, reason=reason, dry_run=dry_run
        )
        output.show(
            done,
            as_json=as_json,
            title=say("Taken apart", "나눔") if not dry_run else say("Would take apart", "나누면"),
        )


@app.command(help=say("Joins that were refused, and why.", "거절된 연결과 그 이유."))
def conflicts(
    as_json: bool = Json, csv: str | None = Csv, parquet: Path | None = Parquet, workspace: Path | None = At
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.conflicts(), as_json=as_json, csv=csv, parquet=parquet)


def erase(
    customer: str = Who,
    reason: str = typer.Option("", help=say("why", "이유")),
    yes: bool = Yes,
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        number = customer_number(customer)
        if not yes:
            typer.confirm(
                say(
                    f"Erase C{number} for good? This cannot be undone.",
                    f"고객 C{number}의 기록을 영구히 지울까요? 되돌릴 수 없습니다.",
                ),
                abort=True,
            )
        receipt = ws.erase(number, reason=reason)
        if as_json:
            output.print_json(receipt)
        else:
            _receipt(receipt)


def _receipt(receipt: dict[str, Any]) -> None:
    """What an erasure removed, as a person reads and files it."""
    vault = receipt["vault"]
    at = dt.datetime.fromisoformat(receipt["erased_at"]).astimezone(dt.UTC).replace(tzinfo=None)
    rows = [(_GONE[name], n) for name, n in receipt["rows"].items() if n and name in _GONE]
    grid = output.plain_grid()
    for label, value in (
        (say("Customer", "고객"), receipt["customer"]),
        (say("Erased at", "지운 때"), moment(at)),
        (say("Reason", "이유"), receipt["reason"] or "–"),
        (say("Personal data", "개인정보"), f"{vault['entries']:,}"),
        (say("Rows in quarantine", "격리된 행"), f"{len(vault['quarantined']):,}"),
        (say("Keys destroyed", "없앤 열쇠의 지문"), ", ".join(vault["keys"]) or "–"),
        (say("Rows", "행"), ", ".join(f"{what.say(LANGUAGE)} {n:,}" for what, n in rows) or "0"),
    ):
        grid.add_row(f"[bold]{label}[/bold]", Text(value))
    output.out.print(say("Erased for good. The receipt:", "영구히 지웠습니다. 영수증:"))
    output.out.print(grid)
    kept = say(
        "It holds no personal data, so it may be kept; --json is for programs.",
        "개인정보가 없어 보관해도 됩니다. 프로그램에는 --json.",
    )
    output.out.print(kept, style="dim", markup=False)


_GONE = {
    "events": Words("events", "이벤트"),
    "order_items": Words("order lines", "주문 상품"),
    "given": Words("given traits", "받은 속성"),
    "consents": Words("consents", "동의"),
    "memberships": Words("memberships", "세그먼트 이력"),
    "identifiers": Words("identifiers", "식별자"),
    "identity_log": Words("entries of the identity log", "연결 기록"),
    "scores": Words("scores", "점수"),
}


def export_person(
    customer: str = Who,
    reason: str = Reason,
    to: Path | None = typer.Option(None, "--to", help=say("write to this file", "이 파일에 씀")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        everything = ws.export_person(customer_number(customer), reason=reason)
        if to:
            to.write_text(everything, encoding="utf-8")
            output.err.print(f"→ {to}")
        else:
            typer.echo(everything)
