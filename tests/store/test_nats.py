"""What only the log on NATS has: a server that is stopped, killed, full, somebody else's; and records larger than a message."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest

from dangol.schema import WorkspaceError
from dangol.store import NatsLog
from tests.nats import PASSWORD, USER, Server, fresh_log, running


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may kill."""
    with running(room=3_000_000) as server:
        yield server


def soon(what: Callable[[], object], seconds: float = 15.0) -> object:
    """The result of something that may fail for a while."""
    limit = time.monotonic() + seconds
    while True:
        try:
            return what()
        except WorkspaceError:
            assert time.monotonic() < limit, "it did not recover"
            time.sleep(0.05)


def test_large_records_go_in_parts(nats: Server) -> None:
    log = fresh_log(nats, "parts")
    records = [b"small", b"L" * 4_600_000, b"", b"M" * 1_200_000, b"end"]
    log.append(records)
    found = log.read(10, most_bytes=100_000_000)
    assert [r.sealed for r in found] == records
    log.ack([found[1].position, found[3].position])
    assert [r.sealed for r in log.read(10)] == [b"small", b"", b"end"]
    log.close()
    again = fresh_log(nats, "parts")
    assert [r.sealed for r in again.read(10)] == [b"small", b"", b"end"]
    again.close()


def test_what_was_appended_is_there_after_the_server_was_killed(own: Server) -> None:
    log = fresh_log(own, "killed")
    log.append([b"%d" % i for i in range(2_500)])
    held = log.read(5)
    own.kill()
    began = time.monotonic()
    with pytest.raises(WorkspaceError, match="NATS"):
        log.append([b"lost"])
    with pytest.raises(WorkspaceError, match="NATS"):
        log.waiting()
    assert time.monotonic() - began < 12, "who asks is not kept waiting"
    own.start()
    soon(lambda: log.append([b"after"]))
    soon(lambda: log.ack([r.position for r in held]))
    found = {r.sealed for r in log.read(9_999)}
    assert found >= {b"%d" % i for i in range(5, 2_500)} | {b"after"}
    assert log.read(1)[0].sealed == b"5"
    log.close()


def test_a_full_server_is_told_and_recovers(own: Server) -> None:
    log = fresh_log(own, "full")
    kept: list[bytes] = []

    def fill() -> None:
        for turn in range(100):
            some = [b"%02d%d" % (turn, i) + b"x" * 100_000 for i in range(3)]
            log.append(some)
            kept.extend(some)

    with pytest.raises(WorkspaceError):
        fill()
    with pytest.raises(WorkspaceError, match="no room left") as told:
        log.append([b"y" * 200_000])
    assert "공간이 없습니다" in told.value.say("ko")
    found = log.read(1_000)
    assert [r.sealed for r in found[: len(kept)]] == kept
    assert len(kept) <= len(found) < len(kept) + 3, "what was refused may be kept in part, never what was not sent"
    log.ack([r.position for r in found[3:]])
    soon(lambda: log.append([b"again"]))
    assert [r.sealed for r in log.read(1_000)] == [*kept[:3], b"again"]
    log.close()


def test_what_is_kept_is_read_though_the_consumer_hears_of_it_later(
    nats: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = fresh_log(nats, "late")
    pull, asked = log._pull, 0

    async def deaf_at_first(number: int) -> int:
        nonlocal asked
        asked += 1
        return 0 if asked <= 3 else await pull(number)

    monkeypatch.setattr(log, "_pull", deaf_at_first)
    log.append([b"a"])
    assert [r.sealed for r in log.read(10)] == [b"a"]
    asked = 3
    log.ack([r.position for r in log.read(10)])
    asked = 3
    assert log.read(10) == []
    assert asked == 4, "nothing is kept: nothing is waited for"
    log.close()


def test_one_batch_is_kept_whole_or_not_at_all(nats: Server) -> None:
    """A batch whose end never came is nobody's."""
    log = fresh_log(nats, "whole")
    client, subject = log._client, log._subject

    async def begin() -> None:
        said = {"Nats-Batch-Id": "broken", "Nats-Batch-Sequence": "1"}
        await client.publish(subject, b"half", headers=said)
        await client.flush()

    log._run(begin(), 5)
    log.append([b"a", b"b"])
    assert [r.sealed for r in log.read(10)] == [b"a", b"b"]
    log.close()


def _told(address: str, password: str | None = None) -> WorkspaceError:
    with pytest.raises(WorkspaceError) as told:
        NatsLog.open(address, stream="told", password=password)
    for lang in ("en", "ko"):
        said = told.value.say(lang)  # type: ignore[arg-type]
        assert PASSWORD not in said
        assert "secret-host" not in said
        assert bool(re.search("[가-힣]", said)) is (lang == "ko")
    return told.value


def test_errors_say_what_to_do_and_repeat_no_address(nats: Server, own: Server) -> None:
    assert "refused the user" in str(_told(nats.url, "wrong"))
    assert "refused the user" in str(_told(f"nats://127.0.0.1:{nats.port}"))
    for address in ("nats://", "nats://secret-host:x", "http://secret-host:1", f"nats://{USER}:{PASSWORD}@h/a b",
                    "nats://secret-host:4222?x=1", "nats://,"):  # fmt: skip
        assert "cannot be used" in str(_told(address, PASSWORD)), address
    own.stop()
    assert "cannot be reached" in str(_told(own.url, PASSWORD))


def test_a_server_without_streams_and_a_stream_of_another_kind(nats: Server) -> None:
    log = fresh_log(nats, "mine")

    async def make_another() -> None:
        await log._js.add_stream(name="theirs", subjects=["theirs.in"])

    log._run(make_another(), 5)
    with pytest.raises(WorkspaceError, match="not one dangol can use"):
        NatsLog.open(f"{nats.url}/theirs", stream="ignored", password=PASSWORD)
    named = NatsLog.open(f"{nats.url}/named-here", stream="ignored", password=PASSWORD)
    named.append([b"x"])
    assert log.read(5) == []
    named.close()
    log.close()


def test_a_token_and_several_servers(nats: Server) -> None:
    log = NatsLog.open(f"nats://{USER}@127.0.0.1:1,127.0.0.1:{nats.port}", stream="several", password=PASSWORD)
    log.append([b"x"])
    assert log.waiting().records == 1
    log.close()
