"""`dangol events`: what is sent. `dangol tracking`: what should be."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import say
from dangol.cli.workspace import At, opened

events = group(say("The catalogue of events as they arrive.", "들어오는 이벤트의 목록."))
plans = group(say("Tracking plans: what each source should send.", "수집 계획: 원천마다 보내야 할 것."))
lists(plans, lambda ws: ws.tracking(), title=say("Tracking plans", "수집 계획"))
Source = typer.Option("", help=say("only this source", "이 원천만"))
Event = typer.Option([], help=say("only this event (again for more)", "이 이벤트만 (여러 번)"))
_EVENTS = say(
    "Every event seen: how often, since when, planned or not.", "온 이벤트마다 몇 번, 언제부터, 계획에 있는지."
)


@events.callback()
def _events_alone(
    context: typer.Context,
    source: str = Source,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    if not context.invoked_subcommand:
        list_(source, as_json, csv, parquet, workspace)


@events.command(name="list", help=_EVENTS)
def list_(
    source: str = Source,
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.events(source=source or None)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=say("Events", "이벤트"))


@events.command(help=say("An event's properties and days.", "이벤트의 속성과 날마다의 수."))
def show(
    event: str = typer.Argument(..., metavar="EVENT", help=say("its name", "이벤트 이름")),
    source: str = Source,
    days: int = typer.Option(14, help=say("days of volumes shown", "날마다의 수를 보일 일수"), min=1, max=3660),
    as_json: bool = Json,
    csv: str | None = Csv,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.event_properties(event, source=source or None)
        counted = ws.event_volumes(event, days=days, source=source or None)
        if as_json:
            output.print_json({"event": event, "properties": found, "volumes": counted})
            return
        output.show(found, csv=csv, title=say("Properties", "속성"))
        if not csv and len(counted):
            output.show(counted, title=say("Volumes", "날마다의 수"))


@plans.command(name="show", help=say("A source's plan as YAML.", "원천의 계획을 YAML로."))
def show_plan(
    source: str = typer.Argument(..., metavar="SOURCE", help=say("name of the source", "원천 이름")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        output.out.print(ws.tracking_yaml(source), markup=False, highlight=False)


@plans.command(help=say("What broke a plan, with samples.", "계획에 어긋난 것과 표본."))
def violations(
    source: str = Source,
    event: str = typer.Option("", help=say("only this event", "이 이벤트만")),
    days: int = typer.Option(7, help=say("days to look back", "며칠 전까지"), min=0, max=90),
    as_json: bool = Json,
    csv: str | None = Csv,
    parquet: Path | None = Parquet,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        found = ws.violations(days=days, source=source or None, event=event or None)
        output.show(found, as_json=as_json, csv=csv, parquet=parquet, title=say("Violations", "위반"))


@plans.command(
    help=say(
        "Take what a source sent so far into its plan; what stands there stays.",
        "원천이 보낸 것을 계획에 담습니다. 이미 적힌 것은 그대로 둡니다.",
    )
)
def accept(
    source: str = typer.Argument(..., metavar="SOURCE", help=say("name of the source", "원천 이름")),
    event: list[str] = Event,
    dry_run: bool = typer.Option(False, "--dry-run", help=say("print it, write nothing", "보기만 하고 쓰지 않음")),
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(), opened(workspace) as ws:
        output.out.print(ws.accept_tracking(source, events=event, dry_run=dry_run), markup=False, highlight=False)


@plans.command(
    help=say(
        "Read FILE and say what was seen that would break it.",
        "FILE을 읽고, 지금까지 온 것 가운데 어긋나는 것을 보여 줍니다.",
    )
)
def check(
    file: Path = typer.Argument(..., metavar="FILE", help=say("YAML with tracking plans", "수집 계획 YAML")),
    as_json: bool = Json,
    csv: str | None = Csv,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.check_tracking(file), as_json=as_json, csv=csv, title=say("Check", "점검"))
