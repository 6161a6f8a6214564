"""A workspace: one shop's folder, opened once. The only place that opens stores, engines and the vault.

shop/
  dangol.yaml        settings
  keys/              the workspace key (back it up apart from the rest: without it personal data cannot be read)
  store.sqlite       definitions, imports, vault, audit (or a PostgreSQL URL in the settings)
  intake.sqlite      what was received over HTTP and is not taken in yet, sealed (or a NATS stream in the settings)
  engine.duckdb      events, identifiers, traits, memberships (or a warehouse folder for Spark)
"""

from __future__ import annotations

import datetime as dt
import getpass
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from dangol.app.asking import spoken
from dangol.app.both import Turn
from dangol.app.lately import Lately
from dangol.app.settings import FILE, Settings, console_language
from dangol.engine import DuckDBEngine, Engine, FileEngine, sql
from dangol.identity import Policy, read_policy
from dangol.privacy import NormaliseSettings, Privacy, StaffSealer, Vault, WorkspaceKey, open_privacy
from dangol.profiles import Definitions
from dangol.schema import TABLES, Lang, Text, WorkspaceError, system_says
from dangol.store import IntakeLog, NatsLog, Store, StoreLog, WorkspaceLock, carry_over

Clock = Callable[[], dt.datetime]
Progress = Callable[..., None]


_ACTING: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting(who: str) -> Iterator[None]:
    """Everything done inside is done by `who` (``person/3``), for the audit log.

    It follows the request into threads that Starlette starts; a thread of one's own takes it along by
    `contextvars.copy_context().run`.
    """
    before = _ACTING.set(who)
    try:
        yield
    finally:
        _ACTING.reset(before)


def real_clock() -> dt.datetime:
    """The time it is; entrances may pass another."""
    return dt.datetime.now(dt.UTC)


def no_progress(step: str, done: int = 0, total: int | None = None) -> None:
    """For callers that do not want to know."""


class Base:
    """The opened parts of a workspace, and nothing of what is done with them."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        watch: Clock = real_clock,
        actor: str = "",
        command: str = "dangol",
        lang: str = "",
    ) -> None:
        self.folder = folder
        self.settings = settings
        self._actor = actor or user()
        self._lang: Lang = console_language(lang or settings.language or None)
        self._clock = watch
        self._closing = ExitStack()
        self.closed = False
        self.facts_turn = Turn()
        self.unsettled: list[tuple[int, pa.Table | None]] = []
        self.lately = Lately(self)
        self._opening = threading.Lock()
        self._reader: FileEngine | None = None
        self.read_definitions: tuple[int, Settings, Definitions] | None = None
        with ExitStack() as opening:
            opening.enter_context(WorkspaceLock(folder / "lock", command=command, now=watch()))
            key = workspace_key(folder, settings)
            self.key_warning = key.warning
            self.store = opening.enter_context(_store(folder, settings))
            self.store.claim(command)
            self.privacy: Privacy = open_privacy(self.store, key, now=watch(), settings=_normalising(settings))
            self.engine: Engine = open_engine(folder, settings)
            opening.callback(self.engine.close)
            self.engine.ensure(TABLES.values())
            self.vault.finish_erasing()
            self._closing = opening.pop_all()

    def use(self, settings: Settings) -> None:
        """Go on with other settings; those that open a store, an engine or a key count from the next opening."""
        self.settings = settings
        self.privacy.pseudonymiser.settings = _normalising(settings)

    @property
    def reader(self) -> FileEngine:
        """A DuckDB beside the engine, which reads files: raw text is only here, and what overflows of it is encrypted."""
        with self._opening:  # a job and a request may be the first at once
            if self._reader is None:
                self._reader = DuckDBEngine(
                    self.folder / "reading.duckdb",
                    memory=self.settings.memory,
                    threads=self.settings.threads or None,
                    private=True,
                )
                self._closing.callback(self._reader.close)
            return self._reader

    def interrupter(self) -> Callable[[], None]:
        """What another thread calls to stop what this thread is computing."""
        ours, beside = self.engine.interrupter(), self.reader.interrupter()

        def stop() -> None:
            ours()
            beside()

        return stop

    @cached_property
    def intake(self) -> IntakeLog:
        """What was received over HTTP and is not taken in yet; opened when it is first asked for."""
        log: IntakeLog
        if self.settings.intake:
            name = self.privacy.sealer.name
            log = NatsLog.open(self.settings.intake, stream=name, password=self.settings.intake_password or None)
            with closing(self._store_log()) as before:  # what waited there before NATS was configured
                carry_over(before, log)
        else:
            log = self._store_log()
        self._closing.callback(log.close)
        return log

    def _store_log(self) -> StoreLog:
        address, password = self.settings.store or self.folder / "intake.sqlite", self.settings.store_password
        return StoreLog.open(address, password=password or None)

    @property
    def actor(self) -> str:
        """Who is at work: whom the request at hand speaks for, or who opened the workspace."""
        return _ACTING.get() or self._actor

    @property
    def staff(self) -> StaffSealer:
        """Seals what is known of the people who work here."""
        return self.privacy.staff

    @property
    def vault(self) -> Vault:
        return self.privacy.vault

    @property
    def lang(self) -> Lang:
        """The language of whoever asks, else the one this workspace was opened for."""
        return spoken() or self._lang

    @lang.setter
    def lang(self, lang: Lang) -> None:
        self._lang = lang

    @property
    def policy(self) -> Policy:
        """How strictly identifiers join here: the published rules of identity, over the settings."""
        kept = self.store.definitions.all("identity").get("policy")
        return read_policy(kept.body, self.base_policy) if kept else self.base_policy

    @property
    def base_policy(self) -> Policy:
        """The same where no rules were published: what the settings say."""
        return Policy(max_partners=self.settings.max_partners, shared_device=self.settings.shared_device)  # type: ignore[arg-type]

    def say(self, en: str, ko: str) -> str:
        """The text in the language this workspace was opened for."""
        return ko if self.lang == "ko" else en

    def real_now(self) -> dt.datetime:
        """The time of the clock on the wall, for logs."""
        return self._clock()

    def now(self) -> dt.datetime:
        """What counts as now for traits and windows: the wall clock, or just after the last order (setting ``clock``)."""
        if self.settings.clock == "last-event":
            query = sql(
                "SELECT max(at) AS every, max(CASE WHEN name = 'Order Completed' THEN at END) AS orders FROM events"
            )
            found = self.engine.run(query).to_pylist()[0]
            last = found["orders"] or found["every"]  # a campaign may be dated after the last thing anybody did
            if last is not None:
                return last.replace(tzinfo=dt.UTC) + dt.timedelta(seconds=1)  # type: ignore[no-any-return]
        return self._clock()

    def close(self) -> None:
        """Let go of every file; safe to call twice."""
        self.closed = True
        self._closing.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def find_folder(folder: Path | None) -> Path:
    """The workspace at `folder`, or at the current folder or the nearest one above it."""
    start = (folder or Path()).resolve()
    for place in [start] if folder else [start, *start.parents]:
        if (place / FILE).exists():
            return place
    raise WorkspaceError(
        Text("there is no dangol workspace here", "여기에는 dangol 작업 공간이 없습니다"),
        where=str(folder or "."),
        hint=Text("make one: dangol init DIR, or name one: -w DIR", "dangol init 폴더로 만들거나 -w 폴더로 지정하세요"),
    )


def create_folder(folder: Path, **settings: Any) -> Settings:
    """Write the settings and the key of a new workspace; refuses to touch one that exists."""
    if (folder / FILE).exists():
        raise WorkspaceError(
            Text("there is a workspace here already", "여기에는 이미 작업 공간이 있습니다"),
            where=str(folder),
            hint=Text("open it, or choose another folder", "그것을 열거나 다른 폴더를 고르세요"),
        )
    made = Settings.load(None, {}, **settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        WorkspaceKey.create(folder / "keys" / "workspace.key")
        made.save(folder)
    except OSError as error:
        raise WorkspaceError(
            Text(
                f"the folder cannot be written: {system_says(error).en}",
                f"폴더에 쓸 수 없습니다: {system_says(error).ko}",
            ),
            where=str(folder),
        ) from error
    return made


def workspace_key(folder: Path, settings: Settings) -> WorkspaceKey:
    """The key of the workspace at `folder`, from wherever the settings say."""
    file = folder / "keys" / "workspace.key"
    return WorkspaceKey.load(path=file, value=settings.key or None, command=settings.key_command or None)


def _normalising(settings: Settings) -> NormaliseSettings:
    return NormaliseSettings(region=settings.phone_region, own_identifiers=tuple(settings.own_identifiers))


def _store(folder: Path, settings: Settings) -> Store:
    return Store.open(settings.store or folder / "store.sqlite", password=settings.store_password or None)


def open_engine(folder: Path, settings: Settings) -> Engine:
    """The analytical engine of the workspace at `folder`."""
    if settings.engine == "spark":
        from dangol.engine.spark import SparkEngine

        return SparkEngine(folder / "warehouse", memory=settings.memory, threads=settings.threads or None)
    return DuckDBEngine(folder / "engine.duckdb", memory=settings.memory, threads=settings.threads or None)


def user() -> str:
    """Who is at work, as this computer knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
