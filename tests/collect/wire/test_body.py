"""Bodies as they come off the wire, keys wherever they are, and what may be kept of an address."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.collect.wire import BodyError, Envelope, WireLimits, basic_user, kept_ip, read_body, unpacked, write_key
from tests.collect.wire.payloads import NOW, envelope

LIMITS = WireLimits()


@given(st.binary(max_size=2_000))
def test_a_body_is_unpacked_by_its_header(body: bytes) -> None:
    assert unpacked(body, "", LIMITS) == body
    assert unpacked(gzip.compress(body), "gzip", LIMITS) == body
    assert unpacked(gzip.compress(body), " GZIP ", LIMITS) == body
    assert unpacked(zlib.compress(body), "deflate", LIMITS) == body


@pytest.mark.parametrize(
    ("body", "encoding", "too_large"),
    [
        (b"x" * 500_001, "", True),
        (gzip.compress(b"x" * 4_000_001, mtime=0), "gzip", True),
        (gzip.compress(b"x" * 100_000_000, mtime=0), "gzip", True),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "gzip", False),
        (b"not gzip", "gzip", False),
        (b"{}", "br", False),
    ],
)
def test_bodies_that_are_refused(body: bytes, encoding: str, too_large: bool) -> None:
    with pytest.raises(BodyError) as caught:
        unpacked(body, encoding, LIMITS)
    assert caught.value.too_large is too_large


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b'"x"',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe{}",
        b'{"a":' * 5_000,
    ],
)
def test_what_is_not_a_json_object(text: bytes) -> None:
    with pytest.raises(BodyError):
        read_body(text)


def test_numbers_beyond_64_bits_are_read() -> None:
    assert read_body(b'{"a":99999999999999999999}')["a"] == 1e20


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "body", "query", "key"),
    [
        (_basic("WK:"), {}, "", "WK"),
        (_basic("WK"), {}, "", "WK"),
        (_basic("WK:").rstrip("="), {}, "", "WK"),
        (_basic("WK:").replace("Basic", "basic"), {"writeKey": "other"}, "q", "WK"),
        ("", {"writeKey": "WK"}, "q", "WK"),
        ("Bearer token", {"writeKey": "WK"}, "", "WK"),
        ("", {"writeKey": 5}, "WK", "WK"),
        ("", {}, "WK", "WK"),
        ("Basic %%%", {}, "WK", "WK"),
        ("", {}, "", ""),
    ],
)
def test_where_the_write_key_may_be(header: str, body: dict[str, object], query: str, key: str) -> None:
    assert write_key(header, body, query) == key


@given(st.text(max_size=40))
def test_any_header_is_survived(text: str) -> None:
    assert isinstance(basic_user(text), str)
    assert isinstance(basic_user("Basic " + text), str)


@pytest.mark.parametrize(
    ("ip", "truncated", "full"),
    [
        ("203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("::ffff:203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1::", "2001:db8:1:2:3::4"),
        ("fe80::1%eth0", "fe80::", "fe80::1"),
        ("[2001:db8::1]", "2001:db8::", "2001:db8::1"),
        ("testclient", "", ""),
        ("", "", ""),
    ],
)
def test_what_is_kept_of_an_address(ip: str, truncated: str, full: str) -> None:
    assert kept_ip(ip, "truncated") == truncated
    assert kept_ip(ip, "full") == full
    assert kept_ip(ip, "none") == ""


@given(st.binary(max_size=200), st.text(max_size=50))
def test_an_envelope_comes_back_as_it_was(body: bytes, agent: str) -> None:
    sent = envelope("track", agent=agent)
    assert Envelope.unpack(sent.pack(body)) == (sent, body)
    assert sent.received_at == NOW
    assert json.loads(sent.pack(body).partition(b"\n")[0])["source"] == "site"
