"""Group commit: what comes in quick succession shares a commit, and nobody waits after a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dangol.server import intake
from dangol.server.intake import Intake
from dangol.store import Waiting


class Log:
    """An intake log that notes how many records each commit brought."""

    def __init__(self) -> None:
        self.commits: list[int] = []

    def append(self, records: Sequence[bytes]) -> None:
        self.commits.append(len(records))

    def waiting(self) -> Waiting:
        return Waiting(0, 0)


class Plain:
    """Seals nothing."""

    def seal_all(self, records: Sequence[bytes]) -> list[bytes]:
        return list(records)


def _commits(pauses: Sequence[float]) -> list[int]:
    log = Log()

    async def send() -> None:
        made = Intake(log, Plain())  # type: ignore[arg-type]
        waiting = []
        for pause in pauses:
            await asyncio.sleep(pause)
            waiting.append(asyncio.ensure_future(made.put(b"x")))
        await asyncio.gather(*waiting)
        made.close()

    asyncio.run(send())
    return log.commits


def test_one_by_one_in_quick_succession_they_share_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "GATHER", 1.0)
    assert _commits([0, 0.02, 0.02, 0.02]) == [1, 3]


def test_after_a_pause_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "GATHER", 0.01)
    assert _commits([0, 0.1, 0.1]) == [1, 1, 1]
