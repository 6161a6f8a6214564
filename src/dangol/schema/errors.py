"""The error tree. Every error says what was given, what is allowed, where we looked and what to do next.

DangolError
├── DefinitionError      a rule, trait, segment, mapping or setting is wrong; carries every Problem at once
├── FileError            a file cannot be read as a whole
├── WorkspaceError       no workspace here, or one that cannot be opened
│   └── BusyError        another process has it open
├── NotFoundError        no such customer, segment, trait, preset …
├── AmbiguousError       what was asked for fits several, and one was wanted
├── ConflictError        somebody else changed it in the meantime
├── RefusedError         a request that is understood but not allowed (writing through `dangol sql`, say)
├── SignInError          nobody knows who asks
├── TooOftenError        tried too often; try again later
└── EngineError          the analytical engine failed (no space, no memory, broken file)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dangol.schema.text import NOTHING, Lang, Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition, in both languages.

    `where` is a path such as ``where.all[2].within``; `hint` names the nearest valid choice or the next action.
    """

    message: Text
    where: str = ""
    hint: Text = NOTHING

    def say(self, lang: Lang) -> str:
        """Place, message and hint on one line."""
        place = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint.say(lang)})" if self.hint else ""
        return f"{place}{self.message.say(lang)}{hint}"

    def __str__(self) -> str:
        return self.say("en")

    def as_dict(self, lang: Lang = "en") -> dict[str, str]:
        """{message, where, hint}; the last two may be empty."""
        return {"message": self.message.say(lang), "where": self.where, "hint": self.hint.say(lang)}


class DangolError(Exception):
    """The root. `code` is stable and documented in docs/errors.md; the rest is for people, in both languages."""

    code = "error"

    def __init__(self, message: Text, *, where: str = "", hint: Text = NOTHING) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def say(self, lang: Lang) -> str:
        """Place and message, and the hint on a line of its own."""
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  → {self.hint.say(lang)}" if self.hint else ""
        return f"{place}{self.message.say(lang)}{hint}"

    def __str__(self) -> str:
        return self.say("en")

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        """The one shape of an error over HTTP and in ``--json``: {code, message, where?, hint?}."""
        shape: dict[str, object] = {"code": self.code, "message": self.message.say(lang)}
        if self.where:
            shape["where"] = self.where
        if self.hint:
            shape["hint"] = self.hint.say(lang)
        return shape


class DefinitionError(DangolError):
    """A definition has one or more problems; all are reported together."""

    code = "definition"

    def __init__(self, problems: Sequence[Problem], *, where: str = "") -> None:
        self.problems = tuple(problems)
        each = [Text(p.say("en"), p.say("ko")) for p in self.problems]
        super().__init__(Text.joined("; ", each), where=where)

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        return {**super().as_dict(lang), "problems": [p.as_dict(lang) for p in self.problems]}


class FileError(DangolError):
    """A file cannot be read as a whole; nothing of it was taken."""

    code = "file"


class WorkspaceError(DangolError):
    """There is no workspace here, or it cannot be opened."""

    code = "workspace"


class BusyError(WorkspaceError):
    """Another process holds the workspace."""

    code = "busy"


class NotFoundError(DangolError):
    """No such thing under that name; the hint names the nearest."""

    code = "not_found"


class AmbiguousError(DangolError):
    """What was asked for fits several things, and one was wanted; the hint names them."""

    code = "ambiguous"


class ConflictError(DangolError):
    """Somebody else changed it in the meantime. `theirs` says what is there now: by, at, version, document."""

    code = "conflict"

    def __init__(
        self, message: Text, *, where: str = "", hint: Text = NOTHING, theirs: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.theirs = dict(theirs or {})

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        return {**super().as_dict(lang), **({"theirs": self.theirs} if self.theirs else {})}


class RefusedError(DangolError):
    """Understood, and not allowed."""

    code = "refused"


class SignInError(DangolError):
    """Nobody knows who asks: no session, an ended one, a wrong password or key."""

    code = "sign_in"


class TooOftenError(DangolError):
    """The same was tried too often; `wait` is the seconds until another try may pass."""

    code = "too_often"

    def __init__(self, message: Text, *, wait: int, where: str = "", hint: Text = NOTHING) -> None:
        super().__init__(message, where=where, hint=hint)
        self.wait = wait


class EngineError(DangolError):
    """The analytical engine failed; the message says why in plain words, and nothing was half-written."""

    code = "engine"
