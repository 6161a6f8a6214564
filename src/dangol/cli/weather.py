"""`dangol weather`: what the sky was doing, for rules that ask."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.listing import group, lists
from dangol.cli.output import Csv, Json, Parquet
from dangol.cli.words import say
from dangol.cli.workspace import At, opened
from dangol.schema import Answer

app = group(say("Weather by place and hour, for rules that ask for it.", "조건에 쓰는 장소별, 시간별 날씨."))
lists(app, lambda ws: ws.weather(), title=say("Weather", "날씨"))


@app.command(
    help=say("Ask the KMA for the newest observation and forecast.", "기상청에서 최근 실황과 예보를 가져옵니다.")
)
def fetch(as_json: bool = Json, workspace: Path | None = At) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        _told(ws.fetch_weather(), as_json)


@app.command(name="import", help=say("Read weather from a CSV or JSON file.", "CSV나 JSON 파일에서 날씨를 읽습니다."))
def import_(
    file: Path = typer.Argument(
        ...,
        metavar="FILE",
        help=say(
            "columns time, place, condition, temperature, precipitation, humidity, wind",
            "열: time, place, condition, temperature, precipitation, humidity, wind",
        ),
    ),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        _told(ws.import_weather(file), as_json)


@app.command(help=say("What is known of each place, and what is missing.", "장소마다 무엇을 알고 무엇이 빠졌는지."))
def status(
    as_json: bool = Json, csv: str | None = Csv, parquet: Path | None = Parquet, workspace: Path | None = At
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.weather(), as_json=as_json, csv=csv, parquet=parquet, title=say("Weather", "날씨"))


def _told(found: Answer, as_json: bool) -> None:
    output.show(found, as_json=as_json, title=say("Weather", "날씨"))
    if any(row["problem"] for row in found):
        raise typer.Exit(1)
