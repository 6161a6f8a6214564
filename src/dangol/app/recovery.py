"""What a killed process left, put right when the workspace is opened next.

Files are in wholly or not at all. What an import had put into the vault and quarantine before the engine committed is taken back
here by its number. Between the engine's commit and the store's lies one moment: a kill there leaves facts of an import that
never ended (importing the file again adds what is missing), or vault rows under the customer they had before a merge
(mended here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dangol.app.both import take_back
from dangol.engine import sql

if TYPE_CHECKING:
    from dangol.app import Workspace

OPEN, DUE = "workspace.open", "refresh.due"


def opened(ws: Workspace) -> None:
    """Mend what an earlier process left if it never closed the workspace, and note that this one has it open."""
    if ws.store.state.get(OPEN):
        _mend_vault(ws)
        for batch in ws.store.batches.unfinished():
            if here(ws, batch.id):
                facts_change(ws)
            else:
                take_back(ws, batch.id, None)
            ws.store.batches.fail(batch.id, "interrupted; import the file again", ws.real_now())
    ws.store.state.put(OPEN, True, now=ws.real_now())


def closing(ws: Workspace) -> None:
    """Nothing is left to mend."""
    ws.store.state.remove(OPEN)


def here(ws: Workspace, batch: int) -> bool:
    """Whether the engine has an import's facts."""
    return bool(ws.engine.run(sql("SELECT batch FROM imports WHERE batch = :b", b=batch)).num_rows)


def refresh_is_due(ws: Workspace) -> bool:
    """Whether facts changed after the last refresh: a process was killed between the two."""
    return bool(ws.store.state.get(DUE))


def facts_change(ws: Workspace) -> None:
    """Said inside the transaction that changes facts; `facts_computed` takes it back when traits and segments follow."""
    ws.store.state.put(DUE, True, now=ws.real_now())


def facts_computed(ws: Workspace) -> None:
    ws.store.state.remove(DUE)


def _mend_vault(ws: Workspace) -> None:
    """Give vault rows to the customer their identifier points at today; those of a blocked one go."""
    kept = ws.vault.nodes()
    held = pa.table(
        {"node": pa.array([n for n, _ in kept], pa.int64()), "old_id": pa.array([c for _, c in kept], pa.int64())}
    )
    query = (
        "SELECT k.node, k.old_id, i.customer_id FROM k JOIN identifiers AS i ON i.node = k.node"
        " WHERE i.customer_id IS DISTINCT FROM k.old_id"
    )
    with ws.engine.scratch(held) as name:
        astray = ws.engine.run(sql(query, tables={"k": name})).to_pylist()
    ws.vault.move([(r["node"], r["old_id"], r["customer_id"]) for r in astray if r["customer_id"] is not None])
    ws.vault.drop([(r["node"], r["old_id"]) for r in astray if r["customer_id"] is None])
