"""Every endpoint of api/openapi.json, tried by schemathesis with what no test would think of: no 5xx, one error shape, alive."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.budget import FULL
from tests.docs.generate import ROOT
from tests.server.live import Live, serving
from tests.server.signed import bearer

schema = schemathesis.openapi.from_path(ROOT / "api" / "openapi.json")
MORE = int(os.environ.get("DANGOL_FUZZ", "0"))
"""How many requests each endpoint is tried with, every kind of each parameter besides; 200 take ten minutes."""

schema.config.phases.coverage.enabled = bool(MORE)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("fuzzed") / "shop") as server:
        server.front._stream.end()  # else whoever looks at what arrives looks until the client gives up
        yield server


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=MORE or 8, deadline=None, derandomize=FULL, database=None,
          phases=[Phase.explicit, Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_no_request_breaks_the_server(live: Live, case: schemathesis.Case) -> None:
    for key in ("", live.browser):
        if key:
            case.query = {**(case.query or {}), "writeKey": key}
        answer = case.call(base_url=live.url, headers=bearer(live.ws))
        assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code}: {case.as_curl_command()}"
        assert answer.status_code != 503, "nothing was full"
        _documented(case, answer)


def _documented(case: schemathesis.Case, answer: Any) -> None:
    known = case.operation.definition.raw["responses"]
    status = str(answer.status_code)
    if status == "204" and answer.request.method == "OPTIONS":  # a preflight
        return
    assert status in known or f"{status[0]}XX" in known or status in ("405", "404"), f"{status} is not documented"
    if answer.status_code >= 400 and "image/gif" not in answer.headers.get("content-type", []):
        said = json.loads(answer.content)
        more = {"theirs"} if status == "409" else set()  # what somebody else has written meanwhile
        assert {"code", "message"} <= set(said) <= {"code", "message", "where", "hint", "problems", *more}


@pytest.mark.slow
def test_the_server_lives_and_reads_what_it_kept(live: Live) -> None:
    """Runs last: whatever was kept is taken in or put aside, and nothing blocks the queue."""
    live.drain()
    assert live.ws.intake.waiting().records == 0
    assert [c for c in live.ws.doctor() if c["state"] == "wrong"] == []
