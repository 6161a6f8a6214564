"""One request as it lies in the intake log: who sent it, when, from where, and its body unread."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import orjson

Side = Literal["browser", "server"]
IpPolicy = Literal["truncated", "full", "none"]

REPLAY = "replay"
"""The call of an envelope that holds a part of a recording."""

HOOK = "hook/"
"""In front of a webhook's name: the call of what it sends."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the server knows of a request apart from its body.

    id           random, from the entrance: names messages that carry no id of their own
    source       where the fact comes from, by the write key
    side         whose key it was: a browser's or a server's
    call         the path said it: track, identify, …, batch
    received_at  aware, UTC
    ip           already as the source wants it kept; empty when it is not kept
    agent        the request's User-Agent
    """

    id: str
    source: str
    side: Side
    call: str
    received_at: dt.datetime
    ip: str = ""
    agent: str = ""

    def pack(self, body: bytes) -> bytes:
        """Envelope and body as one record of the log."""
        head = {
            "id": self.id,
            "source": self.source,
            "side": self.side,
            "call": self.call,
            "received_at": self.received_at,
            "ip": self.ip,
            "agent": self.agent,
        }
        return orjson.dumps(head) + b"\n" + body

    @property
    def plain(self) -> bool:
        """Whether the body is calls: no recording, and nothing that a webhook's mapping has to read."""
        return self.call != REPLAY and not self.call.startswith(HOOK)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for what is put aside and read again."""
        return {**asdict(self), "received_at": self.received_at.isoformat()}

    @classmethod
    def unpack(cls, record: bytes) -> tuple[Envelope, bytes]:
        """The envelope and the body that `pack` was given."""
        head, _, body = record.partition(b"\n")
        said = orjson.loads(head)
        return cls(**{**said, "received_at": dt.datetime.fromisoformat(said["received_at"])}), body


@lru_cache(maxsize=4_096)
def kept_ip(ip: str, policy: IpPolicy) -> str:
    """An address as it may be stored: IPv4 without its last byte (/24), IPv6 as its site (/48); empty when unreadable."""
    if policy == "none":
        return ""
    try:
        address = ipaddress.ip_address(ip.strip().strip("[]").partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if policy == "full":
        return str(address)
    network = ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False)
    return str(network.network_address)
