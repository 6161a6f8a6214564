"""One rule of every construct: for docs, for the console's palette and for the conformance of engines."""

from __future__ import annotations

from typing import Any

from dangol.rules.catalog import Catalog, TraitInfo

EXAMPLE_CATALOG = Catalog(
    {
        "age": TraitInfo("int64", "demographic", "나이", "age"),
        "region": TraitInfo("text", "demographic", "지역", "region"),
        "birthday": TraitInfo("text", "demographic", "생일", "birthday"),
        "revenue": TraitInfo("money", "behavioural", "매출", "revenue"),
        "vip": TraitInfo("bool", "behavioural", "우수 고객", "VIP"),
        "first_order_at": TraitInfo("timestamp", "behavioural", "첫 주문", "first order"),
        "renewal": TraitInfo("date", "behavioural", "갱신일", "renewal date"),
        "tastes": TraitInfo("list<text>", "behavioural", "취향", "tastes"),
        "churn": TraitInfo("float64", "analytic", "이탈 가능성", "churn"),
    },
    {
        "newsletter-readers": {"did": "Email Opened", "within": "30 days"},
        "big-spenders": {"trait": "revenue", "at_least": 1_000_000},
    },
)


def examples() -> dict[str, Any]:
    """Name of the construct → a rule that uses it, valid against `EXAMPLE_CATALOG`."""
    order, viewed = "Order Completed", "Product Viewed"
    return {
        "all": {"all": [{"trait": "age", "at_least": 60}, {"did": order}]},
        "any": {"any": [{"trait": "age", "at_least": 60}, {"trait": "vip"}]},
        "not": {"not": {"did": order, "within": "30 days"}},
        "number": {"trait": "revenue", "between": [100_000, 500_000]},
        "text": {"trait": "region", "starts_with": "서울"},
        "one of": {"trait": "region", "in": ["서울", "부산"]},
        "pattern": {"trait": "region", "matches": "^(서울|부산)"},
        "yes or no": {"trait": "vip"},
        "list": {"trait": "tastes", "has_any": ["등산", "차"]},
        "missing": {"trait": "region", "missing": True},
        "or missing": {"trait": "age", "below": 30, "or_missing": True},
        "date": {"trait": "renewal", "within_next": "2 weeks"},
        "moment": {"trait": "first_order_at", "within": "6 months"},
        "score": {"score": "churn", "above": 0.7},
        "did": {
            "did": viewed,
            "where": {"category": {"in": ["등산", "트레킹"]}},
            "at_least": "2 times",
            "within": "90 days",
        },
        "never": {"did": order, "never": True, "during": "this year"},
        "between dates": {"did": order, "between": ["2026-01-01", "2026-02-01"]},
        "longer ago": {"did": order, "not within": "90 days"},
        "property": {"did": viewed, "where": {"page.name": "신상품", "seconds": {"above": 30}}},
        "order lines": {"did": order, "of": "items", "where": {"brand": "산마루"}, "sum": "quantity", "at_least": 3},
        "sum": {"did": order, "sum": "amount", "at_least": 300_000, "within": "1 year"},
        "average": {"did": order, "average": "amount", "above": 50_000},
        "smallest": {"did": order, "min": "amount", "at_least": 10_000},
        "largest": {"did": order, "max": "amount", "at_least": 500_000},
        "first": {"did": order, "first": "channel", "is": "web"},
        "last": {"did": order, "last": "category", "is_not": "등산"},
        "different": {"did": order, "distinct": "category", "at_least": 3},
        "since": {"did": order, "never": True, "since": {"did": "Email Opened"}},
        "sequence": {
            "sequence": [
                {"did": viewed},
                {"did": "Product Added", "within": "1 day"},
                {"did": order, "within": "3 days", "not_between": {"did": "Order Cancelled"}},
            ],
            "within": "90 days",
        },
        "in": {"in": "newsletter-readers"},
        "not in": {"not_in": ["newsletter-readers", "big-spenders"]},
        "waterfall": {"waterfall": ["big-spenders", "newsletter-readers"]},
        "top": {"top": {"by": "revenue", "percent": 10}},
        "bottom": {"bottom": {"by": "revenue", "n": 100}},
        "rank": {"rank": "revenue", "between": [25, 75]},
        "split": {"split": {"name": "welcome test", "share": "10%"}},
        "consent": {"consent": {"channel": "email", "purpose": "advertising", "is": "granted"}},
        "reachable": {"reachable": "sms"},
        "birthday": {"birthday": {"within_next": "7 days"}},
        "anniversary": {"anniversary": {"of": "first_order_at", "during": "this month"}},
    }
