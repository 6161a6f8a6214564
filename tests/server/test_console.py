"""The console's files as a browser fetches them: only they, with a strict policy, kept as long as they are the same."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
from pathlib import Path
from typing import Any

import pytest

from dangol.server.console import ROOMS, Console

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "built" / "assets").mkdir(parents=True)
    (tmp_path / "built" / "index.html").write_text("<!doctype html><title>dangol</title>", encoding="utf-8")
    (tmp_path / "built" / "theme.js").write_text("1", encoding="utf-8")
    (tmp_path / "built" / "assets" / "index-abc.js").write_text("console.log('단골')", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path / "built"


def ask(console: Console, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in {"host": "127.0.0.1:8700", **headers}.items()]
    asyncio.run(console({"type": "http", "method": method, "path": path, "headers": raw}, None, send))
    found = {k.decode(): v.decode() for k, v in said[0]["headers"]}
    return said[0]["status"], found, said[1]["body"]


@pytest.mark.parametrize("path", ["/", "/customers", "/customers/C12", "/segments/new", "/settings/people", "/sign-in"])
def test_every_screen_is_the_one_page(folder: Path, path: str) -> None:
    console = Console(folder)
    assert console.takes(path)
    status, headers, body = ask(console, path)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", "no-cache")
    assert body.startswith(b"<!doctype html>")
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "unsafe-eval" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/v1/me", "/v1", "/sdk/dangol.js", "/robots.txt", "/unknown/x", "/manifest.json", "/assets/"]
)
def test_other_addresses_are_not_its_business(folder: Path, path: str) -> None:
    assert not Console(folder).takes(path)


def test_files_are_kept_for_ever_and_packed(folder: Path) -> None:
    console = Console(folder)
    status, headers, body = ask(console, "/assets/index-abc.js", accept_encoding="br, gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body).decode() == "console.log('단골')"
    again, _, nothing = ask(console, "/assets/index-abc.js", accept_encoding="gzip", if_none_match=headers["etag"])
    assert (again, nothing) == (304, b"")
    assert ask(console, "/assets/index-abc.js", "HEAD")[2] == b""
    assert ask(console, "/", "POST")[0] == 405


@pytest.mark.parametrize(
    "path",
    ["/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/none.js", "/assets/.", "/assets/\0.js"],
)
def test_nothing_else_is_served(folder: Path, path: str) -> None:
    status, _, body = ask(Console(folder), path)
    assert (status, body) == (404, b"")


def test_a_new_build_is_seen(folder: Path) -> None:
    console = Console(folder)
    ask(console, "/")
    (folder / "index.html").write_text("<!doctype html>new", encoding="utf-8")
    os.utime(folder / "index.html", (1, 1))
    assert ask(console, "/")[2] == b"<!doctype html>new"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_gets_nothing(folder: Path, host: str) -> None:
    assert ask(Console(folder), "/", host=host)[0] == 403


def test_a_name_that_is_allowed_may_ask(folder: Path) -> None:
    assert ask(Console(folder, hosts=lambda: ("Shop.example",)), "/", host="shop.example:443")[0] == 200


def test_without_a_build_it_says_what_to_do(tmp_path: Path) -> None:
    console = Console(tmp_path / "nothing")
    assert not console.built
    for lang, word in (("ko", "빌드되지 않았습니다"), ("en", "not built here")):
        status, _, body = ask(console, "/", accept_language=lang)
        assert status == 503
        assert word in body.decode()
        assert "scripts/console build" in body.decode()


def test_the_rooms_are_those_of_the_console() -> None:
    said = (ROOT / "console" / "src" / "app" / "rooms.ts").read_text(encoding="utf-8")
    assert sorted(ROOMS) == sorted(path for path in re.findall(r'path: "/([^"]+)"', said))
