"""Definitions as files: pull them out, plan a change, apply it."""

from __future__ import annotations

from pathlib import Path

import typer

from dangol.cli import output
from dangol.cli.output import Json
from dangol.cli.words import say
from dangol.cli.workspace import At, opened

PULL = say("Write every definition to FOLDER as YAML.", "모든 정의를 YAML로 FOLDER에 씁니다.")
PLAN = say(
    "What applying FOLDER (or `starter`, the set that comes with dangol) would change: who enters, who leaves.",
    "FOLDER(또는 `starter`)를 적용하면 누가 들어오고 나가는지.",
)
APPLY = say(
    "Make the definitions in FOLDER the shop's; `starter` is a set of segments that comes with dangol.",
    "FOLDER의 정의를 가게의 정의로 만듭니다. `starter`는 dangol과 함께 오는 세그먼트 모음입니다.",
)
Folder = typer.Argument(Path("definitions"), metavar="FOLDER", help=say("folder of YAML files", "YAML 파일 폴더"))
Given = typer.Argument(
    Path("definitions"),
    metavar="FOLDER",
    help=say("folder of YAML files, or `starter`", "YAML 파일 폴더, 또는 `starter`"),
)


def pull(folder: Path = Folder, as_json: bool = Json, workspace: Path | None = At) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.pull(folder), as_json=as_json)


def plan(folder: Path = Given, as_json: bool = Json, workspace: Path | None = At) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        output.show(ws.plan(folder).answer, as_json=as_json, title=say("Plan", "계획"))


def apply(
    folder: Path = Given,
    yes: bool = typer.Option(False, "--yes", "-y", help=say("do not ask", "묻지 않음")),
    note: str = typer.Option("", help=say("why, for the history", "이유 (이력에 남음)")),
    as_json: bool = Json,
    workspace: Path | None = At,
) -> None:
    with output.plain_errors(as_json), opened(workspace) as ws:
        planned = ws.plan(folder)
        if not as_json:
            output.show(planned.answer, title=say("Plan", "계획"))
        if not len(planned.answer):
            return
        if not yes:
            typer.confirm(say("Apply this?", "적용할까요?"), abort=True)
        with output.progress() as steps:
            done = ws.apply(planned, note=note, progress=steps)
        output.show(done, as_json=as_json, title=say("Applied", "적용함"))
