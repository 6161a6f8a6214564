"""A long load on the real server: memory stays flat, no queue grows, nothing fails. Asked for: DANGOL_SOAK_MINUTES=10, or 60.

Not part of the full run yet: eight minutes beside the test suite grew by 7.6 MB a minute, and why is not known.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

MINUTES = int(os.environ.get("DANGOL_SOAK_MINUTES") or 0)


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 900)
@pytest.mark.skipif(not MINUTES, reason="SOAK NOT RUN: ask for it with DANGOL_SOAK_MINUTES=10")
def test_a_long_load_leaves_the_server_as_it_was() -> None:
    size = ("--customers", "2000", "--events", "20000", "--rate", "100")
    asked = [sys.executable, "-m", "dangol.bench", "--only", "soak", "--soak", str(MINUTES), *size, "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-2000:]
    found = {line["name"]: line for line in json.loads(done.stdout)["soak"]}
    assert found["soak.errors"]["value"] == 0
    assert found["soak.queue"]["holds"], found["soak.queue"]
    assert found["soak.memory.slope"]["holds"], found["soak.memory.slope"]
