"""From the intake log into the workspace: once, whatever repeats, fails or is killed in between."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dangol.app import Workspace, live
from dangol.collect.wire import Envelope
from dangol.engine import DuckDBEngine
from dangol.schema import EngineError, Text
from tests.app import shop, world

NOW = shop.NOW
_NUMBER = iter(range(10**9))


@pytest.fixture
def fresh(empty: Path, tmp_path: Path) -> Iterator[Workspace]:
    with shop.reopen(Path(shutil.copytree(empty, tmp_path / "shop"))) as ws:
        yield ws


def send(ws: Workspace, body: dict[str, Any] | bytes, call: str = "batch", *, source: str = "site") -> None:
    """What the server does once a request was found in order."""
    text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    name = f"e{next(_NUMBER)}"
    envelope = Envelope(name, source, "browser", call, NOW, "203.0.113.0", "Mozilla/5.0")
    ws.intake.append([ws.privacy.sealer.seal(envelope.pack(text))])


def drain(ws: Workspace) -> live.Drained:
    return ws.drain(refresh=False)


VIEW = {
    "type": "track",
    "event": "Product Viewed",
    "anonymousId": "a-1",
    "messageId": "m-1",
    "properties": {"product_id": "p"},
}
LOGIN = {
    "type": "identify", "anonymousId": "a-1", "userId": shop.LOGIN, "messageId": "m-2",
    "traits": {"email": shop.EMAIL, "phone": shop.PHONE, "name": shop.NAME, "grade": "gold"},
}  # fmt: skip
ORDER = {
    "type": "track", "event": "Order Completed", "userId": shop.LOGIN, "messageId": "m-3",
    "properties": {"order_id": "o-1", "total": 30_000, "products": [{"product_id": "p", "price": 15_000, "quantity": 2}]},
}  # fmt: skip
DAY = [VIEW, LOGIN, ORDER]


def test_a_visit_a_login_and_an_order_are_one_customer(fresh: Workspace) -> None:
    send(fresh, {"batch": DAY})
    done = fresh.drain()
    assert (done.requests, done.calls, done.events, done.repeated, done.quarantined) == (1, 3, 2, 0, 0)
    assert world.one(fresh, "SELECT count(DISTINCT customer_id) FROM events") == 1
    assert world.one(fresh, "SELECT revenue FROM customers") == 30_000
    assert world.one(fresh, "SELECT sum(amount) FROM order_items") == 30_000
    assert fresh.intake.waiting().records == 0
    kinds = {row["kind"] for row in fresh.sql("SELECT kind FROM identifiers")}
    assert kinds == {"user_id", "anonymous_id", "email", "phone"}


def test_nothing_personal_lies_readable_on_the_disk(fresh: Workspace) -> None:
    send(fresh, {"batch": DAY})
    send(fresh, {"batch": [{**LOGIN, "messageId": "m-9", "timestamp": "never"}]})
    assert world.holding(fresh.folder, *shop.SECRETS) == []
    fresh.drain()
    assert world.holding(fresh.folder, *shop.SECRETS) == []


def test_a_message_sent_again_changes_nothing_where_new_ones_need_no_look(fresh: Workspace) -> None:
    engine = fresh.engine
    assert isinstance(engine, DuckDBEngine)
    engine.met.least = 0
    assert engine.perhaps(pa.chunked_array([[1]], pa.int64())), "it is made when it is first asked"
    assert engine.met._making is not None
    engine.met._making.join()
    counts = []
    for body in (DAY, [VIEW], [{**VIEW, "messageId": "m-8"}, VIEW], [{**VIEW, "messageId": "m-9"}], DAY):
        send(fresh, {"batch": body})
        done = drain(fresh)
        counts.append((done.events, done.repeated))
    assert counts == [(2, 0), (0, 1), (1, 1), (1, 0), (0, 2)]
    assert (
        world.one(fresh, "SELECT count(*) FROM events")
        == world.one(fresh, "SELECT count(DISTINCT event_id) FROM events")
        == 4
    )


def test_a_message_sent_again_changes_nothing(fresh: Workspace) -> None:
    send(fresh, {"batch": DAY})
    drain(fresh)
    before = world.tables(fresh, without=world.DERIVED)
    held = world.held(fresh)
    send(fresh, {"batch": [*DAY, *DAY]})
    send(fresh, {**VIEW, "sentAt": NOW.isoformat()}, "track")
    again = drain(fresh)
    assert (again.events, again.repeated) == (0, 2)
    assert world.tables(fresh, without=world.DERIVED) == before
    assert world.held(fresh) == held


@pytest.mark.parametrize("cut", [[[0, 1, 2]], [[0], [1], [2]], [[2], [1], [0]], [[1, 0], [2, 1]], [[2, 0], [0, 1, 2]]])
def test_any_cut_and_order_gives_the_same_shop(empty: Path, tmp_path: Path, cut: Sequence[Sequence[int]]) -> None:
    def told(folder: str, requests: Sequence[Sequence[int]]) -> Any:
        with shop.reopen(Path(shutil.copytree(empty, tmp_path / folder))) as ws:
            for request in requests:
                send(ws, {"batch": [{**DAY[i], "timestamp": f"2026-11-2{i}T00:00:00Z"} for i in request]})
                drain(ws)
            events = ws.sql(
                "SELECT event_id, node, name, at, amount, properties FROM events ORDER BY ALL"
            ).table.to_pylist()
            return events, world.partition(ws), world.held(ws)

    assert told("a", cut) == told("b", [[0, 1, 2]])


def test_a_page_loaded_again_is_one_order(fresh: Workspace) -> None:
    send(fresh, {"batch": [ORDER, {**ORDER, "messageId": "m-4"}]})
    send(fresh, {"batch": [{**ORDER, "messageId": "m-5"}]})
    drain(fresh)
    assert world.one(fresh, "SELECT count(*) FROM events") == 1
    assert world.one(fresh, "SELECT count(*) FROM order_items") == 1


def test_a_killed_drain_is_done_again_and_doubles_nothing(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores committed, and the log was not told: the requests are read again."""
    send(fresh, {"batch": [*DAY, {"type": "track", "userId": "u"}]})

    def killed(positions: Sequence[int]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fresh.intake, "ack", killed)
        with pytest.raises(KeyboardInterrupt):
            drain(fresh)
    before, held = world.tables(fresh, without=world.DERIVED), world.held(fresh)
    done = drain(fresh)
    assert (done.events, done.repeated) == (0, 2)
    assert world.tables(fresh, without=world.DERIVED) == before
    assert world.held(fresh) == held
    assert fresh.intake.waiting().records == 0


def test_a_store_that_fails_keeps_everything_in_the_log(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    send(fresh, {"batch": DAY})

    def full(*_: object, **__: object) -> None:
        raise EngineError(Text("the disk is full", "디스크가 가득 찼습니다"))

    with monkeypatch.context() as patch:
        patch.setattr(live, "resolve", full)
        with pytest.raises(EngineError):
            drain(fresh)
    assert fresh.intake.waiting().records == 1
    assert world.one(fresh, "SELECT count(*) FROM events") == 0
    assert drain(fresh).events == 2


def test_a_poisoned_request_never_blocks_the_queue(fresh: Workspace) -> None:
    send(fresh, {"batch": [VIEW]})
    send(fresh, b"\x00 not json")
    fresh.intake.append([b"sealed by nobody"])
    send(fresh, {"batch": [ORDER]})
    done = drain(fresh)
    assert (done.events, done.quarantined) == (2, 2)
    assert fresh.intake.waiting().records == 0
    assert {r["reason"] for r in fresh.quarantine()} == {"failed"}


def test_a_call_nobody_thought_of_is_found_among_many(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = live.staged

    def fragile(found: Any, **how: Any) -> Any:
        if any(getattr(c, "event", None) and c.event.name == "Boom" for c in found):
            raise ZeroDivisionError
        return real(found, **how)

    monkeypatch.setattr(live, "staged", fragile)
    for i in range(9):
        send(fresh, {"batch": [{**VIEW, "messageId": f"x{i}", "event": "Boom" if i == 5 else "Fine"}]})
    done = drain(fresh)
    assert (done.events, done.quarantined) == (8, 1)


def test_what_was_put_aside_can_be_read_again(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {
        "batch": [
            {**ORDER, "properties": {"order_id": "o-2", "total": 10, "currency": "USD"}},
            {"type": "track", "userId": "u"},
        ]
    }
    send(fresh, rates)
    assert drain(fresh).quarantined == 2
    assert {(r["field"], r["reason"]) for r in fresh.quarantine()} == {("currency", "no_rate"), ("name", "missing")}
    monkeypatch.setitem(fresh.settings.rates, "USD", "1400")
    report = fresh.replay()
    assert report.files[0].taken == 1
    assert [r["field"] for r in fresh.quarantine()] == ["name"]
    assert world.one(fresh, "SELECT amount FROM events") == 14_000
    fresh.replay()
    assert len(fresh.quarantine()) == 1


def test_a_doubtful_address_is_put_aside_and_the_rest_taken(fresh: Workspace) -> None:
    send(fresh, {"batch": [{**LOGIN, "traits": {"email": "not an address", "grade": "gold"}}]})
    assert drain(fresh).quarantined == 1
    (row,) = fresh.quarantine()
    assert row["field"] == "email"
    assert world.one(fresh, "SELECT count(*) FROM identifiers") == 2
    assert fresh.replay().files == ()
    assert len(fresh.quarantine()) == 1


def test_traits_that_are_only_said_again_are_not_written_again(fresh: Workspace) -> None:
    for i, grade in enumerate(["gold", "gold", "silver", "gold"]):
        day = f"2026-11-{10 + i}T00:00:00Z"
        send(fresh, {"batch": [{**LOGIN, "messageId": f"g{i}", "timestamp": day, "traits": {"grade": grade}}] * 2})
        drain(fresh)
    said = fresh.engine.run(live.sql("SELECT value FROM given WHERE trait = 'grade' ORDER BY at"))["value"].to_pylist()
    assert said == ["gold", "silver", "gold"]


def test_live_facts_carry_one_import_a_day(fresh: Workspace) -> None:
    for i in range(3):
        send(fresh, {"batch": [{**VIEW, "messageId": str(i)}]})
        drain(fresh)
    assert world.one(fresh, "SELECT count(DISTINCT batch) FROM events") == 1
    assert len(fresh.store.batches.all()) == 1
    assert not [c for c in fresh.doctor() if c["state"] == "wrong"]


def test_an_erased_customer_is_gone_from_what_was_put_aside(fresh: Workspace) -> None:
    send(fresh, {"batch": [*DAY, {**LOGIN, "messageId": "m-7", "timestamp": "never"}]})
    drain(fresh)
    assert world.held(fresh)["quarantine"] == 1
    fresh.erase(1, reason="asked")
    assert world.held(fresh) == {"vault": 0, "quarantine": 0}
    assert world.one(fresh, "SELECT count(*) FROM events WHERE customer_id IS NOT NULL") == 0


def test_an_erasure_reaches_what_was_received_a_moment_ago(fresh: Workspace) -> None:
    send(fresh, {"batch": DAY})
    drain(fresh)
    send(fresh, {"batch": [{**VIEW, "messageId": "late"}, {**LOGIN, "messageId": "later"}]})
    fresh.erase(1, reason="asked")
    assert fresh.intake.waiting().records == 0
    assert (fresh.folder / "intake.sqlite-wal").stat().st_size == 0
    assert drain(fresh).requests == 0
    assert world.held(fresh) == {"vault": 0, "quarantine": 0}


def test_times_are_in_the_workspace_s_zone(fresh: Workspace) -> None:
    send(fresh, {"batch": [{**VIEW, "timestamp": "2026-11-20T00:00:00Z"}]})
    drain(fresh)
    assert world.one(fresh, "SELECT at FROM events") == dt.datetime(2026, 11, 20)  # noqa: DTZ001
