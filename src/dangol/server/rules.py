"""Rules in the making over HTTP: what the builder asks while somebody types."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace
from dangol.schema import DefinitionError
from dangol.server.access import need
from dangol.server.latest import Latest
from dangol.server.reply import Plain, language
from dangol.server.turns import long_turn


class Asked(BaseModel):
    """A rule: as JSON (`where`: the condition, or a whole segment document), or as text a person wrote."""

    where: Any = Field(None, description="the condition, or a segment document with its `where`")
    text: str | None = Field(None, max_length=200_000, description="the same as YAML, or a short SELECT")
    kind: Literal["yaml", "sql"] = Field("yaml", description="how `text` is written")
    name: str = Field(
        "", max_length=80, description="the segment being defined, so that a cycle through itself is seen"
    )
    tab: str = Field("", max_length=64, description="who asks: of one tab's questions only the newest is answered")
    number: int = Field(0, ge=0, le=2**53, description="counts a tab's questions up")


class Sampled(Asked):
    """Which of the members."""

    limit: int = Field(10, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**53)
    reasons: bool = Field(True, description="also say why each is in")


class Differing(Asked):
    limit: int = Field(20, ge=1, le=200)


class Overlapping(Asked):
    others: list[str] = Field(default_factory=list, max_length=100, description="segments; all of them when left out")


def add_rules(app: FastAPI, workspace: Workspace) -> None:
    """The routes. Checking and counting wait for nobody, so that typing stays quick."""
    latest, long = Latest(), long_turn(app)

    def read(asked: Asked) -> Any:
        return workspace.read_rule(asked.text, asked.kind) if asked.text is not None else asked.where

    @app.post("/v1/rules/check", summary="Is a rule sound, and what does it say", dependencies=[need(Right.SEE)])
    def check(request: Request, asked: Asked, lang: str = "") -> Plain:
        tongue = language(request, lang)
        try:
            body = read(asked)
        except DefinitionError as error:
            problems = [p.as_dict(tongue) for p in error.problems]
            return Plain({"sound": False, "problems": problems, "warnings": []})
        found = workspace.check_rule(body, tongue, name=asked.name)
        return Plain(found if asked.text is None else found | {"document": body})

    @app.post("/v1/rules/count", summary="Exactly how many match a rule", dependencies=[need(Right.SEE)])
    def count(asked: Asked) -> Plain:
        body = read(asked)
        with latest.only(asked.tab, asked.number, workspace.stopper()):
            return Plain(workspace.count_rule(body))

    @app.post("/v1/rules/sample", summary="Some who match a rule, and why", dependencies=[need(Right.SEE)])
    def sample(request: Request, asked: Sampled, lang: str = "") -> Plain:
        found = workspace.sample_rule(
            read(asked), language(request, lang), limit=asked.limit, offset=asked.offset, reasons=asked.reasons
        )
        return Plain(found)

    @app.post("/v1/rules/members.csv", summary="Everybody who matches, as CSV", dependencies=[need(Right.EXPORT)])
    def members(asked: Asked) -> Response:
        return Response(workspace.members_csv(read(asked)), media_type="text/csv; charset=utf-8")

    @app.post("/v1/rules/differ", summary="How those who match differ from everyone", dependencies=[need(Right.SEE)])
    def differ(request: Request, asked: Differing, lang: str = "") -> Plain:
        with long:
            return Plain(workspace.differ_rule(read(asked), language(request, lang), limit=asked.limit))

    @app.post("/v1/rules/overlap", summary="How a rule overlaps with segments", dependencies=[need(Right.SEE)])
    def overlap(request: Request, asked: Overlapping, lang: str = "") -> Plain:
        return Plain(workspace.overlap_rule(read(asked), asked.others, language(request, lang)))

    @app.get("/v1/catalogue/fields", summary="Everything a rule can be built from", dependencies=[need(Right.SEE)])
    def fields(request: Request, lang: str = "") -> Plain:
        return Plain(workspace.fields(language(request, lang)))

    @app.get("/v1/catalogue/values", summary="Values of a trait or field", dependencies=[need(Right.SEE)])
    def values(
        request: Request,
        field: str = Query(max_length=80),
        of: Literal["traits", "events", "items"] = "traits",
        event: str = Query("", max_length=200),
        find: str = Query("", max_length=100),
        lang: str = "",
    ) -> Plain:
        tongue = language(request, lang)
        return Plain(workspace.field_values(of=of, field=field, event=event, find=find, lang=tongue))
