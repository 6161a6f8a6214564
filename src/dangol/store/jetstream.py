"""The intake log in NATS JetStream: a work queue on the disk of a NATS server (2.12 or newer).

What is appended together goes as one atomic batch, whose last message is answered once all of it is stored. What is read
stays in this process's hands until it is acknowledged; what a killed process held is handed out anew when the log is opened.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dangol.schema import WorkspaceError
from dangol.store.beside import Beside
from dangol.store.intake import Record, Waiting
from dangol.store.jetstream_failing import NATS_SECONDS, lost, plain_errors, refused, unreached, unusable_stream
from dangol.store.jetstream_place import Place, driver

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

T = TypeVar("T")

CONSUMER = "taking"
ACK_SECONDS = 120.0
"""What is not acknowledged after that long is handed out again; a drain is much shorter."""

MOST_IN_BATCH = 1_000
"""Messages of an atomic batch: the server's own limit."""

MOST_BYTES = 8_000_000
"""Bytes of an atomic batch."""

PULL = 500
"""Messages asked for at a time."""

LATE, LATE_SECONDS = 10, 0.01
"""How often, and how long, a reading waits for messages that are kept and that the consumer has not heard of yet."""

_PART = "Dangol-Part"
_HEADROOM = 4_096
"""Of the server's largest message, what is left for headers."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A message that was handed out: `part` of `parts` of a record that is larger than one message may be."""

    sealed: bytes = field(repr=False)
    reply: str
    part: int = 1
    parts: int = 1


class NatsLog:
    """`IntakeLog` in a stream of a NATS server; the position of a record is its (last) sequence in the stream."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._beside = Beside("nats")
        self._held: dict[int, _Held] = {}
        self._given = 0
        """The last sequence the consumer gave us."""
        self._floor = 0
        """Nothing up to this sequence is in the stream any more."""
        self._forgetting = False
        self._client: Client
        self._js: JetStreamContext

    @property
    def kind(self) -> str:
        return "nats"

    @classmethod
    def open(cls, address: str, *, stream: str, password: str | None = None) -> NatsLog:
        """Connect, and make the stream where there is none.

        :param address: ``nats://user@host:4222``, several with commas between; ``tls://`` insists on encryption. A path
            (``/name``) names the stream.
        :param stream: its name where the address has none.
        :param password: of the user, or a token where the address names no user.

        Raises `WorkspaceError`; never repeats the address.
        """
        log = cls(Place.read(address, stream, password))
        try:
            with plain_errors():
                log._run(log._open(), NATS_SECONDS * 2)
        except BaseException:
            log.close()
            raise
        return log

    def append(self, records: Sequence[bytes]) -> None:
        """See `IntakeLog`. All or none holds for `MOST_IN_BATCH` messages and `MOST_BYTES` at a time.

        A server that runs out of room amid a batch keeps the part before: those senders are told 503, send again, and the
        drain knows what it has read before.
        """
        self._ask(self._append(records))

    def read(self, limit: int, *, after: int = 0, most_bytes: int = 16_000_000) -> list[Record]:
        return self._ask(self._read(limit, after, most_bytes))

    def ack(self, positions: Sequence[int]) -> None:
        if positions:
            self._ask(self._ack(positions))

    def waiting(self) -> Waiting:
        """Records (a large one counts once for each of its parts) and the bytes they take on the server's disk."""
        state = self._ask(self._js.stream_info(self._place.stream)).state
        return Waiting(state.messages, state.bytes)

    def forget_bytes(self) -> None:
        """The server leaves what was acknowledged in its newest block. It goes now, or as soon as nothing waits there."""
        self._ask(self._forget())

    def close(self) -> None:
        client = getattr(self, "_client", None)
        if client is not None and not client.is_closed:
            with suppress(Exception):  # it is gone anyway, and nothing of it is needed any more
                self._run(client.close(), NATS_SECONDS)
        self._beside.close()

    # -- connection --------------------------------------------------------------------------------------------------
    def _run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        return self._beside.run(work, seconds)

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._client.is_connected:  # it is tried again in the background; who asks is not kept waiting
            work.close()
            raise lost()
        with plain_errors():
            return self._run(work, NATS_SECONDS * 4)

    async def _open(self) -> None:
        client = driver().Client()
        why: list[WorkspaceError] = []
        enough = asyncio.Event()

        async def failed(error: Exception) -> None:
            if found := refused(error):
                why.append(found)
                enough.set()

        connecting = client.connect(
            self._place.servers,
            error_cb=failed,
            name="dangol",
            user=self._place.user or None,
            password=self._place.password if self._place.user else None,
            token=None if self._place.user else self._place.password or None,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=10,
            connect_timeout=int(NATS_SECONDS),
        )
        trying = asyncio.ensure_future(connecting)
        trying.add_done_callback(lambda _: enough.set())
        with suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), NATS_SECONDS)
        if why or not trying.done() or trying.exception() is not None:
            trying.cancel()
            await client.close()
            raise why[0] if why else unreached()
        self._client = client
        self._js = client.jetstream(timeout=NATS_SECONDS)
        await self._prepare_stream()
        await self._prepare_consumer()
        await self._forget()  # an earlier process may have had no time to

    async def _prepare_stream(self) -> None:
        from nats.js import api
        from nats.js.errors import NotFoundError

        name = self._place.stream
        try:
            found = await self._js.stream_info(name)
        except NotFoundError:
            made = api.StreamConfig(
                name=name,
                subjects=[self._subject],
                description="dangol: what was received and is not taken in yet, sealed",
                retention=api.RetentionPolicy.WORK_QUEUE,
                storage=api.StorageType.FILE,
                discard=api.DiscardPolicy.NEW,
                allow_atomic=True,
            )
            found = await self._js.add_stream(made)
        config, self._floor = found.config, max(found.state.first_seq - 1, 0)
        fits = config.retention == api.RetentionPolicy.WORK_QUEUE and config.storage == api.StorageType.FILE
        if not (fits and config.allow_atomic and config.discard == api.DiscardPolicy.NEW):
            raise unusable_stream()

    async def _prepare_consumer(self) -> None:
        """A new consumer gets everything that is in the queue, so nothing waits for a killed process's time to run out."""
        from nats.js import api
        from nats.js.errors import NotFoundError

        with suppress(NotFoundError):
            await self._js.delete_consumer(self._place.stream, CONSUMER)
        wanted = api.ConsumerConfig(
            durable_name=CONSUMER,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ACK_SECONDS,
            max_ack_pending=-1,
        )
        await self._js.add_consumer(self._place.stream, wanted)

    @property
    def _subject(self) -> str:
        return f"{self._place.stream}.in"

    # -- appending ---------------------------------------------------------------------------------------------------
    async def _append(self, records: Sequence[bytes]) -> None:
        for batch in _batches(list(self._messages(records))):
            await self._publish(batch)

    def _messages(self, records: Sequence[bytes]) -> Iterator[tuple[bytes, dict[str, str]]]:
        """A message a record, or several where the server takes no message that large."""
        most = min(self._client.max_payload, MOST_BYTES) - _HEADROOM
        for record in records:
            if len(record) <= most:
                yield record, {}
                continue
            pieces = [record[i : i + most] for i in range(0, len(record), most)]
            for number, piece in enumerate(pieces, 1):
                yield piece, {_PART: f"{number}/{len(pieces)}"}

    async def _publish(self, batch: Sequence[tuple[bytes, dict[str, str]]]) -> None:
        """One atomic batch (NATS ADR-50): all of it is stored when its last message is answered, or none of it."""
        stream = {"Nats-Expected-Stream": self._place.stream}
        if len(batch) == 1:
            payload, headers = batch[0]
            answer = await self._client.request(self._subject, payload, NATS_SECONDS, headers=stream | headers)
            _stored(answer, 1)
            return
        name = self._client.new_inbox().rpartition(".")[2]
        for number, (payload, headers) in enumerate(batch, 1):
            said = {**stream, **headers, "Nats-Batch-Id": name, "Nats-Batch-Sequence": str(number)}
            if number < len(batch):
                await self._client.publish(self._subject, payload, headers=said)
            else:
                said["Nats-Batch-Commit"] = "1"
                _stored(await self._client.request(self._subject, payload, NATS_SECONDS, headers=said), len(batch))

    # -- taking ------------------------------------------------------------------------------------------------------
    async def _read(self, limit: int, after: int, most_bytes: int) -> list[Record]:
        late = 0
        while True:
            found = list(self._records(after, limit, most_bytes))
            if len(found) >= limit or sum(len(r.sealed) for r in found) >= most_bytes:
                return found
            if await self._pull(min(PULL, limit - len(found))):
                continue
            if late == LATE or not await self._behind():
                return found
            late += 1
            await asyncio.sleep(LATE_SECONDS)

    async def _behind(self) -> bool:
        """Whether more is kept than we were given: a consumer hears of a message a moment after it is kept."""
        state = (await self._js.stream_info(self._place.stream)).state
        return state.messages > 0 and state.last_seq > self._given

    def _records(self, after: int, limit: int, most_bytes: int) -> Iterator[Record]:
        """What is in our hands and whole, the oldest first."""
        total = given = 0
        for last in sorted(self._held):
            held = self._held[last]
            if last <= after or held.part < held.parts:
                continue
            pieces = [self._held.get(n) for n in range(last - held.parts + 1, last + 1)]
            if None in pieces:  # its first part is on its way still
                continue
            sealed = b"".join(p.sealed for p in pieces if p is not None)
            yield Record(last, sealed)
            given, total = given + 1, total + len(sealed)
            if given >= limit or total >= most_bytes:
                return

    async def _pull(self, number: int) -> int:
        """Ask for messages without waiting for new ones; returns how many came."""
        inbox = self._client.new_inbox()
        came: list[Msg] = []
        status = ""
        over = asyncio.Event()

        async def take(message: Msg) -> None:
            nonlocal status
            status = (message.headers or {}).get("Status", "") if not message.data else ""
            if not status:
                came.append(message)
            if status or len(came) == number:
                over.set()

        subscription = await self._client.subscribe(inbox, cb=take)
        try:
            where = f"$JS.API.CONSUMER.MSG.NEXT.{self._place.stream}.{CONSUMER}"
            asked = json.dumps({"batch": number, "no_wait": True}).encode()
            await self._client.publish(where, asked, reply=inbox)
            await asyncio.wait_for(over.wait(), NATS_SECONDS)
        finally:
            for message in came:  # what came is ours, whatever became of the rest
                self._hold(message)
            await subscription.unsubscribe()
        if status == "503":  # nobody hears: the consumer is gone, with its server's disk perhaps
            await self._prepare_stream()
            await self._prepare_consumer()
        return len(came)

    def _hold(self, message: Msg) -> None:
        part, _, parts = (message.headers or {}).get(_PART, "1/1").partition("/")
        sequence = message.metadata.sequence.stream
        self._given = max(self._given, sequence)
        self._held[sequence] = _Held(message.data, message.reply, int(part), int(parts))

    async def _ack(self, positions: Sequence[int]) -> None:
        """Acknowledge, and wait for the answer.

        Where these are all there is up to the last of them, one purge does it: the disk syncs once, not once a message.
        """
        ours: list[int] = []
        for position in positions:
            last = self._held.get(position)
            if last is None:  # not handed out by us
                await self._js.delete_msg(self._place.stream, position)
            else:
                ours += range(position - last.parts + 1, position + 1)
        if not ours:
            return
        if len(set(ours)) == max(ours) - self._floor:
            await self._js.purge_stream(self._place.stream, seq=max(ours) + 1)
            self._floor = max(ours)
        else:
            for number in ours[:-1]:
                await self._client.publish(self._held[number].reply, b"+ACK")
            await self._client.request(self._held[ours[-1]].reply, b"+ACK", NATS_SECONDS)  # worked off in their order
        for number in ours:
            self._held.pop(number, None)
        if self._forgetting:
            await self._forget()

    async def _forget(self) -> None:
        """Purge once nothing waits: the server rewrites no block that still holds something. Up to the last that was seen."""
        state = (await self._js.stream_info(self._place.stream)).state
        self._forgetting = state.messages > 0
        if not self._forgetting and state.last_seq:
            await self._js.purge_stream(self._place.stream, seq=state.last_seq + 1)


def _stored(answer: Msg, count: int) -> None:
    """See that the server stored a batch; raises what it says otherwise."""
    from nats.js.errors import APIError

    said = json.loads(answer.data)
    if "error" in said:
        raise APIError.from_error(said["error"])
    if said.get("count", 1) != count:
        raise lost()


def _batches(messages: list[tuple[bytes, dict[str, str]]]) -> Iterator[list[tuple[bytes, dict[str, str]]]]:
    """Cut into atomic batches; the parts of one record stay together."""
    batch: list[tuple[bytes, dict[str, str]]] = []
    size = 0
    for record in _whole(messages):
        more = sum(len(payload) for payload, _ in record)
        if batch and (len(batch) + len(record) > MOST_IN_BATCH or size + more > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch += record
        size += more
    if batch:
        yield batch


def _whole(messages: list[tuple[bytes, dict[str, str]]]) -> Iterator[list[tuple[bytes, dict[str, str]]]]:
    parts: list[tuple[bytes, dict[str, str]]] = []
    for message in messages:
        parts.append(message)
        number, _, of = message[1].get(_PART, "1/1").partition("/")
        if number == of:
            yield parts
            parts = []
