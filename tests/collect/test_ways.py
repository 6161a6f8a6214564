"""However a list of events is taken (trusting, repeating, looked at first, row by row), the same is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dangol.collect import LookAgain, Way, new_only
from dangol.engine import DuckDBEngine
from dangol.schema import EVENTS
from tests.budget import examples

from .conftest import Taker, rows

HEADER = "user_id,anonymous_id,event,timestamp,message_id,amount,channel,note"
_WHEN = ("2026-01-02 10:00:00", "2026-01-03", "2026.1.4 오후 3:05", "2026-01-05T00:00:00Z")
_ROWS = st.tuples(
    st.sampled_from(("u1", "u2", "", " u1 ")),
    st.sampled_from(("a1", "a2", "a3", "")),
    st.sampled_from(("Product Viewed", "Search", "검색")),
    st.sampled_from((*_WHEN, *_WHEN, *_WHEN, "soon")),
    st.integers(0, 400).map(lambda n: f"m{n}"),
    st.sampled_from(("", "100", "12,900원".replace(",", ""), "-5", *(["7"] * 5), "lots")),
    st.sampled_from(("web", "app")),
    st.sampled_from(("", "", "", "hello", "call 02-312-4567 now", "901010-1234567")),
)
Written = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], int, list[Way]]


def written(taking: Taker, path: Path, way: Way) -> Written:
    """What comes to be kept, the way `app` goes: events, identifiers, links, repeated rows; and the ways gone."""
    gone: list[Way] = []
    while True:
        engine = DuckDBEngine(threads=2)
        engine.ensure([EVENTS])
        gone.append(way)
        try:
            with engine.transaction(), taking(path, engine=engine, way=way) as taken:
                assert taken.events is not None
                new = engine.append("events", new_only(taken.events))
                if taken.twice is not None and engine.run(taken.twice).num_rows:
                    raise LookAgain("once")
                kept = rows(engine, "events", "event_id")
                links = [{k: v for k, v in r.items() if k != "fact"} for r in rows(engine, taken.links, "a")]
                seen = sum(taken.counts.events.values()) - new + taken.counts.repeated
                return kept, rows(engine, taken.identifiers, "node"), links, seen, gone
        except LookAgain as again:
            way = again.way
        finally:
            engine.close()


@settings(
    max_examples=examples(30),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(_ROWS, min_size=1, max_size=30))
def test_every_way_writes_the_same(taking: Taker, save: Callable[..., Path], lines: list[tuple[str, ...]]) -> None:
    path = save("\n".join([HEADER, *(",".join(line) for line in lines)]) + "\n")
    *plain, _ = written(taking, path, "rows")
    for way in ("trusting", "looking"):
        *found, gone = written(taking, path, way)
        links = [sorted(map(str, side)) for side in (found[2], plain[2])]
        assert found[:2] == plain[:2], gone
        assert links[0] == links[1]
        assert found[3] == plain[3]


@pytest.mark.parametrize(
    ("last", "ways"),
    [
        ("u1,a1,Search,2026-01-02,m9,1,web,", ["trusting"]),
        ("u1,a1,Search,2026-01-02,m1,1,web,", ["trusting", "once"]),
        ("u1,a1,Search,2026-01-02,m9,1,web,call 02-312-45678", ["trusting", "looking"]),
        ("u1,a1,Search,never,m9,1,web,", ["trusting", "rows"]),
        ('u1,a1,Search,2026-01-02,m9,1,web,"st"ray', ["trusting", "lines"]),
    ],
)
def test_the_way_that_a_file_needs(taking: Taker, save: Callable[..., Path], last: str, ways: list[Way]) -> None:
    path = save(f"{HEADER}\nu1,a1,Search,2026-01-02 10:00:00,m1,1,web,\n{last}\n")
    assert written(taking, path, "trusting")[4] == ways
