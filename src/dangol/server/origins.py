"""Sources over HTTP: all of them with their health, write keys, webhooks, tracking plans."""

from __future__ import annotations

import threading
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, hooks, origins, planned
from dangol.app.asking import speaking
from dangol.server.access import need
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language
from dangol.store import WriteKey


class Key(BaseModel):
    """A new write key."""

    source: str = Field(min_length=1, max_length=80)
    side: str = Field("browser", max_length=20)
    origins: list[str] = Field(default_factory=list, max_length=50)
    ip: str = Field("truncated", max_length=20)
    per_minute: Number = 0
    per_day: Number = 0


class HookText(BaseModel):
    """A webhook's definition (docs/hooks.md) and its secret."""

    definition: str = Field(max_length=200_000)
    secret: str = Field("", max_length=2_000)
    new_token: bool = False


class HookSample(BaseModel):
    """A delivery to try a definition on."""

    definition: str = Field(max_length=200_000)
    body: str = Field(max_length=1_000_000)
    headers: dict[str, str] = Field(default_factory=dict)


class Accept(BaseModel):
    """What of a source's events goes into its plan; all of them without names."""

    events: list[str] = Field(default_factory=list, max_length=2_000)
    dry_run: bool = False


class PlanText(BaseModel):
    """A tracking plan as YAML."""

    yaml: str = Field(max_length=1_000_000)
    dry_run: bool = False


def add_origins(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes; `turn` is what changes wait for."""
    see, take = [need(Right.SEE)], [need(Right.TAKE)]

    @app.get("/v1/sources", summary="Every source: how it comes, how much, since when, how it is", dependencies=see)
    def every() -> Plain:
        return Plain(origins.listed(workspace))

    @app.get("/v1/sources/keys", summary="Write keys, and their events of today", dependencies=take)
    def keys(request: Request, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(workspace.sources())

    @app.post("/v1/sources/keys", summary="A new write key, shown once", dependencies=take, status_code=201)
    def make(request: Request, wanted: Key, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            how = wanted.model_dump()
            return Plain(_made(*workspace.add_source(how.pop("source"), **how)), status_code=201)

    @app.post("/v1/sources/keys/{key}/rotate", summary="A second key like this one", dependencies=take, status_code=201)
    def rotate(request: Request, key: Number, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(_made(*origins.rotate(workspace, key)), status_code=201)

    @app.post("/v1/sources/keys/{key}/revoke", summary="From now on a key opens nothing", dependencies=take)
    def revoke(request: Request, key: Number, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain({"key": workspace.revoke_key(key).id})

    def _made(key: str, kept: WriteKey) -> dict[str, Any]:
        address = workspace.settings.public_address or f"http://{workspace.settings.host}:{workspace.settings.port}"
        tag = workspace.tag(key) if kept.side == "browser" else ""
        return {"number": kept.id, "key": key, "side": kept.side, "source": kept.source, "tag": tag, "address": address}

    _hooks(app, workspace)
    _plans(app, workspace, turn)


def _hooks(app: FastAPI, workspace: Workspace) -> None:
    take = [need(Right.TAKE)]

    @app.get("/v1/webhooks", summary="Webhooks that are taken in", dependencies=take)
    def listed(request: Request, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(workspace.hooks())

    @app.get("/v1/webhooks/{hook}", summary="A webhook's definition as YAML", dependencies=take)
    def one(request: Request, hook: str, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain({"hook": hook, "definition": hooks.yaml_of(workspace, hook)})

    @app.post("/v1/webhooks", summary="Keep a webhook's definition and secret", dependencies=take, status_code=201)
    def add(request: Request, wanted: HookText, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            text, secret = wanted.definition, wanted.secret
            made, token = hooks.add_text(workspace, text, secret=secret, new_token=wanted.new_token)
            return Plain({"hook": made.name, "token": token}, status_code=201)

    @app.post("/v1/webhooks/try", summary="What a delivery would tell under a draft", dependencies=take)
    def try_out(request: Request, wanted: HookSample, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(hooks.try_text(workspace, wanted.definition, wanted.body.encode(), wanted.headers))

    @app.delete("/v1/webhooks/{hook}", summary="Take nothing under this name any more", dependencies=take)
    def remove(request: Request, hook: str, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            workspace.remove_hook(hook)
            return Plain({"removed": hook})


def _plans(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    take = [need(Right.TAKE)]

    @app.get("/v1/tracking/{source}/plan", summary="A source's tracking plan as YAML", dependencies=[need(Right.SEE)])
    def plan(request: Request, source: str, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain({"source": source, "yaml": workspace.tracking_yaml(source)})

    @app.post("/v1/tracking/{source}/accept", summary="Take what was seen into the plan", dependencies=take)
    def accept(request: Request, source: str, wanted: Accept, lang: str = "") -> Plain:
        with turn, speaking(language(request, lang)):
            text = workspace.accept_tracking(source, events=wanted.events, dry_run=wanted.dry_run)
            return Plain({"source": source, "yaml": text})

    @app.post("/v1/tracking/plans", summary="Keep a plan, or see what it would find wrong", dependencies=take)
    def put(request: Request, wanted: PlanText, lang: str = "") -> Plain:
        with turn, speaking(language(request, lang)):
            found = planned.put(workspace, wanted.yaml, dry_run=wanted.dry_run)
            return Plain({"note": found.note, "violations": list(found)})
