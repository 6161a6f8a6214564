"""Commands about segments and traits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from rich.padding import Padding

from dangol.app import customer_number
from dangol.cli import output
from dangol.cli.clock import moment
from dangol.cli.listing import group, lists
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer

app = group(
    say(
        "Segments: list, count, members, why, sql, overlap, profile.",
        "세그먼트: 목록, 수, 고객, 이유, SQL, 겹침, 특징.",
    )
)
TRAITS = say("The traits, by family, with rule and freshness.", "속성을 세 갈래로, 조건과 계산 시각과 함께.")
Name = typer.Argument(
    ..., metavar="SEGMENT", help=say("segment name, or a YAML file with a draft", "세그먼트 이름, 또는 초안 YAML 파일")
)


def show(found: Answer) -> None:
    """One block a segment: its words and size, and the rule as a sentence below."""
    if not len(found):
        output.out.print(found.note, markup=False)
        return
    width = max(len(f"{row['customers'] or 0:,}") for row in found)
    for row in sorted(found, key=lambda r: -(r["customers"] or 0)):
        size = "–" if row["customers"] is None else f"{row['customers']:,}"
        share = "" if row["share"] is None else f"{row['share']:6.1%}"
        output.out.print(
            f"{size:>{width}} {share:>6}  [bold]{row['says']}[/bold]  [dim]{row['segment']}[/dim]", highlight=False
        )
        output.out.print(Padding(f"[dim]{row['rule']}[/dim]", (0, 0, 0, width + 9)), highlight=False)


lists(app, lambda ws: ws.segments(LANGUAGE), shown=show)


@app.command(help=say("How many are in it, exactly, now.", "지금 정확히 몇 명인지."))
def count(segment: str = Name, as_json: bool = Json, workspace: Path | None = At) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.count(segment)
        if as_json:
            output.print_json(
                {"segment": segment, "customers": found.customers, "everyone": found.everyone, "as_of": found.as_of}
            )
        else:
            share = found.customers / found.everyone if found.everyone else 0
            output.out.print(
                say(
                    f"{found.customers:,} customers ({share:.1%} of {found.everyone:,})",
                    f"고객 {found.customers:,}명 ({found.everyone:,}명 가운데 {share:.1%})",
                )
            )
            output.out.print(f"[dim]{found.sentence(LANGUAGE)}[/dim]")
            if found.as_of:
                when = moment(found.as_of)
                output.out.print(say(f"by traits as of {when}", f"{when} 기준 속성"), style="dim")


@app.command(help=say("Who is in it: now, or as of a date.", "누가 있는지: 지금, 또는 그날 기준."))
def members(
    segment: str = Name,
    as_of: str = typer.Option("", "--as-of", metavar="DATE", help=say("members on this date", "이날의 고객")),
    columns: str = typer.Option("", help=say("traits to show, comma-separated", "보일 속성, 쉼표로")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        shown = [c.strip() for c in columns.split(",") if c.strip()]
        found = ws.members(segment, as_of=as_of or None, columns=shown)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, words=ws.readable)


@app.command(help=say("Why a customer is in it, or not.", "고객이 들어 있는, 또는 없는 이유."))
def why(
    segment: str = Name,
    customer: str = typer.Argument(..., metavar="CUSTOMER", help=say("customer id", "고객 번호")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        reason = ws.why(segment, customer_number(customer))
        if as_json:
            output.print_json(reason.as_dict())
        elif csv or parquet:
            output.show(reason.answer(LANGUAGE), csv=csv, parquet=parquet)
        else:
            output.out.print(reason.text(LANGUAGE), markup=False, highlight=False)


@app.command(name="sql", help=say("The SQL behind it.", "세그먼트의 SQL."))
def sql_(segment: str = Name, workspace: Path | None = At) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        typer.echo(ws.segment_sql(segment))


@app.command(help=say("How two segments overlap.", "두 세그먼트가 얼마나 겹치는지."))
def overlap(
    one: str = Name,
    other: str = typer.Argument(..., metavar="OTHER", help=say("the other segment", "다른 세그먼트")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.overlap(one, other)
        if as_json:
            output.show(found, as_json=True)
        else:
            show_overlap(next(iter(ws.readable(found))))


def show_overlap(row: dict[str, Any]) -> None:
    """Two segments in three sentences."""
    a, b, both = row["a"], row["b"], row["both"]
    lines = [say(f"{a}: {row['size_a']:,} customers; {b}: {row['size_b']:,}; in both: {both:,}",
                 f"{a}: {row['size_a']:,}명, {b}: {row['size_b']:,}명, 둘 다: {both:,}명")]  # fmt: skip
    if row["share_of_a"] is not None:
        lines.append(
            say(f"{row['share_of_a']:.1%} of {a} are in {b}", f"{a}의 {row['share_of_a']:.1%}가 {b}에 있습니다")
        )
    if row["share_of_b"] is not None:
        lines.append(
            say(f"{row['share_of_b']:.1%} of {b} are in {a}", f"{b}의 {row['share_of_b']:.1%}가 {a}에 있습니다")
        )
    if row["lift"] is not None:
        lines.append(
            say(f"{row['lift']:.2f} times what chance would give", f"우연히 겹칠 때의 {row['lift']:.2f}배입니다")
        )
    for line in lines:
        output.out.print(line, markup=False, highlight=False)


@app.command(
    help=say(
        "How its members differ from everyone else, most telling first.", "다른 고객과 어떻게 다른지, 큰 차이부터."
    )
)
def profile(
    segment: str = Name,
    limit: int = typer.Option(20, help=say("rows", "행 수")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.segment_profile(segment, LANGUAGE, limit=limit)
        if as_json or csv or parquet:
            output.show(found, as_json=as_json, csv=csv, parquet=parquet)
        else:
            show_profile(found)


def show_profile(found: Answer) -> None:
    """A sentence a difference, with a bar for how telling it is; the numbers are in --json and --csv."""
    output.out.print(found.note, style="dim", markup=False, highlight=False)
    if not len(found):
        few = say("Too few customers to compare.", "비교하기에 고객이 너무 적습니다.")
        output.out.print(few)
    grid = output.plain_grid()
    for row in found:
        strength = min(5, 1 + int(abs(row["effect"]) / 0.3))
        grid.add_row(("+" if row["difference"] > 0 else "-") * strength, output.escape(row["says"]))
    output.out.print(grid)


@app.command(help=say("How its size went, day by day.", "크기가 날마다 어떻게 변했는지."))
def trend(
    segment: str = Name,
    days: int = typer.Option(30, min=1, max=3_660, help=say("days to look back", "며칠 전까지")),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        rows = ws.segment_trend(segment, days=days)["days"]
        none = say("Nothing is known of those days.", "그날들에 대해 아는 것이 없습니다.")
        found = output.answer_of(rows, "day", "customers", "entered", "left", note=none)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=segment)


@app.command(help=say("Its versions, the newest first.", "버전 목록, 최근 것부터."))
def versions(
    segment: str = Name,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        rows = [{**v, "changed_at": v["at"], "changed_by": v["by"]} for v in ws.segment_versions(segment, LANGUAGE)]
        found = output.answer_of(rows, "version", "changed_at", "changed_by", "note", "rule")
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=segment)


@app.command(
    help=say(
        "Customers and what they are worth, by fifths of recency and frequency (5 is best).",
        "최근성과 구매 횟수의 다섯 등급별 고객과 가치 (5가 최고).",
    )
)
def rfm(
    as_json: bool = Json, csv: str | None = Csv, parquet: Path | None = Parquet, workspace: Path | None = At
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        none = say("Nobody has been rated yet.", "아직 등급이 매겨진 고객이 없습니다.")
        found = output.answer_of(ws.rfm()["cells"], "recency", "frequency", "customers", "value", note=none)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title="RFM")


def traits(
    family: str = typer.Option(
        "", help=say("demographic, behavioural or analytic", "demographic(인구), behavioural(행동), analytic(분석)")
    ),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.traits(LANGUAGE, family=family or None)
        if as_json or csv or parquet:
            output.show(found, as_json=as_json, csv=csv, parquet=parquet)
        else:
            show_traits(found)


_FAMILIES = {
    "demographic": ("Demographic (given)", "인구 속성 (받은 것)"),
    "behavioural": ("Behavioural (computed from events)", "행동 속성 (이벤트에서 계산한 것)"),
    "analytic": ("Analytic (predicted)", "분석 속성 (예측한 것)"),
}


def show_traits(found: Answer) -> None:
    """One table a family; the rules are in --json and --csv."""
    import pyarrow.compute as pc

    for family, words in _FAMILIES.items():
        table = found.table.filter(pc.equal(found.table["family"], family)).select(["says", "unit", "filled", "trait"])
        if table.num_rows:
            output.table_for_people(Answer(table), f"[bold]{say(*words)}[/bold]", most=500)
            output.out.print()
    fresh = [row["as_of"] for row in found if row["as_of"]]
    if fresh:
        when = moment(min(fresh))
        output.out.print(say(f"as of {when}; rules: --json", f"{when} 기준; 조건은 --json"), style="dim")
