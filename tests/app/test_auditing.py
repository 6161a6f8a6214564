"""The audit log: everything that is written has words, pages and filters agree with a list, definitions show their documents."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.app import Workspace, auditing
from dangol.app.auditing import ACTIONS, Looking
from dangol.schema import DefinitionError
from dangol.store import Store
from tests.app import shop
from tests.house.source import modules


def _written() -> Iterator[tuple[str, str]]:
    """Where an entry is written, and its action, as far as it stands there as text."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            on = node.func.value
            if node.func.attr in ("write", "write_many") and isinstance(on, ast.Attribute) and on.attr == "audit":
                for part in ast.walk(node.args[1]):
                    if (
                        isinstance(part, ast.Constant)
                        and isinstance(part.value, str)
                        and re.fullmatch(r"[a-z_]+\.[a-z_]+", part.value)
                    ):
                        yield f"{path}:{node.lineno}", part.value


def test_every_action_has_words_in_both_languages() -> None:
    found = list(_written())
    assert len(found) > 20
    assert [(place, action) for place, action in found if action not in ACTIONS] == []
    assert all(re.search("[가-힣]", said.ko) and said.en for said in ACTIONS.values())


def test_what_people_do_is_there_with_before_and_after(ws: Workspace, exports: list[object]) -> None:
    (done, *_) = auditing.looked(ws, Looking(action="import.done"), "en")
    assert done["says"] == "imported a file"
    assert '"taken":' in str(done["after"])
    one, other = (row["customer_id"] for row in ws.customers(limit=2))
    ws.merge(one, other, reason="one person")
    (merged,) = auditing.looked(ws, Looking(action="merge"), "ko")
    assert merged["says"] == "고객을 합침"
    assert merged["reason"] == "one person"
    assert f"C{max(one, other)}" in str(merged["before"])
    assert f"C{min(one, other)}" in str(merged["after"])
    body = dict(ws.store.definitions.get("segment", "regulars").body)
    ws.store.definitions.put(
        "segment", "regulars", body | {"says": {"ko": "새 이름", "en": "New"}}, actor="t", now=shop.NOW
    )
    (last, *_) = auditing.looked(ws, Looking(subject="segment/regulars"), "en")
    assert "새 이름" in str(last["after"])
    assert "새 이름" not in str(last["before"])


def test_a_day_is_the_shop_s(ws: Workspace) -> None:
    midnight = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)  # of the 22nd in Seoul
    for seconds in (-1, 0, 86_399, 86_400):
        ws.store.audit.write("t", "test", str(seconds), now=midnight + dt.timedelta(seconds=seconds))
    day = Looking(action="test", since="2026-11-22", until="2026-11-22")
    assert [row["subject"] for row in auditing.looked(ws, day, "en")] == ["86399", "0"]
    with pytest.raises(DefinitionError):
        auditing.looked(ws, Looking(since="soon"), "en")


actors, kinds = st.sampled_from(["person/1", "key/1", "kim"]), st.sampled_from(["a", "ab", "a_b", None])
actions, days = st.sampled_from(["a.b", "a.c", "ab.c", "a", "a_b"]), st.integers(0, 9)
entries = st.lists(st.tuples(actors, actions, days), max_size=25)
pages = st.tuples(st.integers(1, 7), st.integers(0, 9))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(rows=entries, kind=kinds, actor=st.sampled_from(["kim", None]), span=st.tuples(days, days), page=pages)
def test_pages_and_filters_are_those_of_a_list(
    store: Store,
    rows: list[tuple[str, str, int]],
    kind: str | None,
    actor: str | None,
    span: tuple[int, int],
    page: tuple[int, int],
) -> None:
    """Against a Python list, newest first."""
    import sqlalchemy as sa

    from dangol.store.tables import AUDIT

    with store.writing() as connection:
        connection.execute(sa.delete(AUDIT))
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for n, (who, action, at) in enumerate(rows):
        store.audit.write(who, action, str(n), now=day + dt.timedelta(days=at))
    since, until = (day + dt.timedelta(days=d) for d in span)
    wanted = [
        str(n)
        for n, (who, action, at) in enumerate(rows)
        if (actor is None or who == actor)
        and (kind is None or action.split(".")[0] == kind)
        and span[0] <= at < span[1]
    ][::-1]
    asked = {"actor": actor, "kind": kind, "since": since, "until": until}
    limit, offset = page
    assert [e.subject for e in store.audit.page(limit=limit, offset=offset, **asked)] == wanted[offset : offset + limit]
    assert store.audit.count(**asked) == len(wanted)
