"""A stand-in for the KMA's 단기예보 조회서비스: the same addresses, parameters, JSON, pages and refusals, over HTTP.

What it says is made up; how it says it is the service's guide (VilageFcstInfoService_2.0).
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "a+key/with==signs"
KST = dt.timezone(dt.timedelta(hours=9))
_XML = (
    "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>"
    "SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg><returnReasonCode>30</returnReasonCode></cmmMsgHeader>"
    "</OpenAPI_ServiceResponse>"
)


class Kma:
    """What the stand-in will answer: observations and forecasts by cell, hour (KST) and category."""

    def __init__(self) -> None:
        self.observed: dict[tuple[int, int, dt.datetime], dict[str, str]] = {}
        self.forecast: dict[tuple[int, int], dict[dt.datetime, dict[str, str]]] = {}
        self.asked: list[dict[str, str]] = []
        self.broken: set[str] = set()
        self.page = 7
        self.url = ""

    def answer(self, call: str, asked: dict[str, str]) -> str:
        self.asked.append({"call": call, **asked})
        if asked["serviceKey"] != KEY:
            return _XML
        if call in self.broken:
            return _shape("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", [], asked)
        issued = dt.datetime.strptime(asked["base_date"] + asked["base_time"], "%Y%m%d%H%M").replace(tzinfo=KST)
        cell = int(asked["nx"]), int(asked["ny"])
        head = {"baseDate": asked["base_date"], "baseTime": asked["base_time"], "nx": cell[0], "ny": cell[1]}
        items: list[dict[str, Any]] = []
        if call == "getUltraSrtNcst":
            told = self.observed.get((*cell, issued), {})
            items = [{**head, "category": c, "obsrValue": v} for c, v in told.items()]
        else:
            for at, said in self.forecast.get(cell, {}).items():
                when = {"fcstDate": f"{at:%Y%m%d}", "fcstTime": f"{at:%H%M}"}
                items += [{**head, **when, "category": c, "fcstValue": v} for c, v in said.items()]
        return _shape("00", "NORMAL_SERVICE", items, asked, self.page) if items else _shape("03", "NO_DATA", [], asked)


def _shape(code: str, said: str, items: list[dict[str, Any]], asked: dict[str, str], most: int = 1000) -> str:
    page, size = int(asked["pageNo"]), min(int(asked["numOfRows"]), most)
    body = {
        "dataType": "JSON",
        "items": {"item": items[(page - 1) * size : page * size]},
        "pageNo": page,
        "numOfRows": size,
        "totalCount": len(items),
    }
    header = {"resultCode": code, "resultMsg": said}
    return json.dumps({"response": {"header": header, **({"body": body} if code == "00" else {})}})


@contextmanager
def serving() -> Iterator[Kma]:
    """The stand-in on a port of its own."""
    kma = Kma()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
            body = kma.answer(parts.path.rsplit("/", 1)[-1], asked).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kma.url = f"http://127.0.0.1:{server.server_port}/1360000/VilageFcstInfoService_2.0"
    try:
        yield kma
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
