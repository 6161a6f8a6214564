"""Lists of customers, and one customer in full: found, read, revealed, merged, unmerged. Identifiers are in bodies only."""

from __future__ import annotations

import threading
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from dangol.app import Right, Workspace, customer_number
from dangol.server.access import need
from dangol.server.customers import Word
from dangol.server.numbers import Number
from dangol.server.reply import Plain, language, whole
from dangol.server.table import attached
from dangol.server.turns import long_turn


class Sought(BaseModel):
    """Whom to find."""

    value: Word = Field(min_length=1, max_length=1000, description="an id, e-mail, phone or any identifier, in full")
    limit: int = Field(8, ge=1, le=50)


class Listed(BaseModel):
    """A page of a list of customers."""

    columns: list[Word] = Field(default_factory=list, max_length=60, description="traits; the usual ones when empty")
    order: Word = Field("", max_length=100, description="a trait, - before it for descending")
    segment: Word = Field("", max_length=200, description="members of this segment only")
    value: Word = Field("", max_length=1000, description="whom this identifier points at only")
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=2**53)


class Exported(BaseModel):
    """A list as a file: asked for as the list is."""

    columns: list[Word] = Field(default_factory=list, max_length=200, description="the usual ones when empty")
    order: Word = Field("", max_length=100)
    segment: Word = Field("", max_length=200)
    value: Word = Field("", max_length=1000, description="whom this identifier points at only")
    format: Literal["csv", "parquet"] = "csv"


class Reason(BaseModel):
    """Why."""

    reason: Word = Field("", max_length=500)


class Apart(BaseModel):
    """What to take off a customer: identifiers by their `node`, or what was done under an entry of the log."""

    identifiers: list[Annotated[str, Field(pattern=r"^\d{1,19}$")]] = Field(default_factory=list, max_length=1000)
    entry: Number | None = None
    reason: Word = Field("", max_length=500)
    dry_run: bool = Field(False, description="only tell what it would repair")


class Together(BaseModel):
    """With whom to merge."""

    other: str = Field(max_length=20, description="the other customer's id")
    reason: Word = Field("", max_length=500)
    dry_run: bool = Field(False, description="only tell what it would repair")


def add_listing(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    """The routes of lists; those of one customer beside them."""
    long = long_turn(app)

    @app.post("/v1/customers/find", summary="Whom an id or identifier points at", dependencies=[need(Right.SEE)])
    def find(request: Request, sought: Sought, lang: str = "") -> Plain:
        found = workspace.find_customers(sought.value, language(request, lang), limit=sought.limit)
        return Plain({"customers": found})

    @app.post(
        "/v1/customers/list", summary="A page of customers with columns of choice", dependencies=[need(Right.SEE)]
    )
    def listed(request: Request, asked: Listed, lang: str = "") -> Plain:
        said = language(request, lang)
        page = workspace.list_customers(
            said, chosen=asked.columns, order=asked.order, segment=asked.segment, value=asked.value,
            limit=asked.limit, offset=asked.offset,
        )  # fmt: skip
        return Plain({**page, "choice": workspace.customer_columns(said)})

    @app.post("/v1/customers/export", summary="A list of customers as a file", dependencies=[need(Right.EXPORT)])
    def export(request: Request, asked: Exported, lang: str = "") -> Response:
        with long:
            answer = workspace.all_customers(
                language(request, lang),
                chosen=asked.columns,
                order=asked.order,
                segment=asked.segment,
                value=asked.value,
            )
        told = {"rows": len(answer), "segment": asked.segment, "columns": answer.columns, "format": asked.format}
        told |= {"by_identifier": True} if asked.value else {}  # which one is nobody's business in a log
        now = workspace.real_now()
        workspace.store.audit.write(workspace.actor, "rows.exported", "customers", now=now, after=told)
        return attached(answer.table, f"customers.{asked.format}", asked.format)

    _one(app, workspace, turn)
    _hand(app, workspace, turn)


def _one(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    @app.get(
        "/v1/customers/{customer}/sheet", summary="One customer with evidence, masked", dependencies=[need(Right.SEE)]
    )
    def sheet(request: Request, customer: str, lang: str = "") -> Plain:
        return Plain(workspace.sheet(customer_number(customer), language(request, lang)))

    @app.get("/v1/customers/{customer}/timeline", summary="One customer's history", dependencies=[need(Right.SEE)])
    def timeline(
        request: Request,
        customer: str,
        before: Annotated[str, Query(max_length=300, description="`next` of the page before")] = "",
        kinds: Annotated[
            str, Query(max_length=100, description="order, event, consent, identity; all when empty")
        ] = "",
        name: Annotated[str, Query(max_length=200, description="events of this name only")] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        lang: str = "",
    ) -> Plain:
        wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()]
        number, said = customer_number(customer), language(request, lang)
        return Plain(workspace.timeline(number, said, before=before, kinds=wanted, name=name, limit=limit))

    @app.post(
        "/v1/customers/{customer}/reveal", summary="Personal data in the clear", dependencies=[need(Right.REVEAL)]
    )
    def reveal(request: Request, customer: str, why: Reason, lang: str = "") -> Plain:
        return Plain(workspace.reveal(customer_number(customer), language(request, lang), reason=why.reason))

    @app.post("/v1/customers/{customer}/erase", summary="Forget a customer", dependencies=[need(Right.ADMINISTER)])
    def erase(customer: str, why: Reason) -> Plain:
        with turn:
            return Plain(workspace.erase(customer_number(customer), reason=why.reason))


def _hand(app: FastAPI, workspace: Workspace, turn: threading.Lock) -> None:
    @app.post(
        "/v1/customers/{customer}/unmerge", summary="Take identifiers off a customer", dependencies=[need(Right.MEND)]
    )
    def unmerge(request: Request, customer: str, apart: Apart, lang: str = "") -> Plain:
        number, nodes = customer_number(customer), [whole(node) or 0 for node in apart.identifiers]
        with turn:
            if apart.dry_run:
                said = language(request, lang)
                return Plain(workspace.split_preview(number, said, identifiers=nodes, entry=apart.entry))
            done = workspace.unmerge(number, identifiers=nodes, entry=apart.entry, reason=apart.reason)
            return Plain(_done(done.facts, done.table.to_pylist()))

    @app.post("/v1/customers/{customer}/merge", summary="Two customers are one person", dependencies=[need(Right.MEND)])
    def merge(request: Request, customer: str, together: Together, lang: str = "") -> Plain:
        one, other = customer_number(customer), customer_number(together.other)
        with turn:
            if together.dry_run:
                return Plain(workspace.join_preview(one, other, language(request, lang)))
            done = workspace.merge(one, other, reason=together.reason)
            return Plain(_done(done.facts, done.table.to_pylist()))


def _done(facts: object, rows: list[dict[str, object]]) -> dict[str, object]:
    """What a step by hand moved; `entry` takes it back."""
    entry = facts.get("entry") if isinstance(facts, dict) else None
    moved = [
        {"kind": r["kind"], "node": str(r["node"]), "from": f"C{r['old_id']}", "to": f"C{r['customer_id']}"}
        for r in rows
    ]
    return {"entry": entry, "moved": moved}
