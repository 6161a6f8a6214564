"""Who is who over HTTP: counts, clusters, conflicts, blocked values, the log; and rules, tried before they are published."""

from __future__ import annotations

import threading
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, clusters, customer_number
from dangol.app.asking import speaking
from dangol.identity import read_policy
from dangol.schema import DefinitionError, Problem, Text
from dangol.server.access import need
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language, whole

Json = dict[str, Any]


class Value(BaseModel):
    """An identifier: by its number, or by kind and value as a person writes it (in the body, never in an address)."""

    node: str = Field("", max_length=20)
    kind: str = Field("", max_length=40)
    value: str = Field("", max_length=1_000)
    reason: str = Field("", max_length=500)
    dry_run: bool = False


Node = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]


class Draft(BaseModel):
    """Rules to try: what differs from what dangol comes with, and values to block or to free besides."""

    policy: Json = Field(default_factory=dict)
    blocked: list[Node] = Field(default_factory=list, max_length=10_000)
    freed: list[Node] = Field(default_factory=list, max_length=10_000)


class Publish(Draft):
    """Rules to publish. `version`: the one the draft was made of."""

    version: Number | None = None
    note: str = Field("", max_length=500)


class Revert(BaseModel):
    """Back to a version; 0 is what dangol comes with."""

    to: Number = Field(ge=0)


class Verdict(BaseModel):
    """What a person says of a pair."""

    key: str = Field(pattern=r"^\d{1,20}-\d{1,20}$")
    verdict: str = Field(max_length=20)
    joins: bool


class Undo(BaseModel):
    """Taking a merge or a cut back."""

    reason: str = Field("", max_length=500)
    dry_run: bool = False


def add_identity(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes; `turn` is what changes wait for."""
    see, mend = [need(Right.SEE)], [need(Right.MEND)]

    @app.get("/v1/identity", summary="How many customers from how many identifiers", dependencies=see)
    def overview() -> Plain:
        return Plain(workspace.identity())

    @app.get("/v1/identity/biggest", summary="Customers with the most identifiers", dependencies=see)
    def biggest(limit: Annotated[int, Query(ge=1, le=500)] = 20) -> Plain:
        return Plain(workspace.biggest(limit=limit))

    @app.get("/v1/identity/conflicts", summary="Joins that were refused, and why", dependencies=see)
    def conflicts(limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Plain:
        return Plain(clusters.conflicts(workspace, limit))

    @app.get("/v1/identity/graph/{customer}", summary="One customer's identifiers and what ties them", dependencies=see)
    def graph(customer: str) -> Plain:
        return Plain(clusters.graph(workspace, customer_number(customer)))

    @app.get("/v1/identity/log", summary="What people did to who is who", dependencies=see)
    def log(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, offset: Annotated[int, Query(ge=0, le=2**53)] = 0
    ) -> Plain:
        return Plain(workspace.identity_log(limit=limit, offset=offset))

    @app.post("/v1/identity/log/{entry}/undo", summary="Take a merge or a cut back", dependencies=mend)
    def undo(request: Request, entry: Number, wanted: Undo, lang: str = "") -> Plain:
        with turn, speaking(language(request, lang)):
            return Plain(workspace.take_back(entry, reason=wanted.reason, dry_run=wanted.dry_run))

    @app.get("/v1/identity/blocked", summary="Values that join nobody", dependencies=see)
    def blocked(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, offset: Annotated[int, Query(ge=0, le=2**53)] = 0
    ) -> Plain:
        return Plain(workspace.blocked_values(limit=limit, offset=offset))

    @app.post("/v1/identity/block", summary="Say that a value is nobody's", dependencies=mend)
    def block(request: Request, wanted: Value, lang: str = "") -> Plain:
        return judged(request, wanted, lang, block=True)

    @app.post("/v1/identity/unblock", summary="Let a value join again", dependencies=mend)
    def unblock(request: Request, wanted: Value, lang: str = "") -> Plain:
        return judged(request, wanted, lang, block=False)

    def judged(request: Request, wanted: Value, lang: str, *, block: bool) -> Plain:
        with turn, speaking(language(request, lang)):
            node = _number(wanted.node) if wanted.node else 0
            which: Json = {"node": node, "kind": wanted.kind, "value": wanted.value}
            done = workspace.judge_value(**which, block=block, reason=wanted.reason, dry_run=wanted.dry_run)
            return Plain(done)

    _rules(app, workspace, turn)


def _rules(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    see, mend = [need(Right.SEE)], [need(Right.MEND)]

    @app.get("/v1/identity/rules", summary="The rules in force, and every version", dependencies=see)
    def rules() -> Plain:
        return Plain(workspace.identity_rules())

    @app.post(
        "/v1/identity/rules/try", summary="Try rules on the real links: a job", dependencies=mend, status_code=202
    )
    def try_out(request: Request, wanted: Draft, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            read_policy(wanted.policy, workspace.base_policy)
            return Plain(workspace.jobs.start("identity.try", wanted.model_dump()).as_dict(), status_code=202)

    @app.get("/v1/identity/rules/judged", summary="What was said of pairs", dependencies=see)
    def verdicts() -> Plain:
        return Plain(workspace.judged_pairs())

    @app.get("/v1/identity/rules/try/{job}/score", summary="How right a trial is, by what was judged", dependencies=see)
    def score(job: Number) -> Plain:
        result = workspace.jobs.get(job).result or {}
        return Plain(workspace.score_rules(result.get("pairs", [])))

    @app.post("/v1/identity/rules/judge", summary="Say whether a pair is one person", dependencies=mend)
    def judge(request: Request, wanted: Verdict, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(workspace.judge_pair(wanted.key, wanted.verdict, joins=wanted.joins))

    @app.post("/v1/identity/rules/publish", summary="Put rules in force: a job", dependencies=mend, status_code=202)
    def publish(request: Request, wanted: Publish, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            read_policy(wanted.policy, workspace.base_policy)
            return Plain(workspace.jobs.start("identity.publish", wanted.model_dump()).as_dict(), status_code=202)

    @app.post("/v1/identity/rules/revert", summary="Back to a version: a job", dependencies=mend, status_code=202)
    def revert(request: Request, wanted: Revert, lang: str = "") -> Plain:
        with speaking(language(request, lang)):
            return Plain(workspace.jobs.start("identity.revert", wanted.model_dump()).as_dict(), status_code=202)


def _number(text: str) -> int:
    number = whole(text)
    if number is None:
        wrong = Text("an identifier is named by its number", "식별자는 번호로 적습니다")
        raise DefinitionError([Problem(wrong, "node")])
    return number
