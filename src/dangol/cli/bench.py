"""`dangol bench`: becomes the process that measures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer

from dangol.cli.words import LANGUAGE, say

BENCH = say(
    "Measure this machine: the real server, a made-up shop, a load on the same machine.",
    "이 컴퓨터를 잽니다: 실제 서버, 지어낸 가게와 부하.",
)


def bench(
    customers: int = typer.Option(100_000, help=say("customers of the made-up shop", "지어낸 가게의 고객 수")),
    events: int = typer.Option(1_000_000, help=say("events it begins with", "시작할 때의 이벤트 수")),
    rate: int = typer.Option(1_000, help=say("events a second while it is measured", "재는 동안 초당 이벤트")),
    seconds: int = typer.Option(60, help=say("how long it is under load", "부하를 주는 시간(초)")),
    connections: int = typer.Option(128, help=say("connections that send at once", "동시에 보내는 연결 수")),
    soak: int = typer.Option(0, metavar="MINUTES", help=say("also run this long", "이만큼(분) 더 오래 돌리기")),
    only: str = typer.Option("", metavar="intake|load|soak", help=say("measure this alone", "이것만 재기")),
    shop: Path | None = typer.Option(
        None,
        metavar="FOLDER",
        help=say(
            "make the shop here and keep it, or use the one that is here", "가게를 여기에 만들어 두거나 있던 것을 쓰기"
        ),
    ),
    as_json: bool = typer.Option(False, "--json", help=say("print JSON", "JSON으로 출력")),
) -> None:
    numbers = {"customers": customers, "events": events, "rate": rate, "seconds": seconds, "connections": connections}
    command = [sys.executable, "-P", "-m", "dangol.bench", "--lang", LANGUAGE]
    command += [part for name, value in numbers.items() for part in (f"--{name}", str(value))]
    command += ["--soak", str(soak)] if soak else []
    command += ["--only", only] if only else []
    command += ["--shop", str(shop)] if shop else []
    command += ["--json"] if as_json else []
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(sys.executable, command)  # noqa: S606  (our own interpreter, no shell)
    raise typer.Exit(subprocess.call(command))
