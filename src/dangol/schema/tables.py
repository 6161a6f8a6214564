"""The analytical tables: columns, types and units. `docs/tables.md` is generated from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["int64", "float64", "text", "bool", "timestamp", "date", "money", "list<text>"]
"""Portable column types. `timestamp` is UTC with microseconds; `money` is decimal(18,4) in the workspace's currency."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: Type
    help: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table the engine keeps. `sort` is the order rows are clustered in; `public` ones are promised to `dangol sql`."""

    name: str
    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()
    public: bool = True
    help: str = ""

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


_WHO = (
    Column("customer_id", "int64", "the customer this belongs to today; derived from the identity links"),
    Column("node", "int64", "keyed hash of the identifier it arrived with; joins to identifiers.node"),
)

EVENTS = Table(
    "events",
    (
        Column("event_id", "int64", "stable hash of source and message id; a repeated fact has the same"),
        *_WHO,
        Column("at", "timestamp", "when it happened, UTC"),
        Column("name", "text", "what happened, by the Segment spec where it has a name"),
        Column("source", "text", "where the fact came from"),
        Column("channel", "text", "web, app, store, call, mall, …"),
        Column("order_id", "text", "order the event is about"),
        Column("product_id", "text", "product the event is about (an order's products are in order_items)"),
        Column("category", "text", "product category or page section"),
        Column(
            "amount",
            "money",
            "value effect with tax (as the file has it where the mapping says tax: unknown):"
            " positive for Order Completed, negative for Order Cancelled and Order Refunded",
        ),
        Column("discount", "money", "what was taken off the price, positive"),
        Column("tax", "money", "tax contained in amount; null when unknown"),
        Column("quantity", "money", "number of units, signed like amount"),
        Column("currency", "text", "ISO 4217 code the fact arrived in; amount is already in the workspace's currency"),
        Column("place", "text", "store or region"),
        Column("device", "text", "desktop, mobile, tablet, pos, …"),
        Column("campaign", "text", "campaign the event is about"),
        Column("coupon", "text", "coupon code"),
        Column(
            "properties", "text", "everything else as a JSON object; of HTTP, `context` has page, device, session_id …"
        ),
        Column("received_at", "timestamp", "when dangol took it in, UTC"),
        Column("batch", "int64", "import it came with"),
    ),
    sort=("customer_id", "at", "event_id"),
    help="What customers did. Immutable, but for the derived customer_id.",
)

ORDER_ITEMS = Table(
    "order_items",
    (
        Column("event_id", "int64", "the order event"),
        Column("line", "int64", "line number inside the order event, from 1, in the order they were told"),
        Column(
            "line_key",
            "int64",
            "stable hash of the line's own number, else of what it says; a repeated line of an order has the same",
        ),
        *_WHO,
        Column("at", "timestamp", "when the order event happened, UTC"),
        Column("name", "text", "Order Completed, Order Cancelled or Order Refunded"),
        Column("source", "text", "where the fact came from"),
        Column("channel", "text", "web, app, store, call, mall, …"),
        Column("order_id", "text", "order"),
        Column("product_id", "text", "product"),
        Column("title", "text", "product name as the order had it, else the catalogue's"),
        Column("category", "text", "product category as the order had it, else the catalogue's"),
        Column("brand", "text", "brand as the order had it, else the catalogue's"),
        Column("quantity", "money", "units, negative when cancelled or returned"),
        Column("price", "money", "unit price before discounts, as the file has it"),
        Column("amount", "money", "what the line cost, with tax like an event's amount, negative when undone"),
        Column("discount", "money", "what was taken off the line, positive"),
        Column("tax", "money", "tax contained in amount, signed like it; null when unknown"),
        Column("coupon", "text", "coupon code"),
        Column("place", "text", "store or region"),
        Column("described", "text", "what the catalogue filled in: t title, c category, b brand; null when nothing"),
        Column("batch", "int64", "import it came with"),
    ),
    sort=("customer_id", "at", "event_id", "line"),
    help="The lines of order events.",
)

IDENTIFIERS = Table(
    "identifiers",
    (
        Column("node", "int64", "keyed hash of kind and value"),
        Column("kind", "text", "email, phone, user_id, …"),
        Column("customer_id", "int64", "customer it points at today"),
        Column("born_as", "int64", "customer id minted when this identifier started a customer; null otherwise"),
        Column("value", "text", "readable value, only for kinds that are not personal data"),
        Column("first_seen", "timestamp", "earliest fact that carries it, UTC"),
        Column("last_seen", "timestamp", "latest fact that carries it, UTC"),
        Column("source", "text", "source of the earliest fact"),
        Column("blocked", "text", "reason it may not join (junk, shop's own, safe number, over cap); null when it may"),
        Column("batch", "int64", "import it first came with"),
    ),
    sort=("node",),
    help="Every identifier seen, pseudonymous, and the customer it points at.",
)

IDENTITY_LOG = Table(
    "identity_log",
    (
        Column("seq", "int64", "position in the log, from 1"),
        Column("action", "text", "link, cut, merge, revoke, block, unblock, erase, withdraw"),
        Column(
            "a",
            "int64",
            "identifier: the smaller of the two for link, the one taken out for cut; null for revoke, erase and withdraw",
        ),
        Column("b", "int64", "the other identifier; null for block, unblock, revoke, erase and withdraw"),
        Column("rule", "text", "why: same_record, by_hand, …"),
        Column("source", "text", "source of the evidence"),
        Column("fact", "text", "the record that is the evidence: event id, or file and row"),
        Column("at", "timestamp", "time of the fact, UTC"),
        Column("recorded_at", "timestamp", "when it was written here, UTC"),
        Column("actor", "text", "who did it, for entries by hand"),
        Column("entry", "int64", "the by-hand action several rows belong to; revoke names the one it takes back"),
        Column("batch", "int64", "import it came with; for withdraw the import whose links count no more"),
    ),
    sort=("seq",),
    public=False,
    help="The append-only log of evidence: who is who, and why.",
)

CONFLICTS = Table(
    "identity_conflicts",
    (
        Column("node", "int64", "the identifier that would have joined them"),
        Column("kind", "text", "its kind"),
        Column("reason", "text", "contested, cut_between, over_cap"),
        Column("customers", "list<text>", "customer ids that claim it"),
        Column("at", "timestamp", "time of the latest evidence, UTC"),
    ),
    public=False,
    help="Joins that were refused, with the reason.",
)

REDIRECTS = Table(
    "redirects",
    (
        Column("old_id", "int64", "customer id that was merged away"),
        Column("customer_id", "int64", "customer it is part of today"),
    ),
    help="Old customer ids and where they lead.",
)

GIVEN = Table(
    "given",
    (
        *_WHO,
        Column("trait", "text", "gender, birth_year, birthday, region, grade, …"),
        Column("value", "text", "as given, normalised"),
        Column("at", "timestamp", "when it was given, UTC"),
        Column("source", "text", "who gave it"),
        Column("batch", "int64", "import it came with"),
    ),
    sort=("customer_id", "trait", "at"),
    public=False,
    help="Demographic facts as they came; survivorship picks among them.",
)

MEMBERSHIPS = Table(
    "memberships",
    (
        Column("segment", "text", "segment name"),
        Column("customer_id", "int64", "customer"),
        Column("entered_at", "timestamp", "as-of time of the refresh that found them in, UTC"),
        Column("left_at", "timestamp", "as-of time of the refresh that found them out, UTC; null while a member"),
        Column("version", "int64", "version of the segment's definition at entry"),
    ),
    sort=("customer_id", "segment", "entered_at"),
    help="Who was in which segment, from when to when.",
)

CONSENTS = Table(
    "consents",
    (
        *_WHO,
        Column("purpose", "text", "what it was given for: advertising, profiling, …"),
        Column("channel", "text", "email, sms, kakao, push, phone, post"),
        Column(
            "state",
            "text",
            "granted, refused or withdrawn; a customer without a row is unknown, which means no advertising",
        ),
        Column("at", "timestamp", "when it was expressed, UTC"),
        Column("source", "text", "where it was expressed"),
        Column("batch", "int64", "import it came with"),
    ),
    sort=("customer_id", "purpose", "channel", "at"),
    help="What customers allowed or refused, per endpoint; the latest row counts.",
)

PRODUCTS = Table(
    "products",
    (
        Column("product_id", "text", "product"),
        Column("title", "text", "name"),
        Column("category", "text", "category"),
        Column("department", "text", "upper category"),
        Column("brand", "text", "brand"),
        Column("price", "money", "list price"),
        Column("properties", "text", "JSON object of everything else"),
        Column("batch", "int64", "import it came with"),
    ),
    sort=("product_id",),
    help="The catalogue, as far as files have told it.",
)

QUARANTINE = Table(
    "quarantine",
    (
        Column("id", "int64", "quarantined row"),
        Column("batch", "int64", "import it came with"),
        Column("source", "text", "source"),
        Column("file", "text", "file name"),
        Column("row", "int64", "row in the file, the header being row 1"),
        Column("field", "text", "field that could not be read; null when the whole row"),
        Column("reason", "text", "short reason: bad_date, bad_number, missing, bad_row, …"),
        Column("message", "text", "one sentence, without the row's personal data"),
        Column("status", "text", "open, replayed or dismissed"),
        Column("at", "timestamp", "when it was put aside, UTC"),
    ),
    help="Rows that could not be read; kept, shown and replayable. The row itself is encrypted in the store.",
)

IMPORTS = Table(
    "imports",
    (
        Column("batch", "int64", "number of the import"),
        Column("file", "text", "file name"),
        Column("source", "text", "source"),
        Column("preset", "text", "preset or mapping it was read with"),
        Column("rows", "int64", "rows in the file"),
        Column("taken", "int64", "rows that were new and taken"),
        Column("repeated", "int64", "rows that were here already"),
        Column("quarantined", "int64", "rows put into quarantine"),
        Column("at", "timestamp", "when it was taken in, UTC"),
    ),
    sort=("batch",),
    help="Files taken in. A row is written together with the file's facts, so a file is here wholly or not at all.",
)


def _told(table: Table, help_: str) -> Table:
    """What imports told that another import had told already: the same columns, a row for each telling."""
    return Table(f"{table.name}_told", table.columns, public=False, help=help_)


EVENTS_TOLD = _told(
    EVENTS, "Events that several imports told: every telling as it came, so that one can be taken back."
)
ORDER_ITEMS_TOLD = _told(ORDER_ITEMS, "The lines of those events, as each import told them.")
GIVEN_TOLD = _told(GIVEN, "Given traits that another import had told already.")
CONSENTS_TOLD = _told(CONSENTS, "Consents that another import had told already.")
PRODUCTS_TOLD = _told(PRODUCTS, "What the catalogue said of a product before a newer file did.")
IDENTIFIERS_TOLD = Table(
    "identifiers_told",
    tuple(c for c in IDENTIFIERS.columns if c.name not in ("customer_id", "born_as")),
    public=False,
    help="Identifiers that several imports told: every telling.",
)
LINKS_TOLD = Table(
    "links_told",
    tuple(c for c in IDENTITY_LOG.columns if c.name in ("a", "b", "fact", "at", "source", "batch")),
    public=False,
    help="Pairs of identifiers that an import told although the log had them already.",
)

WEATHER = Table(
    "weather",
    (
        Column("place", "text", "where: a grid cell of the KMA such as 60,127, or a place a weather file names"),
        Column("hour", "timestamp", "the hour it is about, its beginning, UTC"),
        Column(
            "condition", "text", "clear, partly_cloudy, cloudy, rain, sleet, snow, dry (sky unknown); null when unknown"
        ),
        Column("temperature", "float64", "°C"),
        Column("precipitation", "float64", "mm in the hour"),
        Column("humidity", "float64", "%"),
        Column("wind", "float64", "m/s"),
        Column("kind", "text", "observed or forecast"),
        Column("issued_at", "timestamp", "when the forecast was issued or the observation made, UTC"),
        Column("source", "text", "kma, or the name of the file"),
    ),
    sort=("place", "hour"),
    help="Weather by place and hour, as told by a feed or a file; rules join it to events. An hour nobody told is not here.",
)

TRAIT_STATE = Table(
    "trait_state",
    (
        Column("trait", "text", "trait name"),
        Column("digest", "text", "fingerprint of the definition it was computed with"),
        Column("full_at", "timestamp", "as-of time of the last refresh of every customer, UTC"),
        Column("touched_at", "timestamp", "as-of time of the last refresh of anybody, UTC"),
        Column(
            "cuts",
            "text",
            "JSON list of cut points taken at full_at (quantiles, log scores, typical values); null without",
        ),
    ),
    sort=("trait",),
    public=False,
    help="How fresh each trait is, and the cut points that scores keep between full refreshes.",
)

SEGMENT_STATE = Table(
    "segment_state",
    (
        Column("segment", "text", "segment name"),
        Column("digest", "text", "fingerprint of the definition"),
        Column("first_at", "timestamp", "as-of time from which the membership log covers everyone, UTC"),
        Column("full_at", "timestamp", "as-of time of the last refresh of every customer, UTC"),
        Column("members", "int64", "members after the last refresh"),
    ),
    sort=("segment",),
    public=False,
    help="How fresh each segment is, and from when its history is known.",
)

SCORES = Table(
    "scores",
    (
        Column("customer_id", "int64", "the customer"),
        Column("trait", "text", "name of the analytic trait"),
        Column("value", "float64", "the score"),
        Column("at", "timestamp", "as-of time of the model's run, UTC"),
    ),
    sort=("trait", "customer_id"),
    public=False,
    help="What models predicted; the latest per customer and trait becomes a column of customers.",
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        EVENTS,
        ORDER_ITEMS,
        IDENTIFIERS,
        IDENTITY_LOG,
        CONFLICTS,
        REDIRECTS,
        GIVEN,
        CONSENTS,
        MEMBERSHIPS,
        PRODUCTS,
        QUARANTINE,
        IMPORTS,
        WEATHER,
        TRAIT_STATE,
        SEGMENT_STATE,
        SCORES,
        EVENTS_TOLD,
        ORDER_ITEMS_TOLD,
        GIVEN_TOLD,
        CONSENTS_TOLD,
        PRODUCTS_TOLD,
        IDENTIFIERS_TOLD,
        LINKS_TOLD,
    )
}
"""Every table but `customers`, whose columns are the traits: `profiles` makes it."""
