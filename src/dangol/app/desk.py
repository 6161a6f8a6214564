"""Keys and people without the rest of the workspace: what `dangol sources`, `people` and `keys` work on while `dangol up` runs.

They lie in the operational store, which several processes may use at once; only its tables may not change shape meanwhile.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from dangol.app import sources
from dangol.app.settings import Settings, console_language
from dangol.app.workspace import Clock, find_folder, real_clock, user, workspace_key
from dangol.privacy import StaffSealer, open_keys
from dangol.schema import Answer, BusyError, Lang
from dangol.store import Store, WorkspaceLock, WriteKey


class Desk:
    """The methods of `Workspace` that are about write keys, over the store alone."""

    def __init__(self, folder: Path, store: Store, settings: Settings, *, watch: Clock, actor: str, lang: str) -> None:
        self.folder = folder
        self.store = store
        self.settings = settings
        self.actor = actor or user()
        self.lang: Lang = console_language(lang or settings.language or None)
        self._clock = watch

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        watch: Clock = real_clock,
        actor: str = "",
        command: str = "dangol sources",
        lang: str = "",
    ) -> Desk:
        """Open the store of the workspace at `folder`; parameters as for `Workspace.open`.

        Raises `BusyError` where another process holds the workspace and its tables are older than this dangol's.
        """
        place = find_folder(folder)
        settings = Settings.load(place)
        where, password = settings.store or place / "store.sqlite", settings.store_password or None
        lock = WorkspaceLock(place / "lock", command=command, now=watch())
        try:
            lock.acquire()
        except BusyError:
            store = Store.beside(where, password=password)
        else:
            try:
                store = Store.open(where, password=password)
            finally:
                lock.release()
        return cls(place, store, settings, watch=watch, actor=actor, lang=lang)

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def say(self, en: str, ko: str) -> str:
        """The text in the language this desk was opened for."""
        return ko if self.lang == "ko" else en

    def real_now(self) -> dt.datetime:
        """The time of the clock on the wall."""
        return self._clock()

    @cached_property
    def staff(self) -> StaffSealer:
        """Seals what is known of the people who work here."""
        key = workspace_key(self.folder, self.settings)
        return StaffSealer(open_keys(self.store, key, now=self.real_now()))

    def sources(self) -> Answer:
        """Write keys of sources that send over HTTP."""
        return sources.listed(self)

    def add_source(self, source: str, **how: Any) -> tuple[str, WriteKey]:
        """A new write key, shown once; see `sources.add`."""
        return sources.add(self, source, **how)

    def tag(self, key: str) -> str:
        """The browser SDK's script tag for a key."""
        return sources.tag(self, key)

    def revoke_key(self, key: int) -> WriteKey:
        """From now on a write key opens nothing."""
        return sources.revoke(self, key)
