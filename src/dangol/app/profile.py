"""One customer as a value: three families of traits, identifiers with their evidence, segments, what happened last."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from dangol.schema import Answer, NotFoundError, Text

_SECTIONS = (
    ("person", "개인정보", "Personal data"),
    ("identifiers", "식별자와 근거", "Identifiers and evidence"),
    ("demographic", "인구 속성 (받은 것)", "Demographic traits (given)"),
    ("behavioural", "행동 속성 (계산한 것)", "Behavioural traits (computed)"),
    ("analytic", "분석 속성 (예측한 것)", "Analytic traits (predicted)"),
    ("segments", "세그먼트", "Segments"),
    ("events", "최근 이벤트", "Latest events"),
)


@dataclass(frozen=True)
class Profile:
    """Everything one screen shows of a customer. `asked` is the id that was asked for; it may lead to `customer_id`.

    Personal data is masked unless it was asked for with a reason. Tables:
    person (kind, value, at, source) · identifiers (node, kind, value, first_seen, last_seen, source, why) ·
    one per family of traits (trait, says, value, as_of) ·
    segments (segment, since) · events (at, name, channel, amount, …)
    """

    asked: int
    customer_id: int
    first_seen: dt.datetime | None
    last_seen: dt.datetime | None
    person: Answer
    identifiers: Answer
    demographic: Answer
    behavioural: Answer
    analytic: Answer
    segments: Answer
    events: Answer

    def sections(self, lang: str) -> list[tuple[str, Answer]]:
        """(title, table) in the order a person reads them."""
        return [(ko if lang == "ko" else en, getattr(self, name)) for name, ko, en in _SECTIONS]

    def as_dict(self) -> dict[str, Any]:
        head = {
            "customer_id": self.customer_id,
            "asked": self.asked,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
        }
        return head | {name: list(getattr(self, name)) for name, _, _ in _SECTIONS}


def customer_number(text: str) -> int:
    """``C1042`` or ``1042`` as a number."""
    found = re.fullmatch(r"[Cc]?([1-9][0-9]{0,17})", text.strip())
    if not found:
        raise NotFoundError(
            Text(f"'{text[:40]}' is not a customer id", f"'{text[:40]}': 고객 번호가 아닙니다"),
            hint=Text(
                "ids look like C1042; `dangol customers` lists them",
                "고객 번호는 C1042와 같은 모양입니다. `dangol customers`로 목록을 보세요",
            ),
        )
    return int(found[1])
