"""Reading who is who: old ids, conflicts, the biggest customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dangol.engine import Engine, sql
from dangol.schema import Answer, NotFoundError, Text


def follow(engine: Engine, customer_id: int) -> int:
    """The id a customer has today: itself, or the one it was merged into.

    :raises NotFoundError: no customer has or had this id, or nothing open points at it any more.
    """
    found = engine.run(
        sql(
            "SELECT customer_id FROM identifiers WHERE customer_id = :id"
            " UNION SELECT customer_id FROM redirects WHERE old_id = :id",
            id=customer_id,
        )
    )
    if not found.num_rows:
        raise NotFoundError(
            Text(f"there is no customer C{customer_id}", f"고객 C{customer_id}: 그런 고객이 없습니다"),
            where="customers",
            hint=Text("find one by an identifier, such as its e-mail", "이메일 같은 식별자로 찾아보세요"),
        )
    return int(found["customer_id"][0].as_py())


def conflicts(engine: Engine, limit: int = 1_000) -> Answer:
    """Joins that were refused: ``node, kind, reason, customers, at``, the latest evidence first."""
    query = sql(
        "SELECT node, kind, reason, customers, at FROM identity_conflicts ORDER BY at DESC, node, reason LIMIT :limit",
        limit=limit,
    )
    return Answer(engine.run(query), query=engine.to_sql(query))


def biggest(engine: Engine, limit: int = 20) -> Answer:
    """Customers with the most identifiers: ``customer_id, identifiers, kinds, first_seen, last_seen``.

    The place to look for values that tie together what does not belong together, and should be blocked.
    """
    query = sql(
        "SELECT customer_id, count(*) AS identifiers, count(DISTINCT kind) AS kinds,"
        " min(first_seen) AS first_seen, max(last_seen) AS last_seen FROM identifiers WHERE customer_id IN"
        " (SELECT m.customer_id FROM (SELECT customer_id, count(*) AS n FROM identifiers WHERE NOT customer_id IS NULL"
        " GROUP BY customer_id ORDER BY n DESC, customer_id LIMIT :limit) AS m)"
        " GROUP BY customer_id ORDER BY identifiers DESC, customer_id",
        limit=limit,
    )
    return Answer(engine.run(query), query=engine.to_sql(query))


def identifiers_of(engine: Engine, customer_id: int) -> pa.Table:
    """The identifiers rows of a customer, oldest first."""
    return engine.run(
        sql(
            "SELECT node, kind, customer_id, born_as, value, first_seen, last_seen, source, blocked, batch"
            " FROM identifiers WHERE customer_id = :id ORDER BY first_seen, node",
            id=customer_id,
        )
    )


def nodes_of(engine: Engine, customer_id: int) -> list[int]:
    """The nodes of a customer, ascending."""
    return [int(n) for n in np.sort(identifiers_of(engine, customer_id)["node"].to_numpy())]
