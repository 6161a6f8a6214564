"""Requests of the Segment and RudderStack SDKs to calls, and calls to staged facts. Pure: nothing is read or written here."""

from dangol.collect.wire.body import BodyError, WireLimits, basic_user, is_oversized, read_body, unpacked, write_key
from dangol.collect.wire.calls import Call, Happened, Refused, number, read_calls
from dangol.collect.wire.envelope import HOOK, REPLAY, Envelope, IpPolicy, Side, kept_ip
from dangol.collect.wire.orders import Line, Money, Worth
from dangol.collect.wire.replay import GZIP, Part, check_replay, page_number, read_replay, replay_text
from dangol.collect.wire.stage import Staged, staged

__all__ = [
    "GZIP",
    "HOOK",
    "REPLAY",
    "BodyError",
    "Call",
    "Envelope",
    "Happened",
    "IpPolicy",
    "Line",
    "Money",
    "Part",
    "Refused",
    "Side",
    "Staged",
    "WireLimits",
    "Worth",
    "basic_user",
    "check_replay",
    "is_oversized",
    "kept_ip",
    "number",
    "page_number",
    "read_body",
    "read_calls",
    "read_replay",
    "replay_text",
    "staged",
    "unpacked",
    "write_key",
]
