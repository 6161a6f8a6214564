"""Keys, people and dashboards without the rest of the workspace: what `dangol sources`, `people`, `keys` and `dashboards` work on
while `dangol up` runs.

They lie in the operational store, which several processes may use at once; only its tables may not change shape meanwhile.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path
from types import TracebackType

from dangol.app import auditing, colleagues, signing
from dangol.app.auditing import Looking
from dangol.app.books import Dashboards, WriteKeys
from dangol.app.settings import Settings, console_language
from dangol.app.workspace import Clock, find_folder, real_clock, user, workspace_key
from dangol.privacy import StaffSealer, open_keys
from dangol.schema import Answer, BusyError, Lang
from dangol.store import ApiKey, Store, WorkspaceLock


class Desk(WriteKeys, Dashboards):
    """What is done about keys, people, dashboards and the audit log, over the store alone."""

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

    # -- people ------------------------------------------------------------------------------------------------------
    def people(self) -> Answer:
        """Everybody who works here, and who is invited."""
        return colleagues.listed(self)

    def link(self, *, email: str = "", role: str = "owner", port: int = 0) -> str:
        """A one-time link: for an owner's account, or to invite somebody as something."""
        place = self.settings.public_address or f"http://localhost:{port or self.settings.port}"
        if email:
            known = self.store.people.at(self.staff.address(email))
            token, _ = (
                colleagues.reset_link(self, known.id) if known is not None else colleagues.invite(self, email, role)
            )
        else:
            token, _ = signing.make_link(
                self, "owner" if role == "owner" else "invite", role=colleagues.read_role(role)
            )
        return signing.link_address(place, token)

    def change_person(self, person: int, *, role: str = "", disabled: bool | None = None) -> None:
        """Another role; kept out, or let in again."""
        if role:
            colleagues.change_role(self, person, role)
        if disabled is not None:
            colleagues.disable(self, person, disabled=disabled)

    def remove_person(self, person: int) -> None:
        """Forget somebody's address, name and password."""
        colleagues.remove(self, person)

    # -- keys of programs --------------------------------------------------------------------------------------------
    def keys(self) -> Answer:
        """Keys of programs that use the API."""
        return colleagues.keys(self)

    def add_key(self, name: str, role: str) -> tuple[str, ApiKey]:
        """A key for a program, shown once."""
        return colleagues.add_key(self, name, role)

    def revoke_api_key(self, key: int) -> None:
        """From now on a key opens nothing."""
        colleagues.revoke_key(self, key)

    # -- the audit log -----------------------------------------------------------------------------------------------
    def audit(self, asked: Looking) -> Answer:
        """Who did what, the newest first."""
        return auditing.looked(self, asked, self.lang)
