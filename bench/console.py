"""Every route a screen of the console waits for, at a size: cold, warm, and how long others wait beside it.

    python -m bench.console --customers 1000000 --events 10000000 --shop big

The shop is the one of `dangol bench`, with second identifiers and their links, consents and quarantined rows put beside. Times
are of a real server over HTTP; each is also held against the plain scan of the table it is about, read by DuckDB in the same
run, so that a slow or busy machine does not decide. While a route is asked for the first time, another client goes on asking
for the pulse and for a customer, and its longest wait is told.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import Others, Row, best, machine, ratio_table, table
from dangol.app import Desk, Role, Workspace
from dangol.app.access import computer_pass
from dangol.bench.serving import Server, running
from dangol.bench.shop import made
from dangol.bench.world import user
from dangol.engine import DuckDBEngine, Engine, sql

PAGE, HEAVY, BESIDE = 1.0, 5.0, 1.0
"""Seconds a person waits warm: for a page, a profile or a count; for a question over everybody; for a page beside that."""

SCANS = {
    "customers": "SELECT COUNT(*) AS n, SUM(revenue) AS value FROM customers WHERE orders >= 1",
    "events": "SELECT COUNT(*) AS n, SUM(amount) AS value FROM events WHERE name = 'Order Completed'",
    "memberships": "SELECT segment, COUNT(*) AS n FROM memberships WHERE left_at IS NULL GROUP BY segment",
    "identifiers": "SELECT kind, COUNT(*) AS n FROM identifiers GROUP BY kind",
}
"""The plainest whole reading of a table, once."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a screen asks: `most` are the seconds it may take warm, `scan` the table it is held against."""

    name: str
    path: str
    body: Any = None
    most: float = PAGE
    scan: str = "customers"


BOUGHT = {"did": "Order Completed", "at_least": 2, "within": "90 days"}
LAPSING = {"all": [{"trait": "orders", "at_least": 2}, {"not": {"did": "Order Completed", "within": "60 days"}}]}
STEPS = ["Product Viewed", "Product Added", "Order Completed"]


def routes(now: dt.datetime) -> list[Route]:
    """In the order in which somebody walks through the rooms."""
    ago = (now - dt.timedelta(days=60)).date().isoformat()
    chosen = "bench-count-2,bench-lapsed-1,bench-traits-3"
    return [
        Route("pulse", "/v1/pulse"),
        Route("home", "/v1/home?days=1", scan="events"),
        Route("home, 28 days", "/v1/home?days=28", scan="events"),
        Route("home: flows between stages", "/v1/home/flows?days=28", most=HEAVY, scan="events"),
        Route("status", "/v1/status"),
        Route("customers: a page", "/v1/customers/list", {"limit": 50}),
        Route("customers: by revenue", "/v1/customers/list", {"limit": 50, "order": "-revenue"}),
        Route("customers: page 2,000 by last order", "/v1/customers/list",
              {"limit": 50, "order": "-last_order_at", "offset": 100_000}),
        Route("customers: of a segment", "/v1/customers/list", {"segment": "bench-sequence-3", "order": "-revenue"},
              scan="events"),
        Route("customers: find", "/v1/customers/find", {"value": user(314_159)}, scan="identifiers"),
        Route("customer: sheet", "/v1/customers/C314159/sheet"),
        Route("customer: timeline", "/v1/customers/C314159/timeline", scan="events"),
        Route("customer: as programs see it", "/v1/customers/C314159"),
        Route("customer: why", "/v1/segments/bench-sequence-3/why/C314159"),
        Route("segments: list", "/v1/definitions/segments", scan="memberships"),
        Route("segments: sizes", "/v1/segments", scan="memberships"),
        Route("segments: one", "/v1/definitions/segments/bench-either-3"),
        Route("segments: trend of size", "/v1/segments/bench-count-2/trend?days=90", scan="memberships"),
        Route("segments: past sizes", "/v1/segments/bench-count-2/past?months=12", most=HEAVY, scan="events"),
        Route("segments: members", "/v1/segments/bench-last-3/members", most=HEAVY, scan="memberships"),
        Route("builder: palette", "/v1/catalogue/fields", scan="events"),
        Route("builder: values of a trait", "/v1/catalogue/values?of=traits&field=lifecycle_stage"),
        Route("builder: values of events", "/v1/catalogue/values?of=events&field=category&find=cat", scan="events"),
        Route("builder: check", "/v1/rules/check", {"where": LAPSING}),
        Route("builder: count, a trait", "/v1/rules/count", {"where": {"trait": "orders", "at_least": 2}}),
        Route("builder: count, events", "/v1/rules/count", {"where": BOUGHT}, scan="events"),
        Route("builder: count, both", "/v1/rules/count", {"where": LAPSING}, scan="events"),
        Route("builder: sample with why", "/v1/rules/sample", {"where": LAPSING}, scan="events"),
        Route("builder: overlap", "/v1/rules/overlap", {"where": LAPSING}, most=HEAVY, scan="memberships"),
        Route("builder: how they differ", "/v1/rules/differ", {"where": LAPSING}, most=HEAVY),
        Route("map", "/v1/segments/map", most=HEAVY, scan="memberships"),
        Route("map: chosen", f"/v1/segments/map?chosen={chosen}", most=HEAVY, scan="memberships"),
        Route("map: flows", f"/v1/segments/flows?chosen={chosen}&since={ago}", most=HEAVY, scan="events"),
        Route("map: RFM", "/v1/rfm"),
        Route("identity", "/v1/identity", scan="identifiers"),
        Route("identity: biggest", "/v1/identity/biggest", scan="identifiers"),
        Route("identity: conflicts", "/v1/identity/conflicts"),
        Route("identity: blocked", "/v1/identity/blocked", scan="identifiers"),
        Route("identity: log", "/v1/identity/log"),
        Route("identity: graph", "/v1/identity/graph/C314159", scan="identifiers"),
        Route("sources", "/v1/sources", scan="events"),
        Route("sources: events", "/v1/events", scan="events"),
        Route("sources: plans", "/v1/tracking", scan="events"),
        Route("sources: imports", "/v1/imports"),
        Route("quarantine", "/v1/quarantine"),
        Route("quarantine: reasons", "/v1/quarantine/reasons"),
        Route("understand: trends", "/v1/insights/trends", {}, most=HEAVY, scan="events"),
        Route("understand: funnel", "/v1/insights/funnel", {"steps": [{"event": s} for s in STEPS]}, HEAVY, "events"),
        *(
            Route(f"understand: {kind}", f"/v1/insights/{kind}", {}, most=HEAVY, scan="events")
            for kind in ("retention", "paths", "flows", "affinity", "entry", "channels", "attribution", "timing")
        ),
        Route("settings: audit log", "/v1/audit"),
    ]  # fmt: skip


HARD = ("home: flows between stages", "segments: past sizes", "builder: how they differ", "map: flows", "map")
"""Beside which a page of customers is asked for, too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One route's seconds: the first time, the median of the later ones, the server's processor time warm, and the longest
    wait of somebody else meanwhile. `status` is 200 where all went well."""

    route: Route
    cold: float
    warm: float
    cpu: float
    beside: float
    bytes: int
    status: int


class Client:
    """One connection that shows a pass."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._heads = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    def ask(self, path: str, body: Any = None) -> tuple[int, int]:
        """Status and length of the answer."""
        how = "GET" if body is None else "POST"
        self._connection.request(how, path, None if body is None else json.dumps(body), self._heads)
        answer = self._connection.getresponse()
        return answer.status, len(answer.read())

    def close(self) -> None:
        self._connection.close()


def thicken(engine: Engine, now: dt.datetime) -> None:
    """What the shop of `dangol bench` lacks: an e-mail for most with its link, a few wide clusters, blocked values, consents of
    half, quarantined rows. By arithmetic; values are hashes of nobody."""
    if engine.run(sql("SELECT 1 AS n FROM consents LIMIT 1")).num_rows:
        return
    first = engine.run(sql("SELECT COALESCE(MAX(seq), 0) AS n FROM identity_log"))["n"][0].as_py()
    again = sql(
        "SELECT CAST(hash(i.customer_id * 1000 + k) // 2 AS BIGINT) AS node, CASE WHEN k = 0 THEN 'email' ELSE 'anonymous_id' END"
        " AS kind, CASE WHEN i.customer_id % 5000 = 7 AND k = 0 THEN NULL ELSE i.customer_id END AS customer_id,"
        " i.born_as, i.first_seen, i.last_seen, 'bench' AS source, CAST(1 AS BIGINT) AS batch,"
        " CASE WHEN i.customer_id % 5000 = 7 AND k = 0 THEN 'crowded' END AS blocked, i.node AS other"
        " FROM identifiers AS i, range(0, 30) AS t(k)"
        " WHERE i.kind = 'user_id' AND ((k = 0 AND i.customer_id % 10 < 7) OR (k = 1 AND i.customer_id % 3 = 0)"
        " OR (k > 1 AND i.customer_id % 20000 = 1))"
    )
    with engine.transaction(), engine.scratch(again) as more:
        engine.append(
            "identifiers",
            sql(
                "SELECT node, kind, customer_id, born_as, first_seen, last_seen, source, batch, blocked FROM m",
                tables={"m": more},
            ),
        )
        links = sql(
            "SELECT row_number() OVER (ORDER BY born_as, node) + :before AS seq, 'link' AS action, LEAST(node, other) AS a,"
            " GREATEST(node, other) AS b, 'same_record' AS rule, source, 'bench' AS fact, first_seen AS \"at\","
            " first_seen AS recorded_at, batch FROM m",
            tables={"m": more},
            before=first,
        )
        engine.append("identity_log", links)
        consents = sql(
            "SELECT customer_id, node, 'advertising' AS purpose,"
            " CASE WHEN customer_id % 3 = 0 THEN 'sms' ELSE 'email' END AS channel,"
            " CASE WHEN customer_id % 7 = 0 THEN 'withdrawn' ELSE 'granted' END AS state, first_seen AS \"at\", source, batch"
            " FROM m WHERE kind = 'email' AND NOT customer_id IS NULL",
            tables={"m": more},
        )
        engine.append("consents", consents)
        held = sql(
            "SELECT i AS id, CAST(1 AS BIGINT) AS batch, 'bench' AS source, 'orders.csv' AS file, i AS row,"
            " CASE WHEN i % 3 = 0 THEN 'at' ELSE 'amount' END AS field,"
            " CASE WHEN i % 3 = 0 THEN 'bad_date' ELSE 'bad_number' END AS reason, 'made by the bench' AS message,"
            " 'open' AS status, CAST(:now AS TIMESTAMP) AS \"at\" FROM range(1, 50001) AS t(i)",
            now=now,
        )
        engine.append("quarantine", held)


def measured(server: Server, key: str, asked: list[Route], rounds: int) -> list[Asked]:
    """Every route in turn: once with somebody beside it, then `rounds` times alone."""
    found = []
    with closing(Client(server.port, key)) as client:
        for route in asked:
            beside = _Beside(server.port, key, page=route.name in HARD)
            start = time.perf_counter()
            status, size = client.ask(route.path, route.body)
            cold = time.perf_counter() - start
            waited = beside.end()
            times, used = [], server.cpu()
            for _ in range(rounds):
                start = time.perf_counter()
                client.ask(route.path, route.body)
                times.append(time.perf_counter() - start)
            cpu = (server.cpu() - used) / rounds
            found.append(Asked(route, cold, statistics.median(times), cpu, waited, size, status))
            one = found[-1]
            print(
                f"{route.name:40s} {status} {one.cold:8.2f} {one.warm:8.3f} {one.cpu:8.2f} {waited:8.2f} {size:>10,}",
                flush=True,
            )
    return found


def _quiet(server: Server, most: float = 240.0) -> None:
    """Wait until a server that has just started has looked around once."""
    limit, used = time.monotonic() + most, server.cpu()
    time.sleep(5.0)
    while time.monotonic() < limit:
        before, used = used, server.cpu()
        if used - before < 0.25:
            return
        time.sleep(5.0)


class _Beside:
    """Somebody else who goes on working: the pulse and a customer (and a page of customers), over and over."""

    def __init__(self, port: int, key: str, *, page: bool) -> None:
        self._port, self._key, self._page = port, key, page
        self._ended = threading.Event()
        self._longest = 0.0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with closing(Client(self._port, self._key)) as client:
            while not self._ended.wait(0.05):
                for path, body in (
                    ("/v1/pulse", None),
                    ("/v1/customers/C7", None),
                    ("/v1/customers/list", {"limit": 50}),
                ):
                    if body is not None and not self._page:
                        continue
                    start = time.perf_counter()
                    client.ask(path, body)
                    self._longest = max(self._longest, time.perf_counter() - start)

    def end(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._longest


def plain(folder: Path) -> dict[str, float]:
    """Seconds of each plain scan by DuckDB itself, the best of three, on the workspace's file with the server ended."""
    with closing(DuckDBEngine(folder / "engine.duckdb", memory="1GB", read_only=True)) as engine:
        return {name: best(lambda text=text: engine.run(sql(text))).seconds for name, text in SCANS.items()}


def report(found: list[Asked], scans: Mapping[str, float], memory: float) -> str:
    """Markdown: a row a route."""
    head = ("route", "cold, s", "warm, s", "processor, s", "× plain scan", "others waited, s", "promise", "")
    rows = []
    for one in found:
        wrong = "" if one.status == 200 else f"answered {one.status}"
        verdict = wrong or ("holds" if one.warm <= one.route.most else "MISSED")
        times = one.warm / scans[one.route.scan]
        rows.append(
            [one.route.name, f"{one.cold:.2f}", f"{one.warm:.2f}", f"{one.cpu:.2f}", f"{times:.1f} {one.route.scan}",
             f"{one.beside:.2f}", f"≤ {one.route.most:g}", verdict]
        )  # fmt: skip
    said = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in scans.items())
    return f"{table(head, rows)}\n\nplain scans: {said}; most memory of the server {memory:,.0f} MB"


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    reader.add_argument("--customers", type=int, default=100_000)
    reader.add_argument("--events", type=int, default=1_000_000)
    reader.add_argument("--shop", default="", help="keep the shop in this folder; one that is there is used as it is")
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--only", default="", help="routes whose name holds this")
    asked = reader.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(asked.shop or Path(temporary) / "shop")
        now = dt.datetime.now(dt.UTC)
        if not (folder / "dangol.yaml").exists():
            made(folder, asked.customers, asked.events, now=lambda: dt.datetime.now(dt.UTC), told=lambda *_: None)
        with Workspace.open(folder) as ws:
            thicken(ws.engine, now)
        with Desk.open(folder, command="bench") as desk:
            key = computer_pass(desk, Role.OWNER)
        wanted = [r for r in routes(now) if asked.only in r.name]
        others, most = Others(), 0.0
        with running("dangol.server", str(folder)) as server:
            _quiet(server)
            found = measured(server, key, wanted, asked.rounds)
            most = server.memory()
        share = others.share()
        print(machine(), f"others used {share:.0%}")
        print(report(found, plain(folder), most))
        missed = [Row(a.route.name, a.warm, a.route.most) for a in found if a.warm > a.route.most or a.status != 200]
        late = [Row(f"beside {a.route.name}", a.beside, BESIDE) for a in found if a.beside > BESIDE]
        print(ratio_table([*missed, *late]))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
