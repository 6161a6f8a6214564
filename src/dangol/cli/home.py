"""`dangol home`: what changed, how things stand, and what could be done next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dangol.cli import output
from dangol.cli.clock import moment
from dangol.cli.output import Csv, Json
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened

if TYPE_CHECKING:
    from dangol.app import Workspace
    from dangol.schema import Answer

HOME = say("What changed, and what to do next.", "무엇이 바뀌었고 다음에 무엇을 할지.")


def home(
    days: int = typer.Option(1, metavar="1|7|28", help=say("days to look back", "며칠 동안의 변화인지")),
    as_json: bool = Json,
    csv: str | None = Csv,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.home(LANGUAGE, days=days)
        advice = [{**one, "says": ws.check_rule(one["rule"])["says"][LANGUAGE]} for one in found["advice"]]
        if as_json:
            output.print_json({**found, "advice": advice})
        elif csv:
            output.show(_sales(ws, found), csv=csv)
        else:
            _print(ws, found, advice)


def _sales(ws: Workspace, found: dict[str, Any]) -> Answer:
    now, before = found["sales"]["now"], found["sales"]["before"]
    money = ws.settings.currency
    rows = [
        {"what": says, "now": _number(now[name], name), "before": _number(before[name], name)}
        for name, says in (
            ("revenue", say(f"revenue ({money})", f"매출 ({money})")),
            ("orders", say("orders", "주문")),
            ("buyers", say("buyers", "구매 고객")),
            ("repeat", say("repeat rate", "재구매율")),
        )
    ]
    return output.answer_of(rows, "what", "now", "before")


def _number(value: Any, name: str) -> str | None:
    """As text: counts, money and shares stand in one column."""
    if value is None:
        return None
    return f"{value:.1%}" if name == "repeat" else f"{value:,.0f}"


def _print(ws: Workspace, found: dict[str, Any], advice: list[dict[str, Any]]) -> None:
    since, before = moment(found["since"]), moment(found["compared_with"]["since"])
    span = say(f"since {since}, beside the same hours since {before}", f"{since}부터, 비교는 {before}부터 같은 시간")
    output.out.print(span, style="dim", markup=False, highlight=False)
    output.show(_sales(ws, found))
    if found["stages"]:
        output.out.print()
        stages = output.answer_of(found["stages"], "says", "customers", "value")
        output.show(stages, title=say("Where customers stand", "고객의 단계"))
    if found["moves"]:
        output.out.print()
        rows = [{**r, "inside": r["customers"]} for r in found["moves"][:10]]
        moves = output.answer_of(rows, "says", "entered", "left", "inside")
        output.show(moves, title=say("Segments that moved", "움직인 세그먼트"))
    for row in found["quarantine"]:
        held = say(f"in quarantine: {row['says']}, {row['rows']:,}", f"격리: {row['says']}, {row['rows']:,}행")
        output.out.print(held, markup=False, highlight=False)
    if advice:
        output.out.print()
        output.out.print(say("Whom to look at next", "다음에 볼 고객"), style="bold", markup=False)
        for one in advice:
            n = say(f"{one['customers']:,}", f"{one['customers']:,}명")
            output.out.print(f"  • {n}: {one['says']}", markup=False, highlight=False)
