"""What the text of a cell means, as expressions the engine evaluates column by column.

The common spelling is tried first and costs one cast; what it does not read goes through the slower spellings; the rest is
read by Python, once per distinct text (`dangol.collect.words`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.engine import sql

TOO_LARGE = 1_000_000_000_000
"""Amounts and quantities beyond a trillion are typing errors, and would not leave room for sums."""

YEARS = (1900, 2100)

_FORMATS = (
    "%Y-%m-%d %p %I:%M:%S",
    "%Y-%m-%d %p %I:%M",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y%m%dT%H%M%S",
)


BLANKS = " \t\r\n\u00a0\u3000\ufeff"


def text(column: exp.Expr, *, blanks: bool = False) -> exp.Expr:
    """NFC, without spaces around it (with `blanks`, any white space); empty is null.

    Trimming costs the engine as much as parsing the file, and ASCII without spaces at its ends is tidy: that is looked at first.
    """
    if blanks:
        return sql("nullif(trim(nfc_normalize(:x), :blanks), '')", x=column, blanks=BLANKS)
    return sql(
        """nullif(CASE WHEN prefix(:x, ' ') OR suffix(:x, ' ') OR strlen(:x) <> length(:x)
           THEN trim(nfc_normalize(:x)) ELSE :x END, '')""",
        x=column,
    )


def first(values: Sequence[exp.Expr]) -> exp.Expr:
    if not values:
        return exp.cast(exp.null(), "varchar")
    return values[0] if len(values) == 1 else exp.Coalesce(this=values[0], expressions=list(values[1:]))


def aware(value: exp.Expr) -> exp.Expr:
    """UTC of a text that says its offset, or counts seconds or milliseconds since 1970; null for any other."""
    return sql(
        """CASE WHEN (strlen(:x) > 19 OR contains(:x, '+') OR suffix(:x, 'Z')) AND strlen(:x) > 16
             AND regexp_matches(:x, '[0-9] ?(Z|[+-][0-9]{2}(:?[0-9]{2})?|UTC|GMT|[A-Z][a-z]+/[A-Z][A-Za-z_]+)$')
           THEN try_cast(:x AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END""",
        x=value,
    )


def naive(value: exp.Expr, formats: Sequence[str] = ()) -> exp.Expr:
    """The date and time a text shows, without zone. Null where it cannot be read."""
    plain = sql("try_cast(:x AS TIMESTAMP)", x=value)
    odd = _odd(value, "timestamp")
    tidy = sql(
        r"""trim(regexp_replace(regexp_replace(replace(replace(:x, '오전', ' AM '), '오후', ' PM '),
              '^([0-9]{4}) ?[./년-] ?([0-9]{1,2}) ?[./월-] ?([0-9]{1,2})[.일]?', '\1-\2-\3 '), ' +', ' ', 'g'))""",
        x=odd,
    )
    slow = sql("coalesce(try_cast(:t AS TIMESTAMP), try_strptime(:t, :formats))", t=tidy, formats=_list(_FORMATS))
    spellings = [plain, slow, _serial(odd), _order_day(odd)]
    if formats:
        spellings.insert(0, sql("try_strptime(:x, :formats)", x=value, formats=_list(formats)))
    return exp.Coalesce(this=spellings[0], expressions=spellings[1:])


def _odd(value: exp.Expr, kind: str) -> exp.Expr:
    """The text where the plain cast does not read it, else null: an engine that shares equal expressions computes them for
    every row, and on nulls that costs nothing."""
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.Is(this=exp.TryCast(this=value.copy(), to=exp.DataType.build(kind)), expression=exp.null()),
                true=value,
            )
        ]
    )


def _list(formats: Sequence[str]) -> exp.Expr:
    return exp.Array(expressions=[exp.Literal.string(f) for f in formats])


def _order_day(value: exp.Expr) -> exp.Expr:
    """The day a mall's order number begins with: 20261121-0000012."""
    return sql(
        "CASE WHEN regexp_full_match(:x, '20[0-9]{6}-[0-9]{5,9}') THEN try_strptime(left(:x, 8), '%Y%m%d') END", x=value
    )


def _serial(value: exp.Expr) -> exp.Expr:
    """Days since 1899-12-30, as spreadsheets count; five digits reach from 1927 to 2173."""
    return sql(
        """CASE WHEN regexp_full_match(:x, '[1-7][0-9]{4}([.][0-9]+)?')
           THEN TIMESTAMP '1899-12-30 00:00:00'
             + to_microseconds(CAST(round(CAST(:x AS DOUBLE) * 86400) * 1000000 AS BIGINT)) END""",
        x=value,
    )


def epoch(value: exp.Expr) -> exp.Expr:
    """Seconds (10 digits) or milliseconds (13) since 1970, UTC."""
    return sql(
        """CASE WHEN regexp_full_match(:x, '1[0-9]{9}') THEN make_timestamp(CAST(:x AS BIGINT) * 1000000)
                WHEN regexp_full_match(:x, '1[0-9]{12}') THEN make_timestamp(CAST(:x AS BIGINT) * 1000) END""",
        x=_odd(value, "timestamp"),
    )


def local(value: exp.Expr, zone: ZoneInfo) -> exp.Expr:
    """Local time to UTC. Where the zone has had one offset since some year, that is a subtraction; else ICU's work."""
    since, offset = _steady(zone)
    if since is None and offset == 0 and zone.key in ("UTC", "Etc/UTC", "GMT"):
        return value
    careful = sql("(:x AT TIME ZONE :zone) AT TIME ZONE 'UTC'", x=value, zone=zone.key)
    if since is None:
        return careful
    return sql(
        "CASE WHEN :x >= :since THEN :x - to_seconds(:offset) ELSE :careful END",
        x=value,
        since=since,
        offset=offset,
        careful=careful,
    )


def _steady(zone: ZoneInfo) -> tuple[dt.datetime | None, int]:
    """From when to the end of the century the offset (seconds) does not change; null when it still does."""
    day = dt.datetime(2099, 12, 31)  # noqa: DTZ001 - a local wall clock time
    last = _offset(day, zone)
    if any(_offset(dt.datetime(y, m, 1), zone) != last for y in (2030, 2060, 2090) for m in range(1, 13)):  # noqa: DTZ001
        return None, last
    year = 2029
    while year > 1990 and all(_offset(dt.datetime(year, m, d), zone) == last for m in range(1, 13) for d in (1, 15)):  # noqa: DTZ001
        year -= 1
    return dt.datetime(year + 1, 1, 2), last  # noqa: DTZ001


def _offset(at: dt.datetime, zone: ZoneInfo) -> int:
    found = at.replace(tzinfo=zone).utcoffset()
    return int(found.total_seconds()) if found else 0


def number(value: exp.Expr, *, comma: bool = False) -> exp.Expr:
    """decimal(18,4). Reads 12,900원, ₩12,900, (1,200), 1200-; with `comma`, 1.234,56. Null where it cannot be read."""
    bare = sql(
        r"regexp_replace(:x, '[\s원₩￦$€£¥]|KRW|USD|EUR|GBP|JPY', '', 'g')",
        x=value if comma else _odd(value, "decimal(18,4)"),
    )
    if comma:
        shape = r"[(]?[-+−]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]+)?[)]?-?"
        digits = sql("replace(regexp_replace(:b, '[-+−().]', '', 'g'), ',', '.')", b=bare)
    else:
        shape = r"[(]?[-+−]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)([.][0-9]+)?[)]?-?"
        digits = sql("regexp_replace(:b, '[-+−(),]', '', 'g')", b=bare)
    slow = sql(
        """CASE WHEN regexp_full_match(:b, :shape)
           THEN try_cast(:digits AS DECIMAL(18,4)) * (CASE WHEN regexp_matches(:b, '[-−(]') THEN -1 ELSE 1 END) END""",
        b=bare,
        shape=shape,
        digits=digits,
    )
    slow = exp.cast(slow, "decimal(18,4)")
    return slow if comma else sql("coalesce(try_cast(:x AS DECIMAL(18,4)), :slow)", x=value, slow=slow)


def key(*parts: exp.Expr) -> exp.Expr:
    """A stable positive 63-bit number of some texts: the upper half of their MD5, without its top bit."""
    return sql("CAST(CAST('0x' || left(md5(:t), 16) AS UBIGINT) & 9223372036854775807 AS BIGINT)", t=_joined(parts))


def passing(*parts: exp.Expr) -> exp.Expr:
    """As good as `key` for a number that is kept nowhere, at two thirds of its cost: the bytes in the other order."""
    return sql("CAST(md5_number(:t) & CAST(9223372036854775807 AS UHUGEINT) AS BIGINT)", t=_joined(parts))


def _joined(parts: Sequence[exp.Expr]) -> exp.Expr:
    joined: exp.Expr | None = None
    for part in parts:
        filled = part if isinstance(part, exp.Literal) else sql("coalesce(:p, '')", p=part)
        joined = filled if joined is None else sql("(:j || chr(31) || :p)", j=joined, p=filled)
    assert joined is not None
    return joined


def json(pairs: Sequence[tuple[str, exp.Expr]]) -> exp.Expr:
    """A JSON object without its null members; null when nothing is left."""
    if not pairs:
        return exp.cast(exp.null(), "varchar")
    flat = [part for name, value in pairs for part in (exp.Literal.string(name), value)]
    made = exp.Anonymous(this="json_object", expressions=flat)
    return sql("nullif(CAST(json_merge_patch('{}', :made) AS VARCHAR), '{}')", made=made)
