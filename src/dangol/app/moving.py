"""Move a workspace's store to another database: from the SQLite file to PostgreSQL, or back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dangol.app.settings import FILE, Settings
from dangol.engine import write_whole
from dangol.schema import Answer, Text, WorkspaceError
from dangol.store import Store, copy_into

if TYPE_CHECKING:
    from dangol.app import Workspace

SQLITE = "store.sqlite"


def move_store(ws: Workspace, address: str) -> Answer:
    """Copy the store into the empty database at `address`, note the address in the settings, and close the workspace.

    What was the store before stays as it is, for the case of regret; the note says that it is to be removed, since an
    erasure will not reach it any more.
    """
    told = Settings.load(None, store=address)
    old = ws.settings.store or SQLITE
    if told.store == ws.settings.store:
        raise WorkspaceError(
            Text("the store is there already", "저장소가 이미 그곳에 있습니다"),
            hint=Text("name another database", "다른 데이터베이스를 쓰세요"),
        )
    where = told.store or ws.folder / SQLITE
    with Store.open(where, password=told.store_password or ws.settings.store_password or None) as target:
        target.claim("dangol move-store")
        counts = copy_into(ws.store, target)
        target.state.remove("workspace.open")  # it belongs to this opening, of the store left behind
    _note(ws.folder / FILE, told.store)
    ws.close()
    rows = [{"table": name, "rows": count} for name, count in counts.items()]
    return Answer(
        pa.Table.from_pylist(rows),
        note=ws.say(
            f"The store is in the new place. Remove the old one ({old}) once all is well: erasures do not reach it.",
            f"저장소를 옮겼습니다. 확인한 뒤 이전 저장소({old})를 없애세요. 고객 삭제가 그곳에는 미치지 않습니다.",
        ),
        facts={"rows": sum(counts.values())},
    )


def _note(file: Path, address: str) -> None:
    """Write the address into the settings; everything else in the file, comments too, stays."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("store:")]
    write_whole(file, "\n".join([*lines, *([f'store: "{address}"'] if address else [])]) + "\n")
