"""The browser SDK as it is served: what a browser keeps, asks again and may load; and that it is what the sources say."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from dangol.server.sdk import FILES, FOLDER
from tests.server.live import Live, serving

SDK = Path(__file__).resolve().parents[2] / "sdk" / "js"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("files") / "shop") as server:
        yield server


@pytest.fixture(scope="module")
def http(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=20) as client:
        yield client


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_served_packed_and_kept_by_the_browser(http: httpx.Client, name: str) -> None:
    answer = http.get(f"/sdk/{name}", headers={"origin": "https://shop.example", "accept-encoding": "gzip, br"})
    assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
    said = answer.headers
    assert said["content-type"] == "text/javascript; charset=utf-8"
    assert (said["content-encoding"], said["vary"]) == ("gzip", "accept-encoding")
    assert "max-age=3600" in said["cache-control"]
    assert "public" in said["cache-control"]
    assert said["access-control-allow-origin"] == "*"
    assert said["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in said


def test_what_the_browser_has_is_not_sent_again(http: httpx.Client) -> None:
    path, packed, plain = "/sdk/dangol.js", {"accept-encoding": "gzip"}, {"accept-encoding": "identity"}
    tags = [http.get(path, headers=how).headers["etag"] for how in (packed, plain)]
    assert tags[0] != tags[1], "other bytes, another tag"
    for tag, how in zip(tags, (packed, plain), strict=True):
        for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = http.get(path, headers={**how, "if-none-match": asked})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
        assert http.get(path, headers={**how, "if-none-match": '"other"'}).status_code == 200
    assert http.get(path, headers={"accept-encoding": "gzip;q=0"}).headers.get("content-encoding") is None


def test_only_reading_and_only_these_files(http: httpx.Client) -> None:
    head = http.head("/sdk/dangol.js", headers={"accept-encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == (FOLDER / "dangol.js").stat().st_size
    assert http.options("/sdk/dangol.js", headers={"origin": "https://a.example"}).status_code == 204
    assert http.post("/sdk/dangol.js", content=b"x").status_code == 405
    for path in ("/sdk/", "/sdk/sources.sha256", "/sdk/..%2Fsdk.py", "/sdk/dangol.js/"):
        assert http.get(path).status_code == 404


def test_a_page_of_another_name_may_load_it(live: Live, http: httpx.Client) -> None:
    """The API answers to this machine's own name alone; the SDK, like the collector, to any."""
    assert http.get("/sdk/dangol.js", headers={"host": "cdp.shop.example"}).status_code == 200
    assert http.get("/v1/segments", headers={"host": "cdp.shop.example"}).status_code == 403


def test_the_core_fits_its_budget() -> None:
    assert len(gzip.compress((FOLDER / "dangol.js").read_bytes(), 9)) <= 6 * 1024


def test_what_is_served_was_built_of_these_sources() -> None:
    """`scripts/js check` builds it anew and compares; this sees a change that was not built, without Node."""
    made = hashlib.sha256()
    names = [f"src/{p.name}" for p in sorted((SDK / "src").iterdir(), key=lambda p: p.name)]
    for name in [*names, "tools/build.mjs", "package-lock.json", "package.json"]:
        made.update(f"{name}\0".encode() + (SDK / name).read_bytes() + b"\0")
    kept = (FOLDER / "sources.sha256").read_text().strip()
    assert made.hexdigest() == kept, "build and commit it: scripts/js run serve"
