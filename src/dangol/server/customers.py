"""One customer over HTTP: by id, or by an identifier, which is in the body and never in an address."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import AfterValidator, BaseModel, Field

from dangol.app import Right, Workspace, customer_number
from dangol.app.lookup import MOST, Named
from dangol.server.access import need
from dangol.server.reply import Plain, language


def _writable(text: str) -> str:
    """JSON may escape half a character (a lone surrogate), which is no text."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("not valid Unicode")
    return text


Word = Annotated[str, AfterValidator(_writable)]


class Identifier(BaseModel):
    """An identifier: its kind (any, when it is left out) and its value as a person writes it."""

    kind: Word = Field("", max_length=40, description="email, phone, user_id, anonymous_id, … ; any when left out")
    value: Word = Field(min_length=1, max_length=1000, description="as a person writes it: it is normalised here")


class Wanted(BaseModel):
    """Whom to look up: one identifier, or several of one customer."""

    kind: Word = Field("", max_length=40, description="kind of `value`")
    value: Word = Field("", max_length=1000, description="one identifier")
    identifiers: list[Identifier] = Field(
        default_factory=list, max_length=MOST, description="several identifiers of one customer"
    )
    reasons: bool = Field(False, description="also say why the customer is in each segment")

    def named(self) -> list[Named]:
        own = [Named(self.value, self.kind)] if self.value or not self.identifiers else []
        return [*own, *(Named(one.value, one.kind) for one in self.identifiers)]


def add_customers(app: FastAPI, workspace: Workspace) -> None:
    """The two routes. They wait for nobody: each thread reads for itself."""

    @app.get("/v1/customers/{customer}", summary="One customer, personal data masked", dependencies=[need(Right.SEE)])
    def customer(
        request: Request,
        customer: str,
        reasons: Annotated[bool, Query(description="also say why the customer is in each segment")] = False,
        lang: str = "",
    ) -> Plain:
        return Plain(workspace.seen(customer_number(customer), language(request, lang), reasons=reasons))

    @app.post(
        "/v1/customers/lookup",
        summary="The customer of an identifier, personal data masked",
        dependencies=[need(Right.SEE)],
    )
    def lookup(request: Request, wanted: Wanted, lang: str = "") -> Plain:
        return Plain(workspace.lookup(wanted.named(), language(request, lang), reasons=wanted.reasons))
