"""Small random worlds and rules for hypothesis, and their way into an engine."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from dangol.engine import ARROW_TYPES, Engine, arrow_schema
from dangol.rules import Catalog, TraitInfo
from dangol.rules.surroundings import Surroundings, read_bands
from dangol.schema import CONSENTS, EVENTS, IDENTIFIERS, ORDER_ITEMS, WEATHER, Table

NOW = dt.datetime(2025, 3, 1, 2, 30)  # noqa: DTZ001  a day after 28 February in Seoul, and of a year without a 29th
TRAITS = {
    "age": TraitInfo("int64", "demographic", "나이", "age"),
    "churn": TraitInfo("float64", "analytic", "이탈 가능성", "churn"),
    "revenue": TraitInfo("money", "behavioural", "매출", "revenue"),
    "region": TraitInfo("text", "demographic", "지역", "region"),
    "vip": TraitInfo("bool", "behavioural", "VIP", "VIP"),
    "birthday": TraitInfo("text", "demographic", "생일", "birthday"),
    "joined": TraitInfo("date", "behavioural", "가입일", "date of joining"),
    "last_seen_at": TraitInfo("timestamp", "behavioural", "마지막 방문", "last visit"),
    "likes": TraitInfo("list<text>", "behavioural", "취향", "tastes"),
}
SEGMENTS: dict[str, Any] = {
    "elders": {"trait": "age", "at_least": 60},
    "buyers": {"did": "B"},
    "quiet": {"not": {"did": "any", "within": "30 days"}},
    "buying-elders": {"all": [{"in": "elders"}, {"in": "buyers"}]},
}
AROUND = Surroundings(
    "KR", read_bands({"small": "0-9", "day": "9-18", "evening": "18-22"}), "shop", {"north": "station"}
)
CATALOG = Catalog(TRAITS, SEGMENTS, surroundings=AROUND)
NAMES = ["A", "B", "C"]
CATEGORIES = ["등산", "캠핑", "tea"]
COLORS = ["red", "blue"]


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


moments = st.one_of(
    st.integers(0, 24 * 100).map(lambda h: NOW - dt.timedelta(hours=h)),
    st.integers(-1, 60).map(lambda d: NOW - dt.timedelta(days=d)),
    st.sampled_from(
        [dt.datetime(2025, 2, 28, 15), dt.datetime(2024, 12, 31, 15), dt.datetime(2025, 1, 31, 14, 59, 59)]  # noqa: DTZ001
    ),
)
money = st.integers(-50_000, 100_000).map(lambda n: Decimal(n) / 4)
customers = st.fixed_dictionaries(
    {
        "age": maybe(st.sampled_from([20, 59, 60, 61])),
        "churn": maybe(st.sampled_from([0.1, 0.5, 0.7, 0.9])),
        "revenue": maybe(
            st.sampled_from([Decimal("-1"), Decimal("0"), Decimal("100.5"), Decimal("100.5000"), Decimal("900")])
        ),
        "region": maybe(st.sampled_from(["서울", "부산", "Seoul"])),
        "vip": maybe(st.booleans()),
        "birthday": maybe(st.sampled_from(["02-28", "02-29", "03-01", "03-07", "03-09", "12-31"])),
        "joined": maybe(
            st.sampled_from([dt.date(2020, 2, 29), dt.date(2024, 3, 1), dt.date(2025, 2, 27), dt.date(2025, 3, 4)])
        ),
        "last_seen_at": maybe(moments),
        "likes": maybe(st.lists(st.sampled_from(CATEGORIES), unique=True)),
    }
)
properties = maybe(
    st.fixed_dictionaries(
        {},
        optional={
            "color": maybe(st.sampled_from(COLORS)),
            "n": st.one_of(st.integers(-3, 9), st.sampled_from([0.5, "7", "many", True, None])),
            "ship": st.fixed_dictionaries({}, optional={"cost": st.integers(0, 5), "way to": st.just("문 앞")}),
        },
    ).map(lambda p: json.dumps(p, ensure_ascii=False))
)
events = st.fixed_dictionaries(
    {
        "customer_id": st.one_of(st.integers(1, 5), st.none()),
        "at": moments,
        "name": st.sampled_from(NAMES),
        "category": maybe(st.sampled_from(CATEGORIES)),
        "amount": maybe(money),
        "place": maybe(st.sampled_from(["north", "south"])),
        "properties": properties,
    }
)
items = st.fixed_dictionaries(
    {
        "customer_id": st.integers(1, 5),
        "at": moments,
        "name": st.sampled_from(NAMES),
        "category": maybe(st.sampled_from(CATEGORIES)),
        "brand": maybe(st.sampled_from(["k", "n"])),
        "amount": maybe(money),
        "place": maybe(st.sampled_from(["north", "south"])),
    }
)
weather = st.tuples(
    st.sampled_from(["shop", "station"]),
    moments.map(lambda at: at.replace(minute=0, second=0)),
    maybe(st.sampled_from(["rain", "clear", "dry"])),
    maybe(st.sampled_from([-1.0, 3.0, 20.5])),
).map(lambda w: {"place": w[0], "hour": w[1], "condition": w[2], "temperature": w[3]})
consents = st.fixed_dictionaries(
    {
        "customer_id": st.integers(1, 5),
        "node": st.integers(1, 3),
        "purpose": st.sampled_from(["advertising", "profiling"]),
        "channel": st.sampled_from(["email", "sms"]),
        "state": st.sampled_from(["granted", "refused", "withdrawn"]),
        "at": st.integers(0, 3).map(lambda d: NOW - dt.timedelta(days=d)),
    }
)
identifiers = st.fixed_dictionaries(
    {"customer_id": st.integers(1, 5), "kind": st.sampled_from(["email", "phone"]), "blocked": maybe(st.just("junk"))}
)


def _world(parts: tuple[list[dict[str, Any]], ...]) -> dict[str, list[dict[str, Any]]]:
    people, done, lines, said, known, sky = parts
    return {
        "customers": [{"customer_id": i + 1, **p} for i, p in enumerate(people)],
        "events": [{"event_id": (i * 7) % 101, **e} for i, e in enumerate(done)],
        "items": [{"event_id": i // 2, "line": i % 2 + 1, **e} for i, e in enumerate(lines)],
        "consents": said,
        "identifiers": [{"node": i, **k} for i, k in enumerate(known)],
        "weather": sky,
    }


worlds = st.tuples(
    st.lists(customers, min_size=5, max_size=5),
    st.lists(events, min_size=8, max_size=25),
    st.lists(items, max_size=10),
    st.lists(consents, max_size=6),
    st.lists(identifiers, max_size=4),
    st.lists(weather, max_size=12, unique_by=lambda w: (w["place"], w["hour"])),
).map(_world)

# -- rules -------------------------------------------------------------------------------------------------------------
spans = st.sampled_from(["1 day", "7 days", "2 weeks", "30 days", "36 hours", "1 month", "90 days"])
day_spans = st.sampled_from(["1 day", "7 days", "2 weeks"])
phrases = st.sampled_from(
    ["today", "yesterday", "this week", "last week", "this month", "last month", "this year", "last year"]
)
dates = st.sampled_from([dt.date(2025, 1, 1), dt.date(2025, 2, 1), dt.date(2025, 2, 28), dt.date(2025, 3, 1)])
pairs = st.lists(dates, min_size=2, max_size=2).map(sorted)
windows = st.one_of(
    st.just({}),
    spans.map(lambda s: {"within": s}),
    spans.map(lambda s: {"not within": s}),
    phrases.map(lambda p: {"during": p}),
    pairs.map(lambda p: {"between": p}),
    dates.map(lambda d: {"before": d}),
    dates.map(lambda d: {"after": d}),
    dates.map(lambda d: {"since": d}),
)
numbers = st.one_of(
    st.sampled_from([0, 1, 2, 100.5, 5000]).flatmap(
        lambda n: st.sampled_from(["is", "is_not", "at_least", "at_most", "above", "below"]).map(lambda op: {op: n})
    ),
    st.just({"between": [0, 2]}),
    st.just({"in": [0, 100.5]}),
    st.just({"not_in": [0, 1]}),
)
orders = st.sampled_from(
    [{"at_least": 0}, {"at_least": 100.5}, {"below": 1}, {"above": 2}, {"at_most": 5000}, {"between": [-10, 2]}]
)
texts = st.sampled_from(
    [
        {"is": "등산"},
        {"is_not": "등산"},
        {"in": ["등산", "tea"]},
        {"not_in": ["캠핑"]},
        {"contains": "산"},
        {"starts_with": "t"},
        {"ends_with": "핑"},
        {"matches": "^(t|캠)"},
        {"exists": True},
        {"missing": True},
    ]
)
times = st.sampled_from(
    [
        {},
        {"at_least": "2 times"},
        {"at_most": 1},
        {"exactly": "0 times"},
        {"exactly": 2},
        {"between": [1, 2]},
        {"never": True},
        {"below": 3},
        {"above": 1},
    ]
)
event_names = st.one_of(
    st.sampled_from(NAMES), st.just("any"), st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True)
)
_property = st.sampled_from(
    [
        {"color": "red"},
        {"color": {"is_not": "red"}},
        {"n": {"above": 3}},
        {"n": {"is_not": 7}},
        {"n": 7},
        {"n": "many"},
        {"n": True},
        {"n": {"in": [7, 0.5]}},
        {"n": {"missing": True}},
        {"ship.cost": {"between": [1, 3]}},
        {"ship.way to": "문 앞"},
    ]
)
_column = st.one_of(
    texts.map(lambda t: {"category": t}),
    orders.map(lambda o: {"amount": o}),
    st.just({"category": "등산", "amount": {"above": 0}}),
)
_around = st.sampled_from(
    [
        {"weekday": "mon"},
        {"weekday": {"not_in": ["sat", "일요일"]}},
        {"hour": {"at_least": 18}},
        {"hour_band": "evening"},
        {"hour_band": {"missing": True}},
        {"holiday": True},
        {"holiday": False},
        {"holiday": "삼일절"},
        {"day_off": True},
        {"day_off": False, "hour_band": ["day", "evening"]},
        {"weather": "rain"},
        {"weather": {"is_not": "rain"}},
        {"weather": {"missing": True}},
        {"temperature": {"below": 5}},
    ]
)
event_where = st.recursive(
    st.one_of(_property, _column, _around, spans.map(lambda s: {"at": {"within": s}})),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda p: {"any": p}),
        st.lists(inner, min_size=1, max_size=2).map(lambda p: {"all": p}),
        inner.map(lambda p: {"not": p}),
    ),
    max_leaves=3,
)
item_where = st.one_of(_column, _around, st.just({"brand": "k"}), st.just({"not": {"brand": "k"}}))
measures = st.one_of(
    st.tuples(st.sampled_from(["sum", "average", "min", "max"]), st.sampled_from(["amount", "n", "ship.cost"]), orders),
    st.tuples(
        st.just("distinct"),
        st.sampled_from(["category", "color"]),
        st.sampled_from([{"at_least": 1}, {"is": 0}, {"below": 2}]),
    ),
    st.tuples(st.sampled_from(["first", "last"]), st.just("category"), texts.filter(lambda t: "missing" not in t)),
).map(lambda m: {m[0]: m[1], **m[2]})


def _joined(parts: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Parts of one `did`; a key that two of them have is taken from the first."""
    found: dict[str, Any] = {}
    for part in parts:
        found = {**part, **found}
    return found


anchors = st.sampled_from(NAMES).map(lambda n: {"since": {"did": n}})
dids = st.one_of(
    st.tuples(
        event_names.map(lambda n: {"did": n}),
        times,
        st.one_of(windows, anchors),
        st.one_of(st.just({}), event_where.map(lambda w: {"where": w})),
    ),
    st.tuples(event_names.map(lambda n: {"did": n}), measures, windows),
    st.tuples(
        event_names.map(lambda n: {"did": n, "of": "items"}),
        st.one_of(times, st.just({"sum": "amount", "at_least": 10}), st.just({"distinct": "brand", "at_most": 1})),
        windows,
        st.one_of(st.just({}), item_where.map(lambda w: {"where": w})),
    ),
).map(_joined)
traits = st.one_of(
    numbers.map(lambda n: {"trait": "revenue", **n}),
    st.sampled_from(
        [{"at_least": 60}, {"is": 20}, {"is_not": 60}, {"between": [20, 60]}, {"exists": True}, {"missing": True}]
    ).map(lambda n: {"trait": "age", **n}),
    st.just({"trait": "age", "below": 60, "or_missing": True}),
    st.sampled_from([0.5, 0.7]).map(lambda n: {"score": "churn", "above": n}),
    st.sampled_from([{"is": "서울"}, {"is_not": "서울"}, {"contains": "e"}, {"in": ["부산", "Seoul"]}]).map(
        lambda t: {"trait": "region", **t}
    ),
    st.sampled_from([{"trait": "vip"}, {"trait": "vip", "is": False}, {"trait": "vip", "is_not": True}]),
    st.one_of(
        day_spans.map(lambda s: {"within": s}), phrases.map(lambda p: {"during": p}), dates.map(lambda d: {"after": d})
    ).map(lambda w: {"trait": "joined", **w}),
    st.just({"trait": "joined", "within_next": "7 days"}),
    windows.filter(bool).map(lambda w: {"trait": "last_seen_at", **w}),
    st.sampled_from([{"has_any": ["tea", "등산"]}, {"has_all": ["tea", "등산"]}, {"contains": "캠핑"}]).map(
        lambda w: {"trait": "likes", **w}
    ),
)
steps = st.fixed_dictionaries(
    {"did": st.sampled_from(NAMES)},
    optional={
        "within": st.sampled_from(["36 hours", "7 days"]),
        "not_between": st.sampled_from(NAMES).map(lambda n: {"did": n}),
    },
)
sequences = st.tuples(
    st.sampled_from(NAMES), st.lists(steps, min_size=1, max_size=3), st.sampled_from([{}, {"within": "90 days"}])
).map(lambda s: {"sequence": [{"did": s[0]}, *s[1]], **s[2]})
others = st.sampled_from(
    [
        {"in": "elders"},
        {"in": ["buyers", "buying-elders"]},
        {"not_in": "quiet"},
        {"waterfall": ["elders", "quiet", "buyers"]},
        {"waterfall": ["elders", "quiet", "buyers"], "take": "quiet"},
        {"top": {"by": "revenue", "n": 2}},
        {"top": {"by": "revenue", "percent": 50}},
        {"bottom": {"by": "age", "percent": 33.3}},
        {"rank": "revenue", "at_least": 50},
        {"rank": "age", "between": [25, 75]},
        {"split": {"name": "welcome", "share": "40%"}},
        {"split": {"name": "환영", "from": "20%", "to": "90%"}},
        {"consent": {"channel": "email", "purpose": "advertising", "is": "granted"}},
        {"consent": {"channel": "sms", "purpose": "advertising", "is": ["unknown", "withdrawn"]}},
        {"reachable": "email"},
        {"reachable": "sms"},
        {"birthday": {"within_next": "7 days"}},
        {"birthday": {"within": "2 days"}},
        {"birthday": {"during": "last month"}},
        {"anniversary": {"of": "joined", "within_next": "7 days"}},
        {"anniversary": {"of": "last_seen_at", "during": "this month"}},
        {"anniversary": {"of": "joined", "within": "3 days"}},
    ]
)


def evenly(*kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Each kind as often as the next (`one_of` favours the simple ones)."""
    return st.sampled_from(range(len(kinds))).flatmap(lambda k: kinds[k])


leaf_rules = evenly(traits, dids, dids, dids, sequences, others)
_nots = leaf_rules.map(lambda r: {"not": r})
_groups = st.tuples(st.sampled_from(["all", "any"]), st.lists(evenly(leaf_rules, _nots), min_size=2, max_size=3)).map(
    lambda g: {g[0]: g[1]}
)
_nested = st.tuples(st.sampled_from(["all", "any"]), leaf_rules, _groups).map(lambda g: {g[0]: [g[1], {"not": g[2]}]})
rules = evenly(leaf_rules, leaf_rules, _nots, _groups, _nested)


# -- into an engine ----------------------------------------------------------------------------------------------------
PLACES = {
    name: f"small_{name}" for name in ("events", "order_items", "consents", "identifiers", "customers", "weather")
}


def load(engine: Engine, world: dict[str, list[dict[str, Any]]]) -> None:
    """Put a world into tables named as in `PLACES`."""
    for name, table in (
        ("events", EVENTS),
        ("items", ORDER_ITEMS),
        ("consents", CONSENTS),
        ("identifiers", IDENTIFIERS),
        ("weather", WEATHER),
    ):
        engine.replace(PLACES[table.name], _rows(world[name], table))
    fields = [("customer_id", pa.int64()), *((n, ARROW_TYPES[t.type]) for n, t in TRAITS.items())]
    engine.replace(PLACES["customers"], pa.Table.from_pylist(world["customers"], schema=pa.schema(fields)))


def _rows(rows: list[dict[str, Any]], table: Table) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=arrow_schema(table))
