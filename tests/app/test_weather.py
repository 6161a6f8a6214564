"""From the weather service or a file to a segment of those who buy on rainy weekday evenings."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dangol.app import Workspace
from dangol.schema import DefinitionError, RefusedError
from tests.app import kma, shop, world
from tests.app.test_live import send

SEGMENT = """\
segment: rainy-evenings
says: {ko: 비 오는 평일 저녁에 3번 이상 구매, en: Three or more purchases on rainy weekday evenings}
where:
  did: Order Completed
  where: {weather: 비, day_off: false, hour_band: 저녁}
  at_least: 3 times
"""
EVENINGS = ["2026-11-16T19:10", "2026-11-17T20:20", "2026-11-18T18:00"]


@pytest.fixture
def place(empty: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(empty, tmp_path / "shop"))
    settings = folder / "dangol.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "weather_place: 37.5665,126.9780\n", encoding="utf-8")
    return folder


def order(user: str, when: str, number: int) -> dict[str, object]:
    return {
        "type": "track", "event": "Order Completed", "userId": user, "messageId": f"{user}-{number}",
        "timestamp": f"{when}:00+09:00", "properties": {"order_id": f"{user}-{number}", "total": 10_000},
    }  # fmt: skip


def buy(ws: Workspace) -> None:
    """One customer buys on three weekday evenings, another on two of them and on a Sunday."""
    calls = [order("rain", when, i) for i, when in enumerate(EVENINGS)]
    calls += [order("sun", when, i) for i, when in enumerate([*EVENINGS[:2], "2026-11-15T19:00"])]
    send(ws, {"batch": calls})
    ws.drain()


def segment(ws: Workspace, tmp_path: Path) -> None:
    ws.apply(ws.plan(shop.definitions(tmp_path / "definitions", SEGMENT)))


def weather(path: Path, hours: list[str], condition: str = "비") -> Path:
    path.write_text("time,condition,temperature\n" + "".join(f"{h},{condition},9\n" for h in hours), encoding="utf-8")
    return path


def members(ws: Workspace) -> int:
    return len(ws.members("rainy-evenings"))


def test_rainy_weekday_evenings_from_a_file(place: Path, tmp_path: Path) -> None:
    with shop.reopen(place) as ws:
        buy(ws)
        segment(ws, tmp_path)
        assert members(ws) == 0
        ws.import_weather(weather(tmp_path / "w.csv", [*EVENINGS, "2026-11-15T19:00"]))  # refreshes whom it touches
        assert members(ws) == 1
        (row,) = ws.members("rainy-evenings")
        why = ws.why("rainy-evenings", row["customer_id"])
        assert why.met
        assert "날씨: 비" in why.text("ko")
        assert "시간대: 저녁" in why.text("ko")
        assert "weather is rain" in why.text("en")
        assert world.one(ws, "SELECT count(*) FROM weather WHERE condition = 'rain'") == 4
        ws.import_weather(weather(tmp_path / "mended.csv", EVENINGS[:1], "맑음"))
        assert members(ws) == 0


def test_from_the_service_to_the_segment(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with kma.serving() as service:
        monkeypatch.setenv("DANGOL_KMA_KEY", kma.KEY)
        monkeypatch.setenv("DANGOL_KMA_URL", service.url)
        for when in EVENINGS:
            at = dt.datetime.fromisoformat(when).replace(minute=0, tzinfo=kma.KST)
            service.forecast.setdefault((60, 127), {})[at] = {"SKY": "4", "PTY": "1", "PCP": "1mm 미만", "TMP": "9"}
        seen = dt.datetime(2026, 11, 22, 11, tzinfo=kma.KST)
        service.observed[60, 127, seen] = {"PTY": "0", "T1H": "8.1", "RN1": "0", "REH": "40", "WSD": "1.2"}
        with shop.reopen(place) as ws:
            buy(ws)
            segment(ws, tmp_path)
            told = ws.fetch_weather().table.to_pylist()
            assert [(r["what"], r["hours"], r["problem"]) for r in told] == [
                ("getUltraSrtNcst", 1, None),
                ("getVilageFcst", 3, None),
            ]
            assert members(ws) == 1
            assert {(a["call"], a["base_date"], a["base_time"]) for a in service.asked} == {
                ("getUltraSrtNcst", "20261122", "1100"),
                ("getVilageFcst", "20261122", "1100"),
            }
            assert max(int(a["pageNo"]) for a in service.asked) == 2
            (status,) = ws.weather()
            assert (status["hours"], status["observed"], status["forecast"]) == (4, 1, 3)
            assert (
                status["missing"]
                == int((seen - dt.datetime(2026, 11, 16, 19, tzinfo=kma.KST)).total_seconds() / 3600) - 3
            )
            again = ws.fetch_weather().table.to_pylist()
            assert [(r["new"], r["changed"]) for r in again] == [(0, 0), (0, 0)]


def test_what_the_service_refuses_is_told_and_the_rest_is_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with kma.serving() as service:
        monkeypatch.setenv("DANGOL_KMA_URL", service.url)
        monkeypatch.setenv("DANGOL_KMA_KEY", "wrong-key")
        with shop.reopen(place) as ws:
            problems = [r["problem"] for r in ws.fetch_weather()]
            assert all("SERVICE_KEY_IS_NOT_REGISTERED" in p for p in problems)
            assert not any("wrong-key" in p for p in problems)
        monkeypatch.setenv("DANGOL_KMA_KEY", kma.KEY)
        service.broken = {"getVilageFcst"}
        seen = dt.datetime(2026, 11, 22, 11, tzinfo=kma.KST)
        service.observed[60, 127, seen] = {"PTY": "1", "T1H": "8.1"}
        with shop.reopen(place) as ws:
            assert [(r["hours"], bool(r["problem"])) for r in ws.fetch_weather()] == [(1, False), (0, True)]
            assert world.one(ws, "SELECT condition FROM weather") == "rain"
    with shop.reopen(place) as ws:  # nobody listens there any more
        assert all("reached" in r["problem"] for r in ws.fetch_weather())
        assert world.one(ws, "SELECT count(*) FROM weather") == 1


def test_without_a_key_nothing_is_asked(place: Path) -> None:
    with shop.reopen(place) as ws, pytest.raises(RefusedError, match="DANGOL_KMA_KEY"):
        ws.fetch_weather()


def test_a_key_in_the_shared_file_is_refused(place: Path) -> None:
    settings = place / "dangol.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "kma_key: secret-value\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        shop.reopen(place)
    assert "DANGOL_KMA_KEY" in str(caught.value)
    assert "secret-value" not in str(caught.value)


def test_a_rule_on_weather_of_a_shop_without_any_warns(empty: Path, tmp_path: Path) -> None:
    from dangol.rules import Catalog, parse

    rule = parse({"did": "any", "where": {"weather": "rain"}}, Catalog())
    assert "no weather yet" in rule.warnings[0].message.en
    with pytest.raises(DefinitionError, match="did you mean"):
        parse({"did": "any", "where": {"weather": "rian"}}, Catalog())
    with pytest.raises(DefinitionError, match="holiday"):
        parse({"did": "any", "where": {"holiday": "추식"}}, Catalog())
