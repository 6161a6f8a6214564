"""A made-up Korean shop: a few dozen rows in the shapes malls export. Nobody in it exists."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl

from dangol.app import Workspace

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)

NAME, PHONE, EMAIL, LOGIN = "남궁단비", "010-9876-1234", "danbi.namgung@haneul-mail.kr", "danbi_login_77"
"""One customer that the tests look for everywhere."""

SECRETS = (NAME, PHONE, PHONE.replace("-", ""), "+821098761234", "1098761234", EMAIL, "서울특별시 마포구 은하수로 77")
RESIDENT = "900101-2345670"
RESIDENT_FORMS = (RESIDENT, RESIDENT.replace("-", ""), "2345670")

MEMBERS_HEAD = [
    "아이디",
    "이름",
    "회원등급",
    "휴대전화",
    "이메일",
    "생년월일",
    "성별",
    "가입일",
    "주소1",
    "SMS 수신여부",
    "주민등록번호",
]
ORDERS_HEAD = [
    "주문번호", "품목별 주문번호", "주문일시", "상품번호", "주문상품명", "수량", "판매가", "주문상태", "주문자명",
    "주문자 아이디", "주문자 휴대전화", "주문자 이메일", "배송메시지",
]  # fmt: skip
SMART_HEAD = [
    "상품주문번호", "주문번호", "판매채널", "구매자명", "구매자ID", "주문상태", "주문세부상태", "결제일", "상품번호", "상품명",
    "수량", "상품가격", "최종 상품별 총 주문금액", "구매자연락처",
]  # fmt: skip

PEOPLE = [(LOGIN, NAME, PHONE, EMAIL)] + [
    (f"user{i:02d}", f"김손님{i:02d}", f"010-2000-{i:04d}", f"guest{i:02d}@haneul-mail.kr") for i in range(1, 13)
]


def members(path: Path, *, people: list[tuple[str, str, str, str]] | None = None) -> Path:
    """Cafe24 members, CP949."""
    rows = []
    for i, (login, name, phone, email) in enumerate(people or PEOPLE):
        given = ["VIP" if i == 0 else "일반", phone, email, f"19{70 + i}.03.{i % 27 + 1:02d}", "여" if i % 2 else "남"]
        rows.append(
            [
                login,
                name,
                *given,
                f"2025-01-{i + 1:02d}",
                "서울특별시 마포구 은하수로 77" if i == 0 else "부산광역시 해운대구 가람로 5",
                "F" if i == 2 else "",
                RESIDENT if i == 0 else "",
            ]
        )
    return _csv(path, MEMBERS_HEAD, rows)


def orders(path: Path, *, start: int = 0, count: int = 40, bad: bool = False) -> Path:
    """Cafe24 orders, CP949; with `bad` one row has no readable quantity."""
    rows = []
    for n in range(start, start + count):
        login, name, phone, email = PEOPLE[n % len(PEOPLE) if n % 3 else 0]
        day = dt.datetime(2026, 6, 1, 10, 0) + dt.timedelta(days=n * 4, minutes=n)  # noqa: DTZ001 (local time of the shop)
        order = f"{day:%Y%m%d}-{n:07d}"
        state = "취소완료" if n % 11 == 10 else "배송완료"
        note = f"주민번호 {RESIDENT} 입니다" if n == 0 else "문 앞에 두세요"
        rows.append(
            [
                order,
                f"{order}-01",
                f"{day:%Y-%m-%d %H:%M}",
                str(100 + n % 7),
                f"상품 {n % 7}",
                "한개" if bad and n == start + 1 else "1",
                f"{10_000 + 500 * n:,}원",
                state,
                name,
                login,
                phone,
                email,
                note,
            ]
        )
    return _csv(path, ORDERS_HEAD, rows)


def smartstore(path: Path) -> Path:
    """NAVER SmartStore orders, XLSX: four buyers, one of them the customer the tests look for (by her phone)."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(SMART_HEAD)
    for n in range(8):
        phone, name = (PHONE, NAME) if n == 0 else (f"010-3000-{n:04d}", f"박구매{n}")
        day = f"2026-09-{n + 1:02d} 12:30"
        row = [
            f"9{n:05d}",
            f"8{n:05d}",
            "스마트스토어",
            name,
            f"naver{n}",
            "구매확정",
            "",
            day,
            f"s{n}",
            f"상품 {n}",
            1,
            20000,
            20000,
            phone,
        ]
        sheet.append(row)
    book.save(path)
    return path


def customers(path: Path) -> Path:
    """A generic list, UTF-8."""
    rows = [["이도윤", "010-4000-0001", "doyun@haneul-mail.kr", "대구광역시 수성구"], [NAME, PHONE, "", ""]]
    return _csv(path, ["이름", "휴대전화", "이메일", "주소"], rows, encoding="utf-8")


def events(path: Path) -> Path:
    """A generic event list, UTF-8; an anonymous visitor logs in."""
    rows = [
        [
            LOGIN if n % 2 else "",
            "anon-77",
            ["Product Viewed", "Page Viewed"][n % 2],
            f"2026-10-{n + 1:02d}T10:00:00Z",
            f"p{n}",
        ]
        for n in range(10)
    ]
    return _csv(path, ["user_id", "anonymous_id", "event", "timestamp", "product_id"], rows, encoding="utf-8")


def unknown(path: Path) -> Path:
    """A header nobody knows."""
    rows = [["2026-08-01", "010-5000-0001", "33000", "우산"], ["2026-08-02", PHONE, "12000", "장갑"]]
    return _csv(path, ["언제", "손님전화", "낸돈", "뭐샀나"], rows, encoding="utf-8")


MAKERS: dict[str, Callable[[Path], Path]] = {
    "members.csv": members,
    "orders.csv": orders,
    "smartstore.xlsx": smartstore,
    "customers.csv": customers,
    "events.csv": events,
}

SEGMENTS = """\
segment: regulars
says: {ko: 단골, en: Regulars}
where:
  did: Order Completed
  at_least: 4 times
---
segment: everyone-with-an-order
says: {ko: 주문한 고객, en: Customers with an order}
where: {trait: orders, at_least: 1}
"""


def files(folder: Path) -> list[Path]:
    """Every export of the shop."""
    folder.mkdir(parents=True, exist_ok=True)
    return [make(folder / name) for name, make in MAKERS.items()]


def definitions(folder: Path, text: str = SEGMENTS) -> Path:
    """A folder of definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "segments.yaml").write_text(text, encoding="utf-8")
    return folder


def create(folder: Path) -> Workspace:
    """An empty workspace at the time of the tests."""
    return Workspace.create(folder, watch=lambda: NOW, name="시험 가게")


def reopen(folder: Path) -> Workspace:
    return Workspace.open(folder, watch=lambda: NOW, actor="tester", lang="en")


def _csv(path: Path, head: list[str], rows: list[list[str]], *, encoding: str = "cp949") -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def logins(file: Path) -> Path:
    """Orders of ten logins, of whom the first two share a phone."""
    rows = ["주문번호,주문일시,상품명,수량,결제금액,아이디,휴대전화,이메일"]
    for n in range(20):
        who = n % 10
        phone = f"010-5555-{1000 + max(1, who) - 1}"
        rows.append(f"N{n:03d},2026-07-{n + 1:02d} 10:00,차,1,1000,login{who},{phone},own{who}@haneul-mail.kr")
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file
