"""The error tree. Every error says what was given, what is allowed, where we looked and what to do next.

DangolError
├── DefinitionError      a rule, trait, segment, mapping or setting is wrong; carries every Problem at once
├── FileError            a file cannot be read as a whole
├── WorkspaceError       no workspace here, or one that cannot be opened
│   └── BusyError        another process has it open
├── NotFoundError        no such customer, segment, trait, preset …
├── RefusedError         a request that is understood but not allowed (writing through `dangol sql`, say)
└── EngineError          the analytical engine failed (no space, no memory, broken file)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition.

    `where` is a path such as ``where.all[2].within``; `hint` names the nearest valid choice or the next action.
    """

    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class DangolError(Exception):
    """The root. `code` is stable and documented in docs/errors.md; the rest is for people."""

    code = "error"

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  → {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"

    def as_dict(self) -> dict[str, object]:
        """The one shape of an error over HTTP and in ``--json``: {code, message, where?, hint?}."""
        shape: dict[str, object] = {"code": self.code, "message": self.message}
        if self.where:
            shape["where"] = self.where
        if self.hint:
            shape["hint"] = self.hint
        return shape


class DefinitionError(DangolError):
    """A definition has one or more problems; all are reported together."""

    code = "definition"

    def __init__(self, problems: Sequence[Problem], *, where: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(p) for p in self.problems), where=where)

    def as_dict(self) -> dict[str, object]:
        return {**super().as_dict(), "problems": [asdict(p) for p in self.problems]}


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


class RefusedError(DangolError):
    """Understood, and not allowed."""

    code = "refused"


class EngineError(DangolError):
    """The analytical engine failed; the message says why in plain words, and nothing was half-written."""

    code = "engine"
