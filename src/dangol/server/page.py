"""One plain page until the console comes: the segments in sentences, no script, no personal data."""

from __future__ import annotations

from html import escape
from typing import Any

from dangol.app import Workspace
from dangol.schema import Lang

_STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,CanvasText 14%,transparent);--dim:color-mix(in srgb,CanvasText 62%,transparent)}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText;word-break:keep-all}
header{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:baseline;justify-content:space-between}h1{font-size:1.4rem;margin:0}
a{color:LinkText}table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}td,th{padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--dim);font-size:.85rem}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}small{color:var(--dim)}
td.bar{min-width:7rem;background:linear-gradient(to right,color-mix(in srgb,#2f7d6b 34%,transparent) var(--share),transparent 0)}
table.narrow{max-width:36rem}li{margin:.35rem 0}ol{padding-left:1.6rem}
h2{font-size:1.05rem;margin:1.6rem 0 .2rem}@media(max-width:40rem){th.wide,td.wide{display:none}td.bar{min-width:4.2rem}}
"""


def home(workspace: Workspace, lang: Lang) -> str:
    """The first page as HTML: every segment, the largest first, and what is here."""
    ko = lang == "ko"
    segments = sorted(workspace.segments(lang), key=lambda row: -(row["customers"] or 0))
    largest = max((row["share"] or 0.0 for row in segments), default=0.0) or 1.0
    rows = "".join(_segment(row, largest, lang) for row in segments)
    head = ("세그먼트", "고객", "비율", "조건") if ko else ("Segment", "Customers", "Share", "Rule")
    heads = f"<th>{head[0]}<th class=n>{head[1]}<th class=n>{head[2]}<th class=wide>{head[3]}"
    empty = (
        "아직 세그먼트가 없습니다. dangol import로 파일을 가져온 뒤 dangol apply로 세그먼트를 정하세요."
        if ko
        else "No segments yet. Bring files in with dangol import, then define segments with dangol apply."
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else f"<p>{empty}</p>"
    facts = "".join(
        f"<tr><td>{escape(str(r['what']))}</td><td class=n>{escape(str(r['value']))}</td></tr>"
        for r in workspace.status(lang)
        if r["name"] != "workspace"
    )
    status = f"<h2>{'상태' if ko else 'Status'}</h2><table class=narrow><tbody>{facts}</tbody></table>"
    return _page(workspace, lang, "", f"<h2>{'세그먼트' if ko else 'Segments'}</h2>{table}{status}")


def segment(workspace: Workspace, name: str, lang: Lang) -> str:
    """One segment as HTML: its rule, its size, and how its members differ, a sentence each."""
    ko = lang == "ko"
    row = next(r for r in workspace.segments(lang) if r["segment"] == name)
    size = _number(row["customers"]) if row["customers"] is not None else "–"
    share = f" ({row['share']:.1%})" if row["share"] is not None else ""
    found = workspace.segment_profile(name, lang)
    lines = "".join(f"<li>{escape(r['says'])}</li>" for r in found)
    few = "비교하기에 고객이 너무 적습니다." if ko else "Too few customers to compare."
    differ = f"<p><small>{escape(found.note)}</small></p><ol>{lines}</ol>" if lines else f"<p>{few}</p>"
    back = "← 모든 세그먼트" if ko else "← All segments"
    body = (
        f"<p><a href='/?lang={lang}'>{back}</a></p><h2>{escape(str(row['says']))} <small>{escape(name)}</small></h2>"
        f"<p>{escape(str(row['rule']))}</p><p><b>{size}</b>{'명' if ko else ' customers'}{share}</p>"
        f"<h2>{'다른 고객과 다른 점' if ko else 'How they differ from everyone else'}</h2>{differ}"
    )
    return _page(workspace, lang, str(row["says"]), body)


def _page(workspace: Workspace, lang: Lang, what: str, body: str) -> str:
    title = escape(" · ".join(filter(None, (what, workspace.settings.name, "dangol"))))
    other = '<a href="?lang=en" lang="en">English</a>' if lang == "ko" else '<a href="?lang=ko" lang="ko">한국어</a>'
    name = escape(workspace.settings.name)
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><header><h1>{name} <small>dangol 단골</small></h1>{other}</header><main>{body}</main></body></html>"
    )


def _segment(row: dict[str, Any], largest: float, lang: Lang) -> str:
    share = row["share"] or 0.0
    name = escape(str(row["segment"]))
    return (
        f"<tr><td><a href='/segments/{name}?lang={lang}'>{escape(str(row['says']))}</a><br><small>{name}</small></td>"
        f"<td class=n>{_number(row['customers'])}</td>"
        f"<td class='n bar' style='--share:{share / largest:.1%}'>{share:.1%}</td>"
        f"<td class=wide><small>{escape(str(row['rule']))}</small></td></tr>"
    )


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
