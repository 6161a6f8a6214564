"""A mapping for a header nobody has seen: by what columns are called in Korean and English, then by what is in them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from typing import Literal

from dangol.collect import header
from dangol.collect.mapping import Consent, Grain, Identifier, Mapping, Property, Ref, Trait
from dangol.schema import KINDS

_NAMES: dict[str, str] = {
    "at": "일시|주문일시|결제일시|결제일|주문일|거래일시|거래일|구매일시|구매일|판매일|"
    "등록일|작성일|날짜|일자|시간|timestamp|datetime|date|time|at|"
    "created_at|ordered_at|order_date|purchase_date|transaction_date|event_time|occurred_at|invoicedate",
    "order_id": "주문번호|주문id|거래번호|영수증번호|orderid|order_id|order_no|ordernumber|invoice|"
    "invoice_no|invoiceno|receipt|transaction_id|basket_id",
    "line_id": "상품주문번호|품목별주문번호|주문상세번호|line_id|order_item_id|order_line_id",
    "message_id": "이벤트번호|message_id|messageid|event_id|eventid|uuid",
    "name": "이벤트|이벤트명|행동|event|event_name|action|activity",
    "product_id": "상품번호|상품코드|상품id|품번|바코드|product_id|productid|product_code|sku|item_id|stockcode|barcode|goods_no",
    "title": "상품명|품명|제품명|주문상품명|product_name|product|item_name|item|title|description",
    "category": "카테고리|분류|상품분류|대분류|category|product_category|category_name",
    "brand": "브랜드|brand|manufacturer",
    "quantity": "수량|구매수량|주문수량|판매수량|quantity|qty|units|count",
    "price": "단가|판매가|상품가격|가격|unit_price|unitprice|price|list_price",
    "amount": "금액|결제금액|총금액|합계|합계금액|판매금액|구매금액|매출액|매출|결제액|실결제금액|"
    "주문금액|amount|total|total_amount|revenue|sales|sales_value|paid|payment_amount|value",
    "discount": "할인|할인액|할인금액|쿠폰할인|discount|discount_amount",
    "tax": "부가세|세금|tax|vat",
    "currency": "통화|currency|currency_code",
    "channel": "채널|판매채널|channel",
    "place": "매장|매장명|지점|점포|지역|store|store_id|store_name|branch|place|country",
    "device": "기기|device|device_type",
    "campaign": "캠페인|campaign|campaign_id|utm_campaign",
    "coupon": "쿠폰|쿠폰번호|쿠폰코드|coupon|coupon_code",
    "id:user_id": "회원아이디|아이디|회원id|고객id|고객아이디|고객번호|고객코드|주문자id|주문자아이디|"
    "user_id|userid|customer_id|customerid|customer|member_id|client_id|login",
    "id:membership_no": "회원번호|멤버십번호|카드회원번호|membership_no|member_no|membership_number",
    "id:phone": "휴대전화|휴대폰|휴대폰번호|핸드폰|핸드폰번호|연락처|전화번호|전화|구매자연락처|"
    "주문자연락처|주문자휴대전화|phone|mobile|phone_number|mobile_number|cell|tel",
    "id:email": "이메일|이메일주소|메일|전자우편|주문자이메일|email|e-mail|mail|email_address",
    "id:anonymous_id": "익명id|쿠키|anonymous_id|anonymousid|cookie_id|visitor_id",
    "id:device_id": "기기id|device_id|deviceid|adid|idfa|gaid",
    "id:card": "카드번호|card_number|card_no",
    "id:household_id": "가구번호|household_id|household",
    "person:name": "이름|성명|고객명|회원명|주문자명|구매자명|구매자|주문자|name|full_name|customer_name|buyer_name",
    "person:address": "주소|자택주소|배송지|address|street_address|full_address",
    "person:birth_date": "생년월일|생일|출생일|birth_date|birthdate|birthday|date_of_birth|dob",
    "trait:gender": "성별|gender|sex",
    "trait:grade": "등급|회원등급|고객등급|grade|tier|level",
    "trait:joined_on": "가입일|가입일시|회원가입일|joined_at|signup_date|joined|registered_at",
    "drop": "주민등록번호|주민번호|외국인등록번호|개인통관고유부호|개인통관번호|비밀번호|password|resident_number|ssn|"
    "수취인|수취인명|수령인|수취인연락처|수취인연락처1|"
    "수취인연락처2|수령인휴대전화|수취인전화번호|수취인주소|수령인주소|계좌번호",
    "consent:sms": "sms수신여부|sms수신동의|문자수신동의|문자수신여부|sms_consent|sms_opt_in",
    "consent:email": "이메일수신여부|이메일수신동의|메일수신여부|email_consent|email_opt_in|newsletter",
}  # fmt: skip
_BY_NAME = {header.key(word): what for what, words in _NAMES.items() for word in words.split("|")}

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?:\+?82[- ]?)?0?1[016789][- .]?\d{3,4}[- .]?\d{4}")
_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-./년 ]\s?\d{1,2}[-./월 ]\s?\d{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))\D?.*"
)
_AMOUNT = re.compile(r"[₩￦$]?\s?-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s?원?|[₩￦$]\s?-?\d+(?:\.\d+)?|-?\d+\s?원")
YES = ("T", "Y", "O", "1", "true", "yes", "수신", "동의", "수신동의", "수신함")
NO = ("F", "N", "X", "0", "false", "no", "거부", "수신거부", "미동의", "수신안함")


def propose(names: Sequence[str], sample: Sequence[Dict[str, str | None]], *, name: str = "") -> Mapping:
    """A mapping to look at, edit and reuse. What nothing is known of becomes a property, so that nothing is lost; in a list of
    customers a trait where the sample holds numbers, dates or a few short words (free text is left out: `Mapping.untaken`).

    A list of purchases without order numbers (a date, an amount, somebody) is still one of orders: what one login bought at one
    moment is one order; where only a phone or an address says who (which must not stand in an order number), each row is one.

    :param name: of the mapping and its source; else one of this header's own, so that two shops' order numbers stay apart.
    """
    found: dict[str, list[str]] = {}
    for column in names:
        what = _BY_NAME.get(header.key(column).replace(" ", "")) or _by_values([row.get(column) for row in sample])
        found.setdefault(what or "property", []).append(column)
    if bought := _bought(found):
        found["order_id"] = bought
    grain = _grain(found)
    taken = {"at", *_fields(grain)}
    refs = {what: Ref(tuple(columns)) for what, columns in found.items()}
    if bought:
        refs["order_id"] = Ref(tuple(bought), "join", " ")
    loose = [c for what, columns in found.items() for c in columns if what == "property" or _homeless(what, taken)]
    columns = {what: ref for what, ref in refs.items() if what in taken}
    paid = "amount" in found and any(what.startswith("id:") for what in found)
    constants = {} if grain != "events" or "name" in columns else {"name": "Order Completed" if paid else "Activity"}
    return Mapping(
        name=name or f"proposed-{zlib.crc32(chr(31).join(map(header.key, names)).encode()):08x}",
        grain=grain,
        ko="제안된 매핑입니다. 고쳐서 쓰세요",
        en="a proposed mapping; edit it and use it again",
        required=tuple(names),
        columns=tuple(columns.items()),
        constants=tuple(constants.items()),
        numbers=_decimal_mark([row.get(c) for c in found.get("amount", []) for row in sample]),
        identifiers=tuple(Identifier(what[3:], ref) for what, ref in refs.items() if what.startswith("id:")),
        person=tuple((what[7:], ref) for what, ref in refs.items() if what.startswith("person:")),
        traits=_traits(refs, found, sample) if grain == "customers" else (),
        properties=tuple(Property(c, Ref((c,))) for c in loose) if grain != "customers" else (),
        consents=tuple(
            Consent("advertising", what[8:], ref, YES, NO) for what, ref in refs.items() if what.startswith("consent:")
        ),
        drop=tuple(found.get("drop", ())),
    )  # fmt: skip


def _bought(found: Dict[str, list[str]]) -> list[str]:
    """The columns that make an order's number where there is none: when, and a login."""
    who = [columns for what, columns in found.items() if what.startswith("id:") and not KINDS[what[3:]].personal]
    lines = "amount" in found and ({"product_id", "title"} & found.keys())
    if "order_id" in found or "name" in found or "at" not in found or not who or not lines:
        return []
    return [found["at"][0], who[0][0]]


def _by_values(values: Sequence[str | None]) -> str | None:
    """What most filled cells look like: e-mail addresses, phones, dates, amounts of money."""
    filled = [v.strip() for v in values if v and v.strip()]
    if not filled:
        return None
    for what, shape in (("id:email", _EMAIL), ("id:phone", _PHONE), ("at", _DATE), ("amount", _AMOUNT)):
        if sum(1 for v in filled if shape.fullmatch(v)) >= 0.8 * len(filled):
            return what
    return None


def _grain(found: Dict[str, list[str]]) -> Grain:
    people = [w for w in found if w.startswith(("id:", "person:"))]
    if "order_id" in found and "at" in found and ({"product_id", "title", "line_id"} & found.keys()):
        return "order_lines"
    if "order_id" in found and "at" in found and "amount" in found:
        return "orders"
    if "at" in found and (
        "name" in found
        or {"amount", "product_id", "quantity"} & found.keys()
        or not found.keys() & {"person:name", "trait:grade"}
    ):
        return "events"
    if people:
        return "customers"
    return "products" if "product_id" in found else "reference"


def _fields(grain: Grain) -> tuple[str, ...]:
    order = (
        "order_id",
        "quantity",
        "amount",
        "discount",
        "tax",
        "currency",
        "channel",
        "place",
        "device",
        "campaign",
        "coupon",
    )
    line = ("line_id", "product_id", "title", "category", "brand", "price")
    return {
        "order_lines": order + line,
        "orders": order,
        "events": (*order, "name", "message_id", "product_id", "category"),
        "customers": (),
        "products": ("product_id", "title", "category", "brand", "price"),
        "reference": (),
        "ignore": (),
    }[grain]


def _homeless(what: str, taken: set[str]) -> bool:
    """Known by its name, but without a place in this grain."""
    return (":" not in what and what != "drop" and what not in taken) or what.startswith("trait:")


def _traits(
    refs: Dict[str, Ref], found: Dict[str, list[str]], sample: Sequence[Dict[str, str | None]]
) -> tuple[Trait, ...]:
    """What a list of customers gives of them: known by name, else by what stands in the column."""
    named = [_trait(what[6:], ref) for what, ref in refs.items() if what.startswith("trait:")]
    at_home = ("id:", "person:", "trait:", "consent:")
    loose = [c for what, columns in found.items() for c in columns if not what.startswith(at_home) and what != "drop"]
    kinds = {c: _usable([row.get(c) for row in sample]) for c in loose}
    return (*named, *(Trait(c, Ref((c,)), kind) for c, kind in kinds.items() if kind))


_NUMBER = re.compile(r"[₩￦$]?\s?-?(?:0|[1-9]\d{0,8}|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?\s?[원점회건개%세]?")
SHORT, FEW = 20, 12
"""A word of at most so many letters, and so many different ones, is a category rather than free text."""


def _usable(values: Sequence[str | None]) -> Literal["text", "number", "date"] | None:
    """What a column of unknown name can be as a trait; None for free text, for what is nearly always different, and for nothing.

    Long numbers are numbers of something (an account, a card), and so are those that begin with 0.
    """
    filled = [v.strip() for v in values if v and v.strip()]
    if not filled:
        return None
    if all(_NUMBER.fullmatch(v) for v in filled):
        return "number"
    if all(_DATE.fullmatch(v) for v in filled):
        return "date"
    different = set(filled)
    short = all(len(v) <= SHORT and len(v.split()) <= 3 and not any(c.isdigit() for c in v) for v in different)
    return "text" if short and 2 * len(different) <= len(filled) and len(different) <= FEW else None


def _trait(name: str, ref: Ref) -> Trait:
    return Trait(name, ref, "gender" if name == "gender" else "date" if name == "joined_on" else "text")


def _decimal_mark(values: Sequence[str | None]) -> Literal["point", "comma"]:
    comma = re.compile(r"-?\d{1,3}(\.\d{3})*,\d{2}")
    filled = [v.strip() for v in values if v and v.strip()]
    return "comma" if filled and all(comma.fullmatch(v) for v in filled) else "point"
