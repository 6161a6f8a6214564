"""`Workspace`, the part about who is who: counts, what is blocked, what people did, and rules, tried before they are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from dangol.app.workspace import Base, Progress, no_progress
from dangol.schema import Answer

if TYPE_CHECKING:
    from dangol.app.api import Workspace


class Joined(Base):
    """Identity as people look at it and change it."""

    @property
    def _all(self) -> Workspace:
        return cast("Workspace", self)

    def identity(self) -> dict[str, Any]:
        """How many customers from how many identifiers, by kind; refused joins and blocked values by reason."""
        from dangol.app import clusters

        return clusters.overview(self._all)

    def biggest(self, *, limit: int = 20) -> Answer:
        """Customers with the most identifiers."""
        from dangol.app import clusters

        return clusters.biggest(self._all, limit)

    def identity_log(self, *, limit: int = 50, offset: int = 0) -> list[dict[str, Any]]:
        """What people did to who is who, newest first; what was undone says so."""
        from dangol.app import clusters

        return clusters.history(self._all, limit=limit, offset=offset)

    def take_back(self, entry: int, *, reason: str = "", dry_run: bool = False) -> dict[str, Any]:
        """Take a merge or a cut back as if it had never been said."""
        from dangol.app import clusters

        return clusters.take_back(self._all, entry, reason=reason, dry_run=dry_run)

    def blocked_values(self, *, limit: int = 100, offset: int = 0) -> dict[str, Any]:
        """Values that join nobody: total, and a page of rows."""
        from dangol.app import clusters

        return clusters.blocked(self._all, limit=limit, offset=offset)

    def judge_value(
        self, *, node: int = 0, kind: str = "", value: str = "", block: bool, reason: str = "", dry_run: bool = False
    ) -> dict[str, Any]:
        """Say that a value is nobody's, or let it join again: by its node, or by kind and value as a person writes it."""
        from dangol.app import clusters
        from dangol.app.lookup import Named

        found = node or clusters.node_of(self._all, Named(value, kind))
        done = clusters.judge_value(self._all, found, block=block, reason=reason, dry_run=dry_run)
        return {"node": str(found), **done}

    # -- rules -------------------------------------------------------------------------------------------------------
    def identity_rules(self) -> dict[str, Any]:
        """The rules in force: version, policy, base (what dangol comes with), body (what differs), versions."""
        from dangol.app import joining

        return joining.rules(self._all)

    def try_rules(
        self,
        policy: Mapping[str, Any],
        *,
        blocked: Sequence[int] = (),
        freed: Sequence[int] = (),
        progress: Progress = no_progress,
    ) -> dict[str, Any]:
        """Rules over all that is known: what would join and separate, the biggest changes, pairs to judge. Nothing is written."""
        from dangol.app import joining

        return joining.tried(self._all, {"policy": policy, "blocked": blocked, "freed": freed}, progress)

    def judge_pair(self, key: str, verdict: str, *, joins: bool) -> dict[str, Any]:
        """Keep what a person says of a trial's pair: same, different or unsure."""
        from dangol.app import joining

        return joining.judge(self._all, key, verdict, joins=joins)

    def judged_pairs(self) -> dict[str, Any]:
        """Every such verdict by the pair's key."""
        from dangol.app import joining

        return joining.judged(self._all)

    def score_rules(self, pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """How right a trial's joins and separations are by what was judged, with Wilson's interval."""
        from dangol.app import joining

        return joining.scores(self._all, pairs)

    def publish_rules(
        self,
        policy: Mapping[str, Any],
        *,
        version: int | None = None,
        blocked: Sequence[int] = (),
        freed: Sequence[int] = (),
        note: str = "",
        progress: Progress = no_progress,
    ) -> dict[str, Any]:
        """Put rules in force, and compute exactly the customers that change again.

        :param version: the one they were made of; `RefusedError` where somebody published since.
        """
        from dangol.app import joining

        asked = {"policy": policy, "blocked": blocked, "freed": freed, "note": note, "version": version}
        return joining.published(self._all, asked, progress)

    def revert_rules(self, to: int, *, progress: Progress = no_progress) -> dict[str, Any]:
        """Back to a version; 0 is what dangol comes with. Every customer has its old number again."""
        from dangol.app import joining

        return joining.reverted(self._all, to, progress)
