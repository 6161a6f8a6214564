"""A made-up Korean shop that is large enough to be looked at: 240 members, two years of orders, visits. Nobody in it exists."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

from dangol.app import Workspace
from tests.app.shop import MEMBERS_HEAD, ORDERS_HEAD

MEMBERS = 240
LAST = dt.date(2026, 11, 20)
FAMILY = ("김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오")
GIVEN = ("서연", "지훈", "하은", "민준", "수빈", "도윤", "예린", "시우", "가람", "보라", "한결", "다솜")
PRODUCTS = (
    ("등산화", 129_000), ("트레킹 스틱", 45_000), ("방수 재킷", 189_000), ("보온병", 32_000), ("배낭 30L", 99_000),
    ("양말 3켤레", 15_000), ("헤드랜턴", 28_000),
)  # fmt: skip

SHARED = "010-7777-0001"
"""One phone that two members gave: a couple, whom an unmerge takes apart."""


def name(n: int) -> str:
    return FAMILY[n % len(FAMILY)] + GIVEN[(n * 7) % len(GIVEN)]


def phone(n: int) -> str:
    return f"010-{4000 + n // 100:04d}-{n % 10_000:04d}"


def email(n: int) -> str:
    return f"hiker{n:03d}@haneul-mail.kr"


def members(path: Path) -> Path:
    """Cafe24's list of members."""
    rows = []
    for n in range(MEMBERS):
        born = f"{1955 + n % 50}.{n % 12 + 1:02d}.{n % 27 + 1:02d}"
        city = ("서울특별시 마포구", "부산광역시 해운대구", "대전광역시 유성구", "제주특별자치도 제주시")[n % 4]
        rows.append(
            [f"hiker{n:03d}", name(n), "VIP" if n % 17 == 0 else "일반", phone(n), email(n), born, "여" if n % 2 else "남",
             f"{2024 + n % 2}-{n % 12 + 1:02d}-{n % 27 + 1:02d}", f"{city} 은하수로 {n}", "T" if n % 3 else "F", ""]
        )  # fmt: skip
    return _csv(path, MEMBERS_HEAD, rows)


def orders(path: Path) -> Path:
    """Cafe24's orders: some steady, some seldom, some gone."""
    draw = random.Random(20261122)
    rows = []
    number = 0
    for n in range(MEMBERS):
        gap = draw.choice((9, 14, 21, 35, 60, 120))
        day = LAST - dt.timedelta(days=draw.randrange(30, 700))
        stop = LAST - dt.timedelta(days=draw.choice((0, 0, 0, 20, 60, 150, 300)))
        while day <= stop:
            for _ in range(draw.choice((1, 1, 2, 3))):
                product = draw.randrange(len(PRODUCTS))
                rows.append(_line(n, number, day, product, draw))
                number += 1
            day += dt.timedelta(days=max(2, int(draw.gauss(gap, gap / 4))))
    return _csv(path, ORDERS_HEAD, rows)


def _line(n: int, number: int, day: dt.date, product: int, draw: random.Random) -> list[str]:
    title, price = PRODUCTS[product]
    order = f"{day:%Y%m%d}-{n:04d}"
    state = "취소완료" if number % 41 == 40 else "배송완료"
    at = f"{day:%Y-%m-%d} {8 + draw.randrange(14):02d}:{n % 60:02d}"
    known = SHARED if n in (1, 2) and number % 5 == 0 else phone(n)
    return [order, f"{order}-{number}", at, str(100 + product), title, "1", f"{price:,}원", state, name(n), f"hiker{n:03d}",
            known, email(n), "문 앞에 두세요"]  # fmt: skip


def build(folder: Path, files: Path) -> None:
    """A workspace of it at `folder`, imported. Its clock stands at the last order."""
    files.mkdir(parents=True, exist_ok=True)
    with Workspace.create(folder, name="하늘 등산", timezone="Asia/Seoul", currency="KRW", clock="last-event") as ws:
        report = ws.import_files([members(files / "members.csv"), orders(files / "orders.csv")])
        assert report.new_customers > MEMBERS * 0.9, report


def _csv(path: Path, head: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path
