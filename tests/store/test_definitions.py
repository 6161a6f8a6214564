import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.schema import NotFoundError
from dangol.store import Store
from tests.budget import examples


def test_a_changed_body_is_a_new_version_and_the_same_one_is_not(store: Store, now: dt.datetime) -> None:
    put = store.definitions.put
    assert put("segment", "vip", {"a": 1, "b": [1, "가"]}, actor="kim", now=now) == 1
    assert put("segment", "vip", {"b": [1, "가"], "a": 1}, actor="lee", now=now) == 1
    assert put("segment", "vip", {"a": 2}, actor="lee", now=now + dt.timedelta(days=1), note="stricter") == 2
    newest = store.definitions.get("segment", "vip")
    assert (newest.version, newest.body, newest.actor, newest.note) == (2, {"a": 2}, "lee", "stricter")
    assert newest.at == now + dt.timedelta(days=1)
    assert store.definitions.get("segment", "vip", 1).body == {"a": 1, "b": [1, "가"]}
    assert [v.version for v in store.definitions.versions("segment", "vip")] == [1, 2]


def test_kinds_do_not_mix(store: Store, now: dt.datetime) -> None:
    store.definitions.put("trait", "orders", {"count": "x"}, actor="kim", now=now)
    store.definitions.put("segment", "orders", {"all": []}, actor="kim", now=now)
    assert store.definitions.get("trait", "orders").body == {"count": "x"}
    assert set(store.definitions.all("segment")) == {"orders"}
    assert store.definitions.all("mapping") == {}
    with pytest.raises(NotFoundError, match="no such kind"):
        store.definitions.put("journey", "x", {}, actor="kim", now=now)


def test_removal_keeps_the_versions_and_can_be_taken_back(store: Store, now: dt.datetime) -> None:
    store.definitions.put("segment", "vip", {"a": 1}, actor="kim", now=now)
    assert store.definitions.remove("segment", "vip", actor="kim", now=now) == 2
    assert store.definitions.all("segment") == {}
    with pytest.raises(NotFoundError):
        store.definitions.get("segment", "vip")
    with pytest.raises(NotFoundError):
        store.definitions.remove("segment", "vip", actor="kim", now=now)
    assert store.definitions.put("segment", "vip", {"a": 1}, actor="kim", now=now) == 3
    assert [v.removed for v in store.definitions.versions("segment", "vip")] == [False, True, False]


def test_a_wrong_name_gets_the_nearest(store: Store, now: dt.datetime) -> None:
    store.definitions.put("segment", "lapsing-seniors", {}, actor="kim", now=now)
    with pytest.raises(NotFoundError) as error:
        store.definitions.get("segment", "lapsing-senior")
    assert "lapsing-seniors" in error.value.hint.en


def test_changes_are_audited(store: Store, now: dt.datetime) -> None:
    store.definitions.put("segment", "vip", {"a": 1}, actor="kim", now=now)
    store.definitions.put("segment", "vip", {"a": 1}, actor="kim", now=now)
    store.definitions.put("segment", "vip", {"a": 2}, actor="lee", now=now, note="why")
    entries = store.audit.entries(subject="segment/vip")
    assert [(e.actor, e.action, e.before, e.after, e.reason) for e in entries] == [
        ("lee", "definition.put", {"version": 1}, {"version": 2}, "why"),
        ("kim", "definition.put", None, {"version": 1}, ""),
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=10,
)


@given(bodies=st.lists(_JSON.filter(lambda b: b is not None), min_size=1, max_size=6))
@settings(max_examples=examples(15), deadline=None)
def test_versions_replay_what_was_put(blank: Path, tmp_path_factory: pytest.TempPathFactory, bodies: list[Any]) -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with Store.open(shutil.copy(blank, tmp_path_factory.mktemp("s"))) as store:
        for body in bodies:
            store.definitions.put("settings", "all", body, actor="kim", now=now)
        changes = [b for i, b in enumerate(bodies) if i == 0 or _differs(b, bodies[i - 1])]
        assert [v.body for v in store.definitions.versions("settings", "all")] == changes


def _differs(a: Any, b: Any) -> bool:
    """JSON inequality: true is not 1."""
    import json

    return json.dumps(a, sort_keys=True) != json.dumps(b, sort_keys=True)
