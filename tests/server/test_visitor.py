"""The cookie that the server sets for the SDK: on the shop's own domain, for its own pages, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from dangol.server.visitor import renewed
from tests.server.live import Live, serving

WHO = "3f0e8a52-9f1b-4f6e-8f39-1f0a4cbb8a11"
OURS = ("https://www.shop.kr", "cdp.shop.kr")


@pytest.mark.parametrize(
    ("origin", "host", "domain", "set_on"),
    [
        (*OURS, "shop.kr", "shop.kr"),
        ("https://shop.kr", "shop.kr:8700", "shop.kr", "shop.kr"),
        ("https://WWW.Shop.kr:444", "cdp.shop.kr:443", "shop.kr", "shop.kr"),
        ("https://a.shop.co.kr", "b.shop.co.kr", "shop.co.kr", "shop.co.kr"),
        ("http://127.0.0.1:8000", "127.0.0.1:8700", "", ""),
    ],
)
def test_it_is_set_where_page_and_server_are_of_one_shop(origin: str, host: str, domain: str, set_on: str) -> None:
    said = renewed({"anonymousId": WHO, "domain": domain}, origin=origin, host=host, secure=True)
    assert said is not None
    first, *rest = said.split("; ")
    assert first == f"dg_id={WHO}"
    assert {"Path=/", "Max-Age=34560000", "SameSite=Lax", "Secure"} <= set(rest)
    assert [r for r in rest if r.startswith("Domain")] == ([f"Domain={set_on}"] if set_on else [])


@pytest.mark.parametrize(
    ("origin", "host", "body"),
    [
        ("https://evil.example", "cdp.shop.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        ("https://evilshop.kr", "cdp.shop.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        ("https://www.shop.kr", "cdp.elsewhere.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        ("https://www.shop.kr", "cdp.shop.kr", {"anonymousId": WHO, "domain": ""}),
        ("https://www.shop.kr", "cdp.shop.kr", {"anonymousId": WHO}),
        ("", "cdp.shop.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        ("null", "cdp.shop.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        ("https://[", "cdp.shop.kr", {"anonymousId": WHO, "domain": "shop.kr"}),
        (*OURS, {"anonymousId": "x; Domain=evil.example", "domain": "shop.kr"}),
        (*OURS, {"anonymousId": WHO, "domain": "shop.kr; HttpOnly"}),
        (*OURS, {"anonymousId": WHO, "domain": "hop.kr"}),
        (*OURS, {"anonymousId": WHO, "domain": ".kr"}),
        (*OURS, {"anonymousId": "가" * 10, "domain": "shop.kr"}),
        (*OURS, {"anonymousId": 12345678, "domain": "shop.kr"}),
        (*OURS, {"anonymousId": WHO, "domain": ["shop.kr"]}),
        (*OURS, {}),
    ],
)
def test_it_is_set_for_nobody_else(origin: str, host: str, body: dict[str, object]) -> None:
    assert renewed(body, origin=origin, host=host, secure=False) is None


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("visitor") / "shop") as server:
        yield server


def test_over_http(live: Live) -> None:
    said = {"origin": "https://www.shop.kr", "x-forwarded-host": "cdp.shop.kr", "x-forwarded-proto": "https"}
    body = {"writeKey": live.browser, "anonymousId": WHO, "domain": "shop.kr"}
    waiting = live.ws.intake.waiting().records
    with httpx.Client(base_url=live.url, timeout=20) as http:
        answer = http.post("/v1/visitor", json=body, headers=said)
        assert (answer.status_code, answer.content) == (200, b'{"success":true}')
        assert answer.headers["set-cookie"].startswith(f"dg_id={WHO}; ")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-allow-origin"] == "https://www.shop.kr"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        foreign = http.post("/v1/visitor", json=body, headers={**said, "origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "origin")
        assert "set-cookie" not in foreign.headers
        unknown = http.post("/v1/visitor", json={**body, "writeKey": "nobody"}, headers=said)
        assert unknown.status_code == 401
    assert live.ws.intake.waiting().records == waiting
