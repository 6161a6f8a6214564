"""What the SDKs really send, as measured; one of each."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from dangol.collect.wire import Call, Envelope, Money, Refused, read_body, read_calls

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.0 Mobile/15E148 Safari/604.1"
)
WON = Money("KRW", {"USD": "1400"})


def envelope(call: str = "batch", *, side: str = "browser", agent: str = CHROME, **more: Any) -> Envelope:
    said: dict[str, Any] = {"id": "e1", "source": "site", "received_at": NOW, "ip": "203.0.113.0", **more}
    return Envelope(side=side, call=call, agent=agent, **said)  # type: ignore[arg-type]


def read(body: dict[str, Any], call: str = "batch", **how: Any) -> list[Call | Refused]:
    return list(read_calls(envelope(call, **how), read_body(json.dumps(body).encode()), WON))


def one(body: dict[str, Any], call: str = "track", **how: Any) -> Call:
    (found,) = read(body, call, **how)
    assert isinstance(found, Call), found
    return found


def refused(body: dict[str, Any], call: str = "track", **how: Any) -> Refused:
    (found,) = read(body, call, **how)
    assert isinstance(found, Refused), found
    return found


ANALYTICS_NEXT = {
    "timestamp": "2026-11-22T02:59:58.000Z",
    "integrations": {"Segment.io": True},
    "type": "track",
    "event": "Product Viewed",
    "userId": None,
    "properties": {"product_id": "p-7", "category": "등산", "price": 39000},
    "context": {
        "page": {
            "path": "/p/7",
            "referrer": "https://search.naver.com/?query=등산화&sessid=abc",
            "search": "",
            "title": "등산화",
            "url": "https://shop.example/p/7?utm_source=naver&token=SECRET#top",
        },
        "userAgent": IPHONE,
        "locale": "ko-KR",
        "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        "timezone": "Asia/Seoul",
        "campaign": {"name": "fall", "source": "naver"},
    },
    "messageId": "ajs-next-1763779198000-0b8f",
    "anonymousId": "3f4c-anon",
    "writeKey": "WK",
    "sentAt": "2026-11-22T03:00:00.000Z",
    "_metadata": {"bundled": ["Segment.io"]},
}

RUDDER_PYTHON = {
    "batch": [
        {
            "integrations": {"All": True},
            "anonymousId": None,
            "timestamp": "2026-11-22T02:59:58+00:00",
            "context": {
                "traits": {"email": "kim@haneul-mail.kr", "grade": "gold"},
                "library": {"name": "rudder-python"},
            },
            "type": "identify",
            "channel": "server",
            "messageId": "0f0e",
            "userId": "u-1",
        }
    ],
    "sentAt": "2026-11-22T03:00:00+00:00",
}

RUDDER_NODE = {
    "batch": [
        {
            "userId": "u-2",
            "event": "Cart Viewed",
            "type": "track",
            "messageId": "node-1",
            "originalTimestamp": "2026-11-22T02:50:00.000Z",
            "sentAt": "2026-11-22T02:50:05.000Z",
        }
    ],
    "timestamp": "2026-11-22T03:00:00.000Z",
}
