"""`Workspace`: everything the terminal, the server and Python can do with one shop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dangol.app import (
    definitions,
    health,
    hooks,
    importing,
    linking,
    live,
    looking,
    moving,
    people,
    quarantine,
    recovery,
    refreshing,
    replays,
    segments,
    telling,
    undoing,
    weather,
)
from dangol.app.books import WriteKeys
from dangol.app.definitions import Planned
from dangol.app.joined import Joined
from dangol.app.kept import Kept
from dangol.app.lookup import Lookup, Named
from dangol.app.pinned import Pinned
from dangol.app.profile import Profile
from dangol.app.reader import Reader
from dangol.app.report import ImportReport
from dangol.app.seen import Seen
from dangol.app.settings import Settings
from dangol.app.shaped import Shaped
from dangol.app.taking import Taking
from dangol.app.workspace import Clock, Progress, create_folder, find_folder, no_progress, real_clock
from dangol.collect import mapping_to_yaml, preset, presets
from dangol.profiles import Count, Why
from dangol.schema import Answer, Lang, NotFoundError, Text


class Workspace(Taking, Shaped, Seen, Joined, Pinned, Kept, WriteKeys):
    """One shop, opened. Use it in a ``with``, or call `close`. Only one process opens a workspace at a time."""

    @classmethod
    def create(cls, folder: Path, *, watch: Clock = real_clock, **settings: Any) -> Workspace:
        """Make a workspace in `folder` (settings as in docs/settings.md) and open it."""
        made = create_folder(folder, **settings)
        secrets = {name: getattr(made, name) or None for name in ("store_password", "intake_password")}
        return cls._opened(folder, Settings.load(folder, **secrets), watch=watch)

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        watch: Clock = real_clock,
        actor: str = "",
        command: str = "dangol",
        lang: str = "",
    ) -> Workspace:
        """Open the workspace at `folder`, or at the current folder or one above it.

        :param actor: who is at work, for the audit log; the user of this computer by default.
        :param command: what a second process is told that holds the workspace.
        :param lang: ``ko`` or ``en`` for notes and sentences; the setting ``language``, then the computer's by default.
        """
        place = find_folder(folder)
        return cls._opened(place, Settings.load(place), watch=watch, actor=actor, command=command, lang=lang)

    @classmethod
    def _opened(cls, place: Path, settings: Settings, **how: Any) -> Workspace:
        ws = cls(place, settings, **how)
        recovery.opened(ws)
        people.finish_erasing(ws)
        replays.forget_old(ws)
        return ws

    def __enter__(self) -> Workspace:
        return self

    def close(self) -> None:
        """Let go of every file; safe to call twice."""
        self.end_jobs()
        if not self.closed:
            recovery.closing(self)
        super().close()

    # -- taking in ---------------------------------------------------------------------------------------------------
    def import_files(
        self,
        paths: Sequence[str | Path],
        *,
        source: str | None = None,
        preset: str | None = None,
        mapping: str | Path | None = None,
        password: str | None = None,
        dry_run: bool = False,
        accept_proposals: bool = False,
        progress: Progress = no_progress,
    ) -> ImportReport:
        """Take in files or folders; each file wholly or not at all. Importing the same file twice changes nothing.

        :param preset: read with this preset, whatever the header says.
        :param mapping: read with this mapping (a YAML file).
        :param dry_run: do everything and take it back: an exact report, nothing written.
        :param accept_proposals: take unknown headers in with the proposed mapping instead of asking for a look.
        """
        options = importing.Options(
            source, preset, Path(mapping) if mapping else None, password, dry_run, accept_proposals
        )
        return importing.import_files(self, [Path(p) for p in paths], options, progress)

    def imports(self) -> Answer:
        """Every import, newest first: batch, file, source, preset, rows, taken, at, state."""
        return undoing.listed(self)

    def undo_import(
        self, batch: int, *, reason: str = "", dry_run: bool = False, progress: Progress = no_progress
    ) -> Answer:
        """Take an import back: what it alone told goes, and the same file can be imported again, with a mended mapping.

        What other imports told, too, stays as they told it; exactly the customers it touched are computed again.
        """
        return undoing.undo(self, batch, reason=reason, dry_run=dry_run, progress=progress)

    @staticmethod
    def presets() -> Answer:
        """The presets that come with dangol."""
        rows = [{"preset": p.name, "grain": p.grain, "ko": p.ko, "en": p.en} for p in presets().values()]
        return Answer(pa.Table.from_pylist(rows))

    @staticmethod
    def preset_yaml(name: str) -> str:
        return mapping_to_yaml(preset(name))

    def quarantine(self, *, status: str = "open", limit: int = 50) -> Answer:
        """Rows that could not be read: where, which field, why."""
        return quarantine.listed(self, status=status, limit=limit)

    def quarantined_row(self, row: int, *, reason: str) -> dict[str, Any]:
        """One of them as it came; personal data, so the look is written down with its reason."""
        return quarantine.row(self, row, reason=reason)

    def replay(
        self, *, mapping: Path | None = None, batch: int | None = None, progress: Progress = no_progress
    ) -> ImportReport:
        """Read quarantined rows again, with a mended mapping or with the one they came with."""
        return quarantine.replay(self, mapping=mapping, batch=batch, progress=progress)

    def dismiss(self, rows: Sequence[int]) -> int:
        """Close quarantined rows without taking them. Returns how many were open."""
        return quarantine.dismiss(self, rows)

    # -- collecting over HTTP ----------------------------------------------------------------------------------------
    def drain(self, *, limit: int = live.AT_ONCE, refresh: bool = True, reader: Reader | None = None) -> live.Drained:
        """Take in what was received and waits in the intake log, and refresh whom it touched."""
        return live.drain(self, limit=limit, refresh=refresh, reader=reader)

    def replays(self, *, customer_id: int | None = None, limit: int | None = 50) -> Answer:
        """Recorded sessions, the newest first: whose, when, how long, how many pages, how large."""
        return replays.listed(self, customer_id=customer_id, limit=limit)

    def export_replay(self, session: str, *, reason: str) -> str:
        """One recorded session as JSON for rrweb's player; the look is written down with its reason."""
        return replays.export(self, session, reason=reason)

    # -- weather -----------------------------------------------------------------------------------------------------
    def weather(self) -> Answer:
        """What is known of each place's weather, and how many hours are missing."""
        return weather.status(self)

    def fetch_weather(self) -> Answer:
        """Ask the KMA for the newest observation and forecast; a row a place and call, with its problem if it failed."""
        return weather.fetch(self)

    def import_weather(self, file: str | Path) -> Answer:
        """Weather out of a CSV or JSON file; a row a place, and one for each column that could not be read."""
        return weather.take_file(self, Path(file))

    # -- webhooks ----------------------------------------------------------------------------------------------------
    def hooks(self) -> Answer:
        """Every webhook: hook, source, scheme, secret (kept or missing), path, version."""
        return hooks.listed(self)

    def add_hook(self, file: str | Path, *, secret: str = "", new_token: bool = False) -> str:
        """Keep a webhook's definition (YAML) and its secret; returns a token made up for it, which is shown nowhere again."""
        return hooks.add(self, Path(file), secret=secret, new_token=new_token)[1]

    def test_hook(
        self, what: str, sample: str | Path, *, headers: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """What a delivery would tell under a webhook, or under the draft in a YAML file. Nothing is kept."""
        return hooks.try_out(self, what, Path(sample), headers or {})

    def remove_hook(self, name: str) -> None:
        """From now on nothing is taken under this name."""
        hooks.remove(self, name)

    # -- computing ---------------------------------------------------------------------------------------------------
    def refresh(self, *, now: dt.datetime | None = None, progress: Progress = no_progress) -> Answer:
        """Compute traits and segments for everyone, as of `now`."""
        return refreshing.refresh(self, now=now, progress=progress)

    def refresh_touched(self, touched: Sequence[pa.Array], *, progress: Progress = no_progress) -> Answer:
        """Compute them for the customers touched only (everyone, when that is no dearer)."""
        return refreshing.refresh_touched(self, touched, progress=progress)

    def refresh_due(self, *, now: dt.datetime | None = None, progress: Progress = no_progress) -> Answer:
        """Compute them for whom time alone may have moved into or out of a segment since the last refresh."""
        return refreshing.refresh_due(self, now=now, progress=progress)

    def whole_at(self) -> dt.datetime | None:
        """As-of time of the last refresh of everyone."""
        return refreshing.whole_at(self)

    def turned_at(self) -> dt.datetime | None:
        """As-of time up to which everyone's memberships are right, by a refresh of everyone or of those due."""
        return refreshing.turned_at(self)

    def refreshed_at(self) -> dt.datetime | None:
        return refreshing.refreshed_at(self)

    # -- customers ---------------------------------------------------------------------------------------------------
    def customers(self, **asked: Any) -> Answer:
        """A page of customers; see `people.customers` for find, columns, order, limit, offset."""
        return people.customers(self, **asked)

    def customer(self, customer_id: int, *, reveal: bool = False, reason: str = "") -> Profile:
        """One customer; personal data masked unless revealed with a reason."""
        return people.customer(self, customer_id, reveal=reveal, reason=reason)

    def seen(self, customer_id: int, lang: Lang | None = None, *, reasons: bool = False) -> dict[str, Any]:
        """One customer as plain values, in milliseconds, personal data masked; see `Lookup.profile`."""
        return self._lookup.profile(customer_id, lang or self.lang, reasons=reasons)

    def lookup(self, named: Sequence[Named], lang: Lang | None = None, *, reasons: bool = False) -> dict[str, Any]:
        """The same by identifiers of one customer; a value is in no address, log or error."""
        return self._lookup.known(named, lang or self.lang, reasons=reasons)

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self)

    def merge(self, one: int, other: int, *, reason: str = "", dry_run: bool = False) -> Answer:
        """Say that two customers are one person. Traits and memberships of those two only are repaired."""
        return linking.merge(self, one, other, reason=reason, dry_run=dry_run)

    def unmerge(
        self,
        customer_id: int,
        *,
        identifiers: Sequence[int] = (),
        entry: int | None = None,
        reason: str = "",
        dry_run: bool = False,
    ) -> Answer:
        """Take identifiers off a customer, or take a merge by hand back."""
        return linking.unmerge(self, customer_id, identifiers=identifiers, entry=entry, reason=reason, dry_run=dry_run)

    def conflicts(self) -> Answer:
        """Joins that were refused, and why."""
        return linking.refused(self)

    def erase(self, customer_id: int, *, reason: str = "") -> dict[str, Any]:
        """Forget a customer everywhere, in what was received a moment ago, too; returns the receipt."""
        with self.facts_turn():  # no import may put something of theirs into the vault between the steps
            touched = live.drain_all(self)
            receipt = people.erase(self, customer_id, reason=reason)
            self.intake.forget_bytes()
            if len(touched):
                self.refresh_touched([touched])
        return receipt

    def export_person(self, customer_id: int, *, reason: str) -> str:
        """Everything known of a customer, as JSON."""
        return people.export_person(self, customer_id, reason=reason)

    # -- segments and traits -----------------------------------------------------------------------------------------
    def segments(self, lang: Lang | None = None) -> Answer:
        return segments.listed(self, lang or self.lang)

    def readable(self, answer: Answer, lang: Lang | None = None) -> Answer:
        """A table of traits or segments in words, for people: see `telling.readable`."""
        return telling.readable(answer, definitions.current(self), lang or self.lang)

    def segment_name(self, name: str) -> str:
        """`name` if it is a defined segment; never a file. Raises `NotFoundError`."""
        if name not in self.store.definitions.all("segment"):
            raise NotFoundError(
                Text(f"there is no segment '{name[:80]}'", f"'{name[:80]}' 세그먼트가 없습니다"),
                hint=Text("GET /v1/segments lists them", "GET /v1/segments에 목록이 있습니다"),
            )
        return name

    def count(self, segment: str) -> Count:
        return segments.count(self, segment)

    def members(self, segment: str, *, as_of: str | None = None, columns: list[str] | None = None) -> Answer:
        return segments.members(self, segment, as_of=as_of, columns=columns)

    def why(self, segment: str, customer_id: int) -> Why:
        return segments.why(self, segment, customer_id)

    def segment_sql(self, segment: str) -> str:
        return segments.query_text(self, segment)

    def overlap(self, one: str, other: str) -> Answer:
        return segments.overlap(self, one, other)

    def segment_profile(self, segment: str, lang: Lang | None = None, *, limit: int = 20) -> Answer:
        """How members differ from everyone else, the most telling first, a sentence each."""
        return segments.profile(self, segment, lang or self.lang, limit=limit)

    def traits(self, lang: Lang | None = None, *, family: str | None = None) -> Answer:
        return segments.traits(self, lang or self.lang, family=family)

    def trait_state(self) -> list[dict[str, Any]]:
        return self.engine.run(exp.select("*").from_("trait_state")).to_pylist()  # type: ignore[no-any-return]

    def segment_state(self) -> list[dict[str, Any]]:
        return self.engine.run(exp.select("*").from_("segment_state")).to_pylist()  # type: ignore[no-any-return]

    # -- definitions as files ----------------------------------------------------------------------------------------
    def pull(self, folder: str | Path) -> Answer:
        return definitions.pull(self, Path(folder))

    def plan(self, folder: str | Path, *, effects: bool = True) -> Planned:
        return definitions.plan(self, Path(folder), effects=effects)

    def apply(
        self, planned: Planned, *, note: str = "", refresh: bool = True, progress: Progress = no_progress
    ) -> Answer:
        return definitions.apply(self, planned, note=note, refresh=refresh, progress=progress)

    def move_store(self, address: str) -> Answer:
        """Carry the store into the empty database at `address` (empty: back to SQLite), and close this workspace."""
        if len(touched := live.drain_all(self)):
            self.refresh_touched([touched])
        return moving.move_store(self, address)

    # -- looking in --------------------------------------------------------------------------------------------------
    def sql(self, text: str, *, timeout: float | None = None) -> Answer:
        """One SELECT of a person's own over the documented tables, or ``SHOW TABLES``, or ``DESCRIBE table``.

        :param timeout: seconds after which it is given up; the setting ``sql_seconds`` without; 0: never.
        """
        return looking.ask(self, text, timeout=timeout)

    def status(self, lang: Lang | None = None) -> Answer:
        """What is here and how fresh it is: name, what (in words), value."""
        return health.status(self, lang or self.lang)

    def doctor(self, lang: Lang | None = None) -> Answer:
        """Every check: name, check (in words), state (fine, note, wrong), found, mend."""
        return health.doctor(self, lang or self.lang)
