"""The main commands in Korean: headings, values and errors in words; what programs read keeps its names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.app import shop, world
from tests.cli.run import Said, commands

HANGUL = re.compile("[가-힣]")
LATIN = re.compile(r"[A-Za-z][A-Za-z_-]+")
KEPT = re.compile(
    r"(?x) `[^`]*` | --[a-z-]+ | \[--identifier\s*\d+\] | Asia/Seoul | KRW | UTC | VIP | RFM | POS | Wing | Segment | UCI"
    r"| keys/\S+ | /\S+ | \S+\.(?:csv|xlsx|yaml|key)\b | \S+@\S+ | dangol | key_command | KMS | SQLite | \bID\b | MB | KB"
)
"""Latin letters that stay in Korean: commands, places, units, file names."""

WHO = "C…"
"""Stands for the one customer who came by every way; numbers go by the key of the workspace."""

LINES = {
    "status": ["status"],
    "doctor": ["doctor"],
    "customers": ["customers"],
    "chosen": ["customers", "--columns", "lifecycle_stage,favourite_weekday,favourite_channel"],
    "show": ["customers", "show", WHO],
    "members": ["segments", "members", "regulars", "--columns", "lifecycle_stage"],
    "why": ["segments", "why", "regulars", WHO],
    "overlap": ["segments", "overlap", "regulars", "everyone-with-an-order"],
    "refresh": ["refresh"],
    "json": ["customers", "--json"],
    "csv": ["customers", "--csv", "-"],
    "sql": ["sql", "SELECT name, channel, count(*) AS n FROM events GROUP BY ALL ORDER BY name, channel"],
    "no-customer": ["customers", "show", "C999999"],
    "no-segment": ["segments", "count", "regulers"],
    "no-segment-json": ["segments", "count", "regulers", "--json"],
    "writes": ["sql", "DELETE FROM events"],
}


@pytest.fixture(scope="module")
def said(original: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    import shutil

    folder = shutil.copytree(original, tmp_path_factory.mktemp("korean") / "shop")
    with shop.reopen(Path(folder)) as ws:
        number = world.one(ws, "SELECT customer_id FROM identifiers WHERE kind = 'anonymous_id'")
    lines = [[*(f"C{number}" if part == WHO else part for part in line), "-w", str(folder)] for line in LINES.values()]
    return dict(zip(LINES, commands("ko", *lines, columns=120), strict=True))


def _latin(text: str) -> set[str]:
    return set(LATIN.findall(KEPT.sub(" ", text)))


def test_the_first_page_of_customers(said: dict[str, Said]) -> None:
    head, *rows = said["customers"].out.splitlines()
    assert head.split("  ")[0] == "고객"
    assert re.sub(r"\s{2,}", "|", head.strip()) == "고객|생애 단계|주문 수|총 구매액|마지막 주문 시각"
    assert {"활동", "이탈 조짐", "이탈", "돌아옴", "신규"} >= set(
        re.findall(r"활동|이탈 조짐|이탈|돌아옴|신규", "".join(rows))
    )
    assert _latin(said["customers"].out) <= {"C"}


def test_values_of_traits_are_in_words(said: dict[str, Said]) -> None:
    text = said["chosen"].out
    assert re.sub(r"\s{2,}", "|", text.splitlines()[0].strip()) == "고객|생애 단계|자주 오는 요일|자주 쓰는 채널"
    assert "요일" in text
    assert re.search("웹|쇼핑몰|매장", text)
    assert not re.search(r"\b(web|mall|store|mon|sun|active|lapsing|lost)\b", text)
    assert not re.search(r"\b(active|lapsing|lost|new)\b", said["members"].out)


@pytest.mark.parametrize("name", ["status", "doctor", "why", "overlap", "refresh"])
def test_no_english_word_is_left(name: str, said: dict[str, Said]) -> None:
    assert said[name].code == 0
    assert HANGUL.search(said[name].out)
    assert _latin(said[name].out) == set()


def test_one_customer_in_words(said: dict[str, Said]) -> None:
    text = said["show"].out
    for words in (
        "이메일",
        "휴대전화",
        "회원 아이디",
        "주문 완료",
        "주문 취소",
        "상품 조회",
        "생애 단계",
        "단골",
        "웹",
    ):
        assert words in text, words
    for code in ("Order Completed", "Product Viewed", "user_id ", "birth_date ", "regulars"):
        assert code not in text, code


def test_programs_keep_the_names(said: dict[str, Said]) -> None:
    rows = json.loads(said["json"].out)
    assert set(rows[0]) == {"customer_id", "lifecycle_stage", "orders", "revenue", "last_order_at"}
    assert {row["lifecycle_stage"] for row in rows} <= {None, "new", "active", "lapsing", "lost", "won_back"}
    assert said["csv"].out.splitlines()[0].replace('"', "").startswith("customer_id,lifecycle_stage,orders")


def test_a_query_shows_what_can_be_asked_for_again(said: dict[str, Said]) -> None:
    head, *rows = said["sql"].out.splitlines()
    assert head.split() == ["name", "channel", "n"]
    assert any(row.startswith("Order Completed  web") for row in rows)


def test_errors_speak_korean(said: dict[str, Said]) -> None:
    wanted = {
        "no-customer": "그런 고객이 없습니다",
        "no-segment": "'regulers' 세그먼트가 없습니다",
        "writes": "한 번에 SELECT 하나만 쓸 수 있습니다",
    }
    for name, message in wanted.items():
        assert said[name].code == 1, name
        assert message in said[name].err
        assert "오류" in said[name].err
    assert "혹시 'regulars'인가요?" in said["no-segment"].err
    shape = json.loads(said["no-segment-json"].out)
    assert shape["code"] == "not_found"
    assert (shape["message"], shape["hint"]) == ("'regulers' 세그먼트가 없습니다", "혹시 'regulars'인가요?")
