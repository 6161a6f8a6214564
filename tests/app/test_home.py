"""The first screen against plain Python over the same facts; periods on the shop's clock; advice that finds whom it says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.app import Workspace
from dangol.app.home import SHIFTS, Period
from dangol.schema import RefusedError
from tests.app import shop


def rows(ws: Workspace, text: str) -> list[dict[str, Any]]:
    return list(ws.sql(text))


ZONES = st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/London", "Pacific/Kiritimati", "America/St_Johns"])
MOMENTS = st.datetimes(
    dt.datetime(2015, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    dt.datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


@given(now=MOMENTS, zone=ZONES, days=st.sampled_from(sorted(SHIFTS)))
def test_a_period_begins_at_local_midnight_and_never_meets_what_it_is_held_against(
    now: dt.datetime, zone: str, days: int
) -> None:
    tz = ZoneInfo(zone)
    period = Period.of(now, tz, days)
    begun = period.since.astimezone(tz)
    assert (begun.hour, begun.minute, begun.second) in {(0, 0, 0), (1, 0, 0)}  # where midnight is skipped, one o'clock
    assert (now.astimezone(tz).date() - begun.date()).days == days
    assert period.until == now
    assert period.earlier.astimezone(tz).weekday() == begun.weekday()
    assert period.earlier < period.then < period.since


def test_other_periods_are_refused(seen: Workspace) -> None:
    with pytest.raises(RefusedError, match="days is one of"):
        seen.home(days=3)


@pytest.mark.parametrize("days", sorted(SHIFTS))
def test_sales_are_those_of_the_events(seen: Workspace, days: int) -> None:
    found = seen.home("en", days=days)
    period = Period.of(seen.now(), seen.settings.tz, days)
    events = rows(seen, "SELECT * FROM events WHERE name LIKE 'Order %' AND name <> 'Order Updated'")
    first = {
        r["customer_id"]: r["first_order_at"] for r in rows(seen, "SELECT customer_id, first_order_at FROM customers")
    }
    for side, since, until in (("now", period.since, period.until), ("before", period.earlier, period.then)):
        inside = [e for e in events if since <= e["at"].replace(tzinfo=dt.UTC) <= until]
        orders = [e for e in inside if e["name"] == "Order Completed"]
        told = [e for e in orders if first.get(e["customer_id"])]
        again = [e for e in told if e["at"] > first[e["customer_id"]]]
        assert found["sales"][side] == {
            "revenue": sum(e["amount"] or 0 for e in inside),
            "orders": len(orders),
            "buyers": len({e["customer_id"] for e in orders}),
            "repeat": len(again) / len(told) if told else None,
        }


def test_the_days_add_up(seen: Workspace) -> None:
    found = seen.home("en")
    tz = seen.settings.tz
    today = seen.now().astimezone(tz).date()
    assert [row["day"] for row in found["series"]] == [
        (today - dt.timedelta(days=n)).isoformat() for n in range(28, -1, -1)
    ]
    events = rows(seen, "SELECT at, name, amount FROM events WHERE name LIKE 'Order %' AND name <> 'Order Updated'")
    per: Counter[str] = Counter()
    for event in events:
        per[event["at"].replace(tzinfo=dt.UTC).astimezone(tz).date().isoformat()] += event["amount"] or 0
    assert {r["day"]: r["revenue"] for r in found["series"]} == {r["day"]: per[r["day"]] for r in found["series"]}


def test_stages_are_everyone_who_ordered(seen: Workspace) -> None:
    found = seen.home("ko")
    real = Counter(r["lifecycle_stage"] for r in rows(seen, "SELECT lifecycle_stage FROM customers WHERE orders >= 1"))
    assert {row["stage"]: row["customers"] for row in found["stages"] if row["customers"]} == dict(real)
    assert found["customers"] == sum(real.values())
    assert [row["says"] for row in found["stages"]] == ["신규", "활동", "돌아옴", "이탈 조짐", "이탈"]


def test_flows_end_where_customers_stand_and_begin_where_they_stood(seen: Workspace) -> None:
    found = seen.lifecycle_flows("en", days=28)
    today = Counter(r["lifecycle_stage"] for r in rows(seen, "SELECT lifecycle_stage FROM customers WHERE orders >= 1"))
    arrived: Counter[Any] = Counter()
    began: Counter[Any] = Counter()
    for flow in found["flows"]:
        arrived[flow["to"]] += flow["customers"]
        began[flow["from"]] += flow["customers"]
    assert arrived == today
    since = Period.of(seen.now(), seen.settings.tz, 28).since.replace(tzinfo=None)
    bought = rows(seen, "SELECT DISTINCT customer_id, at FROM events WHERE name = 'Order Completed'")
    assert began[None] == len(
        {r["customer_id"] for r in bought} - {r["customer_id"] for r in bought if r["at"] < since}
    )


def test_advice_counts_whom_its_rule_finds(seen: Workspace) -> None:
    for one in seen.home("en")["advice"]:
        assert one["customers"] > 0
        assert set(one) == {"id", "rule", "customers", "value"}


def test_what_files_brought_did_not_come_live(seen: Workspace) -> None:
    found = seen.home("en")
    assert found["events"] > 0
    assert (found["intake"]["last_at"], found["intake"]["last_day"]) == (None, 0)
    assert found["imports"]["done"] > 0


def test_an_empty_shop_has_a_first_screen(empty: Path) -> None:
    with shop.reopen(empty) as ws:
        _nothing(ws)


def _nothing(ws: Workspace) -> None:
    found = ws.home("en")
    assert (found["events"], found["customers"], found["advice"], found["stages"]) == (0, 0, [], [])
    assert ws.lifecycle_flows("en")["flows"] == []
    assert ws.pulse()["waiting"] == 0
