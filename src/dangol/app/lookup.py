"""One customer for a program that asks while events come in: narrow reads of one customer's rows, definitions read once.

A whole profile for a person (evidence, latest events) is `people.customer`; this is what answers in milliseconds.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dangol import profiles
from dangol.app.definitions import current
from dangol.app.telling import plain
from dangol.engine import sql
from dangol.profiles import Definitions
from dangol.rules import say
from dangol.schema import (
    KINDS,
    AmbiguousError,
    DefinitionError,
    Lang,
    NotFoundError,
    Problem,
    Text,
    one_of,
)

if TYPE_CHECKING:
    from dangol.app import Workspace

MOST = 20
"""Identifiers that one lookup may name."""

FRESH = 1.0
"""Seconds that the times of the traits are believed."""

FAMILIES = ("demographic", "behavioural", "analytic")

_IDENTIFIERS = "SELECT node, kind, value, first_seen, last_seen, source FROM identifiers WHERE customer_id = :n"
_MEMBERSHIPS = """
SELECT segment, entered_at, version FROM memberships WHERE customer_id = :n AND left_at IS NULL
"""
_WHOSE = "SELECT customer_id FROM identifiers WHERE node = :n"
_INSIDE = "in segments"
"""Where a line has its memberships: no trait has such a name."""
_LINE = """
SELECT c.*, (
    SELECT list({'segment': segment, 'entered_at': entered_at, 'version': version}) FILTER (WHERE left_at IS NULL)
    FROM memberships WHERE customer_id = :n
) AS "in segments"
FROM customers AS c WHERE c.customer_id = :n
"""
"""Traits and segments in one question: each costs the interpreter lock a dozen times, and under load that is what takes long."""
_FRESH = "SELECT trait, touched_at FROM trait_state"
_GONE = Text("`dangol customers` lists them", "`dangol customers`로 목록을 보세요")


@dataclass(frozen=True, slots=True)
class Named:
    """An identifier that is asked for; without a kind, any. The value is personal: it is in no text and no repr."""

    value: str = field(repr=False)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """The definitions in use, and their rules in words."""

    definitions: Definitions
    sentences: dict[str, dict[Lang, str]]


class Lookup:
    """Answers lookups of one workspace, from any thread; nothing it holds is a customer's."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._reading = threading.Lock()
        self._read: _Read | None = None
        self._computed = False
        self._fresh: tuple[float, dict[str, dt.datetime]] = (float("-inf"), {})

    def whose(self, named: Sequence[Named]) -> int:
        """The one customer that these identifiers point at.

        Raises `DefinitionError` where they cannot be read, `NotFoundError` where they are nobody's, `AmbiguousError` where
        they are several customers'. None of them repeats a value.
        """
        if not 1 <= len(named) <= MOST:
            many = Text(f"name 1 to {MOST} identifiers", f"식별자는 1개에서 {MOST}개까지 적으세요")
            raise DefinitionError([Problem(many, "identifiers")])
        nodes = [node for place, one in enumerate(named) for node in self._nodes(one, place)]
        found = sorted(self._pointed_at(nodes))
        if not found:
            raise NotFoundError(Text("no customer has this identifier", "이 식별자를 가진 고객이 없습니다"), hint=_GONE)
        if len(found) > 1:
            listed = ", ".join(f"C{c}" for c in found)
            raise AmbiguousError(
                Text(f"these identifiers are of {len(found)} customers", f"고객 {len(found)}명의 식별자입니다"),
                hint=Text(f"ask for one of {listed}", f"{listed} 가운데 하나를 찾으세요"),
            )
        return int(found[0])

    def _pointed_at(self, nodes: list[int]) -> set[int]:
        if len(nodes) == 1:
            found = self._ws.engine.point(_WHOSE, nodes[0])
            return {int(row["customer_id"]) for row in found if row["customer_id"] is not None}
        query = sql("SELECT customer_id FROM identifiers WHERE node IN :n AND customer_id IS NOT NULL", n=nodes or [0])
        return set(self._ws.engine.run(query)["customer_id"].to_pylist())

    def _nodes(self, named: Named, place: int) -> list[int]:
        if named.kind and named.kind not in KINDS:
            unknown = Text("there is no such kind of identifier", "그런 종류의 식별자가 없습니다")
            raise DefinitionError([Problem(unknown, f"identifiers[{place}].kind", one_of(KINDS))])
        pseudonymiser = self._ws.privacy.pseudonymiser
        kinds = [named.kind] if named.kind else list(KINDS)
        found = [int(n) for kind in kinds for n in pseudonymiser.pseudonyms(kind, [named.value]).nodes if n]
        if not found:
            unread = Text("this cannot be read as an identifier", "식별자로 읽을 수 없습니다")
            raise DefinitionError([Problem(unread, f"identifiers[{place}].value")])
        return found

    def profile(self, asked: int, lang: Lang, *, reasons: bool = False) -> dict[str, Any]:
        """A customer as plain values: who, identifiers (masked), three families of traits, segments since when and why.

        :param asked: an id; one that was merged away leads to the customer it is part of today (`customer_id`).
        :param reasons: also explain each segment: some milliseconds for each of them.
        :raises NotFoundError: there is no such customer.
        """
        number, rows = asked, self._identifiers(asked)
        if not rows:
            number = self._today(asked)
            rows = self._identifiers(number)
        if not rows:
            raise nobody(asked)
        told = self._told(number, lang, reasons)
        known = {(r["node"], r["kind"]): r["value"] for r in told["person"]}
        listed = [{**r, "value": r["value"] or known.get((r["node"], r["kind"]))} for r in rows]
        span = {
            "first_seen": min((r["first_seen"] for r in rows if r["first_seen"]), default=None),
            "last_seen": max((r["last_seen"] for r in rows if r["last_seen"]), default=None),
        }
        identifiers = [{k: r[k] for k in ("kind", "value", "first_seen", "last_seen", "source")} for r in listed]
        return _without_nodes({**told, "asked": asked, **span, "identifiers": identifiers})

    def known(self, named: Sequence[Named], lang: Lang, *, reasons: bool = False) -> dict[str, Any]:
        """The same of the customer that identifiers point at, without the list of all of them: that would be a search."""
        return _without_nodes(self._told(self.whose(named), lang, reasons))

    def _told(self, number: int, lang: Lang, reasons: bool) -> dict[str, Any]:
        """What a customer's own number finds at once."""
        read = self._definitions()
        row, members = self._line(number)
        return {
            "customer": f"C{number}",
            "customer_id": number,
            "asked": number,
            "first_seen": row.get("first_seen"),
            "last_seen": row.get("last_seen"),
            "person": [
                {"kind": r.kind, "value": r.value, "at": _naive(r.at), "source": r.source, "node": r.node}
                for r in self._ws.vault.masked([number])
            ],
            **self._traits(row, read.definitions, lang),
            "segments": self._segments(members, read, number, lang, reasons),
        }

    def _line(self, customer: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The customer's line of traits, and the segments they are in by name. No line: before the first refresh, or before
        the next one for who has just come and is followed already."""
        engine = self._ws.engine
        self._computed = self._computed or profiles.CUSTOMERS in engine.tables()
        row = next(iter(engine.point(_LINE, customer)), {}) if self._computed else {}
        members = (row.pop(_INSIDE) or []) if row else engine.point(_MEMBERSHIPS, customer)
        return row, sorted(members, key=itemgetter("segment"))

    def _freshness(self) -> dict[str, dt.datetime]:
        """When each trait was computed last, as it was at most `FRESH` seconds ago."""
        at, known = self._fresh
        if time.monotonic() - at > FRESH:
            rows = self._ws.engine.run(sql(_FRESH)).to_pylist()
            known = {r["trait"]: r["touched_at"] for r in rows}
            self._fresh = time.monotonic(), known
        return known

    def _definitions(self) -> _Read:
        """What is defined, read again only when something changed."""
        definitions = current(self._ws)
        with self._reading:
            if self._read is None or self._read.definitions is not definitions:
                self._read = _Read(definitions, {})
            return self._read

    def _identifiers(self, customer: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._ws.engine.point(_IDENTIFIERS, customer)
        return sorted(rows, key=lambda r: (r["first_seen"] or dt.datetime.max, r["node"]))  # noqa: DTZ901 (naive UTC)

    def _today(self, asked: int) -> int:
        found = self._ws.engine.point("SELECT customer_id FROM redirects WHERE old_id = :n", asked)
        return int(found[0]["customer_id"]) if found else asked

    def _traits(self, values: dict[str, Any], definitions: Definitions, lang: Lang) -> dict[str, Any]:
        """Traits by family, each with its value and the value in words."""
        fresh = self._freshness() if values else {}
        told: dict[str, Any] = {family: [] for family in FAMILIES}
        currency = self._ws.settings.currency
        for trait in definitions.traits.values():
            value = values.get(trait.name)
            if value is None:
                continue
            said = plain(value, trait, lang, currency)
            row = {"trait": trait.name, "says": trait.says[lang], "value": said, "raw": value}
            told[trait.family].append({**row, "as_of": fresh.get(trait.name)})
        return told

    def _segments(
        self, rows: list[dict[str, Any]], read: _Read, customer: int, lang: Lang, reasons: bool
    ) -> list[dict[str, Any]]:
        told = []
        for row in rows:
            name = row["segment"]
            segment = read.definitions.segments.get(name)
            if segment is None:  # taken out of use a moment ago; the next refresh closes it
                continue
            one = {"segment": name, "says": segment.says[lang], "rule": _sentence(read, name, lang)}
            one |= {"since": row["entered_at"], "version": row["version"]}
            told.append(one | ({"why": self._why(read, name, customer)} if reasons else {}))
        return told

    def _why(self, read: _Read, segment: str, customer: int) -> dict[str, Any]:
        ws = self._ws
        found = profiles.why(ws.engine, read.definitions, segment, customer, now=ws.now(), tz=ws.settings.tz)
        return found.as_dict()


def _sentence(read: _Read, name: str, lang: Lang) -> str:
    """A rule in words. Two threads may both find it: they find the same."""
    said = read.sentences.get(name)
    if said is None:
        catalog, rule = read.definitions.catalog, read.definitions.rules[name]
        said = read.sentences[name] = {"ko": say(rule, catalog, "ko"), "en": say(rule, catalog, "en")}
    return said[lang]


def nobody(asked: int) -> NotFoundError:
    """For an id that never was, or was erased."""
    return NotFoundError(
        Text(f"there is no customer C{asked}", f"고객 C{asked}: 그런 고객이 없습니다"),
        hint=Text(
            "`dangol customers` lists them; an erased customer is gone for good",
            "`dangol customers`로 목록을 보세요. 삭제한 고객은 되살릴 수 없습니다",
        ),
    )


def _without_nodes(told: dict[str, Any]) -> dict[str, Any]:
    """Keyed hashes say nothing to who asks."""
    return {**told, "person": [{k: v for k, v in row.items() if k != "node"} for row in told["person"]]}


def _naive(at: dt.datetime | None) -> dt.datetime | None:
    """UTC without its name, as the engine's times are."""
    return at.astimezone(dt.UTC).replace(tzinfo=None) if at is not None and at.tzinfo else at
