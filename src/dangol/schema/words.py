"""One glossary: codes that facts and tables hold, in words people read. What is not here is shown as it is written."""

from __future__ import annotations

from collections.abc import Mapping

from dangol.schema.kinds import KINDS
from dangol.schema.text import Lang, Text

GLOSSARY: dict[str, dict[str, Text]] = {
    "event": {
        "Order Completed": Text("Order Completed", "주문 완료"),
        "Order Updated": Text("Order Updated", "주문 변경"),
        "Order Cancelled": Text("Order Cancelled", "주문 취소"),
        "Order Refunded": Text("Order Refunded", "주문 환불"),
        "Products Searched": Text("Products Searched", "상품 검색"),
        "Product List Viewed": Text("Product List Viewed", "상품 목록 조회"),
        "Product Viewed": Text("Product Viewed", "상품 조회"),
        "Product Clicked": Text("Product Clicked", "상품 클릭"),
        "Product Added": Text("Product Added", "장바구니 담기"),
        "Product Removed": Text("Product Removed", "장바구니 빼기"),
        "Product Added to Wishlist": Text("Product Added to Wishlist", "찜하기"),
        "Product Shared": Text("Product Shared", "상품 공유"),
        "Product Reviewed": Text("Product Reviewed", "상품 후기 작성"),
        "Cart Viewed": Text("Cart Viewed", "장바구니 조회"),
        "Checkout Started": Text("Checkout Started", "결제 시작"),
        "Payment Info Entered": Text("Payment Info Entered", "결제 정보 입력"),
        "Coupon Applied": Text("Coupon Applied", "쿠폰 사용"),
        "Page Viewed": Text("Page Viewed", "페이지 조회"),
        "Page Scrolled": Text("Page Scrolled", "페이지 스크롤"),
        "Element Clicked": Text("Element Clicked", "요소 클릭"),
        "Rage Clicked": Text("Rage Clicked", "분노 클릭"),
        "Dead Clicked": Text("Dead Clicked", "무반응 클릭"),
        "Form Started": Text("Form Started", "양식 입력 시작"),
        "Form Submitted": Text("Form Submitted", "양식 제출"),
        "Form Abandoned": Text("Form Abandoned", "양식 이탈"),
        "Web Vitals Measured": Text("Web Vitals Measured", "웹 성능 측정"),
        "Consent Updated": Text("Consent Updated", "동의 변경"),
        "Screen Viewed": Text("Screen Viewed", "화면 조회"),
        "Signed Up": Text("Signed Up", "회원 가입"),
        "Signed In": Text("Signed In", "로그인"),
        "Email Opened": Text("Email Opened", "이메일 열람"),
        "Email Link Clicked": Text("Email Link Clicked", "이메일 링크 클릭"),
        "Unsubscribed": Text("Unsubscribed", "수신 거부"),
        "Activity": Text("Activity", "활동"),
        "Campaign Reached": Text("Campaign Reached", "캠페인 도달"),
    },
    "channel": {
        "web": Text("web", "웹"),
        "app": Text("app", "앱"),
        "store": Text("store", "매장"),
        "mall": Text("marketplace", "쇼핑몰"),
        "call": Text("call centre", "고객센터"),
        "email": Text("e-mail", "이메일"),
        "sms": Text("text message", "문자"),
        "kakao": Text("KakaoTalk", "카카오톡"),
        "push": Text("push", "푸시"),
        "phone": Text("phone", "전화"),
        "post": Text("post", "우편"),
    },
    "device": {
        "desktop": Text("desktop", "컴퓨터"),
        "mobile": Text("mobile", "휴대전화"),
        "tablet": Text("tablet", "태블릿"),
        "pos": Text("point of sale", "포스(POS)"),
    },
    "import": {
        "done": Text("in", "들어옴"),
        "failed": Text("failed", "실패"),
        "running": Text("running", "가져오는 중"),
        "undone": Text("taken back", "되돌림"),
    },
    "side": {
        "browser": Text("browser", "브라우저"),
        "server": Text("server", "서버"),
    },
    "ip": {
        "truncated": Text("truncated", "뒷자리 없이"),
        "full": Text("full", "그대로"),
        "none": Text("not kept", "남기지 않음"),
    },
    "weekday": {
        "mon": Text("Monday", "월요일"),
        "tue": Text("Tuesday", "화요일"),
        "wed": Text("Wednesday", "수요일"),
        "thu": Text("Thursday", "목요일"),
        "fri": Text("Friday", "금요일"),
        "sat": Text("Saturday", "토요일"),
        "sun": Text("Sunday", "일요일"),
    },
    "hour_band": {
        "dawn": Text("small hours", "새벽"),
        "morning": Text("morning", "아침"),
        "lunch": Text("lunchtime", "점심"),
        "afternoon": Text("afternoon", "오후"),
        "evening": Text("evening", "저녁"),
        "night": Text("night", "밤"),
    },
    "weather": {
        "clear": Text("clear", "맑음"),
        "partly_cloudy": Text("partly cloudy", "구름 많음"),
        "cloudy": Text("cloudy", "흐림"),
        "rain": Text("rain", "비"),
        "sleet": Text("sleet", "진눈깨비"),
        "snow": Text("snow", "눈"),
        "dry": Text("dry, sky unknown", "강수 없음(하늘 상태 모름)"),
    },
    "family": {
        "demographic": Text("demographic", "인구 속성"),
        "behavioural": Text("behavioural", "행동 속성"),
        "analytic": Text("analytic", "분석 속성"),
    },
    "kind": {
        **{name: Text(kind.en, kind.ko) for name, kind in KINDS.items()},
        "name": Text("name", "이름"),
        "address": Text("address", "주소"),
        "birth_date": Text("birth date", "생년월일"),
        "trait": Text("trait", "속성"),
        "segment": Text("segment", "세그먼트"),
        "mapping": Text("mapping", "매핑"),
        "tracking": Text("tracking plan", "수집 계획"),
        "share": Text("share", "비율"),
        "number": Text("number", "수"),
    },
    "grain": {
        "order_lines": Text("order lines", "주문 상품"),
        "orders": Text("orders", "주문"),
        "events": Text("events", "이벤트"),
        "customers": Text("customers", "고객"),
        "products": Text("products", "상품"),
        "reference": Text("looked up by others", "다른 파일이 찾아보는 표"),
        "ignore": Text("not taken", "가져오지 않음"),
    },
    "skip": {
        "bad_debt": Text("bad debt", "대손 처리"),
        "stock_adjustment": Text("stock adjustment", "재고 조정"),
    },
    "conflict": {
        "contested": Text("claimed by several customers", "여러 고객이 함께 쓰는 값"),
        "cut_between": Text("kept apart by hand", "사람이 나누어 둠"),
        "over_cap": Text("more of this kind than one customer may have", "한 고객이 가질 수 있는 수를 넘음"),
    },
    "field": {
        "name": Text("name", "이름"),
        "channel": Text("channel", "채널"),
        "place": Text("place", "장소"),
        "device": Text("device", "기기"),
        "campaign": Text("campaign", "캠페인"),
        "coupon": Text("coupon", "쿠폰"),
        "source": Text("source", "데이터 원천"),
        "product_id": Text("product_id", "상품 번호"),
        "order_id": Text("order_id", "주문 번호"),
        "title": Text("title", "상품명"),
        "category": Text("category", "카테고리"),
        "department": Text("department", "대분류"),
        "brand": Text("brand", "브랜드"),
        "currency": Text("currency", "통화"),
        "amount": Text("amount", "금액"),
        "price": Text("price", "단가"),
        "quantity": Text("quantity", "수량"),
        "discount": Text("discount", "할인"),
        "tax": Text("tax", "세금"),
        "weekday": Text("weekday", "요일"),
        "hour": Text("hour", "시각"),
        "hour_band": Text("time of day", "시간대"),
        "holiday": Text("holiday", "공휴일"),
        "day_off": Text("day off", "쉬는 날"),
        "weather": Text("weather", "날씨"),
        "temperature": Text("temperature", "기온"),
        "precipitation": Text("precipitation", "강수량"),
        "humidity": Text("humidity", "습도"),
        "wind": Text("wind", "풍속"),
        "day": Text("day", "날"),
        "month": Text("month", "달"),
        "at": Text("at", "시각"),
        "event": Text("event", "이벤트"),
        "properties": Text("properties", "그 밖의 값"),
        "row": Text("row", "행"),
        "problem": Text("problem", "읽지 못한 것"),
    },
}
"""Domain → code → words. A trait's own values are in its definition (`values:`), not here."""


def word(domain: str, code: str, lang: Lang) -> str:
    """A code in words; one that is not in the glossary (a shop's own event, say) as it is."""
    found = GLOSSARY.get(domain, {}).get(code)
    return found.say(lang) if found else code


def words_of(domain: str) -> Mapping[str, Text]:
    """All of a domain; empty for one without words."""
    return GLOSSARY.get(domain, {})
