"""The console: built files of `console/`, at `/`. They are nobody's secret; data comes over `/v1`, which asks who is there."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from dangol.server.local import is_own_name

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FOLDER = Path(__file__).parent / "console"

ROOMS = (
    "sources", "customers", "identity", "segments", "map", "understand", "dashboards", "settings", "sign-in",
    "shared",
)  # fmt: skip
"""First parts of the addresses that are screens; `console/src/app/rooms.ts` has the same, and a test compares."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; connect-src 'self'; frame-src 'self' blob:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""Scripts only from files of ours. Styles may stand in elements, for two reasons: the theme is written by a script, and a
recorded page (rrweb) brings its own into a sandboxed frame that inherits this policy. Nothing may be fetched from elsewhere,
so a style or a recording cannot tell anybody what is on the screen."""

_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"

_MISSING = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>dangol</title><style>:root{{color-scheme:light dark}}
body{{font:15px/1.6 system-ui,sans-serif;max-width:40rem;margin:12vh auto;padding:0 1rem;word-break:keep-all}}</style>
<main><h1>{title}</h1><p>{body}</p><pre>scripts/console build</pre><p>{rest}</p></main></html>"""
_WORDS = {
    "en": (
        "The console is not built here",
        "It comes with every package of dangol; in a checkout of the source it is built by one command:",
        "Everything else works: the API under /v1, and the dangol command.",
    ),
    "ko": (
        "콘솔이 아직 빌드되지 않았습니다",
        "배포된 dangol 패키지에는 콘솔이 들어 있습니다. 소스에서는 다음 명령으로 빌드합니다:",
        "나머지는 모두 쓸 수 있습니다: /v1의 API와 dangol 명령.",
    ),
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    tag: str
    kind: str


class Console:
    """An ASGI application for the paths `takes` names. Files are read and packed when they are first asked for."""

    def __init__(self, folder: Path = FOLDER, *, hosts: Callable[[], tuple[str, ...]] = tuple) -> None:
        """:param hosts: names besides this machine's own under which it may be asked."""
        self._folder = folder
        self._hosts = hosts
        self._known: dict[str, tuple[float, _File]] = {}

    @property
    def built(self) -> bool:
        return (self._folder / "index.html").is_file()

    def takes(self, path: str) -> bool:
        """Whether a path is a screen or a file of the console."""
        first, _, rest = path.lstrip("/").partition("/")
        if first in ("", *ROOMS):
            return True
        return (first == "assets" and bool(rest)) or (not rest and path in ("/theme.js", "/icon.svg"))

    async def __call__(self, scope: Scope, receive: object, send: Send) -> None:
        """Answers GET and HEAD; what the browser has already is 304."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"", {"allow": "GET, HEAD"})
            return
        host = _name(headers.get("host", ""))  # another name that points here is somebody's trick (DNS rebinding)
        if not is_own_name(host) and host not in [name.lower() for name in self._hosts()]:
            await _answer(send, 403, b"", {})
            return
        path = str(scope["path"])
        asset = path.startswith("/assets/") or path in ("/theme.js", "/icon.svg")
        found = await asyncio.to_thread(self._file, path.lstrip("/") if asset else "index.html")
        if found is None:
            await _answer(send, *((404, b"", {}) if asset else _missing(headers)))
            return
        packed = "gzip" in headers.get("accept-encoding", "").lower()
        said = {
            "cache-control": _FOR_EVER if path.startswith("/assets/") else _ASK_FIRST,
            "etag": f'"{found.tag}{"-gz" if packed else ""}"',
            "vary": "accept-encoding",
        }
        if said["etag"] in headers.get("if-none-match", ""):
            await _answer(send, 304, b"", said)
            return
        body = found.packed if packed else found.body
        said |= {"content-type": found.kind, "content-length": str(len(body))}
        said |= {"content-encoding": "gzip"} if packed else {}
        await _answer(send, 200, b"" if scope["method"] == "HEAD" else body, said)

    def _file(self, name: str) -> _File | None:
        """A file of the folder; none where there is no such file, or the name leads out of it. A new build is seen."""
        if "\0" in name:  # no file system takes it
            return None
        place = (self._folder / name).resolve()
        if not place.is_relative_to(self._folder.resolve()) or not place.is_file():
            return None
        changed = place.stat().st_mtime
        known = self._known.get(name)
        if known is None or known[0] != changed:
            body = place.read_bytes()
            kind = _KINDS.get(place.suffix) or mimetypes.guess_type(place.name)[0] or "application/octet-stream"
            made = _File(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:16], kind)
            known = self._known[name] = changed, made
        return known[1]


_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def _name(host: str) -> str:
    """The host that was asked for, without its port."""
    return re.sub(r":\d+$", "", host).lower()


def _missing(headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    lang = "ko" if headers.get("accept-language", "").lower().startswith("ko") else "en"
    title, body, rest = map(escape, _WORDS[lang])
    page = _MISSING.format(lang=lang, title=title, body=body, rest=rest).encode()
    return 503, page, {"content-type": "text/html; charset=utf-8", "content-length": str(len(page))}


async def _answer(send: Send, status: int, body: bytes, said: dict[str, str]) -> None:
    said = {**_HEADERS, "cache-control": "no-store", **said}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
