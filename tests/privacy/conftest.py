import datetime as dt

import pytest

from dangol.privacy import Privacy, WorkspaceKey, open_privacy
from dangol.store import Store


@pytest.fixture
def now() -> dt.datetime:
    return dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


@pytest.fixture
def key() -> WorkspaceKey:
    return WorkspaceKey(bytes(range(32)), "a test")


@pytest.fixture
def privacy(store: Store, key: WorkspaceKey, now: dt.datetime) -> Privacy:
    return open_privacy(store, key, now=now)
