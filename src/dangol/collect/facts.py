"""Typed rows to events, order items and products."""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from dangol.collect import cells
from dangol.engine import sql


def event_id(source: str) -> exp.Expr:
    """Of an event that carries its own message id."""
    return cells.key(exp.Literal.string(source), exp.Literal.string("m"), exp.column("message_id"))


def events(rows: str, *, source: str, batch: int, now: dt.datetime, by_content: bool) -> exp.Query:
    """One event per row, identified by its message id, else by its content and its place among rows with the same.

    :param by_content: some rows have no message id; `rows` has `content` and `nr`.
    """
    own = event_id(source)
    if not by_content:
        return _event_columns(rows, own, source, batch, now)
    again = cells.key(sql("CAST(content AS VARCHAR)"), sql("CAST(nth AS VARCHAR)"))
    counted = sql("SELECT t.*, row_number() OVER (PARTITION BY content ORDER BY nr) AS nth FROM t", tables={"t": rows})
    made = sql(
        "CASE WHEN message_id IS NOT NULL THEN :own WHEN nth = 1 THEN content ELSE :again END", own=own, again=again
    )
    return _event_columns(counted, made, source, batch, now)


def _event_columns(rows: str | exp.Expr, made: exp.Expr, source: str, batch: int, now: dt.datetime) -> exp.Query:
    return sql(  # type: ignore[return-value]
        """SELECT node, :made AS event_id, at, name, :source AS source, channel, order_id, product_id, category,
           amount, discount, tax, quantity, currency, place, device, campaign, coupon, properties,
           CAST(:now AS TIMESTAMP) AS received_at, CAST(:batch AS BIGINT) AS batch FROM t""",
        tables={"t": rows},
        made=made,
        source=source,
        now=now,
        batch=batch,
    )


_CONTENT = (
    *("at", "node", "name", "channel", "order_id", "product_id", "category", "amount", "discount", "tax", "quantity"),
    *("currency", "place", "device", "campaign", "coupon", "properties"),
)


def once(events: str | exp.Query) -> exp.Query:
    """Of events with one id the earliest; of those at one moment always the same, whatever order they come in."""
    have = events.named_selects if isinstance(events, exp.Query) else _CONTENT
    ranked = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column("event_id")],
        order=exp.Order(expressions=[exp.Ordered(this=exp.column(c), nulls_first=True) for c in _CONTENT if c in have]),
    )
    return sql("SELECT t.* FROM t QUALIFY :nth = 1", tables={"t": events}, nth=ranked)  # type: ignore[return-value]


def without(query: exp.Query, columns: set[str]) -> exp.Query:
    """A query that does not select these columns."""
    query.set("expressions", [e for e in query.selects if e.alias_or_name not in columns])
    return query


_MOVES = """
    SELECT nr, node, at, 'Order Completed' AS name, channel, order_id, CAST(NULL AS VARCHAR) AS undo_line, line_key,
      line_id IS NOT NULL AS own, product_id, title,
      category, brand, quantity, price,
      CASE WHEN undone IS NOT NULL AND coalesce(amount, 0) = 0 THEN coalesce(undone_amount, amount) ELSE amount END AS amount,
      discount, tax, currency, place, device, campaign, coupon, properties
    FROM t WHERE undone IS NULL OR completes
    UNION ALL
    SELECT nr, node, coalesce(undone_at, at) AS at, undone AS name, channel, order_id, line_id AS undo_line, line_key,
      line_id IS NOT NULL AS own, product_id, title,
      category, brand, -abs(quantity) AS quantity, price, -abs(coalesce(nullif(undone_amount, 0), amount)) AS amount,
      discount, -abs(tax) AS tax, currency, place, device, campaign, coupon, properties
    FROM t WHERE undone IS NOT NULL"""


def moves(rows: str, source: str) -> exp.Query:
    """Order rows as movements of value: what was bought, and what was undone with its sign turned, each with its event_id.

    An order is one event. What undoes it is one event per line where lines have their own number, since a line may be
    cancelled in one export and its neighbour in the next; else one per order.
    """
    made = cells.key(
        exp.Literal.string(source),
        exp.Literal.string("o"),
        exp.column("order_id"),
        exp.column("name"),
        exp.column("undo_line"),
    )
    return sql("SELECT m.*, :made AS event_id FROM m", tables={"m": sql(_MOVES, tables={"t": rows})}, made=made)  # type: ignore[return-value]


def repeated_lines(moves: str) -> exp.Query:
    """event_id, line_key of lines that a file tells more than once."""
    return sql(  # type: ignore[return-value]
        "SELECT event_id, line_key FROM m GROUP BY event_id, line_key HAVING count(*) > 1", tables={"m": moves}
    )


def lines_once(moves: str, repeated: str) -> exp.Query:
    """Every line once: those with a number of their own by that; equal ones without are as many as the file has.

    Of several the n-th has a key of its own, so that two files which each hold both tell the same two lines.
    """
    again = cells.key(sql("CAST(line_key AS VARCHAR)"), sql("CAST(nth AS VARCHAR)"))
    return sql(  # type: ignore[return-value]
        """SELECT m.* FROM m WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.event_id = m.event_id AND r.line_key = m.line_key)
           UNION ALL BY NAME
           SELECT w.* EXCLUDE (nth, line_key), CASE WHEN nth = 1 THEN line_key ELSE :again END AS line_key FROM
             (SELECT d.*, row_number() OVER (PARTITION BY d.event_id, d.line_key ORDER BY d.nr) AS nth FROM m AS d
              WHERE EXISTS (SELECT 1 FROM r WHERE r.event_id = d.event_id AND r.line_key = d.line_key)) AS w
           WHERE nth = 1 OR NOT own""",
        tables={"m": moves, "r": repeated},
        again=again,
    )


def order_events(table: str, *, source: str, batch: int, now: dt.datetime) -> exp.Query:
    """One event per order (or undone line) from its lines: sums of their values, and of what else differs the smallest.

    Not the first: which line comes first depends on how the export was cut into files. Also `first_nr`, the row its lines
    begin with.
    """
    return sql(  # type: ignore[return-value]
        """SELECT event_id, min(node) AS node, min(at) AS at, any_value(name) AS name, :source AS source,
           min(channel) AS channel, any_value(order_id) AS order_id, CAST(NULL AS VARCHAR) AS product_id,
           CAST(NULL AS VARCHAR) AS category, CAST(sum(amount) AS DECIMAL(18,4)) AS amount,
           CAST(sum(discount) AS DECIMAL(18,4)) AS discount, CAST(sum(tax) AS DECIMAL(18,4)) AS tax,
           CAST(sum(quantity) AS DECIMAL(18,4)) AS quantity, min(currency) AS currency, min(place) AS place,
           min(device) AS device, min(campaign) AS campaign, min(coupon) AS coupon, min(properties) AS properties,
           CAST(:now AS TIMESTAMP) AS received_at, CAST(:batch AS BIGINT) AS batch,
           min(nr) AS first_nr FROM m GROUP BY event_id""",
        tables={"m": table},
        source=source,
        now=now,
        batch=batch,
    )


def items(table: str, events: str, *, source: str, batch: int) -> exp.Query:
    """The lines of order events; node and time are those of the event. A line's number counts from the order's first row."""
    return sql(  # type: ignore[return-value]
        """SELECT m.event_id, m.nr - e.first_nr + 1 AS line, m.line_key, e.node, e.at, m.name,
           :source AS source, m.channel, m.order_id, m.product_id, m.title, m.category, m.brand, m.quantity, m.price, m.amount,
           m.discount, m.tax, m.coupon, m.place, CAST(:batch AS BIGINT) AS batch FROM m JOIN e ON e.event_id = m.event_id""",
        tables={"m": table, "e": events},
        source=source,
        batch=batch,
    )


def products(rows: str, *, batch: int) -> exp.Query:
    """One row per product; of repeated ones the last."""
    return sql(  # type: ignore[return-value]
        """SELECT product_id, arg_max(title, nr) AS title, arg_max(category, nr) AS category,
           arg_max(department, nr) AS department,
           arg_max(brand, nr) AS brand, arg_max(price, nr) AS price, arg_max(properties, nr) AS properties,
           CAST(:batch AS BIGINT) AS batch FROM t GROUP BY product_id""",
        tables={"t": rows},
        batch=batch,
    )


def new_only(table: str, against: str = "events") -> exp.Query:
    """Rows of a staged table whose `event_id` is not in `against` yet."""
    return sql(  # type: ignore[return-value]
        "SELECT s.* FROM s WHERE NOT EXISTS (SELECT 1 FROM e WHERE e.event_id = s.event_id)",
        tables={"s": table, "e": against},
    )
