"""What is done over the store alone: by a `Workspace`, and by a `Desk` while another process has the workspace open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from dangol.schema import Answer, DefinitionError, Lang, Problem, Text
from dangol.store import Share, Store, WriteKey

if TYPE_CHECKING:
    from dangol.app.settings import Settings
    from dangol.privacy import StaffSealer

LEAST = 10
"""Customers a number of a shared dashboard must be of, unless it is made otherwise."""


class Books(Protocol):
    """What is needed of a workspace for that."""

    store: Store
    settings: Settings

    @property
    def actor(self) -> str: ...

    @property
    def lang(self) -> Lang: ...

    @property
    def staff(self) -> StaffSealer: ...

    def say(self, en: str, ko: str) -> str: ...

    def real_now(self) -> dt.datetime: ...


def moment_of(zone: dt.tzinfo, text: str, where: str, *, end: bool = False) -> dt.datetime | None:
    """A day on the shop's clock, or a moment, as a person writes it; a day that ends a span belongs to it.

    Raises `DefinitionError` for what is no date.
    """
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        said = Text(f"{text!r} is not a date", f"{text!r}: 날짜가 아닙니다")
        hint = Text("such as 2026-11-22", "예: 2026-11-22")
        raise DefinitionError([Problem(said, where, hint)]) from None
    whole = len(text) == len("2026-11-22")
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    return found + dt.timedelta(days=1) if end and whole else found


class WriteKeys:
    """Keys of sources that send over HTTP."""

    def sources(self: Books) -> Answer:
        """Write keys of sources that send over HTTP."""
        from dangol.app import sources

        return sources.listed(self)

    def add_source(self: Books, source: str, **how: Any) -> tuple[str, WriteKey]:
        """A new write key, shown once; see `sources.add` for side, origins, ip, per_minute."""
        from dangol.app import sources

        return sources.add(self, source, **how)

    def tag(self: Books, key: str) -> str:
        """The script tag to paste into the shop's pages, for a browser's write key."""
        from dangol.app import sources

        return sources.tag(self, key)

    def revoke_key(self: Books, key: int) -> WriteKey:
        """From now on a write key opens nothing."""
        from dangol.app import sources

        return sources.revoke(self, key)


class Dashboards:
    """Dashboards as documents, and the links to them. Their answers need more than the store: see `Pinned`."""

    def dashboards(self: Books, lang: Lang | None = None) -> list[dict[str, Any]]:
        """Every dashboard: name, says, tiles, kinds, version, when and by whom it was changed, open links."""
        from dangol.app import dashboards

        return dashboards.listed(self, lang or self.lang)

    def dashboard(self: Books, name: str) -> dict[str, Any]:
        """One dashboard: version and document. Raises `NotFoundError`."""
        from dangol.app import dashboards

        return dashboards.opened(self, name)

    def dashboard_versions(self: Books, name: str) -> list[dict[str, Any]]:
        """Every version of it, the newest first."""
        from dangol.app import dashboards

        return dashboards.versions(self, name)

    def make_dashboard(self: Books, document: Mapping[str, Any], *, note: str = "") -> dict[str, Any]:
        """Keep a new one; its name comes from its title, or from `dashboard` in the document."""
        from dangol.app import dashboards

        return dashboards.made(self, document, note=note)

    def save_dashboard(
        self: Books, name: str, document: Mapping[str, Any], *, version: int, note: str = ""
    ) -> dict[str, Any]:
        """Keep a change made on a version. Raises `ConflictError` when somebody else was quicker."""
        from dangol.app import dashboards

        return dashboards.saved(self, name, document, version=version, note=note)

    def remove_dashboard(self: Books, name: str, *, version: int | None = None, note: str = "") -> None:
        """Take it away (only in that version); its links end."""
        from dangol.app import dashboards

        dashboards.removed(self, name, version=version, note=note)

    def dashboard_yaml(self: Books, name: str) -> str:
        """One dashboard as a file has it. Raises `NotFoundError`."""
        from dangol.app import dashboards

        return dashboards.as_yaml(self, name)

    def take_dashboard(self: Books, text: str, **how: Any) -> dict[str, Any]:
        """Take a dashboard in from YAML; see `dashboards.taken` for name, version, note, dry_run."""
        from dangol.app import dashboards

        return dashboards.taken(self, text, **how)

    def pin(self: Books, name: str, question: Mapping[str, Any], **how: str) -> dict[str, Any]:
        """Put an answer on a dashboard: view, table, title by name. The new tile's id is in `tile`."""
        from dangol.app import dashboards

        return dashboards.pinned(self, name, question, **how)

    def share_dashboard(self: Books, name: str, *, days: int | None = 90, least: int = LEAST) -> tuple[str, Share]:
        """A link that shows a dashboard to whoever has it; the token is shown once."""
        from dangol.app import sharing

        return sharing.share(self, name, days=days, least=least)

    def shared_address(self: Books, token: str, *, port: int = 0) -> str:
        """The link with that token, as people open it."""
        from dangol.app import sharing

        return sharing.address(self, token, port=port)

    def dashboard_links(self: Books, name: str) -> list[dict[str, Any]]:
        """Its links, ended ones too."""
        from dangol.app import sharing

        return sharing.links(self, name)

    def end_link(self: Books, name: str, number: int) -> None:
        """From now on a link shows nothing."""
        from dangol.app import sharing

        sharing.end(self, name, number)
