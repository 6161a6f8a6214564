"""Products out of a file: newer ones take the place of known ones, and describe order lines that said nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dangol.engine import sql

if TYPE_CHECKING:
    from dangol.app import Workspace


def catalogue(ws: Workspace, products: str) -> None:
    """Newer products take the place of known ones, and describe the order lines that said nothing themselves."""
    named = {"p": products}
    older = "SELECT k.* FROM products AS k WHERE k.product_id IN (SELECT p.product_id FROM p)"
    ws.engine.append("products_told", sql(older, tables=named))
    ws.engine.delete("products", sql("product_id IN (SELECT product_id FROM p)", tables=named))
    ws.engine.append("products", exp.select("*").from_(products))
    bare = sql(
        "SELECT o.* EXCLUDE (title, category, brand, described), coalesce(o.title, p.title) AS title,"
        " coalesce(o.category, p.category) AS category, coalesce(o.brand, p.brand) AS brand,"
        " concat(coalesce(o.described, ''), CASE WHEN o.title IS NULL AND NOT p.title IS NULL THEN 't' ELSE '' END, 'c',"
        " CASE WHEN o.brand IS NULL AND NOT p.brand IS NULL THEN 'b' ELSE '' END) AS described"
        " FROM order_items AS o JOIN p ON p.product_id = o.product_id WHERE o.category IS NULL AND p.category IS NOT NULL",
        tables=named,
    )
    with ws.engine.scratch(bare) as described:
        lines = sql("SELECT count(*) AS n FROM d", tables={"d": described})
        if ws.engine.run(lines)["n"][0].as_py():
            gone = "category IS NULL AND product_id IN (SELECT product_id FROM p WHERE category IS NOT NULL)"
            ws.engine.delete("order_items", sql(gone, tables=named))
            ws.engine.append("order_items", exp.select("*").from_(described))
