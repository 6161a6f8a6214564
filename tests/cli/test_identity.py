"""`dangol identity`: counts without personal data; rules tried, applied, taken back; values blocked; what people did, undone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from rich.cells import cell_len

from dangol.app import Workspace
from tests.app import shop
from tests.cli.run import commands

HANGUL = re.compile("[가-힣]")
PERSONAL = re.compile(r"010-5555-|01055551|own\d@")


def test_who_is_who_in_the_terminal(empty: Path, tmp_path: Path) -> None:
    folder, rules = Path(shutil.copytree(empty, tmp_path / "shop")), tmp_path / "rules.yaml"
    rules.write_text("kinds:\n  user_id: {unique: false, cap: 5}\n", encoding="utf-8")
    with shop.reopen(folder) as ws:
        ws.import_files([shop.logins(tmp_path / "orders.csv")], accept_proposals=True)
        before = whose(ws)
        node = next(n for n in before)
    at = ["-w", str(folder)]
    said = commands(
        "ko",
        ["identity", *at],
        ["identity", "rules", *at],
        ["identity", "rules", "try", str(rules), *at],
        ["identity", "rules", "try", str(rules), "--json", *at],
        ["identity", "rules", "apply", str(rules), "--version", "3", "--yes", *at],
        ["identity", "rules", "apply", str(rules), "--yes", "--note", "둘이 한집", "--json", *at],
        ["identity", "rules", "--yaml", *at],
        ["identity", "biggest", "--json", *at],
        ["identity", "rules", "revert", "0", "--json", *at],
        ["identity", "block", "--node", str(node), "--dry-run", *at],
        ["identity", "block", "--node", str(node), "--json", *at],
        ["identity", "blocked", *at],
        ["identity", "unblock", "--node", str(node), *at],
        ["customers", "merge", "C1", "C2", "--reason", "한 사람", *at],
        ["identity", "undo", "3", "--json", *at],
        ["identity", "log", *at],
        ["identity", "rules", *at],
    )
    seen, shown, tried, told, _, applied, kept, top, back, _, blocked, listed, _, _, undone, log, after = said
    assert [s.code for s in said] == [0, 0, 0, 0, 1, *[0] * 12]
    assert "식별자 29개에서 고객 11명" in seen.out
    trial = json.loads(told.out)
    assert (trial["before"], trial["joins"]) == (11, 2)
    assert "합쳐질 둘" in tried.out
    assert json.loads(applied.out)["version"] == 1
    assert max(r["identifiers"] for r in json.loads(top.out)) == 5, "two logins, two e-mails, one phone"
    assert "unique: false" in kept.out
    assert json.loads(back.out)["version"] == 2
    assert json.loads(blocked.out)["node"] == str(node)
    assert "1번 버전" not in after.out.splitlines()[0]
    assert "둘이 한집" in after.out
    for one in (seen, shown, tried, listed, log, after):
        assert HANGUL.search(one.out)
        assert [row for row in one.out.splitlines() if cell_len(row.rstrip()) > 80] == []
    assert [s for s in said if PERSONAL.search(s.out + s.err)] == []
    assert json.loads(undone.out)["entry"] == 3
    with Workspace.open(folder) as ws:
        assert [(e["action"], e["undone"]) for e in ws.identity_log()] == [
            ("revoke", False), ("merge", True), ("unblock", False), ("block", False),
        ]  # fmt: skip
        assert whose(ws) == before, "every step was taken back"


def whose(ws: Workspace) -> dict[int, int]:
    return {r["node"]: r["customer_id"] for r in ws.engine.sql("SELECT node, customer_id FROM identifiers").to_pylist()}
