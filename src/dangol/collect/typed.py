"""Rows as typed facts: one query over the raw text, with what is wrong with each row beside it."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence

from sqlglot import exp

from dangol.collect import cells
from dangol.collect.mapping import TEXTS, Trait
from dangol.collect.plan import Plan
from dangol.engine import sql
from dangol.privacy import PERSONAL_SQL, RESIDENT_SQL

MONEY = ("price", "amount", "discount", "tax")
OPTION_WORDS = ("option", "variant", "옵션")
"""Properties with one of these in their name are part of a line's identity."""
_NOTHING = exp.cast(exp.null(), "varchar")


def typed(
    plan: Plan,
    raw: str,
    *,
    numbered: bool,
    content: bool = False,
    blanks: bool = False,
    words: Dict[str, str] | None = None,
) -> exp.Select:
    """`raw` as typed columns.

    nr, at, the text fields, quantity and money in the workspace's currency, undone, undone_at, undone_amount, skip, bad
    (``field:reason`` or null), id0, id1 … (raw identifiers, strongest first), person_*, trait*, consent*, properties, and
    content (for identity by content) when asked.

    Four layers, so that each text is tidied once and each cell parsed once: texts, values, fields, checks.

    :param words: name of a moment → table (raw, at) of texts only Python could read.
    """
    texts = _texts(plan, raw, numbered=numbered, content=content, blanks=blanks)
    return _checked(plan, _fields(plan, _values(plan, texts, words or {}), content=content))


def _texts(plan: Plan, raw: str, *, numbered: bool, content: bool, blanks: bool) -> exp.Select:
    number = exp.column("nr") if numbered else exp.cast(exp.null(), "bigint")
    columns = [cells.text(exp.column(c), blanks=blanks).as_(c, quoted=True) for c in plan.used()]
    if content:
        everything = [exp.column(f"c{i}") for i in range(len(plan.names))]
        columns.append(cells.key(exp.Literal.string(plan.source), *everything).as_("content"))
    return exp.select(number.as_("nr"), *columns).from_(raw)


def _values(plan: Plan, texts: exp.Select, words: Dict[str, str]) -> exp.Select:
    comma = plan.mapping.numbers == "comma"
    columns = [cells.number(exp.column(c, table="x"), comma=comma).as_(f"n_{c}") for c in plan.number_columns()]
    joins = []
    for name, ref in plan.moment_refs().items():
        text = plan.text(ref)
        columns.append(sql("coalesce(:a, :e)", a=cells.aware(text), e=cells.epoch(text)).as_(f"u_{name}"))
        read = cells.naive(text, plan.mapping.dates)
        if name in words:
            alias = f"w_{name}"
            joins.append((words[name], alias, exp.column("raw", table=alias).eq(text)))
            read = sql("coalesce(:r, :w)", r=read, w=exp.column("at", table=alias))
        columns.append(read.as_(f"m_{name}"))
    query = exp.select("x.*", *columns).from_(texts.subquery("x", copy=False))
    for table, alias, on in joins:
        query = query.join(table, join_type="left", join_alias=alias, on=on, copy=False)
    return query


def _fields(plan: Plan, values: exp.Select, *, content: bool) -> exp.Select:
    m = plan.mapping
    columns: dict[str, exp.Expr] = {"nr": exp.column("nr")}
    at = m.ref("at")
    columns["at_text"] = plan.text(at) if at else _NOTHING
    columns["at"] = plan.moment(at)
    for name in TEXTS:
        columns[name] = plan.field(name)
    for name in ("quantity", *MONEY):
        columns[name] = plan.number(m.ref(name))
    columns["rate"] = plan.rate() or sql("CAST(1 AS DECIMAL(18,6))")
    columns |= _undoing(plan)
    kept = exp.not_(exp.or_(*[plan.test(u.test) for u in m.undone])) if m.undone else exp.true()
    columns["skip"] = _case([(exp.and_(kept, plan.test(s.test)), exp.Literal.string(s.reason)) for s in m.skip])
    columns["unread"] = _unread(plan)
    for place, one in enumerate(plan.identifiers):
        columns[f"id{place}"] = plan.identifier(one)
    columns |= {f"person_{name}": plan.text(ref) for name, ref in m.person}
    columns |= {f"trait{place}": _trait(plan, t) for place, t in enumerate(m.traits)}
    columns |= {f"consent{place}": sql("lower(:v)", v=plan.text(c.ref)) for place, c in enumerate(m.consents)}
    columns["properties"] = cells.json([(p.name, plan.text(p.ref)) for p in plan.properties])
    columns["option"] = _option(plan)
    if content:
        columns["content"] = exp.column("content")
    return exp.select(*[e.as_(n, quoted=True) for n, e in columns.items()]).from_(values.subquery("v", copy=False))


def _option(plan: Plan) -> exp.Expr:
    """What else tells two lines of one product apart: colour, size."""
    parts = [
        plan.text(p.ref)
        for p in plan.properties
        if plan.mapping.grain == "order_lines" and any(word in p.name.lower() for word in OPTION_WORDS)
    ]
    return (
        exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string("\x1f"), *parts])
        if len(parts) > 1
        else cells.first(parts)
    )


def _line_key(plan: Plan) -> exp.Expr:
    """Which line of its order a row is: by its own number, else by what it says (in its own currency: rates change)."""
    if plan.mapping.grain != "order_lines":
        return exp.cast(exp.null(), "bigint")
    numbers = [exp.cast(exp.column(n), "varchar") for n in ("price", "quantity", "amount", "discount")]
    said = cells.key(*[exp.column(n) for n in ("product_id", "title", "option")], *numbers)
    return sql(
        "CASE WHEN line_id IS NOT NULL THEN :own ELSE :said END", own=cells.key(exp.column("line_id")), said=said
    )


def _unread(plan: Plan) -> exp.Expr:
    """``field:reason`` of the first cell that should be a number and is not."""
    wanted = [(name, plan.mapping.ref(name)) for name in ("quantity", *MONEY)]
    cells_ = [(name, c) for name, ref in wanted if ref for c in plan.places(ref)]
    test = "(:t IS NOT NULL AND :n IS NULL)"
    return _case(
        [(sql(test, t=exp.column(c), n=exp.column(f"n_{c}")), _bad_number(name, exp.column(c))) for name, c in cells_]
    )


def _trait(plan: Plan, trait: Trait) -> exp.Expr:
    """As given, in one spelling: 3 for 3.0, 2026-11-21 for 2026.11.21. Gender words are read later, once per word."""
    if trait.kind == "number":
        return sql(r"regexp_replace(CAST(:n AS VARCHAR), '[.]?0+$', '')", n=plan.number(trait.ref))
    if trait.kind == "date" and plan.places(trait.ref):
        return sql("strftime(:m, '%Y-%m-%d')", m=exp.column(f"m_{plan.moment_name(trait.ref)}"))
    return plan.text(trait.ref)


def _undoing(plan: Plan) -> dict[str, exp.Expr]:
    rules = plan.mapping.undone
    tests = [plan.test(u.test) for u in rules]
    return {
        "undone": _case([(t, exp.Literal.string(u.event)) for t, u in zip(tests, rules, strict=True)]),
        "completes": _case([(t, exp.Boolean(this=u.completes)) for t, u in zip(tests, rules, strict=True)], "boolean"),
        "undone_at": _case([(t, plan.moment(u.at)) for t, u in zip(tests, rules, strict=True) if u.at], "timestamp"),
        "undone_amount": _case(
            [(t, plan.number(u.amount)) for t, u in zip(tests, rules, strict=True) if u.amount], "decimal(18,4)"
        ),
    }


def _checked(plan: Plan, base: exp.Select) -> exp.Select:
    """Money converted, a missing amount filled from price and quantity, and the first thing that is wrong."""
    grain = plan.mapping.grain
    amount, tax = _taxed(
        plan,
        sql("coalesce(amount, try_cast(quantity * price AS DECIMAL(18,4)))")
        if grain in ("order_lines", "orders")
        else exp.column("amount"),
    )
    query = exp.select("* EXCLUDE (at_text, price, amount, discount, tax, undone_amount, unread, option)").from_(
        base.subquery("f", copy=False)
    )
    money = {
        "price": exp.column("price"),
        "amount": amount,
        "discount": sql("abs(discount)"),
        "tax": tax,
        "undone_amount": _taxed(plan, exp.column("undone_amount"))[0],
    }
    for name, value in money.items():
        worth = (
            value
            if plan.rate() is None
            else sql("try_cast(CAST(:v AS DECIMAL(24,4)) * CAST(rate AS DECIMAL(14,6)) AS DECIMAL(18,4))", v=value)
        )
        query = query.select(worth.as_(name, quoted=True), copy=False)
    if grain in ("order_lines", "orders"):
        query = query.select(_line_key(plan).as_("line_key"), copy=False)
    return query.select(_wrong(plan, amount).as_("bad"), copy=False)


def _taxed(plan: Plan, given: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """An amount of the file with its tax, and that tax: the column's, else by the rate; null when nothing says it."""
    rate, excluded = plan.tax_rate(), plan.mapping.tax == "excluded"
    if rate is None:
        with_tax = sql("try_cast(:g + sign(:g) * abs(coalesce(tax, 0)) AS DECIMAL(18,4))", g=given)
        return (with_tax if excluded else given), exp.column("tax")
    share = rate if excluded else rate / (1 + rate)
    by_rate = sql(
        "try_cast(CAST(:g AS DECIMAL(26,4)) * CAST(:share AS DECIMAL(12,12)) AS DECIMAL(18,4))",
        g=given,
        share=exp.Literal.string(f"{share:.12f}"),
    )
    tax = sql("coalesce(tax, :r)", r=by_rate)
    return (sql("try_cast(:g + sign(:g) * abs(:t) AS DECIMAL(18,4))", g=given, t=tax) if excluded else given), tax


def _wrong(plan: Plan, amount: exp.Expr) -> exp.Expr:
    grain = plan.mapping.grain
    needed: tuple[str, ...] = {
        "order_lines": ("at", "order_id"),
        "orders": ("at", "order_id"),
        "events": ("at", "name"),
    }.get(grain, ())
    if grain == "products":
        needed = ("product_id",)
    checks: list[tuple[exp.Expr, str]] = []
    for name in needed:
        checks.append((sql("(:x IS NULL)", x=exp.column("at_text" if name == "at" else name)), f"{name}:missing"))
    checks.append((sql("at_text IS NOT NULL AND at IS NULL"), "at:bad_date"))
    checks.append((sql("year(at) NOT BETWEEN :low AND :high", low=cells.YEARS[0], high=cells.YEARS[1]), "at:bad_year"))
    tests: list[tuple[exp.Expr, exp.Expr]] = [(c, exp.Literal.string(r)) for c, r in checks]
    tests.append((sql("unread IS NOT NULL"), exp.column("unread")))
    for name, value in (("amount", amount), ("quantity", exp.column("quantity")), ("price", exp.column("price"))):
        tests.append((sql("abs(:v) > :limit", v=value, limit=cells.TOO_LARGE), exp.Literal.string(f"{name}:too_large")))
    if plan.rate() is not None:
        tests.append((sql("rate IS NULL AND :a IS NOT NULL", a=amount), exp.Literal.string("currency:no_rate")))
        tests.append(
            (
                sql(
                    "abs(CAST(:v AS DECIMAL(24,4)) * CAST(rate AS DECIMAL(14,6))) > :limit",
                    v=amount,
                    limit=cells.TOO_LARGE,
                ),
                exp.Literal.string("amount:too_large"),
            )
        )
    return _case(tests)


def _bad_number(name: str, text: exp.Expr) -> exp.Expr:
    return sql(
        "CASE WHEN regexp_full_match(:t, '[-+]?[0-9.,]{15,}') THEN :large ELSE :bad END",
        t=text,
        large=f"{name}:too_large",
        bad=f"{name}:bad_number",
    )


def _case(choices: Sequence[tuple[exp.Expr, exp.Expr]], kind: str = "varchar") -> exp.Expr:
    if not choices:
        return exp.cast(exp.null(), kind)
    return exp.Case(ifs=[exp.If(this=test, true=value) for test, value in choices])


def suspicious(column: exp.Expr, *, free: bool) -> exp.Expr:
    """A first sieve: the text may hold a number that must not be kept. Runs of digits alone count only with thirteen."""
    if free:
        return sql("(strlen(:x) >= 6 AND regexp_matches(:x, :sieve))", x=column, sieve=PERSONAL_SQL)
    return sql(
        """CASE WHEN strlen(:x) < 13 THEN false WHEN regexp_full_match(:x, '[0-9]+') THEN strlen(:x) = 13
           ELSE regexp_matches(:x, :sieve) END""",
        x=column,
        sieve=RESIDENT_SQL,
    )
