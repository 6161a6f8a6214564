"""One plain page until the console comes: the segments in sentences, no script, no personal data."""

from __future__ import annotations

from html import escape

from dangol.app import Workspace
from dangol.app.settings import Lang

_STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,CanvasText 14%,transparent);--dim:color-mix(in srgb,CanvasText 62%,transparent)}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText;word-break:keep-all}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline;justify-content:space-between}h1{font-size:1.4rem;margin:0}
a{color:LinkText}table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}td,th{padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--dim);font-size:.85rem}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}small{color:var(--dim)}
td.bar{min-width:7rem;background:linear-gradient(to right,color-mix(in srgb,#2f7d6b 34%,transparent) var(--share),transparent 0)}
h2{font-size:1.05rem;margin:1.6rem 0 .2rem}@media(max-width:40rem){th.wide,td.wide{display:none}}
"""


def home(workspace: Workspace, lang: Lang) -> str:
    """The page as HTML in `lang` (``ko`` or ``en``)."""
    ko = lang == "ko"
    segments = list(workspace.segments(lang))
    rows = "".join(_segment(row) for row in segments)
    empty = (
        "아직 세그먼트가 없습니다. dangol import로 파일을 가져오세요."
        if ko
        else "No segments yet. Bring files in with dangol import."
    )
    facts = "".join(
        f"<tr><td>{escape(str(r['what']))}</td><td class=n>{escape(_number(r['value']))}</td></tr>"
        for r in workspace.status(lang)
    )
    head = ("세그먼트", "고객", "비율", "조건") if ko else ("Segment", "Customers", "Share", "Rule")
    other = '<a href="?lang=en" lang="en">English</a>' if ko else '<a href="?lang=ko" lang="ko">한국어</a>'
    table = (
        f"<table><thead><tr><th>{head[0]}<th class=n>{head[1]}<th class='n'>{head[2]}<th class=wide>{head[3]}</tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else f"<p>{empty}</p>"
    )
    title = escape(workspace.settings.name)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} · dangol</title><style>{_STYLE}</style></head><body><header><h1>{title} <small>dangol 단골</small></h1>{other}</header><main>"
        f"<h2>{'세그먼트' if ko else 'Segments'}</h2>{table}<h2>{'상태' if ko else 'Status'}</h2><table><tbody>{facts}</tbody></table></main></body></html>"
    )


def _segment(row: dict[str, object]) -> str:
    share = row.get("share") or 0.0
    assert isinstance(share, float)
    link = f"/v1/segments/{escape(str(row['segment']))}/profile"
    return (
        f"<tr><td><a href='{link}'>{escape(str(row['says']))}</a><br><small>{escape(str(row['segment']))}</small></td>"
        f"<td class=n>{_number(row['customers'])}</td><td class='n bar' style='--share:{share:.1%}'>{share:.1%}</td>"
        f"<td class=wide><small>{escape(str(row['rule']))}</small></td></tr>"
    )


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
