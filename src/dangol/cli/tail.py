"""`dangol tail`: what arrives at the running server, as it arrives."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import typer

from dangol.cli import output
from dangol.cli.words import LANGUAGE, say
from dangol.cli.workspace import At
from dangol.schema import Text, WorkspaceError

TAIL = say("Watch what arrives, personal data masked.", "들어오는 이벤트를 지켜봅니다. 개인정보는 가립니다.")

SILENCE = 60.0
"""Seconds without even a heartbeat after which the server is given up."""


def tail(
    source: str = typer.Option("", help=say("of this source only", "이 원천만")),
    name: str = typer.Option("", help=say("events of this name only", "이 이름의 이벤트만")),
    count: int = typer.Option(0, help=say("end after so many; 0 goes on", "이만큼 보고 끝내기; 0은 계속")),
    port: int = typer.Option(
        0, help=say("port of the server; the setting's by default", "서버의 포트; 기본은 설정의 값")
    ),
    as_json: bool = output.Json,
    workspace: Path | None = At,
) -> None:
    from dangol.app import Desk, Role
    from dangol.app.access import computer_pass

    with output.plain_errors(as_json):
        with Desk.open(workspace, command="dangol tail", lang=LANGUAGE) as desk:
            settings, key = desk.settings, computer_pass(desk, Role.VIEWER)
        asked = urlencode({key: value for key, value in (("source", source), ("name", name)) if value})
        shown = 0
        try:
            for kind, event in _events(_near(settings.host), port or settings.port, f"/v1/events/live?{asked}", key):
                _show(kind, event, as_json)
                shown += kind != "lost"
                if count and shown >= count:
                    return
        except KeyboardInterrupt:
            return


def _near(host: str) -> str:
    """Where this machine reaches the server: a server for others, too, listens here as well, and knows this name."""
    return host if host in ("localhost", "::1") or host.startswith("127.") else "127.0.0.1"


def _events(host: str, port: int, path: str, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events: (kind, data), heartbeats left out."""
    connection = http.client.HTTPConnection(host, port, timeout=SILENCE)
    try:
        connection.request("GET", path, headers={"accept-language": LANGUAGE, "authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise _refused(answer.read())
        kind = "event"
        while line := answer.readline():
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)
    except (OSError, http.client.HTTPException) as error:
        raise WorkspaceError(
            Text(f"no server answers on port {port}", f"{port}번 포트에서 답하는 서버가 없습니다"),
            hint=Text("start it: dangol up, or name its port: --port", "dangol up으로 켜거나 --port로 포트를 적으세요"),
        ) from error
    finally:
        connection.close()


def _refused(body: bytes) -> WorkspaceError:
    try:
        said = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        said = ""
    return WorkspaceError(Text(f"the server refused: {said}", f"서버가 거절했습니다: {said}"))


def _show(kind: str, event: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"kind": kind, **event}, ensure_ascii=False), flush=True)
        return
    if kind == "lost":
        lost = event["events"]
        output.err.print(
            say(f"… {lost:,} not shown: too fast", f"… {lost:,}건은 너무 빨라 보이지 않았습니다"), style="dim"
        )
        return
    output.out.print(_line(kind, event), markup=False, highlight=False, soft_wrap=True)
    sys.stdout.flush()


def _line(kind: str, event: dict[str, Any]) -> str:
    at = str(event.get("at") or event.get("received_at") or "")[:19].replace("T", " ")
    who = " ".join(f"{one['kind']}={one['value']}" for one in event.get("identifiers", ()))
    parts = [at, str(event.get("source") or ""), str(event.get("type") or ""), str(event.get("name") or "–"), who]
    if kind == "aside":
        why = event["put_aside"]
        reason = why.get(LANGUAGE) or why["code"]
        place = f"{why['field']}: " if why.get("field") else ""
        return "  ".join([*parts, say(f"put aside: {place}{reason}", f"격리: {place}{reason}")])
    said = {k: event[k] for k in ("order_id", "product_id", "category", "amount") if event.get(k) is not None}
    said |= {k: v for k, v in (event.get("properties") or {}).items() if k != "context"}
    return "  ".join([*parts, json.dumps(said, ensure_ascii=False) if said else ""]).rstrip()
