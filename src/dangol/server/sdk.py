"""The browser SDK as a page fetches it: `/sdk/dangol.js`, and the recorder beside it. Built files, committed in `browser/`."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FOLDER = Path(__file__).parent / "browser"
FILES = ("dangol.js", "dangol-replay.js", "snippet.js")
PLACE = "/sdk/"

_EVERYWHERE = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}
"""Any page may load it, also with `crossorigin` and `integrity`; it is nobody's secret."""

_KEPT = "public, max-age=3600, stale-while-revalidate=604800"
"""An hour, and a week more while the new one is fetched: a mended SDK reaches every visitor within the hour."""


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    tag: str


class SdkFiles:
    """An ASGI application for the paths `takes` names. The files are read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {f"{PLACE}{name}": _read(folder / name) for name in FILES}

    def takes(self, path: str) -> bool:
        """Whether a path is one of the files."""
        return path in self._files

    async def __call__(self, scope: Scope, receive: object, send: Send) -> None:
        """Answers GET, HEAD and OPTIONS; what the browser has already is 304."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        found, method = self._files[scope["path"]], scope["method"]
        if method == "OPTIONS":
            allowed = {"access-control-allow-methods": "GET, HEAD", "access-control-max-age": "86400"}
            await _answer(send, 204, b"", {**_EVERYWHERE, **allowed})
            return
        if method not in ("GET", "HEAD"):
            await _answer(send, 405, b"", {**_EVERYWHERE, "allow": "GET, HEAD, OPTIONS"})
            return
        packed = _takes_gzip(headers.get("accept-encoding", ""))
        tag = f'"{found.tag}-gz"' if packed else f'"{found.tag}"'
        said = {**_EVERYWHERE, "cache-control": _KEPT, "etag": tag, "vary": "accept-encoding"}
        if _has(headers.get("if-none-match", ""), tag):
            await _answer(send, 304, b"", said)
            return
        body = found.packed if packed else found.body
        said |= {"content-type": "text/javascript; charset=utf-8", "content-length": str(len(body))}
        said |= {"content-encoding": "gzip"} if packed else {}
        await _answer(send, 200, b"" if method == "HEAD" else body, said)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:16])


def _takes_gzip(accepts: str) -> bool:
    for part in accepts.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(asked: str, tag: str) -> bool:
    """RFC 9110, 13.1.2: any of the tags, compared weakly."""
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in asked.split(","))


async def _answer(send: Send, status: int, body: bytes, said: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
