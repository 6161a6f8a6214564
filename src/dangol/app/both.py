"""Both stores as one: the engine's transaction for as long as the work takes, the store's only around its end.

Whoever changes facts takes a turn first, then the engine's transaction, and the store's last, for the short end in which vault
rows, batches and audit entries are written: what people save meanwhile waits for nobody. The engine commits inside the store's
transaction (`app.take` says why). Nobody who is writing to the store may begin to wait for the engine or for the turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dangol.schema import BusyError, Text

if TYPE_CHECKING:
    from dangol.app.workspace import Base

PATIENCE = 5.0
"""Seconds that somebody who is waited for (a person's request, a drain) waits for the turn."""


class Turn:
    """Who changes facts, one at a time. The thread that has it may take it again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def __call__(self, *, patient: bool = False, seconds: float = PATIENCE) -> Iterator[None]:
        """:param patient: wait for as long as it takes (imports and other jobs). Raises `BusyError` otherwise."""
        if not self._lock.acquire(timeout=-1 if patient else seconds):
            raise BusyError(
                Text(
                    "facts are being taken in or taken back, by an import or another job",
                    "가져오기 같은 작업이 자료를 바꾸는 중입니다",
                ),
                hint=Text("try again when it has ended", "그 작업이 끝난 뒤 다시 하세요"),
            )
        try:
            yield
        finally:
            self._lock.release()


class Keeping:
    """What `both` yields: call it before the first write to the store, which is one transaction from then on.

    `committed` says whether the engine has committed.
    """

    def __init__(self, enter: Callable[[], object]) -> None:
        self._enter = enter
        self.committed = False

    def __call__(self) -> None:
        self._enter()


@contextmanager
def both(ws: Base, *, patient: bool = False) -> Iterator[Keeping]:
    """The engine's transaction from here on, and the store's once what is yielded was called."""
    with ws.facts_turn(patient=patient), ExitStack() as outer:
        settle(ws)
        keep = Keeping(lambda: outer.enter_context(ws.store.writing()))
        with ws.engine.transaction():
            yield keep
        keep.committed = True


def settle(ws: Base) -> None:
    """Take back what failed imports left in the store. Nobody changes facts before: their customers' numbers are given again."""
    while ws.unsettled:
        batch, moved = ws.unsettled[-1]
        take_back(ws, batch, moved)
        ws.unsettled.pop()


def take_back(ws: Base, batch: int, moved: pa.Table | None) -> None:
    """Delete an import's rows from the vault and from quarantine; what it told of others' rows is unsaid.

    :param moved: identifiers that went to other customers while it held: what it put there goes back with them.
    """
    if moved is not None:
        back = moved.filter(pc.and_(moved["old_id"].is_valid(), moved["new_id"].is_valid()))
        ws.vault.move([(m["node"], m["new_id"], m["old_id"]) for m in back.to_pylist()])
    ws.vault.withdraw(batch)
    ws.privacy.quarantine.withdraw(batch)
